"""What the three outages share: run the model, score it, move its constants, try its lessons.

An outage module gives an :class:`Outage`: the evidence, a function ``observe(item)`` that runs the model
once and says what it found by the ids of the observables, and the published lessons as settings. Here
are the tables: observables with null models and bands, lessons with paired intervals.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.remembered import remembered
from simulator.describe.evidence import Evidence, Observed
from simulator.describe.paths import parse_setting
from simulator.describe.system import Scenario
from simulator.measure.estimates import mean_estimate

if TYPE_CHECKING:
    import argparse

    import pandas as pd

__all__ = [
    "Lesson", "Outage", "build", "full_option", "headline", "item", "lessons_table", "observables_table", "scale_table",
    "split",
]  # fmt: skip

MOVED = 0.3
"""Each fitted or assumed constant is moved by so much, one at a time."""

Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Lesson:
    """A published lesson as a change of the system.

    Parameters
    ----------
    text : str
        What the vendor, or we, drew from it.
    settings : mapping
        Parameters of the model; empty if the lesson changes what is known, not what happens.
    shows : tuple of str
        Ids whose change tells.
    arithmetic : str
        For a lesson without settings: its effect in one line.
    """

    text: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    shows: tuple[str, ...] = ()
    arithmetic: str = ""


@dataclass(frozen=True, slots=True)
class Outage:
    """One outage.

    Parameters
    ----------
    name : str
    evidence : Evidence
    observe : callable
        ``observe(item)`` with an item of `item` gives values by id.
    lessons : dict of str to Lesson
    """

    name: str
    evidence: Evidence
    observe: Callable[[Mapping[str, Any]], Values]
    lessons: Mapping[str, Lesson]


def item(settings: Mapping[str, Any], seed: int, quick: bool) -> dict[str, Any]:
    """What a run is asked: settings of the model by name, or by path in its scenario."""
    return {"settings": dict(settings), "seed": seed, "quick": quick}


def split(model: Callable[..., Scenario], settings: Sequence[str]) -> dict[str, Any]:
    """``--set`` of the command line as settings; names that are no parameters are paths of the scenario."""
    found: dict[str, Any] = dict(parse_setting(text) for text in settings)
    build(model, found)  # an error here names the key, before any long work
    return found


def build(model: Callable[..., Scenario], settings: Mapping[str, Any]) -> Scenario:
    """The scenario with some settings."""
    known = inspect.signature(model).parameters
    scenario = model(**{k: v for k, v in settings.items() if k in known})
    for path, value in settings.items():
        if path not in known:
            scenario = scenario.set(path, value)
    return scenario


def observables_table(
    outage: Outage,
    seeds: Sequence[int],
    base: Mapping[str, Any],
    quick: bool,
    jobs: int,
    full: bool,
) -> pd.DataFrame:
    """Published and simulated, with interval, class, null model, band and verdict.

    The first row says how many are predictions, and how many of them are numbers.
    """
    import pandas as pd

    found = _run(outage, [item(base, seed, quick) for seed in seeds], jobs, "seeds")
    nulls = {} if quick else _nulls(outage, base, seeds[0], jobs)
    broken = _bands(outage, base, seeds[0], jobs) if full else {}
    rows = [_row(one, found, nulls.get(one.id), broken.get(one.id) if full else None)
            for one in outage.evidence.observed]  # fmt: skip
    return pd.DataFrame([_first(outage.evidence, rows), *rows])


def _run(outage: Outage, items: Sequence[Values], jobs: int, what: str) -> list[Values]:
    return remembered(outage.name, outage.observe, items, jobs, what)


def _nulls(
    outage: Outage, base: Mapping[str, Any], seed: int, jobs: int
) -> dict[str, Any]:
    """What each null model gives for the observable it stands against."""
    wanted = [one for one in outage.evidence.observed if one.null_set]
    items = [item({**base, **one.null_set}, seed, False) for one in wanted]
    found = _run(outage, items, jobs, "null models")
    return {one.id: values[one.id] for one, values in zip(wanted, found)}


def _bands(outage: Outage, base: Mapping[str, Any], seed: int, jobs: int) -> dict[str, list[str]]:
    """For each scored observable, the moves of one constant that take it out of its range."""
    moves = [(name, sign) for name in outage.evidence.moved for sign in (-1, 1)]
    items = [
        item({**base, name: outage.evidence.value(name) * (1 + sign * MOVED)}, seed, False)
        for name, sign in moves
    ]
    broken: dict[str, list[str]] = {one.id: [] for one in outage.evidence.observed}
    for (name, sign), values in zip(moves, _run(outage, items, jobs, "bands")):
        for one in outage.evidence.observed:
            value = values[one.id]
            if not one.agrees(value):
                told = value if isinstance(value, str) else f"{value:.4g}"
                broken[one.id].append(f"{name} {'+' if sign > 0 else '-'}{MOVED:.0%} ({told})")
    return broken


def _row(one: Observed, runs: Sequence[Values], null: Any, broken: list[str] | None) -> Values:
    values = [values[one.id] for values in runs]
    middle, low, high = _middle(values)
    inside = one.agrees(middle)
    accept = (
        one.accept if isinstance(one.accept, str) else f"{one.accept[0]:g} to {one.accept[1]:g}"
    )
    return {
        "id": one.id, "what": one.what, "unit": one.unit, "published": _said(one.published),
        "simulated": _said(middle), "low": low, "high": high, "accept": accept, "class": one.kind,
        "null_model": one.null, "null": _said(null) if null is not None else "not run" if one.null_set else "",
        "null_fails": "" if null is None else ("yes" if not one.agrees(null) else "NO"),
        "band": _band(one, broken), "verdict": _verdict(one, inside),
    }  # fmt: skip


def _middle(values: list[Any]) -> tuple[Any, float, float]:
    """Mean and 95 % interval of numbers; of texts the one all agree on."""
    if any(isinstance(value, str) for value in values):
        told = list(dict.fromkeys(str(value) for value in values))
        return " / ".join(told), math.nan, math.nan
    numbers = np.array(values, dtype=float)
    if len(numbers) < 2 or not np.isfinite(numbers).all():
        return float(np.median(numbers)), math.nan, math.nan
    found = mean_estimate(numbers)
    return found.value, found.low, found.high


def _verdict(one: Observed, inside: bool) -> str:
    if one.scored:
        return "comes out" if inside else "DOES NOT COME OUT"
    return f"{one.kind}, not scored" + ("" if inside else " (outside)")


def _band(one: Observed, broken: list[str] | None) -> str:
    if not one.scored:
        return ""
    if broken is None:
        return "not run: --full"
    return "holds" if not broken else "broken by " + ", ".join(broken)


def _said(value: Any) -> str:
    if value is None:
        return "not published"
    return value if isinstance(value, str) else f"{float(value):.4g}"


def _first(evidence: Evidence, rows: list[Values]) -> Values:
    scored = [row for row in rows if row["class"] in ("number", "structure")]
    numbers = sum(row["class"] == "number" for row in scored)
    well = sum(row["verdict"] == "comes out" for row in scored)
    fail = sum(row["null_fails"] == "yes" for row in scored)
    held = sum(row["band"] == "holds" for row in scored)
    band = (
        "" if scored and scored[0]["band"].startswith("not run") else f"; {held} hold in the band"
    )
    told = (
        f"{len(scored)} predictions, {numbers} numbers and {len(scored) - numbers} structure, with "
        f"{len(evidence.fits)} fitted constants: {well} come out, {fail} null models fail{band}"
    )
    blank = dict.fromkeys(rows[0], "")
    return {**blank, "id": "all", "what": told, "low": math.nan, "high": math.nan}


def lessons_table(
    outage: Outage, seeds: Sequence[int], base: Mapping[str, Any], jobs: int
) -> pd.DataFrame:
    """What each lesson changes, on the same luck, with a paired 95 % interval."""
    import pandas as pd

    acting = [(key, one) for key, one in outage.lessons.items() if one.settings]
    items = [item(base, seed, False) for seed in seeds]
    items += [item({**base, **one.settings}, seed, False) for _, one in acting for seed in seeds]
    found = _run(outage, items, jobs, "lessons")
    before, rows = found[: len(seeds)], []
    for number, (key, one) in enumerate(acting, start=1):
        after = found[number * len(seeds) : (number + 1) * len(seeds)]
        rows += [_effect(outage, key, one, shown, before, after) for shown in one.shows]
    rows += [
        {"lesson": key, "what": one.text, "set": "", "shows": "arithmetic", "effect": one.arithmetic}
        for key, one in outage.lessons.items() if not one.settings
    ]  # fmt: skip
    return pd.DataFrame(rows)


def scale_table(
    outage: Outage, base: Mapping[str, Any], larger: Mapping[str, Any], seed: int, jobs: int
) -> pd.DataFrame:
    """The scored values as run, and with three times the traffic."""
    import pandas as pd

    items = [item(base, seed, False), item({**base, **larger}, seed, False)]
    small, large = _run(outage, items, jobs, "scale")
    return pd.DataFrame(
        [
            {"id": one.id, "as_run": str(small[one.id]), "three_times": str(large[one.id])}
            for one in outage.evidence.scored
        ]
    )


def headline(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """The table of observables, as far as a terminal is wide."""
    left_out = ["low", "high", "class", "null_model", "band"]
    return tables["observables"].drop(columns=left_out)


def full_option(parser: argparse.ArgumentParser) -> None:
    """``--full``: what takes long, too."""
    parser.add_argument(
        "--full", action="store_true", help="bands, lessons and curves, too; can be resumed"
    )


def _effect(
    outage: Outage, key: str, one: Lesson, shown: str, before: list[Values], after: list[Values]
) -> Values:
    told = next((o for o in outage.evidence.observed if o.id == shown), None)
    row: Values = {
        "lesson": key, "what": one.text, "set": " ".join(f"--set {k}={_toml(v)}" for k, v in one.settings.items()),
        "shows": shown, "measure": told.what if told else shown, "unit": told.unit if told else "",
    }  # fmt: skip
    old, new = [v[shown] for v in before], [v[shown] for v in after]
    row |= {"without": _said(_middle(old)[0]), "with": _said(_middle(new)[0])}
    if any(isinstance(value, str) for value in (*old, *new)):
        return row | {"change": math.nan, "low": math.nan, "high": math.nan, "effect": ""}
    change = np.array(new, dtype=float) - np.array(old, dtype=float)
    middle, low, high = _middle(list(change))
    return row | {"change": middle, "low": low, "high": high, "effect": ""}


def _toml(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
