"""Threats, answers and how cases end, in a reader's words and counts."""

from dataclasses import replace
from types import SimpleNamespace

import pandas as pd
import pytest

from sim.record.episodes import AnswerKey
from tests.viz.made import THEME, answer_ledger, cases, comparison, crisis_moves, ledger, moves, run
from viz import charts, read
from viz.cases import arranged, kind_of, with_cases
from viz.coercion import case_rows, counts, outcome_text, policy_rows
from viz.decision import can_flip, card_html, heading, listed_moves, made_when
from viz.explained import answer_words, telling_answer
from viz.figures.decision import why
from viz.flips import believed_html, umbrella_sentence, what_flips, word_rows
from viz.phrases import candidate_phrase, grouped, move_phrase, size_phrase
from viz.shown import Shown
from viz.state import Choice


def listed(quarter):
    rows = with_cases(crisis_moves(), cases())
    return arranged(grouped(rows[rows["quarter"] == quarter], THEME)).to_dict("records")


def shown(cursor=2):
    more = pd.concat([moves(), crisis_moves()], ignore_index=True)
    answers = {AnswerKey("2025Q2", "HOM", "more_ore", "BBB", "target"): answer_ledger()}
    return Shown(Choice("made", "spread"), replace(run(), moves=more, episodes=cases(), answers=answers), cursor)


def test_an_answer_stands_under_its_threat_and_says_what_it_answers_when_that_is_older():
    threat, answer = listed("2025Q2")
    assert not threat["indent"] and answer["indent"]
    assert move_phrase(threat, THEME) == "asks it to buy more of its ore, else a tariff of 25 points on cars"
    assert move_phrase(answer, THEME) == "refuses" and size_phrase(threat) == ""
    (late,) = listed("2026Q1")
    assert late["indent"]
    assert move_phrase(late, THEME) == (
        "gives in: it will buy more of its ore (to the demand of 2025Q2: buy more of its ore)"
    )


def test_chosen_moves_come_first_and_threats_before_the_others():
    rows = listed_moves(shown(), THEME)
    assert [kind_of(row) for row in rows.to_dict("records")] == ["threat", "answer", "hedge"]
    assert read.summary_of_moves(rows) == "1 threat, 1 answer, 1 hedge"


def test_a_measure_that_comes_with_its_demand_is_an_act():
    row = crisis_moves().iloc[0].to_dict() | {"operation": "execute", "by": "control"}
    assert kind_of(row) == "strike"
    assert "withholding 25" in move_phrase(row, THEME) and "unannounced" in move_phrase(row, THEME)
    assert read.summary_of_moves(pd.DataFrame([row, row])) == "2 measures with a demand"


def test_threats_and_answers_among_candidates_are_told_with_names():
    told = [candidate_phrase(row, THEME) for _, row in answer_ledger().iterrows()]
    assert told == ["refuse", "give in: buy more of its ore"]
    threat = dict(candidate="threat threaten HOM more_ore tariff cars 25", instrument="threat", operation="threaten",
                  target="HOM", domain="cars")  # fmt: skip
    assert candidate_phrase(threat, THEME) == "ask Home to buy more of its ore, else a tariff of 25 points on cars"
    stop = threat | {"candidate": "threat execute HOM more_ore control ore embargo", "operation": "execute",
                     "domain": "ore"}  # fmt: skip
    assert candidate_phrase(stop, THEME) == "put embargo of exports of ore on Home and ask it to buy more of its ore"


def test_the_card_of_an_answer_shows_its_own_ledger_and_what_was_asked():
    rows = listed_moves(shown(), THEME).to_dict("records")
    html = card_html(shown(), "2025Q2", "HOM", rows[1], THEME)
    assert "Beta asked Home in 2025Q2 to buy more of its ore, threatening a tariff of 25 points on cars." in html
    assert "give in: buy more of its ore" in html and "raise the tariff" not in html
    assert heading(rows[1], "HOM", THEME) == "Why did Home answer this way?"
    assert "luck plays no part" in why(read.decision(answer_ledger()), THEME)
    assert "The chance of this pick was" in why(read.decision(ledger()), THEME)


def test_an_answer_that_was_weighed_can_be_asked_again_and_is_named_by_its_key():
    rows = listed_moves(shown(), THEME).to_dict("records")
    key = made_when("2025Q2", "HOM", rows[1])
    assert key == AnswerKey("2025Q2", "HOM", "more_ore", "BBB", "target")
    assert made_when("2025Q2", "HOM", rows[2]) == made_when("2025Q2", "HOM", None) == ("2025Q2", "HOM")
    asked = []
    played = SimpleNamespace(weighs_answer=lambda one: not asked.append(one))
    kept = replace(shown(), run=replace(shown().run, played=played))
    assert can_flip(kept, "2025Q2", "HOM", rows[1]) and asked == [key]
    assert not can_flip(shown(), "2025Q2", "HOM", rows[1])  # no states were kept
    assert not can_flip(kept, "2025Q2", "HOM", rows[1] | {"origin": "dated"})


@pytest.mark.parametrize(("name", "phrase"), [
    ("episode.price", "what giving in would cost it at home"),
    ("episode.audience", "what backing down would cost it at home, once"),
    ("episode.refused", "what refusals have shown giving in to cost the other side, at least"),
    ("belief.kept_word.AAA", "how likely the United Alphas is to leave a bargain at that"),
    ("belief.carried.AAA", "how many refused threats the United Alphas has carried out"),
    ("belief.dropped.AAA", "how many refused threats the United Alphas has dropped"),
    ("belief.umbrella.AAA", "how far the United Alphas is trusted to stand by its ally"),
    ("belief.conduct.AAA.tariff", "how much of what the United Alphas does is tariffs"),
])  # fmt: skip
def test_what_may_flip_an_answer_has_its_words(name, phrase):
    assert what_flips({"name": name}, THEME) == phrase


def test_the_report_explains_an_answer_that_touches_the_focus():
    told = answer_words(shown().run, THEME)
    assert telling_answer(shown().run, THEME) == AnswerKey("2025Q2", "HOM", "more_ore", "BBB", "target")
    assert told["asked"].startswith("Beta asked Home in 2025Q2 to buy more of its ore")
    assert told["weighed"] == "2 candidates" and told["terms"] and told["flip_text"] == ""
    assert telling_answer(run(), THEME) is None and answer_words(None, THEME) is None


def test_the_card_of_a_recorded_answer_says_that_nobody_chose_it():
    row = listed_moves(shown(), THEME).to_dict("records")[1] | {"origin": "dated"}
    assert "as it is recorded" in card_html(shown(), "2025Q2", "HOM", row, THEME)


def test_a_threat_is_a_dashed_mark_and_nothing_else_is():
    option = charts.dependence(read.exposure(run().portfolio, "HOM"), None, shown().run.moves, run().quarters, 6, THEME)
    (marks,) = [one for one in option["series"] if one["type"] == "scatter"]
    dashed = [point["name"] for point in marks["data"] if point["itemStyle"]["borderType"] != "solid"]
    (lines,) = (name.splitlines() for name in dashed)
    assert lines[0] == "Beta, 2025Q2: 1 × threat, chosen"
    assert lines[1].startswith("→ Home: asks it to buy more of its ore, else")


def test_every_end_of_a_case_has_its_words():
    case = cases().iloc[0].to_dict()
    assert outcome_text(case, THEME) == "Home gave in under the measure"
    assert outcome_text(case | {"imposed": ""}, THEME) == "Home gave in to the threat"
    assert outcome_text(case | {"outcome": "failed"}, THEME) == "Beta lifted its measure, demand unmet"
    assert outcome_text(case | {"outcome": "failed", "imposed": ""}, THEME) == "Beta dropped its threat, demand unmet"
    assert outcome_text(case | {"outcome": "imposed"}, THEME) == "Open: the measure stands"
    (row,) = case_rows(shown().run, THEME)
    assert (row["asked"], row["with"], row["how"]) == ("Buy more of its ore", "A tariff of 25 points on cars",
                                                       "threatened")  # fmt: skip


def test_counts_are_means_over_all_runs_and_add_up():
    many = pd.concat([cases().assign(policy="spread", run=k, draw=k, luck=0) for k in (0, 2)])
    table = policy_rows(comparison(episodes=many), {"rest": "As it is", "spread": "Spread"}, THEME)
    rest, spread = table["rows"]
    assert [cell[:4] for cell in spread["counts"]] == ["0.50", "0.00", "0.50", "0.50", "0.00", "0.00"]
    assert spread["counts"][0] == "0.50 ± 0.29" and spread["by"] == ["0.50 ± 0.29"] and spread["quarters"] == "3.0"
    assert rest["reference"] and rest["counts"][0] == "0.00 ± 0.00"
    parts = counts(many)
    assert sum(parts[name].sum() for name in ("at_threat", "under_measure", "failed", "open")) == len(many)


def test_no_episodes_no_table():
    assert policy_rows(comparison(), {"rest": "As it is"}, THEME)["senders"] == []
    assert case_rows(run(), THEME) == []


@pytest.fixture
def believed():
    rows = [
        ("AAA", "hazard", "opens an episode", 0.2, "1/year", 0.1),
        ("AAA", "retaliation", "answers a breach", 0.5, "1", 0.5),
        ("AAA", "threats", "carried out", 0.0, "threats", 0.0),
        ("AAA", "threats", "dropped", 1.32, "threats", 0.0),
        ("AAA", "word", "leaves a bargain at that", 0.53, "1", 0.8),
        ("AAA", "umbrella", "stands by its ally", 0.71, "1", 0.8),
        ("AAA", "conduct", "tariff", 1.0, "1", 1.0),
    ]
    return pd.DataFrame(rows, columns=["about", "belief", "what", "value", "unit", "prior"])


def test_what_the_word_of_others_is_worth_stands_beside_the_beliefs(believed):
    (row,) = word_rows(believed, THEME)
    assert row["record"] == "0.0 carried out, 1.3 dropped" and row["word"].startswith("53")
    assert umbrella_sentence(believed, THEME).startswith("Trust that the United Alphas would stand by it")
    assert "1.3 dropped" in believed_html(believed, "HOM", THEME)
    nothing = believed.assign(value=0.0)
    assert word_rows(nothing, THEME)[0]["record"] == "none seen"
    assert umbrella_sentence(believed[believed.belief != "umbrella"], THEME) == ""
