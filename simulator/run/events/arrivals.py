"""Requests come: their times, classes, clients and keys, each by its address."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from simulator.describe.faults import Every, Poisson
from simulator.describe.profiles import Profile
from simulator.describe.sources import Closed, Source, Trace
from simulator.errors import DescriptionError
from simulator.run.events.clock import ARRIVAL, Clock
from simulator.run.events.parts import Calling, Request
from simulator.run.events.paths import Path
from simulator.sample.draws import Column, durations, uniforms
from simulator.sample.luck import Luck

if TYPE_CHECKING:
    from simulator.run.events.calling import Callers
    from simulator.run.events.record import Recorder
    from simulator.run.events.sites import Site

__all__ = ["Arriving", "arrival_times"]

_BITS = 10
_SIZE = 1 << _BITS
_TOO_LATE = 1e300

Floats = npt.NDArray[np.float64]


def arrival_times(source: Source, luck: Luck, replication: int) -> Callable[[int], Floats]:
    """The arrival times of an open source, block by block.

    Returns
    -------
    callable
        ``block(k)`` gives the times (s) of requests k * 1024 to k * 1024 + 1023, for k = 0, 1, ... in
        this order; infinite where no more come.
    """
    arrivals = source.arrivals
    if isinstance(arrivals, Every):
        return lambda k: (
            np.arange(k * _SIZE, (k + 1) * _SIZE, dtype=np.float64) * float(arrivals.period)
        )
    if isinstance(arrivals, Trace):
        stated = np.asarray(arrivals.times, dtype=np.float64)

        def traced(k: int) -> Floats:
            part = stated[k * _SIZE : (k + 1) * _SIZE]
            return np.concatenate([part, np.full(_SIZE - len(part), np.inf)])

        return traced
    assert isinstance(arrivals, Poisson)  # closed sources have no list of times
    return _PoissonTimes(arrivals, source.name, luck, replication)


class _PoissonTimes:
    """A Poisson process: unit exponentials added up, on the clock of the cumulated rate."""

    def __init__(self, arrivals: Poisson, name: str, luck: Luck, replication: int) -> None:
        self.rate, self.last = arrivals.rate, 0.0
        self.column = Column(
            luck, "arrivals", name, replication, lambda rng, size: rng.standard_exponential(size)
        )

    def __call__(self, k: int) -> Floats:
        steps = np.asarray(self.column.load(k))
        amounts = self.last + np.cumsum(steps)
        self.last = float(amounts[-1])
        if isinstance(self.rate, Profile):
            return self.rate.time_of(amounts)
        return amounts / self.rate


class Arriving:
    """One source at work.

    Parameters
    ----------
    number : int
        Of the source.
    source : Source
    site : Site
        The call that its requests are.
    clock, callers, record
        See there.
    path : Path
        Of the source.
    kinds : tuple of int
        Numbers of its classes.
    """

    __slots__ = (
        "_block", "_callers", "_client", "_clock", "_comes", "_cumulated", "_ended", "_ended_now", "_instant",
        "_keys", "_kind", "_kinds", "_next", "_path", "_record", "_site", "_sums", "_think", "_times", "number",
        "sent", "source",
    )  # fmt: skip

    def __init__(
        self, number: int, source: Source, site: Site, clock: Clock, callers: Callers, record: Recorder,
        path: Path, kinds: tuple[int, ...], luck: Luck, replication: int,
    ) -> None:  # fmt: skip
        self.number, self.source, self._site = number, source, site
        self._clock, self._callers, self._record, self._path = clock, callers, record, path
        self._comes, self._ended = self._one_comes, self._ends  # bound once, not each time
        self._kinds, self._sums = kinds, np.cumsum([share for _, share in source.classes]).tolist()
        name = source.name
        self._kind = Column(luck, "class", name, replication, uniforms) if len(kinds) > 1 else None
        self._client = (
            Column(luck, "client", name, replication, uniforms) if source.clients > 1 else None
        )
        self._keys = _keys(source, luck, replication)
        self._next, self.sent, self._block = 0, 0, -1
        self._times: list[float] = []
        self._think: Column | None = None
        self._instant, self._ended_now = -1.0, 0
        if isinstance(source.arrivals, Closed):
            self._begin_closed(source.arrivals, luck, replication)
        else:
            self._cumulated = arrival_times(source, luck, replication)
            self._skip(clock._now)
            self._schedule()

    # --- open -------------------------------------------------------------------------------------

    def _skip(self, begins: float) -> None:
        """Leave out the requests that came before the run begins; the others keep their numbers."""
        while begins > 0.0:
            self._block += 1
            self._times = self._cumulated(self._block).tolist()
            if self._times[-1] >= begins:
                place = bisect_left(self._times, begins)
                self._next = self._block * _SIZE + place
                return

    def _schedule(self) -> None:
        """Wait for the next request."""
        place = self._next & (_SIZE - 1)
        if place == 0 and self._next >> _BITS > self._block:
            self._block += 1
            self._times = self._cumulated(self._block).tolist()
        time = self._times[place]
        if time < _TOO_LATE:
            self._clock.at(time, ARRIVAL, self._comes, None)

    def _one_comes(self, about: None, event: int) -> None:
        number = self._next
        self._next = number + 1
        self._schedule()
        client = 0 if self._client is None else int(self._client.at(number) * self.source.clients)
        self._request(number, client)

    def send(self) -> None:
        """One more request, now, of a source that has no times of its own."""
        number = self._next
        self._next = number + 1
        self._clock.at(self._clock._now, ARRIVAL, self._sends, number)

    def _sends(self, number: int, event: int) -> None:
        self._request(number, 0)

    def _request(self, number: int, client: int) -> None:
        kind = self._kinds[0]
        if self._kind is not None:
            u, k = self._kind.at(number), 0
            while k < len(self._sums) - 1 and u >= self._sums[k]:
                k += 1
            kind = self._kinds[k]
        key = -1 if self._keys is None else int(self._keys.at(number))
        request = Request(self.number, number, kind, client, key, self._clock._now)
        self.sent += 1
        self._record.started[self.number] += 1
        calling = self._callers.start(self._site, request, None, self._path, client, self._ended)
        if not calling.done:
            self._record.under_way[request] = calling

    def _ends(self, calling: Calling, outcome: int, truth: int, cause: int) -> None:
        request = calling.request
        self._record.request(request, self._clock._now, outcome, truth, cause, calling.wired)
        if self._think is not None:
            if request.sent == self._clock._now:
                self._at_once()
            self._thinks(request.client, request.number + self._clients)

    # --- closed -----------------------------------------------------------------------------------

    @property
    def _clients(self) -> int:
        assert isinstance(self.source.arrivals, Closed)
        return self.source.arrivals.clients

    def _begin_closed(self, closed: Closed, luck: Luck, replication: int) -> None:
        """Client c's k-th request has number k * clients + c, whoever answers first."""
        law = closed.think
        assert not isinstance(law, float)  # made a law by Closed
        self._think = Column(luck, "think", self.source.name, replication, durations(law))
        for client in range(closed.clients):
            self._thinks(client, client)

    def _at_once(self) -> None:
        """A request ended as soon as it was sent: if they all do, and nobody thinks, time stands still."""
        now = self._clock._now
        self._instant, self._ended_now = now, self._ended_now + 1 if now == self._instant else 1
        if self._ended_now > 1000 + 10 * self._clients:
            raise DescriptionError(
                f"at {now:g} s requests end as soon as they are sent, so clients who do not think send "
                "without end: give them a time to think",
                f"sources.{self.source.name}.arrivals.closed.think",
            )

    def _thinks(self, client: int, number: int) -> None:
        assert self._think is not None
        self._clock.at(
            self._clock._now + self._think.at(number), ARRIVAL, self._has_thought, (client, number)
        )

    def _has_thought(self, about: tuple[int, int], event: int) -> None:
        client, number = about
        self._request(number, client)


def _keys(source: Source, luck: Luck, replication: int) -> Column | None:
    """Keys by popularity: the place of a uniform number among the cumulated probabilities."""
    if source.keys is None:
        return None
    cumulated = np.cumsum(source.keys.probabilities())
    last = len(cumulated) - 1

    def draw(rng: np.random.Generator, size: int) -> Floats:
        return np.minimum(np.searchsorted(cumulated, rng.random(size), side="right"), last).astype(
            float
        )

    return Column(luck, "key", source.name, replication, draw)
