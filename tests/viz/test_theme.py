"""Colours stay apart, also for the colour-blind, and names read well."""

import itertools
import re
from pathlib import Path

import numpy as np
import pytest

import viz
from tests.viz.made import THEME
from viz.theme import FOCUS_COLOUR, PARTNER_COLOURS, TERM_COLOURS, Theme, without_count

# Machado, Oliveira & Fernandes (2009), severity 1, on linear RGB.
SIGHT = {
    "normal": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}
TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])


def lab(colour, sight):
    """CIE L*a*b* of a colour as somebody with this sight sees it."""
    srgb = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    xyz = TO_XYZ @ np.clip(SIGHT[sight] @ linear, 0, 1) / np.array([0.9505, 1, 1.089])
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("sight", SIGHT)
def test_the_first_eleven_partners_stay_apart_for_every_kind_of_sight(sight):
    seen = [lab(colour, sight) for colour in PARTNER_COLOURS[:11]]
    closest = min(np.linalg.norm(a - b) for a, b in itertools.combinations(seen, 2))
    assert closest > 12


def test_a_new_region_gets_a_colour_and_leaves_the_others_theirs():
    more = Theme((*THEME.regions, "NEW"), "HOM")
    assert [more.colour(code) for code in THEME.regions] == [THEME.colour(code) for code in THEME.regions]
    assert more.colour("NEW") not in [THEME.colour(code) for code in THEME.regions]


def test_the_focus_is_grey_and_no_partner_is():
    assert THEME.colour("HOM") == FOCUS_COLOUR
    assert FOCUS_COLOUR not in PARTNER_COLOURS
    assert not set(TERM_COLOURS.values()) & set(PARTNER_COLOURS)


def test_names_lose_their_counts_and_gain_their_articles():
    assert without_count("ASEAN (10)") == "ASEAN"
    assert THEME.name("BBB") == "Beta"
    assert THEME.in_text("AAA") == "the United Alphas"
    assert THEME.in_text("EEE") == "the rest of world"
    assert THEME.name("AAA+BBB") == "United Alphas + Beta"
    assert THEME.brief("AAA") == "UA"
    assert THEME.domain_in_text("ore") == "ore"


def test_an_unknown_region_is_shown_under_its_code():
    assert THEME.name("XYZ") == "XYZ"
    assert THEME.colour("XYZ").startswith("#")


def light(colour):
    """Relative luminance, WCAG 2.2."""
    long = colour if len(colour) > 4 else "".join(sign * 2 for sign in colour).replace("##", "#")
    srgb = np.array([int(long[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return float(TO_XYZ[1] @ np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4))


def contrast(one, other):
    pair = sorted((light(one), light(other)))
    return (pair[1] + 0.05) / (pair[0] + 0.05)


@pytest.mark.parametrize("name", ["page.css", "templates/style.css"])
def test_the_focus_ring_stands_out_on_every_ground(name):
    css = (Path(viz.__file__).parent / name).read_text("utf-8")
    named = dict(re.findall(r"--(\w+): (#\w+);", css))
    rings = re.findall(r":focus-visible[^{]*{([^}]*outline: \dpx solid [^}]*)}", css)
    assert rings
    for rule in rings:
        found = re.search(r"outline: \dpx solid (?:var\(--(\w+)\)|(#\w+))", rule)
        ring = named[found[1]] if found[1] else found[2]
        assert all(contrast(ring, ground) >= 3 for ground in ("#ffffff", "#f6f8fa", "#fff6d6"))
        if name == "page.css":  # which has dark buttons: the white lines beside the ring stand out on them
            assert contrast(re.search(r"box-shadow: 0 0 0 \dpx (#\w+)", rule)[1], named["accent"]) >= 3
    outlines = re.findall(r"focus[^{]*{[^}]*outline: \dpx", css)
    assert len(outlines) == len(rings)
