"""Nash tariffs by iterated best response, beside the closed form of Lashkaripour (2021).

Every actor chooses tariffs on foreign goods that maximise its long-run real income given everybody else's, in
turn, until nobody moves. No norm, taste, belief or answer is part of it: this is the tariff war without the
brakes that the payoffs of a run hold. The equilibrium is left to `sim.rules`, printing to the command."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

import numpy as np
import pandas as pd
from scipy.optimize import minimize

from sim.engine.design import fit
from sim.errors import SolverError
from sim.rules.contracts import adapted_shock, log_wedge, single_elasticity_shock
from sim.rules.solve import Anchor, anchor, solve, solve_one
from sim.rules.tariff import mean_tariff
from sim.rules.trade import Balance, Shock, base_point, real_income
from sim.scenario.scenario import Scenario
from sim.threads import one_thread
from sim.world.params import Array, Economy, without_links
from sim.world.start import start_economy

BRACKET = (-0.5, 5.0)  # 1, ad valorem rates that are looked at; a best response at either end is reported
AT_BRACKET = 1e-4  # 1, closer to an end than this is at it
DIFFERENCE = 1e-3  # 1, half the width of the central differences that give slopes
SETTLED = 0.01  # points: a best response that asks for less is no change
SCALE = 10.0  # the optimiser's unit is ten points: its first step has length one
SLOPE_ENOUGH = 1e-6  # per cent of real income a unit of the optimiser; 1e-4 points off at the curvatures met
SLOPE_TOO_LARGE = 1e-3  # the same; more than this left is no optimum
SWEEPS = 30
COLUMNS = (
    "region", "partner", "base_tariff", "closed_form_base", "closed_form_nash", "nash_tariff", "income_nash",
    "unilateral_tariff", "income_unilateral", "last_change", "at_bracket",
)  # fmt: skip


class By(StrEnum):
    """How finely an actor sets its tariffs."""

    uniform = "uniform"
    partner = "partner"


@dataclass(frozen=True)
class Game:
    """Who plays, on which economy, and what one rate covers."""

    base: Economy
    actors: tuple[int, ...]  # positions, in the order of their turns
    by: By = By.uniform
    adapted: bool = False  # True: contracts adapt around the base mark-ups; False: one elasticity, the long-run one

    @cached_property
    def taxed(self) -> Array:
        """[importer, exporter, domain] bool: foreign goods, what a tariff can be laid on."""
        return ~self.base.home & self.base.goods

    def groups(self, actor: int) -> Array:
        """[rate, exporter] bool: the partners that share a rate; by partner those without trade keep theirs."""
        foreign = np.arange(len(self.base.regions)) != actor
        if self.by is By.uniform:
            return foreign[None]
        return np.eye(len(foreign), dtype=bool)[foreign & (self.base.partner_weight[actor] > 0)]

    def with_rates(self, tariff: Array, actor: int, rates: Array) -> Array:
        """Tariffs [..., importer, exporter, domain] with the actor's set to rates [..., rate], 1."""
        groups, out = self.groups(actor), np.broadcast_to(tariff, (*rates.shape[:-1], *tariff.shape)).copy()
        wanted = np.einsum("...r,re->...e", rates, groups.astype(float))[..., None]
        out[..., actor, :, :] = np.where(groups.any(axis=0)[:, None] & self.taxed[actor], wanted, tariff[actor])
        return out

    def mean_rates(self, tariff: Array, actor: int) -> Array:
        """[rate], 1: the actor's mean tariff in each group, weighted by base imports of goods."""
        weight = self.base.partner_weight[actor] * self.groups(actor)
        return weight @ mean_tariff(self.base, tariff)[actor] / weight.sum(axis=1)

    def shock(self, tariff: Array) -> Shock:
        """The long-run equilibrium's shock at tariffs [..., importer, exporter, domain]."""
        wedge, zero = log_wedge(self.base, tariff), np.zeros_like(tariff)
        if not self.adapted:
            return single_elasticity_shock(self.base, tariff, zero, wedge)
        return adapted_shock(self.base, tariff, zero, np.broadcast_to(self.base.hedge_base, tariff.shape), wedge)

    @cached_property
    def start(self) -> Anchor:
        """The anchor of the base year."""
        return anchor(self.base, self.shock(self.base.tariff), base_point(self.base))

    def solved(self, tariff: Array, where: str) -> tuple[Array, Balance]:
        """x and Balance at tariffs [importer, exporter, domain]; raises SolverError when there is none."""
        return solve_one(self.base, self.shock(tariff), self.start, where)

    def real_income(self, tariff: Array, where: str) -> Array:
        """[region], 1, relative to the base year, at tariffs [importer, exporter, domain]."""
        x, at = self.solved(tariff, where)
        return real_income(self.base, x, at.income)


def game_of(scenario: Scenario, by: By = By.uniform, links: bool = True, everyone: bool = False) -> Game:
    """The scenario's actors, or every region, on the base year; dated tariffs are left out.

    links : with input-output links and inferred base mark-ups, as in a run; without both, output is value added
        alone and shares follow the long-run elasticity"""
    plain = start_economy(scenario)
    players = plain.regions if everyone else scenario.file.actors
    actors = tuple(plain.regions.index(code) for code in players)
    if links:
        with one_thread():  # the bits of a product depend on the number of threads
            return Game(fit(scenario).base, actors, by, adapted=True)
    base = without_links(plain.regions, plain.domains, plain.goods, plain.flow, plain.tariff, plain.theta_long,
                         final_elasticity=plain.final_elasticity, where=f"world {scenario.file.world}")  # fmt: skip
    return Game(base, actors, by)


def closed_form(base: Economy, at: Balance) -> Array:
    """[region], 1: each region's optimal tariff, uniform over goods and partners, at an equilibrium's shares.

        t_i = 1 / sum_jd chi_jid theta_d (1 - lam_jid)          j != i

    chi_jid : share of (j, d) in i's exports before tariff;  lam_jid : share of i in j's spending on d, tariff
    included;  theta : elasticity of those shares, long run.

    Why theta and not theta + 1: under Lerner symmetry a uniform tariff is a mark-up on everything i sells abroad.
    j's spending on i's variety is lam_jid(p_i) E_jd, and d ln lam_jid / d ln p_i = -theta_d (1 - lam_jid), so the
    quantity has the elasticity -(1 + theta_d (1 - lam_jid)): one more than the value has. A monopolist's mark-up
    on a demand of elasticity 1 + e is 1/e, and e is the mean of theta_d (1 - lam_jid) over what is exported.
    The form holds other regions' wages, incomes and upper-nest shares: no links, Cobb-Douglas over domains, every
    import can be taxed, partners lose no revenue of their own when they buy less.

    Source: Lashkaripour (2021), The cost of a global tariff war, Journal of International Economics 131, eq. 14,
    whose trade elasticity is this theta, without the partner's revenue (delta), as in the author's programs."""
    sold = np.where(base.home, 0.0, at.flow)
    elasticity = (sold * base.theta_long * (1 - at.share)).sum(axis=(0, 2)) / sold.sum(axis=(0, 2))
    return 1 / elasticity


@dataclass(frozen=True)
class Response:
    """What is best for one actor while all others hold."""

    rates: Array  # [rate], 1
    at_bracket: Array  # [rate], bool
    change: float  # points, largest, from the rates before


def best_response(game: Game, tariff: Array, actor: int) -> Response:
    """The rates that maximise the actor's real income given everybody's tariffs [importer, exporter, domain].

    L-BFGS-B from the rates in force, slopes by central differences in one batch. Rates enter in tens of points
    times the root of the group's share in imports: losses grow with the square of a rate times that share, so
    that all directions curve alike."""
    before = game.mean_rates(tariff, actor)
    weight = (game.groups(actor) * game.base.partner_weight[actor]).sum(axis=1)
    unit = 1 / (SCALE * np.sqrt(weight))
    where = f"best response of {game.base.regions[actor]}"
    x, _ = game.solved(tariff, where)
    near = anchor(game.base, game.shock(tariff), x)

    def loss(scaled: Array) -> tuple[float, Array]:
        value, slope = _income_and_slope(game, near, tariff, actor, scaled * unit)
        return -100 * value, -100 * slope * unit

    found = minimize(loss, before / unit, jac=True, method="L-BFGS-B",
                     bounds=[(BRACKET[0] / u, BRACKET[1] / u) for u in unit],
                     options={"ftol": 0.0, "gtol": SLOPE_ENOUGH})  # fmt: skip
    rates = found.x * unit
    ends = np.abs(rates[:, None] - np.array(BRACKET)).min(axis=1) < AT_BRACKET
    left = np.abs(found.jac[~ends]).max(initial=0.0)
    if left > SLOPE_TOO_LARGE:
        raise SolverError(f"{where}: no optimum found, a slope of {left:.2g} % of real income for ten points is left")
    return Response(rates, ends, 100 * float(np.abs(rates - before).max()))


def _income_and_slope(game: Game, near: Anchor, tariff: Array, actor: int, rates: Array) -> tuple[float, Array]:
    """The actor's real income relative to the base year, and its derivative by rate [rate]."""
    steps = DIFFERENCE * np.eye(len(rates))
    rows = game.with_rates(tariff, actor, np.concatenate([rates[None], rates + steps, rates - steps]))
    found = solve(game.base, game.shock(rows), near)
    if not found.converged.all():  # a long step of the optimiser: the base year may be nearer
        found = solve(game.base, game.shock(rows), game.start)
    if not found.converged.all():
        raise SolverError(f"best response of {game.base.regions[actor]}: no trade equilibrium at tariffs of "
                          f"{100 * rates.min():.0f} to {100 * rates.max():.0f} %; try --by uniform")  # fmt: skip
    income = found.real_income(game.base)[:, actor]
    up, down = income[1 : 1 + len(rates)], income[1 + len(rates) :]
    return income[0], (up - down) / (2 * DIFFERENCE)


@dataclass(frozen=True)
class Nash:
    """Where the iteration ended: tariffs from which nobody wants to move, if it came to rest."""

    tariff: Array  # [importer, exporter, domain], 1
    answers: tuple[Response, ...]  # by actor, the last ones
    sweeps: int

    @property
    def largest_change(self) -> float:
        """Points that the last best responses asked for."""
        return max(answer.change for answer in self.answers)

    @property
    def converged(self) -> bool:
        """True when no actor's best response is a change."""
        return self.largest_change < SETTLED


def iterate(game: Game, start: Array, damping: float = 0.0, sweeps: int = SWEEPS,
            progress: Callable[[int, int], None] | None = None) -> Nash:  # fmt: skip
    """Gauss-Seidel: actors answer in turn until no best response is a change, or the sweeps are over.

    start : [importer, exporter, domain], 1;  damping : share of the old rate that stays at each answer"""
    now = Nash(start, (), 0)
    while now.sweeps < sweeps and not (now.answers and now.converged):
        tariff, answers = now.tariff, []
        for actor in game.actors:
            answers.append(best_response(game, tariff, actor))
            rates = (1 - damping) * answers[-1].rates + damping * game.mean_rates(tariff, actor)
            tariff = game.with_rates(tariff, actor, rates)
        now = Nash(tariff, tuple(answers), now.sweeps + 1)
        if progress is not None:
            progress(now.sweeps, sweeps)
    return now


@dataclass(frozen=True)
class Study:
    """A tariff war and what to say of it."""

    table: pd.DataFrame  # columns as in COLUMNS; tariffs and incomes in per cent, changes in points
    nash: Nash

    def rest(self) -> str:
        """Whether the answers came to rest."""
        return f"round {self.nash.sweeps}: best responses ask for up to {self.nash.largest_change:.3f} points more"

    def ends(self) -> list[str]:
        """A sentence when a best response, at Nash or alone, lies at an end of the bracket: no optimum then."""
        at = self.table[self.table.at_bracket]
        if at.empty:
            return []
        who = ", ".join(f"{row.region} on {row.partner}" for row in at.itertuples())
        low, high = (100 * end for end in BRACKET)
        return [f"no optimum inside the bracket of {low:.0f} to {high:.0f} %: {who}"]


def play(game: Game, damping: float = 0.0, sweeps: int = SWEEPS,
         progress: Callable[[int, int], None] | None = None) -> Study:  # fmt: skip
    """The Nash equilibrium from the closed form at base shares, and each actor's optimum while all others hold.

    Returns a row a region, players first, and by partner a row a rate below each player's. Of a region that
    does not play: its closed forms and what the war of the others does to it.
    Raises SolverError when an equilibrium or an optimum is not found; a Nash that did not come to rest says so."""
    base = game.base
    with one_thread():  # as in game_of
        _, calm = game.solved(base.tariff, "base year")
        guess, start = closed_form(base, calm), base.tariff
        for actor in game.actors:
            start = game.with_rates(start, actor, np.full(len(game.groups(actor)), guess[actor]))
        nash = iterate(game, start, damping, sweeps, progress)
        _, war = game.solved(nash.tariff, "Nash tariffs")
        income = 100 * (game.real_income(nash.tariff, "Nash tariffs") - 1)
        alone = {actor: _alone(game, actor) for actor in game.actors}
    forms = 100 * guess, 100 * closed_form(base, war)
    order = [*game.actors, *(i for i in range(len(base.regions)) if i not in game.actors)]
    rows = [row for i in order for row in _rows(game, nash, alone.get(i), i, income[i], forms)]
    return Study(pd.DataFrame(rows, columns=list(COLUMNS)), nash)


def _alone(game: Game, actor: int) -> tuple[Response, Array, float]:
    """The actor's optimum while all others hold base tariffs, those tariffs, and what it gains in per cent."""
    answer = best_response(game, game.base.tariff, actor)
    tariff = game.with_rates(game.base.tariff, actor, answer.rates)
    income = game.real_income(tariff, f"unilateral optimum of {game.base.regions[actor]}")[actor]
    return answer, tariff, 100 * (income - 1)


def _rows(game: Game, nash: Nash, alone: tuple[Response, Array, float] | None, region: int, income: float,
          forms: tuple[Array, Array]) -> list[dict[str, object]]:  # fmt: skip
    """The table's rows of one region."""
    base, name = game.base, game.base.regions[region]
    row = {"region": name, "partner": "all", "base_tariff": _mean(base, base.tariff, region),
           "closed_form_base": forms[0][region], "closed_form_nash": forms[1][region], "income_nash": income,
           "at_bracket": False}  # fmt: skip
    if alone is None:
        return [row]
    answer, (own, own_tariff, own_income) = nash.answers[game.actors.index(region)], alone
    ends = answer.at_bracket | own.at_bracket
    row |= {"nash_tariff": _mean(base, nash.tariff, region), "unilateral_tariff": _mean(base, own_tariff, region),
            "income_unilateral": own_income, "last_change": answer.change}  # fmt: skip
    if game.by is By.uniform:
        return [row | {"at_bracket": bool(ends[0])}]
    rates = [100 * game.mean_rates(tariff, region) for tariff in (base.tariff, nash.tariff, own_tariff)]
    partners = game.groups(region).argmax(axis=1)
    return [row] + [
        {"region": name, "partner": base.regions[j], "base_tariff": rates[0][k], "nash_tariff": rates[1][k],
         "unilateral_tariff": rates[2][k], "at_bracket": bool(ends[k])}
        for k, j in enumerate(partners)
    ]  # fmt: skip


def _mean(base: Economy, tariff: Array, region: int) -> float:
    """Mean tariff on foreign goods in per cent, weighted by base imports before tariff."""
    return 100 * float(base.partner_weight[region] @ mean_tariff(base, tariff)[region])
