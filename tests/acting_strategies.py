"""Random people, controllers, restarts and backlogs for hypothesis. All of them valid."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from simulator.describe import (
    At,
    Detect,
    Deterministic,
    Drain,
    Every,
    Exponential,
    Failover,
    On,
    Poisson,
    Pool,
    Scenario,
    actions,
)
from simulator.describe.backlogs import Backlog, Spare
from simulator.describe.recovery import Restart
from simulator.describe.rollouts import Autoscaler, Build, Rollout
from simulator.describe.runbooks import Runbook, Step
from simulator.describe.signals import Signal
from tests import traffic_strategies as traffic
from tests.policy_strategies import counts, rates, shares, some, times

waits = st.one_of(times, st.builds(Exponential, times), st.builds(Deterministic, times))
drains = st.builds(Drain, amount=times, rate=rates, takes=shares)
_moments = st.lists(times, min_size=1, max_size=2).map(lambda found: At(tuple(sorted(found))))
begins = st.one_of(_moments, st.builds(Every, times), st.builds(Poisson, rates))

BACKLOGS = ("lag 1", "lag 2")


def restarts(others: list[str]) -> st.SearchStrategy[Restart]:
    """Restarts that wait for some of `others`."""
    after = st.lists(st.sampled_from(others), unique=True, max_size=2) if others else st.just([])
    return st.builds(Restart, waits | drains, waits, some, after, counts)


@st.composite
def failovers(draw: Any, name: str, pool: Pool, laws: st.SearchStrategy[Any]) -> Failover:
    """A failover of a pool of two or more."""
    majority = 2 * pool.needed_members > pool.members
    voters: list[Any] = [None, "members"] if majority else [None]
    voters += [pool.zones] if pool.zones else []
    fences = draw(st.booleans())
    return Failover(
        pool.name,
        detect=draw(st.builds(Detect, times, st.integers(1, 5), times)),
        promote=draw(laws),
        works=draw(shares),
        by_hand=draw(st.none() | laws),
        voters=draw(st.sampled_from(voters)),
        repairs=draw(st.sampled_from(["during", "after"])),
        hold=draw(times),
        cross_zone=draw(st.booleans()),
        fences=fences,
        lease=None if fences else draw(st.none() | times),
        drift=draw(st.floats(0.0, 0.5)),
        kills_old=draw(st.booleans()),
        kill_takes=draw(times),
        again_after=draw(times),
        first=draw(st.integers(0, pool.members - 1)),
        name=name,
    )


def backlogs(pool: str) -> st.SearchStrategy[list[Backlog]]:
    """Up to two backlogs, with spares of a pool."""
    spares = st.builds(
        Spare, rates, shares | traffic.profiles, st.just(pool), st.sampled_from(["up", "present"])
    )
    flows = rates | traffic.profiles

    def named(name: str) -> st.SearchStrategy[Backlog]:
        return st.builds(
            Backlog, st.just(name), flows, flows | spares, times, st.none() | times,
            st.sampled_from(["free", "costs_service"]), st.booleans(),
        )  # fmt: skip

    return st.lists(st.sampled_from(BACKLOGS), unique=True).flatmap(
        lambda names: st.tuples(*map(named, names)).map(list)
    )


@st.composite
def signals(draw: Any, of: dict[str, list[str]]) -> Signal:
    """A signal of any quantity that the scenario has; `of` says who has which."""
    quantity = draw(st.sampled_from(sorted(of)))
    level = draw(st.floats(-1e3, 1e6))
    side = draw(st.sampled_from(["above", "below"]))
    return Signal(
        quantity, draw(st.sampled_from(of[quantity])), window=draw(times), for_=draw(times),
        every=draw(times), least=draw(counts), **{side: level},
    )  # fmt: skip


def _measured(made: Scenario, rolled: str) -> dict[str, list[str]]:
    """Quantities, and names that have them."""
    pools = [pool.name for pool in made.system.pools]
    found = {"up_share": pools}
    if made.backlogs:
        amounts = [b.name for b in made.backlogs]
        found |= {"waiting": amounts, "expired": amounts, "age": amounts}
    if made.sources:
        builds = [f"{rolled}[new]", f"{rolled}[new] - {rolled}[old]"] if rolled else []
        ends = [*pools, *(s.name for s in made.sources), *builds]
        found |= dict.fromkeys(
            ("ok_share", "error_share", "ok_per_s", "sent_per_s"), ends
        )
        found |= {"utilisation": pools, "queue": [*pools, *builds]}
    return found


@st.composite
def _acts(draw: Any, made: Scenario, rolled: str) -> Any:
    """One action."""
    pools = [pool.name for pool in made.system.pools]
    calls = [f"{pool.name}>{call.label}" for pool in made.system.pools for call in pool.calls]
    pool = st.sampled_from(pools)
    queue = st.sampled_from([*pools, *(b.name for b in made.backlogs)])
    kinds = [
        st.builds(actions.Remove, pool, shares, st.none() | rates, st.booleans(), st.none() | times, shares,
                  st.sampled_from([None, 0])),
        st.builds(actions.Restore, pool.map("{}[0]".format) | pool),
        st.builds(actions.Add, pool, st.integers(0, 5)),
        st.builds(actions.Add, pool, share=shares),
        *(st.builds(kind, queue) for kind in (actions.Pause, actions.Resume, actions.Drop)),
        st.builds(actions.SetQueue, queue, st.none() | times),
        st.builds(actions.Note, st.text("ab é", max_size=5)),
    ]  # fmt: skip
    if made.failovers:
        led = [f.pool for f in made.failovers]
        kinds.append(st.builds(actions.Promote, st.sampled_from(led)))
    if rolled:
        kinds.append(st.builds(actions.RollBack, st.just("roll out"), waits))
    if made.faults:
        kinds.append(st.builds(actions.Ends, st.sampled_from([f.name for f in made.faults])))
    if calls:
        kinds.append(st.builds(actions.Switch, st.sampled_from(calls), st.booleans()))
    return draw(st.one_of(kinds))


@st.composite
def controllers(draw: Any, made: Scenario) -> list[Any]:
    """A runbook, a rollout and an autoscaler, each or not, that fit a scenario without them."""
    pool = made.system.pools[0]
    rolled = pool.name if draw(st.booleans()) else ""
    watch = signals(_measured(made, rolled))
    found: list[Any] = []
    if rolled:
        found.append(draw(_rollouts(pool.name, watch)))
    if draw(st.booleans()):
        found.append(draw(_scalers(pool)))
    events = [f"{kind}:{pool.name}" for kind in ("repaired", "failed")] + ["done:run book"]
    events += ["halted:roll out"] if rolled else []
    steps = st.builds(
        Step, _acts(made, rolled) | st.lists(_acts(made, rolled), max_size=2), st.sampled_from(["", "s"]),
        st.none() | times, st.none() | watch, waits, st.none() | traffic.calls([pool.name], users=True),
        waits | drains, st.booleans(),
    )  # fmt: skip
    begin = st.one_of(begins, watch, st.builds(On, st.sampled_from(events), shares, st.booleans()))
    book = st.builds(
        Runbook, st.just("run book"), begin, st.lists(steps, min_size=1, max_size=2), st.booleans()
    )
    return [*found, draw(book)] if draw(st.booleans()) else found


@st.composite
def _rollouts(draw: Any, pool: str, watch: st.SearchStrategy[Signal]) -> Rollout:
    live = draw(st.booleans())
    inner = draw(st.sets(st.floats(0.01, 0.99), max_size=3))
    effect = draw(traffic.felt)
    return Rollout(
        "roll out",
        pool,
        Build("v2", effect, draw(st.none() | st.builds(Exponential, times))),
        draw(begins),
        (*sorted(inner), 1.0),
        "replace" if live else draw(st.sampled_from(["replace", "stop_first", "beside"])),
        draw(waits),
        live,
        draw(times),
        draw(st.none() | watch),
        draw(st.sampled_from(["waves", "at_once"])),
        draw(waits),
        draw(shares),
    )


@st.composite
def _scalers(draw: Any, pool: Pool) -> Autoscaler:
    return Autoscaler(
        "scaler", pool.name, draw(some), draw(st.sampled_from(["utilisation", "queue"])), draw(times), draw(waits),
        draw(st.integers(1, pool.members)), pool.members + draw(st.integers(0, 5)), draw(shares), draw(times),
    )  # fmt: skip
