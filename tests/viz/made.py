"""A small comparison made by hand: three policies, four runs, six quarters, with numbers that are easy to check."""

import numpy as np
import pandas as pd

from sim.batch import Comparison
from sim.record.compare import paired_differences, start_end
from sim.record.episodes import EPISODES
from sim.run import Run
from sim.studies.standing import Standing
from viz.theme import Theme

QUARTERS = ["2025Q1", "2025Q2", "2025Q3", "2025Q4", "2026Q1", "2026Q2"]
REGIONS = ("HOM", "AAA", "BBB", "CCC", "DDD", "EEE")
THEME = Theme(
    regions=REGIONS,
    focus="HOM",
    actors=("AAA", "BBB"),
    region_names={
        "HOM": "Home",
        "AAA": "United Alphas",
        "BBB": "Beta (3)",
        "CCC": "Gamma",
        "DDD": "Delta",
        "EEE": "Rest of world",
    },
    domain_names={"ore": "Ore", "cars": "Cars", "cables": "Cables"},
    stock_domains=("cables",),
    demands={"more_ore": "buy more of its ore"},
)
POLICIES = {"rest": "As it is", "spread": "Spread", "lean": "Lean on Beta"}
SHARES = {"AAA": 0.30, "BBB": 0.35, "CCC": 0.20, "DDD": 0.10, "EEE": 0.05}
SLOPE = {"rest": 0.0, "spread": -0.02, "lean": 0.01}
MOVES = [
    ("2025Q1", "AAA", "HOM", "tariff", "raise", "cars", 0.0, 0.1, "1", "dated", np.nan),
    ("2025Q1", "AAA", "CCC", "tariff", "raise", "cars", 0.0, 0.1, "1", "dated", np.nan),
    ("2025Q1", "AAA", "DDD", "tariff", "raise", "cars, ore", 0.0, 0.3, "1", "dated", np.nan),
    ("2025Q2", "HOM", "BBB", "hedge", "start", "ore", 0.0, 0.25, "mark-up", "commitment", np.nan),
    ("2025Q3", "BBB", "HOM", "control", "licensing", "ore", 0.0, 0.5, "1", "chosen", 0.03),
    ("2025Q3", "HOM", "AAA", "tariff", "match", "goods", 0.0, 0.1, "1", "chosen", 0.02),
    ("2026Q1", "BBB", "HOM", "control", "lift", "ore", 0.5, 0.0, "1", "chosen", 0.01),
]
MOVE_COLUMNS = ["quarter", "actor", "target", "instrument", "operation", "domain", "before", "after", "unit", "origin",
                "score"]  # fmt: skip


def ledger() -> pd.DataFrame:
    """Three candidates: the pick is worth 0.028, the runner-up 0.018, holding nothing."""
    rows = [
        ("hold", "", "", "hold", "", False, 0.2, 0.0, 0.0, 0.0, 0.0),
        ("tariff match AAA goods 1", "tariff", "AAA", "match", "goods", True, 0.6, 0.03, 0.002, 0.05, -0.02),
        ("tariff raise AAA cars 5", "tariff", "AAA", "raise", "cars", False, 0.2, 0.02, 0.002, 0.03, -0.01),
    ]
    head = ["candidate", "instrument", "target", "operation", "domain", "picked", "probability", "score", "act_cost"]
    return pd.DataFrame(rows, columns=[*head, "real_income", "retaliation"])


def exposure(policy: str, quarter: int, run: int) -> dict[str, float]:
    """Beta's share falls or grows with the policy; the first one takes the rest."""
    gap = SLOPE[policy] * quarter + 0.002 * run
    return SHARES | {"BBB": SHARES["BBB"] + gap, "AAA": SHARES["AAA"] - gap}


def portfolio(policy: str, run: int = 0) -> pd.DataFrame:
    """Every measure that a view reads, for one run."""
    rows = []
    for k, quarter in enumerate(QUARTERS):
        shares = exposure(policy, k, run)
        for domain in ("all", "ore", "cars"):
            rows += [(quarter, "HOM", p, domain, "exposure_share", v, "1", "") for p, v in shares.items()]
        rows += [(quarter, "HOM", "AAA", "cables", "exposure_share", 1.0, "1", "")]
        rows += [(quarter, "HOM", "CCC", "cables", "exposure_share", np.nan, "1", "no table of it")]
        rows += [(quarter, "HOM", "BBB", "ore", "coercibility", 6 * shares["BBB"], "percent", "")]
        single = {
            "effective_partners_loss_weighted": (1 / sum(v**2 for v in shares.values()), "partners"),
            "expected_coercion_loss": (0.3 * shares["BBB"], "percent a year"),
            "tail_loss": (3 * shares["BBB"], "percent"),
            "hedging_premium": (0.01 * k * (policy == "spread"), "percent"),
            "real_income": (-0.1 * k, "percent"),
        }
        rows += [(quarter, "HOM", "all", "all", name, v, unit, "") for name, (v, unit) in single.items()]
    return pd.DataFrame(rows, columns=["quarter", "region", "partner", "domain", "measure", "value", "unit", "note"])


def moves() -> pd.DataFrame:
    """Dated, promised and chosen moves, tariffs, a control that is lifted, a hedge."""
    table = pd.DataFrame(MOVES, columns=MOVE_COLUMNS)
    return table.assign(sentence="", demand="")


CRISIS = [
    ("2025Q2", "BBB", "HOM", "threat", "threaten", "cars", 0.0, 0.25, "1", "chosen", 0.02, "", "more_ore"),
    ("2025Q2", "HOM", "BBB", "answer", "resist", "cars", 0.0, 0.0, "1", "chosen", 0.0, "", "more_ore"),
    ("2025Q3", "BBB", "HOM", "answer", "carry out", "cars", 0.0, 0.25, "1", "chosen", 0.01, "", "more_ore"),
    ("2026Q1", "HOM", "BBB", "answer", "comply", "cars", 0.25, 0.0, "1", "chosen", 0.03, "", "more_ore"),
]


def crisis_moves() -> pd.DataFrame:
    """A threat that is refused, carried out, and given in to two quarters later."""
    return pd.DataFrame(CRISIS, columns=[*MOVE_COLUMNS, "sentence", "demand"])


def cases() -> pd.DataFrame:
    """The episode of these moves."""
    row = ("BBB", "HOM", "more_ore", "tariff cars 25", "threatened", "2025Q2", "2025Q3", "2026Q1", "settled", 3.0, 0.01,
           0.02)  # fmt: skip
    return pd.DataFrame([row], columns=EPISODES)


def answer_ledger() -> pd.DataFrame:
    """Two answers: giving in is worth 0.03 more than refusing."""
    rows = [
        ("resist BBB more_ore tariff cars 25", "resist", False, 0.0, 0.0, 0.0, 0.0),
        ("comply BBB more_ore tariff cars 25", "comply", True, 1.0, 0.03, 0.05, -0.02),
    ]
    head = ["candidate", "operation", "picked", "probability", "score", "real_income", "retaliation"]
    frame = pd.DataFrame(rows, columns=head)
    return frame.assign(instrument="answer", target="BBB", domain="cars", act_cost=0.0)


def run(policy: str = "spread") -> Run:
    """One run with a ledger for two of its decisions."""
    return Run("made", policy, 7, 0, "HOM", QUARTERS, portfolio(policy), moves(), {("2025Q3", "HOM"): ledger()})


def outcomes() -> pd.DataFrame:
    """Rows as `sim.record.compare.outcome_rows` makes them."""
    parts = []
    for policy in POLICIES:
        for k in range(4):
            table = portfolio(policy, k)
            mine = table[(table.domain == "all") | (table.measure == "coercibility")].assign(
                policy=policy, run=k, draw=k, luck=0
            )
            strongest = mine.measure == "coercibility"
            mine.loc[strongest, "note"] = "BBB: ore"
            mine.loc[strongest, ["partner", "domain"]] = "all"
            parts.append(mine)
    return pd.concat(parts, ignore_index=True)


def comparison(**changes) -> Comparison:
    """Three policies on common luck."""
    rows = outcomes()
    parts = dict(
        scenario="made", policies=["lean", "rest", "spread"], reference="rest", seed=7, runs=4, seeds=1, outcomes=rows,
        differences=paired_differences(rows, "rest", 7), start_end=start_end(rows), sources=pd.DataFrame(),
        portfolio=rows, moves=moves(), episodes=pd.DataFrame(), example=run(),
        failures=pd.DataFrame(columns=["policy", "run", "error"]),
    )  # fmt: skip
    return Comparison(**(parts | changes))


def frontier_standing(policies=("rest", "spread", "lean")) -> Standing:
    """A frontier of five points and three paths above it."""
    rows, tops = [], (("expected", 0.3), ("tail", 2.5))
    curve = [(kind, top * (1 - down), down**2, 2e-5) for kind, top in tops for down in np.linspace(0, 0.9, 5)]
    for place, policy in enumerate(policies):
        for k, quarter in enumerate(QUARTERS):
            down, over = 0.1 + 0.03 * k * place, 0.01 * place * k
            losses = 0.3 * (1 - down), 2.5 * (1 - down)
            rows.append((policy, quarter, down**2 + over, *losses, over, 0.01 * over, over, 0.1 * over))
    head = ["policy", "quarter", "premium", "expected_loss", "tail_loss", "premium_over_expected", "loss_over_expected",
            "premium_over_tail", "loss_over_tail"]  # fmt: skip
    frontier = pd.DataFrame(curve, columns=["kind", "level", "premium", "gap"])
    return Standing("HOM", frontier, pd.DataFrame(rows, columns=head))
