"""The command `hedgelab`: reads arguments, calls the package, prints; what it calls is decided elsewhere.

Errors meant for people become sentences on stderr and an exit status: 2 when the input is wrong, 1 when a run
failed. HEDGELAB_DEBUG=1 shows the traceback instead."""

import os
import re
import shlex
import sys
from enum import StrEnum
from importlib.machinery import PathFinder
from pathlib import Path
from typing import Annotated

import typer

from sim.cli import analyse, frontier, runs, studies, sweeps, validate
from sim.errors import HedgelabError, Problem, ScenarioError
from sim.rules.backend import VARIABLE, use
from sim.scenario import file_check, load
from sim.scenario.defaults import load_defaults
from sim.scenario.names import NAME
from sim.scenario.reading import shown
from sim.strategies import strategy_names

WRONG_INPUT, FAILED = 2, 1

app = typer.Typer(
    name="hedgelab",
    help="A laboratory for economic statecraft: how a hedging portfolio changes when partners coerce.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


class Kind(StrEnum):
    """What `new` can write."""

    scenario = "scenario"
    policy = "policy"
    strategy = "strategy"
    sweep = "sweep"


@app.callback()
def root(
    backend: Annotated[
        str | None, typer.Option(metavar="NAME", help="what solves the equilibrium: numpy (default) or numba; also "
                                 f"by the variable {VARIABLE}")
    ] = None,
) -> None:  # fmt: skip
    """A laboratory for economic statecraft: how a hedging portfolio changes when partners coerce."""
    if backend is not None:
        use(backend)


app.command()(runs.demo)
app.command("run")(runs.run_one)
app.command("compare")(runs.compare_policies)
app.command("sweep")(sweeps.sweep)
app.command("analyse")(analyse.analyse_sweep)
app.command("rerun")(sweeps.rerun)
app.command("calibrate")(studies.calibrate)
app.command("nash")(studies.nash)
app.command()(frontier.frontier)
app.command("app")(studies.app)


@app.command()
def check(
    files: Annotated[list[Path], typer.Argument(metavar="FILE", help="config files of any kind")],
) -> None:
    """Check config files: every problem at once, each with file, key, what was found and what would be right.

    The kind is read from the file's `kind:`. What a file refers to is checked with it. Exit status 2 when
    something is wrong.

    \b
    Example:
      hedgelab new policy my_policy
      hedgelab check configs/policies/my_policy.yaml
    """
    problems: list[Problem] = []
    for file in files:
        try:
            typer.echo(f"ok: {shown(file)}: {file_check.check_file(file)}")
        except ScenarioError as error:
            problems += error.problems
    if problems:
        raise ScenarioError(dict.fromkeys(problems))


@app.command()
def new(
    kind: Annotated[Kind, typer.Argument(metavar="KIND", help="scenario, policy, strategy or sweep")],
    name: Annotated[str, typer.Argument(help="lower-case letters, digits and underscores")],
    out: Annotated[
        Path | None,
        typer.Option(help="folder to write to; by default the folder of its kind under configs/, or here"),
    ] = None,
) -> None:
    """Write a commented scenario, policy, strategy or sweep that runs as it is, to change as you like.

    \b
    Example:
      hedgelab new scenario my_scenario
      hedgelab check configs/scenarios/my_scenario.yaml
      hedgelab new strategy my_rule
    """
    if not re.fullmatch(NAME, name):
        valid = "lower-case letters, digits and underscores, a letter first"
        raise ScenarioError([Problem.value("hedgelab new", "NAME", name, valid)])
    if kind is Kind.strategy:
        path, taken = (out or Path()) / f"{name}.py", importable(name)
    else:
        folder = out if out is not None else Path("configs") / load.FOLDERS[kind.value]
        path, taken = folder / f"{name}.yaml", name in load.names(kind.value)
    if taken:
        what = "Python module" if kind is Kind.strategy else kind.value
        message = f"is {name!r}, which is the name of a {what} already; choose another"
        raise ScenarioError([Problem("hedgelab new", "NAME", message)])
    _write_new(path, load.template(kind.value, name, path))
    typer.echo(f"wrote {path}\nnext: {_next(kind, name, path)}")


def importable(name: str) -> bool:
    """Whether a rule's file of this name would be hidden by a module of Python's own or of a package."""
    here = Path.cwd()
    found = PathFinder.find_spec(name, [p for p in sys.path if Path(p or ".").resolve() != here])
    return found is not None or name in sys.builtin_module_names or name in strategy_names()


def _next(kind: Kind, name: str, path: Path) -> str:
    """What to do with the new file."""
    if kind is Kind.sweep:
        return f"hedgelab sweep {path} --dry-run"
    if kind is not Kind.strategy:
        return f"hedgelab check {path}"
    world = load_defaults().scenario
    focus = load.load_scenario(world).file.focus
    place = "" if path.parent == Path() else f"cd {shlex.quote(str(path.parent))}; "
    return f"{place}hedgelab run {world} --strategy {focus}={name}:{load.class_name(name)}"


app.command()(validate.validate)


def _write_new(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise ScenarioError([Problem(str(path), "", "is there already; choose another name or move it")]) from None
    except OSError as error:
        message = f"cannot be written ({error.strerror}); choose another folder with --out"
        raise ScenarioError([Problem(str(path), "", message)]) from error


def main() -> None:
    """Entry point: runs the command, and turns errors into sentences and an exit status."""
    try:
        app(prog_name="hedgelab")
    except HedgelabError as error:
        _stop(error, str(error), WRONG_INPUT if isinstance(error, ScenarioError) else FAILED)
    except Exception as error:
        what = f"{type(error).__name__}: {error}".splitlines()[0]
        _stop(error, f"hedgelab met an error of its own ({what}); HEDGELAB_DEBUG=1 shows where", FAILED)


def _stop(error: Exception, message: str, status: int) -> None:
    if os.environ.get("HEDGELAB_DEBUG") == "1":
        raise error
    sys.stderr.write(message + "\n")
    sys.exit(status)
