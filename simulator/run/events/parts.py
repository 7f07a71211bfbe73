"""What moves through the engine: requests, calls, attempts. And who serves them: stations and members."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from simulator.describe.effects import Effect
from simulator.rules.balance import Balancer, new_balancer
from simulator.rules.breaker import CircuitBreaker
from simulator.rules.budgets import BudgetState
from simulator.rules.cache import Store, new_store
from simulator.rules.limits import LimitState, new_limit
from simulator.rules.line import WaitingLine, rank_of
from simulator.rules.outliers import OutlierDetector
from simulator.tables.outcomes import IN_FLIGHT

if TYPE_CHECKING:
    from collections.abc import Callable

    from simulator.describe.rollouts import Build
    from simulator.run.events.paths import Path
    from simulator.run.events.plan import PoolPlan, StepPlan
    from simulator.run.events.sites import Site
    from simulator.sample.draws import Column

__all__ = ["Attempt", "Calling", "Member", "Request", "Station", "nobody_waits"]

NEUTRAL = Effect()
UNLIMITED = 10**9
"""More threads or cores than anybody uses; small enough for the fast comparison of small integers."""


def nobody_waits(calling: Calling, outcome: int, truth: int, cause: int) -> None:
    """What follows a call whose answer is nobody's business."""


class Request:
    """One request of a source."""

    __slots__ = ("client", "key", "kind", "number", "sent", "source")

    def __init__(
        self, source: int, number: int, kind: int, client: int, key: int, sent: float
    ) -> None:
        self.source, self.number = source, number
        self.kind, self.client = kind, client
        self.key, self.sent = key, sent


class Calling:
    """A call under way: its attempts, waits and copies, until it is done.

    Attributes
    ----------
    job : Attempt or None
        The attempt being served that waits for the call; None for a source.
    above : Attempt or None
        The attempt being served that makes the call, whether it waits or not.
    then : callable
        ``then(calling, outcome, truth, cause)`` when it is done.
    attempts : int
        Begun so far, rejected ones included, copies of a hedge not; `wired` counts all that were sent.
    live : tuple of Attempt
        Attempts whose end is not known: one, but for the copies of a hedge.
    missed_at : Member or None
        Who was asked and found nothing in its cache.
    hedge : int or None
        Number of the event that sends the next copy.
    cost, granted, waited, fallen
        Only there once they are known: of the retry budget, of the last retry, of the last fallback.
    """

    __slots__ = (
        "above", "attempts", "branch", "caller", "copy", "cost", "deadline", "done", "fallen", "granted", "hedge",
        "inner", "job", "kind", "live", "missed_at", "path", "request", "site", "then", "waited", "wired",
    )  # fmt: skip
    cost: float | None
    waited: float
    fallen: int
    granted: BudgetState | None

    def __init__(
        self, site: Site, request: Request, job: Attempt | None, path: Path, caller: int,
        then: Callable[..., None], above: Attempt | None, copy: int, deadline: float,
    ) -> None:  # fmt: skip
        self.site, self.request = site, request  # in pairs: longer ones are built as tuples first
        self.job, self.path = job, path
        self.caller, self.then = caller, then
        self.above, self.copy = above, copy
        self.deadline = deadline
        self.kind = request.kind if site.kind < 0 else site.kind
        self.attempts = self.wired = self.branch = 0
        self.done = False
        self.live: tuple[Attempt, ...] = ()
        self.inner: Calling | None = None
        self.missed_at: Member | None = None
        self.hedge: int | None = None

    @property
    def which(self) -> int:
        """Number of the present copy in the address of its luck: each of them has one of its own."""
        if self.branch > 15:
            return -(self.copy << 32) - self.branch
        return self.copy * 16 + self.branch

    def sent_so_far(self) -> int:
        """Attempts on the wire, those of a fallback that is being asked included."""
        return self.wired + (0 if self.inner is None else self.inner.sent_so_far())


class Attempt:
    """One attempt of a call, which is also the job that its callee does.

    `over`: the caller knows how it ended (`outcome`, `truth`, `cause`). `gone`: the callee has nothing
    more to do with it. A row is written when both are so.

    Attributes
    ----------
    due : int or None
        Number of the event that ends its wait for a permit, or its work.
    calls : tuple of Calling
        Calls under way that it waits for.
    crowd, company : int
        Attempts under way when it got its permit, and when it came to its member, itself included:
        what an adaptive limit of the caller, or of the callee, asks for.
    breaker, spent, arrived, link, reply, left, began_work
        Only there once they are known: most attempts need none of them. So are `step`, `works`,
        `degraded` and `worth` from the start of its service, and `last`, `missed_at`,
        `failing`, `spare` and `waiting` where its steps make calls, `answers` where they are compared.
    """

    __slots__ = (
        "answers", "arrived", "began_work", "breaker", "budget", "calling", "calls", "cause", "company", "crowd",
        "degraded", "due", "ended", "epoch", "expired", "failing", "flight", "gone", "hit", "id", "last", "left",
        "link", "member", "missed_at", "number", "outcome", "over", "path", "permit", "queued", "reply", "retry",
        "sent", "served", "spare", "spent", "started", "step", "term", "truth", "waiting", "wired", "works", "worth",
    )  # fmt: skip
    breaker: CircuitBreaker
    step: StepPlan | None
    works: list[Column | None]
    missed_at: Member | None
    reply: tuple[int, int, int]
    last: str
    degraded: bool
    waiting: bool
    spent: bool
    link: int
    worth: int
    failing: int
    spare: int
    answers: list[int]
    crowd: int
    company: int
    term: int
    arrived: float
    left: float
    began_work: float

    def __init__(
        self, calling: Calling, id: int, number: int, path: Path, sent: float, retry: bool
    ) -> None:
        self.calling, self.id = calling, id
        self.number, self.path = number, path
        self.sent, self.retry = sent, retry
        self.over = self.gone = self.permit = self.queued = self.expired = self.wired = False
        self.started = self.served = self.ended = -1.0
        self.outcome = IN_FLIGHT
        self.truth = self.cause = 0
        self.epoch = -1
        self.hit = True
        self.calls: tuple[Calling, ...] = ()
        self.member: Member | None = None
        self.budget: BudgetState | None = None
        self.due: int | None = None
        self.flight: Member | None = None


class Member:
    """One member of a pool as it is now."""

    __slots__ = (
        "answers", "build", "busy", "busy_cores", "core_line", "cores", "effect", "effects", "flights", "index", "jobs",
        "limit", "line", "out", "role", "silent", "speed", "station", "store", "term", "threads", "up", "working",
    )  # fmt: skip

    def __init__(self, station: Station, index: int) -> None:
        pool = station.pool
        self.station, self.index = station, index
        self.up, self.silent, self.speed = True, False, 1.0
        self.role, self.term = "", 0
        self.build: Build | None = None
        self.effects: list[Effect] = []
        self.effect = NEUTRAL
        self.threads = UNLIMITED if pool.threads is None else pool.threads
        self.cores = UNLIMITED if pool.cores is None else pool.cores
        self.busy = self.busy_cores = self.out = 0
        self.line: WaitingLine[Attempt] = WaitingLine(pool.queue)
        self.core_line: deque[Attempt] = deque()
        self.jobs: dict[Attempt, None] = {}
        self.working: dict[Attempt, None] = {}
        self.flights: dict[int, list[Attempt]] = {}
        self.answers: list[tuple[Attempt, int, int, int]] | None = None  # while the line moves on
        cache = pool.cache
        self.store: Store | None = (
            new_store(cache) if cache is not None and cache.hits is None else None
        )
        if self.store is not None and cache is not None and cache.warm:
            self.store.warm(range(cache.warm))
        self.limit: LimitState | None = None if pool.limit is None else new_limit(pool.limit)


class Station:
    """A pool as it is now: its members, who is asked, and what is the same for all of them.

    Attributes
    ----------
    varies : bool
        Faults may slow, stop or kill its members, so the work under way is kept track of.
    busy : list of int
        Attempts sent to each member and not over for their caller.
    alone : Member or None
        The only member that anybody may ask.
    led : bool
        Its members have roles, and what they send carries the term in which it was begun.
    seen_term : int
        The latest term of a request that came here, where terms are checked.
    expires_after : float or None
        Age at which what waits is dropped, seconds; people may change it.
    ways : dict
        By class of a request: number of its steps, the first of them, and whether one is a call.
    """

    __slots__ = (
        "alone", "balancer", "busy", "cache", "candidates", "detector", "expires_after", "index", "led",
        "members", "plan", "pool", "ranks", "seen_term", "simple", "single", "slows", "varies", "version", "ways",
    )  # fmt: skip

    def __init__(self, plan: PoolPlan, classes: tuple[str, ...], varies: bool) -> None:
        self.plan, self.pool, self.index, self.cache = plan, plan.pool, plan.index, plan.pool.cache
        self.varies = varies
        self.ways = {kind: _way(plan, plan.kinds[kind]) for kind in plan.kinds}
        self.members = [Member(self, i) for i in range(plan.pool.members)]
        self.balancer: Balancer = new_balancer(
            plan.pool.balance, plan.pool.members, plan.pool.weights
        )
        self.busy = [0] * plan.pool.members
        self.ranks = [rank_of(plan.pool.queue, name) for name in classes]
        outliers = plan.pool.outliers
        self.detector = None if outliers is None else OutlierDetector(outliers, plan.pool.members)
        self.version = -1
        self.candidates: list[list[int]] = []
        self.alone: Member | None = None
        self.simple = not (plan.pool.limit or plan.pool.sheds or plan.pool.checks_term)
        self.led, self.seen_term = False, 0
        self.expires_after = plan.pool.queue.expires_after
        self.single = plan.pool.shards == 1 and outliers is None
        self.slows = plan.pool.slowdown is not None
        self.refresh(0.0)

    def slowed(self, n: int) -> float:
        """How many times as long work takes with `n` requests in handling."""
        law = self.pool.slowdown
        assert law is not None  # asked only where there is one
        return 1.0 + law.contention * (n - 1) + law.coherency * n * (n - 1)

    def refresh(self, now: float) -> None:
        """Who may be asked, shard by shard, after somebody went or came back."""
        pool, shards = self.pool, self.pool.shards
        detector = self.detector
        believed = [m.index for m in self.members if m.out == 0]
        if detector is not None:
            self.version = detector.version
            believed = [m for m in believed if not detector.is_out(m, now)]
        if len(believed) < pool.panic * pool.members:
            believed = list(range(pool.members))
        self.candidates = [[m for m in believed if m % shards == s] for s in range(shards)]
        self.alone = self.members[believed[0]] if self.single and len(believed) == 1 else None

    def in_rotation(self, key: int, now: float) -> list[int]:
        """Members that may be asked for a key."""
        detector = self.detector
        if detector is not None:
            detector.ejected(now)  # intervals may have ended since
            if detector.version != self.version:
                self.refresh(now)
        shards = self.pool.shards
        return self.candidates[0] if shards == 1 else self.candidates[key % shards]


def _way(plan: PoolPlan, kind: int) -> tuple[int, StepPlan | None, bool]:
    steps = plan.served[kind]
    return kind, steps[0] if steps else None, any(step.law is None for step in steps)
