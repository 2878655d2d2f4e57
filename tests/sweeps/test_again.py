"""Rows played again: what no longer plays is told, what only stood beside it is not."""

from types import SimpleNamespace

from sim.sweeps.again import Reopened, _differences, _panel_differences, rerun_rows
from sim.sweeps.orders import OK, Order, Played
from sim.sweeps.pool import LocalPool, Lost
from sim.sweeps.read import Sweep
from sim.sweeps.runner import resume
from tests.sweeps.made import Acts, folder_of, plan_of, play
from tests.sweeps.test_folder import Here


def played(path, acts=None, **more):
    """A finished sweep of stand-ins."""
    plan = plan_of(**more)
    folder = folder_of(path, plan)
    with folder.held():
        resume(folder, plan, lambda: Here(acts))
    done = Sweep(folder)
    done.__dict__["plan"] = plan
    return done


def again(done, pool, monkeypatch):
    monkeypatch.setattr("sim.sweeps.again.manifest", lambda plan: done.manifest)
    return rerun_rows(done, pool)


def test_a_row_that_no_longer_plays_differs_in_its_state(tmp_path, monkeypatch):
    done = played(tmp_path / "one", timeout=1.0, points_wanted=3)
    worse = Acts(seconds=0, hangs=frozenset({"0.calm.one.0"}), dies=frozenset({"2.calm.two.1"}))
    found = again(done, lambda: LocalPool(2, play, worse), monkeypatch)
    assert found.differs == {"0.calm.one.0": ["state"], "2.calm.two.1": ["state"]}
    assert found.compared == done.plan.rows and found.not_compared == 0


def test_a_row_without_an_outcome_in_the_sweep_is_not_compared(tmp_path, monkeypatch):
    class Loses(Here):
        def outcome(self, order):
            mine = "1.calm.one.0" in [row.id for row in order.rows]
            return Lost("timeout", "") if mine else super().outcome(order)

    plan = plan_of(points_wanted=2)
    folder = folder_of(tmp_path / "one", plan)
    with folder.held():
        assert resume(folder, plan, Loses)["timeout"] == 1
    done = Sweep(folder)
    done.__dict__["plan"] = plan
    found = again(done, Here, monkeypatch)
    assert (found.same, found.compared, found.not_compared) == (plan.rows - 1, plan.rows - 1, 1)


def test_an_order_that_nobody_took_is_given_once_more(tmp_path, monkeypatch):
    class Once(Here):
        refused = False

        def outcome(self, order):
            if not self.refused:
                self.refused = True
                return Lost("pending", "")
            return super().outcome(order)

    found = again(played(tmp_path / "one"), Once, monkeypatch)
    assert found.same == found.compared == 24


def test_an_outcome_that_only_one_side_has_differs():
    one = Played("0.calm.one.0", OK, "", ["2025Q1"], {"income": [1.0]}, {"income": "percent"})
    stored = {"row": one.id, "state": OK, "error": "", "model.a": 0.5, "income": 1.0, "gone": 2.0, "empty": None}
    assert _differences(one, stored, ["model.a"]) == ["gone"]
    assert _differences(one, {**stored, "gone": None}, ["model.a"]) == []
    panel = [{"row": one.id, "quarter": "2025Q1", "income": 1.0, "gone": 2.0}]
    assert _panel_differences(one, panel) == ["gone"]


def test_some_rows_of_a_sweep_are_so_many_and_not_all_of_one_point(tmp_path, monkeypatch):
    done, seen = played(tmp_path / "one", points_wanted=3, replicates=16), []

    class Sees(Here):
        def outcome(self, order):
            seen.extend(order.rows)
            return super().outcome(order)

    monkeypatch.setattr("sim.sweeps.again.manifest", lambda plan: done.manifest)
    found = rerun_rows(done, Sees, rows=20)
    assert found.same == found.compared == 20 == len(seen)
    assert {row.point for row in seen} == {0, 1, 2} and {row.policy for row in seen} == {"one", "two"}


def test_a_row_that_reopens_is_judged_by_every_quarter(tmp_path, monkeypatch):
    done = played(tmp_path / "one")
    row = done.plan.find("2.calm.two.1")
    fresh = play(Acts(seconds=0), Order("calm", (row,)))[0]
    monkeypatch.setattr("sim.sweeps.again.read_off", lambda *_, **__: fresh)
    one = Reopened(done, row, [])
    assert one.differs(SimpleNamespace(portfolio=None, focus="")) == []
    fresh.outcomes["income"][0] += 1e-15  # the last quarter stays as it was
    assert one.differs(SimpleNamespace(portfolio=None, focus="")) == ["income"]
