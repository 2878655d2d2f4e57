"""Broken config files, made from good ones: always status 2 and sentences with file and key, no traceback."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from sim.scenario.reading import MAX_BYTES, Reader
from sim.scenario.schema import KINDS
from tests.scenario.broken import (
    FILES,
    KEPT,
    ROOT,
    assert_refused,
    content,
    dotted,
    dump,
    get,
    is_record,
    numbers_of_quantities,
    places,
    put,
)

files = st.sampled_from(FILES)
with_quantities = st.sampled_from([path for path in FILES if numbers_of_quantities(content(path))])


# --- keys, types, units, numbers ------------------------------------------------------------------

SIGNED = {"interests", "interest"}
"""Keys below which numbers may be negative: a group may mind what others wish for."""


@KEPT
@given(data=st.data(), path=files, key=st.from_regex(r"[a-z]{3,12}_x", fullmatch=True))
def test_an_unknown_key(check, data, path, key):
    good = content(path)
    at = data.draw(st.sampled_from([at for at in places(good) if is_record(good, at)]))
    if get(good, at).keys() == {"importer", "exporter"}:
        return  # `like`: checked with its own sentence below
    assert_refused(check(dump(put(good, (*at, key), 1))), dotted((*at, key)))


@KEPT
@given(data=st.data(), path=files)
def test_a_missing_key(check, data, path):
    good = content(path)
    record = Reader().read(path)
    needed = [name for name, field in type(record).model_fields.items() if field.is_required()]
    key = data.draw(st.sampled_from(needed))
    del good[key]
    assert_refused(check(dump(good)), key)


@KEPT
@given(data=st.data(), path=files)
def test_a_wrong_type(check, data, path):
    good = content(path)
    at = data.draw(st.sampled_from([at for at in places(good) if at and not isinstance(get(good, at), dict)]))
    wrong = data.draw(st.sampled_from([{"a": 1}, {"b": ["c"]}]))
    assert_refused(check(dump(put(good, at, wrong))))


@KEPT
@given(data=st.data(), path=with_quantities)
def test_a_number_that_is_none(check, data, path):
    good = content(path)
    at = data.draw(st.sampled_from(numbers_of_quantities(good)))
    wrong = data.draw(st.sampled_from(["many", "0.5", True, None, [0.5], ".5.", "1,5"]))
    assert_refused(check(dump(put(good, at, wrong))), dotted(at))


@KEPT
@given(data=st.data(), path=with_quantities)
def test_nan_infinity_and_huge_numbers(check, data, path):
    good = content(path)
    at = data.draw(st.sampled_from(numbers_of_quantities(good)))
    marked = dump(put(good, at, "PLACE"))
    sign = data.draw(st.sampled_from(["", "-"]))
    wrong = data.draw(st.sampled_from([".nan", ".inf", "1e999", "1e308", "9" * 400, "9" * 5000, "1" + "0" * 40]))
    assert_refused(check(marked.replace("PLACE", sign * (wrong != ".nan") + wrong)))


@KEPT
@given(data=st.data(), path=with_quantities)
def test_a_wrong_unit(check, data, path):
    good = content(path)
    at = (*data.draw(st.sampled_from(numbers_of_quantities(good)))[:-1], "unit")
    wrong = data.draw(st.sampled_from(["furlongs", "Percent", "%", "", "fortnights", "2"]))
    outcome = check(dump(put(good, at, wrong)))
    assert_refused(outcome)
    assert any("unit" in line for line in outcome[1])


@KEPT
@given(data=st.data(), path=with_quantities)
def test_a_value_outside_its_range_or_outside_what_can_be(check, data, path):
    good = content(path)
    at = data.draw(st.sampled_from([at for at in numbers_of_quantities(good) if not SIGNED & set(at)]))
    high = get(good, at[:-1]).get("high")
    wrong = data.draw(
        st.floats(-1e6, -1e-9)
        | (st.floats(high, 1e12, exclude_min=True) if high is not None else st.floats(1.1e12, 1e30))
    )
    assert_refused(check(dump(put(good, at, wrong))))


@KEPT
@given(data=st.data(), path=with_quantities)
def test_a_share_outside_zero_to_one(check, data, path):
    good = content(path)
    shares = [at for at in numbers_of_quantities(good)
              if get(good, at[:-1])["unit"] == "1" and not SIGNED & set(at)]  # fmt: skip
    if not shares:
        return
    at = data.draw(st.sampled_from(shares))
    changed = put(good, at, data.draw(st.sampled_from([-0.01, -1, -1e-9])))
    if "low" in get(changed, at[:-1]):  # even when the range is widened with it
        changed = put(changed, (*at[:-1], "low"), -2.0)
    assert_refused(check(dump(changed)), dotted(at))


@KEPT
@given(data=st.data(), path=with_quantities)
def test_an_assumption_without_a_range(check, data, path):
    good = content(path)
    assumed = [at[:-1] for at in numbers_of_quantities(good) if get(good, at[:-1])["source"].startswith("assum")]
    if not assumed:
        return
    at = data.draw(st.sampled_from(assumed))
    bare = {key: value for key, value in get(good, at).items() if key not in ("low", "high")}
    assert_refused(check(dump(put(good, at, bare))), dotted(at))


# --- files ----------------------------------------------------------------------------------------


@KEPT
@given(data=st.data(), path=files)
def test_a_truncated_file(check, data, path):
    whole = path.read_bytes()
    cut = whole[: data.draw(st.integers(0, len(whole) - 2))]
    status, lines = outcome = check(cut)
    if status or not cut.endswith(b"\n"):
        assert_refused(outcome)
    else:  # cut between two lines, what is left may be a config without its optional end
        assert set(yaml.safe_load(cut)) <= set(yaml.safe_load(whole)) and lines == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_half_a_file(check, path):
    text = path.read_text(encoding="utf-8")
    assert_refused(check(text[: len(text) // 2].rstrip("\n")))


@KEPT
@given(data=st.data(), path=files)
def test_a_duplicate_key(check, data, path):
    good = content(path)
    key = data.draw(st.sampled_from(sorted(good)))
    text = dump(good) + dump({key: good[key]})
    assert_refused(check(text), key)


def test_a_duplicate_key_deep_inside(check):
    text = (ROOT / "model.yaml").read_text(encoding="utf-8")
    twice = text.replace("    low: 0.02\n", "    low: 0.02\n    low: 0.03\n", 1)
    assert_refused(check(twice), "trade.contract_renewal.low")


@KEPT
@given(depth=st.integers(2, 30), width=st.integers(2, 20))
def test_an_alias_bomb(check, depth, width):
    lines = ["kind: policy", "a0: &a0 [x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * width)}]" for n in range(1, depth)]
    outcome = check("\n".join(lines))
    assert_refused(outcome)
    assert "anchor or alias" in outcome[1][0]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        ("   \n# only a comment\n", "is empty"),
        ("- a\n- b\n", "holds a list"),
        ("just words", "holds a single value"),
        ("kind: planet\n", "must be one of"),
        ("kind: scenrio\n", "did you mean scenario"),
        ("kind: [policy]\n", "must be one of"),
        ("name: x\n", "kind is missing"),
        ("kind: instrument\nname: bribe\n", "must be one of tariff, control, hedge"),
        ("kind: policy\n---\nkind: policy\n", "second document"),
        ("kind: !!python/object/apply:os.system ['true']\n", "holds the tag"),
        ("kind: policy\nname: !mine x\n", "holds the tag"),
        ("kind: policy\n? [a, b]\n: c\n", "key that is no text"),
        ("kind: policy\n\tname: x\n", "no valid YAML"),
        ("kind: 'policy\n", "no valid YAML"),
        ("kind: {policy\n", "no valid YAML"),
        ("kind: " + "[" * 5000, "nested more than"),
        ("kind: policy\nx: " + "9" * 6000, "no number that can be used"),
        ("kind: policy\n" + "# " + "x" * (MAX_BYTES + 1), "a config has at most"),
        ("kind: policy\n<<: {name: x}\n", "<< is no key here"),
        ("kind: policy\n1: 2\n", "1"),
        ("kind: \x00policy\n", "no valid YAML"),
    ],
)
def test_files_that_are_no_config(check, text, said):
    outcome = check(text)
    assert_refused(outcome)
    assert said in outcome[1][0] or any(said in line for line in outcome[1])


@KEPT
@given(junk=st.binary(min_size=1, max_size=400))
def test_binary_junk(check, junk):
    assert_refused(check(junk))


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.dates()
NESTED = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@KEPT
@given(
    kind=st.sampled_from(sorted([*KINDS, "instrument"])),
    rest=st.dictionaries(st.text(max_size=8), NESTED, max_size=4),
)
def test_any_yaml_under_a_known_kind(check, kind, rest):
    assert_refused(check(dump({**rest, "kind": kind})))


def test_a_folder_a_missing_file_and_one_that_may_not_be_read(check, tmp_path):
    assert_refused(check(at=tmp_path), file=tmp_path.name)
    outcome = check(at=tmp_path / "nowhere.yaml")
    assert_refused(outcome, file="nowhere.yaml")
    (tmp_path / "baseline.yaml").write_text("kind: x")
    assert "did you mean baseline.yaml" in check(at=tmp_path / "basline.yaml")[1][0]
    assert_refused(check(at=Path("/dev/null")), file="null")
    long = tmp_path / ("x" * 300 + ".yaml")
    assert_refused(check(at=long), file="xxx")


def test_all_problems_of_a_file_come_at_once(check):
    good = content(ROOT / "policies" / "eu_hedge.yaml")
    good["titel"] = good.pop("title")
    good["commitments"][0]["size"]["value"] = "half"
    good["commitments"][1]["start"] = "soon"
    status, lines = check(dump(good))
    assert status == 2
    keys = [line.split(": ", 1)[1].split(" ")[0] for line in lines]
    assert sorted(keys) == ["commitments.0.size.value", "commitments.1.start", "titel", "title"]
    assert any("did you mean title?" in line for line in lines)


def test_from_a_shell(tmp_path):
    """The same as a person meets it: one process, one sentence, status 2."""
    path = tmp_path / "broken.yaml"
    path.write_text("kind: policy\nname: [\n")
    command = [sys.executable, "-m", "sim.cli", "check", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT.parent, check=False)
    assert done.returncode == 2 and done.stdout == ""
    assert len(done.stderr.splitlines()) == 1 and "is no valid YAML" in done.stderr
