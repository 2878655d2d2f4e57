"""Known answers: runs target folders and closed forms through the engine and compares.

Reading folders is left to `sim.scenario.targets`, the equations to `sim.rules`, printing to the command."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from sim.errors import SolverError
from sim.rules.contracts import log_wedge, single_elasticity_shock
from sim.rules.outcomes import LEVELS, outcomes
from sim.rules.solve import Anchor, anchor, solve
from sim.rules.trade import Shock, balance, base_point
from sim.scenario.target_cases import QUANTITIES, Case
from sim.scenario.targets import Accounts, read_targets
from sim.studies import closed_forms
from sim.world.params import Array, Economy, economy_from_accounts, without_links

COLUMNS = ("case", "quantity", "where", "expected", "got", "difference", "tolerance", "verdict", "reason")
PASSED, FAILED = "ok", "failed"
SMALLEST_PART = 1 / 64  # of a hard shock, before it is given up


@dataclass(frozen=True)
class Outcome:
    """What the engine says of one case: its quantities, or why there are none."""

    values: dict[str, Array]  # by quantity, in the unit of the folder
    reason: str = ""  # empty when the equilibrium converged


def run_targets(folder: str | Path) -> pd.DataFrame:
    """Every expected number of a target folder beside what the engine gives.

    Returns a row a number: case, quantity, where, expected, got, difference, tolerance, verdict (ok or
    failed), reason. Of a case without an equilibrium got is NaN and every row failed, with the reason.
    Raises ScenarioError when the folder is wrong."""
    target = read_targets(folder)
    found = run_cases(target.accounts, target.cases)
    rows = [row for case in target.cases for row in compared(case, found[case.name], target.accounts)]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def run_cases(accounts: Accounts, cases: Iterable[Case]) -> dict[str, Outcome]:
    """Outcomes by name of case; cases with the same elasticities share an economy and a batch."""
    alike: dict[tuple, list[Case]] = defaultdict(list)
    for case in cases:
        alike[case.links, case.eta, case.sigma_in, tuple(case.theta)].append(case)
    found: dict[str, Outcome] = {}
    for group in alike.values():
        found.update(_solved(economy(accounts, group[0]), group, accounts.flows.sum()))
    return found


def economy(accounts: Accounts, case: Case) -> Economy:
    """The base year with the elasticities of a case; one theta serves both horizons."""
    named = dict(
        regions=accounts.regions, domains=accounts.domains, goods=np.ones(len(accounts.domains), bool),
        flow=accounts.flows, tariff=accounts.tariff, final_elasticity=case.eta, where=f"case {case.name}",
    )  # fmt: skip
    if not case.links:
        return without_links(theta=case.theta, **named)
    return economy_from_accounts(
        value_added=accounts.value_added, io=accounts.io, final=accounts.final, theta_short=case.theta,
        theta_long=case.theta, input_elasticity=case.sigma_in, **named,
    )  # fmt: skip


def _solved(base: Economy, cases: list[Case], total: float) -> dict[str, Outcome]:
    """Outcomes of cases that share an economy; total is the sum of flows, in their unit."""
    unit = total / base.flow.sum()  # world labour income, in the unit of the flows
    calm = _shock(base, base.tariff, np.zeros_like(base.flow), np.ones_like(base.flow))
    near = anchor(base, calm, base_point(base))
    stack = [np.stack([getattr(case, key) for case in cases]) for key in ("tariff", "withheld", "iceberg")]
    shock = _shock(base, *stack)
    found = solve(base, shock, near)
    out = {}
    for row, case in enumerate(cases):
        x = found.x[row] if found.converged[row] else _approached(base, case, near)
        if x is None:
            reason = f"no equilibrium found: largest residual {found.residual[row]:.2g}, also in smaller steps"
            out[case.name] = Outcome({}, reason)
            continue
        one = shock.rows(row)
        values = outcomes(base, one, x, balance(base, one, x))
        values.update({key: unit * values[key] for key in LEVELS})
        out[case.name] = Outcome(values)
    return out


def _shock(base: Economy, tariff: Array, withheld: Array, iceberg: Array) -> Shock:
    return single_elasticity_shock(base, tariff, withheld, log_wedge(base, tariff, iceberg))


def _approached(base: Economy, case: Case, near: Anchor) -> Array | None:
    """The equilibrium of a hard case, reached through growing parts of its shock, or None."""
    x, done, part = near.x, 0.0, 0.25
    while part >= SMALLEST_PART:
        share = min(done + part, 1.0)
        tariff = base.tariff + share * (case.tariff - base.tariff)
        shock = _shock(base, tariff, share * case.withheld, case.iceberg**share)
        with np.errstate(all="ignore"):
            found = solve(base, shock.rows(None), near, start=x[None])
        if not found.converged[0]:
            part /= 2
            continue
        if share == 1.0:
            return found.x[0]
        x, done, part = found.x[0], share, 2 * part
    return None


def compared(case: Case, outcome: Outcome, accounts: Accounts) -> Iterator[dict[str, object]]:
    """A row for each number that the case expects."""
    for one in case.expected:
        got = np.nan
        if not outcome.reason:
            got = _value(outcome.values[one.quantity], one.quantity, one.where, accounts)
        where = "{} -> {}, {}".format(*one.where) if one.quantity == "flows" else ", ".join(one.where)
        yield row_of(case.name, one.quantity, where, one.value, got, one.tolerance, outcome.reason)


def row_of(case, quantity, where, expected, got, tolerance, reason="") -> dict[str, object]:
    """One comparison; NaN never passes."""
    difference = float(got) - expected
    verdict = PASSED if abs(difference) <= tolerance else FAILED
    cells = (case, quantity, where, expected, float(got), difference, tolerance, verdict, reason)
    return dict(zip(COLUMNS, cells, strict=True))


def _value(array: Array, quantity: str, where: tuple[str, ...], accounts: Accounts) -> float:
    place = {
        axis: (accounts.domains if axis == "domain" else accounts.regions).index(name)
        for axis, name in zip(QUANTITIES[quantity], where, strict=True)
    }
    if quantity == "flows":  # written exporter first, stored importer first
        return array[place["importer"], place["exporter"], place["domain"]]
    return array[tuple(place.values())]


def run_closed_forms(path: str | Path) -> pd.DataFrame:
    """Every closed form of a JSON file beside what the engine gives; columns as in `run_targets`."""
    rows = []
    for name, cases in closed_forms.read_closed_forms(Path(path)).items():
        form = closed_forms.FORMS[name]
        for case in cases:
            try:
                got, reason = form.engine(case), ""
            except SolverError as error:
                got, reason = np.nan, str(error)
            title = closed_forms.case_name(name, case)
            rows.append(row_of(title, form.expects, "", case[form.expects], got, closed_forms.TOLERANCE, reason))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def known_answers(folder: str | Path) -> dict[str, pd.DataFrame]:
    """By name, every target folder and file of closed forms inside a folder."""
    inside = sorted(Path(folder).iterdir())
    found = {path.stem: run_closed_forms(path) for path in inside if path.suffix == ".json"}
    return found | {path.name: run_targets(path) for path in inside if (path / "cases.yaml").exists()}
