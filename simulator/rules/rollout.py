"""Rollouts as decisions: who changes in a wave, what comes next, how a build is taken back.

Nothing here knows a clock or a system: members are numbers, and what was seen is an argument.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from typing import Literal, TypeVar

__all__ = ["due", "goal", "next_step", "way_back"]

_ROUNDING = 1e-9  # 0.07 * 100 is a little more than 7

Member = TypeVar("Member")


def goal(share: float, members: int) -> int:
    """Members that have the new build when a wave is done: its share, rounded up.

    Parameters
    ----------
    share : float
        In (0, 1].
    members : int
        That are there.
    """
    return math.ceil(share * members - _ROUNDING)


def due(share: float, there: Sequence[Member], changed: Collection[Member]) -> list[Member]:
    """Members that change in a wave: the first that have not, until its share is reached.

    Parameters
    ----------
    share : float
        Of all that are there, with the new build when the wave is done.
    there : sequence
        Members, in the order of their numbers.
    changed : collection
        Those with the new build already, whether they are still there or not.
    """
    old = [member for member in there if member not in changed]
    more = goal(share, len(there)) - (len(there) - len(old))
    return old[: max(more, 0)]


def next_step(done: int, waves: int, stopped: bool) -> Literal["wave", "done", "back"]:
    """What comes after `done` of so many `waves`; whoever was told to stop goes back.

    Parameters
    ----------
    done, waves : int
    stopped : bool
        The signal came on, or somebody said so.
    """
    if stopped:
        return "back"
    return "wave" if done < waves else "done"


def way_back(
    waves: Sequence[Sequence[Member]], still: Collection[Member], at_once: bool
) -> list[list[Member]]:
    """Groups in which members get their old build back, one after the other.

    Parameters
    ----------
    waves : sequence of sequence
        As they were to change; a wave may have been cut short.
    still : collection
        Those that have to go back: they run the new build, or were stopped for it.
    at_once : bool
        All in one group; otherwise wave by wave, in the same order, without a soak between.

    Returns
    -------
    list of list
        None of them empty. Members that were stopped before their wave came go with the last.
    """
    groups = [[member for member in wave if member in still] for wave in waves]
    named = {member for group in groups for member in group}
    groups.append([member for member in still if member not in named])
    if at_once:
        groups = [[member for group in groups for member in group]]
    elif len(groups) > 1:
        groups[-2:] = [[*groups[-2], *groups[-1]]]
    return [group for group in groups if group]
