"""Does what actors do follow from payoffs? Move rates by scenario and rule, bounds, and signs expected beforehand.

The expected signs stand in `configs/calibration/expected_signs.yaml`; recorded activity in the event file.
Source: model sections 5 and 10."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product

import numpy as np
import pandas as pd
import yaml

from sim.batch import Comparison, compare
from sim.scenario.defaults import load_defaults, main_scenarios
from sim.scenario.load import configs_root, load_scenario
from sim.scenario.quarters import number
from sim.studies.activity import observed_moves, observed_rates

RULES = ("quantal_response", "best_response", "random")
DOUBLED = {"instrument.tariff.upper_bound": 2.0, "instrument.hedge.upper_bound": 2.0}


@dataclass(frozen=True)
class Behaviour:
    """Tables of a behaviour study, means over runs."""

    rates: pd.DataFrame  # scenario, actor, instrument, one column a rule, doubled, observed; moves a quarter
    quality: pd.DataFrame  # scenario, moves, above_hold, at_bound: shares
    signs: pd.DataFrame  # id, scenario, against, what, expected, mean, standard_error, held
    reach: pd.DataFrame  # scenario, region, partner, mean tariff at the end, unit


def behaviour(*, runs: int = 6, quarters: int = 16, seed: int = 0, workers: int | None = None,
              progress: Callable[[int, int], None] | None = None) -> Behaviour:  # fmt: skip
    """Plays every scenario under every rule on common luck."""
    played: dict[tuple[str, str], Comparison] = {}
    free, reference = load_defaults().free, load_defaults().reference
    plan = list(product(main_scenarios(), (*RULES, "doubled")))
    for done, (name, rule) in enumerate(plan):
        if progress is not None:
            progress(done, len(plan))
        policies = [free, reference] if rule == RULES[0] else [free]
        played[name, rule] = compare(
            name, policies, seed=seed, runs=runs, quarters=quarters, workers=workers, reference=free,
            strategy=None if rule == "doubled" else rule, values=DOUBLED if rule == "doubled" else None,
        )  # fmt: skip
    return Behaviour(_rates(played, quarters, runs), _quality(played), _signs(played, quarters, runs), _reach(played))


def _free_quarters(scenario: str, quarters: int) -> int:
    file = load_scenario(scenario).file
    return quarters - (0 if file.free_from is None else number(file.free_from) - number(file.start))


def _chosen(result: Comparison, policy: str) -> pd.DataFrame:
    moves = result.moves
    return moves[(moves.origin == "chosen") & (moves.policy == policy)] if len(moves) else pd.DataFrame()


def _rates(played: dict, quarters: int, runs: int) -> pd.DataFrame:
    rows = []
    for name in main_scenarios():
        loaded = load_scenario(name)
        actors = list(loaded.file.actors)
        seen = observed_rates(observed_moves(loaded.tables.events, loaded.event_map, actors), actors)
        for actor in actors:
            for kind in ("tariff", "control", "hedge"):
                row = {"scenario": name, "actor": actor, "instrument": kind}
                for rule in (*RULES, "doubled"):
                    moves = _chosen(played[name, rule], load_defaults().free)
                    count = 0 if moves.empty else ((moves.actor == actor) & (moves.instrument == kind)).sum()
                    row[rule] = count / (runs * _free_quarters(name, quarters))
                mine = seen[(seen.actor == actor) & (seen["class"] == kind)]
                rows.append(row | {"observed": float(mine.rate.iloc[0])})
    return pd.DataFrame(rows)


def _quality(played: dict) -> pd.DataFrame:
    rows = []
    for name in main_scenarios():
        result = played[name, RULES[0]]
        moves = _chosen(result, load_defaults().free)
        table = result.portfolio
        bound = (
            table[(table.measure == "at_upper_bound") & (table.policy == load_defaults().free)]
            .groupby("region")
            .value.mean()
        )
        above = float((moves.score > 0).mean()) if len(moves) else float("nan")
        rates = [len(_chosen(played[name, rule], load_defaults().free)) for rule in (RULES[0], "doubled")]
        change = rates[1] / rates[0] - 1 if rates[0] else float("nan")
        rows.append((name, len(moves), above, float(bound.max()), bound.idxmax(), change))
    return pd.DataFrame(
        rows, columns=["scenario", "moves", "above_hold", "most_at_bound", "who", "change_if_bounds_double"]
    )


def _signs(played: dict, quarters: int, runs: int) -> pd.DataFrame:
    text = (configs_root() / "calibration" / "expected_signs.yaml").read_text("utf-8")
    rows = []
    for item in yaml.safe_load(text)["expected"]:
        policy = item.get("policy", load_defaults().reference)
        values = [
            _by_run(played[item[side], RULES[0]], policy, item, quarters, runs) for side in ("scenario", "against")
        ]
        gap = values[0] - values[1]
        mean, error = float(gap.mean()), float(gap.std(ddof=1) / np.sqrt(len(gap)))
        held = mean > 0 if item["sign"] == "up" else mean < 0
        what = " ".join(str(item[k]) for k in ("quantity", "region", "partner", "instrument", "operation") if k in item)
        rows.append((item["id"], item["scenario"], item["against"], what, item["sign"], mean, error, bool(held)))
    return pd.DataFrame(
        rows, columns=["id", "scenario", "against", "what", "expected", "mean", "standard_error", "held"]
    )


def _by_run(result: Comparison, policy: str, item: dict, quarters: int, runs: int) -> np.ndarray:
    """The item's quantity in each run [run]."""
    if item["quantity"] == "move_rate":
        moves = _chosen(result, policy)
        mine = moves[moves.actor == item["region"]] if len(moves) else moves
        for key in ("instrument", "operation"):
            if key in item and len(mine):
                mine = mine[mine[key] == item[key]]
        counts = mine.groupby("run").size() if len(mine) else pd.Series(dtype=float)
        return counts.reindex(range(runs), fill_value=0).to_numpy() / quarters
    table = result.portfolio[(result.portfolio.policy == policy) & (result.portfolio.measure == item["quantity"])]
    if item["quantity"] == "withheld_share":  # importer first in the table: the target
        mine = table[(table.region == item["partner"]) & (table.partner == item["region"])]
        return mine.groupby("run").value.sum().reindex(range(runs), fill_value=0).to_numpy() / quarters
    mine = table[(table.region == item["region"]) & (table.partner == item.get("partner", "all"))]
    mine = mine[mine.quarter == mine.quarter.max()]
    return mine.set_index("run").value.reindex(range(runs)).to_numpy()


def _reach(played: dict) -> pd.DataFrame:
    rows = []
    for name in main_scenarios():
        table = played[name, RULES[0]].portfolio
        table = table[(table.measure == "mean_tariff") & (table.policy == load_defaults().free)]
        for label, quarter in (("start", table.quarter.min()), ("end", table.quarter.max())):
            mean = table[table.quarter == quarter].groupby(["region", "partner"]).value
            rows += [(name, label, r, p, 100 * m, 100 * s) for (r, p), m, s in
                     zip(mean.mean().index, mean.mean(), mean.std(), strict=True)]  # fmt: skip
    return pd.DataFrame(rows, columns=["scenario", "when", "region", "partner", "mean_tariff_pct", "spread_pp"])
