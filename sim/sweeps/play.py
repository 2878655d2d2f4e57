"""What a worker does with an order: fits the draw once, plays its runs, reads off their outcomes.

Runs of one draw that a worker gets one after another share the fit. The bits of a run do not depend on what it is
grouped with."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
from threadpoolctl import threadpool_limits

from sim.batch import outcome_rows
from sim.engine.design import fit
from sim.errors import HedgelabError
from sim.moves.rest import Rest
from sim.run import Player, start
from sim.scenario.sample import with_values
from sim.scenario.scenario import Scenario
from sim.scenario.schema import PolicyFile
from sim.sweeps.orders import FAILED, OK, Order, Played, Row
from sim.sweeps.plan import Plan

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


_last: dict[str, tuple] = {}  # in a worker: the last fit, and what it is a fit of


def play(context: Context, order: Order) -> list[Played]:
    """Every run of the order. One that fails is told with its cause; the others go on."""
    done = []
    for row in order.rows:
        try:
            scenario, policy = with_values(context.scenarios[row.scenario], context.policies[row.policy], row.values)
            model = start(scenario, policy, seed=row.seed, run=row.run, quarters=context.quarters,
                          strategy=context.strategy, rest=_fitted(context, row, scenario))  # fmt: skip
            player = Player(scenario, model, dict(row.values), keep_ledgers=False)
            while not player.done:
                player.advance()
            done.append(read_off(row.id, player.run_so_far().portfolio, scenario.file.focus, context.panel))
        except (Exception, SystemExit) as error:  # one run must not take the others with it
            said = str(error) if isinstance(error, HedgelabError) else f"{type(error).__name__}: {error}"
            done.append(Played(row.id, FAILED, said))
    return done


def _fitted(context: Context, row: Row, scenario: Scenario) -> Rest:
    """The fit of a run's values, made once for all runs that come one after another with the same ones."""
    draw = row.scenario, {name: value for name, value in row.values.items() if not name.startswith("policy.")}
    held, known, rest = _last.get("fit", (None, None, None))
    if held is not context or known != draw:
        with threadpool_limits(1, "blas"):
            rest = fit(scenario)
        _last["fit"] = context, draw, rest
    return rest


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
