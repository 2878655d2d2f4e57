"""One small run kept as tables. `python -m tests.golden.renew` writes them anew, when a change was meant."""

from pathlib import Path

import pandas as pd

from sim.record.compare import SUMMED
from sim.run import Run, simulate
from sim.threads import one_thread

FOLDER = Path(__file__).resolve().parent
DIGITS = 8


def golden_run() -> Run:
    """Six quarters of America first under the adaptive policy, central values."""
    with one_thread():
        return simulate("america_first", "adaptive", seed=4, quarters=6)


def golden_tables(run: Run) -> dict[str, pd.DataFrame]:
    """Headline measures and moves, numbers rounded."""
    table = run.portfolio
    headline = table[table.measure.isin([*SUMMED, "mean_tariff"])]
    headline = headline[(headline.domain == "all") | (headline.measure == "coercibility")]
    columns = ["quarter", "region", "partner", "domain", "measure", "value", "unit"]
    moves = run.moves.drop(columns=["sentence"])
    return {"portfolio": headline[columns].round(DIGITS).reset_index(drop=True), "moves": moves.round(DIGITS)}


def main() -> None:
    """Writes the tables beside this file."""
    for name, frame in golden_tables(golden_run()).items():
        path = FOLDER / f"{name}.csv"
        frame.to_csv(path, index=False)
        print(f"wrote {len(frame)} rows to {path.name}")


if __name__ == "__main__":
    main()
