"""What separates Nash tariffs from their closed form, one assumption after the other (docs/nash.md quotes this output).

Run: `.venv/bin/python benchmarks/nash_closed_form.py` (about ten seconds on one core)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from sim.run import as_scenario
from sim.studies.nash import BRACKET, Game, game_of, play
from sim.world.params import Array, Economy, without_links


def balanced(flow: Array) -> Array:
    """Flows [importer, exporter, domain] scaled until each region exports as much as it imports (Osborne 1960)."""
    for _ in range(2000):
        total = flow.sum(axis=2)
        scale = np.sqrt(total.sum(axis=0) / total.sum(axis=1))
        flow = flow * scale[:, None, None] / scale[None, :, None]
    return flow


def changed(base: Economy, **fields) -> Economy:
    """An economy without links like another, but for some of its accounts."""
    same = {name: getattr(base, name) for name in ("regions", "domains", "goods", "flow", "tariff", "final_elasticity")}
    return without_links(**(same | {"theta": base.theta_long} | fields))


def report(name: str, game: Game) -> None:
    """One line: Nash tariff and closed form of each player at the same equilibrium, and the largest gap."""
    study = play(game)
    assert study.nash.converged
    rows = study.table[study.table.nash_tariff.notna() & study.table.partner.eq("all")]
    gap = (rows.nash_tariff - rows.closed_form_nash).abs().max()
    pairs = ", ".join(f"{r.region} {r.nash_tariff:.1f}/{r.closed_form_nash:.1f}" for r in rows.head(4).itertuples())
    print(f"{name} | {pairs} | {gap:.2f}")


def highest_elsewhere(game: Game) -> float:
    """Most that a player could gain, in per cent of real income, by any rate of the bracket at the Nash tariffs."""
    tariff, rates, most = play(game).nash.tariff, np.arange(*BRACKET, 0.05), -np.inf
    for actor in game.actors:
        trials = [game.with_rates(tariff, actor, np.array([rate])) for rate in rates]
        income = [game.real_income(trial, "a deviation")[actor] for trial in [tariff, *trials]]
        most = max(most, 100 * (max(income[1:]) - income[0]))
    return most


def main() -> None:
    """Prints all lines."""
    scenario = as_scenario("baseline")
    linked, plain = game_of(scenario), game_of(scenario, links=False)
    everyone = tuple(range(len(plain.base.regions)))
    report("links, base mark-ups", linked)
    report("links, no mark-ups", replace(linked, base=linked.base.with_hedges(np.zeros_like(linked.base.flow))))
    report("no links", plain)
    base = changed(plain.base, final_elasticity=1.0)
    report("and Cobb-Douglas over domains", Game(base, plain.actors))
    base = changed(base, goods=np.ones_like(base.goods))
    report("and services can be taxed", Game(base, plain.actors))
    base = changed(base, flow=balanced(base.flow))
    report("and trade is balanced", Game(base, plain.actors))
    report("and every region plays", Game(base, everyone))
    print(f"most that any rate of the bracket would add at Nash: {highest_elsewhere(linked):.2g} % of real income")


if __name__ == "__main__":
    main()
