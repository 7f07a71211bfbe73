"""What each call is to its caller: a step, one of several side by side, a fallback of another."""

from __future__ import annotations

from dataclasses import dataclass

from simulator.describe.steps import Answer
from simulator.run.events.plan import Plan, SitePlan

__all__ = ["Role", "roles"]


@dataclass
class Role:
    """The place of a call.

    Parameters
    ----------
    kind : str
        "source", "step", "beside" (one of an All) or "fallback".
    times : int
        So many of it are made at once.
    fills : bool
        It fetches what a cache missed.
    stands_in_for : int
        Site whose fallback it is, or -1.
    after : tuple of int
        Sites that are asked before it when the call it stands in for has failed.
    fallbacks : bool
        Something else is asked when it fails.
    """

    kind: str
    times: int = 1
    fills: bool = False
    stands_in_for: int = -1
    after: tuple[int, ...] = ()
    fallbacks: bool = False


def roles(plan: Plan) -> list[Role]:
    """The role of each site of a plan."""
    found: dict[int, Role] = {}
    for _, site in plan.sources:
        _note(site, Role("source"), found)
    for pool in plan.pools:
        for steps in pool.served:
            for step in steps:
                if step.site is not None:
                    _note(step.site, Role("step", fills=step.fills), found)
                for site in step.sites:
                    _note(site, Role("beside", step.times), found)
    return [found[index] for index in range(len(plan.sites))]


def _note(site: SitePlan, role: Role, found: dict[int, Role]) -> None:
    found[site.index] = role
    role.fallbacks = bool(site.fallbacks)
    before = [site.index]
    for other in site.fallbacks:
        if isinstance(other, Answer):
            continue
        inner = Role("fallback", role.times, False, site.index, tuple(before))
        _note(other, inner, found)
        before.append(other.index)
