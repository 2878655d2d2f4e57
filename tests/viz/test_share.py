"""Links, exported files and uploads: round trips, the same bits, and what hostile input comes to."""

import json
import re
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import viz
from sim.errors import MoveError, ScenarioError
from sim.run import as_policy, simulate
from sim.scenario.file_check import check_file
from sim.scenario.load import load_scenario, names
from sim.scenario.names import QUARTER
from sim.scenario.sample import sample
from sim.scenario.turns import MoveTurn, PolicyTurn, ValuesTurn
from viz.app import lab_of
from viz.export import command, moves_csv, portfolio_csv, scenario_file, short_command, stem
from viz.lab import Lab
from viz.language import texts_of
from viz.replay import as_script, data_of, library, replay_html
from viz.state import LONGEST, Choice, Place, link_of, place_of
from viz.theme import theme_of
from viz.trouble import sentence
from viz.upload import plain, take, text_of
from viz.worlds import another, scenario_named, scenario_of, turns_of

SCENARIOS, POLICIES = names("scenario"), names("policy")
TABS, LANGUAGES = ["play", "chair"], ["en", "ja"]
FIRST = Place(Choice("baseline", "status_quo", 1))
VALUE = "model.choice.agenda"
QUARTERS = 5
GAME = (
    Choice("tariffs_2025", "eu_hedge", 7, ((VALUE, 0.6),))
    .with_turn(MoveTurn(type="move", quarter="2025Q3", actor="JPN", move="hold"))
    .with_turn(PolicyTurn(type="policy", quarter="2025Q4", policy="decoupling"))
    .with_turn(ValuesTurn(type="values", quarter="2026Q1", values={VALUE: 0.9}))
)

quarters = st.builds(lambda y, q: f"{y}Q{q}", st.integers(2000, 2099), st.integers(1, 4))
numbers = st.floats(allow_nan=False, allow_infinity=False, width=64)
dotted = st.from_regex(r"[a-z_0-9]{1,12}(\.[A-Za-z_0-9]{1,12}){0,3}", fullmatch=True)
words = st.text(st.characters(codec="utf-8", exclude_characters="<>", min_codepoint=32), max_size=40)
turns = st.lists(
    st.one_of(
        st.builds(MoveTurn, type=st.just("move"), quarter=quarters, actor=st.sampled_from(["JPN", "USA"]),
                  move=words.filter(lambda text: text.strip())),
        st.builds(PolicyTurn, type=st.just("policy"), quarter=quarters, policy=st.sampled_from(POLICIES)),
        st.builds(ValuesTurn, type=st.just("values"), quarter=quarters,
                  values=st.dictionaries(dotted, numbers, min_size=1, max_size=3)),
    ),
    max_size=6,
)  # fmt: skip


@st.composite
def places(draw):
    choice = Choice(draw(st.sampled_from(SCENARIOS)), draw(st.sampled_from(POLICIES)), draw(st.integers(0, 2**31 - 1)))
    choice = choice.with_values(draw(st.dictionaries(dotted, numbers, max_size=5)))
    for turn in draw(turns):
        choice = choice.with_turn(turn)
    quarter = draw(st.none() | quarters)
    return Place(choice, quarter, draw(st.sampled_from(TABS)), draw(st.sampled_from(LANGUAGES)))


def read(query):
    return place_of(query, FIRST, SCENARIOS, POLICIES, TABS, LANGUAGES)


@given(places())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_link_restores_the_very_place(place):
    text = link_of(place)
    if len(text) <= LONGEST and all(len(one) <= 190 for one in re.split("[&]", text)):
        assert read(text) == place
        assert hash(read(text).choice) == hash(place.choice)


@given(st.text(max_size=300))
@settings(max_examples=200, deadline=None)
def test_any_text_as_a_link_is_a_place_or_a_sentence(text):
    try:
        assert read(text).choice.scenario in SCENARIOS
    except ScenarioError as error:
        assert "the link" in str(error)


@pytest.mark.parametrize(
    "query",
    [
        "scenario=../../etc/passwd",
        "scenario=/etc/passwd",
        "policy=os:system",
        "turn=2026Q1:policy=os:system",
        "scenario=%3Cscript%3Ealert(1)%3C/script%3E",
        "set=model.choice.agenda=1e999",
        "set=model.choice.agenda=nan",
        "set=__import__('os')=1",
        "luck=99999999999999999999",
        "luck=-1",
        "scenario=baseline&scenario=disputes",
        "tab=%00",
        "lang=..%2F..%2Fen",
        "turn=2026Q1:move=JPN=%3Cimg%20src=x%3E",
        "%ff%fe",
        "a" * (LONGEST + 1),
        "&".join(["set=a.b=1"] * 900),
    ],
)
def test_a_hostile_link_is_not_followed_and_says_why(query):
    with pytest.raises(ScenarioError, match="the link"):
        read(query)


def test_a_run_of_a_sweep_over_every_range_fits_into_a_link():
    scenario = load_scenario("america_first")
    drawn = sample(scenario, as_policy(scenario, "four_planks"), 1, 1)[0]
    place = replace(FIRST, choice=Choice("america_first", "four_planks", 1).with_values(drawn))
    assert (
        len(drawn) > 300
        and place_of(link_of(place), FIRST, ["america_first"], ["four_planks"], TABS, LANGUAGES) == place
    )


def test_a_link_to_an_upload_asks_for_the_file():
    with pytest.raises(ScenarioError, match="ask for the file"):
        read("scenario=upload-0123456789abcdef")


def test_equal_choices_have_equal_hashes_whatever_the_order_of_their_values():
    one, other = ({"a.b": 1.0, "c.d": 2.0}, {"c.d": 2.0, "a.b": 1.0})
    choices = [FIRST.choice.with_turn(ValuesTurn(type="values", quarter="2026Q1", values=v)) for v in (one, other)]
    assert choices[0] == choices[1] and hash(choices[0]) == hash(choices[1])


# --- files ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def game():
    return simulate(scenario_of(GAME), GAME.policy, GAME.seed, quarters=QUARTERS)


def test_the_exported_scenario_passes_the_check_and_plays_the_same_bits(tmp_path, game):
    path = tmp_path / "game.yaml"
    path.write_text(scenario_file(GAME), encoding="utf-8")
    assert check_file(path)
    run = simulate(load_scenario(path), GAME.policy, GAME.seed, quarters=QUARTERS)
    assert run.portfolio.equals(game.portfolio) and run.moves.equals(game.moves)


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_scenario_is_exported_whole(tmp_path, name):
    path = tmp_path / "one.yaml"
    path.write_text(scenario_file(Choice(name, "status_quo", 1)), encoding="utf-8")
    assert load_scenario(path).file == scenario_named(name).file


def test_commands_name_policy_luck_and_values():
    assert command(GAME) == f"hedgelab run {stem(GAME)}.yaml --policy eu_hedge --seed 7"
    assert short_command(GAME) is None
    plain_run = Choice("baseline", "adaptive", 3, ((VALUE, 0.5),))
    assert short_command(plain_run) == f"hedgelab run baseline --policy adaptive --seed 3 --set {VALUE}=0.5"


def test_tables_are_tidy(game):
    assert portfolio_csv(game).splitlines()[0] == "quarter,region,partner,domain,measure,value,unit,note"
    assert len(moves_csv(game).splitlines()) == len(game.moves) + 1


# --- replay -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_replay_holds_every_quarter_the_licence_and_no_address_to_load_from(game, language):
    say = texts_of(language)
    html = replay_html(game, "a <b>game</b>", theme_of(scenario_of(GAME), say), say)
    assert "default-src &#39;none&#39;" in html or "default-src 'none'" in html
    assert "Apache License" in html and "Apache ECharts" in html
    assert "<b>game" not in html
    ours = html.replace((library() / "dist" / "echarts.min.js").read_text("utf-8"), "")
    assert not re.search(r"<[^>]*\b(src|href)=|url\(|fetch\(|XMLHttp|import\(", ours)
    assert 1_000_000 < len(html.encode()) < 2_000_000
    shown = data_of(game, theme_of(scenario_of(GAME), say), say)
    assert len(shown["tiles"]) == len(shown["moves"]) == len(shown["accounts"]) == QUARTERS
    assert sum(one["values"][-1] for one in shown["partners"]) == pytest.approx(100, abs=0.1)


def test_nothing_in_a_replay_ends_its_script():
    assert "<" not in as_script(["</script><script>alert(1)</script>", "\u2028"])
    assert json.loads(as_script(["</script>"])) == ["</script>"]


# --- uploads ----------------------------------------------------------------------------------------


@pytest.fixture
def tab():
    made = Lab(Place(Choice("baseline", "status_quo", 1)))
    yield made
    made.close()


def shipped(name="baseline", **changes):
    text = scenario_file(Choice(name, "status_quo", 1))
    for key, value in changes.items():
        text = re.sub(rf"^{key}: .*(?:\n  .*)*", f"{key}: {value}", text, count=1, flags=re.M)
    return text


def test_an_upload_is_a_scenario_of_its_tab_alone(tab):
    other = Lab(Place(Choice("baseline", "status_quo", 1)))
    key = take(tab, {"text": shipped(title="Mine")})
    assert tab.uploads.value == {key: "Mine"} and other.uploads.value == {}
    assert scenario_named(key).file.title == "Mine"
    assert take(tab, {"text": shipped(title="Mine")}) == key
    take(other, {"text": shipped(title="Mine")})
    tab.close()
    assert scenario_named(key)
    other.close()
    with pytest.raises(ScenarioError, match="upload the file again"):
        scenario_named(key)


def test_an_upload_plays_the_bits_of_its_file(tab):
    key = take(tab, {"text": shipped("tariffs_2025")})
    mine = simulate(scenario_named(key), "eu_hedge", 7, quarters=3)
    assert mine.portfolio.equals(simulate("tariffs_2025", "eu_hedge", 7, quarters=3).portfolio)


NESTED = "kind: scenario\nname: " + "[" * 5000 + "]" * 5000 + "\n"
BOMB = "kind: scenario\na: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"text": BOMB}, "anchor or alias"),
        ({"text": NESTED}, "nested more than"),
        ({"text": "kind: scenario\nx: !!python/object/apply:os.system ['id']\n"}, "tag"),
        ({"text": "a" * 600_000}, "bytes long"),
        ({"text": "あ" * 400_000}, "bytes long"),
        ({"size": 10_000_000}, "bytes long"),
        ({"binary": True}, "is no text"),
        ({"text": "\0\0\0"}, "is no text"),
        ({"text": 7}, "is no text"),
        (None, "is no text"),
        (["text"], "is no text"),
        ({"text": ""}, "is empty"),
        ({"text": "kind: policy\n"}, "must be scenario"),
        ({"text": shipped(world="../../../etc")}, "world"),
        ({"text": shipped(split="../../etc/passwd")}, "split"),
        ({"text": shipped(quarters="1000000000000")}, "quarters"),
        ({"text": shipped(values="{model.choice.agenda: 1.0e+308}")}, "agenda"),
        ({"text": shipped(turns="[{type: policy, quarter: 2026Q1, policy: ../../x}]")}, "policy"),
        ({"text": "\ud800"}, "is no text"),
    ],
    ids=lambda one: str(one)[-40:],
)
def test_a_hostile_upload_is_not_taken_and_says_why(tab, given, said):
    with pytest.raises(ScenarioError, match=re.escape(said)):
        take(tab, given)
    assert tab.uploads.value == {}


def test_a_script_of_an_upload_names_moves_and_nothing_is_imported_by_it(tab):
    key = take(tab, {"text": shipped(scripts='{JPN: {2025Q1: "antigravity:geohash"}}')})
    with pytest.raises(MoveError, match="antigravity:geohash"):
        simulate(scenario_named(key), "status_quo", 1, quarters=1)
    assert "antigravity" not in sys.modules


def test_the_turns_of_an_upload_are_the_choices_own_and_stay_when_a_lever_moves(tab):
    turn = PolicyTurn(type="policy", quarter="2026Q1", policy="status_quo")
    key = take(tab, {"text": scenario_file(GAME.with_turn(turn))})
    assert turn in turns_of(key) and not scenario_named(key).file.turns
    mine = another(tab.choice, "scenario", key)
    assert mine.turns == turns_of(key)
    assert turn in scenario_of(mine.with_values({VALUE: 0.4})).file.turns
    tab.choose(mine.with_values({VALUE: 0.4}))
    tab.reset()
    assert tab.choice.turns == turns_of(key) and not tab.choice.values
    assert not another(mine, "scenario", "baseline").turns


def test_an_upload_in_use_stays_and_one_too_many_is_refused(tab):
    first = take(tab, {"text": shipped(title="First")})
    tab.choose(Choice(first, "status_quo", 1))
    for k in range(10):
        take(tab, {"text": shipped(title=f"Number {k}")})
    assert first in tab.uploads.value and scenario_named(first) and len(tab.uploads.value) == 8
    for key in tab.uploads.value:
        tab.choose(Choice(key, "status_quo", 1))
    with pytest.raises(ScenarioError, match="one too many"):
        take(tab, {"text": shipped(title="Last")})
    assert len(tab.uploads.value) == 8


@pytest.mark.parametrize(
    "query",
    ["set=policy.commitments.99.size=1", "policy=eu_hedge&set=policy.commitments.0.size=55",
     "scenario=small_rivalry&policy=status_quo&turn=2026Q1:policy=eu_hedge"],
)  # fmt: skip
def test_a_link_with_a_wrong_policy_number_or_a_policy_that_does_not_fit_is_not_followed(query):
    lab, wrong = lab_of(query)
    assert wrong and not lab.choice.values and not lab.choice.turns


@pytest.mark.parametrize("quarter", ["1990Q1", "2050Q1"])
def test_a_link_to_a_quarter_that_the_run_does_not_have_says_which_it_has(quarter):
    lab, wrong = lab_of(f"scenario=tariffs_2025&quarter={quarter}")
    assert quarter in str(wrong) and "2025Q1 to 2030Q4" in str(wrong) and lab.place.quarter is None


def test_a_link_that_is_not_followed_still_says_the_language():
    lab, wrong = lab_of("scenario=nowhere&lang=ja")
    assert wrong and lab.language.value == "ja"
    assert lab_of("scenario=nowhere&lang=xx")[0].language.value == "en"


def test_what_fails_in_the_background_is_drawn_as_a_sentence_not_raised_while_drawing():
    sources = [path.read_text(encoding="utf-8") for path in Path(viz.__file__).parent.rglob("*.py")]
    calls = [call for text in sources for call in re.findall(r"use_task\((?:[^()]|\([^()]*\))*\)", text)]
    assert len(calls) > 7 and all("raise_error=False" in call for call in calls)


def test_a_tab_holds_few_uploads_and_lets_the_oldest_go(tab):
    keys = [take(tab, {"text": shipped(title=f"Number {k}")}) for k in range(10)]
    assert list(tab.uploads.value) == keys[-8:]
    with pytest.raises(ScenarioError):
        scenario_named(keys[0])


def test_a_title_is_text_of_one_line():
    assert plain("a\u202eb\x00c\nd") == "a b c d"
    assert len(plain("x" * 500)) == 80


def test_line_ends_of_other_systems_are_taken():
    assert text_of({"text": "\ufeffkind: scenario\r\nname: x"}) == "kind: scenario\nname: x\n"


def test_quarters_in_links_are_those_of_scenarios():
    assert re.fullmatch(QUARTER, scenario_named("baseline").file.start)


def test_what_is_wrong_with_a_link_is_said_in_the_language_of_the_page():
    lab, wrong = lab_of("scenario=nowhere&luck=-1&lang=ja")
    said = sentence(wrong, lab.say).split("\n")
    assert said[0].startswith("リンク: scenario は 'nowhere' です。") and said[1].startswith("リンク: luck は0から")
    assert str(wrong).startswith("the link: scenario is 'nowhere'; must be one of ") and len(said) == 2


def test_what_the_configs_say_is_wrong_stays_as_it_is():
    lab, wrong = lab_of("set=model.choice.agenda=55&lang=ja")
    assert sentence(wrong, lab.say) == str(wrong) != ""
