"""Panels above each other over one time axis, with the trouble shaded: pictures of runs of requests.

They draw the tables they are given, so they work from CSV files read back, and compute nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["Panel", "Shade", "over_time"]


@dataclass(frozen=True, slots=True)
class Shade:
    """A stretch of time in which something is wrong: start and end (s), and its name."""

    start: float
    end: float
    name: str


@dataclass(frozen=True, slots=True)
class Panel:
    """One panel.

    Parameters
    ----------
    lines : mapping of str to str
        Column and name of each line; with `by`, the one column that is drawn for each of its values.
    label : str
        Words with the unit, of the vertical axis; empty if the picture has one label for all panels.
    scale : {"linear", "log", "percent"}
    marks : mapping of float to str
        Heights of dashed lines across, and their names.
    top : float, optional
        Upper end of the axis.
    height : float
        Inches.
    inside : bool
        The name of the only line stands in the corner of the panel, not at the line's end.
    """

    lines: Mapping[str, str]
    label: str
    scale: Literal["linear", "log", "percent"] = "linear"
    marks: Mapping[float, str] = field(default_factory=dict)
    top: float | None = None
    height: float = 2.6
    inside: bool = False


def over_time(
    table: pd.DataFrame, panels: Sequence[Panel], *, title: str, note: str = "",
    shades: Sequence[Shade] = (), by: str | None = None, time: str = "time_s", label: str = "",
) -> Figure:  # fmt: skip
    """Draw panels that share the time axis; points stand in the middle of their bins.

    Parameters
    ----------
    table : DataFrame
        One row per bin (and per value of `by`): `time`, the start of the bin in seconds, and the
        columns of the panels.
    panels : sequence of Panel
    title, note : str
    shades : sequence of Shade
    by : str, optional
        Column that names the lines.
    time : str
    label : str
        One label for the vertical axes of all panels.
    """
    from simulator.show.style import in_house_style, new_figure

    @in_house_style
    def drawn() -> Figure:
        shaded = "; ".join(f"shaded: {shade.name}" for shade in shades)
        figure, first = new_figure(title, (shaded, note), sum(p.height for p in panels) + 0.3)
        first.remove()
        rows = figure.subplots(
            len(panels), 1, sharex=True, squeeze=False, height_ratios=[p.height for p in panels]
        )[:, 0]
        starts = np.unique(table[time])
        half = (starts[1] - starts[0]) / 2 if starts.size > 1 else 0.0
        middle = table.assign(**{time: table[time] + half})
        for axes, panel in zip(rows, panels, strict=True):
            _scale(axes, panel, middle)
            for shade in shades:
                axes.axvspan(shade.start, shade.end, color="#E8E0D0", linewidth=0, zorder=0)
            axes.set_xlim(starts[0], starts[-1] + 2 * half)
        rows[-1].set_xlabel("time (s)")
        if label:
            figure.supylabel(label, fontsize=10.5)
        for axes, panel in zip(rows, panels, strict=True):
            _lines(figure, axes, panel, middle, time, by)
        return figure

    return drawn()


def _scale(axes: Axes, panel: Panel, table: pd.DataFrame) -> None:
    from simulator.show.scales import log_axis, percent

    values = table[list(panel.lines)].to_numpy(dtype=float).ravel()
    values = np.concatenate([values, list(panel.marks)])
    most = panel.top or 1.08 * float(np.nanmax(values))
    if panel.scale == "log":
        least = float(np.nanmin(values[values > 0]))
        log_axis(axes, "y", least / 1.4, panel.top or most * 1.3, panel.label)
    else:
        axes.set_ylim(0, most)
        axes.set_ylabel(panel.label)
    if not panel.label:
        axes.set_ylabel("")
    if panel.scale == "percent":
        axes.set_ylim(-0.03, panel.top or 1.03)
        axes.yaxis.set_major_formatter(percent)
    for height, name in panel.marks.items():
        _mark(axes, height, name)


def _mark(axes: Axes, height: float, name: str) -> None:
    from simulator.show.style import INK, QUIET

    axes.axhline(height, color=INK, linestyle=(0, (5, 3)), linewidth=1.2, zorder=1)
    axes.annotate(
        name, (0.01, height), xycoords=("axes fraction", "data"), xytext=(0, 3), color=QUIET,
        textcoords="offset points", va="bottom", ha="left", zorder=6,
        bbox={"facecolor": "white", "alpha": 0.75, "edgecolor": "none", "pad": 0.8},
    )  # fmt: skip


def _name_inside(axes: Axes, name: str) -> None:
    axes.annotate(
        name, (0.99, 0.95), xycoords="axes fraction", va="top", ha="right", fontweight="bold", zorder=6,
        bbox={"facecolor": "white", "alpha": 0.75, "edgecolor": "none", "pad": 0.8},
    )  # fmt: skip


def _lines(
    figure: Figure, axes: Axes, panel: Panel, table: pd.DataFrame, time: str, by: str | None
) -> None:
    from simulator.show.lines import Line, draw_lines, split_lines

    found: list[Line] = []
    for column, name in panel.lines.items():
        for line in split_lines(panel.label, table, time, column, by):
            found.append(line if by else Line(name, line.x, line.y, line.low, line.high))
    if panel.inside:
        _name_inside(axes, found[0].name)
        found = [replace(line, name="") for line in found]
    draw_lines(figure, axes, found)
    axes.set_autoscaley_on(False)
