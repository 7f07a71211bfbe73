"""Requests, retries, caches and what guards them: per case of traffic, one call of the public API.

Times are in seconds, but for the cases about availability, which are stated in hours.
"""

from __future__ import annotations

import json
from typing import Any

from simulator import HOUR, Chain, Deterministic, Exponential, Pool, Scenario, System, crash, exact
from simulator.measure.estimates import proportion_estimate
from tests.cases.catalogue import HERE, Answer, Parameters
from tests.cases.systems import hours, k_of_n_pool, part, unit

CASES: dict[str, dict[str, Any]] = {
    case["id"]: case
    for case in json.loads((HERE / "traffic_cases.json").read_text(encoding="utf-8"))
}

RTOL = {"jsq2-0.8": 1e-8}
"""Where the case states fewer digits than the 1e-9 of the others."""


def _mmc(p: Parameters) -> exact.ManyServers:
    return exact.mmc(rate=p["lam"], service=1 / p["mu"], servers=p.get("servers", 1))


def _mm1k(p: Parameters) -> exact.BoundedQueue:
    return exact.mmck(rate=p["lam"], service=1 / p["mu"], places=p["K"])


def _impatient(p: Parameters) -> exact.ImpatientQueue:
    return exact.erlang_a(
        rate=p["lam"], service=1 / p["mu"], servers=p["servers"], patience=1 / p["theta"]
    )


def _fixed_patience(p: Parameters) -> float:
    return exact.fixed_patience_loss(rate=p["lam"], service=1 / p["mu"], patience=p["T"])


def _choices(p: Parameters) -> float:
    return exact.power_of_choices(rate=p["lam"], service=1 / p["mu"], choices=p["d"]).mean_time


def _shorter(p: Parameters) -> float:
    total = p["rho"] * p["servers"] * p["mu"]
    return exact.join_shorter_of_two(rate=total, service=1 / p["mu"]).mean_time


def _zipf(p: Parameters) -> Any:
    return exact.zipf_popularity(p["N"], p["alpha"])


def _che(p: Parameters) -> float:
    return exact.che_approximation(_zipf(p), p["C"]).hit_ratio


def _ttl(p: Parameters) -> float:
    return exact.ttl_hit_ratio(rate=p["lam"], ttl=p["TTL"], resets_on_hit=True)


def _rewarm(p: Parameters) -> float:
    return exact.rewarm_time(
        _zipf(p), rate=p["lam"], origin_limit=p["origin_limit"], hit_ratio=0.8
    ).seconds


def _amplification(p: Parameters) -> float:
    return exact.retry_amplification(
        failure=p["p"], attempts=p["attempts"], layers=p.get("layers")
    ).calls


def _bucket(p: Parameters) -> exact.TokenBucket:
    return exact.retry_token_bucket(
        failure=p["fail"], fill=p["fill"], size=p["size"], retries=p["max_retries"], strict=True
    )


def _patient(p: Parameters) -> float:
    found = exact.retry_latency(Exponential(1 / p["mu"]), timeout=p["T"], attempts=p["attempts"])
    return found.mean_given_success


def _hedge(p: Parameters) -> float:
    return exact.hedged_tail(Exponential(1 / p["mu"]), after=p["d"], t=p["t"])


def _unstable(p: Parameters) -> float:
    return exact.retry_equilibria(
        rate=p["lam"], service=1 / p["mu"], timeout=p["T"], attempts=p["attempts"]
    ).unstable


def _critical(p: Parameters) -> float:
    return exact.retry_storm(
        rate=p["rho"], capacity=1.0, attempts=p["attempts"], timeout=1.0, wasted=1.0
    ).critical_backlog_s


def _trip(p: Parameters) -> float:
    return exact.calls_to_consecutive_failures(failure=p["p"], failures=p["n"])


def _open(p: Parameters) -> float:
    return exact.breaker_cycle(
        failure=p["p"], failures=p["n"], rate=p["lam"], open_for=p["recovery"], probes=p["probes"]
    ).open


def _window(p: Parameters) -> float:
    return exact.calls_to_full_window(failure=p["p"], window=p["window"], threshold=p["threshold"])


def majority(p: Parameters) -> System:
    return System([part("node", p["p"], p["n"], needed=p["k"])])


def crewed(p: Parameters) -> Scenario:
    return k_of_n_pool({**p, "mttf": 1 / p["lam"], "mttr": 1 / p["mu"]})


def failover(p: Parameters) -> Chain:
    """A stated chain: no noun says that a failover that fails waits for the one crew."""
    fails, mends = 1 / (p["mtbf_h"] * HOUR), 1 / (p["repair_h"] * HOUR)
    rates = {
        ("both", "failover"): p["coverage"] * fails,
        ("both", "down"): (1 - p["coverage"]) * fails,
        ("both", "one"): fails,
        ("failover", "one"): 1 / p["failover_s"],
        ("failover", "down"): fails,
        ("one", "both"): mends,
        ("one", "down"): fails,
        ("down", "one"): mends,
    }
    return Chain(rates, up=("both", "one"), start="both")


def _quiet(p: Parameters) -> float:
    alone = System([Pool("unit", faults=[crash(hours(p["mtbf"]))])])
    return exact.reliability(alone, p["t"] * HOUR)


def _within_budget(p: Parameters) -> float:
    system = System([unit("unit", p["mtbf"], p["mttr"])])
    return exact.downtime_probability(system, p["t"] * HOUR, p["x"] * HOUR)


def _loop(p: Parameters) -> float:
    return exact.closed_loop(
        clients=p["clients"], think=p["think"], service=p["service"]
    ).response_time


def _clopper_pearson(p: Parameters) -> float:
    return proportion_estimate(p["k"], p["n"], p["conf"], method="clopper_pearson").high


ANSWERS: dict[str, Answer] = {
    "erlB-25-20": lambda p: exact.erlang_b(p["servers"], p["offered"]),
    "erlB-100-90": lambda p: exact.erlang_b(p["servers"], p["offered"]),
    "erlC-10-8": lambda p: exact.erlang_c(p["servers"], p["lam"] / p["mu"]),
    "mmc-10-8-W": lambda p: _mmc(p).mean_wait,
    "mmc-100-90-Wtail": lambda p: _mmc(p).wait_tail(p["t"]),
    "mm1-0.9-p99": lambda p: _mmc(p).time_quantile(0.99),
    "mm1k-9-10-20-loss": lambda p: _mm1k(p).loss,
    "mm1k-9-10-20-T": lambda p: _mm1k(p).mean_time,
    "md1-0.8-W": lambda p: exact.mg1(rate=p["lam"], service=Deterministic(p["D"])).mean_wait,
    "erlA-50-55": lambda p: _impatient(p).abandons,
    "erlA-50-55-Wq": lambda p: _impatient(p).mean_wait,
    "mm1+D-1.2-5": _fixed_patience,
    "pod-2-0.99": _choices,
    "pod-3-0.9": _choices,
    "jsq2-0.8": _shorter,
    "che-0.8-1e4-1e3": _che,
    "lru-exact-8-3": lambda p: exact.lru_hit_ratio(_zipf(p), p["C"]),
    "che-8-3": _che,
    "ttl-reset": _ttl,
    "rewarm-zipf1.3-20": _rewarm,
    "amp-0.5-4": _amplification,
    "amp-5x3-dead": _amplification,
    "amp-3x3-.95": _amplification,
    "bucket-0.05-att": lambda p: _bucket(p).attempts,
    "bucket-0.05-fail": lambda p: _bucket(p).failure,
    "bucket-0.1-fail": lambda p: _bucket(p).failure,
    "bucket-0.5-att": lambda p: _bucket(p).attempts,
    "bucket-0.5-fail": lambda p: _bucket(p).failure,
    "timeout-retry-lat": _patient,
    "hedge-exp": _hedge,
    "fanout-100": lambda p: exact.fan_out_slow(p["n"], p["p"]),
    "mm1-retry-unst": _unstable,
    "W0star-.8": _critical,
    "breaker-trip-.5-5": _trip,
    "breaker-trip-.01-5": _trip,
    "breaker-open-.2-3p": _open,
    "breaker-window-10-5-.2": _window,
    "rpo-periodic": lambda p: exact.snapshot_loss(**p).mean,
    "rpo-exp-zero": lambda p: exact.lag_loss(lag=p["lag_mean"], rate=p["write_rate"]).none,
    "quorum-3of5": lambda p: exact.availability(majority(p)),
    "quorum-2of3": lambda p: exact.unavailability(majority(p)),
    "kofn-crew": lambda p: exact.unavailability(crewed(p)),
    "kofn-indep": lambda p: exact.unavailability(crewed(p)),
    "failover-ctmc": lambda p: exact.unavailability(failover(p)),
    "no-outage-month": _quiet,
    "takacs-month": _within_budget,
    "closed-10": _loop,
    "open-same-thr": lambda p: _mmc(p).mean_time,
    "cp-zero": _clopper_pearson,
    "wilson-3-1000-lo": lambda p: proportion_estimate(p["k"], p["n"]).low,
}
