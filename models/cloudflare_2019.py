"""Cloudflare, 2019-07-02: one rule of the firewall, everywhere within seconds, and the switch lies behind it.

In each of 180 cities a request costs a core a millisecond. A new rule adds to it what its expression costs on the
line of the request (`models.waf_cost`): nothing on most, a tenth of a second on a few. It is pushed to all machines
at once. Cores cannot be taken away from a match, so lines form in front of them, fill, and turn requests away. People
find the cause after twenty minutes. To switch the rules off they must log in, open the panel and confirm, and each of
these is a request that goes through the same machines.

Every number is in :mod:`models.evidence.cloudflare_2019`, with its class. Three are times published in the timeline
that no range depends on: a build took 11 minutes (13:31 to 13:42), rules go out to 3 cities first in the staged
rollout that other software had, and a restart by hand takes ten minutes in each of three waves (a null model).

ASSUMPTIONS of the model beyond those numbers. The cities are alike and share no queue, so a few stand for all
(`Scenario.represent`); the control plane and those who ask it have a load that does not matter. A city is one worker
on one core: every worker of nginx has its own line of 511, so more of them are more of the same. The clock of the
cores is slower by `scale`, and the lines are shorter by as much, so that a wait is as long as it was; a match takes
`scale` times as long (experiments.cloudflare_2019 shows what another scale moves). Without the rule the work of a
request is exponential. The time of a machine to fetch a rule is exponential, with the published 99th percentile. A
visitor asks once, and what he asked is worked on even if he has left. Somebody who cannot log in tries again after
`admin_s`, from anywhere, in any city, and such a request is matched against the rule, too. A step takes a person
as long as that, wherever the control plane is. The published kill (14:07) is not used: the model comes to one of its
own. That the rules were switched on again (14:52) is not run.
"""

from __future__ import annotations

import math
from typing import Literal

from models.entry import Source as Work_
from models.evidence.cloudflare_2019 import EVIDENCE
from models.waf_cost import Guard, extra_work
from simulator.describe import (
    MIN,
    MS,
    At,
    Backoff,
    Build,
    Call,
    Deterministic,
    Distribution,
    Effect,
    Empirical,
    Every,
    Exponential,
    Lognormal,
    Mixture,
    Note,
    Poisson,
    Pool,
    Queue,
    Retry,
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
from simulator.describe.valid import above, one_of, whole

__all__ = ["BEGINS", "DEPLOYED_AT", "PAGED_AT", "PROPOSED_AT", "SOURCES", "rule_cost", "scenario"]

SOURCES = (
    Work_(
        "J. Graham-Cumming: Details of the Cloudflare outage on July 2, 2019",
        "the expression, the timeline, the speed of the push, what stood behind the edge",
    ),
    Work_("J. Graham-Cumming: Cloudflare outage caused by bad software deploy, 2019-07-02", "the fall at its worst"),
)  # fmt: skip

BEGINS = "13:40"
"""Clock at the start of a run, UTC."""
HORIZON, LONG_HORIZON = 40 * MIN, 60 * MIN
KEPT, STAGED_KEPT = (
    3,
    60,
)  # cities that are run; in stages so many that three of 180 are one of them
SCALE, STAGED_SCALE = 5.0, 20.0  # in stages no line is full for long
STAGED = (3 / 180, 18 / 180, 1.0)
BUILD_MIN = 11.0  # merged 13:31, deployed 13:42
BY_HAND = Empirical(
    (10 * MIN, 20 * MIN, 30 * MIN)
)  # the null model: ten minutes each, in three waves
HALTS_BELOW, PAGES_BELOW = (
    0.7,
    0.7,
)  # of requests served; assumptions of the lessons, far from both sides
ASK = Work(20 * MS)


def _clock(name: str) -> float:
    """Seconds from the start of a run to a time of the evidence."""
    told = EVIDENCE.constants[name].value
    assert isinstance(told, str)  # a time of day
    (hour, minute), (h0, m0) = (map(int, text.split(":")) for text in (told, BEGINS))
    return float(3600 * (hour - h0) + 60 * (minute - m0))


DEPLOYED_AT, PAGED_AT, PROPOSED_AT = (
    _clock("deployed_at"),
    _clock("paged_at"),
    _clock("proposed_at"),
)
"""Seconds from the start."""


def scenario(
    *,
    utilisation: float = EVIDENCE.value("utilisation"),
    base_ms: float = EVIDENCE.value("base_ms"),
    share_g: float = EVIDENCE.value("share_g"),
    length_g: float = EVIDENCE.value("length_g"),
    share_f: float = EVIDENCE.value("share_f"),
    share_h: float = EVIDENCE.value("share_h"),
    length_fh: float = EVIDENCE.value("length_fh"),
    length_sigma: float = EVIDENCE.value("length_sigma"),
    timeout_s: float = EVIDENCE.value("timeout_s"),
    admin_s: float = EVIDENCE.value("admin_s"),
    bypass_min: float = EVIDENCE.value("bypass_min"),
    guard: Guard | None = None,
    action: Literal["simulate", "block"] = "simulate",
    rollout: Literal["global", "staged"] = "global",
    canary: float = STAGED[0],
    soak_s: float = 120.0,
    control_on_edge: bool = True,
    kill: Literal["switch", "builds", "restart"] = "switch",
    alert: Literal["given", "signal"] = "given",
    auto_kill: bool = False,
    scale: float | None = None,
    zones: int | None = None,
    horizon: float | None = None,
) -> Scenario:
    """The forty minutes from 13:40 UTC.

    Parameters
    ----------
    utilisation, base_ms, share_g, length_g, share_f, share_h, length_fh, length_sigma
        Constants of the evidence.
    timeout_s, admin_s, bypass_min
        Constants of the evidence.
    guard : {None, "10k", "100k", "linear"}
        See `models.waf_cost`.
    action : {"simulate", "block"}
        What the rule does about a match: nothing, or the request is refused. It is evaluated either way.
    rollout : {"global", "staged"}
        To all at once; or to a share `canary` of the cities, to a tenth, to all, `soak_s` seconds apart, halted
        when fewer than 0.7 of the requests are served where the rule is.
    canary : float
        Share of the cities, a whole number of those kept.
    soak_s : float
        Seconds.
    control_on_edge : bool
        People and customers reach the control plane through the edge.
    kill : {"switch", "builds", "restart"}
        A switch that is pushed like the rule; two builds of the rules; a restart of each machine by hand.
    alert : {"given", "signal"}
        The first page at 13:45, as published, or within seconds of a fall of the requests served.
    auto_kill : bool
        The page takes the rule back by itself.
    scale : float or None
        Factor on all times of the cores; None = 5, or 20 for a rollout in stages.
    zones : int or None
        Cities that are run, of 180; None = 3, or 60 for a rollout in stages.
    horizon : float or None
        Seconds; None = until all is over.

    Raises
    ------
    DescriptionError
        If a word or a number is not allowed.
    """
    one_of(rollout, "rollout", "global", "staged")
    one_of(action, "action", "simulate", "block")
    one_of(kill, "kill", "switch", "builds", "restart")
    one_of(alert, "alert", "given", "signal")
    scale = (SCALE if rollout == "global" else STAGED_SCALE) if scale is None else scale
    above(scale, "scale")
    above(base_ms, "base_ms")
    whole(zones if zones is not None else 1, "zones")
    law = rule_cost(length_g, length_fh, length_sigma, (share_g, share_f, share_h), guard, scale)
    effect = Effect(error=share_f) if action == "block" else Effect()
    staged = (canary, *(wave for wave in STAGED[1:] if wave > canary))
    waves = staged if rollout == "staged" else (1.0,)
    push = Exponential(EVIDENCE.value("push_p99_s") / math.log(100.0))
    rule = Rollout(
        "rule", "edge", Build("rule", effect, law), At(DEPLOYED_AT), waves, member_takes=push, live=True,
        soak=soak_s if len(waves) > 1 else 0.0, halts_on=_HALTS if len(waves) > 1 else None,
        back="at_once", back_takes=push,
    )  # fmt: skip
    call = Call("edge", timeout=timeout_s)
    cities = int(EVIDENCE.value("cities"))
    mean = base_ms * MS * scale
    sources = [
        Source(f"web z{i}", Poisson(utilisation / mean), call, (("web", 1.0),), zone=f"z{i}")
        for i in range(1, cities + 1)
    ]
    admin = _admin(control_on_edge, timeout_s)
    sources += [Source("access", Every(2.0), admin, (("admin", 1.0),))]
    sources += [Source("dashboard", Every(2.0), admin, (("admin", 1.0),))]
    book = _people(control_on_edge, timeout_s, admin_s, bypass_min, kill, alert, auto_kill, push)
    length = horizon or _length(soak_s if len(waves) > 1 else None, kill)
    whole_world = Scenario(
        System([_edge(cities, mean, scale), Pool("control", 3, serve=[ASK])]),
        horizon=length, name="cloudflare_2019", sources=sources, controllers=[rule, book],
    )  # fmt: skip
    kept = zones if zones is not None else (STAGED_KEPT if rollout == "staged" else KEPT)
    return whole_world.represent(kept, shared=("access", "dashboard", "control"))


_HALTS = Signal(
    "ok_share", "edge[new]", below=HALTS_BELOW, window=20.0, every=5.0, for_=10.0, least=20
)
_PAGES = Signal("ok_share", "edge", below=PAGES_BELOW, window=20.0, every=5.0, for_=10.0, least=20)


def rule_cost(
    length_g: float, length_fh: float, sigma: float, shares: tuple[float, float, float], guard: Guard | None, k: float
) -> Distribution:  # fmt: skip
    """What the rule adds to a request, seconds: nothing on most.

    Parameters
    ----------
    length_g, length_fh : float
        Median characters of lines like JSON, and of the two others.
    sigma : float
        Of the lengths.
    shares : tuple of float
        Of requests with such a line, with one that matches, with one that does not.
    guard
        See `models.waf_cost`.
    k : float
        Factor on all times.
    """
    g, f, h = shares
    weights: list[float] = [max(1.0 - math.fsum(shares), 0.0)]
    laws: list[Distribution] = [Deterministic(0.0)]
    for kinds, median in (({"json": g}, length_g), ({"match": f, "no_match": h}, length_fh)):
        length = Lognormal(median, sigma)
        law = extra_work(length, kinds, guard=guard, k=k, longest=EVIDENCE.value("longest"))
        assert isinstance(law, Mixture)  # of nothing, and of what the kinds cost
        weights += law.weights[1:]
        laws += law.parts[1:]
    return Mixture(tuple(weights), tuple(laws))


def _length(soak_s: float | None, kill: str) -> float:
    """In stages the rule is halted within a minute, or it is everywhere after two soaks."""
    if soak_s is not None:
        return DEPLOYED_AT + max(2.0 * soak_s, 120.0) + 60.0
    return HORIZON if kill == "switch" else LONG_HORIZON


def _edge(cities: int, mean: float, scale: float) -> Pool:
    """A worker in each city, with its line."""
    work = Work(Exponential(mean))
    return Pool(
        "edge", cities, zones=tuple((f"z{i}", 1) for i in range(1, cities + 1)), balance="nearest",
        cores=1, threads=1, queue=Queue(cap=max(round(EVIDENCE.value("backlog") / scale), 1)),
        serve=(("admin", (work, Call("control"))), ("web", (work,))),
    )  # fmt: skip


def _admin(on_edge: bool, timeout_s: float, retry: Retry | None = None) -> Call:
    """A request to the control plane."""
    if on_edge:
        return Call("edge", as_="admin", timeout=timeout_s, retry=retry)
    return Call("control", timeout=timeout_s, retry=retry)


def _people(
    on_edge: bool, timeout_s: float, admin_s: float, bypass_min: float, kill: str, alert: str, auto_kill: bool,
    push: Distribution,
) -> Runbook:  # fmt: skip
    """From the page to the switch: the times of people are published, the way through the edge is not."""
    when = At(PAGED_AT) if alert == "given" else _PAGES
    takes: Distribution = BY_HAND if kill == "restart" else push
    back = Step(
        RollBack("rule", takes), name="kill", takes=2 * BUILD_MIN * MIN if kill == "builds" else 0.0
    )
    if auto_kill:
        return Runbook("kill the rule", when, [back])
    again = Retry(
        "forever", Backoff(admin_s, admin_s, "none", "fixed"), on=("error", "timeout", "shed")
    )
    needs = _admin(on_edge, timeout_s, again)
    steps = int(EVIDENCE.value("admin_steps"))
    named = ["log in", "open the panel", "confirm", *(f"step {n}" for n in range(4, steps + 1))]
    access = [Step(name=name, after=admin_s, needs=needs) for name in named[:steps]]
    bypass = [Step(name="bypass", after=bypass_min * MIN)] if on_edge and bypass_min > 0.0 else []
    proposed = Step(Note("proposed"), name="find", after=PROPOSED_AT - PAGED_AT)
    return Runbook("kill the rule", when, [proposed, *bypass, *access, back])
