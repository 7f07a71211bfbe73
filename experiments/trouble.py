"""Things that go wrong on demand: kill, pause or slow members, let them err, cut a link, at a stated time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from simulator.describe.effects import Effect
from simulator.describe.faults import At, Fault
from simulator.describe.links import Link
from simulator.describe.places import places
from simulator.describe.selectors import members_of
from simulator.describe.system import Scenario, System
from simulator.describe.wording import nearest, shown
from simulator.errors import DescriptionError

__all__ = ["Trouble", "with_links", "with_trouble"]

NAME = "what_if"


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing that goes wrong.

    Parameters
    ----------
    kind : {"kill", "pause", "slow", "error", "cut"}
        Down, so that it refuses; hanging, so that callers wait; slow; answering with errors; a link
        that loses everything.
    whom : str
        A pool, a member such as ``db[0]``, ``zone:NAME``; for a link its name or ``A-B``.
    amount : float
        How many times slower, or the share of answers that are errors (0-1).
    """

    kind: Literal["kill", "pause", "slow", "error", "cut"]
    whom: str
    amount: float = 0.0

    @property
    def words(self) -> str:
        """What happens, for people."""
        return {
            "kill": f"{self.whom} is down",
            "pause": f"{self.whom} hangs",
            "slow": f"{self.whom} is {self.amount:g} times slower",
            "error": f"{100 * self.amount:g} % of the answers of {self.whom} are errors",
            "cut": f"the link {self.whom} is cut",
        }[self.kind]

    @property
    def effect(self) -> Effect:
        """What it does to those it covers."""
        if self.kind in ("kill", "cut"):
            return Effect(up=False)
        if self.kind == "error":
            return Effect(error=self.amount)
        return Effect(speed=0.0 if self.kind == "pause" else 1.0 / self.amount)


def with_links(scenario: Scenario, troubles: Sequence[Trouble]) -> Scenario:
    """With a link of its own for each pair ``A-B`` that is to be cut; nothing else changes by it.

    Raises
    ------
    DescriptionError
        If there is no such link and nobody calls along it, or only a link between zones fits.
    """
    for trouble in troubles:
        system = scenario.system
        assert isinstance(system, System)  # a chain has no traffic and never comes here
        if trouble.kind == "cut" and trouble.whom not in [link.name for link in system.links]:
            link = _own_link(scenario, system, trouble.whom)
            scenario = replace(scenario, system=replace(system, links=(link, *system.links)))
    return scenario


def _own_link(scenario: Scenario, system: System, name: str) -> Link:
    """A link like the one that calls between the two take now, for them alone."""
    pairs = {f"{place.caller}-{place.call.call}": place for place in places(scenario)}
    pairs |= {f"{place.call.call}-{place.caller}": place for place in pairs.values()}
    if name not in pairs:
        known = [link.name for link in system.links] + list(pairs)
        raise DescriptionError(
            f"{shown(name)} is no link{nearest(name, known)}: there is {', '.join(known)}", "--cut"
        )
    here, there = {pairs[name].caller, "*"}, {pairs[name].call.call, "*"}
    for link in system.links:
        if any(end.startswith("zone:") for end in (link.a, link.b)):
            raise DescriptionError(
                f"{shown(name)}: this system has links between zones; cut one of them by its name, "
                f"{', '.join(each.name for each in system.links)}", "--cut",
            )  # fmt: skip
        if (link.a in here and link.b in there) or (link.b in here and link.a in there):
            return replace(link, a=pairs[name].caller, b=pairs[name].call.call, name=name)
    return Link(pairs[name].caller, pairs[name].call.call, name=name)


def with_trouble(
    scenario: Scenario, troubles: Sequence[Trouble], at_s: float, lasts_s: float
) -> Scenario:
    """With all of it going wrong at one time.

    Parameters
    ----------
    scenario : Scenario
        With its links, see `with_links`.
    troubles : sequence of Trouble
    at_s, lasts_s : float
        When it begins and how long it lasts, seconds.

    Raises
    ------
    DescriptionError
        If one names nobody; says whom there is.
    """
    faults = []
    for number, trouble in enumerate(troubles):
        on = f"link:{trouble.whom}" if trouble.kind == "cut" else trouble.whom
        if trouble.kind != "cut":
            _known(scenario, trouble)
        faults.append(
            Fault(on, when=At(at_s), lasts=lasts_s, effect=trouble.effect, name=f"{NAME}_{number}")
        )
    return replace(scenario, faults=(*scenario.faults, *faults))


def _known(scenario: Scenario, trouble: Trouble) -> None:
    assert isinstance(scenario.system, System)  # see with_links
    try:
        members_of(trouble.whom, scenario.system)
    except DescriptionError as error:
        raise DescriptionError(error.message, f"--{trouble.kind}") from None
