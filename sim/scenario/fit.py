"""Which regions and domains a scenario has: names of the unsplit world translated into those of a split, and back;
what configs name that this world does not have is left out. Whether the names exist at all is left to the checks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sim.scenario.bargaining import AllianceFile, ShieldFile, ThreatInstrument
from sim.scenario.programmes import ProgrammeFile
from sim.scenario.schema import EventMap, RegionFile, SplitFile, TariffInstrument
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
    places: frozenset[str] = frozenset()  # every region that has a file, in whatever world
    traded: frozenset[str] = frozenset()  # every traded domain that has a file

    @property
    def known(self) -> set[str]:
        """Domains of any world and split: what files that serve every scenario may name."""
        parts = (part for split in self.splits for part in (*split.into, split.domain))
        return {*self.domains, *self.traded, *parts}

    @property
    def known_regions(self) -> list[str]:
        """Regions of any world, this one's first: what files that serve every scenario may name."""
        return [*self.regions, *sorted(self.places - set(self.regions))]

    def here(self, named: Iterable[str]) -> list[str]:
        """The named domains as this scenario has them: a whole becomes its parts, a part its uncut whole.

        Domains of other worlds are left out. Names that no file has stay, for the checks to find."""
        found: list[str] = []
        for name in named:
            if self.applied is not None and name == self.applied.domain:
                found += self.applied.into
            elif name not in self.domains:
                whole = [split.domain for split in self.splits if name in split.into][:1]
                found += whole or ([] if name in self.traded else [name])
            else:
                found.append(name)
        return list(dict.fromkeys(found))

    def absent(self, named: Iterable[str]) -> list[str]:
        """Regions named that other worlds have and this one has not."""
        return [code for code in dict.fromkeys(named) if code in self.places and code not in self.regions]

    def region(self, region: RegionFile) -> RegionFile:
        lever = next(iter(self.here([region.lever])), None) if region.lever else region.lever
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
        absent = absent or [domain for one in programme.effects for domain in self._missing(one)]
        if absent:
            return f"the world has no {', '.join(dict.fromkeys(absent))}"
        moved = dict.fromkeys(one.domain for one in programme.effects if one.channel == "stock_share")
        missing = [domain for domain in moved if (domain, programme.owner) not in self.held]
        tables = f"stock_domains.csv has no rows of {programme.owner} in {', '.join(missing)}"
        return f"{tables} (some stand in worlds/{NONCOMMERCIAL}, which no package has)" if missing else ""

    def _missing(self, effect) -> list[str]:
        """The domains of an effect, when this world has none of them."""
        if effect.channel == "stock_share":
            return []
        named = [effect.domain] if effect.channel == "supply" else effect.cover if effect.channel == "stock" else (
            effect.domains)  # fmt: skip
        return [] if self.here(named) else list(named)

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

    def tariff(self, tariff: TariffInstrument) -> TariffInstrument:
        """Groups of the goods that this scenario has; a group of none is left out."""
        groups = {name: self.here(goods) for name, goods in tariff.groups.items()}
        return tariff.model_copy(update={"groups": {k: v for k, v in groups.items() if v or not tariff.groups[k]}})

    def threat(self, threat: ThreatInstrument) -> ThreatInstrument:
        """Domains of purchases as this scenario has them."""
        here = {
            name: one.model_copy(update={"domains": self.here(one.domains)}) if one.type == "purchases" else one
            for name, one in threat.demands.items()
        }
        return threat.model_copy(update={"demands": here})

    def shock(self, shock: ShockFile) -> ShockFile:
        """A shock with the effects that hit something here; none at all when it is left out of this world."""
        return shock.model_copy(update={"effects": [one for effect in shock.effects for one in self._hits(effect)]})

    def _hits(self, effect) -> list:
        if isinstance(effect, GovernmentEffect | ElectionEffect):
            return [] if self.absent([effect.actor]) else [effect]
        found = {
            side: named if named == "all" else [code for code in named if not self.absent([code])]
            for side, named in (("exporters", effect.exporters), ("importers", effect.importers))
        }
        found["domains"] = effect.domains if effect.domains == "all" else self.here(effect.domains)
        # what was empty in the file stays, for the checks to find
        emptied = any(not kept and getattr(effect, side) for side, kept in found.items())
        return [] if emptied else [effect.model_copy(update=found)]

    def alliance(self, alliance: AllianceFile) -> AllianceFile:
        """The allies and rivals that are here."""
        allies = {code: one for code, one in alliance.allies.items() if not self.absent([code])}
        rivals = [code for code in alliance.rivals if not self.absent([code])]
        return alliance.model_copy(update={"allies": allies, "rivals": rivals})

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
        domains = {code: here[0] for code, domain in names.domains.items() if (here := self.here([domain]))}
        return names.model_copy(update={"domains": domains})
