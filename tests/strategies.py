"""Random descriptions for hypothesis: laws, faults, pools, structures, whole scenarios and chains.

Everything drawn here is valid, so a test may break one thing on purpose and know what broke it.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from simulator.describe import (
    Bathtub,
    Chain,
    CompetingRisks,
    Crew,
    Deterministic,
    Distribution,
    Drain,
    Effect,
    Empirical,
    Erlang,
    Every,
    Exponential,
    Fault,
    Gamma,
    Life,
    LoadSharing,
    Lognormal,
    Mixture,
    Never,
    On,
    PiecewiseHazard,
    Poisson,
    Pool,
    Replication,
    Scenario,
    Standby,
    System,
    Uniform,
    Weibull,
    crash,
    k_of_n,
    network,
    parallel,
    series,
)
from simulator.describe.distributions import Equilibrium, Residual
from tests import acting_strategies as acting
from tests import traffic_strategies as traffic

seconds = st.floats(1e-3, 1e10)
shares = st.floats(0.0, 1.0)
inner_shares = st.floats(1e-6, 1.0, exclude_max=True)
shapes = st.floats(0.3, 8.0)
names = st.text("abcXYZ09_-éß中", min_size=1, max_size=6)


@st.composite
def _mixtures(draw: Any, parts: st.SearchStrategy[Distribution]) -> Mixture:
    kinds = draw(st.lists(parts, min_size=1, max_size=3))
    raw = [draw(st.floats(0.1, 1.0)) for _ in kinds]
    total = math.fsum(raw)
    return Mixture(tuple(x / total for x in raw), tuple(kinds))


@st.composite
def _piecewise(draw: Any) -> PiecewiseHazard:
    starts = sorted(draw(st.sets(seconds, max_size=3)))
    rates = [draw(st.floats(0.0, 1.0)) for _ in range(len(starts) + 1)]
    return PiecewiseHazard((0.0, *starts), tuple(rates))


_scales = st.one_of(seconds, st.just(math.inf))
_bathtubs = st.builds(
    Bathtub,
    early=st.tuples(st.floats(0.1, 1.0), _scales),
    chance=st.floats(1e-12, 1e-3),
    wear=st.tuples(st.floats(1.0, 9.0), _scales),
)
_endless = st.one_of(
    st.builds(Exponential, seconds),
    st.builds(Weibull, shapes, seconds),
    st.builds(Lognormal, seconds, st.floats(0.05, 3.0)),
    st.builds(Gamma, shapes, seconds),
    st.builds(Erlang, st.integers(1, 20), seconds),
)
"""Laws that can reach every age."""

simple_laws = st.one_of(
    _endless,
    _bathtubs,
    _piecewise(),
    st.builds(Deterministic, seconds),
    st.builds(Never),
    st.builds(lambda low, more: Uniform(low, low + more), seconds, st.floats(1e6, 1e9)),
    st.builds(lambda values: Empirical(tuple(values)), st.lists(seconds, min_size=1, max_size=4)),
    st.builds(lambda life: Residual(life, life.quantile(0.3)), _endless),
    st.builds(Equilibrium, st.builds(Exponential, seconds)),
)
laws: st.SearchStrategy[Distribution] = st.recursive(
    simple_laws,
    lambda inner: st.one_of(
        _mixtures(inner),
        st.builds(lambda p: CompetingRisks(tuple(p)), st.lists(inner, min_size=1, max_size=3)),
    ),
    max_leaves=4,
)
"""Every law of the program, alone and inside each other."""

drains = st.builds(Drain, amount=seconds, rate=st.floats(1.0, 1e9), takes=shares)
durations = st.one_of(st.none(), laws, drains)
lives = st.builds(
    Life,
    laws,
    ages=st.sampled_from(["always", "while_up", "while_serving"]),
    renews=st.one_of(st.sampled_from(["new", "as_was"]), shares),
)
crashes = st.builds(
    crash, laws, durations, ages=st.sampled_from(["always", "while_up"]),
    needs_crew=st.booleans(), name=names,
)  # fmt: skip
_effects = traffic.felt | st.sampled_from(
    [Effect(up=False), Effect(up=True), Effect(hidden=True), Effect(up=False, silent=True)]
)
_inspections = st.one_of(st.none(), st.builds(Every, seconds), st.builds(Poisson, inner_shares))


@st.composite
def faults(draw: Any, pools: list[str], on: st.SearchStrategy[Any], name: str) -> Fault:
    """A fault of any kind that may follow events of `pools` and covers what `on` draws."""
    follows = draw(st.booleans())
    together = draw(st.booleans())
    shock = together and not follows and draw(st.booleans())
    event = st.builds(
        "{}:{}".format, st.sampled_from(["repaired", "failed"]), st.sampled_from(pools)
    )
    return Fault(
        on=draw(on),
        when=draw(
            st.builds(On, event, shares, st.booleans()) if follows else lives | traffic.stated
        ),
        lasts=draw(durations),
        effect=draw(_effects),
        together=together,
        repaired="each" if shock else "together",
        chance=draw(inner_shares) if shock else 1.0,
        needs_crew=draw(st.booleans()),
        planned=draw(st.booleans()),
        found_by=None if follows else draw(_inspections),
        name=name,
    )


def _spare(draw: Any) -> dict[str, Any]:
    """Standby or load sharing or neither."""
    standby = st.one_of(
        st.sampled_from([Standby("cold"), Standby("hot")]),
        st.builds(lambda share: Standby("warm", share), shares),
    )
    sharing = st.one_of(
        st.builds(LoadSharing, exponent=st.floats(0.0, 3.0)),
        st.builds(
            lambda f: LoadSharing(factors=tuple(f)), st.lists(shares, min_size=1, max_size=3)
        ),
    )
    kind = draw(st.sampled_from(["", "standby", "load_sharing"]))
    return {kind: draw(standby if kind == "standby" else sharing)} if kind else {}


@st.composite
def pools(draw: Any, name: str, everyone: list[str], callees: list[str]) -> Pool:
    """A pool that may call `callees` and whose faults may follow events of `everyone`."""
    members = draw(st.integers(1, 4))
    split = draw(st.integers(1, members))
    zones = {"a": split} | ({"b b": members - split} if split < members else {})
    own = st.one_of(crashes, faults(everyone, st.sampled_from(["", name, f"{name}[0]"]), "odd"))
    modes = st.sampled_from(["async", "semi_sync", "sync", "quorum"])
    shortage = draw(st.sampled_from(["down", "restart", "lost"]))
    copies = st.builds(
        Replication, modes, st.none() | simple_laws, st.none() | st.integers(1, members)
    )
    return Pool(
        name,
        members,
        needed=draw(st.one_of(st.just("all"), st.integers(1, members))),
        zones=tuple(zones.items()) if draw(st.booleans()) else (),
        serve=draw(traffic.served(simple_laws, callees)),
        threads=draw(st.none() | st.integers(1, 1000)),
        on_shortage=shortage,
        restart=draw(acting.restarts(callees)) if shortage == "restart" else None,
        checks_term=draw(st.booleans()),
        ages=draw(st.one_of(seconds, st.tuples(*[seconds] * members))),
        replication=draw(st.none() | copies),
        faults=draw(st.lists(own, max_size=2)),
        **_spare(draw),
        **draw(traffic.serving(members, simple_laws)),
    )


def structures(leaves: list[str]) -> st.SearchStrategy[Any]:
    """Series, parallel, k of n and networks over `leaves`, inside each other."""

    def grow(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
        rows = st.lists(inner, min_size=1, max_size=3)
        return st.one_of(
            rows.map(lambda parts: series(*parts)),
            rows.map(lambda parts: parallel(*parts)),
            rows.map(lambda parts: k_of_n(len(parts), *parts)),
            rows.map(
                lambda parts: network(
                    [(f"n{i}", f"n{i + 1}", part) for i, part in enumerate(parts)]
                    + [("n0", f"n{len(parts)}", parts[0])],
                    "n0",
                    f"n{len(parts)}",
                )
            ),
        )

    part = st.sampled_from(leaves)
    return grow(st.recursive(part, grow, max_leaves=4))


@st.composite
def scenarios(draw: Any) -> Scenario:
    """A whole scenario with every noun, all references leading somewhere."""
    labels = draw(st.lists(names, min_size=3, max_size=9, unique=True))
    n = draw(st.integers(1, 3))
    members, rest = labels[:n], labels[n:]
    made = [draw(pools(name, members, members[i + 1 :])) for i, name in enumerate(members)]
    parts = [*members, *(f"{pool.name}[0]" for pool in made)]
    everywhere = st.one_of(
        st.sampled_from(parts), st.lists(st.sampled_from(parts), min_size=1, unique=True).map(tuple)
    )
    shared = [draw(faults(members, everywhere, name)) for name in rest[:2]]
    users = [draw(traffic.sources("users", members, simple_laws))] if draw(st.booleans()) else []
    wires = draw(traffic.links([*members, *(u.name for u in users)], simple_laws))
    if wires and shared and draw(st.booleans()):
        cut, on = draw(traffic.cuts), f"link:{wires[0].name}"
        shared[0] = replace(shared[0], on=on, effect=cut, found_by=None)
    people: list[Any] = [draw(_crews(name, members[0])) for name in rest[2:3]]
    for name, pool in zip(rest[3:], made):
        if pool.members > 1:
            people.append(draw(acting.failovers(name, pool, simple_laws)))
    if draw(st.booleans()):
        people.append(draw(traffic.health_checks("probes", members[0])))
    structure = draw(
        st.none() | structures([*parts, *(f.name for f in shared if f.together and not f.shock)])
    )
    whole = Scenario(
        System(made, structure, wires),
        faults=shared,
        controllers=people,
        sources=users,
        horizon=draw(seconds),
        starts=draw(st.sampled_from(["new", "equilibrium"])),
        name=draw(st.text(st.characters(exclude_categories=["Cs"]), max_size=8)),
        backlogs=draw(acting.backlogs(members[-1])),
    )
    return replace(whole, controllers=(*people, *draw(acting.controllers(whole))))


@st.composite
def _crews(draw: Any, name: str, first: str) -> Crew:
    order = draw(st.sampled_from(["first_come", "priority", "shared"]))
    return Crew(
        name,
        size=draw(st.integers(1, 9)),
        travel=None if order == "shared" else draw(st.none() | simple_laws),
        order=order,
        priority=(first,) if order == "priority" else (),
        preemptive=order == "priority" and draw(st.booleans()),
        serves=draw(st.sampled_from([(), (first,)])),
    )


@st.composite
def chains(draw: Any) -> Scenario:
    """A scenario of a stated chain."""
    states = draw(st.lists(names, min_size=2, max_size=5, unique=True))
    ring = [
        (a, b, draw(st.floats(0.0, 1.0)))
        for a, b in zip(states, states[1:] + states[:1], strict=True)
    ]
    ups = draw(st.lists(st.sampled_from(states), unique=True))
    start = draw(st.sampled_from(states))
    return Scenario(Chain(tuple(ring), tuple(ups), start, draw(st.sampled_from(["", "c"]))))
