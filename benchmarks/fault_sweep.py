"""What goes wrong with a sweep, done to real sweeps of the small world: what is seen, and that no other run is lost.

A sweep that nothing befell is played first. Then each fault of `docs/sweeps.md` is made: rules of one's own that raise
in one run of a hundred, hang, return nonsense or kill their process; a worker killed from outside; a disk that fills
up; a chunk cut short, a file of the panel taken away, a manifest edited. After each, every other run is compared with
the first sweep, to the bit. The disk is a tmpfs where one can be mounted, else a limit on the size of a file, which is
said. Deaths of the whole sweep are left to `kill_sweep.py`. Exit status 1 when a check fails.
Run: `.venv/bin/python benchmarks/fault_sweep.py [--scenario small_rivalry] [--policy status_quo] [--runs 100]`."""

from __future__ import annotations

import argparse
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pandas as pd
from kill_sweep import children, digest, done_in, kill

from sim.sweeps.read import open_sweep

ROOT = Path(__file__).resolve().parents[1]
SPEC = """kind: sweep
name: faults
description: A sweep that something befalls.
scenarios: [{scenario}]
policies: [{policy}]
design: {{type: list, points: [{{}}]}}
replicates: {runs}
quarters: 1
timeout: {timeout}
strategy: 'odd_rules:{rule}'
"""
RULES = """import os
import time
from sim.strategies.base import Strategy


class Holds(Strategy):
    name, always_open = "holds", True

    def choose(self, seen, scored):
        return self.does(seen.run) or 0

    def does(self, run):
        return None


class Raises(Holds):
    def does(self, run):
        if run % 100 == 42:
            raise ValueError("lost the file")


class Hangs(Holds):
    def does(self, run):
        while run == 7:
            time.sleep(1)


class Nonsense(Holds):
    def does(self, run):
        if run == 6:
            raise KeyError("bad\\udcff name")
        return {3: "a tariff", 4: True, 5: 10**6}.get(run)


class Kills(Holds):
    def does(self, run):
        if run == 2:
            os._exit(9)
"""
SMALL_DISK, LARGE_DISK = "280k", "50m"  # the first holds what a sweep begins with, and some runs
LIMIT = 200_000  # bytes that a file may have where no disk can be mounted


class Faults:
    """A place with rules and a sweep that nothing befell; what was found wrong."""

    def __init__(self, place: Path, options: argparse.Namespace):
        self.place, self.options, self.bad = place, options, 0
        (place / "odd_rules.py").write_text(RULES)

    def spec(self, rule: str, runs: int, timeout: int = 600) -> str:
        """A sweep file; its name."""
        name = f"{rule.lower()}-{runs}.yaml"
        given = vars(self.options) | {"runs": runs, "timeout": timeout, "rule": rule}
        (self.place / name).write_text(SPEC.format(**given))
        return name

    def start(self, *words: object, **more) -> subprocess.Popen:
        """The command in a process of its own."""
        env = os.environ | {"PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1"}
        return subprocess.Popen([sys.executable, "-m", "sim.cli", *map(str, words)], cwd=self.place, text=True, env=env,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, **more)  # fmt: skip

    def sees(self, process: subprocess.Popen, *, status: int, says: str) -> None:
        """Prints what the command said last, and checks it."""
        out, err = process.communicate()
        lines = (err if process.returncode else out).strip().splitlines()
        last = lines[-1] if lines else ""
        print(f"  $ hedgelab {' '.join(process.args[3:])}\n    status {process.returncode}: {last}")
        self.holds(process.returncode == status and says in out + err and "Traceback" not in out + err,
                   f"status {status}, {says!r}, no traceback")  # fmt: skip

    def holds(self, well: bool, what: str) -> None:
        """Prints whether something is as it should be."""
        self.bad += not well
        print(f"    {'as it should be' if well else 'WRONG'}: {what}", flush=True)

    def spared(self, folder: str, lost: dict[str, int]) -> None:
        """Whether the states are these, and every run that is ok has the bits of the sweep that nothing befell."""
        done, whole = open_sweep(self.place / folder), open_sweep(self.place / "whole")
        counts, total = dict(done.counts), done.manifest["rows"]
        same = all(_same(one, other) for one, other in ((done.runs, whole.runs), (done.panel(), whole.panel())))
        ok = total - sum(lost.values())
        self.holds(counts == lost | {"ok": ok} and same, f"{counts}; the {ok} that are ok have the bits they should")

    def same_bytes(self, folder: str) -> None:
        """Whether a folder has every byte of the sweep that nothing befell."""
        found, wanted = (digest(self.place / one) for one in (folder, "whole"))
        other = [name for name in {**found, **wanted} if found.get(name) != wanted.get(name)]
        other = [name for name in other if not name.endswith(".broken")]
        self.holds(not other, "every byte of the sweep that nothing befell" if not other else f"other: {other}")

    def copy(self, name: str) -> Path:
        """The sweep that nothing befell, to be spoilt."""
        return Path(shutil.copytree(self.place / "whole", self.place / name))


def _same(one: pd.DataFrame, other: pd.DataFrame) -> bool:
    mine = one[one.state == "ok"] if "state" in one else one
    theirs = other[other.row.isin(mine.row)]
    names = [name for name in mine if not mine[name].isna().all() or name in theirs]
    return mine[names].reset_index(drop=True).equals(theirs[names].reset_index(drop=True))


def rules(faults: Faults) -> None:
    """Rules of one's own that go wrong."""
    runs = faults.options.runs
    for rule, number, timeout, lost, status, says in (
        ("Raises", runs, 600, {"failed": (runs + 57) // 100}, 1, "raised ValueError in"),
        ("Hangs", 12, 5, {"timeout": 1}, 1, "took longer than 5 seconds"),
        ("Nonsense", 12, 600, {"failed": 4}, 1, "must be the index of a feasible candidate"),
        ("Kills", 12, 600, {"killed": 1}, 1, "with exit code 9"),
    ):
        print(f"\n{rule.lower()}, {number} runs")
        folder = rule.lower()
        faults.sees(faults.start("sweep", faults.spec(rule, number, timeout), "--out", folder, "--workers", 2),
                    status=status, says=says)  # fmt: skip
        faults.spared(folder, lost)


def killed_worker(faults: Faults) -> None:
    """A worker killed from outside while it plays."""
    print("\na worker killed from outside (SIGKILL) midway")
    process = faults.start("sweep", faults.spec("Holds", faults.options.runs), "--out", "killed", "--workers", 2)
    while process.poll() is None and done_in(faults.place / "killed") < faults.options.runs // 3:
        time.sleep(0.1)
    there = [kill(pid) for pid in random.Random(1).sample(children(process.pid), 1)]
    faults.sees(process, status=0, says=f"{faults.options.runs} ok")
    faults.holds(there == [True], "a worker was killed")
    faults.same_bytes("killed")


def full_disk(faults: Faults) -> None:
    """A disk that fills up, and is given more space."""
    disk, spec = faults.place / "disk", faults.spec("Holds", faults.options.runs)
    disk.mkdir()
    mounted = _mount(disk, SMALL_DISK)
    instead = f"no disk can be mounted here: instead no file may be larger than {LIMIT} bytes (RLIMIT_FSIZE)"
    print(f"\na disk of {SMALL_DISK} (tmpfs)" if mounted else f"\n{instead}")

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (LIMIT, resource.RLIM_INFINITY))

    try:
        process = faults.start("sweep", spec, "--out", "disk/full", "--workers", 2,
                               **({} if mounted else {"preexec_fn": limited}))  # fmt: skip
        faults.sees(process, status=1, says="No space left on device" if mounted else "File too large")
        kept = done_in(disk / "full")
        faults.holds(0 < kept < faults.options.runs, f"{kept} runs are kept")
        faults.sees(faults.start("sweep", "status", "disk/full"), status=0, says=f"{kept} ok")
        if mounted:
            _mount(disk, f"remount,size={LARGE_DISK}", again=True)
        faults.sees(faults.start("sweep", "resume", "disk/full", "--workers", 2), status=0, says="ok")
        faults.same_bytes("disk/full")
    finally:
        if mounted:
            subprocess.run(["umount", str(disk)], check=True)


def _mount(disk: Path, size: str, again: bool = False) -> bool:
    options = size if again else f"size={size}"
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(disk)], capture_output=True)
    return done.returncode == 0


def spoilt_files(faults: Faults) -> None:
    """Files of a finished sweep that were cut, taken away or edited."""

    def cut(folder: Path) -> None:
        path = folder / "runs" / "000000.parquet"
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])

    def take(folder: Path) -> None:
        (folder / "panel" / "000000.parquet").unlink()

    spoil: dict[str, tuple[Callable[[Path], None], list[str]]] = {
        "half of runs/000000.parquet cut off": (cut, ["sweep", "status"]),
        "panel/000000.parquet taken away": (take, ["analyse"]),
    }
    for number, (what, (how, looks)) in enumerate(spoil.items()):
        print(f"\n{what}")
        folder = f"spoilt-{number}"
        how(faults.copy(folder))
        if looks[0] == "sweep":
            faults.sees(faults.start(*looks, folder), status=1, says="000000.parquet is broken")
        else:
            try:
                open_sweep(faults.place / folder).panel()
                faults.holds(False, "reading the panel says nothing")
            except Exception as error:
                faults.holds("it is not there" in str(error), f"reading the panel from Python: {error}")
        faults.sees(faults.start("sweep", "resume", folder, "--workers", 2), status=0, says="ok")
        faults.same_bytes(folder)
    print("\nthe seed changed in manifest.json")
    manifest = faults.copy("edited") / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"seed": 0', '"seed": 1', 1))
    for words in (["sweep", "resume", "edited"], ["analyse", "edited"], ["rerun", "edited", "--rows", 2]):
        faults.sees(faults.start(*words), status=1, says="was changed after it was written")
    rows = len(pd.read_parquet(faults.place / "edited" / "runs"))
    faults.holds(rows == faults.options.runs, f"pandas reads {rows} rows")


def main() -> None:
    """Prints what was done, what was said, and what was lost."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scenario", default="small_rivalry")
    parser.add_argument("--policy", default="status_quo")
    parser.add_argument("--runs", type=int, default=100)
    with tempfile.TemporaryDirectory() as place:
        faults, begun = Faults(Path(place), parser.parse_args()), time.monotonic()
        print(f"nothing befalls {faults.options.runs} runs")
        faults.sees(faults.start("sweep", faults.spec("Holds", faults.options.runs), "--out", "whole", "--workers", 1),
                    status=0, says=f"{faults.options.runs} ok")  # fmt: skip
        for fault in (rules, killed_worker, full_disk, spoilt_files):
            fault(faults)
        print(f"\n{faults.bad} checks failed; {time.monotonic() - begun:.0f} s")
    raise SystemExit(bool(faults.bad))


if __name__ == "__main__":
    main()
