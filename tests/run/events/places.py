"""Random pools, queues and steps of generated scenarios."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import Any

from simulator.describe.distributions import Deterministic, Exponential, Lognormal, Uniform
from simulator.describe.guards import AimdLimit, Vegas
from simulator.describe.pools import Pool
from simulator.describe.serving import Cache, Outliers, Queue, Shedding, Slowdown
from simulator.describe.steps import All, Answer, Call, Work
from tests.run.events.policies import policies

__all__ = ["Draft", "asked", "pool"]

BALANCES = ("round_robin", "random", "weighted", "least_busy", "two_choices", "by_key")


@dataclass
class Draft:
    """A scenario that is being made up.

    Parameters
    ----------
    rng : Random
    names : list of str
        Pools; each calls only those after it.
    wish, queue, fault : str
        What it must have: a policy, a kind of queue, a kind of fault.
    classes : tuple of str
    cached : str
        Name of the pool that is a cache; empty = none.
    """

    rng: Random
    names: list[str]
    wish: str = ""
    queue: str = ""
    fault: str = ""
    classes: tuple[str, ...] = ()
    cached: str = ""
    calls: int = field(default=0)

    def take_wish(self) -> str:
        """The wish, once."""
        wish, self.wish = self.wish, ""
        return wish


def law(rng: Random, mean: float) -> Any:
    """A law of times with about the given mean, seconds."""
    kind = rng.randrange(4)
    if kind == 0:
        return Deterministic(mean)
    if kind == 1:
        return Uniform(0.3 * mean, 1.7 * mean)
    return Exponential(mean) if kind == 2 else Lognormal(0.8 * mean, 0.7)


def asked(draft: Draft, target: str, later: list[str], *, plain: bool = False, **more: Any) -> Call:
    """A call to `target` with random policies; its fallbacks may ask the pools in `later`."""
    rng, wish = draft.rng, "" if plain else draft.take_wish()
    draft.calls += 1
    waited_for = more.get("wait", True)
    kwargs: dict[str, Any] = {"cancels": rng.choice(["nothing", "queued", "running"])}
    if not plain:
        kwargs = policies(rng, wish, waited_for)
    elif waited_for and rng.random() < 0.5:
        kwargs["timeout"] = rng.uniform(0.02, 0.2)
    if waited_for and not plain and (wish.startswith("fallback") or rng.random() < 0.25):
        kwargs["fallback"] = _fallbacks(draft, wish, [*later, target])
    if rng.random() < 0.1:
        kwargs["answers"] = rng.choice(["stale", "provisional"])
    if draft.classes and rng.random() < 0.1:
        kwargs["as_"] = rng.choice(draft.classes)
    return Call(target, **(kwargs | more))


def _fallbacks(draft: Draft, wish: str, later: list[str]) -> tuple[Call | Answer, ...]:
    rng = draft.rng
    kinds = [wish.removeprefix("fallback ")] if wish.startswith("fallback") else []
    while not kinds or rng.random() < 0.3:
        kinds.append(rng.choice(["call", "answer", "queue"]))
    found: list[Call | Answer] = []
    for kind in kinds:
        if kind == "answer":
            truth = rng.choice(["good", "stale", "provisional"])
            found.append(Answer(rng.uniform(0.3, 1.0), rng.choice([0.0, 0.2]), truth))
        else:
            more = {} if kind == "call" else {"wait": False}
            found.append(asked(draft, rng.choice(later), [], plain=rng.random() < 0.6, **more))
    return tuple(found)


def pool(draft: Draft, number: int, busy: float) -> Pool:
    """Pool `number` of the draft; `busy` is about the mean time of a piece of work, seconds."""
    rng, name = draft.rng, draft.names[number]
    members = rng.choice([1, 1, 2, 3])
    balance = rng.choice(BALANCES)
    threads = None if rng.random() < 0.12 and number else rng.randint(1, 4)
    cores = rng.choice([None, None, 1, 2])
    if draft.fault == "threads lost" and number == 0:
        threads = rng.randint(2, 4)
    if draft.fault == "cores lost" and number == 0:
        cores = 2
    found: dict[str, Any] = {"cache": cache(rng, draft)} if name == draft.cached else {}
    if rng.random() < 0.1:
        found["slowdown"] = Slowdown(rng.uniform(0, 0.1), rng.uniform(0, 0.01))
    if rng.random() < 0.1:
        found["limit"] = rng.choice([AimdLimit(6, 2, 12, 0.1), Vegas(6, 12)])
    if rng.random() < 0.1:
        found["sheds"] = Shedding(rng.uniform(0.02, 0.1), draft.classes[:1])
    if rng.random() < 0.15:
        found["outliers"] = Outliers(rng.randint(2, 5), 0.3, 0.2, 1.0, 0.5, None)
    if members > 1 and rng.random() < 0.4:
        found["zones"] = (("x", 1), ("y", members - 1))
    return Pool(
        name, members, serve=_served(draft, number, busy), threads=threads, cores=cores,
        queue=queue(draft, number == 0), balance=balance,  # type: ignore[arg-type]
        weights=tuple(rng.uniform(0.5, 2.0) for _ in range(members)) if balance == "weighted" else (),
        shards=rng.randint(1, members) if rng.random() < 0.25 else 1,
        panic=rng.choice([0.0, 0.0, 0.0, 0.6]), **found,
    )  # fmt: skip


def cache(rng: Random, draft: Draft) -> Cache:
    """What the pool of the draft that is a cache remembers."""
    if rng.random() < 0.25 and draft.fault != "cold cache":
        return Cache(hits=rng.uniform(0.2, 0.9))
    ttl = rng.choice([None, rng.uniform(0.1, 1.0)])
    return Cache(
        size=rng.choice([None, 5, 15]), ttl=ttl, ttl_from=rng.choice(["fill", "use"]),  # type: ignore[arg-type]
        eviction=rng.choice(["lru", "lfu", "fifo"]), single_flight=rng.random() < 0.5,  # type: ignore[arg-type]
        fills=rng.choice(["when_caller_still_waits", "always"]), warm=rng.choice([0, 5]),  # type: ignore[arg-type]
    )  # fmt: skip


def queue(draft: Draft, first: bool) -> Queue:
    """A queue; the first pool's has the kind that the draft wishes for."""
    rng, wish = draft.rng, draft.queue if first else ""
    order = (
        wish if wish in ("fifo", "lifo", "priority") else rng.choice(["fifo", "lifo", "priority"])
    )
    if order == "priority" and not draft.classes:
        order = "lifo"
    cap = rng.randint(0, 12) if wish == "cap" or rng.random() < 0.5 else None
    expires = wish.startswith("expires") or rng.random() < 0.3
    expired: Any = wish.removeprefix("expires ") if wish.startswith("expires") else ""
    patience = wish == "patience" or rng.random() < 0.2
    return Queue(
        cap, order, draft.classes[: rng.randint(1, 2)] if order == "priority" else (),  # type: ignore[arg-type]
        rng.uniform(0.02, 0.2) if expires else None, expired or rng.choice(["free", "costs_service"]),
        law(rng, rng.uniform(0.03, 0.15)) if patience else None,
    )  # fmt: skip


def _served(draft: Draft, number: int, busy: float) -> Any:
    steps = _steps(draft, number, busy)
    if draft.classes and draft.rng.random() < 0.2:
        return {draft.classes[0]: _steps(draft, number, busy), "": steps}
    return steps


def _steps(draft: Draft, number: int, busy: float) -> list[Any]:
    """What a member does: work, and calls of pools further on in some pattern."""
    rng, later = draft.rng, draft.names[number + 1 :]
    if draft.names[number] == draft.cached:
        return [Work(law(rng, 0.2 * busy))]
    works = [Work(law(rng, rng.uniform(0.3, 1.0) * busy)) for _ in range(rng.randint(0, 2))]
    if not later:
        return works or [Work(law(rng, busy))]
    target = rng.choice([n for n in later if n != draft.cached])
    steps: list[Any] = works[:1]
    if draft.cached in later and target != draft.cached:
        steps.append(asked(draft, draft.cached, [], required=False, plain=rng.random() < 0.7))
        steps.append(asked(draft, target, [], after="miss", required=rng.random() < 0.7))
    elif draft.wish not in ("all", "no wait"):
        steps.append(asked(draft, target, later, required=rng.random() < 0.8))
        if rng.random() < 0.25:
            after = rng.choice(["", "ok", "miss"])
            steps.append(asked(draft, rng.choice(later), later, after=after, required=False))
    if draft.wish == "all" or rng.random() < 0.15:
        steps.append(_beside(draft, later))
    if draft.wish == "no wait" or rng.random() < 0.12:
        draft.wish = "" if draft.wish == "no wait" else draft.wish
        steps.append(asked(draft, target, later, wait=False, plain=rng.random() < 0.5))
    return steps + works[1:]


def _beside(draft: Draft, later: list[str]) -> All:
    rng = draft.rng
    draft.wish = "" if draft.wish == "all" else draft.wish
    calls = [
        asked(draft, rng.choice(later), [], plain=rng.random() < 0.5, required=rng.random() < 0.7)
        for _ in range(rng.randint(1, 2))
    ]
    times = rng.choice([1, 1, 2])
    needs: Any = rng.choice(["all", rng.randint(1, len(calls) * times)])
    return All(tuple(calls), needs, times)
