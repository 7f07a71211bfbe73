"""Backlogs with constant rates against closed forms, and the figures of a webhook queue."""

import math

import pytest

from simulator.describe.backlogs import Backlog
from simulator.describe.profiles import Spike
from simulator.errors import DescriptionError
from simulator.rules.backlog import BacklogState

HOUR = 3600.0


def near(value, rel=1e-9):
    return pytest.approx(value, rel=rel, abs=0)


def webhooks(**changed):
    """Events of the incident of 2018-10-21: paused 62,760 s, then 315 /s."""
    return BacklogState(
        Backlog("hooks", **{"inflow": 79.7, "rate": 315.0, "paused": True, **changed})
    )


# Constant rates: closed forms.


def test_paused_it_grows_by_its_inflow_and_its_head_ages():
    hooks = webhooks()
    hooks.advance(62_760.0)
    assert hooks.waiting == near(79.7 * 62_760.0)
    assert hooks.waiting == pytest.approx(5.0e6, rel=0.001, abs=0)  # published: more than 5 million
    assert hooks.age == 62_760.0
    assert hooks.done == 0.0


def test_the_drain_ends_after_what_waits_over_the_net_rate():
    hooks = webhooks()
    hooks.advance(62_760.0)
    hooks.resume()
    end = hooks.time_until("waiting", below=1e-6, before=1e6)
    assert end - 62_760.0 == near(79.7 * 62_760.0 / (315.0 - 79.7))
    assert end - 62_760.0 == pytest.approx(22_680.0, rel=0.07, abs=0)  # published: 16:45 to 23:03
    hooks.advance(1e5)
    assert (hooks.waiting, hooks.age) == (0.0, 0.0)
    assert hooks.history.time[-2] - 62_760.0 == near(79.7 * 62_760.0 / (315.0 - 79.7))


def test_200_000_expired_events_take_their_turns():
    hooks = webhooks(expires_after=14 * HOUR)
    hooks.advance(62_760.0)
    hooks.resume()
    assert hooks.time_until("expired", above=200_000.0, before=1e6) - 62_760.0 == near(
        200_000.0 / 315.0
    )
    hooks.advance(62_760.0 + 600.0)
    assert hooks.expired == near(600.0 * 315.0)
    hooks.set(expires_after=24 * HOUR)
    hooks.advance(1e5)
    assert hooks.expired == near(600.0 * 315.0)


def test_expiry_at_a_cost_ends_where_the_head_is_young_enough():
    """The head's age falls from 62,760 s by 1 - 315/79.7 a second, until it is 14 h."""
    hooks = webhooks(expires_after=14 * HOUR)
    hooks.advance(62_760.0)
    hooks.resume()
    turned = (62_760.0 - 14 * HOUR) / (315.0 / 79.7 - 1.0)
    assert hooks.time_until("age", below=14 * HOUR, before=1e6) - 62_760.0 == near(turned)
    hooks.advance(62_760.0 + turned + 5000.0)
    assert hooks.expired == near(315.0 * turned)
    assert hooks.done == near(315.0 * 5000.0)


def test_expiry_for_nothing_is_at_once():
    hooks = webhooks(expires_after=14 * HOUR, expired="free")
    hooks.advance(62_760.0)
    assert hooks.expired == 0.0  # nobody looks at it while it is paused
    hooks.resume()
    assert hooks.expired == near(79.7 * (62_760.0 - 14 * HOUR))
    assert hooks.age == near(14 * HOUR)
    hooks.advance(62_760.0 + 1000.0)
    assert hooks.done == near(315_000.0)


@pytest.mark.parametrize(("expired", "done"), [("free", 30.0), ("costs_service", 0.0)])
def test_overload_for_ever(expired, done):
    """Inflow 100, rate 30, patience 10 s. Free: the rate stays full; at a cost: only the old is served.

    At a cost the head is 10 s old when 100 (t - 10) = 30 t, at t = 100 / 7; nothing is done after that.
    """
    state = BacklogState(Backlog("b", 100.0, 30.0, expires_after=10.0, expired=expired))
    state.advance(100.0 / 7.0)
    assert state.done == near(30.0 * 100.0 / 7.0)
    assert state.expired == pytest.approx(0.0, rel=0, abs=1e-9)
    state.advance(1000.0)
    assert state.done == near(30.0 * 100.0 / 7.0 + done * (1000.0 - 100.0 / 7.0))
    gone = 100.0 * 990.0 if expired == "free" else 30.0 * 1000.0
    assert state.done + state.expired == near(gone)


def test_what_waits_at_the_start_came_at_time_0():
    state = BacklogState(Backlog("b", 1.0, 2.0, starts=100.0, expires_after=30.0))
    state.advance(20.0)
    assert state.age == 20.0
    state.advance(
        60.0
    )  # from 30 s to 50 s the rest of the pile takes its turn, then what came by 30 s
    assert state.done == near(60.0)
    state.advance(
        70.0
    )  # 140 units gone: the unit at the head came at 40 s, and is 30 s old just now
    assert (state.done, state.expired) == (near(60.0), near(80.0))
    state.advance(80.0)
    assert (state.done, state.expired) == (near(80.0), near(80.0))


def test_things_come_and_go_at_once():
    state = BacklogState(Backlog("b"))
    state.advance(10.0)
    state.add(50.0)
    state.advance(20.0)
    state.add(30.0)
    assert (state.waiting, state.age) == (80.0, 10.0)
    assert state.drop(60.0) == 60.0
    assert (state.waiting, state.age) == (20.0, 0.0)
    assert state.drop() == 20.0
    assert (state.waiting, state.dropped, state.drop(5.0)) == (0.0, 80.0, 0.0)


def test_factors_multiply_what_the_rule_says():
    state = BacklogState(Backlog("b", 10.0, 4.0))
    state.set(rate_factor=2.0, inflow_factor=3.0)
    assert (state.rate, state.inflow_factor) == (8.0, 3.0)
    state.advance(10.0)
    assert state.waiting == near(220.0)
    state.set(inflow_factor=0.0)
    assert state.time_until("waiting", below=20.0, before=1e3) == near(10.0 + 200.0 / 8.0)


# Levels.


def test_when_a_level_is_passed():
    state = BacklogState(Backlog("b", Spike(1.0, 11.0, 100.0, 10.0), 2.0))
    assert state.time_until("waiting", above=45.0, before=1e3) == near(105.0)
    assert state.time_until("waiting", above=91.0, before=1e3) == math.inf
    assert state.time_until("waiting", above=45.0, before=104.0) == math.inf
    assert state.time_until("age", above=8.0, before=1e3) < 110.0
    state.advance(110.0)
    assert state.waiting == near(90.0)
    assert state.time_until("waiting", above=45.0, before=1e3) == 110.0
    assert state.time_until("waiting", below=45.0, before=1e3) == near(155.0)
    # The unit number 100 + 11 x came at 100 + x and goes at 100 + (11 x) / 2: 13.5 s old for x = 3.
    assert BacklogState(Backlog("b", Spike(1.0, 11.0, 100.0, 10.0), 2.0)).time_until(
        "age", above=13.5, before=1e3
    ) == near(116.5)


def test_the_age_of_a_pile_is_seen_when_it_gets_there():
    state = BacklogState(Backlog("b", starts=5.0))
    assert state.time_until("age", above=77.0, before=1e9) == near(77.0)
    assert state.time_until("expired", above=0.0, before=1e9) == math.inf
    assert BacklogState(Backlog("b")).time_until("age", below=1.0, before=1e9) == 0.0
    assert BacklogState(Backlog("b")).time_until("age", below=0.0, before=1e9) == math.inf


def test_a_copy_goes_its_own_way():
    state = BacklogState(Backlog("b", 1.0, 0.5))
    state.advance(10.0)
    twin = state.copy()
    twin.add(100.0)
    twin.advance(20.0)
    assert (state.time, state.waiting, len(state.history.time)) == (10.0, 5.0, 2)
    assert twin.waiting == near(110.0)


def test_what_is_refused():
    state = BacklogState(Backlog("b", 1.0))
    state.advance(10.0)
    for wrong in (
        lambda: BacklogState(Backlog("b"), step=0.0),
        lambda: state.advance(9.0),
        lambda: state.advance(math.inf),
        lambda: state.add(-1.0),
        lambda: state.drop(-1.0),
        lambda: state.set(rate_factor=-1.0),
        lambda: state.set(expires_after=0.0),
        lambda: state.time_until("age", above=-1.0, before=20.0),
        lambda: state.time_until("age", above=1.0, before=math.inf),
    ):
        with pytest.raises(DescriptionError):
            wrong()
    with pytest.raises(ValueError, match="either below or above"):
        state.time_until("age", before=20.0)
