"""House style: no global state, same bytes, whole files, and a checker that does find faults."""

from __future__ import annotations

import itertools
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgb

from simulator.errors import DescriptionError
from simulator.show.labels import EndLabel, end_labels
from simulator.show.lines import plot_lines
from simulator.show.style import SERIES, WIDTH_IN, house_style, new_figure, png, save
from tests.show.pictures import check, faults, seen, words_of


def line() -> pd.DataFrame:
    return pd.DataFrame({"x": [1.0, 2.0, 3.0], "y": [1.0, 4.0, 9.0], "who": ["a"] * 3})


def test_drawing_leaves_the_users_settings_alone_and_does_not_depend_on_them() -> None:
    before = png(plot_lines(line(), "x", "y", "who"))
    with mpl.rc_context({"font.size": 30.0, "axes.facecolor": "red", "lines.linewidth": 9.0}):
        kept = dict(mpl.rcParams)
        figure = plot_lines(line(), "x", "y", "who")
        assert png(figure) == before
        assert dict(mpl.rcParams) == kept


def test_importing_the_room_loads_neither_matplotlib_nor_pandas_and_drawing_no_pyplot() -> None:
    code = (
        "import sys\n"
        "from simulator.show import convergence, downtime, hazard, lines, nines, steps, text, waterfall\n"
        "assert not {'matplotlib', 'pandas', 'scipy'} & set(sys.modules), 'early'\n"
        "import pandas as pd\n"
        "lines.plot_lines(pd.DataFrame({'x': [1.0], 'y': [2.0]}), 'x', 'y')\n"
        "assert 'matplotlib.pyplot' not in sys.modules, 'pyplot'\n"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr


def test_save_writes_the_same_file_twice(tmp_path: Path) -> None:
    for name in ("a", "b"):
        save(plot_lines(line(), "x", "y", "who"), tmp_path / "made" / f"{name}.png")
    first, second = ((tmp_path / "made" / f"{n}.png").read_bytes() for n in "ab")
    assert first == second
    assert [p.name for p in sorted((tmp_path / "made").iterdir())] == ["a.png", "b.png"]


def test_save_says_where_it_cannot_write(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DescriptionError, match="cannot be written"):
        save(plot_lines(line(), "x", "y"), tmp_path / "file" / "a.png")


def test_pictures_are_900_pixels_wide() -> None:
    data = png(plot_lines(line(), "x", "y"))
    assert int.from_bytes(data[16:20], "big") == 900  # IHDR: width
    assert WIDTH_IN == 9.0


# RGB to cone responses, and the responses without red or green cones (Vienot, Brettel, Mollon 1999).
TO_LMS = np.array(
    [[17.8824, 43.5161, 4.11935], [3.45565, 27.1554, 3.86714], [0.0299566, 0.184309, 1.46709]]
)
BLIND = {
    "green": np.array([[1, 0, 0], [0.494207, 0, 1.24827], [0, 0, 1]]),
    "red": np.array([[0, 2.02344, -2.52581], [0, 1, 0], [0, 0, 1]]),
}


def nearest(colours: Sequence[str], missing: str) -> float:
    """Smallest distance (RGB, each 0-1) between two colours as a reader without such cones sees them."""
    matrix = np.linalg.inv(TO_LMS) @ BLIND[missing] @ TO_LMS
    linear = [matrix @ (np.array(to_rgb(colour)) ** 2.2) for colour in colours]
    shown = [np.clip(colour, 0, 1) ** (1 / 2.2) for colour in linear]
    return min(float(np.linalg.norm(a - b)) for a, b in itertools.combinations(shown, 2))


@pytest.mark.parametrize("missing", BLIND)
def test_colours_stay_apart_for_colour_blind_readers(missing: str) -> None:
    """The control, matplotlib's own palette, has two that nearly coincide."""
    assert nearest(SERIES, missing) > 0.14
    assert nearest(mpl.color_sequences["tab10"][:7], missing) < 0.1


def test_a_name_with_dollars_and_a_long_title_are_shown_as_they_are() -> None:
    table = line().assign(who="_cost $x_1$ \\frac")
    text = check(
        plot_lines(table, "x", "y", "who", title="a long title " * 12, note="a note " * 30)
    )
    assert "_cost $x_1$ \\frac" in text


def test_the_checker_sees_overlaps_and_texts_outside() -> None:
    """Negative control: names that are not moved apart."""
    with house_style():
        figure, axes = new_figure("t", ["s"])
        axes.plot([0, 1], [0, 1])
        axes.text(0.5, 0.5, "here"), axes.text(0.5, 0.5, "there")
        axes.text(0.5, 0.6, "tiny", fontsize=3)
        figure.text(0.99, 0.5, "outside of it")
        found = "\n".join(faults(figure, seen(figure)))
        assert all(
            word in found for word in ("overlap: 'here'", "outside: 'outside", "small: 'tiny")
        )


def test_end_labels_of_equal_lines_do_not_overlap() -> None:
    with house_style():
        figure, axes = new_figure("t", ["s"])
        axes.plot([0, 1], [0, 1])
        end_labels(figure, axes, [EndLabel(1.0, 1.0, f"line {i}", SERIES[i]) for i in range(6)])
        items = seen(figure)
        assert faults(figure, items) == []
        assert words_of(items).count("line ") == 6
