"""Breaker openings and open shares: by hand, and against the breakers of an engine run."""

from __future__ import annotations

import math

import numpy as np
import pytest

from simulator import (
    At,
    Breaker,
    Call,
    Consecutive,
    Count,
    Effect,
    Exponential,
    Fault,
    Poisson,
    Pool,
    Scenario,
    Source,
    System,
    Work,
)
from simulator.errors import DescriptionError
from simulator.history import timeline_of
from simulator.measure.breakers import breaker_openings, breakers_open
from simulator.run.events.engine import Traffic
from tests.measure.rows_by_hand import NEVER, attempt, outcomes


def sent(time: float, epoch: int, good: bool = True, **more: int) -> dict[str, object]:
    return attempt(
        time, time, time + 0.5, time + 0.5, "ok" if good else "error", epoch=epoch, **more
    )


def refused(time: float, **more: int) -> dict[str, object]:
    kind = {"cause": "breaker open", "member": -1} | more
    return attempt(time, NEVER, NEVER, time, "rejected", **kind)  # type: ignore[arg-type]


def test_openings_by_hand() -> None:
    closed = [sent(0.0, 0), sent(1.0, 0, good=False)]
    assert breaker_openings(outcomes([], closed)) == {"users>db": 0}
    # closed, open: nothing admitted since
    assert breaker_openings(outcomes([], [*closed, refused(2.0)])) == {"users>db": 1}
    # open, half open, open again, half open, closed: epochs 1, 2, 3, 4, 5
    again = [
        *closed,
        refused(2.0),
        sent(3.0, 2, good=False),
        refused(4.0),
        sent(5.0, 4),
        sent(6.0, 5),
    ]
    assert breaker_openings(outcomes([], again)) == {"users>db": 2}
    # refused beside a probe under way, and after its failure
    probing = [*closed, refused(2.0), sent(3.0, 2, good=False), refused(3.25)]
    assert breaker_openings(outcomes([], probing)) == {"users>db": 1}
    assert breaker_openings(outcomes([], [*probing, refused(4.0)])) == {"users>db": 2}


def test_calls_without_a_breaker_have_none() -> None:
    assert breaker_openings(outcomes([], [attempt(0.0, 0.0, 1.0, 1.0)])) == {}


def test_every_caller_has_its_own() -> None:
    rows = [
        sent(0.0, 0, caller=0),
        refused(1.0, caller=0),
        sent(1.0, 0, caller=1),
        refused(2.0, caller=1),
    ]
    assert breaker_openings(outcomes([], rows)) == {"users>db": 2}
    assert breaker_openings(outcomes([], rows), {"users>db": "shared"}) == {"users>db": 1}
    pair = [
        sent(0.0, 0, member=0), refused(1.0, member=0), sent(1.0, 0, member=1), sent(1.5, 0, member=1)
    ]  # fmt: skip
    assert breaker_openings(outcomes([], pair), {"users>db": "pair"}) == {"users>db": 1}


def test_open_share_by_hand() -> None:
    """One of two callers is open from 2 to 5, the other from 8 to the end at 10."""
    rows = [
        sent(0.0, 0, caller=0), sent(0.0, 0, caller=1), refused(2.0, caller=0), refused(4.0, caller=0),
        sent(5.0, 2, caller=0), refused(8.0, caller=1),
    ]  # fmt: skip
    got = breakers_open(outcomes([], rows), "users>db", 2.0)
    assert got["time_s"].tolist() == [0.0, 2.0, 4.0, 6.0, 8.0]
    assert got["share"].tolist() == [0.0, 0.5, 0.25, 0.0, 0.5]
    assert got["breakers"].tolist() == [2] * 5
    with pytest.raises(DescriptionError, match=r"'app>db'.*users>db"):
        breakers_open(outcomes([], rows), "app>db", 2.0)


@pytest.mark.parametrize("window", [Consecutive(5), Count(20)])
@pytest.mark.parametrize("scope", ["caller", "pair", "shared"])
def test_rows_tell_what_the_breakers_counted(window: Consecutive | Count, scope: str) -> None:
    """The second source: the engine's own breakers know how often they opened."""
    breaker = Breaker(window=window, stays_open=0.3, probes=2, scope=scope, minimum=5)
    to = Call("db", timeout=0.2, breaker=breaker)
    db = Pool("db", members=2, threads=20, serve=[Work(Exponential(0.02))])
    scenario = Scenario(
        System([db]), sources=[Source("users", Poisson(200.0), to=to, clients=3)],
        faults=[Fault("db", when=At(5.0), effect=Effect(error=0.5), lasts=10.0)], horizon=20.0,
    )  # fmt: skip
    engine = Traffic(scenario, timeline_of(scenario), seed=3)
    run = engine.finish()
    truth = sum(b.openings for b in engine.sites[0].breakers.values())
    assert truth >= 10
    assert breaker_openings(run, {"users>db": scope}) == {"users>db": truth}
    if scope != "caller":  # the negative control: breakers of others are not told apart
        assert breaker_openings(run) != {"users>db": truth}
    share = breakers_open(run, "users>db", 1.0, scope)["share"].to_numpy()
    assert (share[:5] == 0.0).all()
    assert share[6:15].mean() > 0.3
    assert (share[17:] == 0.0).all()
    assert not math.isnan(np.sum(share))
