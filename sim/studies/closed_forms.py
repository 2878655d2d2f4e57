"""Closed forms from papers, each as a small world whose equilibrium is that formula.

The engine solves the world; the expected number stands in the JSON file. `formula` computes the same number
from its equation, for tests. Comparing and printing are left to `validate.py`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sim.errors import Problem, ScenarioError
from sim.rules.contracts import log_wedge, single_elasticity_shock
from sim.rules.outcomes import outcomes
from sim.rules.solve import anchor, solve_one
from sim.rules.trade import balance, base_point
from sim.world.params import Array, Economy, economy_from_accounts, without_links

TOLERANCE = 1e-5  # percentage points
OWN_USE = 0.2  # of a raw-material maker's income, spent on its own product; drops out of the result


@dataclass(frozen=True)
class SmallWorld:
    """An economy, and the shock whose equilibrium is a closed form. Arrays [importer, exporter, domain]."""

    base: Economy
    withheld: Array  # 1
    iceberg: Array  # 1


@dataclass(frozen=True)
class ClosedForm:
    """A formula, how the engine gets to it, and the keys of its cases."""

    needs: tuple[str, ...]
    optional: tuple[str, ...]
    expects: str  # key of the known result, per cent
    formula: Callable[[dict], float]  # the same from the equation
    engine: Callable[[dict], float]  # the same from the engine


def read_closed_forms(path: Path) -> dict[str, list[dict]]:
    """The cases by formula; raises ScenarioError when the file is wrong."""
    try:
        forms = json.loads(path.read_text(encoding="utf-8"))["closed_forms"]
        problems = [p for name, cases in forms.items() for p in _problems(str(path), name, cases)]
    except FileNotFoundError:
        raise ScenarioError([Problem(str(path), "", "is missing")]) from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        message = f"is no JSON of closed forms ({type(error).__name__}: {error})"
        raise ScenarioError([Problem(str(path), "", message)]) from error
    if problems:
        raise ScenarioError(problems)
    return forms


def _problems(file: str, name: str, cases: Iterable[dict]) -> list[Problem]:
    if name not in FORMS:
        return [Problem(file, name, f"is an unknown formula; known: {', '.join(FORMS)}")]
    form, found = FORMS[name], []
    for i, case in enumerate(cases):
        needed = (*form.needs, form.expects)
        found += [Problem(file, f"{name}[{i}]", f"lacks {key}") for key in needed if key not in case]
        found += [Problem.value(file, f"{name}[{i}].{key}", value, "a number or a list of numbers")
                  for key, value in case.items() if not _numeric(value)]  # fmt: skip
        found += [Problem(file, f"{name}[{i}].{key}", "is an unknown key") for key in case
                  if key not in (*needed, *form.optional)]  # fmt: skip
    return found


def _numeric(value: object) -> bool:
    parts = value if isinstance(value, list) and value else [value]
    return all(isinstance(part, int | float) and not isinstance(part, bool) for part in parts)


def case_name(name: str, case: dict) -> str:
    """The formula with its arguments: `supplier_cut beta=0.05 omega=0.2 ...`."""
    form = FORMS[name]
    given = [f"{key}={case[key]}" for key in (*form.needs, *form.optional) if key in case]
    return " ".join([name, *given])


# --- the formulas -------------------------------------------------------------------------------


def autarky_loss(case: dict) -> float:
    """Loss of real income in autarky, per cent: 1 - prod_s lam_home,s ** (beta_s / theta_s).

    Source: Arkolakis, Costinot and Rodriguez-Clare (2012)."""
    home, theta, beta = _nests(case)
    return 100 * (1 - np.prod(home ** (beta / theta)))


def input_cut(case: dict) -> float:
    """Change of output when the quantity of an input falls to q, per cent.

    Y'/Y = (alpha q**r + 1 - alpha) ** (1/r), r = (sigma - 1)/sigma; sigma = 1: q**alpha.
    Source: the calculation behind Bachmann et al. (2022)."""
    alpha, sigma, q = case["alpha"], case["sigma"], case["remaining_fraction"]
    if sigma == 1:
        return 100 * (q**alpha - 1)
    r = (sigma - 1) / sigma
    return 100 * ((alpha * q**r + 1 - alpha) ** (1 / r) - 1)


def supplier_loss(case: dict) -> float:
    """Log loss of real income, per cent, when a supplier with share omega leaves a nest.

    p = (1 - omega) ** (-1/(sigma - 1));  beta ln p, or ln(beta p**(1-rho) + 1 - beta)/(1 - rho)."""
    beta, rho = case["beta"], case["rho"]
    price = (1 - case["omega"]) ** (-1 / (case["sigma"] - 1))
    if rho == 1:
        return 100 * beta * np.log(price)
    return 100 * np.log(beta * price ** (1 - rho) + 1 - beta) / (1 - rho)


def _nests(case: dict) -> tuple[Array, Array, Array]:
    """Home share, elasticity and expenditure share by domain; one domain when none are told apart."""
    home, theta = np.atleast_1d(case["lam_dom"]).astype(float), np.atleast_1d(case["theta"]).astype(float)
    return home, theta, np.atleast_1d(case.get("beta", 1.0)).astype(float)


# --- the small worlds ---------------------------------------------------------------------------


def autarky_world(case: dict) -> SmallWorld:
    """Two mirror images that trade, and then withhold everything from each other."""
    home, theta, beta = _nests(case)
    at_home = np.eye(2, dtype=bool)[:, :, None]
    flow = np.where(at_home, beta * home, beta * (1 - home))
    labels = _labels(2, len(beta))
    base = without_links(*labels, flow, np.zeros_like(flow), theta, where="closed form acr")
    return SmallWorld(base, np.where(at_home, 0.0, 1.0) + 0 * flow, np.ones_like(flow))


def supplier_world(case: dict) -> SmallWorld:
    """Three regions in a ring, so that wages stay equal: each buys the nest (domain 0, share beta) from its
    two neighbours, omega of it from the next, which then leaves; domain 1 is made at home."""
    beta, omega, flow = case["beta"], case["omega"], np.zeros((3, 3, 2))
    withheld = np.zeros_like(flow)
    for i in range(3):
        flow[i, (i + 1) % 3, 0], flow[i, (i + 2) % 3, 0], flow[i, i, 1] = (
            beta * omega,
            beta * (1 - omega),
            1 - beta,
        )
        withheld[i, (i + 1) % 3, 0] = 1.0
    theta = np.full(2, case["sigma"] - 1.0)
    base = without_links(*_labels(3, 2), flow, 0 * flow, theta, final_elasticity=case["rho"],
                         where="closed form supplier_cut")  # fmt: skip
    return SmallWorld(base, withheld, np.ones_like(flow))


def input_world(case: dict) -> SmallWorld:
    """A maker of goods (region 0, domain 0) buys its input (domain 1) from a region that makes nothing else.

    The input's maker has fixed labour, so a delivery cost of 1/q lets the quantity q arrive, at any price;
    what it keeps for its own use does not depend on prices, since its income is its wage."""
    alpha = case["alpha"]
    kept = alpha * OWN_USE / (1 - OWN_USE)
    flow = np.zeros((2, 2, 2))
    flow[0, 0, 0], flow[1, 0, 0], flow[0, 1, 1], flow[1, 1, 1] = 1 - alpha, alpha, alpha, kept
    io = np.zeros((2, 2, 2))
    io[0, 1, 0] = alpha
    final = np.array([[1.0, 0.0], [1 - OWN_USE, OWN_USE]])
    iceberg = np.ones_like(flow)
    iceberg[0, 1, 1] = 1 / case["remaining_fraction"]
    regions, domains, goods = _labels(2, 2)
    base = economy_from_accounts(
        regions=regions, domains=domains, goods=goods, flow=flow, tariff=0 * flow,
        value_added=1 - io.sum(axis=1), io=io, final=final, theta_short=np.ones(2), theta_long=np.ones(2),
        input_elasticity=case["sigma"], where="closed form ces_input_cut",
    )  # fmt: skip
    return SmallWorld(base, 0 * flow, iceberg)


def _labels(regions: int, domains: int) -> tuple[tuple[str, ...], tuple[str, ...], Array]:
    return tuple("abc"[:regions]), tuple("xyzuvw"[:domains]), np.ones(domains, bool)


# --- the same through the engine ----------------------------------------------------------------


def solved(world: SmallWorld, where: str) -> dict[str, Array]:
    """Reported quantities of a small world's equilibrium; raises SolverError when there is none."""
    base, zero = world.base, np.zeros_like(world.withheld)
    near = anchor(base, single_elasticity_shock(base, base.tariff, zero, zero), base_point(base))
    wedge = log_wedge(base, base.tariff, world.iceberg)
    shock = single_elasticity_shock(base, base.tariff, world.withheld, wedge)
    x, _ = solve_one(base, shock, near, where)
    return outcomes(base, shock, x, balance(base, shock, x))


def _autarky(case: dict) -> float:
    return -float(solved(autarky_world(case), "closed form acr")["welfare"][0])


def _supplier(case: dict) -> float:
    welfare = solved(supplier_world(case), "closed form supplier_cut")["welfare"][0]
    return -100 * float(np.log1p(welfare / 100))


def _input(case: dict) -> float:
    world = input_world(case)
    found = solved(world, "closed form ces_input_cut")
    sales = found["flows"][:, 0, 0].sum() / world.base.output[0, 0]
    return 100 * float(sales / found["price"][0, 0] - 1)  # the goods have one maker: its cost is their price


FORMS: dict[str, ClosedForm] = {
    "acr": ClosedForm(("lam_dom", "theta"), ("beta",), "loss_pct", autarky_loss, _autarky),
    "ces_input_cut": ClosedForm(("alpha", "sigma", "remaining_fraction"), (), "output_change_pct", input_cut, _input),
    "supplier_cut": ClosedForm(("beta", "omega", "sigma", "rho"), (), "log_loss_pct", supplier_loss, _supplier),
}
