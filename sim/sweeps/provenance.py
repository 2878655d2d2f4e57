"""What pins a sweep: its file, every config as read, hashes of data and code, versions, and what computes."""

from __future__ import annotations

import importlib.util
import json
import platform
import sys
from collections.abc import Iterable
from hashlib import sha256
from importlib import metadata
from pathlib import Path

from numpy._core._multiarray_umath import __cpu_dispatch__, __cpu_features__
from threadpoolctl import threadpool_info

from sim.errors import StoreError
from sim.record import store
from sim.rules.backend import described
from sim.scenario.activity import activity_source
from sim.scenario.load import configs_root
from sim.scenario.sweeps import SweepFile
from sim.sweeps.plan import Plan

PINNED = ("spec", "scenarios", "code", "rules", "versions", "rows", "chunk_rows", "backend")  # bits follow from these
COMPUTES = {"blas": "linear algebra", "simd": "vector instructions", "machine": "machine"}  # of `backend`, for people
LIKE_THE_FIRST = ("take a processor of the same kind, or let a newer one compute like it by OPENBLAS_CORETYPE and "
                  "NPY_DISABLE_CPU_FEATURES")  # fmt: skip


def manifest(plan: Plan) -> dict:
    """The manifest of a sweep, its own checksum in it. No times, no names of machines."""
    policies = list(plan.policies.values())
    scenarios = {
        name: {"files": placed([*one.sources, activity_source()]), "config": digest(store.resolved(one, policies))}
        for name, one in plan.scenarios.items()
    }
    return sealed({
        "kind": "sweep", "name": plan.spec.name, "spec": plan.spec.model_dump(mode="json"), "scenarios": scenarios,
        "policies": list(plan.policies), "seeds": {"seed": plan.spec.seed, "runs": [0, plan.spec.replicates - 1]},
        "points": len(plan.points), "rows": plan.rows, "chunk_rows": plan.chunk_rows, "varied": plan.factors,
        "code": store.code_hash(), "rules": own_rules(plan.spec), "versions": versions(), "backend": backend(),
    })  # fmt: skip


def placed(sources: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Files read, by a name that is the same from wherever the command is given."""
    root = configs_root()
    found = {}
    for name, value in sources:
        path = Path(name).resolve()
        inside = path.is_relative_to(root)
        found[f"configs/{path.relative_to(root).as_posix()}" if inside else path.name] = value
    return found


def resolved(plan: Plan) -> dict:
    """Every config of every scenario, as read."""
    policies = list(plan.policies.values())
    return {name: store.resolved(one, policies) for name, one in plan.scenarios.items()}


def versions() -> dict[str, str]:
    """Python and the packages that results hang on."""
    packages = (*store.PACKAGES, "SALib")
    python = ".".join(map(str, sys.version_info[:2]))
    return {"python": python, "backend": described()} | {p: metadata.version(p) for p in packages}


def backend() -> dict[str, str]:
    """What does the arithmetic: another kind of processor gives other last bits."""
    import scipy.linalg  # noqa: F401 late: so that its library is among those found, whoever asks

    blas = [one for one in threadpool_info() if one["user_api"] == "blas"]
    said = sorted({f"{one['internal_api']} {one['version']} {one.get('architecture', '')}".strip() for one in blas})
    simd = [name for name in __cpu_dispatch__ if __cpu_features__[name]]
    return {"kernel": described(), "blas": ", ".join(said), "simd": ", ".join(simd), "machine": platform.machine()}


def computes() -> dict[str, str]:
    """The same by names for people, without the kernel, which stands among the versions."""
    found = backend()
    return {phrase: found[key] for key, phrase in COMPUTES.items()}


def then_and_now(old: str, new: str) -> tuple[str, str]:
    """Of two lists of words, those that the other has not: `SkylakeX`, `Haswell`."""
    both = [dict.fromkeys(text.replace(",", " ").split()) for text in (old, new)]
    mine, other = ([word for word in one if word not in two] for one, two in (both, both[::-1]))
    return " ".join(mine) or old, " ".join(other) or new


def own_rules(spec: SweepFile) -> dict[str, str]:
    """module -> sha256 of the file of each rule of the user's own."""
    rules = spec.strategy.values() if isinstance(spec.strategy, dict) else [spec.strategy or ""]
    modules = sorted({rule.partition(":")[0] for rule in rules if ":" in rule.partition("(")[0]})
    found = {name: importlib.util.find_spec(name) for name in modules}
    return {name: sha256(Path(one.origin).read_bytes()).hexdigest() for name, one in found.items()
            if one is not None and one.has_location}  # fmt: skip


def digest(plain: object) -> str:
    """sha256 of plain data."""
    return sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()


def sealed(facts: dict) -> dict:
    """The facts with a checksum over them, by which an edit by hand is seen."""
    plain = json.loads(json.dumps(facts))
    return plain | {"checksum": digest(plain)}


def unsealed(facts: dict, where: str) -> dict:
    """The facts when nobody changed them. Raises StoreError."""
    rest = {key: value for key, value in facts.items() if key != "checksum"}
    if facts.get("checksum") != digest(rest):
        raise StoreError(
            f"{where} was changed after it was written (its checksum does not fit), so it no longer says how the rows "
            "came about: put the old one back, or sweep anew into another folder; the tables in runs/ and panel/ are "
            "as they were and can be read with pandas"
        )
    return facts


def differences(old: dict, new: dict) -> list[str]:
    """What of that which pins the bits is no longer the same, a phrase each."""
    found = []
    for key in PINNED:
        if old.get(key) == new.get(key):
            continue
        if key == "code":
            found.append("the code of hedgelab")
        elif key == "versions":
            changed = [p for p in new[key] if old[key].get(p) != new[key][p]]
            found += [f"{p} ({old[key].get(p)} then, {new[key][p]} now)" for p in changed]
        elif key == "scenarios":
            found += _changed_configs(old[key], new[key])
        elif key == "rules":
            found.append(f"the strategy {', '.join(sorted({*old[key], *new[key]}))}")
        elif key == "backend":
            found += _other_arithmetic(old.get(key, {}), new[key])
        else:
            found.append(key)
    return found


def _other_arithmetic(old: dict, new: dict) -> list[str]:
    found = []
    for key, phrase in COMPUTES.items():
        if key in old and old[key] != new[key]:
            then, now = then_and_now(old[key], new[key])
            found.append(f"{phrase}: {then} then, {now} now")
    return found


def _changed_configs(old: dict, new: dict) -> list[str]:
    found = []
    for name in dict.fromkeys([*old, *new]):
        before, after = old.get(name, {}), new.get(name, {})
        if before == after:
            continue
        files = [f for f in dict.fromkeys([*before.get("files", {}), *after.get("files", {})])
                 if before.get("files", {}).get(f) != after.get("files", {}).get(f)]  # fmt: skip
        found.append(f"scenario {name} ({', '.join(files) or 'its configs'})")
    return found
