"""Random request traffic for hypothesis: policies, steps, queues, caches, links, sources. All of it valid."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from simulator.describe import (
    All,
    Answer,
    At,
    Cache,
    Call,
    Closed,
    Daily,
    Effect,
    Every,
    HealthCheck,
    Hedge,
    Link,
    Outliers,
    Poisson,
    Queue,
    Ramp,
    Shedding,
    Slowdown,
    Source,
    Spike,
    Trace,
    Work,
    Zipf,
)
from tests.policy_strategies import (
    breakers,
    bulkheads,
    counts,
    limits,
    rate_limits,
    rates,
    retries,
    shares,
    some,
    throttles,
    times,
)

KINDS = ("x", "y z", 'q"uote')
"""Classes of requests; every scenario with sources sends them all."""

answers = st.builds(Answer, shares, shares, st.sampled_from(["good", "stale", "provisional"]))


@st.composite
def calls(draw: Any, targets: list[str], beside: bool = False, users: bool = False) -> Call:
    """A call of one of `targets`; `beside` others it has no condition, and `users` wait for it."""
    wait = beside or users or draw(st.booleans())
    deadline = draw(st.none() | times) if wait else None
    other = st.sampled_from(targets).map(Call) | answers
    return Call(
        draw(st.sampled_from(targets)),
        as_=draw(st.sampled_from(["", *KINDS])),
        required=draw(st.booleans()),
        after="" if beside or users else draw(st.sampled_from(["", "ok", "miss"])),
        wait=wait,
        plane=draw(st.sampled_from(["data", "control"])),
        timeout=draw(st.none() | times) if wait else None,
        deadline=deadline,
        passes_on=deadline is not None and draw(st.booleans()),
        retry=draw(st.none() | retries()),
        hedge=draw(st.none() | st.builds(Hedge, times, counts)) if wait else None,
        throttle=draw(st.none() | throttles),
        rate_limit=draw(st.none() | rate_limits),
        breaker=draw(st.none() | breakers()),
        bulkhead=draw(st.none() | bulkheads),
        fallback=tuple(draw(st.lists(other, max_size=2))) if wait else (),
        answers=draw(st.sampled_from(["good", "stale", "provisional"])),
        idempotent=draw(st.booleans()),
        cancels=draw(st.sampled_from(["nothing", "queued", "running"])),
        to_role=draw(st.sampled_from(["", "primary", "replica"])),
        name=draw(st.sampled_from(["", "n1", "ü 2"])),
    )


@st.composite
def _side_by_side(draw: Any, targets: list[str]) -> All:
    made = draw(st.lists(calls(targets, beside=True), min_size=1, max_size=2))
    copies = draw(st.integers(1, 3))
    needs = draw(st.just("all") | st.integers(1, len(made) * copies))
    many = len(made) * copies if needs == "all" else needs
    agree = many > 1 and draw(st.booleans())
    return All(made, needs, copies, draw(st.sampled_from(["", "fan"])), agree)


@st.composite
def steps(draw: Any, laws: st.SearchStrategy[Any], targets: list[str]) -> list[Any]:
    """A list of steps in an order that makes sense."""
    kinds = [st.builds(Work, laws)]
    if targets:
        kinds += [calls(targets), _side_by_side(targets)]
    made = draw(st.lists(st.one_of(kinds), max_size=2))
    before = False
    for number, step in enumerate(made):
        if isinstance(step, Call):
            if step.after and not before:
                made[number] = draw(calls(targets, users=True))
            before = True
        elif isinstance(step, All):
            before = False
    return list(made)


@st.composite
def served(draw: Any, laws: st.SearchStrategy[Any], targets: list[str]) -> Any:
    """Steps, or steps by class."""
    if draw(st.booleans()):
        return draw(steps(laws, targets))
    kinds = draw(st.lists(st.sampled_from(KINDS), unique=True, max_size=2))
    return {kind: draw(steps(laws, targets)) for kind in ["", *kinds]}


@st.composite
def caches(draw: Any) -> Cache:
    """A cache of keys, or one with a stated share of hits."""
    if draw(st.booleans()):
        return Cache(hits=draw(shares))
    size = draw(st.none() | counts)
    return Cache(
        size=size,
        ttl=draw(st.none() | times),
        ttl_from=draw(st.sampled_from(["fill", "use"])),
        eviction=draw(st.sampled_from(["lru", "lfu", "fifo"])),
        fills=draw(st.sampled_from(["when_caller_still_waits", "always"])),
        single_flight=draw(st.booleans()),
        warm=draw(st.integers(0, size or 9)),
    )


@st.composite
def queues(draw: Any, laws: st.SearchStrategy[Any]) -> Queue:
    """A queue of any order; by priority of some of the classes."""
    order = draw(st.sampled_from(["fifo", "lifo", "priority"]))
    first = st.lists(st.sampled_from(KINDS), min_size=1, unique=True).map(tuple)
    return Queue(
        draw(st.none() | st.integers(0, 9)),
        order,
        draw(first) if order == "priority" else (),
        draw(st.none() | times),
        draw(st.sampled_from(["free", "costs_service"])),
        draw(st.none() | laws),
    )


@st.composite
def serving(draw: Any, members: int, laws: st.SearchStrategy[Any]) -> dict[str, Any]:
    """Fields of a pool about how it takes requests."""
    balance = st.sampled_from(
        ["round_robin", "random", "weighted", "least_busy", "two_choices", "by_key"]
    )
    chosen = draw(balance)
    spares = st.lists(st.sampled_from(KINDS), unique=True).map(tuple)
    return {
        "cores": draw(st.none() | counts),
        "queue": draw(queues(laws)),
        "balance": chosen,
        "weights": tuple(draw(some) for _ in range(members)) if chosen == "weighted" else (),
        "shards": draw(st.integers(1, members)),
        "panic": draw(shares),
        "cache": draw(st.none() | caches()),
        "slowdown": draw(st.none() | st.builds(Slowdown, shares, shares)),
        "limit": draw(st.none() | limits),
        "sheds": draw(st.none() | st.builds(Shedding, times, spares)),
        "outliers": draw(st.none() | outliers()),
    }


@st.composite
def outliers(draw: Any) -> Outliers:
    """Outlier detection."""
    base = draw(times)
    return Outliers(
        draw(st.none() | counts), draw(times), base, base + draw(times), draw(shares),
        draw(st.none() | some), draw(counts), draw(st.integers(2, 9)),
    )  # fmt: skip


profiles = st.one_of(
    st.builds(lambda lo, hi, at, more: Ramp(lo, hi, at, at + more), rates, rates, times, times),
    st.builds(Spike, rates, rates, times, times),
    st.builds(lambda lo, more, at: Daily(lo, lo + more, at), rates, rates, times),
)


def arrivals(laws: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """All ways in which requests come."""
    return st.one_of(
        st.builds(Poisson, rates | profiles),
        st.builds(Every, times),
        st.builds(Closed, counts, laws | times),
        st.lists(times, max_size=3).map(lambda found: Trace(sorted(found))),
    )


@st.composite
def sources(draw: Any, name: str, targets: list[str], laws: st.SearchStrategy[Any]) -> Source:
    """Users that send every class of requests, and know what they ask for."""
    come = draw(arrivals(laws))
    return Source(
        name,
        come,
        draw(calls(targets, users=True)),
        classes=((KINDS[0], 0.5), (KINDS[1], 0.25), (KINDS[2], 0.25)),
        keys=Zipf(draw(st.floats(0.0, 3.0)), draw(counts)),
        clients=1 if isinstance(come, Closed) else draw(counts),
        zone=draw(st.sampled_from(["", "a", "far"])),
    )


@st.composite
def links(draw: Any, ends: list[str], laws: st.SearchStrategy[Any]) -> list[Link]:
    """Links between any of `ends`, with names or without."""
    end = st.sampled_from(["*", *ends])
    made = draw(st.lists(st.tuples(end, end), max_size=2, unique=True))
    named = draw(st.booleans())
    return [
        Link(a, b, draw(laws | times), draw(shares), f"wire {i}" if named else "")
        for i, (a, b) in enumerate(made)
    ]


@st.composite
def health_checks(draw: Any, name: str, pool: str) -> HealthCheck:
    """A health check whose probes end before the next ones."""
    every = draw(times)
    return HealthCheck(pool, every, draw(counts), every * draw(shares), draw(counts), name=name)


stated = st.lists(times, min_size=1, max_size=3).map(lambda found: At(tuple(sorted(found))))
felt = st.builds(
    Effect, speed=st.floats(0.0, 2.0), threads=shares, cores=shares, error=shares, wrong=shares,
    delay=times, extra_work=times, lost=shares, missing=shares, forgets=st.booleans(),
)  # fmt: skip
cuts = st.builds(Effect, up=st.booleans(), delay=times, lost=shares)
