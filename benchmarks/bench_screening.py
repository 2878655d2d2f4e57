"""What screening gives up: choices as with every candidate on the whole path, the score lost, and what a larger
shortlist would cost. Decisions are those that came up in play, under several scenarios, policies and draws.

Run: `.venv/bin/python benchmarks/bench_screening.py [--decisions N] [--shortlists 6,12]`."""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import count

import numpy as np

from sim.engine import step
from sim.engine.design import Design, fit
from sim.moves.path import Scene
from sim.moves.score import Ledger, score
from sim.run import as_policy, as_scenario, start
from sim.scenario.sample import sample, with_values
from sim.strategies import find_strategy
from sim.threads import one_thread

GAMES = (("tariffs_2025", "eu_hedge"), ("america_first", "adaptive"), ("both_squeeze", "four_planks"),
         ("china_chokehold", "status_quo"))  # fmt: skip
RULES = ("best_response", "quantal_response")
SETTLES = 3  # quarters between two that are looked at: the world has moved on
DRAWS = 4


def decisions(quarters: int) -> Iterator[tuple[Design, Scene, int]]:
    """What every actor would decide in every third quarter of runs, each scenario at a draw of its own."""
    rests = {}
    for run in count():
        for draw, (scenario, policy) in enumerate(GAMES):
            loaded, file = with_values(*checked(scenario, policy), sample(*checked(scenario, policy), 11, DRAWS)[draw])
            rests[scenario] = rests.get(scenario) or fit(loaded)
            model = start(loaded, file, seed=11, run=run, quarters=quarters, rest=rests[scenario])
            while not model.done:
                model.step()
                if model.world.step % SETTLES == 0:
                    for actor in model.design.actors:
                        yield model.design, model.scene, actor


def checked(scenario: str, policy: str):
    """Both, loaded."""
    loaded = as_scenario(scenario)
    return loaded, as_policy(loaded, policy)


@dataclass
class Tally:
    """How one way of scoring compares with scoring all exactly."""

    milliseconds: list[float] = field(default_factory=list)
    same: dict[str, int] = field(default_factory=lambda: dict.fromkeys(RULES, 0))
    lost: dict[str, list[float]] = field(default_factory=lambda: {rule: [] for rule in RULES})


def scored(scene: Scene, menu, tally: Tally, **how) -> Ledger:
    """A ledger, its time noted."""
    begun = time.process_time()
    ledger = score(replace(scene), menu, **how)  # a scene of its own: nothing is remembered from before
    tally.milliseconds.append(1e3 * (time.process_time() - begun))
    return ledger


def with_shortlist(scene: Scene, size: int, margin: float) -> Scene:
    """The scene with other numbers of candidates of each class on the whole path."""
    return replace(scene, settings=replace(scene.settings, shortlist=size, margin=margin or scene.settings.margin))


def compare(design: Design, scene: Scene, actor: int, tallies: dict[int, Tally], exact: Tally,
            margin: float) -> None:  # fmt: skip
    """One decision: each shortlist against all exact."""
    menu, seen = design.menus(scene.world)[actor], step.seen_by(design, scene.world, actor, scene)
    whole = scored(scene, menu, exact, all_exact=True)
    wanted = {name: find_strategy(name).choose(seen, whole) for name in RULES}
    for size, tally in tallies.items():
        quick = scored(with_shortlist(scene, size, margin), menu, tally)
        for name in RULES:
            pick = find_strategy(name).choose(seen, quick)
            tally.same[name] += pick == wanted[name]
            tally.lost[name].append(float(whole.score[wanted[name]] - whole.score[pick]))


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--decisions", type=int, default=240)
    parser.add_argument("--shortlists", default="6,12", help="the first is what is reported against")
    parser.add_argument("--quarters", type=int, default=15)
    parser.add_argument("--margin", type=float, default=0.0, help="percent; 0: the configured one")
    options = parser.parse_args()
    sizes = [int(text) for text in options.shortlists.split(",")]
    tallies, exact = {size: Tally() for size in sizes}, Tally()
    with one_thread():
        for _, (design, scene, actor) in zip(range(options.decisions), decisions(options.quarters), strict=False):
            compare(design, scene, actor, tallies, exact, options.margin)
            if len(exact.milliseconds) % 40 == 0:
                report(tallies, exact)
    report(tallies, exact)


def report(tallies: dict[int, Tally], exact: Tally) -> None:
    """Prints what was found so far."""
    number, slow = len(exact.milliseconds), np.median(exact.milliseconds)
    print(
        f"{number} decisions in play, {len(GAMES)} scenarios and policies, drawn parameters; scoring all exactly is 1"
    )
    for size, tally in tallies.items():
        line = f"shortlist {size:3d}: {np.median(tally.milliseconds) / slow:.2f} of the time"
        for name in RULES:
            share, most = 100 * tally.same[name] / number, max(tally.lost[name])
            line += f"; {name}: {share:.1f} % the same, at most {most:.4f} % of income lost"
        print(line, flush=True)


if __name__ == "__main__":
    main()
