"""A web application that is deployed several times a day, by one of four strategies.

The four strategies - recreate, rolling, blue-green, canary - are those of the table in the source
document ("System Design Fundamentals", section 3.2: downtime, rollback speed, resource cost, risk);
it gives words, no numbers. That a rollout halts on a comparison of new with old members needs enough
requests on both sides: 50 here, or there is no verdict.

ASSUMPTIONS typed by us: every number below. The load balancer is the balancer of the pool (round
robin); the members share no state, so that any of them may be changed at any time.
"""

from __future__ import annotations

from typing import Any, Literal

from models.entry import Source as Citation
from simulator.describe import (
    HOUR,
    MIN,
    MS,
    YEAR,
    At,
    Build,
    Call,
    Daily,
    Effect,
    Exponential,
    Fault,
    Lognormal,
    Poisson,
    Pool,
    RollBack,
    Rollout,
    Runbook,
    Scenario,
    Signal,
    Source,
    Step,
    System,
    Work,
)
from simulator.errors import DescriptionError

__all__ = ["SOURCES", "STRATEGIES", "rollout", "scenario"]

SOURCES = (
    Citation(
        "System Design Fundamentals (the source document), section 3.2",
        "the four strategies, and what is said of each in words",
    ),
)

MEMBERS = 100  # assumption: a canary of 1 % is one member
LOW, HIGH, PEAK = 20.0, 100.0, 14 * HOUR  # assumption: requests per second, and when they are most
WORK = Exponential(400 * MS)  # assumption: one core each, so 40 % busy at the peak
TIMEOUT = 5.0  # assumption: s
USUAL_ERRORS = 0.002  # assumption: share of requests that fail anyhow
ERROR, SPEED = 0.30, 0.7  # assumption: of a bad build
CHANCE_BAD = 0.02  # assumption: of a deployment
TAKES = Exponential(40.0)  # assumption: s, until a member has another build
SOAK = 5 * MIN  # assumption: between two waves of a canary
BEGINS = 5 * MIN  # the deployment, after the start of the run
TIME_OF_DAY = 11 * HOUR  # assumption: of the start of the run; people deploy from 9 to 17

WATCHED = Signal("error_share", "app[new] - app[old]", above=0.02, window=60.0, least=50)
PAGED = Signal("error_share", "users", above=0.02, window=60.0, for_=3 * MIN, least=50)
NOTICES = Lognormal(8 * MIN, 0.8)  # assumption: from the alarm until somebody takes it back

Strategy = Literal["recreate", "rolling", "blue_green", "canary"]
STRATEGIES: tuple[Strategy, ...] = ("recreate", "rolling", "blue_green", "canary")
CANARY = (0.01, 0.1, 0.4, 0.7, 1.0)  # assumption: 30 % may be missing at once, not 90 %


def rollout(
    strategy: Strategy,
    *,
    error: float = ERROR,
    speed: float = SPEED,
    chance_bad: float = CHANCE_BAD,
    waves: tuple[float, ...] = CANARY,
    soak: float = SOAK,
    begins: float = BEGINS,
) -> Rollout:
    """One deployment.

    Parameters
    ----------
    strategy : {"recreate", "rolling", "blue_green", "canary"}
    error, speed : float
        Of a bad build: share of answers that are errors, factor on the speed of its members.
    chance_bad : float
        Chance that the build is bad.
    waves : tuple of float
        Of a canary: shares of the members.
    soak : float
        Of a canary: seconds between two waves.
    begins : float
        Seconds after the start.
    """
    shapes: dict[str, dict[str, Any]] = {
        "recreate": {"strategy": "stop_first"},
        "rolling": {"waves": tuple(k / 10 for k in range(1, 11))},
        "blue_green": {"strategy": "beside", "back": "at_once"},
        "canary": {"waves": waves, "soak": soak},
    }
    if strategy not in shapes:
        raise DescriptionError(f"{strategy!r}: allowed are {', '.join(STRATEGIES)}", "strategy")
    shape = shapes[strategy]
    watched = None if "strategy" in shape else WATCHED  # where all change at once, nobody old is left
    return Rollout(
        "deploy", "app", Build("new", Effect(error=error, speed=speed)), At(begins), member_takes=TAKES,
        halts_on=watched, chance_bad=chance_bad, **shape,
    )  # fmt: skip


def scenario(
    strategy: Strategy = "canary",
    *,
    error: float = ERROR,
    speed: float = SPEED,
    chance_bad: float = CHANCE_BAD,
    waves: tuple[float, ...] = CANARY,
    soak: float = SOAK,
    begins: float = BEGINS,
    time_of_day: float = TIME_OF_DAY,
    horizon: float = 1 * HOUR,
) -> Scenario:
    """A deployment and the time around it.

    Parameters
    ----------
    strategy, error, speed, chance_bad, waves, soak, begins
        See `rollout`.
    time_of_day : float
        At the start of the run, seconds after midnight.
    horizon : float
        Seconds.
    """
    peak = (PEAK - time_of_day) % (24 * HOUR)
    deploy = rollout(
        strategy, error=error, speed=speed, chance_bad=chance_bad, waves=waves, soak=soak, begins=begins
    )  # fmt: skip
    on_call = Runbook("on call", PAGED, [Step(RollBack("deploy"), after=NOTICES)])
    usual = Fault("app", when=At(0.0), effect=Effect(error=USUAL_ERRORS), lasts=YEAR, name="usual")
    return Scenario(
        System([Pool("app", MEMBERS, serve=(Work(WORK),), threads=20, cores=1)]),
        sources=[
            Source(
                "users", Poisson(Daily(LOW, HIGH, peak)), to=Call("app", timeout=TIMEOUT, cancels="queued")
            )
        ],
        faults=[usual],
        controllers=[deploy, on_call],
        horizon=horizon,
        name="deployments",
    )  # fmt: skip
