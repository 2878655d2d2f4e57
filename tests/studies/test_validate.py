"""`hedgelab validate`: known answers pass, wrong ones fail, and what cannot be solved is no number."""

import json
import subprocess
import sys
from io import StringIO
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim.cli.validate import summary, worst_ratio
from sim.errors import ScenarioError
from sim.rules.outcomes import outcomes
from sim.scenario.load import configs_root
from sim.studies.closed_forms import FORMS, read_closed_forms
from sim.studies.validate import COLUMNS, known_answers, run_closed_forms, run_targets
from tests.worlds import random_change, random_world, seeds, shock_of, solved

SHIPPED = configs_root() / "targets"
MONEY = 1234.5  # world labour income, in the unit of the flows


def hedgelab(*arguments):
    command = [sys.executable, "-m", "sim.cli", "validate", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parents[2])


def write_world(folder, base, cases):
    """A target folder of an Economy, with links; the flows in a unit of money."""
    pairs = [(j, i, d) for i in range(3) for j in range(3) for d in range(2)]
    R, D = base.regions, base.domains
    tables = {
        "flows": [(R[j], R[i], D[d], base.flow[i, j, d] * MONEY) for j, i, d in pairs],
        "tariffs": [(R[j], R[i], D[d], base.tariff[i, j, d]) for j, i, d in pairs],
        "theta": list(zip(D, base.theta_long, strict=True)),
        "value_added_shares": [(R[i], D[d], base.value_added[i, d]) for i in range(3) for d in range(2)],
        "final_shares": [(R[i], D[d], base.final[i, d]) for i in range(3) for d in range(2)],
        "io_shares": [(R[i], D[e], D[d], base.io[i, e, d]) for i in range(3) for e in range(2) for d in range(2)],
    }
    pair = ["exporter", "importer", "domain"]
    columns = {
        "flows": [*pair, "value_before_tariff"],
        "tariffs": [*pair, "ad_valorem"],
        "theta": ["domain", "theta"],
        "io_shares": ["region", "input_domain", "using_domain", "share"],
    }
    for name, rows in tables.items():
        header = columns.get(name, ["region", "domain", "share"])
        pd.DataFrame(rows, columns=header).to_csv(folder / f"{name}.csv", index=False)
    (folder / "cases.yaml").write_text(yaml.safe_dump({"unit": "percent", "cases": cases}))
    return folder


def tree(array, *axes):
    """An array as the mapping of names that cases.yaml wants."""
    if not axes:
        return float(array)
    return {name: tree(part, *axes[1:]) for name, part in zip(axes[0], array, strict=True)}


def expectation(base, got):
    """Every quantity of a result as a case expects it, levels in money."""
    one, two = (base.regions,), (base.regions, base.domains)
    expect = {name: tree(got[name], *one) for name in ("welfare", "real_wage", "wage", "consumer_price")}
    expect |= {name: tree(got[name] * MONEY, *one) for name in ("income", "tariff_revenue")}
    expect |= {name: tree(got[name], *one) for name in ("terms_of_trade", "volume_of_trade")}
    expect |= {name: tree(got[name], *two) for name in ("price", "final_shares")}
    flows = (got["flows"] * MONEY).transpose(1, 0, 2)  # exporter first
    return expect | {"flows": tree(flows, base.regions, *two)}


def case_of(base, name, tariff, withheld, iceberg, expect):
    """A case that sets every cell, one rule each."""
    R, D = base.regions, base.domains
    cells = [(i, j, d) for i in range(3) for j in range(3) for d in range(2) if i != j]

    def rules(key, array):
        return [{"exporter": R[j], "importer": R[i], "domain": D[d], key: float(array[i, j, d])} for i, j, d in cells]

    return {
        "name": name, "links": True, "kind": "computed", "tolerance": 1e-6, "eta": base.final_elasticity,
        "sigma_in": base.input_elasticity, "tariffs": rules("set", tariff),
        "withheld": rules("share", withheld), "iceberg": rules("factor", iceberg), "expect": expect,
    }  # fmt: skip


# --- known answers --------------------------------------------------------------------------------


def test_every_known_answer_that_is_shipped_comes_out():
    found = known_answers(SHIPPED)
    assert set(found) == {"small_cases", "three_regions"}
    for rows in found.values():
        assert tuple(rows.columns) == COLUMNS
        assert (rows.verdict == "ok").all(), rows[rows.verdict != "ok"]
    assert len(found["three_regions"]) == 192 and found["three_regions"].case.nunique() == 8
    assert found["small_cases"].case.nunique() == 13


FORM_CASES = [(name, case) for name, cases in read_closed_forms(SHIPPED / "small_cases.json").items() for case in cases]


@pytest.mark.parametrize("name, case", FORM_CASES)
def test_the_engine_agrees_with_each_closed_form_beyond_the_printed_digits(name, case):
    form = FORMS[name]
    assert form.engine(case) == pytest.approx(form.formula(case), abs=1e-8)


@settings(max_examples=20, deadline=None, derandomize=True)
@given(st.floats(0.01, 0.3), st.floats(0.05, 0.95), st.floats(1.5, 8), st.sampled_from([0.3, 1, 0.7, 2]))
def test_the_loss_of_a_supplier_is_its_closed_form_everywhere(beta, omega, sigma, rho):
    case = {"beta": beta, "omega": omega, "sigma": sigma, "rho": rho}
    form = FORMS["supplier_cut"]
    assert form.engine(case) == pytest.approx(form.formula(case), rel=1e-8)


@settings(max_examples=20, deadline=None, derandomize=True)
@given(st.floats(0.005, 0.1), st.sampled_from([0.1, 0.3, 1, 1.5]), st.floats(0.6, 0.99))
def test_the_loss_of_an_input_is_its_closed_form_everywhere(alpha, sigma, rest):
    case = {"alpha": alpha, "sigma": sigma, "remaining_fraction": rest}
    form = FORMS["ces_input_cut"]
    assert form.engine(case) == pytest.approx(form.formula(case), rel=1e-6)


@settings(max_examples=8, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(seeds, st.sampled_from([1.0, 0.4]), st.sampled_from([1.0, 0.3]))
def test_a_folder_says_what_the_engine_says_of_the_same_world(tmp_path, seed, eta, sigma):
    base = random_world(seed, links=True, final_elasticity=eta, input_elasticity=sigma)
    change = random_change(base, seed)
    got = outcomes(base, shock_of(base, *change), *solved(base, shock_of(base, *change)))
    rows = run_targets(write_world(tmp_path, base, [case_of(base, "a", *change, expectation(base, got))]))
    assert len(rows) == 8 * 3 + 2 * 6 + 18 and (rows.verdict == "ok").all(), rows[rows.verdict != "ok"]


def test_levels_come_in_the_unit_of_the_flows_and_percentages_in_percent(tmp_path):
    base = random_world(5, links=True)
    expect = {
        "flows": tree(base.flow.transpose(1, 0, 2) * MONEY, base.regions, base.regions, base.domains),
        "income": tree(base.income * MONEY, base.regions),
        "tariff_revenue": tree((base.tariff * base.flow).sum(axis=(1, 2)) * MONEY, base.regions),
        "final_shares": tree(base.final, base.regions, base.domains),
        "welfare": tree(np.zeros(3), base.regions),
        "wage": tree(np.ones(3), base.regions),
    }
    case = {"name": "calm", "links": True, "kind": "computed", "tolerance": 1e-9, "expect": expect}
    rows = run_targets(write_world(tmp_path, base, [case]))
    assert (rows.verdict == "ok").all(), rows[rows.verdict != "ok"]


@settings(max_examples=10, deadline=None, derandomize=True)
@given(seeds)
def test_the_two_sums_of_trade_are_those_of_their_definition(seed):
    base = random_world(seed, links=True)
    tariff, withheld, iceberg = random_change(base, seed)
    x, at = solved(base, shock_of(base, tariff, withheld, iceberg))
    got, c, X = (
        outcomes(base, shock_of(base, tariff, withheld, iceberg), x, at),
        np.exp(at.log_cost),
        base.flow,
    )
    for i in range(3):
        sold = sum(X[j, i, d] * (c[i, d] - 1) for j in range(3) for d in range(2))
        bought = sum(X[i, j, d] * (c[j, d] - 1) for j in range(3) for d in range(2))
        grown = [
            base.tariff[i, j, d] * X[i, j, d] * (at.flow[i, j, d] / X[i, j, d] - c[j, d])
            for j in range(3)
            for d in range(2)
        ]
        assert got["terms_of_trade"][i] == pytest.approx(100 * (sold - bought) / base.income[i], abs=1e-9)
        assert got["volume_of_trade"][i] == pytest.approx(100 * sum(grown) / base.income[i], abs=1e-9)


# --- verdicts -------------------------------------------------------------------------------------


def three_regions(folder, case):
    """The shipped world of three regions with one case."""
    for name in ("flows.csv", "tariffs.csv", "theta.csv"):
        (folder / name).write_bytes((SHIPPED / "three_regions" / name).read_bytes())
    (folder / "cases.yaml").write_text("defaults: {links: false, kind: computed, tolerance: 1.0e-05}\n" + case)
    return folder


CALM = "cases:\n- {name: calm, expect: {welfare: {R0: %s}}}\n"
ISOLATED = CALM % 0 + (
    "- name: alone\n  expect: {welfare: {R0: 0, R1: 0}}\n  withheld: [{exporter: R0, importer: all, share: 1},"
    " {exporter: all, importer: R0, share: 1}]\n"
)


def test_a_number_beyond_its_tolerance_fails(tmp_path):
    row = run_targets(three_regions(tmp_path, CALM % 0.00002)).iloc[0]
    assert row.verdict == "failed" and row.difference == pytest.approx(-0.00002) and not row.reason
    assert run_targets(three_regions(tmp_path, CALM % 0.000009)).verdict[0] == "ok"


def test_a_case_without_an_equilibrium_fails_with_its_reason_and_without_a_number(tmp_path):
    rows = run_targets(three_regions(tmp_path, ISOLATED)).set_index("case")
    assert rows.verdict["calm"] == "ok"
    assert (rows.verdict["alone"] == "failed").all() and rows.got["alone"].isna().all()
    assert rows.reason["alone"].str.contains("no equilibrium found: largest residual").all()


def test_a_hard_case_is_reached_in_smaller_steps(tmp_path):
    hard = "cases:\n- {name: wall, expect: {wage: {R0: 1}}, tariffs: [{exporter: all, importer: all, set: 10}]}\n"
    row = run_targets(three_regions(tmp_path, hard)).iloc[0]
    assert not row.reason and np.isfinite(row.got) and row.verdict == "failed"


def test_the_summary_counts_cases_and_names_those_that_fail(tmp_path):
    good = run_targets(three_regions(tmp_path, CALM % 0.000005))
    assert summary("x", good).startswith("x: 1 cases, 1 numbers, all within tolerance (largest difference 0.5")
    bad = run_targets(three_regions(tmp_path, ISOLATED))
    assert summary("x", bad).startswith("x: 1 of 2 cases failed: alone")
    assert worst_ratio(good.assign(tolerance=0.0, difference=1e-9)) == np.inf
    assert worst_ratio(good.assign(tolerance=0.0, difference=0.0)) == 0


@pytest.mark.parametrize(
    "text, message",
    [
        ("{", "is no JSON of closed forms"),
        ("{}", "is no JSON of closed forms"),
        ('{"closed_forms": {"acs": []}}', "acs is an unknown formula; known: acr"),
        ('{"closed_forms": {"acr": [{"theta": 4, "loss_pct": 1}]}}', r"acr\[0\] lacks lam_dom"),
        (
            '{"closed_forms": {"acr": [{"lam_dom": 0.5, "theta": "4", "loss_pct": 1}]}}',
            r"theta is '4'; must be a num",
        ),
        (
            '{"closed_forms": {"acr": [{"lam_dom": 0.5, "theta": 4, "x": 1, "loss_pct": 1}]}}',
            r"\.x is an unknown key",
        ),
    ],
)
def test_a_wrong_file_of_closed_forms_is_told(tmp_path, text, message):
    (tmp_path / "c.json").write_text(text)
    with pytest.raises(ScenarioError, match=message):
        run_closed_forms(tmp_path / "c.json")


# --- the command ----------------------------------------------------------------------------------


def test_the_command_prints_every_number_and_ends_well():
    done = hedgelab("--targets", SHIPPED / "three_regions")
    assert done.returncode == 0 and "Warning" not in done.stderr
    assert "no_change" in done.stdout and "1.027276" in done.stdout and "expected" in done.stdout
    assert "three_regions: 8 cases, 192 numbers, all within tolerance" in done.stdout


def test_without_a_folder_the_command_runs_all_known_answers_quietly_if_asked():
    done = hedgelab("--quiet")
    assert done.returncode == 0 and not done.stderr
    assert [line.split(":")[0] for line in done.stdout.splitlines()] == ["small_cases", "three_regions"]


def test_a_failed_case_is_exit_status_1_and_wrong_input_2(tmp_path):
    failed = hedgelab("--targets", three_regions(tmp_path, ISOLATED), "--quiet")
    assert failed.returncode == 1 and "no equilibrium found" in failed.stdout and "calm" not in failed.stdout
    (tmp_path / "theta.csv").unlink()
    wrong = hedgelab("--targets", tmp_path)
    assert wrong.returncode == 2 and not wrong.stdout
    assert wrong.stderr.strip().endswith("theta.csv: is missing; a target folder needs it")


def test_json_and_csv_carry_the_rows_alone(tmp_path):
    folder = three_regions(tmp_path, ISOLATED)
    as_json = hedgelab("--targets", folder, "--format", "json")
    rows = json.loads(as_json.stdout)
    assert as_json.returncode == 1 and rows[1]["got"] is None and rows[0]["verdict"] == "ok"
    as_csv = pd.read_csv(StringIO(hedgelab("--targets", folder, "--format", "csv").stdout))
    assert tuple(as_csv.columns) == ("target", *COLUMNS) and len(as_csv) == 3
    out = tmp_path / "rows.csv"
    assert hedgelab("--targets", folder, "--format", "csv", "--out", out).returncode == 1
    assert len(pd.read_csv(out)) == 3
    assert hedgelab("--targets", folder, "--out", tmp_path / "no" / "rows").returncode == 2
