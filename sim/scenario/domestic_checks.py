"""What files of domestic groups must say of regions and domains, and what they mean in a scenario's domains."""

from __future__ import annotations

from collections.abc import Collection

from sim.errors import Problem
from sim.scenario.checks import Fit
from sim.scenario.domestic import GroupsFile
from sim.scenario.reading import suggestion


def group_problems(record: GroupsFile, file: str, regions: Collection[str], domains: dict) -> list[Problem]:
    """The region of a file of groups exists, and so do the traded domains whose sales its groups follow."""
    traded = [code for code, one in domains.items() if one.type == "traded"]
    problems = []
    if record.code not in regions:
        hint = suggestion(record.code, list(regions))
        problems.append(Problem(file, "code", f"is {record.code!r}, no region;{hint} valid: {', '.join(regions)}"))
    for name, group in record.groups.items():
        for number, code in enumerate(group.sales.domains if group.sales is not None else []):
            if code not in traded:
                hint = suggestion(code, traded)
                message = f"is {code!r}, no traded domain;{hint} valid: {', '.join(traded)}"
                problems.append(Problem(file, f"groups.{name}.sales.domains.{number}", message))
    return problems


def fit_groups(fit: Fit, record: GroupsFile) -> GroupsFile:
    """The file with its domains as the scenario has them; a group that lives on none of them has no say."""
    groups = {}
    for name, one in record.groups.items():
        if one.sales is not None:
            here = fit.here(one.sales.domains)
            one = one.model_copy(update={"sales": one.sales.model_copy(update={"domains": here}) if here else None})
        if one.sales is not None or one.interests:
            groups[name] = one
    return record.model_copy(update={"groups": groups})
