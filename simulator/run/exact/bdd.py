"""What can be read from the decision diagram of a fault tree: chances, importance, frequency.

Every probability below is a sum of products of ``u`` (active) and ``a`` (not active), with no
subtraction, so that an unavailability of 1e-15 keeps its digits. Shared faults need no care: each
event is asked at most once on every way down.

Source: A. Rauzy, New algorithms for fault trees analysis, 1993.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from simulator.errors import DescriptionError
from simulator.rules.logic import Node
from simulator.run.exact.tree_compiler import Diagram, compile_tree, diagram_of

__all__ = [
    "Diagram", "birnbaum", "compile_tree", "diagram_of", "frequency", "p_down", "p_up",
    "probabilities",
]  # fmt: skip

FloatArray = npt.NDArray[np.float64]

_CELLS = 4_000_000  # floats held at once when many columns are evaluated (32 MB)


def probabilities(
    order: Sequence[int], u: npt.ArrayLike, a: npt.ArrayLike | None = None
) -> tuple[FloatArray, FloatArray]:
    """Checked arrays of P(active) and P(not active) for the events in `order`.

    Parameters
    ----------
    order : sequence of int
        Events that are asked.
    u : array, shape (events,) or (events, times)
        Probability that each event is active.
    a : array, shape of `u`, optional
        Probability that it is not; ``1 - u`` if not given. Give it where `u` is so near 1 that
        ``1 - u`` has lost its digits.

    Raises
    ------
    DescriptionError
        For a wrong shape, a missing event, or a probability outside 0-1.
    """
    active = np.asarray(u, dtype=np.float64)
    idle = 1.0 - active if a is None else np.asarray(a, dtype=np.float64)
    if active.ndim not in (1, 2) or idle.shape != active.shape:
        raise DescriptionError(
            f"u of shape {active.shape} and a of shape {idle.shape}: "
            "both must be (events,) or (events, times)"
        )
    if order and not 0 <= min(order) <= max(order) < len(active):
        raise DescriptionError(
            f"the tree names the events {min(order)} to {max(order)}, u has {len(active)} events"
        )
    for name, array in (("u", active), ("a", idle)):
        wrong = ~((array >= 0) & (array <= 1))
        if wrong.any():
            place = tuple(int(i) for i in np.argwhere(wrong)[0])
            raise DescriptionError(f"{name}{list(place)} = {array[place]}: must lie in 0 to 1")
    return active, idle


def _in_columns(
    work: Callable[[FloatArray, FloatArray], FloatArray], rows: int, u: FloatArray, a: FloatArray
) -> FloatArray:
    """`work` on blocks of columns, so that `rows` times columns fits into memory."""
    width = max(1, _CELLS // rows)
    if u.ndim == 1 or u.shape[1] <= width:
        return work(u, a)
    cuts = range(0, u.shape[1], width)
    return np.concatenate([work(u[:, c : c + width], a[:, c : c + width]) for c in cuts], axis=-1)


def _answer(
    structure: Node | Diagram,
    u: npt.ArrayLike,
    a: npt.ArrayLike | None,
    ends: tuple[float, float],
) -> FloatArray:
    diagram = diagram_of(structure)
    active, idle = probabilities(diagram.order, u, a)
    rows, root = diagram.rows, diagram.root
    size = len(rows.low)
    return _in_columns(lambda x, y: rows.values(x, y, ends)[root], size, active, idle)


def p_down(
    structure: Node | Diagram, u: npt.ArrayLike, a: npt.ArrayLike | None = None
) -> FloatArray:
    """Probability that the whole is down, from independent basic events.

    Parameters
    ----------
    structure : Gate, int or Diagram
    u, a : array, shape (events,) or (events, times)
        Probability that each event is active, and that it is not (default ``1 - u``). An event is
        fixed by giving it 0 or 1.

    Returns
    -------
    float64 array, shape ``u.shape[1:]``
        To full relative precision, however small.

    Raises
    ------
    DescriptionError, NotSupported
        See `probabilities` and `compile_tree`.
    """
    return _answer(structure, u, a, (0.0, 1.0))


def p_up(structure: Node | Diagram, u: npt.ArrayLike, a: npt.ArrayLike | None = None) -> FloatArray:
    """Probability that the whole is up; arguments as `p_down`, not computed as ``1 - p_down``."""
    return _answer(structure, u, a, (1.0, 0.0))


def birnbaum(
    structure: Node | Diagram, u: npt.ArrayLike, a: npt.ArrayLike | None = None
) -> FloatArray:
    """Chance that each event decides: P(down if it is active) - P(down if it is not).

    One pass up and one pass down the diagram give all events at once.

    Parameters
    ----------
    structure : Gate, int or Diagram
    u, a : array, shape (events,) or (events, times)
        As `p_down`.

    Returns
    -------
    float64 array, shape of `u`
        0 for events outside the tree. To full relative precision where the diagram has its `gap`.

    Notes
    -----
    Z. W. Birnbaum, On the importance of different components in a multicomponent system, 1969.
    """
    diagram = diagram_of(structure)
    active, idle = probabilities(diagram.order, u, a)

    def work(x: FloatArray, y: FloatArray) -> FloatArray:
        return _birnbaum(diagram, x, y)

    return _in_columns(work, 3 * len(diagram.rows.low), active, idle)


def _birnbaum(diagram: Diagram, u: FloatArray, a: FloatArray) -> FloatArray:
    rows = diagram.rows
    value = rows.values(u, a, (0.0, 1.0))
    decides = value[rows.high] - value[rows.low] if diagram.gap is None else value[diagram.gap]
    reach = np.zeros_like(value)
    reach[diagram.root] = 1.0
    out = np.zeros_like(u)
    for event, start, stop in reversed(rows.spans):
        here = reach[start:stop]
        out[event] = (here * decides[start:stop]).sum(axis=0)
        np.add.at(reach, rows.low[start:stop], a[event] * here)
        np.add.at(reach, rows.high[start:stop], u[event] * here)
    return out


def frequency(
    structure: Node | Diagram,
    u: npt.ArrayLike,
    w: npt.ArrayLike,
    a: npt.ArrayLike | None = None,
) -> FloatArray:
    """How often the whole goes from up to down: the sum over events of w times Birnbaum.

    Parameters
    ----------
    structure : Gate, int or Diagram
    u, a : array, shape (events,) or (events, times)
        As `p_down`.
    w : array, shape of `u`
        Frequency (1/s) with which each event becomes active, long-run or at each time; not its
        rate while inactive, which is larger by ``1 / a``.

    Returns
    -------
    float64 array, shape ``u.shape[1:]``, 1/s

    Raises
    ------
    DescriptionError
        If `w` has another shape than `u`, or is negative.

    Notes
    -----
    Exact for independent events that never start at the same instant (Vesely 1970).
    """
    often = np.asarray(w, dtype=np.float64)
    if often.shape != np.shape(u) or not (often >= 0).all():
        raise DescriptionError(
            f"w of shape {often.shape} must have the shape {np.shape(u)} of u and no negative entry"
        )
    return np.asarray((birnbaum(structure, u, a) * often).sum(axis=0))
