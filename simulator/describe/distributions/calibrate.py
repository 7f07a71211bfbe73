"""Fit a bathtub to a specification, and name the part of it that cannot hold together.

A target asks for a number or a range: mean life, share failed by an age, annual failure rate at an
age. The fit minimises the weighted logarithmic misfit outside the ranges (least squares from fixed
starts, so the answer is always the same). Where targets stay unmet the smallest subset that no
bathtub meets is searched for and said in words. That is a numerical search, not a proof.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

from simulator.describe.distributions.bathtub import Bathtub
from simulator.describe.distributions.checks import reject
from simulator.describe.distributions.search import (
    SEARCHED,
    best,
    got,
    life_of,
    misfit_of,
    nearest,
)
from simulator.describe.distributions.targets import AnnualFailureRate, MeanLife, Target, TargetRow
from simulator.describe.units import YEAR, format_duration

__all__ = ["Calibration", "calibrate_afr_table", "calibrate_bathtub"]

_ENUMERATED = (
    5  # with more targets than this one irreducible subset is found instead of the smallest
)


@dataclass(frozen=True, slots=True)
class Calibration:
    """What `calibrate_bathtub` found.

    Parameters
    ----------
    life : Bathtub
        The best fit.
    rows : tuple of TargetRow
        One per target: asked, got, misfit (relative distance from the range), holds.
    holds : bool
        Whether every target is met within the tolerance.
    conflicts : tuple of str
        In words, each smallest set of targets that no bathtub was found to meet; empty if all hold.
    """

    life: Bathtub
    rows: tuple[TargetRow, ...]
    holds: bool
    conflicts: tuple[str, ...]

    @property
    def rms_relative_error(self) -> float:
        """Root mean square of the relative misfits of all targets."""
        return math.sqrt(math.fsum(r.misfit**2 for r in self.rows) / len(self.rows))


def calibrate_bathtub(
    targets: Sequence[Target], tolerance: float = 0.01, find_conflicts: bool = True
) -> Calibration:
    """The bathtub that comes closest to all of `targets`.

    Parameters
    ----------
    targets : sequence of MeanLife, ShareFailed or AnnualFailureRate
        What is asked; `weight` of a target scales its misfit.
    tolerance : float
        Relative distance from a range up to which a target counts as met.
    find_conflicts : bool
        Whether to search for the parts that cannot hold together when some are not met.

    Returns
    -------
    Calibration
        Life, table of asked and got, and conflicts in words.

    Raises
    ------
    DescriptionError
        If there is no target.

    Examples
    --------
    >>> result = calibrate_bathtub([MeanLife(8 * YEAR), AnnualFailureRate(YEAR, 0.02, 0.04)])
    >>> result.holds
    True
    """
    wanted = tuple(targets)
    if not wanted or not all(isinstance(t, Target) for t in wanted):
        raise reject("calibrate_bathtub", "targets", targets, "a row of at least one target")
    life = life_of(best(wanted, tolerance))
    rows = _rows(life, wanted, tolerance)
    holds = all(r.holds for r in rows)
    found = () if holds or not find_conflicts else _conflicts(wanted, tolerance)
    return Calibration(life, rows, holds, tuple(_in_words(c, tolerance) for c in found))


def calibrate_afr_table(
    ages: Sequence[float], afrs: Sequence[float], source: str = "", tolerance: float = 0.1
) -> Calibration:
    """The bathtub closest to a published table of age and annual failure rate.

    Parameters
    ----------
    ages : sequence of float
        Ages (s) at which each year of observation begins.
    afrs : sequence of float
        Share (0-1) of those alive at that age that fail within the year.
    source : str
        Where the table stands.
    tolerance : float
        Relative error up to which a point counts as met; `rms_relative_error` says how good it is.
    """
    if len(ages) != len(afrs):
        raise reject(
            "calibrate_afr_table", "afrs", afrs, f"one rate for each of the {len(ages)} ages"
        )
    points = [
        AnnualFailureRate(age, rate, source=source) for age, rate in zip(ages, afrs, strict=True)
    ]
    return calibrate_bathtub(points, tolerance, find_conflicts=False)


def _rows(life: Bathtub, targets: tuple[Target, ...], tolerance: float) -> tuple[TargetRow, ...]:
    """The table, from the life itself: the shortcuts of the search play no part in it."""
    rows = []
    for target in targets:
        values = target.values(life)
        misfit = misfit_of(values, target)
        low, high = float(values.min()), float(values.max())
        rows.append(TargetRow(target, target.asked(), low, high, misfit, misfit <= tolerance))
    return tuple(rows)


def _met(targets: tuple[Target, ...], tolerance: float) -> bool:
    theta = best(targets, tolerance)
    return all(misfit_of(got(theta, t), t) <= tolerance for t in targets)


def _conflicts(targets: tuple[Target, ...], tolerance: float) -> list[tuple[Target, ...]]:
    """All smallest subsets that cannot be met; for many targets one that cannot be made smaller."""
    if len(targets) <= _ENUMERATED:
        for size in range(1, len(targets) + 1):
            found = [c for c in itertools.combinations(targets, size) if not _met(c, tolerance)]
            if found:
                return found
    kept = targets
    for target in targets:
        rest = tuple(t for t in kept if t is not target)
        if rest and not _met(rest, tolerance):
            kept = rest
    return [kept]


def _in_words(conflict: tuple[Target, ...], tolerance: float) -> str:
    """Which targets conflict, and how near each comes when the others are met."""
    if len(conflict) == 1:
        row = _rows(life_of(best(conflict, tolerance)), conflict, tolerance)[0]
        return f"no bathtub meets {conflict[0].asked()}; the nearest gives {row.got()}"
    names = [t.asked() for t in conflict]
    text = f"{', '.join(names[:-1])} and {names[-1]} cannot hold together"
    for target in conflict:
        rest = tuple(t for t in conflict if t is not target)
        life = nearest(target, rest, tolerance)
        if life is not None:
            row = _rows(life, (target,), tolerance)[0]
            text += f"; with the rest met {target.name()} comes to {row.got()} at the nearest"
    text += f" ({SEARCHED})"
    return text + _constant_rate_note(conflict)


def _constant_rate_note(conflict: tuple[Target, ...]) -> str:
    """What a mean life would have to be if the annual rate asked for lasted for ever."""
    rates = [t for t in conflict if isinstance(t, AnnualFailureRate)]
    if not rates or not any(isinstance(t, MeanLife) for t in conflict):
        return ""
    low, high = min(t.low for t in rates), max(t.top for t in rates)
    longest, shortest = (format_duration(-YEAR / math.log1p(-rate)) for rate in (low, high))
    return (
        f". A rate of {100 * low:.3g} to {100 * high:.3g} % a year that lasts is a mean life of "
        f"{shortest} to {longest}: a shorter one needs many early deaths or early wear-out"
    )
