"""How the page holds up: 30 sessions that step at once, memory a session, first page, click and lever to redraw.

Sessions are `Lab` objects, one thread each, in one process, as the server has them; their runs are checked against
`simulate` bit by bit. First page and redraw are measured in headless Chromium, in contexts of their own, against a
server of their own. Prints a table. Run: `.venv/bin/python benchmarks/bench_lab.py [--sessions N] [--quarters N]`."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import threading
import time
from statistics import median

from sim.run import simulate
from viz.lab import Lab
from viz.state import Choice, Place
from viz.worlds import FITTED

SCENARIO = "tariffs_2025"
POLICIES = ("eu_hedge", "status_quo", "decoupling")
PORT = 18_765
REDRAWS, PAGES, LEVERS, OPEN = 12, 3, 6, 6


def resident(process: int | str = "self") -> float:
    """Memory of a process now, MB."""
    with open(f"/proc/{process}/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def session(lab: Lab, quarters: int, together: threading.Barrier, taken: list[float]) -> None:
    """Steps a tab through its quarters and notes the seconds of each; the tab's worker is this very thread."""
    lab.start_worker = lab.work
    lab.prepare()
    together.wait()
    for _ in range(quarters):
        began = time.perf_counter()
        lab.step()
        taken.append(time.perf_counter() - began)


def sessions(count: int, quarters: int) -> dict[str, str]:
    """Plays all sessions at once; raises AssertionError when one is not the run that `simulate` plays."""
    choices = [Choice(SCENARIO, POLICIES[k % len(POLICIES)], 1 + k) for k in range(count)]
    FITTED.rest(choices[0])  # the fit is made once a server, not once a session
    before, taken = resident(), [[] for _ in choices]
    labs = [Lab(Place(choice)) for choice in choices]
    together = threading.Barrier(count)
    threads = [threading.Thread(target=session, args=(lab, quarters, together, times))
               for lab, times in zip(labs, taken, strict=True)]  # fmt: skip
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    whole, grown = time.perf_counter() - began, resident() - before
    same = [correct(lab, quarters) for lab in labs]
    played = [lab.shown.value.played for lab in labs]
    assert played == [quarters] * count and all(same), (played, same)
    alone = alone_times(choices[0], quarters)
    steps = [one for times in taken for one in times]
    return {
        f"{count} sessions, {quarters} quarters each, all at once": f"{whole:.1f} s",
        "median answer to a step": f"{median(steps):.2f} s",
        "slowest answer to a step": f"{max(steps):.2f} s",
        "median answer, one session alone": f"{median(alone):.2f} s",
        "ratio of the medians": f"{median(steps) / median(alone):.1f}",
        "memory a session": f"{grown / count:.1f} MB",
        "sessions compared with simulate(), same bits": f"{sum(same)} of {len(same)}",
    }


def correct(lab: Lab, quarters: int) -> bool:
    """Whether a session holds the bits of its run played alone; that one goes a quarter on, since more is measured in
    a run's last quarter."""
    shown, choice = lab.shown.value.run, lab.shown.value.choice
    run = simulate(SCENARIO, choice.policy, choice.seed, quarters=quarters + 1)
    until = run.portfolio.quarter.isin(shown.quarters)
    ours, theirs = shown.portfolio.reset_index(drop=True), run.portfolio[until].reset_index(drop=True)
    moves = run.moves[run.moves.quarter.isin(shown.quarters)].reset_index(drop=True)
    return ours.equals(theirs) and shown.moves.reset_index(drop=True).equals(moves)


def alone_times(choice: Choice, quarters: int) -> list[float]:
    """Seconds of each step of a session that has the machine to itself."""
    taken: list[float] = []
    session(Lab(Place(choice)), quarters, threading.Barrier(1), taken)
    return taken


def in_chromium() -> dict[str, str]:
    """First page, and from a click on a played quarter to its new drawing."""
    from playwright.sync_api import sync_playwright

    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if path is None:
        return {"first page, click to redraw": "not measured: no Chromium"}
    code = f"from viz.serve import serve; serve('localhost', {PORT}, open_browser=False)"
    server = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    try:
        server.stdout.readline()
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
            pages = [first_page(browser) for _ in range(PAGES)]
            drawn, moved, grown = redraws(browser), levers(browser), memory(browser, server.pid)
            browser.close()
    finally:
        server.terminate()
        server.wait(20)
    return {
        "first page of a new server": f"{pages[0]:.2f} s",
        "first page later (median of the others)": f"{median(pages[1:]):.2f} s",
        f"click to redraw of a played quarter (median of {len(drawn)})": f"{1000 * median(drawn):.0f} ms",
        "slowest redraw": f"{1000 * max(drawn):.0f} ms",
        f"lever let go to the first new numbers (median of {len(moved)})": f"{1000 * median(moved):.0f} ms",
        "slowest lever": f"{1000 * max(moved):.0f} ms",
        f"memory of the server for a page of six quarters (mean of {OPEN})": f"{grown:.0f} MB",
    }


def first_page(browser) -> float:
    """Seconds from an empty tab to the drawn chart and a clock that says where the run stands."""
    context = browser.new_context(viewport={"width": 1366, "height": 768})
    page, began = context.new_page(), time.perf_counter()
    page.goto(f"http://localhost:{PORT}/?tab=play")
    page.locator("[data-chart] canvas").first.wait_for(timeout=90_000)
    page.locator(".clock").wait_for(timeout=90_000)
    taken = time.perf_counter() - began
    context.close()
    return taken


def redraws(browser) -> list[float]:
    """Seconds from a click on back or further to the first frame that shows the other quarter."""
    page = browser.new_context(viewport={"width": 1366, "height": 768}).new_page()
    page.goto(f"http://localhost:{PORT}/?tab=play&quarter=2025Q2")
    there = "text => document.querySelector('.clock') && document.querySelector('.clock').textContent.includes(text)"
    page.wait_for_function(there, arg="quarter 2 of", timeout=90_000)
    timed = """([label, text]) => new Promise((done) => {
        const began = performance.now();
        const look = () => document.querySelector('.clock').textContent.includes(text)
            ? requestAnimationFrame(() => done(performance.now() - began)) : requestAnimationFrame(look);
        document.querySelector(`[aria-label="${label}"]`).click();
        look();
    })"""
    taken = []
    for turn in range(REDRAWS):
        asked = ("One quarter back", "quarter 1 of") if turn % 2 == 0 else ("One quarter further", "quarter 2 of")
        taken.append(page.evaluate(timed, list(asked)) / 1000)
        page.wait_for_timeout(400)
    return taken


def levers(browser) -> list[float]:
    """Seconds from letting go of a slider to the first frame with other numbers, six quarters into a run."""
    page = browser.new_context(viewport={"width": 1366, "height": 768}).new_page()
    page.goto(f"http://localhost:{PORT}/?tab=play&quarter=2026Q2")
    there = "text => document.querySelector('.clock') && document.querySelector('.clock').textContent.includes(text)"
    page.wait_for_function(there, arg="quarter 6 of", timeout=90_000)
    timed = """(steps) => new Promise((done) => {
        const all = () => [...document.querySelectorAll('.tile, .levers-note')];
        const said = () => all().map((one) => one.textContent).join('|');
        const slider = document.querySelector('.lever input[type=range]'), before = said(), began = performance.now();
        slider.value = Number(slider.value) + steps;
        slider.dispatchEvent(new Event('input'));
        slider.dispatchEvent(new Event('change'));
        const look = () => said() !== before ? done(performance.now() - began) : requestAnimationFrame(look);
        look();
    })"""
    taken = []
    for turn in range(LEVERS):
        taken.append(page.evaluate(timed, 8 + turn) / 1000)
        page.wait_for_function(there, arg="quarter 6 of", timeout=90_000)
        page.wait_for_timeout(2_000)
    return taken


def memory(browser, server: int) -> float:
    """What an open page of six quarters takes of the server, MB; pages of several lucks, one after another."""
    before, there = resident(server), "text => (document.querySelector('.clock') || {}).textContent?.includes(text)"
    pages = [browser.new_context(viewport={"width": 1366, "height": 768}).new_page() for _ in range(OPEN)]
    for luck, page in enumerate(pages):
        page.goto(f"http://localhost:{PORT}/?tab=play&quarter=2026Q2&luck={100 + luck}")
        page.wait_for_function(there, arg="quarter 6 of", timeout=90_000)
    return (resident(server) - before) / OPEN


def main() -> None:
    """Measures and prints."""
    given = argparse.ArgumentParser(description=__doc__)
    given.add_argument("--sessions", type=int, default=30)
    given.add_argument("--quarters", type=int, default=6)
    given.add_argument("--no-browser", action="store_true")
    asked = given.parse_args()
    found = sessions(asked.sessions, asked.quarters)
    found |= {} if asked.no_browser else in_chromium()
    wide = max(map(len, found))
    print("\n".join(f"{what:<{wide}}  {value}" for what, value in found.items()))


if __name__ == "__main__":
    main()
