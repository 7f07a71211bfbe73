"""Limits on how many at once, adapted to the answers, and on how many per second."""

from __future__ import annotations

from dataclasses import dataclass

from simulator.describe.quantities import Number, PerSecond, Seconds, Share
from simulator.describe.retries import SCOPES, Scope
from simulator.describe.valid import above, at_least, one_of, share, whole
from simulator.errors import DescriptionError

__all__ = [
    "AimdLimit",
    "AimdRate",
    "ConcurrencyLimit",
    "Gradient",
    "LeakyBucket",
    "RateLimit",
    "TokenRate",
    "Vegas",
]


@dataclass(frozen=True, slots=True)
class AimdLimit:
    """Concurrency limit that adds one after a good answer and shrinks by `backs_off` after a bad one.

    Parameters
    ----------
    initial, least, most : int
        Requests at once.
    slow_after : float
        An answer that takes longer is a bad one, seconds.
    backs_off : float
        Factor after a drop, a timeout or a slow answer.
    """

    initial: int = 20
    least: int = 20
    most: int = 200
    slow_after: Seconds = 5.0
    backs_off: Share = 0.9

    def __post_init__(self) -> None:
        _check_limit(self.initial, self.least, self.most)
        above(self.slow_after, "slow_after")
        share(self.backs_off, "backs_off")


@dataclass(frozen=True, slots=True)
class Vegas:
    """Concurrency limit from the queue that the best round trip seen so far implies.

    Parameters
    ----------
    initial, most : int
    probes_every : int
        The best round trip is forgotten after so many times the limit of answers.
    smoothing : float
        Share of a new limit that is taken over.
    """

    initial: int = 20
    most: int = 1000
    probes_every: int = 30
    smoothing: Share = 1.0

    def __post_init__(self) -> None:
        _check_limit(self.initial, 1, self.most)
        whole(self.probes_every, "probes_every")
        share(self.smoothing, "smoothing")


@dataclass(frozen=True, slots=True)
class Gradient:
    """Concurrency limit that follows the ratio of a long-term to the present round trip (Gradient2).

    Parameters
    ----------
    initial, least, most : int
    tolerance : float
        Round trips up to so many times the long-term one do not shrink the limit.
    queue : int
        Added at every step: the queue one is willing to have.
    smoothing : float
    long_window : int
        Answers in the long-term average.
    """

    initial: int = 20
    least: int = 20
    most: int = 200
    tolerance: Number = 1.5
    queue: int = 4
    smoothing: Share = 0.2
    long_window: int = 600

    def __post_init__(self) -> None:
        _check_limit(self.initial, self.least, self.most)
        at_least(self.tolerance, "tolerance", 1.0)
        whole(self.queue, "queue", 0)
        share(self.smoothing, "smoothing")
        whole(self.long_window, "long_window")


ConcurrencyLimit = AimdLimit | Vegas | Gradient


def _check_limit(initial: int, least: int, most: int) -> None:
    whole(least, "least")
    whole(most, "most", least)
    if isinstance(initial, bool) or not isinstance(initial, int) or not least <= initial <= most:
        raise DescriptionError(
            f"{initial!r}: allowed is a whole number from {least} to {most}", "initial"
        )


@dataclass(frozen=True, slots=True)
class TokenRate:
    """At most `rate` attempts per second in the long run, `burst` at once.

    Parameters
    ----------
    rate : float
        Per second.
    burst : float
        Size of the bucket, which starts full.
    scope : {"caller", "pair", "shared"}
    """

    rate: PerSecond
    burst: Number = 1.0
    scope: Scope = "caller"

    def __post_init__(self) -> None:
        above(self.rate, "rate")
        at_least(self.burst, "burst", 1.0)
        one_of(self.scope, "scope", *SCOPES)


@dataclass(frozen=True, slots=True)
class LeakyBucket:
    """Attempts leave evenly, one every 1/`rate` seconds; up to `waiting` wait for their turn.

    Parameters
    ----------
    rate : float
        Per second.
    waiting : int
        Attempts that may wait; one more is rejected.
    scope : {"caller", "pair", "shared"}
    """

    rate: PerSecond
    waiting: int = 0
    scope: Scope = "caller"

    def __post_init__(self) -> None:
        above(self.rate, "rate")
        whole(self.waiting, "waiting", 0)
        one_of(self.scope, "scope", *SCOPES)


@dataclass(frozen=True, slots=True)
class AimdRate:
    """A rate limit that grows by `adds` each second without failure and shrinks by `backs_off` at one.

    Parameters
    ----------
    initial, least, most : float
        Attempts per second.
    adds : float
        Per second, each second.
    backs_off : float
        Factor at a failed attempt.
    burst : float
    scope : {"caller", "pair", "shared"}
    """

    initial: PerSecond
    least: PerSecond
    most: PerSecond
    adds: Number = 1.0
    backs_off: Share = 0.7
    burst: Number = 1.0
    scope: Scope = "caller"

    def __post_init__(self) -> None:
        above(self.least, "least")
        at_least(self.most, "most", self.least)
        if not self.least <= self.initial <= self.most:
            raise DescriptionError(
                f"{self.initial!r}: allowed is {self.least!r} to {self.most!r}", "initial"
            )
        at_least(self.adds, "adds")
        share(self.backs_off, "backs_off")
        at_least(self.burst, "burst", 1.0)
        one_of(self.scope, "scope", *SCOPES)


RateLimit = TokenRate | LeakyBucket | AimdRate
