"""Which jobs of a crew are worked on, and how fast: one decision for every order of service."""

from __future__ import annotations

from collections.abc import Sequence

from simulator.describe.controllers import Crew

__all__ = ["speeds"]


def speeds(
    crew: Crew, ranks: Sequence[int], begun: Sequence[bool], on_call: bool = True
) -> list[float]:
    """Speed of each job, travel and repair alike; 0 = it waits.

    Parameters
    ----------
    crew : Crew
    ranks : sequence of int
        Urgency of each job in order of arrival, 0 = most urgent.
    begun : sequence of bool
        Whether somebody is on it already.
    on_call : bool
        False: outside the hours of the crew; what is begun goes on, nothing else begins.
    """
    many = len(ranks)
    if not on_call:
        old = [job for job in range(many) if begun[job]]
        found = dict(zip(old, speeds(crew, [ranks[job] for job in old], [True] * len(old))))
        return [found.get(job, 0.0) for job in range(many)]
    if crew.order == "shared" and many:
        return [min(1.0, crew.size / many)] * many
    order = sorted(
        range(many), key=lambda job: ranks[job]
    )  # stable: first come first within a rank
    if crew.preemptive:
        chosen = set(order[: crew.size])
    else:
        chosen = {job for job in order if begun[job]}
        free = max(crew.size - len(chosen), 0)
        chosen.update([job for job in order if not begun[job]][:free])
    return [float(job in chosen) for job in range(many)]
