"""Faults: the basic events of every question. A member is up if and only if no active fault covers it down.

A fault has a trigger (*when*), an effect (*what*), a duration (*lasts*) and a reach (*on*, *together*).
:func:`crash` is the common one: each member on its own, with a life and a repair.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from simulator.describe.distributions import Deterministic, Distribution, Exponential, Never
from simulator.describe.effects import Effect
from simulator.describe.quantities import Bytes, BytesPerSecond, Seconds, Share
from simulator.describe.triggers import At, Every, Life, On, Poisson
from simulator.describe.valid import at_least, finite
from simulator.errors import DescriptionError

__all__ = ["FOREVER", "At", "Drain", "Effect", "Every", "Fault", "Life", "On", "Poisson", "crash"]

FOREVER = None
"""Duration of a fault that nobody repairs."""

_DOWN = Effect(up=False)


@dataclass(frozen=True, slots=True)
class Drain:
    """A duration that is an amount of work: restore 5 TB, rebuild a disk, replay a log.

    Parameters
    ----------
    amount : float
        Bytes (or any unit) to move.
    rate : float
        Bytes per second.
    takes : float
        Share of the member's speed it uses up meanwhile (for request traffic).
    """

    amount: Bytes
    rate: BytesPerSecond
    takes: Share = 0.0

    def __post_init__(self) -> None:
        if not self.amount >= 0:
            raise DescriptionError(f"{self.amount!r}: an amount is 0 or more", "amount")
        if not self.rate > 0:
            raise DescriptionError(f"{self.rate!r}: a rate is above 0", "rate")

    @property
    def seconds(self) -> float:
        """Time it takes: ``amount / rate``."""
        return self.amount / self.rate


@dataclass(frozen=True, slots=True)
class Fault:
    """One way in which things go wrong.

    Parameters
    ----------
    on : str or tuple of str
        Whom it covers: ``"db"`` (every member of the pool), ``"db[0]"``, ``"zone:a"``, ``"link:NAME"``,
        or several of them. Empty inside ``Pool(faults=...)``: the pool itself.
    when : Life, On or At
        The trigger.
    lasts : Distribution, float, Drain or None
        Repair time in seconds, from the moment a crew is there; None (``FOREVER``) = never repaired.
    effect : Effect
        Default: the member is down.
    together : bool
        False: each covered member has its own independent copy. True: one event covers all.
    repaired : {"together", "each"}
        For ``together=True``: one repair ends the event for all (a zone loss), or the event is a
        shock after which each struck member is repaired on its own. A beta-factor model as textbooks
        state it also wants ``ages="while_up"`` on the members' own crashes: a member that is down
        cannot fail again.
    chance : float
        For a shock: probability that it strikes a covered member that is up.
    needs_crew : bool
        The repair waits for a member of a :class:`~simulator.describe.controllers.Crew`, if there is one.
    planned : bool
        Planned work; counts as downtime unless the SLO says otherwise.
    found_by : Every, Poisson or None
        The fault is silent until an inspection finds it; None = noticed at once.
    name : str
        Name in results; default from where it stands.
    """

    on: str | tuple[str, ...] = ""
    when: Life | On | At = field(default_factory=lambda: Life(Never()))
    lasts: Distribution | Drain | Seconds | None = None
    effect: Effect = _DOWN
    together: bool = False
    repaired: Literal["together", "each"] = "together"
    chance: Share = 1.0
    needs_crew: bool = True
    planned: bool = False
    found_by: Every | Poisson | None = None
    name: str = ""

    def __post_init__(self) -> None:
        if isinstance(self.lasts, int | float):
            at_least(self.lasts, "lasts")
            finite(self.lasts, "lasts")
            object.__setattr__(self, "lasts", Deterministic(float(self.lasts)))
        if self.repaired not in ("together", "each"):
            raise DescriptionError(f"{self.repaired!r}: allowed are together, each", "repaired")
        if not 0.0 < self.chance <= 1.0:
            raise DescriptionError(
                f"{self.chance!r}: a chance is a share above 0, at most 1", "chance"
            )
        if not self.shock and self.chance != 1.0:
            raise DescriptionError(
                f'{self.chance!r}: only a shock (together = true, repaired = "each") has a chance',
                "chance",
            )
        if isinstance(self.found_by, Poisson) and not isinstance(self.found_by.rate, int | float):
            raise DescriptionError(
                f"{self.found_by.rate!r}: inspections come at a steady rate",
                "found_by.poisson.rate",
            )
        if self.repaired == "each" and not self.together:
            raise DescriptionError('"each" goes with together = true', "repaired")

    @property
    def repair(self) -> Distribution | Drain | None:
        """`lasts` as a law, a drain, or None."""
        assert not isinstance(self.lasts, float)  # made a law at the start
        return self.lasts

    @property
    def shock(self) -> bool:
        """One event strikes many members, each of which is repaired on its own."""
        return self.together and self.repaired == "each"

    @property
    def selectors(self) -> tuple[str, ...]:
        """`on` as a tuple."""
        return (self.on,) if isinstance(self.on, str) else self.on


def crash(
    life: Distribution | None = None,
    repair: Distribution | Drain | None = FOREVER,
    *,
    availability: Share | None = None,
    ages: Literal["always", "while_up", "while_serving"] = "always",
    renews: Literal["new", "as_was"] | float = "new",
    needs_crew: bool = True,
    name: str = "crash",
) -> Fault:
    """The common fault: each member has its own life, goes down, and is repaired.

    Parameters
    ----------
    life : Distribution, optional
        Law of the time to failure, seconds.
    repair : Distribution, Drain or None
        Law of the repair time, seconds; None = never repaired.
    availability : float, optional
        Instead of `life`: the long-run share of time up. The life is then taken as exponential with
        mean ``repair.mean() * availability / (1 - availability)``; an availability alone does not say
        how long a repair takes, so `repair` must be stated.
    ages, renews
        See :class:`Life`.
    needs_crew, name
        See :class:`Fault`.

    Returns
    -------
    Fault

    Raises
    ------
    DescriptionError
        If not exactly one of `life` and `availability` is given, or `availability` has no repair.
    """
    if (life is None) == (availability is None):
        raise DescriptionError("a crash takes either life or availability", "crash")
    if availability is not None:
        life = _life_of(availability, repair)
    assert life is not None  # for the type checker: one of the two was given
    return Fault(when=Life(life, ages, renews), lasts=repair, needs_crew=needs_crew, name=name)


def _life_of(availability: float, repair: Distribution | Drain | None) -> Distribution:
    if not 0.0 < availability < 1.0:
        raise DescriptionError(
            f"{availability!r}: allowed is a share above 0 and below 1", "availability"
        )
    if repair is None:
        raise DescriptionError(
            "needs a repair: the share of time up depends on how long one takes", "availability"
        )
    mttr = repair.seconds if isinstance(repair, Drain) else repair.mean()
    return Exponential(mttr * availability / (1.0 - availability))
