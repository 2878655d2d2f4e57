"""What a run is told before it starts: the validated files of one scenario, together with its world's tables.

Made by `load.load_scenario`, changed by `sample.with_values`; turning it into arrays is left to `sim.world`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from sim.scenario.bargaining import AllianceFile, BargainingFile, ShieldFile, ThreatInstrument
from sim.scenario.denial import DenialInstrument
from sim.scenario.domestic import GroupsFile
from sim.scenario.programmes import ProgrammeFile
from sim.scenario.schema import (
    ControlInstrument,
    DomainFile,
    EventMap,
    HedgeInstrument,
    ModelFile,
    PolicyFile,
    RegionFile,
    ScenarioFile,
    SplitFile,
    TariffInstrument,
)
from sim.scenario.shocks import ShockFile
from sim.scenario.tables import WorldTables, split_world


@dataclass(frozen=True, eq=False)
class Scenario:
    """All that a run needs but the policy and the luck."""

    file: ScenarioFile
    model: ModelFile
    tariff: TariffInstrument
    control: ControlInstrument
    hedge: HedgeInstrument
    threat: ThreatInstrument
    denial: DenialInstrument
    bargaining: BargainingFile  # fitted private values
    alliance: AllianceFile
    shields: dict[str, ShieldFile]  # all there are, by name
    programmes: dict[str, ProgrammeFile]  # all that this world has the regions and the data for, by name
    left_out: dict[str, str]  # the other programmes, and why
    regions: dict[str, RegionFile]  # in the order of the tables; the domains they name are those of this scenario
    split: SplitFile | None
    domains: dict[str, DomainFile]  # traded, in the order of the tables, after the split
    stock_domains: dict[str, DomainFile]  # those that pass no customs house
    tables: WorldTables  # as read, before the split; see `cut`
    shocks: dict[str, ShockFile]  # every one that can be feared; those that can happen are named in the file
    groups: dict[str, GroupsFile]  # by region code; a region without a file has none
    turned: dict[str, PolicyFile]  # policies that turns of the run name
    event_map: EventMap  # how the record of events names this scenario's regions and domains
    sources: tuple[tuple[str, str], ...]  # (file, sha256) of everything read

    def happens(self, shock: str) -> bool:
        """Whether a random shock can happen in this scenario; those that cannot are feared all the same."""
        return self.file.shocks == "all" or shock in self.file.shocks

    @cached_property
    def cut(self) -> WorldTables:
        """The tables after the split, which the run uses; the tables as read when there is no split."""
        return self.tables if self.split is None else split_world(self.tables, self.split)
