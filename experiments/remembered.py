"""Long work that can be stopped: what has been run is remembered, and not run again while the code is the same.

Each result is one line of JSON in ``.cache/NAME.jsonl``, written when it is there; an interrupt loses the
runs under way and no other. The key holds a digest of all code that could change a result.
"""

from __future__ import annotations

import functools
import hashlib
import inspect
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from experiments.repeat import iterate

__all__ = ["remembered"]

CACHE = Path(".cache")
CODE = (
    "simulator/describe", "simulator/rules", "simulator/run", "simulator/sample", "simulator/tables",
    "simulator/conducting.py", "simulator/history.py", "models", "experiments/outage.py", "experiments/outage_story.py",
)  # fmt: skip
"""What the result of a run depends on; pictures and words are no part of it."""

Item = Mapping[str, Any]
Result = dict[str, Any]


def remembered(
    name: str, task: Callable[[Item], Result], items: Sequence[Item], jobs: int, what: str,
    code: Sequence[str] = CODE,
) -> list[Result]:  # fmt: skip
    """``task(item)`` for each item, in order; those known from before are not run.

    Parameters
    ----------
    name : str
        Of the experiment.
    task : callable
        Gives plain data: numbers, texts, true and false.
    items : sequence of mapping
        Plain data that say everything about the run.
    jobs : int
    what : str
        Said beside the progress bar.
    code : sequence of str
        Files, and folders of Python files, that the result depends on, with the task's own module.
    """
    version = _digest(tuple(code), inspect.getsourcefile(task) or "")
    keys = [_key(version, item) for item in items]
    known = _read(CACHE / f"{name}.jsonl", version)
    todo = [(key, item) for key, item in zip(keys, items) if key not in known]
    todo = list({key: (key, item) for key, item in todo}.values())
    CACHE.mkdir(exist_ok=True)
    with (CACHE / f"{name}.jsonl").open("a", encoding="utf-8") as file:
        for (key, _), result in zip(todo, iterate(task, [item for _, item in todo], jobs, what)):
            file.write(json.dumps({"key": key, "version": version, "result": result}) + "\n")
            file.flush()
            known[key] = result
    return [known[key] for key in keys]


def _key(version: str, item: Item) -> str:
    text = json.dumps(item, sort_keys=True, default=str)
    return hashlib.sha256(f"{version} {text}".encode()).hexdigest()[:24]


@functools.cache
def _digest(folders: tuple[str, ...], module: str) -> str:
    """Of every file of the code, so that a change of it forgets all."""
    root = Path(__file__).resolve().parents[1]
    files = [file for name in folders for file in _python_files(root / name)]
    files.append(Path(module).resolve())
    found = hashlib.sha256()
    for file in files:
        found.update(file.relative_to(root).as_posix().encode() + file.read_bytes())
    return found.hexdigest()[:16]


def _python_files(place: Path) -> list[Path]:
    return [place] if place.is_file() else sorted(place.rglob("*.py"))


def _read(file: Path, version: str) -> dict[str, Result]:
    """Results of this version; a line cut short by an interrupt is none."""
    known: dict[str, Result] = {}
    if not file.exists():
        return known
    for line in file.read_text("utf-8").splitlines():
        try:
            row = json.loads(line)
        except ValueError:
            continue
        if row.get("version") == version:
            known[row["key"]] = row["result"]
    return known
