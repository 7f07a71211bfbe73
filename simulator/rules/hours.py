"""Hours of the day: when people are there, and when they are next."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["hours_begin", "in_hours"]

DAY = 86_400.0

Windows = Sequence[tuple[float, float]]


def in_hours(windows: Windows, time: float) -> bool:
    """Whether a time falls into one of the windows; a window holds its start and not its end.

    Parameters
    ----------
    windows : sequence of (start, end)
        Seconds since midnight, ascending.
    time : float
        Seconds since midnight of the first day.
    """
    clock = time % DAY
    return any(start <= clock < end for start, end in windows)


def hours_begin(windows: Windows, time: float) -> float:
    """The earliest time from `time` on that falls into a window, seconds.

    Examples
    --------
    >>> hours_begin([(32_400.0, 61_200.0)], 61_200.0) / 3600.0
    33.0
    """
    if in_hours(windows, time):
        return time
    clock = time % DAY
    midnight = time - clock
    later = (midnight + start for start, _ in windows if start > clock)
    return next(later, midnight + DAY + windows[0][0])
