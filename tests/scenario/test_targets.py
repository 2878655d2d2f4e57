"""Target folders: what the format allows, and that everything wrong with a folder is told at once."""

import numpy as np
import pytest

from sim.errors import ScenarioError
from sim.scenario.load import configs_root
from sim.scenario.targets import read_targets

FLOWS = """exporter,importer,domain,value_before_tariff
A,A,food,60
A,NO,food,10
NO,A,food,8
NO,NO,food,40
A,A,08,30
A,NO,08,5
NO,A,08,7
NO,NO,08,20
"""
TARIFFS = "exporter,importer,domain,ad_valorem\nA,NO,food,0.1\nNO,A,08,0.2\n"
THETA = "domain,theta\nfood,4\n08,2.5\n"
CASE = "\n- {name: %s, links: false, kind: computed, tolerance: 1.0e-05, expect: {wage: {A: 1.5}}, %s}"
VALUE_ADDED = "region,domain,share\nA,food,0.7\nA,08,0.8\nNO,food,0.6\nNO,08,1\n"
IO = "region,input_domain,using_domain,share\nA,08,food,0.3\nA,food,08,0.2\nNO,08,food,0.4\n"


def cases(*changes, top=""):
    """cases.yaml with a case for each text of further keys."""
    return top + "cases:" + "".join(CASE % (f"c{i}", change or "note: none") for i, change in enumerate(changes))


def write(folder, **files):
    """A target folder; files by stem, None leaves one out."""
    texts = {"flows": FLOWS, "tariffs": TARIFFS, "theta": THETA, "cases": cases(""), **files}
    for stem, text in texts.items():
        if text is not None:
            name = f"{stem}.yaml" if stem == "cases" else f"{stem}.csv"
            (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder


def final_shares():
    """What is left of expenditure on domains, as shares."""
    flows = np.array([[[60, 30], [8, 7]], [[10, 5], [40, 20]]], float)
    tariff = np.array([[[0, 0], [0, 0.2]], [[0.1, 0], [0, 0]]])
    io = np.array([[[0, 0.2], [0.3, 0]], [[0, 0], [0.4, 0]]])
    left = ((1 + tariff) * flows).sum(axis=1) - np.einsum("red,rd->re", io, flows.sum(axis=0))
    share = left / left.sum(axis=1, keepdims=True)
    return "region,domain,share\n" + "".join(
        f"{region},{domain},{float(share[i, d])!r}\n"
        for i, region in enumerate(("A", "NO"))
        for d, domain in enumerate(("food", "08"))
    )


def linked(folder, **files):
    """The same with share files, and a case that uses them."""
    shares = {"value_added_shares": VALUE_ADDED, "io_shares": IO, "final_shares": final_shares()}
    yaml = "cases:\n- {name: c, links: true, kind: computed, tolerance: 1, expect: {wage: {A: 1}}}"
    return write(folder, **{**shares, "cases": yaml, **files})


def tariff_of(folder, change, **files):
    """The tariff on the first domain [importer, exporter] that a case leaves."""
    return read_targets(write(folder, cases=cases(change), **files)).cases[0].tariff[:, :, 0]


# --- what the format allows -----------------------------------------------------------------------


def test_tables_become_arrays_importer_first():
    target = read_targets(configs_root() / "targets" / "three_regions")
    accounts = target.accounts
    assert accounts.regions == ("R0", "R1", "R2") and accounts.domains == ("d0", "d1")
    assert accounts.flows[1, 2, 0] == 12  # R2 sells 12 of d0 to R1
    assert accounts.tariff[1, 0, 0] == 0.1 and accounts.tariff[0, 1, 0] == 0.05  # R0 pays 0.1 at R1's border
    assert list(accounts.theta) == [4, 6] and accounts.io is None
    assert len(target.cases) == 8 and target.source.startswith("made up")


def test_columns_may_come_in_any_order_and_further_ones_are_ignored(tmp_path):
    rows = [line.split(",") for line in FLOWS.splitlines()]
    mixed = "\n".join(f'{r[3]} ,"some, {i}",{r[2]},{r[0]}, {r[1]}' for i, r in enumerate(rows))
    (tmp_path / "plain").mkdir()
    plain = read_targets(write(tmp_path / "plain")).accounts
    other = read_targets(write(tmp_path, flows=b"\xef\xbb\xbf" + mixed.encode() + b"\r\n\r\n")).accounts
    assert other.regions == plain.regions and np.array_equal(other.flows, plain.flows)


def test_names_are_text_whatever_they_look_like(tmp_path):
    """NO is a region, 08 a domain and no number; a name of a case may hold commas and colons."""
    yaml = """
defaults: {links: no, kind: computed, tolerance: 1e-5}
cases:
- name: "a: b, c [d] #1"
  theta: {food: 3, 08: 2}
  withheld: [{exporter: NO, importer: A, domain: 08, share: 1}]
  expect: {welfare: {NO: -0.1}, price: {NO: {08: 1.01}}}
"""
    case = read_targets(write(tmp_path, cases=yaml)).cases[0]
    assert case.name == "a: b, c [d] #1" and not case.links
    assert list(case.theta) == [3, 2] and case.withheld[0, 1, 1] == 1 and case.withheld.sum() == 1
    assert [(one.quantity, one.where, one.value) for one in case.expected] == [
        ("welfare", ("NO",), -0.1),
        ("price", ("NO", "08"), 1.01),
    ]
    assert {one.tolerance for one in case.expected} == {1e-5}


@pytest.mark.parametrize(
    "rules, expected",
    [
        ("{exporter: A, importer: NO, set: 0.3}", 0.3),
        ("{exporter: A, importer: NO, add: 0.3}", 0.4),
        ("{exporter: A, importer: NO, floor: 0.3}", 0.3),
        ("{exporter: A, importer: NO, floor: 0.05}", 0.1),
        ("{exporter: A, importer: NO, set: 0.3}, {exporter: all, importer: all, add: 0.1}", 0.4),
        ("{exporter: all, importer: all, add: 0.1}, {exporter: A, importer: NO, set: 0.3}", 0.3),
        ("{exporter: A, importer: NO, set: 0}, {exporter: A, importer: NO, floor: 0.2}", 0.2),
        ("{exporter: [A, NO], importer: [NO], domain: [g, 08], add: 0.1}", 0.2),
        ("{exporter: A, importer: NO, domain: 08, set: 0.3}", 0.1),
        ("{exporter: A, importer: NO, domain: all, add: -0.05}", 0.05),
    ],
)
def test_tariff_rules_apply_in_order_and_never_at_home(tmp_path, rules, expected):
    yaml = cases(f"tariffs: [{rules}]", top="groups: {g: [food]}\n")
    tariff = read_targets(write(tmp_path, cases=yaml)).cases[0].tariff
    assert tariff[1, 0, 0] == pytest.approx(expected, abs=1e-15)
    assert not tariff[[0, 1], [0, 1]].any()


def test_a_schedule_takes_its_own_rows_with_their_basis(tmp_path):
    rows = (
        "basis,schedule,exporter,importer,domain,ad_valorem\n"
        "add,first,A,NO,food,0.2\nfloor,first,NO,A,food,0.05\n,second,A,NO,food,0.7\nset,second,A,A,food,9\n"
    )
    both = "tariffs: [{file: s.csv, schedule: second}, {file: s.csv, schedule: first}]"
    assert tariff_of(tmp_path, both, s=rows).tolist() == [[0, 0.05], [pytest.approx(0.9), 0]]
    one = "tariffs: [{file: s.csv, schedule: second}]"
    assert tariff_of(tmp_path, one, s=rows).tolist() == [[0, 0], [0.7, 0]]
    whole = "tariffs: [{file: s.csv}]"
    assert tariff_of(tmp_path, whole, s=rows).tolist() == [[0, 0.05], [0.7, 0]]
    plain = "importer,exporter,domain,ad_valorem\nNO,A,food,0.4\n"
    assert tariff_of(tmp_path, whole, s=plain).tolist() == [[0, 0], [0.4, 0]]


def test_of_two_rules_on_a_cell_the_later_counts(tmp_path):
    change = (
        "withheld: [{exporter: all, importer: A, share: 0.5}, {exporter: NO, importer: A, domain: food, share: 0.2}],"
        "iceberg: [{exporter: NO, importer: all, factor: 2}, {exporter: NO, importer: A, factor: 1.5}]"
    )
    case = read_targets(write(tmp_path, cases=cases(change))).cases[0]
    assert case.withheld[0].tolist() == [[0, 0], [0.2, 0.5]] and not case.withheld[1].any()
    assert case.iceberg[0].tolist() == [[1, 1], [1.5, 1.5]] and (case.iceberg[1] == 1).all()


def test_a_case_takes_defaults_and_its_own_keys_win(tmp_path):
    top = "defaults: {theta_scale: 0.5, eta: 0.5, tolerance: {wage: 1, welfare: 2}}\n"
    yaml = top + (
        "cases:\n"
        "- {name: a, links: false, kind: published, expect: {wage: {A: 1}, welfare: {A: 0}}}\n"
        "- {name: b, links: false, kind: computed, expect: {wage: {A: 1}}, theta: {food: 1, 08: 1}, eta: 1, "
        "tolerance: 3}\n"
    )
    a, b = read_targets(write(tmp_path, cases=yaml)).cases
    assert list(a.theta) == [2, 1.25] and a.eta == 0.5 and a.sigma_in == 1
    assert [one.tolerance for one in a.expected] == [1, 2]
    assert list(b.theta) == [1, 1] and b.eta == 1 and [one.tolerance for one in b.expected] == [3]


def test_share_files_are_read_where_they_are(tmp_path):
    accounts = read_targets(linked(tmp_path)).accounts
    assert accounts.io[0].tolist() == [[0, 0.2], [0.3, 0]]  # [input, using]
    assert accounts.value_added.tolist() == [[0.7, 0.8], [0.6, 1]]
    assert accounts.final.sum(axis=1) == pytest.approx([1, 1])


def test_home_rows_of_a_tariff_table_count_as_zero(tmp_path):
    accounts = read_targets(write(tmp_path, tariffs=TARIFFS + "A,A,food,0.3\n")).accounts
    assert accounts.tariff[0, 0, 0] == 0


# --- what is wrong --------------------------------------------------------------------------------

EXPECT = "expect: {wage: {A: 1}}"
WRONG_FILES = {
    "a row stands twice": (
        {"flows": FLOWS + "A,NO,food,1\n"},
        "flows.csv: line 10: A, NO, food stands twice",
    ),
    "a tariff row stands twice": (
        {"tariffs": TARIFFS + "A,NO,food,0.1\n"},
        "tariffs.csv: line 4.*stands twice",
    ),
    "a domain stands twice": ({"theta": THETA + "food,3\n"}, "theta.csv: line 4.*stands twice"),
    "an unknown domain": ({"flows": FLOWS + "A,A,fod,1\n"}, "line 10: domain is 'fod'.*did you mean food"),
    "an unknown region": ({"tariffs": TARIFFS + "B,A,food,1\n"}, "tariffs.csv: line 4: exporter is 'B'"),
    "a missing table": ({"tariffs": None}, "tariffs.csv: is missing"),
    "no cases": ({"cases": None}, "cases.yaml: is missing"),
    "a missing column": ({"theta": "domain,elasticity\nfood,3\n"}, "theta.csv: theta is not in the header"),
    "a column twice": ({"theta": "domain,theta,theta\nfood,3,4\n"}, "theta stands twice in the header"),
    "an empty table": ({"theta": ""}, "theta.csv: domain is not in the header"),
    "no rows": ({"theta": "domain,theta\n"}, "theta.csv: has no rows"),
    "no number": (
        {"flows": FLOWS.replace("60", "sixty")},
        "line 2: value_before_tariff is 'sixty'; must be a n",
    ),
    "an infinite number": ({"flows": FLOWS.replace("60", "inf")}, "line 2: value_before_tariff is 'inf'"),
    "a negative flow": ({"flows": FLOWS.replace("60", "-60")}, "value_before_tariff is -60; must be >= 0"),
    "a tariff of -1": ({"tariffs": TARIFFS.replace("0.1", "-1")}, "ad_valorem is -1; must be above -1"),
    "no elasticity": ({"theta": THETA.replace("2.5", "0")}, "theta.csv: line 3: theta is 0; must be > 0"),
    "a line cut short": ({"flows": FLOWS + "A,NO"}, "flows.csv: line 10: cells are 2; must be 4"),
    "a line too long": ({"flows": FLOWS + "A,NO,food,1,2\n"}, "line 10: cells are 5; must be 4"),
    "an open quote": ({"flows": FLOWS + '"A,NO,food,1\n'}, "flows.csv: cannot be read as UTF-8 CSV"),
    "no text": ({"flows": b"\xff\xfe\x00"}, "flows.csv: cannot be read as UTF-8 CSV"),
    "a domain called all": ({"theta": THETA + "all,3\n"}, "domain is 'all'; a reserved name"),
    "a region called all": ({"flows": FLOWS + "all,A,food,1\n"}, "exporter is 'all'; a reserved name"),
    "nothing spent": ({"theta": THETA + "extra,3\n"}, "flows.csv: A spends nothing on extra"),
    "nothing sold": ({"flows": FLOWS + "A,B,food,1\nA,B,08,1\n"}, "flows.csv: B has no labour income"),
}


@pytest.mark.parametrize("what", WRONG_FILES)
def test_wrong_tables_are_told_with_file_and_line(tmp_path, what):
    files, message = WRONG_FILES[what]
    with pytest.raises(ScenarioError, match=message):
        read_targets(write(tmp_path, **files))


WRONG_SHARES = {
    "value added": (
        {"value_added_shares": VALUE_ADDED.replace("0.7", "0.71")},
        "A, food sums .* to 1.01; must",
    ),
    "final": (
        {"final_shares": "region,domain,share\nA,food,1\nNO,food,0.9\n"},
        "NO sums to 0.9; must sum to 1",
    ),
    "above one": ({"final_shares": "region,domain,share\nA,food,2\n"}, "share is 2; must be 0 to 1"),
    "negative": ({"io_shares": IO.replace("0.3", "-0.3")}, "share is -0.3; must be 0 to 1"),
    "unknown": ({"io_shares": IO + "A,08,metal,0\n"}, "using_domain is 'metal', an unknown name"),
    "balance": ({"flows": FLOWS.replace("60", "60.01")}, "flows.csv: A, .* does not balance.*within 1e-06"),
    "one of three": (
        {"final_shares": None},
        "final_shares.csv: is missing beside .*come together or not at all",
    ),
    "none": (
        {"final_shares": None, "io_shares": None, "value_added_shares": None},
        "case c with links: true needs them",
    ),
}


@pytest.mark.parametrize("what", WRONG_SHARES)
def test_wrong_shares_are_told(tmp_path, what):
    files, message = WRONG_SHARES[what]
    with pytest.raises(ScenarioError, match=message):
        read_targets(linked(tmp_path, **files))


def test_a_base_off_by_less_than_the_tolerance_is_taken(tmp_path):
    read_targets(linked(tmp_path, flows=FLOWS.replace("60", "60.00001")))


WRONG_CASES = {
    "withheld: [{exporter: A, importer: NO, share: 1.2}]": r"withheld\[0\].share is '1.2'.*between 0 and 1",
    "withheld: [{exporter: A, importer: NO}]": r"withheld\[0\].share is None",
    "withheld: {exporter: A}": "withheld must be a list of rules",
    "withheld: [A]": r"withheld\[0\] must be a mapping",
    "withheld: [{exporter: B, importer: NO, share: 1}]": r"exporter is 'B', an unknown name; must be of A, NO, all",
    "withheld: [{exporter: A, importer: [], share: 1}]": r"importer names nobody",
    "withheld: [{importer: A, share: 1}]": r"exporter names nobody",
    "withheld: [{exporter: A, importer: NO, domain: fodo, share: 1}]": "'fodo', an unknown name; did you mean food",
    "iceberg: [{exporter: A, importer: NO, factor: 0}]": r"iceberg\[0\].factor is '0'.*> 0",
    "tariffs: [{exporter: A, importer: NO}]": r"tariffs\[0\] has no rate; must have one of set, add, floor",
    "tariffs: [{exporter: A, importer: NO, set: 1, add: 1}]": r"has set and add; must have one",
    "tariffs: [{exporter: A, importer: NO, add: -2}]": r"takes a tariff to -1 or below",
    "tariffs: [{exporter: A, importer: NO, set: high}]": r"tariffs\[0\].set is 'high'; must be a number",
    "tariffs: [{exporter: A, importer: NO, set: .nan}]": r"tariffs\[0\].set is '.nan'; must be a number",
    "tariffs: [{exporter: A, importer: NO, sett: 1}]": r"tariffs\[0\].sett is an unknown key; did you mean set",
    "tariffs: [{file: none.csv}]": "none.csv: is missing",
    "tariffs: [{file: ../tariffs.csv}]": "must be the name of a .csv file in the folder",
    "tariffs: [{file: s.csv, schedule: third}]": r"schedule is 'third', not a schedule of s.csv; must be of first",
    "tariffs: [{file: bad.csv}]": r"bad.csv: line 2: basis is 'plus'.*must be set, add, floor",
    "tariffs: [{file: twice.csv}]": r"twice.csv: line 3: .*stands twice",
    "theta: {food: 2}": "theta leaves out 08; must give a value for every domain",
    "theta: {food: 2, 08: 1, x: 1}": "theta.x is an unknown key",
    "theta: {food: 2, 08: 0}": "theta.08 is '0'; must be a number > 0",
    "theta: 3": "theta must give a value for every domain",
    "{theta: {food: 2, 08: 1}, theta_scale: 2}": "stands beside theta_scale",
    "theta_scale: -1": "theta_scale is '-1'; must be a number > 0",
    "eta: -1": "eta is '-1'; must be a number >= 0",
    "sigma: 0.2": r"cases\[0\] \(c0\).sigma is an unknown key; did you mean sigma_in",
}


@pytest.mark.parametrize("change", WRONG_CASES)
def test_wrong_cases_are_told_with_case_and_key(tmp_path, change):
    schedule = "schedule,exporter,importer,domain,ad_valorem\nfirst,A,NO,food,1\n"
    folder = write(
        tmp_path,
        cases=cases(change.strip("{}") if change.startswith("{") else change),
        s=schedule,
        bad="exporter,importer,domain,ad_valorem,basis\nA,NO,food,1,plus\n",
        twice=schedule + "first,A,NO,food,2\n",
    )
    with pytest.raises(ScenarioError, match=WRONG_CASES[change]):
        read_targets(folder)


WRONG_YAML = {
    "cases: []": "cases must be a list of at least one case",
    "casse: []": "casse is an unknown key",
    "unit: share\n" + cases(""): "unit is 'share'; must be percent",
    "groups: {food: [food]}\n" + cases(""): "groups.food is taken",
    "groups: {all: [food]}\n" + cases(""): "groups.all is taken",
    "groups: {g: [fodo]}\n" + cases(""): "groups.g has 'fodo', an unknown name",
    "defaults: {etta: 1}\n" + cases(""): "defaults.etta is an unknown key",
    "defaults: {eta: x}\n" + cases("", ""): "^[^\n]*defaults.eta is 'x'; must be a number >= 0$",
    cases("") + CASE % ("c0", ""): "name 'c0' stands 2 times; must be unique",
    "cases:\n- 3": r"cases\[0\] must be a case",
    "cases:\n- {name: a}": "links is missing.*\n.*expect is missing.*\n.*tolerance is missing.*\n.*kind is missing",
    cases("").replace("computed", "guessed"): "kind is 'guessed'; must be published or computed",
    cases("").replace("links: false", "links: maybe"): "links is 'maybe'; must be true or false",
    cases("").replace("wage:", "wages:"): "expect.wages is an unknown key; did you mean wage",
    cases("").replace("A: 1.5", "B: 1.5"): "expect.wage.B is an unknown name",
    cases("").replace("A: 1.5", "A: x"): "expect.wage.A is 'x'; must be a number",
    cases("").replace("{A: 1.5}", "1.5"): "expect.wage must map names of regions to values",
    cases("").replace("wage:", "price:"): "expect.price.A must map names of domains to values",
    cases("").replace("1.0e-05", "{welfare: 1}"): "tolerance has no value for wage",
    cases("").replace("1.0e-05", "{wages: 1}"): "tolerance.wages is an unknown key",
    cases("").replace("1.0e-05", "-1"): "tolerance is '-1'; must be a number >= 0",
    cases("", top="source: a\nsource: b\n"): "source stands twice",
    cases("note: &x a, eta: *x"): "anchor or alias",
    "cases: [": "is no valid YAML",
    "\n": "cases.yaml: is empty; must hold cases",
}


@pytest.mark.parametrize("yaml", WRONG_YAML)
def test_wrong_yaml_is_told_with_its_key(tmp_path, yaml):
    with pytest.raises(ScenarioError, match=WRONG_YAML[yaml]):
        read_targets(write(tmp_path, cases=yaml))


def test_everything_wrong_is_told_at_once(tmp_path):
    folder = write(
        tmp_path,
        flows=FLOWS.replace("60", "x"),
        tariffs=None,
        theta=THETA.replace("4", "-4"),
        cases=cases("eta: x", "sigma: 1"),
    )
    with pytest.raises(ScenarioError) as caught:
        read_targets(folder)
    assert {problem.file.split("/")[-1] for problem in caught.value.problems} == {
        "flows.csv", "tariffs.csv", "theta.csv", "cases.yaml",
    }  # fmt: skip
    assert len(caught.value.problems) == 5


def test_a_fault_of_many_lines_is_told_for_the_first_few(tmp_path):
    with pytest.raises(ScenarioError) as caught:
        read_targets(write(tmp_path, flows=FLOWS + "A,A,metal,1\n" * 50))
    assert len(caught.value.problems) == 4
    assert "has 47 more lines of this kind" in str(caught.value)


@pytest.mark.parametrize("place", ["nowhere", "flows.csv"])
def test_a_place_that_is_no_folder_is_told(tmp_path, place):
    with pytest.raises(ScenarioError, match="is not a folder"):
        read_targets(write(tmp_path) / place)
