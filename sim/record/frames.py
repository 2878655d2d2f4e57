"""Records -> tidy DataFrames: portfolio, moves and ledgers, with labels in place of positions."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sim.moves.catalogue import Catalogue
from sim.moves.controls import denial, in_force
from sim.moves.score import Ledger
from sim.record.measure import Reading
from sim.record.words import chance_sentence, due_sentence, move_sentence
from sim.rules.belief import conduct, hazard, keeps_word, retaliation
from sim.rules.chance import begun, ended
from sim.rules.payoff import PAYOFF_TERMS
from sim.rules.security import trust
from sim.world.chance import RandomShock
from sim.world.holdings import Holdings
from sim.world.params import Array, Economy
from sim.world.settings import Settings
from sim.world.state import Beliefs

PORTFOLIO = ["quarter", "region", "partner", "domain", "measure", "value", "unit", "note"]
MOVES = ["quarter", "actor", "target", "instrument", "operation", "domain", "before", "after", "unit", "origin",
         "score", "sentence", "demand"]  # fmt: skip
BELIEVED = ["about", "belief", "what", "value", "unit", "prior"]


def portfolio_frame(readings: dict[str, list[Reading]]) -> pd.DataFrame:
    """One row a number; `note` is empty except where a value is not computed."""
    rows = [
        (q, r.region, r.partner, r.domain, r.measure, r.value, r.unit, "") for q, rs in readings.items() for r in rs
    ]
    return pd.DataFrame(rows, columns=PORTFOLIO)


Moved = dict[tuple[str, str], float]
"""(stock domain, partner) -> the focus's share, home included."""


def moved_shares(base: Economy, settings: Settings, world, focus: int) -> Moved:
    """Shares in stock domains after programmes; empty while none has moved any."""
    if not any(world.works.level[p] > 0 and one.shifts for p, one in enumerate(settings.programmes)):
        return {}
    share = denial(settings, world).share[focus]
    return {(name, code): float(share[j, k]) for k, name in enumerate(settings.holdings.names)
            for j, code in enumerate(base.regions)}  # fmt: skip


def stock_frame(focus: str, shares: pd.DataFrame, reasons: dict[str, str], moved: dict[str, Moved]) -> pd.DataFrame:
    """Exposure in domains that pass no customs house, from the data there is; NaN with the reason elsewhere.

    moved : by quarter, shares that programmes have moved; empty: those of the data stand"""
    mine = shares[(shares.importer == focus) & (shares.partner != focus)]
    held, total = {}, {}
    for domain, of in mine.groupby("domain"):
        held[domain], total[domain] = dict(zip(of.partner, of.share, strict=True)), of.share.sum()
    rows = [(quarter, focus, *row) for quarter, now in moved.items()
            for domain, reason in reasons.items()
            for row in _stock_rows(focus, domain, reason, held.get(domain, {}), total.get(domain), now)]  # fmt: skip
    return pd.DataFrame(rows, columns=PORTFOLIO)


def _stock_rows(
    focus: str, domain: str, reason: str, held: dict[str, float], total: float | None, moved: Moved
) -> list[tuple]:
    """From partner on, of one quarter and domain; total : of what is held, before anything moved"""
    if not held:
        return [("all", domain, "exposure_share", np.nan, "1", reason)]
    now = {partner: share for (name, partner), share in moved.items()
           if name == domain and partner != focus and (share > 0 or partner in held)}  # fmt: skip
    held = held | now
    total = sum(held.values()) if moved else total
    return [(partner, domain, "exposure_share", share / total, "1", "") for partner, share in held.items()]


def chosen_rows(
    base: Economy, label: str, catalogue: Catalogue, pick: int, ledger: Ledger, before, after, origin: str
) -> list[tuple]:
    """Rows of the moves table for a picked candidate, one a partner; hold gives none.

    before, after : worlds around the move; origin : `chosen` by the actor's rule, or `forced` by a person"""
    move = catalogue.candidates[pick]
    if not move.instrument:
        return []
    actor, score = base.regions[catalogue.actor], float(ledger.score[pick])
    rows = []
    many = len(move.partners) > 1 and move.programme < 0
    for partner in [move.partners] if many else [move.partners[:1]]:
        target = base.regions[partner[0]] if len(partner) == 1 else "all"
        old, new, unit = _sizes(base, catalogue.actor, move, partner, before, after)
        text = move_sentence(actor, target, move.instrument, move.operation, move.group, old, new, origin, unit)
        rows.append((label, actor, target, move.instrument, move.operation, move.group, old, new, unit, origin,
                     score, text, ""))  # fmt: skip
    return rows


def _sizes(base: Economy, actor: int, move, partners, before, after) -> tuple[float, float, str]:
    if move.programme >= 0:
        return *(float(w.works.planned[move.programme]) for w in (before, after)), "units"
    if move.instrument == "tariff":
        cells = np.ix_((actor,), partners, move.domains)
        weight = base.flow[cells]
        return *(float((w.tariff[cells] * weight).sum() / weight.sum()) for w in (before, after)), "1"
    if move.instrument == "control":
        return *(float(in_force(w, move, partners, actor).mean()) for w in (before, after)), "1"
    cells = np.ix_((actor,), partners, move.domains)
    return float(before.hedge_goal[cells].mean()), float(after.hedge_goal[cells].mean()), "mark-up"


def dated_rows(base: Economy, label: str, dated) -> list[tuple]:
    """Rows of the moves table for what was decreed or pledged."""
    rows = []
    for item in dated:
        actor, target = base.regions[item.actor], base.regions[item.target]
        goods = tuple(np.flatnonzero(base.goods))
        domain = "goods" if set(item.domains) == set(goods) else ", ".join(base.domains[d] for d in item.domains)
        domain = item.programme or domain
        unit = "units" if item.programme else "mark-up" if item.instrument == "hedge" else "1"
        text = move_sentence(
            actor, target, item.instrument, item.operation, domain, item.before, item.after, item.origin, unit
        )
        rows.append((label, actor, target, item.instrument, item.operation, domain, item.before, item.after, unit,
                     item.origin, np.nan, text, ""))  # fmt: skip
    return rows


def chance_rows(base: Economy, label: str, shocks: tuple[RandomShock, ...], before: Array, now: Array) -> list[tuple]:
    """Rows of the moves table for random shocks that end or begin; nobody is their actor.

    before, now : [shock], quarters left in the quarter before and in this one, each counted itself"""
    rows = []
    for strikes, which in ((False, ended(before)), (True, begun(before, now))):
        for k in np.flatnonzero(which):
            one, lasts = shocks[k], shocks[k].duration
            due = bool(one.elections)  # over within its quarter
            if due and not strikes:
                continue
            sizes = (0.0, float(lasts)) if strikes else (float(lasts), 0.0)
            text = due_sentence(one.title) if due else chance_sentence(one.title, lasts if strikes else 0)
            rows.append((label, "", "all", "shock", "begins" if strikes else "ends", _hit(base, one), *sizes,
                         "quarters", "chance", np.nan, text, ""))  # fmt: skip
    return rows


def _hit(base: Economy, shock: RandomShock) -> str:
    """Domains that a shock touches, as the moves table names them; empty for a change of government."""
    some = np.zeros(len(base.domains), dtype=bool)
    for change in (shock.lost, shock.freight):
        some |= False if change is None else (change != 0).any(axis=(0, 1))
    if (some == base.goods).all():
        return "goods"
    return ", ".join(np.array(base.domains)[some])


def ledger_frame(base: Economy, ledger: Ledger, pick: int, probability, act_cost) -> pd.DataFrame:
    """One row a feasible candidate, hold first, terms in per cent of the actor's annual real income.

    probability, act_cost : [candidate]"""
    rows = np.flatnonzero(ledger.feasible)
    moves = [ledger.catalogue.candidates[k] for k in rows]
    frame = pd.DataFrame(
        {
            "candidate": [m.name for m in moves],
            "instrument": [m.instrument for m in moves],
            "operation": [m.operation for m in moves],
            "target": [_target(base, m) for m in moves],
            "domain": [m.group for m in moves],
            "picked": rows == pick,
            "probability": probability[rows],
            "score": ledger.score[rows],
            "act_cost": act_cost[rows],
            "exact": ledger.exact[rows],
        }
    )
    for k, name in enumerate(PAYOFF_TERMS):
        frame[name] = ledger.terms[rows, k]
    return frame


def _target(base: Economy, move) -> str:
    if not move.partners:
        return ""
    return base.regions[move.partners[0]] if len(move.partners) == 1 else "all"


def believed_frame(
    base: Economy, settings: Settings, beliefs: Beliefs, actor: int, controls: tuple[str, ...]
) -> pd.DataFrame:
    """What one actor believes about each other actor; conduct lists what the other can use.

    Of threats there are counts, faded, of refused ones that were carried out and dropped; what a target makes of them
    depends on the stakes of its episode. Trust is in the protector, from its acts alone.

    controls : names of the levels of control, the mildest first
    Columns: about, belief (hazard, retaliation, conduct), what (instrument), value, unit, prior, of the base year"""
    prior = Beliefs.prior(len(base.regions), settings.conduct_prior.shape[1])
    now, then = ((hazard(settings, b)[actor], retaliation(settings, b), conduct(settings, b)) for b in (beliefs, prior))
    rows = []
    for other in np.flatnonzero(settings.conduct_prior.sum(axis=-1) > 0):
        if other == actor:
            continue
        code = base.regions[other]
        rows.append((code, "hazard", "opens an episode", now[0][other], "1/year", then[0][other]))
        rows.append((code, "retaliation", "answers a breach", now[1][other], "1", then[1][other]))
        rows += [(code, *row) for row in _word(settings, beliefs, prior, actor, int(other))]
        for k in np.flatnonzero((now[2][other] > 0) | (then[2][other] > 0)):
            what = instrument_label(base, settings.holdings, controls, int(k))
            rows.append((code, "conduct", what, now[2][other, k], "1", then[2][other, k]))
    return pd.DataFrame(rows, columns=BELIEVED)


def _word(settings: Settings, beliefs: Beliefs, prior: Beliefs, actor: int, other: int) -> list[tuple]:
    """Rows on what the other's word is worth: refused threats, bargains, and the umbrella where it holds one."""
    kept = keeps_word(settings, beliefs)[other], keeps_word(settings, prior)[other]
    rows = [("threats", "carried out", beliefs.carried[other], "threats", 0.0),
            ("threats", "dropped", beliefs.dropped[other], "threats", 0.0),
            ("word", "leaves a bargain at that", kept[0], "1", kept[1])]  # fmt: skip
    if settings.alliance.protector[actor] == other:
        now, then = (trust(settings.alliance, held, actor) for held in (beliefs, prior))
        rows.append(("umbrella", "stands by its ally", now, "1", then))
    return rows


def instrument_label(base: Economy, held: Holdings, controls: tuple[str, ...], k: int) -> str:
    """Name of an instrument of the conduct belief: `tariff`, or level and domain of a control or a denial."""
    past = k - len(base.domains) * len(controls)
    if past == len(held.instruments):
        return "tariff"
    if past >= 0:
        holding, level = held.instruments[past]
        return f"denial {held.levels[holding][level]:g} {held.names[holding]}"
    return f"{controls[k % len(controls)]} {base.domains[k // len(controls)]}"
