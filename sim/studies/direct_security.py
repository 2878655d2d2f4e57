"""What insecurity costs an ally, written apart from the engine: from the docstrings of `sim/rules/security.py`."""

from math import exp


def moved_away(scene, region, composition):
    """Points of its foreign purchases of goods that come from its protector in the base year and no longer."""
    base, protector = scene.base, scene.settings.alliance.protector[region]
    if protector < 0:
        return 0.0

    def share(of):
        bought = [
            [
                base.expenditure[region, d] * of[j, d] if base.goods[d] and j != region else 0.0
                for d in range(of.shape[1])
            ]
            for j in range(of.shape[0])
        ]
        return sum(bought[protector]) / sum(map(sum, bought))

    return 100 * (share(base.share[region]) - share(composition))


def insecurity(scene, region, world, moved, acts):
    """Per cent of income a year: danger not covered, outlays, entrapment; acts on top of those on record."""
    of, s, beliefs = scene.settings.alliance, scene.settings, scene.world.beliefs
    protector = of.protector[region]
    if protector < 0:
        return 0.0
    spoke_for = of.weight * of.credibility[region] + beliefs.stood[region]
    trusted = spoke_for / (of.weight + beliefs.stood[region] + beliefs.wavered[region])
    trusted *= exp(-of.provocation * max(moved, 0.0)) * exp(-of.defiance * (beliefs.defied[region] + acts))
    needed = 100 * of.outlays[region] / of.gain / (1 - of.credibility[region])
    uncovered = (
        needed * (1 - trusted) / exp(of.gain * (world.outlays[region] - of.outlays[region]) / of.outlays[region])
    )
    quarrels = sum(
        s.hazard_prior[a, b] + beliefs.episodes[a, b] / s.prior_years
        for rival in of.rivals
        for a, b in ((protector, rival), (rival, protector))
    )
    return uncovered + 100 * world.outlays[region] + of.entrapment * trusted * quarrels
