"""What groups at home make of a world, written apart from the engine: group by group, from the docstrings of
`sim/rules/domestic.py` and the config files' meaning."""

SEEN = ("wage", "budget", "risk", "insecurity", "outlays")


def balance(revenue, spent, outlays):
    """Public balance, per cent of income: tariff revenue less programmes and outlays."""
    return 100 * revenue - spent - 100 * outlays


def well_off(domestic, group, seen, sales):
    """Per cent of support that a group would have from outputs; only differences mean something.

    seen : by name, per cent; sales : [domain], real value added relative to base income"""
    row = domestic.interest[group]
    total = sum(row[k] * seen[name] for k, name in enumerate(SEEN))
    return total + sum(100 * row[len(SEEN) + d] * sales[d] for d in range(len(sales)))


def heard(scene, actor, seen, sales):
    """What all of an actor's groups make of it, as its government hears them: per cent of income."""
    domestic = scene.settings.domestic
    mine = [g for g in range(len(domestic.names)) if domestic.actor[g] == actor]
    return domestic.influence * sum(scene.world.power[g] * well_off(domestic, g, seen, sales) for g in mine)
