"""Small random scenarios in which controllers act, one for each number.

Two tiers behind users: `app` (rolled out, scaled, taken away by mistake) and `db` in three zones (a
primary, elections, cuts, crashes, pauses). Times fall on a grid in every third, so that ties happen.
Scenario `number` is the same on every machine.
"""

from __future__ import annotations

from random import Random
from typing import Any

from simulator.describe.actions import (
    Add,
    Drop,
    Ends,
    Note,
    Pause,
    Remove,
    Restore,
    Resume,
    RollBack,
    SetQueue,
)  # fmt: skip
from simulator.describe.backlogs import Backlog, Spare
from simulator.describe.controllers import Crew, Failover, HealthCheck
from simulator.describe.distributions import Deterministic, Exponential, Uniform
from simulator.describe.effects import Effect
from simulator.describe.failover import Detect
from simulator.describe.faults import At, Fault, crash
from simulator.describe.links import Link
from simulator.describe.pools import Pool
from simulator.describe.recovery import Restart
from simulator.describe.rollouts import Autoscaler, Build, Rollout
from simulator.describe.runbooks import Runbook, Step
from simulator.describe.serving import Queue
from simulator.describe.signals import Signal
from simulator.describe.sources import Source
from simulator.describe.steps import Call, Work
from simulator.describe.system import Scenario, System
from simulator.describe.triggers import Every, On, Poisson

__all__ = ["HORIZON", "lives", "scenario"]

HORIZON = 24.0
ZONES = (("a", 1), ("b", 1), ("c", 1))
VOTES = (("a", 1), ("b", 1), ("c", 1))


def lives(number: int) -> bool:
    """Whether the faults of a scenario are lived in the run."""
    return number % 5 == 0


def scenario(number: int) -> Scenario:
    """Scenario `number`."""
    rng = Random(number)
    grid = number % 3 == 0
    machines = _machines(rng)
    controllers = [*_led(rng), *_people(rng, machines), *machines]
    system = System([_app(rng, grid), _db(rng, grid, lives(number))], links=_links())
    backlogs = [Backlog("events", 5.0, Spare(9.0, 0.3, "db"), expires_after=6.0)] * (
        rng.random() < 0.4
    )
    if lives(number):
        controllers.append(Crew("crew", rng.randint(1, 2)))
    return Scenario(
        system, _faults(rng, grid), controllers, HORIZON, sources=_users(rng, grid), backlogs=backlogs
    )  # fmt: skip


def _moment(rng: Random, grid: bool, most: float = HORIZON - 4.0) -> float:
    return rng.randint(4, int(4 * most)) / 4 if grid else rng.uniform(1.0, most)


def _links() -> list[Link]:
    pairs = (("a", "b"), ("b", "c"), ("a", "c"))
    return [Link(f"zone:{x}", f"zone:{y}", name=f"{x}{y}") for x, y in pairs]


def _work(rng: Random, grid: bool) -> Work:
    return Work(Deterministic(0.25) if grid else Exponential(rng.uniform(0.005, 0.03)))


def _app(rng: Random, grid: bool) -> Pool:
    call = Call("db", to_role=rng.choice(["primary", "primary", "replica", ""]), timeout=1.0)
    steps = [_work(rng, grid), call]
    kind: dict[str, Any] = {}
    if rng.random() < 0.3:
        restart = Restart(
            takes=rng.uniform(1.0, 3.0), boots=0.5, opens_at=rng.choice([0.5, 1.0]), parts=4
        )
        kind = {"on_shortage": "restart", "restart": restart}
    queue = Queue(cap=rng.choice([5, 50]), expires_after=rng.choice([None, 1.0]))
    return Pool("app", 4, 2, threads=rng.choice([1, 2, 8]), queue=queue, serve=steps, **kind)


def _db(rng: Random, grid: bool, lived: bool) -> Pool:
    fault = crash(Exponential(rng.uniform(8.0, 30.0)), Exponential(2.0)) if lived else None
    return Pool(
        "db", 3, 2, zones=ZONES, threads=rng.choice([2, None]), serve=[_work(rng, grid)],
        checks_term=rng.random() < 0.3, faults=[fault] if fault else [],
    )  # fmt: skip


def _users(rng: Random, grid: bool) -> list[Source]:
    arrivals = Every(0.25) if grid else Poisson(rng.uniform(4.0, 15.0))
    users = [Source("users", arrivals, to=Call("app", timeout=rng.choice([None, 1.5])))]
    if rng.random() < 0.5:
        writes = Call("db", to_role="primary", timeout=0.5)
        users.append(Source("writers", Every(0.5), to=writes, zone=rng.choice("abc")))
    return users


def _faults(rng: Random, grid: bool) -> list[Fault]:
    effects = [
        Effect(up=False),
        Effect(up=False, silent=True),
        Effect(speed=0.0),
        Effect(speed=0.3),
    ]
    found = []
    for number in range(rng.randint(1, 4)):
        whom = rng.choice(["db[0]", "db[1]", "db[2]", "app[0]", "db", "zone:a"])
        effect, at = rng.choice(effects), _moment(rng, grid)
        found.append(
            Fault(
                whom, when=At(at), lasts=_moment(rng, grid, 8.0), effect=effect, name=f"f{number}"
            )
        )
    if rng.random() < 0.6:
        cut = rng.choice([("link:ab", "link:ac"), ("link:bc", "link:ac"), ("link:ab",)])
        found.append(
            Fault(cut, when=At(_moment(rng, grid)), lasts=_moment(rng, grid, 10.0),
                  effect=Effect(up=False), name="cut")
        )  # fmt: skip
    return found


def _led(rng: Random) -> list[Any]:
    found: list[Any] = []
    if rng.random() < 0.85:
        voters = rng.choice([None, "members", VOTES])
        guard = rng.choice([{}, {}, {"fences": True}, {"lease": 2.0}, {"lease": 2.0, "drift": 0.2}])
        detect = Detect(rng.choice([0.5, 1.0]), rng.randint(1, 3), rng.choice([0.0, 0.25]))
        found.append(
            Failover(
                "db", detect, Uniform(0.2, 1.0), rng.choice([1.0, 0.6]), rng.choice([None, Exponential(2.0)]),
                voters, hold=rng.choice([0.0, 1.0]), cross_zone=rng.random() < 0.8,
                kills_old=rng.random() < 0.3, kill_takes=0.25, again_after=rng.choice([0.0, 5.0]),
                first=rng.randrange(3), **guard,
            )
        )  # fmt: skip
    if rng.random() < 0.6:
        found.append(
            HealthCheck(rng.choice(["app", "db"]), 0.5, rng.randint(1, 2), 0.25, rng.randint(1, 2))
        )
    return found


def _people(rng: Random, machines: list[Any]) -> list[Any]:
    signal = Signal("error_share", "users", above=0.3, window=3.0, every=0.5)
    whens = [At(rng.uniform(1.0, 15.0)), At(5.0), signal, On("failed:db"), Every(6.0)]
    acts = [
        Remove("app", share=0.75), Remove("app", share=0.5, per_min=60.0), Restore("app"), Pause("app"),
        Resume("app"), SetQueue("app", 0.5), Drop("app"), Note("looked"), Ends("f0"),
    ]  # fmt: skip
    if not machines:  # members that come by two ways at once are nobody's business here
        acts.append(Add("app", members=1))
    books = []
    for number in range(rng.randint(0, 2)):
        steps = [
            Step(rng.choice(acts), after=rng.uniform(0.0, 1.5)) for _ in range(rng.randint(1, 3))
        ]
        books.append(Runbook(f"book {number}", rng.choice(whens), steps, once=rng.random() < 0.7))
    return books


def _machines(rng: Random) -> list[Any]:
    found: list[Any] = []
    if rng.random() < 0.5:
        bad = Build("bad", Effect(error=0.5, speed=0.7))
        halts = Signal(
            "error_share", "app[new] - app[old]", above=0.1, window=2.0, every=0.5, least=3
        )
        found.append(
            Rollout(
                "deploy", "app", bad, At(rng.uniform(2.0, 8.0)), (0.25, 1.0),
                rng.choice(["replace", "stop_first", "beside"]),
                Exponential(0.4), soak=rng.uniform(0.0, 3.0), halts_on=rng.choice([None, halts]),
                back=rng.choice(["waves", "at_once"]), chance_bad=0.7,
            )
        )  # fmt: skip
        if rng.random() < 0.4:
            found.append(Runbook("undo", At(rng.uniform(9.0, 16.0)), [Step(RollBack("deploy"))]))
    elif rng.random() < 0.5:
        found.append(
            Autoscaler("scaler", "app", 0.5, every=1.0, lag=0.5, least=2, most=6, down_after=3.0)
        )
    return found
