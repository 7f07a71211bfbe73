"""What a reader would see in a picture: the texts drawn, where they are, and whether any collide."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from simulator.show.style import house_style, png


@dataclass(frozen=True)
class Seen:
    text: str
    box: Bbox
    size: float


def from_csv(table: pd.DataFrame) -> pd.DataFrame:
    """The table as it comes back from its CSV file: a picture may know nothing else."""
    return pd.read_csv(io.StringIO(table.to_csv(index=False)))


def seen(figure: Figure) -> list[Seen]:
    """Every text that is drawn, with its place in pixels."""
    found: list[Seen] = []
    draw = Text.draw

    def spy(self: Text, renderer: object) -> None:
        if self.get_visible() and self.get_text().strip():
            # of an annotation with an arrow, the text alone
            box = Text.get_window_extent(self, renderer)
            found.append(Seen(self.get_text(), box, self.get_fontsize()))
        draw(self, renderer)

    with pytest.MonkeyPatch.context() as patch, house_style():
        patch.setattr(Text, "draw", spy)
        canvas = figure.canvas
        assert isinstance(canvas, FigureCanvasAgg)
        canvas.draw()
    return found


def words_of(items: list[Seen]) -> str:
    """All texts, one line each, line breaks as spaces."""
    return "\n".join(" ".join(item.text.split()) for item in items)


def faults(figure: Figure, items: list[Seen]) -> list[str]:
    """Texts that overlap, leave the picture or are too small to read at 900 pixels."""
    width, height = figure.canvas.get_width_height()
    complaints = [f"small: {item.text!r}" for item in items if item.size < 9]
    for item in items:
        b = item.box
        if b.x0 < -1 or b.y0 < -1 or b.x1 > width + 1 or b.y1 > height + 1:
            complaints.append(f"outside: {item.text!r} {np.round(b.extents)} of {width, height}")
    for i, a in enumerate(items):
        for b in items[i + 1 :]:
            wide = min(a.box.x1, b.box.x1) - max(a.box.x0, b.box.x0)
            tall = min(a.box.y1, b.box.y1) - max(a.box.y0, b.box.y0)
            if wide > 1 and tall > 2.5:  # the boxes hold room for descenders
                complaints.append(f"overlap: {a.text!r} and {b.text!r}")
    return complaints


def check(figure: Figure) -> str:
    """Assert that a picture can be read; returns its texts."""
    items = seen(figure)
    found = faults(figure, items)
    assert not found, "; ".join(found)
    assert len(figure.axes) == 1
    box = figure.axes[0].get_window_extent()
    assert box.width > 150, f"the plot itself is squeezed to {box.width:.0f} pixels"
    assert box.height > 20, f"the plot itself is squeezed to {box.height:.0f} pixels"
    return words_of(items)


def check_bytes(draw: Callable[[], Figure]) -> None:
    """Assert that the same table gives the same PNG, saved twice and drawn twice."""
    figure = draw()
    first = png(figure)
    assert first == png(figure)
    assert first == png(draw())
    assert first.startswith(b"\x89PNG")
    assert b"Software" not in first
    assert b"tIME" not in first
