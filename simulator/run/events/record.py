"""What is kept of a run: a row for each request and attempt, or only sums."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from struct import Struct
from typing import Any

import numpy as np
import numpy.typing as npt

from simulator.run.events.parts import Attempt, Calling, Request
from simulator.tables.outcomes import OUTCOMES

__all__ = ["Recorder", "RequestRows", "Rows", "Sums"]

_REQUEST = (
    ("source", np.int32), ("number", np.int64), ("class", np.int32), ("client", np.int32), ("key", np.int64),
    ("sent_s", np.float64), ("ended_s", np.float64), ("outcome", np.int8), ("truth", np.int8), ("cause", np.int8),
    ("attempts", np.int32),
)  # fmt: skip
_ATTEMPT = (
    ("id", np.int64), ("parent", np.int64), ("site", np.int32), ("source", np.int32), ("number", np.int64),
    ("attempt", np.int32), ("caller", np.int32), ("member", np.int32), ("epoch", np.int32), ("sent_s", np.float64),
    ("started_s", np.float64), ("served_s", np.float64), ("ended_s", np.float64), ("outcome", np.int8),
    ("truth", np.int8), ("cause", np.int8),
)  # fmt: skip
_CODES: dict[Any, str] = {np.int8: "b", np.int32: "i", np.int64: "q", np.float64: "d"}


def _packer(columns: tuple[tuple[str, Any], ...]) -> Callable[..., bytes]:
    """Packs the values of one row as NumPy lays them out: four times as fast as a tuple of them."""
    return Struct("=" + "".join(_CODES[kind] for _, kind in columns)).pack


_PACK_REQUEST, _PACK_ATTEMPT = _packer(_REQUEST), _packer(_ATTEMPT)

Table = dict[str, npt.NDArray[Any]]


class Recorder(ABC):
    """Told of everything that ends.

    Attributes
    ----------
    requests, attempts : list of list of int
        What has ended, by source or call, and by outcome.
    started : list of int
        Requests sent by each source.
    under_way : dict
        Requests that have not ended, and their calls.
    watched : frozenset of int
        Sources whose requests stop the clock (`stop`) when they end.
    """

    def __init__(self, sources: int, sites: int) -> None:
        self.requests = [[0] * len(OUTCOMES) for _ in range(sources)]
        self.attempts = [[0] * len(OUTCOMES) for _ in range(sites)]
        self.started = [0] * sources
        self.under_way: dict[Request, Calling] = {}
        self.watched: frozenset[int] = frozenset()
        self.stop: Callable[[], None] = lambda: None

    def request(
        self, request: Request, ended: float, outcome: int, truth: int, cause: int, wired: int
    ) -> None:
        """A request has ended for its source."""
        self.under_way.pop(request, None)  # absent if it ends as it begins
        self.requests[request.source][outcome] += 1
        self.keep_request(request, ended, outcome, truth, cause, wired)
        if self.watched and request.source in self.watched:
            self.stop()

    def by_member(self) -> dict[str, list[tuple[int, int]]]:
        """Attempts served and not served by pool and member, where they are counted so."""
        return {}

    @abstractmethod
    def keep_request(
        self, request: Request, ended: float, outcome: int, truth: int, cause: int, wired: int
    ) -> None:
        """Keep what is wanted of a request."""

    @abstractmethod
    def attempt(self, one: Attempt) -> None:
        """An attempt is over for its caller and its callee, or the run ends: count it, keep what is wanted."""


class Rows(Recorder):
    """Keeps a row for each."""

    def __init__(self, sources: int, sites: int) -> None:
        super().__init__(sources, sites)
        self._asked, self._tried = bytearray(), bytearray()

    def keep_request(
        self, request: Request, ended: float, outcome: int, truth: int, cause: int, wired: int
    ) -> None:
        """Keep a row."""
        self._asked += _PACK_REQUEST(
            request.source, request.number, request.kind, request.client, request.key, request.sent, ended,
            outcome, truth, cause, wired,
        )  # fmt: skip

    def attempt(self, one: Attempt) -> None:
        """Count it and keep a row."""
        calling, outcome = one.calling, one.outcome
        request, above, member, site = (
            calling.request,
            calling.above,
            one.member,
            calling.site.index,
        )
        self.attempts[site][outcome] += 1
        self._tried += _PACK_ATTEMPT(
            one.id, -1 if above is None else above.id, site, request.source, request.number,
            one.number, calling.caller, -1 if member is None else member.index, one.epoch, one.sent, one.started,
            one.served, one.ended, outcome, one.truth, one.cause,
        )  # fmt: skip

    def table(self, name: str) -> Table:
        """The rows so far, in order of sending; times of what has not happened are NaN."""
        rows, columns = (self._asked, _REQUEST) if name == "requests" else (self._tried, _ATTEMPT)
        whole = np.frombuffer(rows, dtype=list(columns))
        order = np.argsort(whole["sent_s" if name == "requests" else "id"], kind="stable")
        found = {key: np.ascontiguousarray(whole[key])[order] for key, _ in columns}
        for key in ("started_s", "served_s", "ended_s"):
            if key in found:
                found[key][found[key] < 0.0] = np.nan
        return found


class RequestRows(Rows):
    """Keeps a row for each request, and nothing of attempts."""

    def attempt(self, one: Attempt) -> None:
        """Count it."""
        self.attempts[one.calling.site.index][one.outcome] += 1


class Sums(Recorder):
    """Keeps sums and a histogram of latencies: memory does not depend on the horizon.

    Attributes
    ----------
    latency : int64 array, shape (sources, bins)
        Requests that ended well, by latency; bin k holds from ``LEAST * GROWTH ** k`` seconds.
    worked_s, wasted_s : list of float
        For each site: thread time of its attempts at the callee, and the part spent on attempts that
        had ended otherwise for their caller.
    """

    LEAST, GROWTH, BINS = 1e-6, 1.01, 3_000

    def __init__(self, sources: int, sites: int) -> None:
        super().__init__(sources, sites)
        self.latency = np.zeros((sources, self.BINS), dtype=np.int64)
        self.wired = [0] * sources
        self.worked_s = [0.0] * sites
        self.wasted_s = [0.0] * sites
        self._waiting: list[list[float]] = [[] for _ in range(sources)]

    def keep_request(
        self, request: Request, ended: float, outcome: int, truth: int, cause: int, wired: int
    ) -> None:
        """Add to the sums."""
        self.wired[request.source] += wired
        if outcome <= 1:
            waiting = self._waiting[request.source]
            waiting.append(ended - request.sent)
            if len(waiting) >= 4096:
                self._sort_in(request.source)

    def attempt(self, one: Attempt) -> None:
        """Count it and add to the sums."""
        self.attempts[one.calling.site.index][one.outcome] += 1
        if one.served >= 0.0 and one.started >= 0.0:
            site = one.calling.site.index
            self.worked_s[site] += one.served - one.started
            if one.outcome > 1:
                self.wasted_s[site] += one.served - one.started

    def _sort_in(self, source: int) -> None:
        values = np.maximum(np.array(self._waiting[source]), self.LEAST)
        bins = (np.log(values / self.LEAST) / np.log(self.GROWTH)).astype(np.int64)
        np.add.at(self.latency[source], np.minimum(bins, self.BINS - 1), 1)
        self._waiting[source].clear()

    def histogram(self, source: int) -> npt.NDArray[np.int64]:
        """The latencies of one source, all of them."""
        self._sort_in(source)
        counts: npt.NDArray[np.int64] = self.latency[source]
        return counts
