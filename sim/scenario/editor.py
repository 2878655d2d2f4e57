"""The schema of config files as JSON schemas, so that an editor completes keys and marks mistakes.

`configs/schema/` holds them; each shipped config names its own in its first line. A test fails when they are
out of date: `python -m sim.scenario.editor` writes them anew.
"""

from __future__ import annotations

import json
from pathlib import Path

from sim.scenario.load import configs_root
from sim.scenario.schema import INSTRUMENTS, KINDS


def schemas() -> dict[str, str]:
    """File name -> text of each JSON schema."""
    models = KINDS | {f"instrument_{name}": model for name, model in INSTRUMENTS.items()}
    return {
        f"{name}.json": json.dumps(model.model_json_schema(), indent=1, sort_keys=True) + "\n"
        for name, model in models.items()
    }


def write_schemas(folder: Path) -> list[Path]:
    """Writes them into a folder; returns the files that changed."""
    folder.mkdir(parents=True, exist_ok=True)
    changed = []
    for name, text in schemas().items():
        path = folder / name
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            changed.append(path)
    return changed


if __name__ == "__main__":
    for path in write_schemas(configs_root() / "schema"):
        print(path)
