"""What each measure is called, what it means and in which unit it is read: the text behind every hover.

How a number is written is left to `words.py`; the numbers come from the record."""

from dataclasses import dataclass, replace
from typing import Literal

from viz.language import ENGLISH, FIRST, Texts

Style = Literal["share", "percent", "count", "points"]


@dataclass(frozen=True)
class Measure:
    """One row of the portfolio, for people.

    `style` decides how values are written: a share of 1 as per cent, a per cent as it stands, a bare count, or
    percentage points. `better` says which way is good for the region, where there is a good way."""

    code: str
    name: str
    definition: str
    unit: str
    style: Style
    decimals: int = 2
    better: Literal["higher", "lower", ""] = ""
    source: str = "Hedgelab, from the trade equilibrium of the run"


_ALL = (
    Measure(
        "real_income",
        "Real income",
        "What the region's income buys, compared with the base year: the gain or loss from all trade measures, "
        "hedges and shifts of suppliers together.",
        "per cent change against the base year",
        "percent",
        better="higher",
    ),
    Measure(
        "exposure_share",
        "Exposure",
        "A partner's share of foreign supply. For all domains together, a domain counts for more when doing "
        "without it would cost more.",
        "per cent of foreign supply, loss-weighted",
        "share",
        1,
    ),
    Measure(
        "exposure_share_plain",
        "Plain share",
        "A partner's share of all foreign supply by value, every yen counted alike.",
        "per cent of foreign supply by value",
        "share",
        1,
    ),
    Measure(
        "stop_loss",
        "Loss if stopped",
        "Income lost if this partner stopped selling in this domain, before anyone has had time to adapt.",
        "per cent of annual income",
        "percent",
        better="lower",
    ),
    Measure(
        "hhi",
        "Concentration",
        "Sum of the squared partner shares (Herfindahl-Hirschman): 1 is a single supplier, near 0 is many equal ones.",
        "index, 0 to 1",
        "count",
        better="lower",
        source="Hirschman (1945)",
    ),
    Measure(
        "hhi_loss_weighted",
        "Concentration, loss-weighted",
        "Concentration of partners when a domain counts for more the more its loss would cost.",
        "index, 0 to 1",
        "count",
        better="lower",
        source="Hirschman (1945)",
    ),
    Measure(
        "effective_partners",
        "Effective partners",
        "How many equally large suppliers would give the same concentration: 1 divided by the concentration.",
        "number of equal partners",
        "count",
        better="higher",
        source="Hirschman (1945)",
    ),
    Measure(
        "effective_partners_loss_weighted",
        "Effective partners",
        "How many equally large suppliers would give the same concentration, where a domain counts for more the "
        "more its loss would cost. Spreading purchases of things that nobody could withhold does not raise it.",
        "number of equal partners",
        "count",
        better="higher",
        source="Hirschman (1945), loss-weighted",
    ),
    Measure(
        "coercibility",
        "Largest single threat",
        "The most that one partner could cost with one measure, such as an export stop in one domain, before anyone "
        "has had time to adapt.",
        "per cent of annual income",
        "percent",
        better="lower",
    ),
    Measure(
        "all_goods_stop",
        "Stop of all goods",
        "Income lost if a partner stopped selling everything at once, before anyone adapts.",
        "per cent of annual income",
        "percent",
        better="lower",
    ),
    Measure(
        "joint_stop",
        "Joint stop",
        "Income lost if several partners stopped selling everything together.",
        "per cent of annual income",
        "percent",
        better="lower",
    ),
    Measure(
        "expected_coercion_loss",
        "Expected loss",
        "What coercion is expected to cost in a year: how likely each partner is to open an episode, how long it "
        "lasts, which measure it takes, and what that would cost.",
        "per cent of annual income a year",
        "percent",
        3,
        "lower",
    ),
    Measure(
        "coercion_loss_sd",
        "Spread of the loss",
        "How far a year's losses from coercion and accidents scatter around what is expected of them: how often an "
        "episode comes, which measure it takes, and how little is known of how often it comes. What is hard to foresee "
        "weighs more than its mean alone.",
        "standard deviation, per cent of annual income a year",
        "percent",
        3,
        "lower",
    ),
    Measure(
        "tail_loss",
        "Loss if luck is bad",
        "Average of the worst 5 % of futures: the sum of ten years of coercion losses in them (CVaR 95 %).",
        "per cent of annual income, ten years together",
        "percent",
        better="lower",
    ),
    Measure(
        "hedging_premium",
        "Hedging premium",
        "What staying hedged costs: income without the hedges less income with them, under the same shocks, plus "
        "what the programmes cost.",
        "per cent of annual income",
        "percent",
        3,
        "lower",
    ),
    Measure(
        "option_value",
        "Option value",
        "What it is worth that contracts and programmes can still move when a partner stops: income of the three "
        "years that follow, less the same with both frozen, by how often each stop is expected. It falls where a "
        "stop would hurt little anyhow. Taken in the first and the last quarter.",
        "per cent of annual income a year",
        "percent",
        3,
    ),
    Measure(
        "leverage",
        "Leverage over the region",
        "What the partner's stop would cost the region less what the same stop by the region would cost the partner.",
        "percentage points of annual income",
        "points",
        better="lower",
    ),
    Measure(
        "mean_tariff",
        "Mean tariff",
        "Average tariff that the importer puts on the exporter's goods, weighted by base-year trade.",
        "per cent of the value at the border",
        "share",
        1,
    ),
    Measure(
        "withheld_share",
        "Withheld",
        "Share of the exporter's varieties, or of its part of arms, capital or cables, kept from the importer.",
        "per cent of varieties",
        "share",
        0,
    ),
    Measure(
        "denial_loss",
        "Lost to denials",
        "Real income lost to arms, capital or cables that are denied now, what the region itself denies included.",
        "per cent of income",
        "percent",
    ),
    Measure(
        "umbrella_credibility",
        "Umbrella",
        "How far the region trusts its protector: what the protector did, and how far the region itself moved away.",
        "trust, 0 to 1",
        "count",
        2,
        "higher",
        source="assumption on its start; updated in the run",
    ),
    Measure(
        "defence_outlays",
        "Defence outlays",
        "What the region spends on defence, raised when it gives in to that demand.",
        "per cent of income",
        "percent",
    ),
    Measure(
        "insecurity",
        "Insecurity",
        "Danger that neither umbrella nor own outlays cover, the outlays themselves, and being drawn into crises.",
        "per cent of income a year",
        "percent",
        better="lower",
        source="inferred: base outlays are taken as chosen",
    ),
    Measure(
        "stock_cover",
        "Stock",
        "How long the region's stocks would last if nothing came in.",
        "quarters of use",
        "count",
        2,
        "higher",
    ),
    Measure(
        "stock_cost",
        "Cost of stocks",
        "What keeping the stocks costs a year.",
        "per cent of income a year",
        "percent",
        4,
        "lower",
    ),
    Measure(
        "support",
        "Support at home",
        "How much better or worse off the groups at home have lately been than in the base year, by what each lives on "
        "and by its political weight.",
        "per cent",
        "percent",
        better="higher",
        source="assumption on who cares for what; outputs from the run",
    ),
    Measure(
        "policy_fallen",
        "Policy fallen",
        "Whether the policy was dropped because the groups at home had lost more than the government bears.",
        "share of runs",
        "share",
        0,
        "lower",
    ),
)
MEASURES = {measure.code: measure for measure in _ALL}

HEADLINES = (
    "coercibility",
    "effective_partners_loss_weighted",
    "expected_coercion_loss",
    "tail_loss",
    "hedging_premium",
    "real_income",
)
"""The measures that stand in the table of policies and in the figure of differences, in this order."""

TILES = (*HEADLINES, "umbrella_credibility")
"""What stands on the page's tiles: the headlines, and the trust in the ally."""
BESIDE = ("insecurity", "defence_outlays", "coercion_loss_sd", "stock_cost", "support")
"""What the line below the tiles says."""

TERMS = {
    "real_income": ("Own income", "what the move does to the actor's real income if nobody answers"),
    "retaliation": ("Retaliation", "what answers are expected to cost: their likelihood times their loss"),
    "producer_rents": ("Producers' gains", "extra sales of industries with political weight"),
    "norm_cost": ("Broken commitments", "cost of breaking bound tariffs, agreements or alliance promises"),
    "concession": ("Political value", "what pressure, or the concession it may bring, is worth politically"),
    "punishment_cost": ("Cost of punishing", "own loss and expense of imposing and lifting a measure"),
    "coercion_risk": ("Less coercion risk", "fall of the expected coercion loss: what a hedge is for"),
    "programme_cost": ("Programme cost", "public money for the hedge"),
    "option_value": ("Right to wait or leave", "of what is sunk once begun: waiting for news may be worth more"),
    "security": ("Security", "trust in the umbrella, own defence outlays, and being drawn into the protector's crises"),
    "domestic": ("Support at home", "what weighted groups at home gain or lose, lobbied industries among them"),
    "taste": ("Habit and politics", "fitted leaning that keeps the base year at rest, plus political mood"),
    "acting": ("Cost of acting", "effort of getting any decision made"),
}
"""Name and meaning of each payoff term (percent of the actor's annual real income)."""


def measure(code: str, say: Texts = ENGLISH) -> Measure:
    """The entry of a measure; an unknown one is shown under its own code, never hidden."""
    found = MEASURES.get(code) or Measure(code, code.replace("_", " ").capitalize(), "", "", "count")
    if say.language == FIRST:
        return found
    texts = {"name": ("measure", found.name), "definition": ("definition", found.definition),
             "unit": ("unit", found.unit)}  # fmt: skip
    source = say.named("source", "default", found.source) if found.source == Measure.source else found.source
    return replace(
        found, source=source, **{field: say.named(kind, code, text) for field, (kind, text) in texts.items()}
    )


def term_name(code: str, say: Texts = ENGLISH) -> str:
    """Name of a payoff term."""
    return say.named("term", code, TERMS[code][0] if code in TERMS else code.replace("_", " ").capitalize())


def term_meaning(code: str, say: Texts = ENGLISH) -> str:
    """What a payoff term stands for, in a clause."""
    return say.named("meaning", code, TERMS[code][1] if code in TERMS else "")
