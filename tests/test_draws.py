"""Random numbers: the published known answers, and that a number depends on its name alone."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from sim import draws

# Random123's kat_vectors, philox4x32 with 10 rounds: counter, key, words
KNOWN_ANSWERS = [
    ("00000000 00000000 00000000 00000000", "00000000 00000000", "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
    ("ffffffff ffffffff ffffffff ffffffff", "ffffffff ffffffff", "408f276d 41c83b0e a20bc7c6 6d5451fd"),
    ("243f6a88 85a308d3 13198a2e 03707344", "a4093822 299f31d0", "d16cfe09 94fdcceb 5001e420 24126ea1"),
]
SEEDS = st.integers(0, 2**32 - 1)
TEXTS = st.text(max_size=20)


def words(text):
    return [int(word, 16) for word in text.split()]


@pytest.mark.parametrize(("counter", "key", "expected"), KNOWN_ANSWERS)
def test_philox_gives_the_published_known_answers(counter, key, expected):
    assert [int(word) for word in draws.philox(words(counter), words(key))] == words(expected)


def test_philox_over_arrays_gives_the_same_words_as_one_at_a_time():
    counters = np.array([words(counter) for counter, _, _ in KNOWN_ANSWERS]).T
    keys = np.array([words(key) for _, key, _ in KNOWN_ANSWERS]).T
    got = np.array(draws.philox(counters, keys)).T
    assert got.tolist() == [words(expected) for _, _, expected in KNOWN_ANSWERS]


def test_a_draw_is_the_philox_words_of_seed_channel_run_step_actor_and_name():
    key = 7, draws.text_word("choice")
    counter = 3, 11, draws.text_word("north"), draws.text_word("hold")
    high, low, *_ = (int(word) for word in draws.philox(counter, key))
    expected = ((high >> 6) * 2**26 + (low >> 6) + 0.5) / 2**52
    assert draws.uniform(7, "choice", 3, 11, "north", "hold") == expected


def test_the_hash_of_a_text_is_its_blake2b_in_every_process():
    code = "from sim.draws import text_word; print(text_word('choice'))"
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(other.stdout) == draws.text_word("choice") == 1_696_624_570


def test_uniform_numbers_are_uniform():
    value = draws.uniform(1, "test", np.arange(200)[:, None], np.arange(500), "north", "hold").ravel()
    assert stats.kstest(value, "uniform").pvalue > 0.001
    assert abs(np.corrcoef(value[:-1], value[1:])[0, 1]) < 0.01


def test_normal_numbers_are_normal_and_rise_with_the_uniform():
    key = 1, "test", np.arange(50_000), 0, "north", "hold"
    value = draws.normal(*key)
    assert stats.kstest(value, "norm").pvalue > 0.001
    assert (np.argsort(value) == np.argsort(draws.uniform(*key))).all()


@pytest.mark.parametrize("word", [0, 2**32 - 1])
def test_the_extreme_words_stay_inside_the_open_interval(word):
    value = draws._fraction(np.uint64(word), np.uint64(word))
    assert 0 < value < 1
    assert np.isfinite(draws.ndtri(value))


@given(seed=SEEDS, run=SEEDS, step=SEEDS, actor=TEXTS, name=TEXTS, channel=TEXTS)
def test_every_key_gives_a_number_inside_the_open_interval(seed, run, step, actor, name, channel):
    value = draws.uniform(seed, channel, run, step, actor, name)
    assert 0 < value < 1


def test_run_step_actor_and_name_are_broadcast_against_each_other():
    run = np.arange(4)[:, None, None, None]
    step = np.arange(3)[:, None, None]
    actor = np.array(["north", "south"])[:, None]
    names = ["hold", "raise", "cut", "lift", "match"]
    value = draws.uniform(5, "choice", run, step, actor, names)
    assert value.shape == (4, 3, 2, 5)
    assert value.dtype == np.float64
    assert value[2, 1, 1, 3] == draws.uniform(5, "choice", 2, 1, "south", "lift")
    assert len(np.unique(value)) == value.size
    assert draws.uniform(5, "choice", 0, 0, "north", "hold").shape == ()
    assert draws.uniform(5, "choice", run, step, actor, []).shape == (4, 3, 2, 0)


def test_each_part_of_the_key_changes_the_number():
    key = dict(seed=1, channel="choice", run=2, step=3, actor="north", names="hold")
    others = dict(seed=2, channel="agenda", run=3, step=4, actor="south", names="lift")
    values = {float(draws.uniform(**key))} | {float(draws.uniform(**{**key, k: v})) for k, v in others.items()}
    assert len(values) == 7
    swapped = (
        draws.uniform(**{**key, "run": 3, "step": 2}),
        draws.uniform(**{**key, "actor": "hold", "names": "north"}),
    )
    assert values.isdisjoint(float(value) for value in swapped)


@given(block=st.integers(1, 40), order=st.permutations(range(40)))
def test_blocks_and_order_leave_every_bit_as_it_was(block, order):
    names = ["hold", "raise", "cut"]
    whole = draws.normal(9, "choice", np.arange(40)[:, None], 2, "north", names)
    blocks = [np.arange(40)[start : start + block, None] for start in range(0, 40, block)]
    assert (np.concatenate([draws.normal(9, "choice", runs, 2, "north", names) for runs in blocks]) == whole).all()
    assert (draws.normal(9, "choice", np.array(order)[:, None], 2, "north", names) == whole[order]).all()


def test_a_new_name_leaves_the_draws_of_the_others_as_they_were():
    few = draws.uniform(1, "choice", np.arange(8)[:, None], 0, "north", ["hold", "cut"])
    more = draws.uniform(1, "choice", np.arange(8)[:, None], 0, "north", ["hold", "lift", "cut"])
    assert (more[:, [0, 2]] == few).all()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (dict(seed=-1), "seed has values from -1"),
        (dict(seed=2**32), "seed has values"),
        (dict(run=[0, -1]), "run has values from -1 to 0"),
        (dict(step=0.5), "step is 0.5; must be a whole number"),
    ],
)
def test_a_key_word_outside_32_bits_is_refused(change, says):
    key = dict(seed=1, channel="choice", run=0, step=0, actor="north", names="hold") | change
    with pytest.raises(ValueError, match=says):
        draws.uniform(**key)


def test_two_names_with_the_same_key_are_refused(monkeypatch):
    monkeypatch.setattr(draws, "text_word", lambda text: len(text))
    with pytest.raises(ValueError, match="'ab' and 'cd' have the same key"):
        draws.uniform(1, "choice", 0, 0, "north", ["ab", "cd"])
    with pytest.raises(ValueError, match="'ab' and 'cd' have the same key"):
        draws.lhs(1, ["ab", "cd"], 4)


@given(seed=SEEDS, name=TEXTS, runs=st.integers(1, 300))
def test_a_latin_hypercube_has_one_draw_in_every_stratum(seed, name, runs):
    column = draws.lhs(seed, [name], runs)[name]
    assert sorted(np.floor(column * runs)) == list(range(runs))
    assert 0 < column.min() and column.max() < 1


@given(seed=SEEDS, names=st.lists(TEXTS, unique=True, max_size=5), new=TEXTS, runs=st.integers(1, 50))
def test_adding_a_name_leaves_the_other_columns_as_they_were(seed, names, new, runs):
    before = draws.lhs(seed, names, runs)
    after = draws.lhs(seed, [new, *reversed(names)], runs)
    assert all((after[name] == before[name]).all() for name in names)


def test_the_columns_of_a_latin_hypercube_are_uncorrelated():
    table = np.array(list(draws.lhs(3, [f"value {n}" for n in range(8)], 10_000).values()))
    off_diagonal = np.corrcoef(table) - np.eye(8)
    assert np.abs(off_diagonal).max() < 0.04


def test_a_large_latin_hypercube_stays_inside_its_strata():
    runs = 1_000_003
    column = draws.lhs(1, ["value"], runs)["value"]
    assert (np.sort(np.floor(column * runs)) == np.arange(runs)).all()


@pytest.mark.parametrize("runs", [0, -1, 2**24 + 1])
def test_a_latin_hypercube_of_an_impossible_size_is_refused(runs):
    with pytest.raises(ValueError, match="Latin hypercube needs"):
        draws.lhs(1, ["value"], runs)
