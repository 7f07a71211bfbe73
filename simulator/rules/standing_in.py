"""Who is active in a pool with stand-ins, once members went down or came back: one step, decided."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

__all__ = ["Follows", "what_follows"]

Follows = Literal["nothing", "fill", "begin", "stop"]
"""The free places are filled at once; a failover begins; the one under way is in vain; or nothing."""


def what_follows(
    active: Sequence[int], up: Sequence[int], slots: int, needed: int, *, failover: bool, voting: bool,
    running: bool, endless: bool,
) -> tuple[list[int], Follows]:  # fmt: skip
    """Members that are still active, and what is done about the places of the others.

    Parameters
    ----------
    active, up : sequence of int
        Members that were active, and those that are up now.
    slots : int
        Members that ought to be active.
    needed : int
        Members that must be up where they vote.
    failover : bool
        Whether there is a failover at all; a plain standby steps in at once.
    voting : bool
        Whether the members vote.
    running, endless : bool
        A failover is under way, and nobody will ever end it.
    """
    stay = [m for m in active if m in up]
    quorate = not voting or len(up) >= needed
    if not quorate:
        stay = []
    if running:
        return stay, "stop" if not endless and (not up or not quorate) else "nothing"
    waiting = any(m not in stay for m in up)
    if len(stay) == slots or not waiting or not quorate:
        return stay, "nothing"
    just_lost = len(stay) < len(active)
    return stay, "fill" if not failover or (not voting and not just_lost) else "begin"
