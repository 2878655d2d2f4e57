"""What a worker does with an order: fits the draw once, plays its runs, reads off their outcomes.

Runs of one draw that a worker gets one after another share the fit. The bits of a run do not depend on what it is
grouped with."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from sim.engine.design import Design, fit
from sim.engine.model import HedgingModel
from sim.errors import said_of
from sim.moves.rest import Rest
from sim.player import Player
from sim.record.compare import outcome_rows
from sim.run import start
from sim.scenario.sample import with_values
from sim.scenario.scenario import Scenario
from sim.scenario.schema import PolicyFile
from sim.sweeps.orders import FAILED, OK, Order, Played, Row
from sim.sweeps.plan import Plan
from sim.threads import one_thread

WHO = "who"  # column `coercibility.who`: by whom, and in which domain


@dataclass(frozen=True)
class Context:
    """What all orders of a sweep share; sent to a worker once."""

    scenarios: dict[str, Scenario]
    policies: dict[str, PolicyFile]
    quarters: int | None
    strategy: str | dict[str, str] | None
    panel: bool


def context_of(plan: Plan) -> Context:
    """The context of a plan."""
    spec = plan.spec
    return Context(plan.scenarios, plan.policies, spec.quarters, spec.strategy, spec.panel)


@dataclass
class Shared:
    """What the runs of one draw have in common, in a worker: its fit, and what each policy makes of it."""

    context: Context
    draw: tuple
    rest: Rest
    made: dict[str, tuple[dict[str, float], Scenario, PolicyFile, Design]] = field(default_factory=dict)  # by policy


_last: list[Shared] = []  # in a worker: of the last draw


def play(context: Context, order: Order) -> list[Played]:
    """Every run of the order. One that fails is told with its cause; the others go on."""
    done = []
    for row in order.rows:
        try:
            scenario, model = _ready(context, row)
            player = Player(scenario, model, dict(row.values), keep_ledgers=False)
            while not player.done:
                player.advance()
            done.append(read_off(row.id, player.measured_so_far(), scenario.file.focus, context.panel))
        except BaseException as error:  # one run must not take the others with it; Ctrl-C never comes to a worker
            done.append(Played(row.id, FAILED, said_of(error)))
    return done


def _ready(context: Context, row: Row) -> tuple[Scenario, HedgingModel]:
    """A run's scenario and its model at step 0; only luck is made anew for one that was made before."""
    if _last and _last[0].context is context and _last[0].draw == _draw(row):
        values, scenario, policy, alike = _last[0].made.get(row.policy, (None, None, None, None))
        if values == row.values:
            return scenario, start(scenario, policy, seed=row.seed, run=row.run, quarters=context.quarters,
                                   strategy=context.strategy, alike=alike)  # fmt: skip
    given = context.scenarios[row.scenario], context.policies[row.policy]
    scenario, policy = with_values(*given, row.values) if row.values else given
    shared = _shared(context, row, scenario)
    model = start(scenario, policy, seed=row.seed, run=row.run, quarters=context.quarters,
                  strategy=context.strategy, rest=shared.rest)  # fmt: skip
    shared.made[row.policy] = row.values, scenario, policy, model.design
    return scenario, model


def _shared(context: Context, row: Row, scenario: Scenario) -> Shared:
    """What runs of these values share: the fit is made once for all that come one after another."""
    if not _last or _last[0].context is not context or _last[0].draw != _draw(row):
        with one_thread():
            rest = fit(scenario)
        _last[:] = [Shared(context, _draw(row), rest)]
    return _last[0]


def _draw(row: Row) -> tuple[str, dict[str, float]]:
    """What a fit follows from: no policy enters it."""
    return row.scenario, {name: value for name, value in row.values.items() if not name.startswith("policy.")}


def read_off(row_id: str, portfolio: pd.DataFrame, focus: str, panel: bool = True) -> Played:
    """The measures that policies are compared by, a column each: `measure`, or `measure.partner`."""
    table = outcome_rows(portfolio.assign(policy="", run=0, draw=0, luck=0), focus)
    quarters = list(dict.fromkeys(portfolio.quarter))
    quarters = quarters if panel else quarters[-1:]
    at = {quarter: k for k, quarter in enumerate(quarters)}
    outcomes, units = {}, {}
    for one in table.itertuples():
        if one.quarter not in at:
            continue
        name = one.measure if one.partner == "all" else f"{one.measure}.{one.partner}"
        outcomes.setdefault(name, [None] * len(quarters))[at[one.quarter]] = float(one.value)
        units[name] = one.unit
        if one.measure == "coercibility":
            outcomes.setdefault(f"{name}.{WHO}", [None] * len(quarters))[at[one.quarter]] = one.note
            units[f"{name}.{WHO}"] = ""
    return Played(row_id, OK, "", quarters, outcomes, units)
