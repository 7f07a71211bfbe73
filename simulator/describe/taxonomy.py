"""The usual taxonomy of faults as values: hardware, software and Byzantine; human ones stand beside.

Each constructor gives the plain Fault that says what its name means; nothing here can do what that
cannot. `when` is a time, a law of the time to the fault, or a trigger.
See :mod:`simulator.describe.human_faults` for what people do.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

from simulator.describe.distributions import Distribution, Exponential
from simulator.describe.effects import Effect
from simulator.describe.faults import FOREVER, At, Drain, Fault, Life, On
from simulator.describe.quantities import Seconds, Share
from simulator.describe.units import YEAR
from simulator.describe.valid import above, share, whole
from simulator.errors import DescriptionError

__all__ = [
    "byzantine", "cascade", "disk_failure", "network_partition", "power_loss", "resource_leak",
    "server_crash", "software_bug",
]  # fmt: skip

When = Seconds | Distribution | At | Life
Lasts = Distribution | Drain | Seconds | None

_ERRORS = Effect(error=1.0)


# --- hardware -------------------------------------------------------------------------------------


def disk_failure(
    pool: str, lasts: Lasts = FOREVER, *, afr: Share = 0.03, name: str = "disk"
) -> Fault:
    """Each disk dies on its own: a member is down until it is replaced, its requests go elsewhere.

    Parameters
    ----------
    pool : str
        Members are disks.
    lasts : Distribution, Drain or float
        Replacement and rebuild, seconds.
    afr : float
        Annual failure rate, the chance to die within a year; 2 to 4 % is usual.
    name : str
    """
    return Fault(pool, Life(_yearly(afr)), lasts, name=name)


def server_crash(
    pool: str, lasts: Lasts = FOREVER, *, per_year: Share = 0.03, name: str = "server"
) -> Fault:
    """Each server fails on its own: the work inside is lost, callers are refused or try another.

    Parameters
    ----------
    pool : str
    lasts : Distribution, Drain or float
        Repair, seconds.
    per_year : float
        Chance to fail within a year: about 5 % in the first and 2 to 4 % in later ones.
    name : str
    """
    return Fault(pool, Life(_yearly(per_year)), lasts, name=name)


def network_partition(
    links: str | Sequence[str], when: When, lasts: Lasts, *, name: str = "partition"
) -> Fault:
    """Links are cut at the same time: what is sent over them vanishes, and callers wait for a timeout.

    Parameters
    ----------
    links : str or sequence of str
        Names of links.
    when : float, Distribution, At or Life
    lasts : Distribution, Drain or float
        Seconds.
    name : str
    """
    cut = tuple(f"link:{link}" for link in ([links] if isinstance(links, str) else links))
    return Fault(cut, _trigger(when), lasts, together=True, name=name)


def power_loss(zone: str, when: When, lasts: Lasts, *, name: str = "power") -> Fault:
    """All members in a zone are down at the same time, silently: callers wait until they know.

    Parameters
    ----------
    zone : str
        Name of the zone.
    when : float, Distribution, At or Life
    lasts : Distribution, Drain or float
        Seconds.
    name : str
    """
    dark = Effect(up=False, silent=True)
    return Fault(f"zone:{zone}", _trigger(when), lasts, dark, together=True, name=name)


# --- software -------------------------------------------------------------------------------------


def software_bug(
    pools: str | Sequence[str], when: When, lasts: Lasts, *, together: bool = True,
    effect: Effect = _ERRORS, name: str = "bug",
) -> Fault:  # fmt: skip
    """The same bug in every replica: what redundancy does not help against.

    Parameters
    ----------
    pools : str or sequence of str
        Who runs the code.
    when : float, Distribution, At or Life
    lasts : Distribution, Drain or float
        Seconds until it is taken out.
    together : bool
        It strikes all at the same time; False: each member on its own (a race, a rare path).
    effect : Effect
        Errors by default; ``Effect(wrong=...)`` for a logic error that nobody notices.
    name : str
    """
    on = pools if isinstance(pools, str) else tuple(pools)
    if not together and not isinstance(when, Distribution | Life):
        message = f"{when!r} beside together = false: each on its own needs a law of the time"
        raise DescriptionError(message, "when")
    return Fault(on, _trigger(when), lasts, effect, together, needs_crew=False, name=name)


def resource_leak(
    pool: str, until: Seconds, every: Seconds, *, slowest: Share = 0.25, restart: Seconds = 60.0,
    times: int = 1, of: Literal["speed", "threads"] = "speed", name: str = "leak",
) -> tuple[Fault, ...]:  # fmt: skip
    """Something is used up: members get slower step by step, run out of it, and restart as new.

    Queues grow long before anything is down. All members of `pool` age alike; name members
    (``"app[0]"``) with different times to stagger them.

    Parameters
    ----------
    pool : str
    until : float
        Seconds from a start to the crash.
    every : float
        Seconds of one step.
    slowest : float
        What is left in the last step before the crash; in between it falls in equal steps.
    restart : float
        Seconds that the restart takes.
    times : int
        So many crashes.
    of : {"speed", "threads"}
        What falls: memory and garbage collection, or connections and handles.
    name : str
    """
    above(every, "every")
    whole(times, "times")
    share(slowest, "slowest")
    steps = math.ceil(until / every - 1e-9) - 1
    if steps < 1:
        raise DescriptionError(f"{every!r}: allowed is less than until = {until!r}", "every")
    begins = [k * (until + restart) for k in range(times)]
    found = []
    for step in range(1, steps + 1):
        left = 1.0 - (1.0 - slowest) * step / steps
        effect = Effect(speed=left) if of == "speed" else Effect(threads=left)
        lasts = min(every, until - step * every)
        when = At(tuple(begin + step * every for begin in begins))
        found.append(Fault(pool, when, lasts, effect, needs_crew=False, name=f"{name} {step}"))
    crash = At(tuple(begin + until for begin in begins))
    return (*found, Fault(pool, crash, restart, needs_crew=False, name=f"{name} crash"))


def cascade(
    first: str, then: str, lasts: Lasts, *, chance: Share = 1.0, name: str = "cascade"
) -> Fault:
    """A failure of one pool takes another one with it, member by member, each with a chance.

    This is the cascade that is *said*; one that comes of load (retries, fewer servers for the same
    requests) needs no fault: it happens to the requests.

    Parameters
    ----------
    first, then : str
        Pools: a member of `first` goes down, members of `then` follow.
    lasts : Distribution, Drain or float
        Seconds.
    chance : float
    name : str
    """
    return Fault(then, On(f"failed:{first}", chance), lasts, needs_crew=False, name=name)


# --- Byzantine ------------------------------------------------------------------------------------


def byzantine(
    member: str | Sequence[str], wrong: Share = 1.0, *, when: When = 0.0, lasts: Lasts = FOREVER,
    name: str = "byzantine",
) -> Fault:  # fmt: skip
    """Nodes that lie: they answer in time, pass every probe, and the answers are wrong.

    No retry or health check helps; comparing answers does (``All(agree=True)``), while liars are few.

    Parameters
    ----------
    member : str or sequence of str
        Such as ``"db[0]"``.
    wrong : float
        Share of wrong answers.
    when : float, Distribution, At or Life
    lasts : Distribution, Drain or float
        Seconds.
    name : str
    """
    on = member if isinstance(member, str) else tuple(member)
    return Fault(on, _trigger(when), lasts, Effect(wrong=wrong), name=name)


# --- common ---------------------------------------------------------------------------------------


def _yearly(chance: float) -> Exponential:
    """The exponential life with a chance to end within a year."""
    if not 0.0 < chance < 1.0:
        raise DescriptionError(f"{chance!r}: allowed is a share above 0 and below 1", "chance")
    return Exponential(-YEAR / math.log1p(-chance))


def _trigger(when: When) -> At | Life:
    if isinstance(when, At | Life):
        return when
    return Life(when) if isinstance(when, Distribution) else At(float(when))
