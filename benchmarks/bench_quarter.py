"""How long a quarter takes, where the time goes, and what screening gives up.

One process, one core. Prints a table of times and of ratios within this very run; ratios are what to quote,
since machines drift. Run: `.venv/bin/python benchmarks/bench_quarter.py [--quarters N]`."""

from __future__ import annotations

import argparse
import cProfile
import pstats
import time

import numpy as np
from threadpoolctl import threadpool_limits

from sim.engine import step
from sim.engine.design import design, fit
from sim.moves import score as scoring
from sim.record.measure import portfolio
from sim.run import Player, as_policy, as_scenario, start
from sim.strategies import find_strategy

SCENARIO, POLICY = "america_first", "adaptive"


def timed(call, repeat: int = 5) -> float:
    """Fastest of several calls, milliseconds."""
    times = []
    for _ in range(repeat):
        begun = time.perf_counter()
        call()
        times.append(time.perf_counter() - begun)
    return 1e3 * min(times)


def played(quarters: int) -> tuple[float, float, list]:
    """Mean milliseconds of a quarter, deciding and measuring, and of deciding alone; the scenes seen."""
    scenario = as_scenario(SCENARIO)
    model = start(scenario, POLICY, seed=1, quarters=quarters)
    model.advance()  # warm-up: imports and caches
    player = Player(scenario, start(scenario, POLICY, seed=1, quarters=quarters))
    scenes, begun, engine = [], time.perf_counter(), 0.0
    while not player.done:
        mark = time.perf_counter()
        quarter = player.model.advance()
        engine += time.perf_counter() - mark
        portfolio(quarter.scene, quarter.settled, player.model.design.focus, player.model.design.actors)
        scenes.append(quarter.scene)
    whole = time.perf_counter() - begun
    return 1e3 * whole / quarters, 1e3 * engine / quarters, scenes


def screening(scenes: list, count: int) -> None:
    """Screened against exact scoring: time, error, and whether best response and quantal response pick alike."""
    scenario = as_scenario(SCENARIO)
    rest = fit(scenario)
    d = design(scenario, as_policy(scenario, POLICY), rest, seed=1, run=0)
    same, errors, screened_ms, exact_ms, decisions = {"best_response": 0, "quantal_response": 0}, [], 0.0, 0.0, 0
    rules = {name: find_strategy(name) for name in same}
    for scene in scenes[:: max(1, len(scenes) // count)][:count]:
        for actor in d.actors:
            begun = time.perf_counter()
            quick = scoring.score(scene, d.catalogues[actor])
            middle = time.perf_counter()
            exact = scoring.score(scene, d.catalogues[actor], all_exact=True)
            screened_ms += 1e3 * (middle - begun)
            exact_ms += 1e3 * (time.perf_counter() - middle)
            seen = step.seen_by(d, scene.world, actor)
            for name, rule in rules.items():
                same[name] += rule.choose(seen, quick) == rule.choose(seen, exact)
            only = quick.feasible & ~quick.exact
            errors += list(np.abs(quick.score - exact.score)[only])
            decisions += 1
    print(f"screened scoring {screened_ms / decisions:.1f} ms a decision, exact {exact_ms / decisions:.1f} ms, "
          f"ratio {exact_ms / screened_ms:.2f}")  # fmt: skip
    middle, most = np.quantile(errors, (0.5, 0.95))
    print(f"score error of candidates left at the screen: median {middle:.4f}, 95 % {most:.4f} percent of income")
    for name, count in same.items():
        print(
            f"{name}: picks as with exact scoring in {count} of {decisions} decisions ({100 * count / decisions:.0f} %)"
        )


def profile(quarters: int) -> None:
    """The ten places where most time goes."""
    model = start(as_scenario(SCENARIO), POLICY, seed=1, quarters=quarters)
    watch = cProfile.Profile()
    watch.enable()
    while not model.done:
        model.advance()
    watch.disable()
    rows = sorted(pstats.Stats(watch).stats.items(), key=lambda item: -item[1][2])[:12]
    total = sum(v[2] for v in pstats.Stats(watch).stats.values())
    print("share of the engine's time by function (its own):")
    for (file, line, name), (_, calls, own, _, _) in rows:
        print(f"  {100 * own / total:5.1f} %  {calls:8d} calls  {file.rsplit('/', 1)[-1]}:{line} {name}")


def main() -> None:
    """Prints the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quarters", type=int, default=40)
    parser.add_argument("--decisions", type=int, default=8, help="quarters whose four decisions are scored exactly")
    options = parser.parse_args()
    with threadpool_limits(1, "blas"):
        whole, engine, scenes = played(options.quarters)
        print(f"{SCENARIO}, {POLICY}, four actors, {options.quarters} quarters, one core: {whole:.0f} ms a quarter "
              f"({engine:.0f} deciding and settling, {whole - engine:.0f} measuring the portfolio); "
              f"{whole * 40 / 1e3:.1f} s for 40 quarters")  # fmt: skip
        screening(scenes, options.decisions)
        profile(min(options.quarters, 12))


if __name__ == "__main__":
    main()
