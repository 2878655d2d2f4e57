"""Broken config files, made from good ones: always status 2 and sentences with file and key, no traceback."""

import copy
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim import cli
from sim.scenario import load
from sim.scenario.reading import MAX_BYTES, Reader, parse
from sim.scenario.schema import KINDS

ROOT = load.configs_root()
FILES = sorted(
    path
    for path in ROOT.rglob("*.yaml")
    if not {"targets", "calibration"} & set(path.relative_to(ROOT).parts) and path.parent.name != "splits"
)
KEPT = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
files = st.sampled_from(FILES)


@pytest.fixture
def check(tmp_path, monkeypatch, capsys):
    """Checks a text or bytes as a file called broken.yaml: (exit status, lines on stderr)."""
    path = tmp_path / "broken.yaml"

    def run(content=None, at=path):
        if content is not None:
            at.write_bytes(content if isinstance(content, bytes) else content.encode())
        monkeypatch.setattr(sys, "argv", ["hedgelab", "check", str(at)])
        with pytest.raises(SystemExit) as caught:
            cli.main()
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        return caught.value.code or 0, said.err.splitlines()

    return run


def assert_refused(outcome, key=None, file="broken.yaml"):
    status, lines = outcome
    assert status == 2, lines
    assert lines and all(file in line for line in lines), lines
    assert all(len(line.split(": ", 1)[1]) > 8 for line in lines)
    if key is not None:
        assert any(f": {key} " in line for line in lines), (key, lines)


def content(path):
    return parse(path.read_text(encoding="utf-8"), path.name)[0]


def places(data, at=()):
    """Every place in the data, the whole included."""
    yield at
    children = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, child in children:
        yield from places(child, (*at, key))


def get(data, at):
    for key in at:
        data = data[key]
    return data


def put(data, at, value):
    changed = copy.deepcopy(data)
    get(changed, at[:-1])[at[-1]] = value
    return changed


def dotted(at):
    return ".".join(map(str, at))


def numbers_of_quantities(data):
    return [at for at in places(data) if at and at[-1] == "value" and isinstance(get(data, at[:-1]), dict)
            and "unit" in get(data, at[:-1])]  # fmt: skip


with_quantities = st.sampled_from([path for path in FILES if numbers_of_quantities(content(path))])


def dump(data):
    return yaml.safe_dump(data, sort_keys=False, allow_unicode=True)


def is_record(data, at):
    """A block with fixed keys: the whole, a quantity, or a step of a calendar; not a block keyed by codes."""
    here = get(data, at)
    return isinstance(here, dict) and bool({"kind", "unit", "since", "importer", "why"} & set(here))


# --- keys, types, units, numbers ------------------------------------------------------------------


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
    wrong = data.draw(st.sampled_from(["furlongs", "Percent", "%", "", "days", "2"]))
    outcome = check(dump(put(good, at, wrong)))
    assert_refused(outcome)
    assert any("unit" in line for line in outcome[1])


@KEPT
@given(data=st.data(), path=with_quantities)
def test_a_value_outside_its_range_or_outside_what_can_be(check, data, path):
    good = content(path)
    at = data.draw(st.sampled_from(numbers_of_quantities(good)))
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
    shares = [at for at in numbers_of_quantities(good) if get(good, at[:-1])["unit"] == "1"]
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


# --- names ----------------------------------------------------------------------------------------

CODES = {
    "JPN",
    "EU27",
    "USA",
    "CHN",
    "GBR",
    "GULF",
    "chokepoint_minerals",
    "electronics",
    "machinery",
    "energy",
}
referring = st.sampled_from([p for p in FILES if p.parent.name in ("scenarios", "policies", "regions")])


@KEPT
@given(data=st.data(), path=referring)
def test_a_name_that_nothing_has(check, data, path):
    good = content(path)
    other = ("code",), ("split",)  # names of another kind
    named = [at for at in places(good) if at and get(good, at) in [*CODES] and at not in other]
    if not named:
        return
    at = data.draw(st.sampled_from(named))
    wrong = get(good, at)[:-1] + "X"
    status, lines = outcome = check(dump(put(good, at, wrong)))
    assert_refused(outcome)
    assert any(wrong in line and "valid:" in line for line in lines) or "lever" in at, lines


@pytest.mark.parametrize(
    ("path", "old", "new", "key"),
    [
        ("scenarios/baseline.yaml", "focus: JPN", "focus: GBR", "focus"),
        ("scenarios/baseline.yaml", "actors: [JPN, EU27, USA, CHN]", "actors: [JPN, GBR]", "actors.1"),
        ("scenarios/baseline.yaml", "actors: [JPN, EU27, USA, CHN]", "actors: [JPN, JPN]", "actors.1"),
        ("scenarios/baseline.yaml", "world: base", "world: bass", "world"),
        ("scenarios/baseline.yaml", "split: chokepoint_minerals", "split: chokepoint_mineral", "split"),
        ("scenarios/baseline.yaml", "start: 2025Q1", "start: 2025Q5", "start"),
        ("scenarios/baseline.yaml", "quarters: 24", "quarters: 0", "quarters"),
        ("scenarios/baseline.yaml", "quarters: 24", "quarters: 2.5", "quarters"),
        ("scenarios/tariffs_2025.yaml", "free_from: 2026Q1", "free_from: 2036Q1", "free_from"),
        ("scenarios/tariffs_2025.yaml", "since: 2025-02-04", "since: 2025-02-31", "line"),
        ("scenarios/tariffs_2025.yaml", "until: 2025-03-04", "until: 2025-02-04", "calendar.0"),
        ("scenarios/tariffs_2025.yaml", "since: 2025-02-04", "since: 2045-02-04", "calendar.0"),
        ("scenarios/tariffs_2025.yaml", "schedule: steel_50, ", "schedule: steel_5, ",
         "calendar.2.rules.0.schedule"),
        ("scenarios/tariffs_2025.yaml", "schedule: steel_50, scale: 0.5", "add: 0.1, set: 0.1",
         "calendar.2.rules.0"),
        ("scenarios/tariffs_2025.yaml", "exporter: [JPN], domain: [metals_chemicals], schedule",
         "exporter: [GBR], domain: [metals_chemicals], schedule", "calendar.2.rules.0.schedule"),
        ("scenarios/tariffs_2025.yaml", "domain: [transport_equipment], schedule",
         "domain: [services], schedule", "calendar.3.rules.0.domain.0"),
        ("scenarios/epa_rollback.yaml", "{importer: EU27, exporter: USA}", "{importer: EU27, exporter: EU27}",
         "calendar.0.rules.0.like"),
        ("scenarios/epa_rollback.yaml", "{importer: EU27, exporter: USA}", "{importer: EU27, exportr: USA}",
         "calendar.0.rules.0.like.exportr"),
        ("scenarios/china_chokehold.yaml", "domains: [chokepoint_minerals]", "domains: [energy]",
         "changes.control_value.CHN.0.domains.0"),
        ("policies/eu_hedge.yaml", "type: hedge", "type: hedges", "commitments.0"),
        ("policies/eu_hedge.yaml", "tariff_match: all", "tariff_match: everybody", "open.tariff_match"),
        ("policies/eu_hedge.yaml", "tariff_match: all", "tariff_match: [all, 3]", "open.tariff_match.1"),
        ("regions/chn.yaml", "lever: chokepoint_minerals", "lever: energy", "lever"),
        ("regions/chn.yaml", "strategy: quantal_response", "strategy: quantal_respons", "strategy"),
        ("regions/chn.yaml", "actor: true", "actor: yes", "actor"),
        ("sweeps/renewal.yaml", "0.07, 0.15", "0.07, 15", "grid.model.trade.contract_renewal"),
        ("sweeps/renewal.yaml", "contract_renewal", "contract_renewl", "grid.model.trade.contract_renewl"),
        ("sweeps/renewal.yaml", "[status_quo, eu_hedge]", "[status_quo, us_hedge]", "policies.1"),
        ("sweeps/renewal.yaml", "scenario: america_first", "scenario: america_frist", "scenario"),
        ("worlds/base/event_map.yaml", "everyone: ROW", "everyone: WORLD", "everyone"),
        ("model.yaml", "nodes: [0, 1, 3, 7, 13]", "nodes: [0, 3, 1]", "horizon.nodes"),
        ("model.yaml", "    GULF:", "    GULFF:", "beliefs.accident_hazard.GULFF"),
        ("instruments/tariff.yaml", "cars: [transport_equipment]", "cars: [transport]", "groups.cars.0"),
    ],
)  # fmt: skip
def test_what_files_say_about_each_other(check, path, old, new, key):
    text = (ROOT / path).read_text(encoding="utf-8")
    if path.startswith("regions") and "strategy" in old and not (ROOT.parent / "sim" / "strategies").is_dir():
        pytest.skip("no strategies yet")
    assert old in text
    assert_refused(check(text.replace(old, new, 1)), key)


def test_a_region_without_data(check, tmp_path, monkeypatch):
    root = tmp_path / "configs"
    shutil.copytree(ROOT, root, ignore=shutil.ignore_patterns("targets"))
    monkeypatch.setattr(load, "configs_root", lambda: root)
    flows = root / "worlds" / "base" / "flows.csv"
    lines = flows.read_text(encoding="utf-8").splitlines()
    flows.write_text("\n".join(line for line in lines if not line.startswith("KOR,")), encoding="utf-8")
    assert_refused(check(at=root / "scenarios" / "baseline.yaml"), "KOR", file="flows.csv")
    flows.write_text("\n".join(lines), encoding="utf-8")
    (root / "regions" / "kor.yaml").unlink()
    status, said = check(at=root / "scenarios" / "baseline.yaml")
    assert status == 2 and "which has KOR, but no file" in said[0]


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
