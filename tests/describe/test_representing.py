"""Some of many like zones: what is kept, what is refused, and that shares are those of the whole."""

from __future__ import annotations

import math

import numpy as np
import pytest

from simulator import traffic
from simulator.describe import (
    All,
    At,
    Autoscaler,
    Backlog,
    Breaker,
    Build,
    Call,
    Chain,
    Effect,
    Every,
    Exponential,
    Fault,
    HealthCheck,
    Link,
    Note,
    Poisson,
    Pool,
    Queue,
    Remove,
    Rollout,
    Runbook,
    Scenario,
    Series,
    Signal,
    Source,
    Step,
    System,
    Work,
)
from simulator.describe.files import dump, loads
from simulator.describe.traffic_assumptions import traffic_assumptions
from simulator.errors import DescriptionError
from tests.statistical import check_estimate

RATE, MEAN = 60.0, 0.02  # 1.2 times what one worker can do
ZONES = ("a", "b", "c", "d", "e", "f")
DB = Pool("db", serve=[Work(0.001)])


def pool(zones=ZONES, **more):
    serve = [Work(Exponential(MEAN))]
    own = {"cores": 1, "threads": 1, "queue": Queue(cap=5), "balance": "nearest", "serve": serve}
    return Pool("edge", len(zones), zones=tuple((z, 1) for z in zones), **{**own, **more})


def users(zones=ZONES, rate=RATE, to=None):
    return [
        Source(f"of {z}", Poisson(rate), to or Call("edge", timeout=1.0), zone=z) for z in zones
    ]


def world(edge=None, others=(), sources=None, links=(), **more):
    system = System([edge or pool(), *others], links=links)
    return Scenario(system, sources=sources or users(), horizon=60.0, name="world", **more)


# --- what is kept -----------------------------------------------------------------------------------


def test_the_first_zones_are_kept_with_their_members_sources_and_links():
    links = [Link(f"of {z}", "edge", 0.01) for z in ZONES]
    kept = world(others=[Pool("apart", 3, serve=[])], links=links).represent(2)
    assert kept.system["edge"].zones == (("a", 1), ("b", 1))
    assert kept.system["edge"].members == 2
    assert kept.system["apart"].members == 3
    assert [s.name for s in kept.sources] == ["of a", "of b"]
    assert [link.a for link in kept.system.links] == ["of a", "of b"]
    assert (kept.stands_for, kept.name, kept.horizon) == (6, "world", 60.0)


def test_members_of_a_zone_stay_together():
    edge = Pool(
        "edge", 18, zones=tuple((z, 3) for z in ZONES), balance="nearest", serve=[Work(MEAN)]
    )
    assert world(edge).represent(4).system["edge"].members == 12


def test_what_it_stands_for_is_told_and_written():
    kept = world().represent(2)
    assert loads(dump(kept)) == kept
    assert loads(dump(kept)).stands_for == 6
    assert "stands_for" not in dump(world())
    assert "the zones here stand for 6 like ones, which share nothing" in traffic_assumptions(kept)


def test_a_part_of_a_part_stands_for_the_whole():
    assert world().represent(4).represent(2).stands_for == 6


def test_the_classes_that_visitors_do_not_send_may_share_a_pool():
    steps = {"web": [Work(MEAN)], "admin": [Work(MEAN), Call("panel")]}
    sources = [Source(f"of {z}", Poisson(RATE), Call("edge"), {"web": 1.0}, zone=z) for z in ZONES]
    whole = world(pool(serve=steps), [Pool("panel", serve=[Work(MEAN)])], sources)
    assert whole.represent(2).system["panel"].members == 1


def test_what_somebody_vouches_for_may_be_shared():
    sources = [*users(), Source("probe", Every(9.0), Call("edge"))]
    whole = world(pool(serve=[Call("db")]), [DB], sources)
    kept = whole.represent(2, shared=("db", "probe"))
    assert [s.name for s in kept.sources] == ["of a", "of b", "probe"]


def test_waves_that_are_whole_zones_are_kept():
    assert world(controllers=[push((1 / 3, 1.0))]).represent(3).controllers[0].waves == (1 / 3, 1.0)


# --- what is refused --------------------------------------------------------------------------------

SIGNAL = Signal("ok_per_s", "edge", below=0.5)
SLOW = Fault("edge[0]", effect=Effect(speed=0.5), name="slow")
SHARED = Call("edge", breaker=Breaker(scope="shared"))
UNLIKE = Pool("edge", 7, zones=(("a", 2), *((z, 1) for z in ZONES[1:])), balance="nearest")


def push(waves=(1.0,), live=True):
    return Rollout("push", "edge", Build("b"), At(10.0), waves, live=live)


REFUSED = [
    (lambda: world(pool(serve=[Work(MEAN), Call("db")]), [DB]), "pools.db", "several zones"),
    (lambda: world(pool(serve=[All((Call("db"),))]), [DB]), "pools.db", "several zones"),
    (lambda: world(others=[DB], sources=users(to=Call("edge", fallback=(Call("db"),)))), "pools.db", "several zones"),
    (lambda: world(pool(balance="random")), "pools.edge.balance", "nearest"),
    (lambda: world(UNLIKE), "pools.edge.zones", "alike"),
    (lambda: world(pool(ZONES[:5])), "pools.edge.zones", "f has 0 members"),
    (lambda: world(pool(panic=0.5)), "pools.edge.panic", "together"),
    (lambda: world(pool(needed=4)), "pools.edge.needed", "1 and all"),
    (lambda: world(pool(faults=[Fault(name="dies")])), "pools.edge.faults.dies", "other zones"),
    (lambda: world(faults=[SLOW]), "faults.slow.on", "part of the zones"),
    (lambda: world(sources=[*users(ZONES[:5]), *users(ZONES[5:], rate=70.0)]), "sources", "differ"),
    (lambda: world(sources=[*users(), Source("all", Poisson(1.0), Call("edge"))]), "sources.all", "no zone"),
    (lambda: world(sources=users(to=SHARED)), "sources.of a.to.breaker", "scope"),
    (lambda: world(links=[Link("of a", "edge", 0.5)]), "links", "differ"),
    (lambda: world(links=[Link("zone:a", "zone:b", 0.5)]), "links.zone:a-zone:b", "to another"),
    (lambda: Scenario(System([pool()], Series(("edge",))), sources=users()), "structure", "leave it out"),
    (lambda: world(backlogs=[Backlog("mails", 1.0, 2.0)]), "backlogs.mails", "whole system"),
    (lambda: world(controllers=[HealthCheck("edge", 5.0)]), "controllers.edge-health", "several zones"),
    (lambda: world(controllers=[Autoscaler("more", "edge", 0.5)]), "controllers.more", "several zones"),
    (lambda: world(controllers=[push(live=False)]), "controllers.push.rollout.live", "live = true"),
    (lambda: world(controllers=[push((1 / 6, 1.0))]),
     "controllers.push.rollout.waves[0]", "1 of 6 zones, 0.333 of 2"),
    (lambda: world(controllers=[Runbook("book", SIGNAL, [Step(Note("x"))])]),
     "controllers.book.runbook.when.quantity", "grows"),
    (lambda: world(controllers=[Runbook("book", At(1.0), [Step(Remove("edge", 0.5))])]),
     "controllers.book.runbook.steps[0].does", "takes members away"),
]  # fmt: skip


@pytest.mark.parametrize(("build", "where", "told"), REFUSED, ids=[row[1] for row in REFUSED])
def test_what_would_bind_zones_together_is_refused(build, where, told):
    with pytest.raises(DescriptionError, match=r".") as caught:
        build().represent(2)
    assert caught.value.where == where
    assert told in caught.value.message


@pytest.mark.parametrize(
    ("scenario", "zones", "where", "told"),
    [
        (world(), 0, "zones", "0"),
        (world(), 7, "zones", "6 zones"),
        (Scenario(System([DB])), 1, "zones", "no zone"),
        (Scenario(Chain({("up", "down"): 1.0, ("down", "up"): 1.0}, ("up",), "up")), 1, "zones", "no zones"),
    ],
)  # fmt: skip
def test_numbers_of_zones_that_are_not_there(scenario, zones, where, told):
    with pytest.raises(DescriptionError) as caught:
        scenario.represent(zones)
    assert (caught.value.where, told in caught.value.message) == (where, True)


def test_shared_names_are_checked():
    with pytest.raises(DescriptionError, match="'edge' is no pool or source without a zone"):
        world().represent(2, shared=("edge",))


# --- shares are those of the whole ------------------------------------------------------------------


def failed(scenario, replication):
    requests = traffic(scenario, seed=7, replication=replication).outcomes.requests
    return float((requests["outcome"] > 1).mean())


def samples(scenario, first):
    """Share of requests that failed, in eight runs."""
    return np.array([failed(scenario, r) for r in range(first, first + 8)])


def like(one, other, detects):
    """Whether two sets of runs have one mean."""
    error = math.sqrt((one.var(ddof=1) + other.var(ddof=1)) / len(one))
    check_estimate(float(one.mean()), error, float(other.mean()), detects)


def test_two_zones_fail_as_often_as_six():
    two, six = samples(world().represent(2), 0), samples(world(), 100)
    like(two, six, detects=0.15)
    # M/M/1 with 6 places at a load of 1.2; nobody waits for a second
    lost = 0.2 * 1.2**6 / (1.2**7 - 1.0)
    for found in (two, six):
        check_estimate(
            float(found.mean()), float(found.std(ddof=1)) / math.sqrt(8), lost, detects=0.1
        )
    with pytest.raises(AssertionError):
        like(two, six + 0.3 * lost, detects=0.15)


def test_two_zones_that_share_a_pool_would_not():
    """Negative control: what is refused because of a shared pool, done by hand."""
    db = Pool("db", cores=1, threads=1, queue=Queue(cap=5), serve=[Work(0.005)])
    edge = {"serve": [Call("db")], "cores": None, "threads": 50, "queue": Queue()}
    six = world(pool(**edge), [db])
    with pytest.raises(DescriptionError, match="serves requests of several zones"):
        six.represent(2)
    two = world(pool(ZONES[:2], **edge), [db], users(ZONES[:2]))
    with pytest.raises(AssertionError):
        like(samples(two, 0), samples(six, 100), detects=0.15)
