"""A shop that asks a fraud API of 99 % for every payment, and what can stand in for it.

The availability, 99 %, is a round figure of what a contract with a third party may promise; the
way out - a second provider, a queue, a local rule, cached decisions - is the list of the source
document ("System Design Fundamentals", section 2.4: fallbacks and graceful degradation).

ASSUMPTIONS typed by us: all rates, times and shares below; that a provider that is down says
nothing, so that callers wait for their timeout (no health check tells anybody); that one cause a
year takes both providers.
"""

from __future__ import annotations

from dataclasses import replace

from models.entry import Source as Citation
from simulator.describe import (
    HOUR,
    MIN,
    MS,
    YEAR,
    Answer,
    Backoff,
    Breaker,
    Cache,
    Call,
    Consecutive,
    Effect,
    Exponential,
    Fault,
    Life,
    Lognormal,
    Poisson,
    Pool,
    Retry,
    Scenario,
    Source,
    System,
    Work,
    crash,
)

__all__ = ["SOURCES", "scenario"]

SOURCES = (
    Citation(
        "System Design Fundamentals (the source document), section 2.4",
        "what can stand in for a dependency that is down",
    ),
)

AVAILABILITY = 0.99  # assumption: of each provider, over the long run
OUTAGE = Lognormal(20 * MIN, 1.0)  # assumption: median 20 min, mean 33 min
TOGETHER = Life(Exponential(1 * YEAR))  # assumption: one cause takes both providers
TOGETHER_LASTS = Exponential(1 * HOUR)  # assumption
RATE = 20.0  # assumption: payments per second
USER_TIMEOUT = 3.0  # assumption: s
TIMEOUT = 0.5  # assumption: s, of one question to a provider
PAYMENT_WORK, LEDGER_WORK = Exponential(10 * MS), Exponential(5 * MS)  # assumption
FRAUD_WORK, SECOND_WORK = Lognormal(80 * MS, 0.5), Lognormal(120 * MS, 0.5)  # assumption: medians
BREAKER = Breaker(Consecutive(5), stays_open=30.0, probes=1)  # assumption; one per payment server
RULE = Answer(share=0.9, wrong=0.01)  # assumption: decides 90 % of the cases, 1 % of those wrongly
HITS = 0.3  # assumption: share of payments by customers decided on before
DOWN = Effect(up=False, silent=True)


def scenario(
    *,
    breaker: bool = True,
    second: bool = True,
    queue: bool = True,
    rules: bool = True,
    cache: bool = True,
    rate: float = RATE,
    availability: float = AVAILABILITY,
    horizon: float = 1 * YEAR,
) -> Scenario:
    """A year of payments.

    Parameters
    ----------
    breaker : bool
        A breaker before the first provider.
    second : bool
        When the first provider does not answer, a second one is asked.
    queue : bool
        When nobody could decide, the payment is taken and decided on later: provisional.
    rules : bool
        A local rule decides most of what the providers did not, before the queue.
    cache : bool
        Decisions on known customers are remembered.
    rate : float
        Payments per second.
    availability : float
        Of each provider, 0-1.
    horizon : float
        Seconds.
    """
    fallback: tuple[Call | Answer, ...] = (Call("fraud_2", timeout=TIMEOUT),) if second else ()
    fallback += (RULE,) if rules else ()
    fallback += (Call("review", wait=False, answers="provisional"),) if queue else ()
    ask = Call(
        "fraud", after="miss" if cache else "", timeout=TIMEOUT, breaker=BREAKER if breaker else None,
        fallback=fallback,
    )  # fmt: skip
    remembered = (Call("decisions", timeout=20 * MS, required=False),) if cache else ()
    again = Call(
        "fraud", timeout=TIMEOUT, retry=Retry("forever", Backoff(1.0, 300.0), on=("error", "timeout"))
    )
    outage = replace(crash(availability=availability, repair=OUTAGE), effect=DOWN)
    pools = [
        Pool("payment", 4, threads=100, serve=(Work(PAYMENT_WORK), *remembered, ask, Call("ledger"))),
        Pool("fraud", faults=[outage], serve=(Work(FRAUD_WORK),), threads=50),
        Pool("fraud_2", faults=[outage], serve=(Work(SECOND_WORK),), threads=50),
        Pool("review", 2, threads=5, serve=(again,)),
        Pool("decisions", 2, cache=Cache(hits=HITS), serve=(Work(0.5 * MS),), threads=100),
        Pool("ledger", 2, serve=(Work(LEDGER_WORK),), threads=50),
    ]
    both = Fault(
        ("fraud", "fraud_2"), when=TOGETHER, lasts=TOGETHER_LASTS, effect=DOWN, together=True, name="both"
    )
    return Scenario(
        System(pools), faults=[both], horizon=horizon, name="fraud_api",
        sources=[Source("buyers", Poisson(rate), to=Call("payment", timeout=USER_TIMEOUT))],
    )  # fmt: skip
