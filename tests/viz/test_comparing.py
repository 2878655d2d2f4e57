"""Comparisons of several tabs: one at a time, the others wait in order; a stopped one leaves nobody at work."""

import multiprocessing
import time
from dataclasses import replace

import pytest

from tests.viz.waited import until
from viz import comparing as module
from viz.comparing import Asked, Comparing
from viz.state import Choice
from viz.waiting import Line

BASE = Choice("small_rivalry", "status_quo", 7)


@pytest.fixture
def tabs(monkeypatch):
    """Tabs of one server with room for one comparison."""
    monkeypatch.setattr(module, "LINE", Line(1))
    monkeypatch.setattr(module, "WORKERS", 1)
    made = []

    def new():
        made.append(Comparing())
        return made[-1]

    yield new
    for one in made:
        one.end()
    until(lambda: not children())


def children():
    return multiprocessing.active_children()


def asked(seed=7, runs=1):
    other = replace(BASE, values=(("model.trade.contract_renewal", 0.1),))
    variants = (("a", replace(BASE, seed=seed)), ("b", replace(other, seed=seed)))
    return Asked(variants, "a", runs)


def test_a_second_tab_waits_for_the_first_and_then_comes(tabs):
    first, second, third = tabs(), tabs(), tabs()
    first.start(asked())
    until(children)
    second.start(asked(8))
    until(lambda: second.state.value.before == 1)
    third.start(asked(9))
    until(lambda: third.state.value.before == 2)
    assert len(children()) == 1 and second.state.value.done == 0
    until(lambda: first.state.value.found is not None)
    until(lambda: second.state.value.found is not None)
    assert second.state.value.before == 0 and not second.state.value.running
    assert second.state.value.found.seed == 8
    third.stop()


def test_a_stopped_comparison_leaves_no_process_and_lets_the_next_go_on(tabs):
    first, second = tabs(), tabs()
    first.start(asked(runs=16))
    until(lambda: first.state.value.done > 0)
    at_work = children()
    second.start(asked(8))
    until(lambda: second.state.value.before == 1)
    first.stop()
    until(lambda: not any(one.is_alive() for one in at_work), 5)
    assert first.state.value.stopped and first.state.value.found is None
    until(lambda: second.state.value.found is not None)
    until(lambda: not children(), 5)


def test_stop_and_compare_again_never_has_two_sets_of_processes(tabs):
    tab, most = tabs(), 0
    for _ in range(3):
        tab.start(asked(runs=16))
        until(children)
        tab.stop()
    tab.start(asked())
    while tab.state.value.running:
        most = max(most, len(children()))
        time.sleep(0.05)
    assert most == 1 and tab.state.value.found is not None


def test_one_that_waits_can_be_stopped_and_one_whose_tab_goes_is_passed_over(tabs):
    first, second, third = tabs(), tabs(), tabs()
    first.start(asked(runs=16))
    until(children)
    for place, one in enumerate((second, third)):
        one.start(asked(9))
        until(lambda one=one, place=place: one.state.value.before == place + 1)
    second.stop()
    until(lambda: third.state.value.before == 1)
    first.end()
    until(lambda: third.state.value.found is not None)


def test_a_killed_worker_costs_no_run(tabs):
    tab = tabs()
    tab.start(asked(runs=2))
    until(lambda: tab.state.value.done > 0)
    children()[0].kill()
    until(lambda: not tab.state.value.running)
    assert tab.state.value.found is not None and tab.state.value.found.failures.empty
