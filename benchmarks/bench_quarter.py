"""How long a quarter takes, and where the time goes: by part, and by function.

One process, one core. Prints a table of times and of ratios within this very run; ratios are what to quote,
since machines drift. Run: `.venv/bin/python benchmarks/bench_quarter.py [--quarters N]`."""

from __future__ import annotations

import argparse
import cProfile
import pstats
import time

from threadpoolctl import threadpool_limits

from sim.record.measure import portfolio
from sim.run import Player, as_scenario, start

SCENARIO, POLICY = "tariffs_2025", "eu_hedge"
PARTS = (
    ("observing: hold solved", "engine/step.py", "observe"),
    ("deciding", "engine/step.py", "decide"),
    ("  screening of all candidates", "moves/score.py", "_screen"),
    ("  programmes on their own horizon", "moves/ventures.py", "ventures"),
    ("  threats and what punishments do", "moves/score.py", "score_threats"),
    ("bargaining", "engine/crisis.py", "bargain"),
    ("settling", "engine/step.py", "settle"),
    ("  what groups at home lived through", "engine/domestic.py", "lived"),
    ("learning", "engine/learn.py", "learn"),
    ("measuring the portfolio", "record/measure.py", "portfolio"),
    ("across these: paths walked", "moves/path.py", "walk"),
    ("across these: losses feared", "moves/risk.py", "_fear"),
    ("across these: equilibria solved", "rules/solve.py", "solve"),
    ("across these: trial worlds made", "moves/catalogue.py", "applied"),
)


def played(quarters: int) -> tuple[float, float]:
    """Mean milliseconds of a quarter, deciding and measuring, and of deciding alone."""
    scenario = as_scenario(SCENARIO)
    model = start(scenario, POLICY, seed=1, quarters=quarters)
    model.advance()  # warm-up: imports and caches
    player = Player(scenario, start(scenario, POLICY, seed=1, quarters=quarters))
    begun, engine = time.perf_counter(), 0.0
    while not player.done:
        mark = time.perf_counter()
        quarter = player.model.advance()
        engine += time.perf_counter() - mark
        portfolio(quarter.scene, quarter.settled, player.model.design.focus, player.model.design.actors)
    whole = time.perf_counter() - begun
    return 1e3 * whole / quarters, 1e3 * engine / quarters


def profile(quarters: int) -> None:
    """Where the time of whole quarters goes, measuring included: parts, of which some hold others, and functions."""
    scenario = as_scenario(SCENARIO)
    player = Player(scenario, start(scenario, POLICY, seed=1, quarters=quarters), keep_ledgers=False)
    watch = cProfile.Profile()
    watch.enable()
    while not player.done:
        player.advance()
    watch.disable()
    stats = pstats.Stats(watch).stats
    total = sum(v[2] for v in stats.values())
    print("share of a quarter by part:")
    for said, file, function in PARTS:
        found = [v for (path, _, name), v in stats.items() if path.endswith(file) and name == function]
        calls, seconds = sum(v[1] for v in found), sum(v[3] for v in found)
        print(f"  {100 * seconds / total:5.1f} %  {calls / quarters:6.1f} calls a quarter  {said}")
    print("share by function (its own time):")
    for (file, line, name), (_, calls, own, _, _) in sorted(stats.items(), key=lambda item: -item[1][2])[:12]:
        print(f"  {100 * own / total:5.1f} %  {calls:8d} calls  {file.rsplit('/', 1)[-1]}:{line} {name}")


def main() -> None:
    """Prints the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quarters", type=int, default=24)
    options = parser.parse_args()
    with threadpool_limits(1, "blas"):
        whole, engine = played(options.quarters)
        print(f"{SCENARIO}, {POLICY}, {options.quarters} quarters, one core: {whole:.0f} ms a quarter "
              f"({engine:.0f} deciding and settling, {whole - engine:.0f} measuring the portfolio); "
              f"{whole * 40 / 1e3:.1f} s for 40 quarters")  # fmt: skip
        profile(options.quarters)


if __name__ == "__main__":
    main()
