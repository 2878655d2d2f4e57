"""What every column of a sweep's tables says: unit, meaning, source and range."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pandas as pd
import pyarrow as pa

from sim.scenario.quantity import Quantity

TEXTS, NUMBERS = ["column", "table", "what", "unit", "meaning", "source"], ["low", "central", "high"]
COLUMNS = [*TEXTS, *NUMBERS]
KEYS = {
    "row": "Which run it is: POINT.SCENARIO.POLICY.REPLICATE; `hedgelab run --from FOLDER#row` plays it alone.",
    "attempt": "1, or more for a run that was played again by `retry-failed`.",
    "scenario": "Name of the scenario.",
    "policy": "Name of the policy.",
    "point": "Point of the design, from 0; design.parquet has a row a point.",
    "replicate": "Which luck, from 0: the same for every scenario, policy and point.",
    "seed": "Seed of all luck.",
    "run": "Number of the luck under the seed, as in `hedgelab run --run`.",
    "state": "ok; failed: the run raised an error; timeout: it took too long; killed: its process died.",
    "error": "Why there is no outcome; empty for a run that is ok.",
    "quarter": "The quarter that was settled.",
}
OUTCOMES = {
    "real_income": "Real income against the base year.",
    "coercibility": "Most income that one partner could cost on impact by stopping one domain of goods.",
    "all_goods_stop": "Income lost on impact if the partner stopped all goods.",
    "joint_stop": "Income lost on impact if these partners stopped all goods together.",
    "expected_coercion_loss": "Loss from coercion and supply accidents expected a year.",
    "coercion_loss_sd": "Standard deviation of a year's loss from coercion and accidents.",
    "tail_loss": "Mean loss over ten years in the worst 5 % of cases.",
    "hedging_premium": "Income that today's hedges cost, contracts adapted.",
    "option_value": "What contracts and programmes that still move save in a stop; first and last quarter.",
    "leverage": "What the partner's stop would cost less what the same stop in return would cost the partner.",
    "exposure_share": "Partner's share in foreign supply, a domain weighted by what its loss costs.",
    "exposure_share_plain": "Partner's share in foreign supply by value.",
    "hhi": "Concentration of foreign suppliers, sum of squared shares.",
    "effective_partners": "Equally large suppliers that give the same concentration.",
    "hhi_loss_weighted": "Concentration of suppliers, a domain weighted by what its loss costs.",
    "effective_partners_loss_weighted": "Equally large suppliers, a domain weighted by what its loss costs.",
    "umbrella_credibility": "Trust in the protector.",
    "defence_outlays": "Own spending on defence.",
    "insecurity": "Danger that neither umbrella nor own outlays cover, the outlays, and being drawn into crises.",
    "stock_cost": "What keeping stocks costs.",
    "denial_loss": "Income lost to denials of arms, capital or cables in force.",
    "support": "How well off groups at home have lately been against the base year; all: by political weight.",
    "policy_fallen": "1 once the policy was dropped for lack of support at home.",
}


def codebook(runs: pa.Schema, panel: pa.Schema | None, known: dict[str, Quantity]) -> pd.DataFrame:
    """A row a column of either table.

    known : every value by its dotted name"""
    both = {f.name: f for schema in (runs, panel) if schema is not None for f in schema}
    tables = {"runs": runs, "panel": panel}
    rows = []
    for name, field in both.items():
        where = " and ".join(t for t, schema in tables.items() if schema is not None and name in schema.names)
        rows.append({"column": name, "table": where} | _row(name, field, known))
    found = pd.DataFrame(rows, columns=COLUMNS)
    return found.fillna(dict.fromkeys(TEXTS, "")).astype(dict.fromkeys(NUMBERS, float))


def read_codebook(path: Path) -> pd.DataFrame | None:
    """The codebook of a folder, as it was made; None when it is not there, or not whole."""
    try:
        text = path.read_text("utf-8")
        found = pd.read_csv(StringIO(text), keep_default_na=False, na_values=dict.fromkeys(NUMBERS, [""]),
                            dtype=dict.fromkeys(TEXTS, str) | dict.fromkeys(NUMBERS, float))  # fmt: skip
    except (OSError, ValueError):  # those of pandas are ValueErrors too
        return None
    return found if text.endswith("\n") and list(found) == COLUMNS else None


def _row(name: str, field: pa.Field, known: dict[str, Quantity]) -> dict:
    if name in KEYS:
        return {"what": "key" if name not in ("state", "error") else "state", "unit": "", "meaning": KEYS[name]}
    if name in known:
        one = known[name]
        return {"what": "parameter", "unit": one.unit, "meaning": one.meaning, "source": one.source, "low": one.low,
                "central": one.value, "high": one.high}  # fmt: skip
    measure, _, partner = name.partition(".")
    meaning = OUTCOMES.get(measure, "")
    if partner == "who":
        meaning = "Who could: the partner, and the domain it would stop."
    elif partner:
        meaning = f"{meaning} Partner: {partner.replace('+', ' and ')}."
    at = "the last quarter's in runs, each quarter's in panel"
    unit = (field.metadata or {}).get(b"unit", b"").decode()
    return {"what": "outcome", "unit": unit, "meaning": meaning, "source": f"Hedgelab; {at}"}
