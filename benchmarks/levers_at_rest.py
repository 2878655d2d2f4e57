"""What each ranged number does to the focus's portfolio before anybody moves: low end against high end, one at a time.

    python benchmarks/levers_at_rest.py tariffs_2025 docs/behaviour/levers_at_rest.csv

The portfolio is that of the first quarter if nobody moved in it (`Player.still`), so that numbers which act through
decisions alone show nothing here: those of the page's short list rest on docs/validation.md. A minute a hundred."""

import sys

import pandas as pd

from sim.engine.design import fit_base_hedges
from sim.errors import HedgelabError
from sim.player import Player
from sim.run import start
from sim.scenario.load import load_scenario
from sim.scenario.sample import quantities
from sim.scenario.varied import varied

MEASURES = ("real_income", "coercibility", "expected_coercion_loss", "tail_loss", "hedging_premium")


def headline(scenario) -> pd.Series:
    """Values of the first quarter if nobody moved."""
    player = Player(scenario, start(scenario, "status_quo", rest=fit_base_hedges(scenario)), fitted=False)
    table = player.still()
    mine = table[(table.region == scenario.file.focus) & table.measure.isin(MEASURES)]
    return mine.groupby("measure").value.max()


def main(name: str, out: str) -> None:
    """Writes a row a number."""
    scenario, rows = load_scenario(name), []
    for key, one in quantities(scenario).items():
        if one.low is None or one.low == one.high:
            continue
        try:
            low, high = (headline(varied(scenario, {key: end}, scenario.file.turns)) for end in (one.low, one.high))
        except HedgelabError as error:
            print(f"{key}: {error}", file=sys.stderr)
            continue
        rows.append({"name": key, "low": one.low, "high": one.high, **(high - low).round(4)})
        pd.DataFrame(rows).to_csv(out, index=False, lineterminator="\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
