"""Figures of the finished program beside those that rough prototypes gave (docs/validation.md quotes this output).

Run: `.venv/bin/python benchmarks/prototype_figures.py` (about two minutes on one core)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from threadpoolctl import threadpool_limits

from sim.engine import step
from sim.engine.design import design, fit
from sim.moves import path
from sim.moves import score as scoring
from sim.record.measure import standing
from sim.rules.coercion import Stop, closed_form, stop_losses
from sim.rules.exposure import joint_stops
from sim.rules.tariff import mean_tariff
from sim.run import as_policy, as_scenario, start

POLICY = "adaptive"
LOBBIES = ("metals_chemicals", "electronics", "machinery", "transport_equipment", "other_manufacturing")


def report(name: str, prototype: str, found: str) -> None:
    """One line of the table."""
    print(f"{name} | {prototype} | {found}")


def at_rest():
    """The base year as actors see it, without shocks."""
    scenario = as_scenario("baseline")
    calm = design(scenario, as_policy(scenario, POLICY), fit(scenario), seed=0, run=0, shocks=False)
    scene, _ = step.observe(calm, step.begin(calm), None)
    return calm, scene


def stops(calm, scene) -> None:
    """All-goods stops of Japan's partners, and what final shares alone would say of them."""
    base, me = calm.base, calm.focus
    settled, _ = step.settle(calm, scene, scene.world)
    at = standing(scene, settled)
    others = [i for i in calm.actors if i != me]
    _, change = stop_losses(base, at, scene.impact, me, joint_stops(base, others)[: len(others)])
    ratios = ", ".join(f"{base.regions[j]} {change[k, me] / change[k, j]:.0f}" for k, j in enumerate(others))
    report("all-goods stop: loss of the target over the sender's", "4 to 18 times", ratios)
    goods = [int(d) for d in np.flatnonzero(base.goods)]
    singles = [Stop((j,), (d,), 1.0) for j in others for d in goods]
    loss, _ = stop_losses(base, at, scene.impact, me, singles)
    forms = {}
    for label, weight in (("Domar weights", scene.weight[me]), ("final shares alone", base.final[me])):
        shares = [base.share[me, s.senders[0], s.domains[0]] for s in singles]
        form = [100 * closed_form(weight[[s.domains[0]]], base.theta_short[[s.domains[0]]], np.array([x]), 1.0)
                for s, x in zip(singles, shares, strict=True)]  # fmt: skip
        forms[label] = np.sum(form) / np.nansum(loss)
    report("closed form, sum over single stops, share of the equilibrium's", "half with final shares alone",
           ", ".join(f"{k} {v:.2f}" for k, v in forms.items()))  # fmt: skip


def tariff_worth(calm, scene) -> None:
    """Japan's tariffs on Chinese goods: on impact and over the horizon, nobody answering."""
    base, me = calm.base, calm.focus
    found = {}
    catalogue = calm.catalogues[me]
    ledger = scoring.score(scene, catalogue, all_exact=True)
    trial = scoring.make_trials(scene, catalogue)
    now = path.on_impact(scene, path.Rows.of(trial.worlds)).income[0, :, me]
    later = path.once_adapted(scene, path.Rows.of(trial.worlds))[0].income[0, :, me]
    for row, move in enumerate(trial.moves):
        if move.operation == "raise" and move.group == "goods" and len(move.partners) == 1:
            if base.regions[move.partners[0]] == "CHN":
                k = trial.index[row]
                found[move.name] = (
                    100 * (now[row] - now[0]),
                    100 * (later[row] - later[0]),
                    ledger.term("real_income")[k],
                )
    text = "; ".join(
        f"{n.rsplit(' ', 1)[1]} points: impact {a:+.2f}, adapted {b:+.2f}, path {c:+.2f}"
        for n, (a, b, c) in found.items()
    )
    report(
        "Japan's tariff on Chinese goods, % of income", "+25 looks like +0.42 on impact; adapted +10 best, 0.08", text
    )


def nodes(calm, scene) -> None:
    """Error of five nodes against a solve in every quarter of the horizon."""
    dense = replace(scene, settings=replace(scene.settings, nodes=tuple(range(scene.settings.horizon))))
    dense = replace(dense, hedges=path.hedge_path(
        scene.world.hedge, scene.world.hedge_goal, scene.world.build_left, calm.base.hedge_base,
        scene.settings.hedge_decay, dense.settings.nodes))  # fmt: skip
    errors = []
    for i in calm.actors:
        trial = scoring.make_trials(scene, calm.catalogues[i])
        rows = path.Rows.of(trial.worlds)
        few, all_of = (s.settings.annuity(path.walk(s, rows, i).income[..., i]) for s in (scene, dense))
        gain = all_of - all_of[0]
        big = np.abs(gain) > 1e-5
        errors += list(np.abs((few - few[0] - gain) / np.where(big, gain, 1.0))[big])
    report("error of five nodes, share of the gain", "4 % on average, 17 % at worst",
           f"{100 * np.mean(errors):.1f} % on average, {100 * np.max(errors):.0f} % at worst")  # fmt: skip


def reach(name: str, scenario: str, prototype: str, values: dict[str, float], quarters: int = 16) -> None:
    """Points that best response without shocks ends at: US on others, and their answers on the US."""
    model = start(
        as_scenario(scenario), POLICY, quarters=quarters, strategy="best_response", values=values, shocks=False
    )
    base, usa = model.design.base, model.design.base.regions.index("USA")
    while not model.done:
        model.step()
    rise = 100 * (mean_tariff(base, model.world.tariff) - mean_tariff(base, base.tariff))
    others = [i for i in model.design.actors if i != usa]
    put = " / ".join(f"{base.regions[i]} {rise[usa, i]:.0f}" for i in others)
    back = " / ".join(f"{base.regions[i]} {rise[i, usa]:.0f}" for i in others)
    moves = [q for q in model.quarters if any(d.pick for d in q.decisions)]
    report(name, prototype, f"on {put}; back {back}; last move {moves[-1].label if moves else 'none'}")


def chokehold() -> None:
    """The political value from which Beijing licenses its minerals, and what a two-year stop leaves behind."""
    key = "scenario.changes.control_value.CHN.0.value"
    for value in (0.005, 0.0075, 0.01, 0.015, 0.02, 0.03, 0.05):
        model = start(as_scenario("china_chokehold"), POLICY, quarters=8, strategy="best_response", values={key: value},
                      shocks=False)  # fmt: skip
        me, china = model.design.focus, model.design.base.regions.index("CHN")
        while not model.done:
            model.step()
        if (model.world.withheld[me, china] > 0).any():
            break
    report("political value from which China controls minerals to Japan, % of its income", "0.0055", f"at most {value}")
    _two_years(model.design)


def _two_years(d) -> None:
    """China's share of Japan's chokepoint minerals after eight quarters of an embargo, and nine years on."""
    quiet = replace(d, dated=(), free_from=10**6, quarters=tuple(str(k) for k in range(44)))
    world, scene, shares = step.begin(quiet), None, []
    me, china = d.focus, d.base.regions.index("CHN")
    domain = d.base.domains.index("chokepoint_minerals")
    for k in range(44):
        withheld = world.withheld.copy()
        withheld[me, china, domain] = 1.0 if k < 8 else 0.0
        scene, _ = step.observe(quiet, replace(world, withheld=withheld), scene)
        settled, world = step.settle(quiet, scene, scene.world)
        foreign = settled.at.share[me].copy()
        foreign[me] = 0
        shares.append(100 * foreign[china, domain] / foreign[:, domain].sum())
    start_share = 100 * d.base.share[me, china, domain] / (1 - d.base.share[me, me, domain])
    report("China's share of Japan's foreign chokepoint minerals: before, at release, nine years later",
           "28 to 17 % and back in nine years (all minerals, share of all purchases)",
           f"{start_share:.0f} %, {shares[8]:.0f} %, {shares[43]:.0f} %")  # fmt: skip


def fitted(calm) -> None:
    """Norm costs and base mark-ups at rest."""
    base, tastes = calm.base, calm.settings.tastes
    report("norm cost n1, % of income a point", "0.04 to 0.08",
           ", ".join(f"{base.regions[i]} {tastes.norm[i]:.3f}" for i in calm.actors))  # fmt: skip
    me, china = calm.focus, base.regions.index("CHN")
    cells = ", ".join(f"{base.domains[d]} {base.hedge_base[me, china, d]:.2f}" for d in np.flatnonzero(base.goods))
    report("Japan's base mark-up on China", "minerals about 0.6, electronics 0.05, most others below 0.03", cells)


def main() -> None:
    """Prints a line a figure: what, prototype, here."""
    print("figure | prototype | here")
    with threadpool_limits(1, "blas"):
        calm, scene = at_rest()
        fitted(calm)
        stops(calm, scene)
        tariff_worth(calm, scene)
        nodes(calm, scene)

        weights = {f"scenario.changes.producer_weights.USA.{d}": 0.5 for d in LOBBIES}
        lobbies = "20 / 14 / 20 points on JPN / EU / CHN"
        reach("US norm cost a quarter, producer weights 1", "america_first", lobbies, {})
        alone = {"scenario.changes.norm_factor.USA": 0.0} | weights
        reach("US norm cost zero, producer weights 0.5", "america_first", "10 / 10 / 0 without weights", alone)
        reach("the tariffs of 2025, then free play", "tariffs_2025", "-", {}, 24)
        chokehold()


if __name__ == "__main__":
    main()
