"""A run as one HTML file that opens without a server and asks no network: quarters to play, step and slide through.

ECharts stands in the file whole, with its licence and notice (Apache-2.0)."""

from __future__ import annotations

import json
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from sim.errors import StoreError
from sim.played import Run
from viz.chair import happened, listed_moves, named, unit
from viz.charts import stacking
from viz.language import Texts
from viz.measures import TILES, measure
from viz.phrases import move_sentence, mover_name
from viz.read import exposure, headlines
from viz.theme import Theme
from viz.words import number, value_text

ECHARTS = "echarts@5.4.0"
WORDS = ("play", "pause", "back", "next", "quarter", "moves", "account", "no_moves", "chart", "about")


def replay_html(run: Run, game: str, theme: Theme, say: Texts) -> str:
    """The whole file.

    game : what run it is, in words. Raises StoreError when ECharts is not where the page's server has it"""
    assets = Environment(loader=PackageLoader("viz"), undefined=StrictUndefined, autoescape=True)
    folder = library()
    texts = {name: say(f"share.replay_{name}") for name in WORDS}
    return assets.get_template("replay.html.j2").render(
        language=say.language,
        title=say("share.replay_title", game=game),
        texts=texts,
        data=Markup(as_script(data_of(run, theme, say) | {"words": texts})),
        echarts=Markup((folder / "dist" / "echarts.min.js").read_text("utf-8")),
        licence=Markup(as_script("\n\n".join((folder / name).read_text("utf-8") for name in ("NOTICE", "LICENSE")))),
    )


def library() -> Path:
    """ECharts among the assets that the page's server has installed. Raises StoreError when it is not there."""
    import solara.server.settings as settings  # late: it reads the environment that `serve` sets

    folder = Path(settings.assets.proxy_cache_dir) / ECHARTS
    if not (folder / "dist" / "echarts.min.js").is_file():
        raise StoreError(f"{folder} is not there, so a replay has nothing to draw with: install solara-assets")
    return folder


def as_script(data: object) -> str:
    """JSON that may stand inside a script element: nothing in it ends the element or opens another."""
    text = json.dumps(data, ensure_ascii=False, allow_nan=False)
    for sign in "<>\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def data_of(run: Run, theme: Theme, say: Texts) -> dict:
    """What the file shows: shares by partner in per cent, and by quarter tiles, account and moves, all as text."""
    shares = exposure(run.portfolio, theme.focus)
    partners = [
        {"name": theme.name(code), "colour": theme.colour(code),
         "values": [round(100 * float(shares[code].get(quarter, 0.0)), 2) for quarter in run.quarters]}
        for code in stacking(shares, theme)
    ]  # fmt: skip
    return {
        "focus": theme.name(theme.focus),
        "quarters": list(run.quarters),
        "partners": partners,
        "leaders": [_leader(shares, quarter, theme, say) for quarter in run.quarters],
        "tiles": [_tiles(run, quarter, theme, say) for quarter in run.quarters],
        "accounts": [happened(run, quarter, theme, say) for quarter in run.quarters],
        "moves": [_moves(run, quarter, theme) for quarter in run.quarters],
    }


def _leader(shares, quarter: str, theme: Theme, say: Texts) -> str:
    now = shares.loc[quarter]
    return say("share.replay_leader", who=theme.name(theme.focus), whom=theme.name(str(now.idxmax())),
               share=number(100 * now.max(), 1))  # fmt: skip


def _tiles(run: Run, quarter: str, theme: Theme, say: Texts) -> list[dict]:
    found = headlines(run.portfolio, theme.focus, TILES, quarter)
    return [
        {"name": named(one.measure, say), "value": value_text(one.value, one.measure),
         "by": theme.name(one.partner) if one.partner not in ("", "all") else "",
         "unit": unit(one.measure, say), "about": "{0.definition} ({0.unit})".format(measure(one.measure, say))}
        for one in found.values()
    ]  # fmt: skip


def _moves(run: Run, quarter: str, theme: Theme) -> list[dict]:
    rows = listed_moves(run, quarter, theme).to_dict("records")
    return [{"text": move_sentence(row, theme), "colour": theme.colour(row["actor"]), "who": mover_name(row, theme),
             "threat": row["instrument"] == "threat" and row["operation"] != "execute"} for row in rows]  # fmt: skip
