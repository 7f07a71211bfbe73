"""The web service with a database pair, again: every state followed by hand, then one sparse LU.

Source: "System Design Fundamentals", section 2.4 (the web service, failover for the database) and
2.2 (correlated faults); Fleming (1975) for the beta factor. Typed assumptions: hands-on repair 1 h,
one crew that travels 30 min to each job and goes to db, lb, app, cache in this order; hardware and
software (90 days; 3 min, no visit) together leave a database server at 99.95 %, of the hardware
failures 5 % hit both servers; a failover takes 23.5 s, works with 98 %, otherwise people take
30 min. All laws exponential.

Readings that the text leaves open:

* The pair is down from the failure of its primary until the failover is over, also if the old
  primary is up again before that. If the other server fails too, the failover is off, and the first
  server back serves at once.
* A failover that does not work takes the 30 min of the people in place of the 23.5 s.
* Clocks of life always run: software can fail on a server whose hardware is down, and so on.
* The shared fault is one job for the crew and brings both servers back. Within the database the
  crew goes first to what broke first (see README.md). A repair is never interrupted.
* The MTTF of the hardware is that which leaves 99.95 % with 1 h of repair, without travel.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from tests.qc.chains import explore

__all__ = ["web_service_pair"]

HOUR, MIN, DAY = 3600.0, 60.0, 86400.0
YEAR = 365 * DAY
HANDS, TRAVEL = 1 / HOUR, 1 / (30 * MIN)
SOFTWARE, RESTART = 1 / (90 * DAY), 1 / (3 * MIN)
AUTO, BY_HAND, WORKS = 1 / 23.5, 1 / (30 * MIN), 0.98
BETA = 0.05
_RATES = {"lb": (1, 0.9999), "app": (3, 0.999), "cache": (2, 0.999)}
_HARD = 0.9995 / (90 * DAY / (90 * DAY + 3 * MIN))
HARDWARE = HANDS * (1 - _HARD) / _HARD
SWAP = {"first": "second", "second": "first"}


@dataclass(frozen=True, slots=True)
class State:
    """What is broken, where the crew is, and who serves.

    `first` is the primary or the one that was it last, `second` the other. Fields hold numbers of
    active hardware faults (`both`: the shared one) and of software faults; `waits` lists the
    database's jobs that wait for the crew, oldest first.
    """

    first: int = 0
    second: int = 0
    both: int = 0
    soft_first: int = 0
    soft_second: int = 0
    lb: int = 0
    app: int = 0
    cache: int = 0
    waits: tuple[str, ...] = ()
    job: str = ""
    there: bool = False
    mode: str = "serving"

    @property
    def first_up(self) -> bool:
        """The (old) primary works."""
        return not (self.first or self.both or self.soft_first)

    @property
    def second_up(self) -> bool:
        """The other server works."""
        return not (self.second or self.both or self.soft_second)

    @property
    def up(self) -> bool:
        """The whole service works."""
        return self.mode == "serving" and not self.lb and self.app < 3 and self.cache < 2

    def swapped(self) -> State:
        """The other server is the primary now."""
        return replace(
            self, first=self.second, second=self.first, soft_first=self.soft_second,
            soft_second=self.soft_first, job=SWAP.get(self.job, self.job),
            waits=tuple(SWAP.get(job, job) for job in self.waits),
        )  # fmt: skip


def _with(state: State, changes: dict[str, Any]) -> State:
    """The state with these fields changed."""
    return replace(state, **changes)


def _crewed(state: State) -> State:
    """An idle crew sets out to the most urgent job."""
    if state.job:
        return state
    if state.waits:
        return replace(state, job=state.waits[0], waits=state.waits[1:], there=False)
    for job in _RATES:  # lb, app, cache: the order of urgency
        if getattr(state, job):
            return replace(state, job=job, there=False)
    return state


def _led(state: State) -> Iterator[tuple[State, float]]:
    """What becomes of the lead after a change: (state, chance)."""
    if not state.first_up and not state.second_up:
        yield replace(state, mode="lost"), 1.0
    elif state.mode == "lost":
        yield replace(state if state.first_up else state.swapped(), mode="serving"), 1.0
    elif state.mode == "serving" and not state.first_up:
        yield replace(state, mode="auto"), WORKS
        yield replace(state, mode="manual"), 1 - WORKS
    else:
        yield state, 1.0


def _failures(s: State) -> Iterator[tuple[State, float]]:
    for server in ("first", "second"):
        if not getattr(s, server):
            yield _with(s, {server: 1, "waits": (*s.waits, server)}), (1 - BETA) * HARDWARE
        if not getattr(s, f"soft_{server}"):
            yield _with(s, {f"soft_{server}": 1}), SOFTWARE
    if not s.both:
        yield replace(s, both=1, waits=(*s.waits, "both")), BETA * HARDWARE
    for name, (members, a) in _RATES.items():
        left = members - getattr(s, name)
        if left:
            yield _with(s, {name: members - left + 1}), left * HANDS * (1 - a) / a


def _ends(s: State) -> Iterator[tuple[State, float]]:
    """Restarts, travel, repairs and failovers that end."""
    for server in ("first", "second"):
        if getattr(s, f"soft_{server}"):
            yield _with(s, {f"soft_{server}": 0}), RESTART
    if s.job and not s.there:
        yield replace(s, there=True), TRAVEL
    elif s.job:
        mended = {s.job: getattr(s, s.job) - 1}
        yield _with(s, mended | {"job": "", "there": False}), HANDS
    if s.mode in ("auto", "manual"):
        new = s.swapped() if s.second_up else s
        yield replace(new, mode="serving"), AUTO if s.mode == "auto" else BY_HAND


def _moves(state: State) -> Iterator[tuple[State, float]]:
    for changed, rate in (*_failures(state), *_ends(state)):
        for target, chance in _led(changed):
            yield _crewed(target), rate * chance


def web_service_pair() -> dict[str, float]:
    """Quantities of the entry; times in seconds, shares 0-1, rates 1/s."""
    chain = explore(State(), _moves)
    p = chain.stationary()
    up = chain.where(lambda s: s.up)
    serving = chain.where(lambda s: s.mode == "serving")
    return {
        "unavailability": float(p[~up].sum()),
        "frequency": chain.frequency(up, p),
        "mttf": chain.mean_time(up),
        "unavailability of db": float(p[~serving].sum()),
        "frequency of db": chain.frequency(serving, p),
        "unavailability of lb": float(p[chain.where(lambda s: bool(s.lb))].sum()),
        "unavailability of app": float(p[chain.where(lambda s: s.app == 3)].sum()),
        "unavailability of cache": float(p[chain.where(lambda s: s.cache == 2)].sum()),
        "horizon": 10 * YEAR,
    }
