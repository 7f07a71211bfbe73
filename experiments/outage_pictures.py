"""Pictures and words that the outages share: one clock for what was published and what was simulated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from simulator.show.incident import plot_incident, plot_lessons, plot_threshold

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from simulator.tables.changes import Change

__all__ = ["clocked", "lessons", "remarks", "removal", "timeline", "told_changes"]

DAY_S = 86_400.0
_SMALL_TALK = ("begins", "has access")


def _of_day(clock: str) -> float:
    parts = [float(part) for part in clock.split(":")]
    return sum(part * 60.0 ** (2 - i) for i, part in enumerate(parts))


def clocked(published: Sequence[tuple[str, str]], begins_s: float) -> list[tuple[float, str]]:
    """Published events in seconds from the start of a run; a clock that goes back is the next day's."""
    found: list[tuple[float, str]] = []
    for clock, what in published:
        time = (_of_day(clock) - begins_s) % DAY_S
        while found and time < found[-1][0]:
            time += DAY_S
        found.append((time, what))
    return found


def told_changes(changes: Sequence[Change], apart_s: float = 120.0) -> list[tuple[float, str]]:
    """The changes worth a mark: what people did, in their words; of controllers the first and the last."""
    by_cause: dict[str, list[Change]] = {}
    for change in changes:
        if change.at > 0.0 and change.cause not in ("not there yet", ""):
            by_cause.setdefault(change.cause, []).append(change)
    told: list[tuple[float, str]] = []
    for cause, rows in by_cause.items():
        notes = [c for c in rows if c.what == "note" and c.value not in _SMALL_TALK]
        who, _, step = cause.partition(": ")
        if notes:
            told += [(c.at, str(c.value)) for c in notes]
        elif step:
            told.append((rows[-1].at, who if step.isdecimal() else step))
        else:
            lasts = rows[-1].at > rows[0].at + apart_s
            told.append((rows[0].at, f"{cause} begins" if lasts else cause))
            if lasts:
                told.append((rows[-1].at, f"{cause} done"))
    return sorted(told)


def remarks(tables: Mapping[str, pd.DataFrame]) -> list[str]:
    """Sentences on what does not come out, and on constants that break a prediction."""
    rows = tables["observables"]
    found = []
    for row in rows.to_dict("records"):
        if str(row["verdict"]).startswith("DOES NOT"):
            found.append(
                f"{row['id']} does not come out: {row['simulated']} {row['unit']}, accepted {row['accept']}."
            )
        if str(row["band"]).startswith("broken"):
            found.append(
                f"{row['id']} does not hold when a constant is moved by 30 %: {row['band']}."
            )
        if row["null_fails"] == "NO":
            found.append(
                f"{row['id']} proves nothing: its null model gives {row['null']}, inside as well."
            )
    return found


def timeline(
    curves: pd.DataFrame, events: pd.DataFrame, begins: str | float, title: str, quantity: str = "served",
    axis: str = "share of requests served", starts_s: float = 0.0,
) -> Figure:  # fmt: skip
    """Published and simulated events on one clock, over curves; `begins` is the time of day of second 0."""
    of_day = _of_day(begins) if isinstance(begins, str) else begins
    return plot_incident(curves, events, of_day, title, quantity, axis, starts_s)


def holdoff(table: pd.DataFrame) -> Figure:
    """Length of the cut against what follows, for several hold-offs."""
    return plot_threshold(
        table, x="cut_s", y="outage_h", group="holdoff_s",
        words=("length of the cut (s)", "hours until pages are as before", "hold-off {:g} s"),
        title="A failover that is too quick turns a cut of seconds into half a day",
    )  # fmt: skip


def regimes(table: pd.DataFrame) -> Figure:
    """The two regimes of the replay."""
    return plot_threshold(
        table, x="apply_max", y="in_step_h", group="more_replicas",
        words=("highest speed of the replay (times the peak rate of writes)", "copies in step (hours after 00:00)",
               "read replicas +{:.0%}"),
        title="The replay has two regimes: in step before the day begins, or after it",
    )  # fmt: skip


def removal(table: pd.DataFrame) -> Figure:
    """Removal rate times alarm delay against the length of the outage."""
    return plot_threshold(
        table, x="removed", y="outage_min", group="alarm_min",
        words=("rate of removal x delay until it is stopped (servers; 40 of 100 can be spared)", "minutes without PUT",
               "stopped after {:g} min"),
        title="A command that removes servers: harmless until it is not",
    )  # fmt: skip


def lessons(table: pd.DataFrame, shows: str, axis: str) -> Figure:
    """What each lesson changes in one quantity, with its interval."""
    rows = table[(table["shows"] == shows) & table["change"].notna()]
    return plot_lessons(rows, axis)
