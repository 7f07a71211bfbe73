"""The systems of the traffic cases, in the words a user has: each stands for one description.

A function takes the parameters of its case and the length of a run in the case's own unit of time,
which is read as seconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from simulator import (
    All,
    At,
    Breaker,
    Cache,
    Call,
    Closed,
    Consecutive,
    Count,
    Deterministic,
    Effect,
    Every,
    Exponential,
    Fault,
    Hedge,
    Mixture,
    Poisson,
    Pool,
    Queue,
    Retry,
    Scenario,
    Source,
    System,
    TokenBucket,
    TokenRate,
    Work,
    Zipf,
)
from tests.cases.catalogue import Parameters

__all__ = [
    "closed_loop",
    "expires",
    "fan_out",
    "fixed_patience",
    "fixed_service",
    "hedged",
    "impatient",
    "kept_alive",
    "layers",
    "limited_origin",
    "loss",
    "many_servers",
    "one_of_two",
    "places",
    "probing_breaker",
    "recently_used",
    "retried",
    "row_breaker",
    "timed_out",
    "token_bucket",
    "window_breaker",
]

Arrivals = Poisson | Every | Closed
CLIENTS = 20
"""Callers with a breaker of their own each."""


def scenario(
    pools: Sequence[Pool], arrivals: Arrivals, to: Call, length: float, *, error: float = 0.0, **source: Any
) -> Scenario:  # fmt: skip
    """One source and its pools; the last pool answers with an error in a share of the cases."""
    wrong = Fault(pools[-1].name, when=At(0.0), lasts=None, effect=Effect(error=error))
    return Scenario(
        System(pools),
        sources=[Source("users", arrivals, to=to, **source)],
        faults=[wrong] if error else [],
        horizon=length,
    )


# --- queues -------------------------------------------------------------------------------------


def _queue(rate: float, service: Any, length: float, **pool: Any) -> Scenario:
    served = Pool("db", serve=[Work(service)], **pool)
    return scenario([served], Poisson(rate), Call("db"), length)


def loss(p: Parameters, length: float) -> Scenario:
    """Servers without a waiting line."""
    return _queue(p["offered"], Exponential(1.0), length, threads=p["servers"], queue=Queue(cap=0))


def many_servers(p: Parameters, length: float) -> Scenario:
    """M/M/c."""
    return _queue(p["lam"], Exponential(1 / p["mu"]), length, threads=p.get("servers", 1))


def places(p: Parameters, length: float) -> Scenario:
    """M/M/1 with K places, the server's included."""
    return _queue(
        p["lam"], Exponential(1 / p["mu"]), length, threads=1, queue=Queue(cap=p["K"] - 1)
    )


def fixed_service(p: Parameters, length: float) -> Scenario:
    """M/D/1."""
    return _queue(p["lam"], p["D"], length, threads=1)


def impatient(p: Parameters, length: float) -> Scenario:
    """Those who wait leave after an exponential time."""
    patience = Queue(patience=Exponential(1 / p["theta"]))
    return _queue(
        p["lam"], Exponential(1 / p["mu"]), length, threads=p["servers"], queue=patience
    )


def fixed_patience(p: Parameters, length: float) -> Scenario:
    """Those who wait leave after a fixed time."""
    patience = Queue(patience=Deterministic(p["T"]))
    return _queue(p["lam"], Exponential(1 / p["mu"]), length, threads=1, queue=patience)


def expires(p: Parameters, length: float) -> Scenario:
    """Those who have waited for a fixed time are dropped when their turn comes."""
    line = Queue(expires_after=p["T"])
    return _queue(p["lam"], Exponential(1 / p["mu"]), length, threads=1, queue=line)


def one_of_two(p: Parameters, length: float) -> Scenario:
    """Two queues, the shorter is joined."""
    rate = p["rho"] * p["servers"] * p["mu"]
    shorter: Any = {"members": p["servers"], "balance": "least_busy"}
    return _queue(rate, Exponential(1 / p["mu"]), length, threads=1, **shorter)


def closed_loop(p: Parameters, length: float) -> Scenario:
    """Clients that think."""
    served = Pool("db", threads=1, serve=[Work(Exponential(p["service"]))])
    users = Closed(p["clients"], Exponential(p["think"]))
    return scenario([served], users, Call("db"), length)


# --- caches -------------------------------------------------------------------------------------


def _cached(
    cache: Cache, origin: Call, arrivals: Arrivals, keys: Zipf, length: float
) -> Scenario:
    pools = [
        Pool("app", serve=[Call("cache"), origin]),
        Pool("cache", cache=cache),
        Pool("origin"),
    ]
    return scenario(pools, arrivals, Call("app"), length, keys=keys)


def recently_used(p: Parameters, length: float) -> Scenario:
    """LRU with one request after the other."""
    keys = Zipf(p["alpha"], p["N"])
    return _cached(Cache(size=p["C"]), Call("origin", after="miss"), Every(1.0), keys, length)


def kept_alive(p: Parameters, length: float) -> Scenario:
    """One key whose time to live starts anew with every use."""
    cache = Cache(ttl=p["TTL"], ttl_from="use")
    return _cached(cache, Call("origin", after="miss"), Poisson(p["lam"]), Zipf(1.0, 1), length)


def limited_origin(p: Parameters, length: float) -> Scenario:
    """An empty cache; what the origin does not accept at once is dropped."""
    fetch = Call(
        "origin", after="miss", required=False, rate_limit=TokenRate(p["origin_limit"], burst=2)
    )
    keys = Zipf(p["alpha"], p["N"])
    return _cached(Cache(), fetch, Every(1 / p["lam"]), keys, length)


# --- retries ------------------------------------------------------------------------------------


def _repeated(attempts: int, **more: Any) -> Retry:
    return Retry(attempts, on=("error", "timeout"), **more)


def retried(p: Parameters, length: float) -> Scenario:
    """A call that fails at random."""
    call = Call("db", retry=_repeated(p["attempts"]))
    return scenario([Pool("db")], Every(1.0), call, length, error=p["p"])


def layers(p: Parameters, length: float) -> Scenario:
    """Callers above each other, the source being the first; the lowest call fails at random."""
    names = [f"layer{i}" for i in range(1, p["layers"])] + ["leaf"]
    calls = [Call(name, retry=_repeated(p["attempts"])) for name in names]
    pools = [Pool(name, serve=[call]) for name, call in zip(names[:-1], calls[1:], strict=True)]
    leaf = Pool("leaf", serve=[Work(0.001)])  # of no time at all, 243 calls would nest in each other
    return scenario([*pools, leaf], Every(1.0), calls[0], length, error=p["p"])


def token_bucket(p: Parameters, length: float) -> Scenario:
    """Retries from a bucket that every call fills a little."""
    bucket = TokenBucket(p["fill"], p["size"], strict=True)
    call = Call("db", retry=_repeated(p["max_retries"] + 1, budget=bucket))
    return scenario([Pool("db")], Every(1.0), call, length, error=p["fail"])


def timed_out(p: Parameters, length: float) -> Scenario:
    """Attempts that are given up after a while, at a server that never queues."""
    call = Call("db", timeout=p["T"], retry=_repeated(p["attempts"]))
    served = Pool("db", serve=[Work(Exponential(1 / p["mu"]))])
    return scenario([served], Every(1.0), call, length)


def hedged(p: Parameters, length: float) -> Scenario:
    """A second copy after a while."""
    served = Pool("db", serve=[Work(Exponential(1 / p["mu"]))])
    return scenario([served], Every(1.0), Call("db", hedge=Hedge(p["d"])), length)


def fan_out(p: Parameters, length: float) -> Scenario:
    """Many calls at once; a slow one takes 1 s, the others nothing."""
    fast_or_slow = Mixture((1 - p["p"], p["p"]), (Deterministic(0.0), Deterministic(1.0)))
    pools = [
        Pool("front", serve=[All([Call("leaf")], times=p["n"])]),
        Pool("leaf", serve=[Work(fast_or_slow)]),
    ]
    return scenario(pools, Every(10.0), Call("front"), length)


# --- breakers -----------------------------------------------------------------------------------


def _guarded(breaker: Breaker, p: Parameters, arrivals: Arrivals, clients: int, length: float) -> Scenario:  # fmt: skip
    call = Call("db", breaker=breaker)
    return scenario([Pool("db")], arrivals, call, length, error=p["p"], clients=clients)


def row_breaker(p: Parameters, length: float) -> Scenario:
    """Opens after failures in a row, for good; one call after the other from many clients."""
    breaker = Breaker(Consecutive(p["n"]), stays_open=1e12)
    return _guarded(breaker, p, Every(1.0), CLIENTS, length)


def window_breaker(p: Parameters, length: float) -> Scenario:
    """Opens by a full window of calls, for good."""
    share = p["threshold"] / p["window"]
    breaker = Breaker(
        Count(p["window"]), opens_at=share, minimum=p["window"], stays_open=1e12
    )
    return _guarded(breaker, p, Every(1.0), CLIENTS, length)


def probing_breaker(p: Parameters, length: float) -> Scenario:
    """Opens, probes and closes again."""
    breaker = Breaker(
        Consecutive(p["n"]), stays_open=p["recovery"], probes=p["probes"], one_at_a_time=True
    )
    return _guarded(breaker, p, Poisson(p["lam"]), 1, length)
