"""Pictures and words of the Cloudflare outage."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from simulator.show.incident import plot_threshold

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from simulator.tables.changes import Change

__all__ = ["canary", "guards", "told"]


def told(changes: Sequence[Change]) -> list[tuple[float, str]]:
    """The changes worth a mark: of the builds of a wave the first and the last, and every note."""
    found: list[tuple[float, str]] = []
    for cause in dict.fromkeys(c.cause for c in changes if c.what == "build"):
        builds = [c for c in changes if c.cause == cause and c.what == "build"]
        reached = "the rule reaches" if builds[0].value is not None else "the rule is off in"
        found.append((builds[-1].at, f"{reached} the last machine ({cause})"))
    for change in changes:
        if change.what == "note" and change.cause.startswith("kill the rule"):
            found.append((change.at, f"{change.cause}: {change.value}"))
    return sorted(found)


def guards(table: pd.DataFrame) -> Figure:
    """Length of the lines against the fall, one line for each limit."""
    return plot_threshold(
        table, x="length_g", y="fall", group="guard",
        words=("median characters of a JSON-like line (other long lines: four times as many)",
               "fewer requests served (%)", "limit: {}"),
        title="What a limit on steps is worth depends on the lines", formula="formula", logarithmic=True,
    )  # fmt: skip


def canary(table: pd.DataFrame) -> Figure:
    """How long a canary is watched against who gets the rule, one line for each size."""
    return plot_threshold(
        table, x="soak_s", y="hit", group="canary",
        words=("seconds that the first cities are watched", "cities that got the rule (%)", "{:.3g} % first"),
        title="A canary bounds the damage only if it is watched long enough", logarithmic=True,
    )  # fmt: skip
