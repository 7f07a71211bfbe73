"""Users: where requests come from, how many, of which class, with which keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from simulator.describe.distributions import Deterministic, Distribution
from simulator.describe.faults import Every, Poisson
from simulator.describe.quantities import PerSecond, Seconds, Share
from simulator.describe.serving import Zipf
from simulator.describe.steps import Call
from simulator.describe.valid import above, at_least, finite, whole
from simulator.errors import DescriptionError

__all__ = ["Arrivals", "Closed", "Source", "Trace"]


@dataclass(frozen=True, slots=True)
class Closed:
    """Clients that think, send one request, wait for its end, and think again.

    Parameters
    ----------
    clients : int
    think : Distribution or float
        Time between an answer and the next request, seconds.
    """

    clients: int
    think: Distribution | Seconds = 0.0

    def __post_init__(self) -> None:
        whole(self.clients, "clients")
        if not isinstance(self.think, Distribution):
            at_least(self.think, "think")
            object.__setattr__(self, "think", Deterministic(float(self.think)))


@dataclass(frozen=True, slots=True)
class Trace:
    """Requests at stated times.

    Parameters
    ----------
    times : sequence of float
        Seconds, not decreasing.
    """

    times: Sequence[Seconds]

    def __post_init__(self) -> None:
        object.__setattr__(self, "times", tuple(float(t) for t in self.times))
        for before, after in zip((0.0, *self.times), self.times):
            if not after >= before:
                raise DescriptionError(f"{after!r} comes before {before!r}", "times")
        if self.times:
            finite(self.times[-1], "times")


Arrivals = Poisson | Every | Closed | Trace


@dataclass(frozen=True, slots=True)
class Source:
    """Users that send requests and wait for answers.

    Parameters
    ----------
    name : str
    arrivals : Poisson, Every, Closed or Trace
    to : Call
        Whom they call, with their own timeout, retries and breaker.
    classes : tuple of (str, float)
        Classes of requests and the share of each; a mapping is taken too. Empty = one class, "".
    keys : Zipf or None
        What requests ask for: decides cache hits and members balanced by key.
    clients : int
        Client processes among which requests are divided at random: policies with scope "caller"
        are kept by each of them. For Closed arrivals the clients are those.
    zone : str
        Where they are, for links.
    """

    name: str
    arrivals: Arrivals
    to: Call
    classes: tuple[tuple[str, Share], ...] = ()
    keys: Zipf | None = None
    clients: int = 1
    zone: str = ""

    def __post_init__(self) -> None:
        if isinstance(self.classes, Mapping):
            object.__setattr__(self, "classes", tuple(self.classes.items()))
        for name, part in self.classes:
            if not name:
                raise DescriptionError("a class has a name", "classes")
            above(part, f"classes.{name}")
        total = sum(part for _, part in self.classes)
        if self.classes and abs(total - 1.0) > 1e-9:
            raise DescriptionError(f"the shares sum to {total:.6g}: needed is 1", "classes")
        whole(self.clients, "clients")
        if isinstance(self.arrivals, Closed) and self.clients != 1:
            raise DescriptionError(
                "closed arrivals state their clients themselves: leave this one out", "clients"
            )
        if not self.to.wait:
            raise DescriptionError("users wait for their answers: leave wait out", "to.wait")

    @property
    def rate(self) -> PerSecond | None:
        """Mean requests per second at the start; None for closed arrivals and traces."""
        if isinstance(self.arrivals, Poisson):
            return self.arrivals.at(0.0)
        return 1.0 / self.arrivals.period if isinstance(self.arrivals, Every) else None
