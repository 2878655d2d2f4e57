"""The decision card: its waterfall adds up, flips are told in sentences, a person's move says so, in any language."""

import re
from dataclasses import replace

import pandas as pd
import pytest

from sim.record.words import nest_sentence
from sim.scenario.turns import MoveTurn
from sim.studies.flip import COLUMNS, FlipPoints
from tests.viz.made import THEME, answer_ledger, cases, crisis_moves, ledger, run
from viz import read
from viz.account import account_of, chances_sentence
from viz.decision import by_a_person, can_flip, card_html, heading, rule_sentence
from viz.flips import flip_sentences, flips_html, kept_sentence
from viz.language import languages, texts_of
from viz.phrases import candidate_phrase, move_phrase
from viz.shown import Shown
from viz.state import Choice
from viz.waterfall import steps, terms_shown, waterfall_html

JA = replace(
    THEME,
    say=texts_of("ja"),
    region_names={"HOM": "国", "AAA": "甲", "BBB": "乙", "CCC": "丙", "DDD": "丁"},
    domain_names={"ore": "鉱石", "cars": "自動車", "cables": "ケーブル"},
    demands={"more_ore": "鉱石をもっと買う"},
)
LATIN = re.compile(r"[A-Za-z]{3,}")
WIDTHS = re.compile(r'<rect x="([\d.]+)" y="4" width="([\d.]+)" height="12"')


def flip(name, value, flips_at, instead="hold", unit="1"):
    row = (name, "parameter", "about it", unit, value, flips_at, value, 0.0, 10.0, 0.1, "x", instead)
    return FlipPoints(pd.DataFrame([row], columns=COLUMNS), 0, [], [], 9)


def seen_text(html):
    return re.sub(r"<[^>]*>", " ", html)


def test_the_bars_start_at_zero_and_end_at_the_worth_of_the_candidate():
    decided = read.decision(ledger())
    for row in (decided.picked, decided.runner_up):
        bars = steps(row, terms_shown(decided))
        assert bars[0].begin == 0 and bars[-1].end == pytest.approx(row["worth"])
        assert all(one.end == two.begin for one, two in zip(bars, bars[1:], strict=False))


def test_every_bar_hangs_where_the_one_before_ended_on_one_scale():
    html = waterfall_html(read.decision(ledger()), THEME)
    bars = [(float(x), float(x) + float(wide)) for x, wide in WIDTHS.findall(html)]
    pick, other = bars[0::2], bars[1::2]
    assert len(pick) == len(other) == 4  # own income, retaliation, acting, worth
    for own, back, acting, worth in (pick, other):
        assert own[1] == pytest.approx(back[1], abs=0.02) and back[0] == pytest.approx(acting[1], abs=0.02)
        assert worth[0] == pytest.approx(own[0], abs=0.02) and worth[1] == pytest.approx(acting[0], abs=0.02)
    assert pick[0][1] > other[0][1]  # 0.05 against 0.03


def test_the_waterfall_names_its_numbers_and_what_is_beside_the_pick():
    html = waterfall_html(read.decision(ledger()), THEME)
    assert "is worth +0.028 % of income a year; for it: own income +0.050; against it: retaliation" in html
    assert "runner-up" in html and "raise the tariff on cars from the United Alphas by 5 points" in html
    assert 'tabindex="0"' in html and 'role="tooltip"' in html


def test_a_held_pick_shows_what_the_best_move_would_have_been_worth():
    held = ledger().assign(picked=[True, False, False])
    html = waterfall_html(read.decision(held), THEME)
    assert "“Answer the United Alphas with a tariff on all goods of the same size” is worth +0.028 %" in html


@pytest.mark.parametrize(
    ("found", "text"),
    [
        (flip("scenario.changes.norm_factor.AAA", 0.5, 0.7), "Had the United Alphas minded its commitments 1.4 times "
         "as much, Home would have held still."),
        (flip("belief.retaliation.BBB", 0.2, 0.5), "Had Home thought an answer of Beta 2.5 times as likely, Home would "
         "have held still."),
        (flip("model.choice.agenda", 0.4, 0.8), "Had agenda been 2 times what it was, Home would have held still."),
        (flip("model.choice.agenda", 0.0, 0.8, "tariff raise AAA cars 5"), "Had agenda been 0.8 instead of 0, Home "
         "would have chosen to raise the tariff on cars from the United Alphas by 5 points."),
        (flip("episode.price", 1.0, 0.5), "Had giving in cost Home 0.5 times as much at home, Home would have held "
         "still."),
    ],
)  # fmt: skip
def test_a_flip_is_told_in_a_sentence(found, text):
    assert flip_sentences(found.table, read.decision(ledger()), "HOM", THEME) == [text]


def test_the_card_says_what_would_have_kept_the_actor_from_coercing():
    plain, other = flip("model.choice.agenda", 0.4, 0.8), flip("scenario.changes.norm_factor.AAA", 0.5, 0.7)
    none = kept_sentence(replace(plain, coerced="control"), "HOM", THEME)
    some = replace(plain, coerced="tariff", kept=other.table, kept_further=2)
    assert kept_sentence(plain, "HOM", THEME) == ""
    assert "No number" in none and "controls of exports" in none
    html = seen_text(flips_html(some, read.decision(ledger()), "HOM", THEME))
    assert "kept Home from new tariffs, in force or threatened, against anybody (2 more lie further off)" in html
    assert "Had the United Alphas minded its commitments 1.4 times as much, Home would have held still." in html
    assert not LATIN.search(kept_sentence(some, "HOM", JA))


def test_what_the_run_says_is_escaped_in_the_sentences_too():
    html = flips_html(flip("model.choice.agenda", 0.4, 0.8, "<b>x"), read.decision(ledger()), "HOM", THEME)
    assert "<b>x" not in html and html.count("&lt;b&gt;x") == 2  # sentence and table


def test_the_card_of_a_move_that_a_person_made_says_so_and_what_the_rule_would_have_done():
    decided, move = read.decision(ledger()), {"origin": "forced", "instrument": "tariff"}
    card = card_html(Shown(Choice("made", "spread"), run(), 3), "2025Q3", "HOM", move, THEME)
    assert "A person picked it; the rule gave it a chance of 60" in card and "likelier, not certain" not in card
    shown = Shown(Choice("made", "spread"), run(), 3)
    assert by_a_person(shown, "2025Q3", "HOM", move) and not can_flip(shown, "2025Q3", "HOM", move)
    assert heading(move, "HOM", THEME, forced=True) == "A person moved for Home"
    same = rule_sentence(decided.picked["candidate"], decided, "HOM", THEME)
    assert same.endswith("the rule of Home would have made the same one.")
    other = rule_sentence("tariff raise AAA cars 5", decided, "HOM", THEME)
    assert "would have chosen to raise the tariff on cars" in other and "is worth +0.010 against that" in other
    assert "no such decision stood on its agenda" in rule_sentence(None, decided, "HOM", THEME)


def test_a_person_who_held_still_for_an_actor_is_known_from_the_turn():
    turn = MoveTurn(type="move", quarter="2025Q3", actor="HOM", move="hold")
    shown = Shown(Choice("made", "spread").with_turn(turn), run(), 3)
    assert by_a_person(shown, "2025Q3", "HOM", None)
    assert not by_a_person(shown, "2025Q3", "AAA", None) and not by_a_person(shown, "2025Q2", "HOM", None)


def test_chances_in_english_are_the_words_of_the_record():
    assert chances_sentence(ledger()) == nest_sentence(ledger())
    sure = ledger().assign(probability=[1e-5, 1 - 2e-5, 1e-5])
    assert chances_sentence(sure) == nest_sentence(sure)


def test_the_account_in_english_is_that_of_the_record():
    for quarter in ("2025Q1", "2025Q3"):
        assert f"{quarter}: {account_of(run(), quarter, THEME)}" == run().account(quarter)


def test_the_card_the_moves_and_the_account_in_japanese_hold_no_english():
    crisis = replace(run(), moves=crisis_moves(), episodes=cases(),
                     answers={("2025Q2", "HOM", "more_ore", "BBB", "target"): answer_ledger()})  # fmt: skip
    texts = [card_html(Shown(Choice("made", "spread"), run(), 3), "2025Q3", "HOM", None, JA)]
    texts += [account_of(one, quarter, JA) for one in (run(), crisis) for quarter in run().quarters]
    texts += [move_phrase(row, JA) for _, row in pd.concat([run().moves, crisis_moves()]).iterrows()]
    texts += [candidate_phrase(row, JA) for _, row in pd.concat([ledger(), answer_ledger()]).iterrows()]
    found = {word for text in texts for word in LATIN.findall(seen_text(text))}
    assert found == set()
    assert any("主な理由は自らの所得" in text for text in texts) and any("脅す" in text for text in texts)


@pytest.mark.parametrize("code", languages())
def test_the_waterfall_speaks_every_language(code):
    theme = replace(THEME, say=texts_of(code))
    html = waterfall_html(read.decision(ledger()), theme)
    assert (
        theme.say("why.waterfall.runner_up") in html and theme.say.named("term", "retaliation", "Retaliation") in html
    )
