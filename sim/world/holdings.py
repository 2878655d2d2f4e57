"""Holdings: whom a region depends on in stock domains, which pass no customs house, and what hangs on them.

Arms and their upkeep, capital, cables. What denying them costs stands in `sim.rules.holdings`.
Source: model section 3."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from sim.scenario.scenario import Scenario
from sim.world.params import Array, Economy


@dataclass(frozen=True, eq=False)
class Holdings:
    """Stock domains of one run; [importer, exporter, holding] has home on the diagonal."""

    names: tuple[str, ...]
    share: Array  # [importer, exporter, holding], 1, base year; sums to 1 over exporter, NaN where there are no data
    weight: Array  # [holding], 1, part of real income that hangs on it
    elasticity: Array  # [holding], 1, with which other partners stand in at first
    orders: Array  # [holding], 1, part of what it no longer provides that the sender loses
    levels: tuple[tuple[float, ...], ...]  # [holding], shares denied, rising
    denies: Array  # [sender, target, holding] bool: the scenario lets the sender deny it and there is a share to deny
    value: Array  # [sender, target, holding], percent of the sender's income a year at r = 1: political value
    imposing_cost: float  # percent, once
    lifting_cost: float  # percent, once
    cooling_off: int  # quarters

    @cached_property
    def instruments(self) -> tuple[tuple[int, int], ...]:
        """(holding, level) of each instrument of the conduct belief; those that nobody may use are none."""
        used = self.denies.any(axis=(0, 1))
        return tuple((k, n) for k, levels in enumerate(self.levels) if used[k] for n in range(len(levels)))

    @cached_property
    def bytes(self) -> bytes:
        """Tells one set of holdings from another, for a memory."""
        return b"".join(a.tobytes() for a in (self.share, self.weight, self.elasticity, self.orders))


def base_shares(scenario: Scenario, base: Economy) -> Array:
    """[importer, exporter, holding], shares of the base year; NaN for an importer without rows."""
    names, regions = list(scenario.denial.domains), base.regions
    out = np.full((len(regions), len(regions), len(names)), np.nan)
    for row in scenario.tables.stock_shares.itertuples():
        if row.domain in names:
            k, i = names.index(row.domain), regions.index(row.importer)
            if np.isnan(out[i, 0, k]):
                out[i, :, k] = 0.0
            out[i, regions.index(row.partner), k] = row.share
    return out / out.sum(axis=1, keepdims=True)


def start_holdings(scenario: Scenario, base: Economy) -> Holdings:
    """Shares, what hangs on them, and who may deny what to whom in this scenario."""
    denial, share = scenario.denial, base_shares(scenario, base)
    domains = list(denial.domains.values())
    levels = tuple(tuple(sorted(level.value for level in one.levels.values())) for one in domains)
    return Holdings(
        tuple(denial.domains), share, *(np.array([getattr(one, name).value for one in domains])
                                        for name in ("weight", "elasticity", "orders")),
        levels, _denies(scenario, base, share), _value(scenario, base),
        denial.imposing_cost.value, denial.lifting_cost.value, int(denial.cooling_off.value),
    )  # fmt: skip


def _denies(scenario: Scenario, base: Economy, share: Array) -> Array:
    """Opened by the scenario, or named as a punishment behind a demand; policies open moves, not the world's fears."""
    names, regions = list(scenario.denial.domains), base.regions
    out = np.zeros((len(regions), len(regions), len(names)), dtype=bool)
    for code in scenario.file.actors:
        held = [names.index(name) for name in scenario.regions[code].denies if name in names]
        j = regions.index(code)
        for target in _open_to(scenario, code):
            out[j, regions.index(target), held] = True
        for stake in scenario.file.changes.demands.get(code, ()):
            for by in stake.by:
                if by.instrument == "control" and by.what in names:
                    for target in stake.targets:
                        out[j, regions.index(target), names.index(by.what)] = True
    least = np.array([one.least.value for one in scenario.denial.domains.values()])
    there = np.nan_to_num(share) >= np.maximum(least, 1e-12)
    out &= there.transpose(1, 0, 2)
    for j in range(len(regions)):
        out[j, j] = False
    return out


def _open_to(scenario: Scenario, code: str) -> list[str]:
    """Targets of an actor's denials in this scenario; `all` means the other actors."""
    more = scenario.file.changes.opens.get(code)
    chosen = [scenario.file.open.denial] if code != scenario.file.focus else []
    chosen += [more.denial] if more is not None else []
    return [t for t in dict.fromkeys(t for one in chosen for t in (scenario.file.actors if one == "all" else one))
            if t != code]  # fmt: skip


def _value(scenario: Scenario, base: Economy) -> Array:
    names = list(scenario.denial.domains)
    out = np.zeros((len(base.regions), len(base.regions), len(names)))
    for sender, values in scenario.file.changes.control_value.items():
        for item in values:
            for target in item.targets:
                for name in (one for one in item.domains if one in names):
                    out[base.regions.index(sender), base.regions.index(target), names.index(name)] = item.value.value
    return out
