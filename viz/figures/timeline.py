"""Time line of moves: who moved against whom, when, with what, and whether it was dated or chosen."""

from collections import Counter
from collections.abc import Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from viz.cases import ANSWER, THREAT, kinds_of
from viz.figures.base import Picture, blank, figure_style, head, quarter_ticks
from viz.phrases import CHANCE, grouped
from viz.theme import INK, MUTED, Theme
from viz.words import counted, listed

MARKERS = {"tariff": "s", "control": "D", "hedge": "o", "shock": "*", "threat": "^", "strike": "^", "answer": "<"}
KINDS = {"tariff": "tariff", "control": "export control", "hedge": "hedge", "threat": "threat",
         "strike": "measure with a demand", "answer": "answer"}  # fmt: skip
DASHES = (0, (2.5, 1.6))
ORIGINS = {
    "chosen": "chosen by the actor",
    "dated": "set by date",
    "commitment": "promised by the policy",
}
PLURALS = {"strike": "measures with a demand"}
EASING = ("cut", "remove", "ease", "lift")


def time_line(moves: pd.DataFrame, quarters: Sequence[str], theme: Theme, what: str = "",
              cases: pd.DataFrame | None = None) -> Picture:  # fmt: skip
    """Moves of one run: a lane for each who -> whom, the actors in config order; threats dashed, acts solid.

    Parameters
    ----------
    moves : rows [quarter, actor, target, instrument, operation, domain, before, after, unit, origin, ...]
    quarters : labels of the run, in order
    what : which run this is, for the note
    cases : its episodes, for how long a threat or a measure stands"""
    cells = _cells(grouped(moves, theme), quarters, theme)
    lanes = _lanes(cells, theme)
    title = _title(moves, theme)
    note = (
        "Squares: tariffs. Diamonds: export controls. Circles: hedges. Triangles: demands, dashed with a threat, solid "
        "with a measure. To the left: answers. Stars: chance. Lines: dashed while a threat is open, solid while a "
        "measure stands. Numbers: moves drawn as one."
    )
    with figure_style():
        figure = blank(12, 2.1 + 0.33 * max(len(lanes), 3))
        top = head(figure, title, f"{what} {note}".strip(), 108)
        height = figure.get_figheight()
        axes = figure.add_axes([0.235, 0.42 / height, 0.745, top - 0.85 / height])
        _frame(axes, lanes, quarters, theme)
        for dashed, spans in ((False, _in_force(moves, quarters)), *_of_cases(cases, quarters)):
            for actor, target, *ends in spans:
                lane = lanes.index((actor, _lane_of(target, theme)))
                axes.plot(ends, [lane, lane], color=theme.colour(actor), ls=DASHES if dashed else "-", lw=1.8, zorder=2)
        for cell in cells.itertuples():
            _mark(axes, cell, lanes.index((cell.actor, cell.target)), theme)
        _legend(axes)
    return Picture("time_line", figure, title, _caption(moves), _alt(moves, theme))


def _cells(moves: pd.DataFrame, quarters: Sequence[str], theme: Theme) -> pd.DataFrame:
    """One row per mark: moves of one quarter, lane, instrument, direction and origin are drawn as one."""
    table = moves[moves["quarter"].isin(quarters)].copy()
    table["target"] = [_lane_of(code, theme) for code in table["target"]]
    table["kind"] = kinds_of(table)
    table["easing"] = table["operation"].isin(EASING) & (table["kind"] != ANSWER)
    keys = ["quarter", "actor", "target", "kind", "easing", "origin"]
    cells = table.groupby(keys, sort=False, observed=True)["count"].sum().reset_index()
    cells["place"] = cells["quarter"].map({label: i for i, label in enumerate(quarters)}).astype(float)
    beside = cells.groupby(["place", "actor", "target"]).cumcount()
    many = cells.groupby(["place", "actor", "target"])["count"].transform("size")
    cells["place"] += (beside - (many - 1) / 2) * 0.3
    return cells


def _lane_of(target: str, theme: Theme) -> str:
    """Bystanders share a lane."""
    return target if target in (theme.focus, *theme.actors, "all") else "others"


def _in_force(moves: pd.DataFrame, quarters: Sequence[str]) -> list[tuple[str, str, float, float]]:
    """Spans (actor, target, from, to) in which an export control stands: until lifted, else to the end."""
    place = {label: i for i, label in enumerate(quarters)}
    controls = moves[(moves["instrument"] == "control") & moves["quarter"].isin(quarters)]
    spans = []
    for (actor, target, _), rows in controls.groupby(["actor", "target", "domain"], sort=False):
        since = None
        for row in rows.itertuples():
            if row.operation == "lift" and since is not None:
                spans.append((actor, target, since, place[row.quarter]))
                since = None
            elif row.operation != "lift" and since is None:
                since = place[row.quarter]
        if since is not None:
            spans.append((actor, target, since, len(quarters) - 0.5))
    return spans


def _of_cases(cases: pd.DataFrame | None, quarters: Sequence[str]) -> list[tuple[bool, list[tuple]]]:
    """Spans of threats, true for dashed, and of measures that stand for an episode."""
    place, threats, measures = {label: i for i, label in enumerate(quarters)}, [], []
    if cases is None or cases.empty:
        return []
    for case in cases.itertuples():
        pair, end = (case.sender, case.target), place.get(case.ended, len(quarters) - 0.5)
        came = place.get(case.imposed, end)
        threats += [(*pair, place[case.opened], came)] if came > place[case.opened] else []
        measures += [(*pair, came, end)] if case.imposed and end > came else []
    return [(True, threats), (False, measures)]


def _lanes(cells: pd.DataFrame, theme: Theme) -> list[tuple[str, str]]:
    order = {code: i for i, code in enumerate(theme.regions)}
    pairs = set(zip(cells["actor"], cells["target"], strict=True))
    return sorted(pairs, key=lambda pair: (order.get(pair[0], 99), order.get(pair[1], 99), pair))


def _frame(axes: Axes, lanes: Sequence[tuple[str, str]], quarters: Sequence[str], theme: Theme) -> None:
    """Lanes with their names; a pale stripe behind every other actor keeps them apart."""
    actors = list(dict.fromkeys(actor for actor, _ in lanes))
    for lane, (actor, target) in enumerate(lanes):
        if actors.index(actor) % 2 == 0:
            axes.axhspan(lane - 0.5, lane + 0.5, color="#F3F5F7", lw=0, zorder=0)
        axes.axhline(lane, color="#DDE2E7", lw=0.8, zorder=1)
        whom = {"all": "everyone", "others": "others"}.get(target) or theme.name(target)
        axes.text(-0.018, lane, f"{theme.name(actor)} → {whom}" if actor else CHANCE,
                  transform=axes.get_yaxis_transform(), ha="right", va="center", fontsize=9, color=INK)  # fmt: skip
        axes.plot(-0.009, lane, "s", transform=axes.get_yaxis_transform(), ms=5, color=theme.colour(target),
                  clip_on=False)  # fmt: skip
    axes.set_xlim(-0.6, len(quarters) - 0.4)
    axes.set_ylim(max(len(lanes), 1) - 0.5, -0.5)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x")
    quarter_ticks(axes, quarters, 8)


def _mark(axes: Axes, cell, lane: int, theme: Theme) -> None:
    """Shape says the instrument, filling the origin, a small minus that something was eased."""
    colour = theme.colour(cell.actor)
    face = {"chosen": colour, "dated": "white", "commitment": "#C9CED4"}.get(cell.origin, colour)
    threat = cell.kind == THREAT
    pale = (face, 0.35) if threat and face != "white" else face
    axes.scatter(cell.place, lane, s=105 if threat else 80, marker=MARKERS.get(cell.kind, "p"), facecolor=pale,
                 edgecolor=colour, linewidth=1.6, linestyle=DASHES if threat else "-", zorder=3)  # fmt: skip
    if cell.count > 1:
        axes.annotate(str(cell.count), (cell.place, lane), (0, 7), textcoords="offset points", ha="center", fontsize=7,
                      color=MUTED, zorder=5)  # fmt: skip
    if cell.easing:
        text = "white" if face == colour else colour
        axes.text(cell.place, lane, "−", ha="center", va="center_baseline", fontsize=9, color=text, fontweight="bold",
                  zorder=4)  # fmt: skip


def _legend(axes: Axes) -> None:
    grey = "#57606A"
    fills = {"chosen": grey, "dated": "white", "commitment": "#C9CED4"}
    entries = [
        Line2D([], [], ls="", marker="s", ms=7, mfc=fills[key], mec=grey, mew=1.5, label=text)
        for key, text in ORIGINS.items()
    ]
    entries.append(Line2D([], [], ls="", marker="$−$", ms=7, color=grey, label="eases: cut, removed or lifted"))
    entries += [Line2D([], [], ls=DASHES, color=grey, label="threat"), Line2D([], [], color=grey, label="in force")]
    axes.legend(handles=entries, loc="lower right", bbox_to_anchor=(1, 1.0), ncols=6, frameon=False, fontsize=8.5,
                handletextpad=0.4, columnspacing=1.6, borderaxespad=0.2)  # fmt: skip


def _title(moves: pd.DataFrame, theme: Theme) -> str:
    """Who moved most, and how many of the moves nobody dictated; what chance did is no move."""
    moves = moves[moves["origin"] != "chance"]
    if moves.empty:
        return "Nobody makes a move in this run"
    chosen = moves[moves["origin"] == "chosen"]
    if chosen.empty:
        return f"All {len(moves)} moves of this run are set by the scenario or the policy; no actor adds one of its own"
    counts = chosen["actor"].value_counts()
    leaders = [code for code in counts.index if counts[code] == counts.max()]
    who, alone, rest = listed(theme.in_text(code) for code in leaders), len(leaders) == 1, len(moves) - len(chosen)
    most = f"{'makes' if alone else 'make'} most moves of {'its' if alone else 'their'} own{'' if alone else ', each'}"
    given = f"; {rest} more {'is' if rest == 1 else 'are'} set by date or by the policy" if rest else ""
    return f"{who[:1].upper() + who[1:]} {most}: {counts.max()} of {len(chosen)}{given}"


def _caption(moves: pd.DataFrame) -> str:
    begun = int(((moves["origin"] == "chance") & (moves["operation"] == "begins")).sum())
    moves = moves[moves["origin"] != "chance"]
    counts = Counter(kinds_of(moves))
    parts = [counted(counts[key], name, PLURALS.get(key)) for key, name in KINDS.items() if counts[key]]
    struck = f" Chance strikes {counted(begun, 'time')}." if begun else ""
    return (f"In all {counted(len(moves), 'move')}: {listed(parts)}." if parts else "No moves.") + struck


def _alt(moves: pd.DataFrame, theme: Theme) -> str:
    lines = moves[moves["origin"] != "chance"].groupby(["actor", "target"], sort=False).size()
    parts = [f"{theme.name(a)} towards {theme.name(t)} {n}" for (a, t), n in lines.items()]
    return "Time line of moves by who and whom. Number of moves: " + (listed(parts) or "none") + "."
