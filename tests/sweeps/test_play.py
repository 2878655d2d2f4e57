"""What a worker shares between runs: the fit of a draw, and nothing else."""

from sim.sweeps import play
from sim.sweeps.orders import Row


def row(point=0, scenario="calm", policy="one", replicate=0, **values):
    return Row(f"{point}.{scenario}.{policy}.{replicate}", point, scenario, policy, replicate, 1, values)


def test_runs_of_one_draw_share_a_fit_and_others_have_their_own(monkeypatch):
    fits, context = [], object()
    monkeypatch.setattr(play, "fit", lambda scenario: fits.append(scenario) or object())
    monkeypatch.setattr(play, "_last", [])
    first = play._shared(context, row(**{"model.a": 1.0}), "a")
    for same in (row(replicate=3, **{"model.a": 1.0}), row(policy="two", **{"model.a": 1.0, "policy.size": 0.5})):
        assert play._shared(context, same, "a") is first  # lucks, policies and their own values
    for other in (row(**{"model.a": 2.0}), row(scenario="rough", **{"model.a": 2.0}), row(scenario="rough")):
        assert play._shared(context, other, "b") is not first
    assert len(fits) == 4
    play._shared(object(), row(scenario="rough"), "b")  # another sweep in the same worker
    assert len(fits) == 5
