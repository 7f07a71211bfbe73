"""Switches, ends and hands on queues, through the public call: from that moment on, and not before."""

import math

import numpy as np
import pytest

from simulator.conducting import conduct
from simulator.describe import (
    At,
    Call,
    Deterministic,
    Drop,
    Effect,
    Ends,
    Exponential,
    Fault,
    Pause,
    Poisson,
    Pool,
    Queue,
    Resume,
    Runbook,
    Scenario,
    SetQueue,
    Source,
    Step,
    Switch,
    System,
    Work,
)
from simulator.errors import DescriptionError
from simulator.tables.outcomes import CAUSES, OUTCOMES

OK, SHED = OUTCOMES.index("ok"), OUTCOMES.index("shed")


def book(name, at, *actions):
    return Runbook(name, At(at), [Step(action) for action in actions])


# --- flags -------------------------------------------------------------------------------------------


def shop(*books, faults=(), horizon=300.0, required=False):
    more = Call("extras", timeout=1.0, required=required)
    pools = [
        Pool("app", threads=50, serve=[Work(0.01), more]),
        Pool("extras", threads=50, serve=[Work(0.1)]),
    ]
    users = Source("users", Poisson(20.0), to=Call("app", timeout=3.0))
    return Scenario(
        System(pools), sources=[users], controllers=books, faults=faults, horizon=horizon
    )


def same_rows(one, other, until):
    """Requests sent before a time, column by column to the last byte."""
    a, b = one.outcomes.requests, other.outcomes.requests
    mine, theirs = a["sent_s"] < until, b["sent_s"] < until
    return all(a[key][mine].tobytes() == b[key][theirs].tobytes() for key in a)


def test_a_flag_changes_requests_from_that_moment_on():
    plain = conduct(shop(book("never", 1e6, Switch("app>extras"))))
    run = conduct(
        shop(
            book("off", 100.0, Switch("app>extras")),
            book("on", 200.0, Switch("app>extras", on=True)),
        )
    )
    assert same_rows(run, plain, 99.0)  # whoever was inside at 100 s may have made the call or not
    rows = run.outcomes.requests
    took = np.where(rows["ended_s"] > 0, rows["ended_s"] - rows["sent_s"], 0.0)
    sent = rows["sent_s"]
    off = (sent > 100.0) & (sent < 199.9)
    assert off.sum() > 1500
    assert took[off].max() == pytest.approx(0.01, rel=1e-6, abs=0)
    assert took[(sent < 99.0) | ((sent > 200.0) & (sent < 299.0))].min() == pytest.approx(
        0.11, rel=1e-6, abs=0
    )
    called = run.outcomes.attempts["sent_s"][
        run.outcomes.attempts["site"] == run.outcomes.sites.index("app>extras")
    ]
    assert not ((called > 100.0) & (called < 200.0)).any()


def test_a_kill_switch_ends_the_harm_of_a_dependency():
    slow = Fault("extras", when=At(50.0), effect=Effect(speed=0.0), lasts=1e6, name="stuck")
    kill = Runbook("kill", At(150.0), [Step(Switch("app>extras"), after=10.0)])
    run = conduct(shop(kill, faults=[slow]))
    rows = run.outcomes.requests
    took = rows["ended_s"] - rows["sent_s"]
    during = (rows["sent_s"] > 51.0) & (rows["sent_s"] < 158.0)
    after = (rows["sent_s"] > 162.0) & (rows["ended_s"] > 0)
    assert took[during].min() >= 1.0 - 1e-9  # all wait for the timeout
    assert took[after].max() < 0.02


def test_ends_ends_a_fault_early_and_nothing_else():
    bad = Fault("extras", when=At(50.0), effect=Effect(error=1.0), lasts=1e6, name="bad")
    run = conduct(shop(book("fix", 120.0, Ends("bad")), faults=[bad], required=True))
    rows = run.outcomes.requests
    wrong = rows["sent_s"][rows["outcome"] == OUTCOMES.index("error")]
    # an error is drawn when the 0.1 s of work are done
    assert 49.8 < wrong.min() < 51.0
    assert 119.0 < wrong.max() < 120.0
    fault = [s for s in run.timeline.spells if s.effect.error == 1.0]
    assert [(s.start, s.end) for s in fault] == [(50.0, 120.0)]


def test_ending_what_is_over_is_nothing():
    bad = Fault("extras", when=At(50.0), effect=Effect(error=1.0), lasts=10.0, name="bad")
    run = conduct(shop(book("fix", 120.0, Ends("bad")), faults=[bad]))
    assert [(s.start, s.end) for s in run.timeline.spells] == [(50.0, 60.0)]


# --- queues ------------------------------------------------------------------------------------------


def line(*books, rate=2.0, threads=1, work=1.0, queue=None, horizon=100.0):
    """Two requests a second for one thread that does one: the queue grows by one a second."""
    pool = Pool("db", threads=threads, serve=[Work(Deterministic(work))], queue=queue or Queue())
    users = Source("users", Poisson(rate), to=Call("db"))
    return Scenario(System([pool]), sources=[users], controllers=books, horizon=horizon)


def test_what_waits_is_dropped_at_that_moment():
    run = conduct(line(book("drop", 50.0, Drop("db"))))
    rows = run.outcomes.requests
    shed = rows["outcome"] == SHED
    assert (rows["ended_s"][shed] == 50.0).all()
    assert (rows["cause"][shed] == CAUSES.index("dropped")).all()
    # everybody sent by then who is neither served nor in service: none of them twice, none of them lost
    sent = int((rows["sent_s"] < 50.0).sum())
    done = int(((rows["outcome"] == OK) & (rows["ended_s"] < 50.0)).sum())
    assert shed.sum() == sent - done - 1
    later = (rows["sent_s"] > 50.0) & (rows["ended_s"] > 0)
    first = later & (rows["sent_s"] == rows["sent_s"][later].min())
    assert (rows["ended_s"] - rows["sent_s"])[first][
        0
    ] <= 2.0  # nobody but the one in service is before it


def test_another_expiry_holds_from_then_on():
    run = conduct(line(book("set", 60.0, SetQueue("db", expires_after=5.0)), horizon=200.0))
    rows = run.outcomes.requests
    shed = rows["outcome"] == SHED
    assert shed.any()
    assert (rows["cause"][shed] == CAUSES.index("expired")).all()
    assert rows["ended_s"][shed].min() >= 60.0
    # who is served from 61 s on waited 5 s at most and is served for 1 s; before, up to 30 s
    served = rows["outcome"] == OK
    took = rows["ended_s"] - rows["sent_s"]
    assert took[served & (rows["ended_s"] > 61.0)].max() <= 6.0 + 1e-9
    assert took[served & (rows["ended_s"] < 60.0)].max() > 10.0


def test_an_expiry_is_taken_away():
    expires = Queue(expires_after=5.0)
    run = conduct(line(book("set", 60.0, SetQueue("db")), queue=expires, horizon=200.0))
    rows = run.outcomes.requests
    assert rows["ended_s"][rows["outcome"] == SHED].max() <= 60.0
    assert (rows["ended_s"] - rows["sent_s"])[rows["outcome"] == OK].max() > 20.0


def test_a_pause_lets_the_queue_grow_and_finishes_what_is_in_service():
    run = conduct(line(book("stop", 20.0, Pause("db")), book("go", 50.0, Resume("db")), rate=0.5))
    rows = run.outcomes.attempts
    started = rows["started_s"]
    assert not ((started > 20.0) & (started < 50.0)).any()
    waiting = int(((rows["sent_s"] < 50.0) & ((started < 0) | (started >= 50.0))).sum())
    sent = int(((rows["sent_s"] > 20.0) & (rows["sent_s"] < 50.0)).sum())
    assert waiting >= sent > 0
    again = np.sort(started[started >= 50.0])[:waiting]
    assert again == pytest.approx(
        50.0 + np.arange(waiting), rel=1e-9, abs=0
    )  # one a second, from then on
    inside = (started < 20.0) & (started >= 0)
    assert (rows["ended_s"][inside] > 0).all()


@pytest.mark.parametrize("seed", range(6))
def test_nothing_is_lost_whatever_is_done_to_a_queue(seed):
    rng = np.random.default_rng(seed)
    kinds = (Drop("db"), Pause("db"), Resume("db"), SetQueue("db", 2.0), SetQueue("db"))
    times = np.sort(rng.uniform(0.0, 60.0, 12))
    books = [
        book(f"b{i}", float(t), kinds[int(rng.integers(len(kinds)))]) for i, t in enumerate(times)
    ]
    pool = Pool("db", 3, threads=2, serve=[Work(Exponential(1.0))], queue=Queue(cap=8))
    users = Source("users", Poisson(7.0), to=Call("db", timeout=4.0))
    run = conduct(
        Scenario(System([pool]), sources=[users], controllers=books, horizon=60.0), seed=seed
    )
    counts = run.outcomes.counts()  # the engine's own account balances, or finish() has raised
    assert sum(counts.values()) == len(run.outcomes.requests["sent_s"])
    dropped = run.outcomes.attempts["cause"] == CAUSES.index("dropped")
    dropped &= run.outcomes.attempts["outcome"] == SHED
    moments = {b.when.all[0] for b in books if isinstance(b.steps[0].actions[0], Drop)}
    assert set(run.outcomes.attempts["ended_s"][dropped]) <= moments
    assert math.isfinite(run.outcomes.horizon_s)


def test_a_fault_that_is_ended_has_a_name_of_its_own():
    slow = Fault(when=At(5.0), lasts=9.0, effect=Effect(speed=0.5), name="slow")
    pool = Pool("db", faults=[slow], serve=[Work(0.01)])
    other = Fault("db", At(1.0), 9.0, Effect(error=0.5), name="slow")
    with pytest.raises(DescriptionError, match=r"'slow' is the name of a fault of db, too"):
        Scenario(System([pool]), faults=[other], controllers=[book("mend", 3.0, Ends("slow"))])
