"""Answers that are compared: what a quorum makes of them."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["agreed"]

_WRONG = 3


def agreed(truths: Sequence[int]) -> int:
    """What the answer is worth when several are compared.

    Wrong answers are outvoted while they are fewer than half; the rest is worth as much as the worst of
    it. With half of them or more wrong nobody can tell, and the answer is wrong: wrong ones are taken
    to agree with each other, the worst case.

    Parameters
    ----------
    truths : sequence of int
        Index in :data:`~simulator.tables.outcomes.TRUTHS` of each answer; of none, the answer is good.

    Examples
    --------
    >>> agreed([0, 3, 1]), agreed([3, 0]), agreed([3, 3, 0])
    (1, 3, 3)
    """
    wrong = sum(truth == _WRONG for truth in truths)
    if wrong and 2 * wrong >= len(truths):
        return _WRONG
    return max((truth for truth in truths if truth != _WRONG), default=0)
