"""What a member does for a request: work, call others, call many at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from simulator.describe.distributions import Deterministic, Distribution
from simulator.describe.guards import AdaptiveThrottle, Breaker, Bulkhead, RateLimit
from simulator.describe.quantities import Seconds, Share
from simulator.describe.retries import Hedge, Retry
from simulator.describe.valid import above, at_least, one_of, share, whole
from simulator.errors import DescriptionError

__all__ = ["All", "Answer", "Call", "Fallback", "Step", "Work"]


@dataclass(frozen=True, slots=True)
class Work:
    """A step in which a member works for a time of the given law; it holds one core meanwhile.

    Parameters
    ----------
    work : Distribution or float
        Seconds on a member of speed 1; a number is a fixed time.
    """

    work: Distribution | Seconds

    def __post_init__(self) -> None:
        if not isinstance(self.work, Distribution):
            at_least(self.work, "work")
            object.__setattr__(self, "work", Deterministic(float(self.work)))

    @property
    def law(self) -> Distribution:
        """The law of the time, seconds."""
        assert isinstance(self.work, Distribution)  # made so at the start
        return self.work


@dataclass(frozen=True, slots=True)
class Answer:
    """A fallback that asks nobody: a local rule that decides a share of the cases.

    Parameters
    ----------
    share : float
        Share of the cases it decides; the others fail.
    wrong : float
        Share of its decisions that are wrong.
    truth : {"good", "stale", "provisional"}
        What a decision that is not wrong is worth.
    """

    share: Share = 1.0
    wrong: Share = 0.0
    truth: Literal["good", "stale", "provisional"] = "good"

    def __post_init__(self) -> None:
        share(self.share, "share")
        share(self.wrong, "wrong")
        one_of(self.truth, "truth", "good", "stale", "provisional")


@dataclass(frozen=True, slots=True)
class Call:
    """A step in which a member calls another pool, and what it does about failure.

    Parameters
    ----------
    call : str
        The pool called.
    as_ : str
        Class of the request that is sent; empty = that of the request being served.
    required : bool
        True: without an answer the request fails. False: it goes on, degraded; a failed cache call
        is a miss.
    after : {"", "ok", "miss"}
        Only after the call before it ended so; a call after a miss counts as needed.
    wait : bool
        False: send and go on; the answer is nobody's business (a queue of jobs, a log).
    plane : {"data", "control"}
        A call on the control plane is not on the path of a request.
    timeout : float or None
        Seconds the caller waits for one attempt: link, queue, work and link back. None = for ever.
    deadline : float or None
        Seconds for the whole call: attempts, waits for permits and backoffs.
    passes_on : bool
        The callee's own calls end at this deadline too.
    retry, hedge, throttle, rate_limit, breaker, bulkhead
        Policies, from the outside in; see their classes. None = without.
    fallback : tuple of Call and Answer
        Asked in order when the call has failed for good; a success there is degraded.
    answers : {"good", "stale", "provisional"}
        What an answer of this call is worth to the caller.
    idempotent : bool
        False: only attempts the callee surely did not work on (refused, shed, rejected) are repeated.
    cancels : {"nothing", "queued", "running"}
        What becomes of an attempt whose caller has left: it is served all the same; it is dropped
        when it reaches the head of the queue; or work under way is stopped, too.
    to_role : {"", "primary", "replica"}
        Only members in this role are asked, in a pool with a failover or roles; of those the caller
        can reach, a primary of the latest term first. "" = any.
    name : str
        To address the step when a pool is called twice; default: the pool called.
    """

    call: str
    as_: str = ""
    required: bool = True
    after: Literal["", "ok", "miss"] = ""
    wait: bool = True
    plane: Literal["data", "control"] = "data"
    timeout: Seconds | None = None
    deadline: Seconds | None = None
    passes_on: bool = False
    retry: Retry | None = None
    hedge: Hedge | None = None
    throttle: AdaptiveThrottle | None = None
    rate_limit: RateLimit | None = None
    breaker: Breaker | None = None
    bulkhead: Bulkhead | None = None
    fallback: tuple[Call | Answer, ...] = ()
    answers: Literal["good", "stale", "provisional"] = "good"
    idempotent: bool = True
    cancels: Literal["nothing", "queued", "running"] = "nothing"
    to_role: Literal["", "primary", "replica"] = ""
    name: str = ""

    def __post_init__(self) -> None:
        one_of(self.to_role, "to_role", "", "primary", "replica")
        one_of(self.after, "after", "", "ok", "miss")
        one_of(self.plane, "plane", "data", "control")
        one_of(self.answers, "answers", "good", "stale", "provisional")
        one_of(self.cancels, "cancels", "nothing", "queued", "running")
        object.__setattr__(self, "fallback", tuple(self.fallback))
        for key in ("timeout", "deadline"):
            if getattr(self, key) is not None:
                above(getattr(self, key), key)
        if self.passes_on and self.deadline is None:
            raise DescriptionError("there is no deadline to pass on", "passes_on")
        if not self.wait and (self.fallback or self.hedge or self.timeout or self.deadline):
            raise DescriptionError(
                "a call nobody waits for has no timeout, deadline, hedge or fallback", "wait"
            )

    @property
    def label(self) -> str:
        """The name by which the step is addressed."""
        return self.name or self.call


@dataclass(frozen=True, slots=True)
class All:
    """Calls made at the same time; the step ends when enough of them have answered.

    Parameters
    ----------
    all : tuple of Call
    needs : int or "all"
        Answers that suffice; the step fails when they cannot be had any more.
    times : int
        The calls are made so many times over: a fan-out to like shards.
    name : str
    agree : bool
        A quorum read: the answers that counted are compared. Wrong ones are outvoted while they are
        fewer than half of them; otherwise the answer is wrong. False: one wrong answer makes it wrong.
    """

    all: Sequence[Call]
    needs: int | Literal["all"] = "all"
    times: int = 1
    name: str = ""
    agree: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "all", tuple(self.all))
        if not self.all:
            raise DescriptionError("at least one call is needed", "all")
        whole(self.times, "times")
        if self.needs != "all":
            whole(self.needs, "needs")
            if self.needs > len(self.all) * self.times:
                raise DescriptionError(
                    f"{self.needs!r}: there are {len(self.all) * self.times} calls", "needs"
                )
        if self.agree and self.needed < 2:
            message = f"true beside {self.needed} answer: at least 2 are needed to compare"
            raise DescriptionError(message, "agree")
        for number, call in enumerate(self.all):
            if call.after or not call.wait:
                raise DescriptionError(
                    "a call made beside others has no after and is waited for", f"all[{number}]"
                )

    @property
    def needed(self) -> int:
        """Answers that suffice, as a number."""
        return len(self.all) * self.times if self.needs == "all" else self.needs

    @property
    def label(self) -> str:
        """The name by which the step is addressed."""
        return self.name or "all"


Step = Work | Call | All
Fallback = Call | Answer
