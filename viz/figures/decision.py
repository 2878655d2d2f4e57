"""One decision explained: what each candidate was worth, term by term, and by how much the pick won."""

import textwrap
from collections.abc import Sequence

import pandas as pd
from matplotlib.axes import Axes

from viz.figures.base import Picture, blank, figure_style, head
from viz.measures import term_name
from viz.phrases import candidate_phrase
from viz.read import Decision, decision
from viz.theme import INK, MUTED, OTHER_TERM, TERM_COLOURS, TERM_HATCHES, Theme
from viz.words import MINUS, capital, chance, listed, payoff, percent_of_income

MOST_CANDIDATES = 6
WORD = 5e-5
"""Smallest difference, in per cent of income, that is worth a word."""


def one_decision(explained: pd.DataFrame, quarter: str, actor: str, theme: Theme,
                 name: str = "one_decision") -> Picture | None:  # fmt: skip
    """Diverging bars of the payoff terms of the leading candidates; None when there is nothing to explain.

    Parameters
    ----------
    explained : one row a candidate, as `Run.explain` returns it, of a free decision or of an answer
    name : of the picture, and of its files"""
    read = decision(explained)
    if read is None:
        return None
    rows = leading(read)
    terms = [term for term in read.terms if rows[term].abs().max() > 1e-9]
    title = decision_title(read, quarter, actor, theme)
    with figure_style():
        figure = blank(12, 2.35 + 0.62 * len(rows))
        top = head(figure, title, _NOTE + (_ANSWERED if read.answers else _DRAWN), 108)
        height = figure.get_figheight()
        axes = figure.add_axes([0.33, 0.95 / height, 0.50, top - 1.3 / height])
        _bars(axes, rows, terms)
        against = "" if read.answers else ", compared with holding still"
        axes.set_xlabel(f"per cent of the actor's annual real income{against}", fontsize=8.5)
        _labels(axes, rows, theme)
        axes.legend(loc="upper center", bbox_to_anchor=(0.2, -0.42 / (height * (top - 1.3 / height))), ncols=5,
                    frameon=False, fontsize=8.5, handlelength=1.3, columnspacing=1.4)  # fmt: skip
    caption = capital(why(read, theme))
    return Picture(name, figure, title, caption, _alt(rows, actor, theme))


_NOTE = (
    "Bars to the right speak for a candidate, bars to the left against it; the diamond is their sum, what it is worth. "
)
_DRAWN = "Holding still is zero by definition. What is worth more is picked more often; luck decides the rest."
_ANSWERED = "Both sides hide what giving in or backing down costs them at home; luck has drawn it once an episode."


def leading(read: Decision) -> pd.DataFrame:
    """The pick, then the best others down to `MOST_CANDIDATES`; holding still is always among them."""
    table = read.table.sort_values("worth", ascending=False)
    holds = table[table["operation"] == "hold"]
    keep = [read.picked.name, *table.index[:MOST_CANDIDATES]]
    keep = list(dict.fromkeys(keep))[:MOST_CANDIDATES]
    if len(holds) and holds.index[0] not in keep:
        keep[-1] = holds.index[0]
    return read.table.loc[keep].sort_values("worth", ascending=False)


def decision_title(read: Decision, quarter: str, actor: str, theme: Theme) -> str:
    """Who picked what when, and the margin, in a sentence."""
    who = capital(theme.in_text(actor))
    if read.holds:
        return f"{quarter}: {who} holds still{_margin(read)}"
    verb = "answers" if read.answers else "picks"
    return (
        f"{quarter}: {who} {verb} “{candidate_phrase(read.picked, theme)}”, "
        f"worth {percent_of_income(read.picked['worth'])}{_margin(read)}"
    )


def _margin(read: Decision) -> str:
    if read.runner_up is None:
        return ""
    if read.holds:
        return f"; the best move is worth {percent_of_income(read.runner_up['worth'])}"
    return f", {payoff(abs(read.margin), signed=False)} {'ahead of' if read.margin >= 0 else 'behind'} the runner-up"


def why(read: Decision, theme: Theme, forced: bool = False) -> str:
    """The decision in words: the terms that made the difference, and what luck did.

    forced : a person picked in place of the actor's rule, so that luck did nothing"""
    if read.runner_up is None:
        return theme.say("why.reasons.alone")
    say, named = theme.say, [(term_name(term, theme.say).lower(), gap) for term, gap in read.reasons]
    pro = listed([f"{name} {payoff(gap)}" for name, gap in named if gap > WORD][:3], say)
    con = listed([f"{name} {payoff(gap)}" for name, gap in named if gap < -WORD][:3], say)
    text = say("why.reasons.against", other=candidate_phrase(read.runner_up, theme),
               pro=say("why.reasons.pro", terms=pro) if pro else say("why.reasons.nothing"),
               con=say("why.reasons.con", terms=con) if con else "", sum=payoff(read.margin))  # fmt: skip
    if read.answers:
        return text + say("why.reasons.best" if read.margin >= 0 else "why.reasons.not_best")
    if forced:
        return text + say("why.reasons.forced", chance=chance(float(read.picked["probability"])))
    text += say("why.reasons.luck") if read.margin < 0 else ""
    return text + say("why.reasons.chance", chance=chance(float(read.picked["probability"])))


def _bars(axes: Axes, rows: pd.DataFrame, terms: Sequence[str]) -> None:
    right, left = [0.0] * len(rows), [0.0] * len(rows)
    for place, term in enumerate(terms):
        values = rows[term].fillna(0).to_numpy()
        starts = [right[i] if value >= 0 else left[i] for i, value in enumerate(values)]
        axes.barh(range(len(rows)), values, left=starts, height=0.6, color=TERM_COLOURS.get(term, OTHER_TERM),
                  hatch=TERM_HATCHES[place % len(TERM_HATCHES)], edgecolor="white", lw=0.5,
                  label=term_name(term))  # fmt: skip
        for i, value in enumerate(values):
            right[i] += max(value, 0)
            left[i] += min(value, 0)
    axes.plot(
        rows["worth"],
        range(len(rows)),
        "D",
        ms=7,
        mfc="white",
        mec=INK,
        mew=1.5,
        ls="",
        label="Worth",
        zorder=5,
    )
    axes.axvline(0, color=INK, lw=1)
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.margins(x=0.06)
    axes.grid(axis="x")
    axes.set_axisbelow(True)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:+g}".replace("-", MINUS) if value else "0")


def _labels(axes: Axes, rows: pd.DataFrame, theme: Theme) -> None:
    """The candidate at the left, score and chance at the right; the pick in bold on a pale stripe."""
    across = axes.get_yaxis_transform()
    for x, text in ((1.06, "worth"), (1.19, "chance")):
        axes.text(x, -0.72, text, transform=across, ha="center", fontsize=8.5, color=MUTED)
    for i, (_, row) in enumerate(rows.iterrows()):
        weight = "bold" if row.picked else "normal"
        if row.picked:
            axes.axhspan(i - 0.5, i + 0.5, color="#FFF6D6", lw=0, zorder=0)
        lines = textwrap.wrap(("picked: " if row.picked else "") + candidate_phrase(row, theme), 44)[:3]
        axes.text(
            -0.02,
            i,
            "\n".join(lines),
            transform=across,
            ha="right",
            va="center",
            fontsize=9,
            fontweight=weight,
        )
        axes.text(1.06, i, payoff(row.worth), transform=across, ha="center", va="center", fontweight=weight)
        axes.text(1.19, i, chance(row.probability), transform=across, ha="center", va="center", fontweight=weight)


def _alt(rows: pd.DataFrame, actor: str, theme: Theme) -> str:
    parts = [f"{candidate_phrase(row, theme)}: {percent_of_income(row['worth'])}" for _, row in rows.iterrows()]
    return f"Stacked bars of payoff terms for the candidates of {theme.in_text(actor)}. " + "; ".join(parts) + "."
