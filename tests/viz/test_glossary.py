"""The glossary: every term has a name and one sentence, the same as where a measure of that name is defined."""

import pytest

from sim.rules.payoff import PAYOFF_TERMS
from viz.glossary import codes, meaning_of, name_of, term
from viz.language import languages, texts_of
from viz.measures import MEASURES, TERMS

SAME = {"effective_partners": "effective_partners", "concentration": "hhi"}


@pytest.mark.parametrize("code", languages())
def test_every_term_has_a_name_and_a_sentence(code):
    say = texts_of(code)
    assert len(codes(say)) >= 30
    for one in codes(say):
        assert name_of(say, one) and meaning_of(say, one)[-1] in ".。"


def test_a_term_is_escaped_reachable_and_explained():
    html = term(texts_of("en"), "premium", shown="<i>")
    assert "&lt;i&gt;" in html and 'tabindex="0"' in html and "staying hedged costs" in html
    with pytest.raises(KeyError):
        term(texts_of("en"), "unheard_of")


@pytest.mark.parametrize("code", languages())
def test_a_term_says_what_its_measure_says(code):
    say = texts_of(code)
    for entry, measure in SAME.items():
        text = meaning_of(say, entry).rstrip(".。")
        assert say.named("definition", measure, MEASURES[measure].definition).startswith(text)


def test_japanese_names_everything_that_a_run_says():
    from sim.scenario.load import load_scenario, names

    ja = texts_of("ja").names
    scenario = load_scenario("arms_denial")
    wanted = {f"scenario.{name}" for name in names("scenario")} | {f"policy.{name}" for name in names("policy")}
    parts = {"region": scenario.regions, "domain": scenario.domains | scenario.stock_domains,
             "programme": scenario.programmes, "demand": scenario.threat.demands, "shock": scenario.shocks,
             "shield": scenario.shields}  # fmt: skip
    wanted |= {f"{kind}.{code}" for kind, found in parts.items() for code in found}
    wanted |= {f"home.{region}.{code}" for region, file in scenario.groups.items() for code in file.groups}
    wanted |= {f"{kind}.{code}" for kind in ("measure", "definition", "unit") for code in MEASURES}
    wanted |= {f"{kind}.{code}" for kind in ("term", "meaning") for code in (*TERMS, *PAYOFF_TERMS)}
    wanted |= {f"level.{level}" for domain in scenario.denial.domains.values() for level in domain.levels}
    wanted |= {f"level.{level}" for level in scenario.control.levels}
    assert wanted - set(ja) == set()
