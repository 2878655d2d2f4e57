"""Japan's rare earths 2010-2024 through the composition equations: how fast a hedge builds, and how fast it fades.

A nest of two foreign suppliers, a programme begun in the quarter of the stop, costs as they were. Its size and its
decay are fitted to two shares; the later ones are held out. Data: `configs/calibration/rare_earths.csv`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.optimize import least_squares

from sim.rules.contracts import renew, wanted_composition
from sim.rules.diversification import built
from sim.scenario import quarters
from sim.scenario.load import configs_root, load_scenario
from sim.world.params import Array, Economy, without_links
from sim.world.start import elasticity, tables_of

DOMAIN = "chokepoint_minerals"
BUYER, MAIN, OTHERS = range(3)
FAST = (0.3, 0.5)  # shares of contracts renewed a quarter beyond the model's range, to see what the case asks for
HIGHEST = 12.0  # mark-up at which the fit gives up


@dataclass(frozen=True)
class Setting:
    """What the case is played with."""

    renewal: float  # 1/quarter
    gap: float  # theta_long - theta_short
    build: int  # quarters


def data() -> pd.DataFrame:
    """Shares of the main supplier in foreign supply: first and last quarter, share, range, fitted or not, source."""
    return pd.read_csv(Path(configs_root()) / "calibration" / "rare_earths.csv")


def nest(share: float, gap: float) -> Economy:
    """A buyer of one domain with two foreign suppliers; home sells next to nothing of it."""
    flow = np.eye(3)[:, :, None] * 10.0
    flow[BUYER, :, 0] = 1e-3, share, 1 - share
    flow[[MAIN, OTHERS], BUYER, 0] = share, 1 - share
    base = without_links(("buyer", "main supplier", "others"), (DOMAIN,), np.ones(1, bool), flow, np.zeros_like(flow),
                         np.array([1.0]))  # fmt: skip
    return replace(base, theta_short=np.ones(1), theta_long=np.array([1 + gap]))


def path(setting: Setting, start: float, size: float, decay: float, count: int) -> Array:
    """[quarter], share of the main supplier in foreign supply, the programme begun in the first quarter."""
    base = nest(start, setting.gap)
    zero = np.zeros_like(base.share)
    hedge, goal, left = zero.copy(), zero.copy(), zero.copy()
    goal[BUYER, MAIN], left[BUYER, MAIN] = size, setting.build
    v, y, out = base.share, zero, []
    for _ in range(count):
        out.append(v[BUYER, MAIN, 0] / v[BUYER, [MAIN, OTHERS], 0].sum())
        v, y = renew(v, y, wanted_composition(base, zero, hedge, zero), setting.renewal)
        hedge, left = built(hedge, goal, left, zero, decay)
    return np.array(out)


def means(shares: Array, rows: pd.DataFrame, begin: int) -> Array:
    """[row], mean over the quarters of each row of the data."""
    spans = [(quarters.number(a) - begin, quarters.number(b) - begin) for a, b in zip(rows["first"], rows["last"],
                                                                                      strict=True)]  # fmt: skip
    return np.array([shares[first : last + 1].mean() for first, last in spans])


def odds(share: Array | float) -> Array:
    """Log odds: what a mark-up moves in proportion."""
    return np.log(share) - np.log1p(-np.asarray(share))


def fitted(setting: Setting, known: pd.DataFrame) -> tuple[float, float, Array]:
    """Size and decay that meet the fitted shares best, and the path [quarter] from the quarter of the stop."""
    start = float(known.share[known.fitted == "start"].iloc[0])
    rows = known[known.fitted == "yes"]
    begin, end = quarters.number("2010Q4"), quarters.number(known["last"].iloc[-1])

    def gap(x: Array) -> Array:
        shares = path(setting, start, float(np.exp(x[0])), float(np.exp(x[1])), end - begin + 1)
        return odds(means(shares, rows, begin)) - odds(rows.share.to_numpy())

    found = least_squares(gap, np.log([1.5, 0.01]), bounds=(np.log([0.01, 1e-5]), np.log([HIGHEST, 0.3])))
    size, decay = np.exp(found.x)
    return float(size), float(decay), path(setting, start, float(size), float(decay), end - begin + 1)


def rare_earths() -> pd.DataFrame:
    """A row for each pace of renewal, time of building and dated share: what the data say and the equations give.

    The first columns say with what it was played; `held_out` shares entered no fit."""
    scenario, known = load_scenario("baseline"), data()
    tables, pace = tables_of(scenario), scenario.model.trade.contract_renewal
    k = tables.domains.index(DOMAIN)
    short, long = (elasticity(table, 0.5)[k] for table in (tables.theta_short, tables.theta_long))
    build, begin = int(scenario.hedge.build_quarters.value), quarters.number("2010Q4")
    rows, dated = [], known[known.fitted != "start"]
    for renewal, time in product((pace.low, pace.value, pace.high, *FAST), (1, build)):
        setting = Setting(renewal, float(long - short), time)
        size, decay, shares = fitted(setting, known)
        for row, got in zip(dated.itertuples(), means(shares, dated, begin), strict=True):
            inside = row.low - 0.005 <= got <= row.high + 0.005
            played = (renewal, time, size, decay)
            said = (f"{row[1]}-{row[2]}", row.fitted == "no", row.share, row.low, row.high)
            rows.append((*played, *said, float(got), bool(inside)))
    columns = ["renewal", "build", "mark_up", "decay", "when", "held_out", "share", "low", "high", "got", "inside"]
    return pd.DataFrame(rows, columns=columns)
