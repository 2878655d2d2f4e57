"""What beginning Alaska LNG is worth by price, freight, swing of prices and who bears the lenders' margin.

Per cent of income a year, right to wait included; positive: begun. The table of docs/programmes.md."""

from itertools import product

import pandas as pd

from sim.engine.design import design, fit
from sim.engine.step import begin, observe
from sim.scenario.defaults import load_defaults
from sim.scenario.load import load_policy, load_scenario
from sim.studies.thresholds import worth

NAME = "alaska_lng"
EFFECT = f"programme.{NAME}.effects.0."
PRICES, FREIGHTS, SWINGS, MARGINS = (8.0, 12.1, 14.0, 16.0, 18.0), (0.8, 2.5, 3.1), (0.3, 0.15), (0.04, 0.0)


def main() -> None:
    """Prints the table."""
    loaded = load_scenario("baseline")
    calm = design(loaded, load_policy(load_defaults().free), fit(loaded), seed=0, run=0, shocks=False)
    scene, _ = observe(calm, begin(calm), None)
    rows = []
    for swing, margin, freight, price in product(SWINGS, MARGINS, FREIGHTS, PRICES):
        values = {f"{EFFECT}price_deviation": swing, f"programme.{NAME}.margin": margin,
                  f"{EFFECT}freight": freight, f"{EFFECT}incumbent": price}  # fmt: skip
        rows.append((swing, margin, freight, price, worth(calm, loaded, scene, NAME, values)))
    table = pd.DataFrame(rows, columns=["swing", "margin", "freight", "price", "worth"])
    print(table.pivot(index=["swing", "margin", "freight"], columns="price", values="worth").round(4).to_string())


if __name__ == "__main__":
    main()
