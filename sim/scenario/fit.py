"""Which regions and domains a scenario has: names of the unsplit world translated into those of a split, and back.

Whether the names exist is left to the checks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sim.scenario.bargaining import ShieldFile, ThreatInstrument
from sim.scenario.programmes import ProgrammeFile
from sim.scenario.schema import EventMap, RegionFile, SplitFile
from sim.scenario.shocks import ElectionEffect, GovernmentEffect, ShockFile
from sim.scenario.tables import NONCOMMERCIAL


@dataclass(frozen=True)
class Fit:
    """Which regions and domains a scenario has, and how names of the unsplit world translate and back."""

    regions: tuple[str, ...]
    domains: tuple[str, ...]
    splits: list[SplitFile]  # every split of the world
    applied: SplitFile | None
    held: frozenset[tuple[str, str]] = frozenset()  # (stock domain, importer) that there are shares for

    @property
    def known(self) -> set[str]:
        """Domains of any split of the world: what files that serve every scenario may name."""
        return {*self.domains, *(part for split in self.splits for part in (*split.into, split.domain))}

    def here(self, named: Iterable[str]) -> list[str]:
        """The named domains as this scenario has them: a whole becomes its parts, a part its uncut whole.

        Other names stay, for the checks to find."""
        found: list[str] = []
        for name in named:
            if self.applied is not None and name == self.applied.domain:
                found += self.applied.into
            elif name not in self.domains:
                found += [split.domain for split in self.splits if name in split.into][:1] or [name]
            else:
                found.append(name)
        return list(dict.fromkeys(found))

    def region(self, region: RegionFile) -> RegionFile:
        lever = region.lever and self.here([region.lever])[0]
        cover = self.covers(region.stock_cover)
        return region.model_copy(
            update={"withholds": self.here(region.withholds), "lever": lever, "stock_cover": cover}
        )

    def lacks(self, programme: ProgrammeFile) -> str:
        """What of a programme is not in this world: owner, partners, sellers, shares of stock domains; or nothing."""
        named = [programme.owner, *programme.partners]
        for one in programme.effects:
            if one.channel == "supply":
                named.append(one.seller)
            elif one.channel == "stock_share":
                named += [one.away_from, *one.towards]
        absent = [code for code in dict.fromkeys(named) if code not in self.regions]
        if absent:
            return f"the world has no {', '.join(absent)}"
        moved = dict.fromkeys(one.domain for one in programme.effects if one.channel == "stock_share")
        missing = [domain for domain in moved if (domain, programme.owner) not in self.held]
        tables = f"stock_domains.csv has no rows of {programme.owner} in {', '.join(missing)}"
        return f"{tables} (some stand in worlds/{NONCOMMERCIAL}, which no package has)" if missing else ""

    def programme(self, programme: ProgrammeFile) -> ProgrammeFile:
        """A programme whose effects name domains that this scenario has."""
        return programme.model_copy(update={"effects": [self._effect(one) for one in programme.effects]})

    def _effect(self, one):
        if one.channel == "supply":
            return one.model_copy(update={"domain": self.here([one.domain])[0]})
        if one.channel == "stock_share":
            return one
        if one.channel == "stock":
            return one.model_copy(update={"cover": self.covers(one.cover)})
        return one.model_copy(update={"domains": self.here(one.domains)})

    def threat(self, threat: ThreatInstrument) -> ThreatInstrument:
        """Domains of purchases as this scenario has them."""
        here = {
            name: one.model_copy(update={"domains": self.here(one.domains)}) if one.type == "purchases" else one
            for name, one in threat.demands.items()
        }
        return threat.model_copy(update={"demands": here})

    def shock(self, shock: ShockFile) -> ShockFile:
        effects = [
            one
            if isinstance(one, GovernmentEffect | ElectionEffect) or one.domains == "all"
            else one.model_copy(update={"domains": self.here(one.domains)})
            for one in shock.effects
        ]
        return shock.model_copy(update={"effects": effects})

    def shield(self, shield: ShieldFile) -> ShieldFile:
        """Stocks of the domains that this scenario has."""
        if shield.reserve is None:
            return shield
        cover = self.covers(shield.reserve.cover)
        return shield.model_copy(update={"reserve": shield.reserve.model_copy(update={"cover": cover})})

    def covers(self, named: dict) -> dict:
        """Covers of the domains that this scenario has; of parts that are one whole here, the larger."""
        cover: dict = {}
        for name, kept in named.items():
            for domain in self.here([name]):
                known = cover.get(domain)
                cover[domain] = kept if known is None or kept.value > known.value else known
        return cover

    def event_map(self, names: EventMap) -> EventMap:
        domains = {code: self.here([domain])[0] for code, domain in names.domains.items()}
        return names.model_copy(update={"domains": domains})
