"""What one run of the Cloudflare outage shows, by the ids of its observables."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from experiments.outage import build
from experiments.outage_story import Flags, Story
from models.backtracking import count_steps, growth_exponent, linear_steps
from models.cloudflare_2019 import DEPLOYED_AT, scenario
from simulator.conducting import Conducted, conduct
from simulator.describe import Rollout, System

__all__ = ["QUICK", "WIDTH", "killed_at", "observe", "observe_fall", "observe_stages", "web"]

QUICK = {"scale": 50.0, "zones": 2, "horizon": 1800.0}  # traffic of the quick version
WIDTH = 10.0
"""Seconds, of the bins of the requests over time."""
CITIES = 180
ALONE = {"control_on_edge": False, "utilisation": 0.001}
"""Off the edge nothing depends on the visitors, so there is no need to run them."""
PUBLISHED_STEPS = (
    (".*.*=.*", "x=x"), (".*.*=.*", "x=xx"), (".*.*=.*", "x=xxx"), (".*.*=.*", "x=" + 20 * "x"),
    (".*.*=.*", 20 * "x"), (".*.*=.*;", "x=x"), (".*.*=.*;", "x=" + 20 * "x"),
)  # fmt: skip


def observe(asked: Mapping[str, Any]) -> dict[str, Any]:
    """Run the model once, and again as far as a comparison needs it; values by id of the observables."""
    settings = {**(QUICK if asked["quick"] else {}), **asked["settings"]}
    story, seed = _run(settings, asked["seed"]), asked["seed"]
    visitors, kill = web(story), killed_at(story.run)
    until = kill if math.isfinite(kill) else story.outcomes.horizon_s
    fall = _fall(story, visitors, DEPLOYED_AT + 60.0, until)
    busy = _least_busy(story)
    access = _access_min(story.run)
    alone = access if settings.get("control_on_edge") is False else _alone(settings, seed)
    ended = _last_bad(story, visitors)
    return {
        "C1": ", ".join(str(_search(settings)(*row).steps) for row in PUBLISHED_STEPS),
        "C2": _exponents(settings),
        "C3": _pushed_s(settings, seed),
        "C4": busy,
        "C5": fall,
        "C6": _cities_down(story),
        "C7": _protects(settings, seed, busy),
        "C8": max((ended - kill) / 60.0, 0.0),
        "C9": access / alone,
        "C10": max((ended - DEPLOYED_AT) / 60.0, 0.0),
        "C11": 100.0 - fall,
        "C12": _fallen(story, until),
        "access": access,
        "lost": _lost_min(story, visitors),
        "hit": _hit(story.run),
    }  # fmt: skip


def observe_fall(asked: Mapping[str, Any]) -> dict[str, Any]:
    """Fall of the requests served (%) from one to four minutes after the deploy, whatever comes later."""
    end = DEPLOYED_AT + 240.0
    story = _run({**asked["settings"], "horizon": end}, asked["seed"])
    return {"fall": _fall(story, web(story), DEPLOYED_AT + 60.0, end)}


def observe_stages(asked: Mapping[str, Any]) -> dict[str, Any]:
    """Share of the cities (%) that got the rule before it was halted, and how long that took (s)."""
    run = _run(asked["settings"], asked["seed"]).run
    return {"hit": _hit(run), "halted_s": killed_at(run) - DEPLOYED_AT}


def web(story: Story) -> Flags:
    """Requests of visitors, of all cities."""
    chosen = np.zeros(len(story.sent), dtype=np.bool_)
    for source in story.outcomes.sources:
        if source.startswith("web "):
            chosen |= story.of(source)
    return chosen


def killed_at(run: Conducted) -> float:
    """When the rule was taken back or halted, seconds; NaN if never."""
    notes = (c for c in run.timeline.changes if c.cause == "rollout rule" and c.what == "note")
    ends = (c.at for c in notes if str(c.value).startswith(("taken back", "halted")))
    return next(ends, math.nan)


def _run(settings: Mapping[str, Any], seed: int) -> Story:
    return Story(conduct(build(scenario, settings), seed=seed), DEPLOYED_AT)


def _search(settings: Mapping[str, Any]) -> Any:
    return linear_steps if settings.get("guard") == "linear" else count_steps


def _exponents(settings: Mapping[str, Any]) -> str:
    """Powers of the length, a match and none: whole numbers where they are nearer than 0.1."""
    found = [
        growth_exponent(pattern, lambda n: "x=" + n * "x", search=_search(settings))
        for pattern in (".*.*=.*", ".*.*=.*;")
    ]
    return "exponents " + " and ".join(
        f"{e:.0f}" if abs(e - round(e)) <= 0.1 else f"{e:.2f}" for e in found
    )


def _pushed_s(settings: Mapping[str, Any], seed: int) -> float:
    """Seconds from the deploy until 99 % of all cities have the rule; without requests, but with all cities."""
    whole = build(scenario, {**settings, "zones": CITIES, "rollout": "global"})
    assert isinstance(whole.system, System)
    pushes = [c for c in whole.controllers if isinstance(c, Rollout)]
    run = conduct(
        replace(whole, sources=(), controllers=pushes, horizon=DEPLOYED_AT + 60.0), seed=seed
    )
    times = sorted(c.at for c in run.timeline.changes if c.what == "build")
    return float(times[math.ceil(0.99 * CITIES) - 1] - DEPLOYED_AT)


def _least_busy(story: Story) -> float:
    """Percent of the time that the least loaded city worked in the half minute from a minute after the deploy."""
    start, end = DEPLOYED_AT + 60.0, DEPLOYED_AT + 90.0
    rows, outcomes = story.outcomes.attempts, story.outcomes
    edge = outcomes.pools.index("edge")
    at_edge = np.array([pool == edge for pool in outcomes.callee])[rows["site"].astype(int)]
    began, done = rows["started_s"].astype(float), rows["served_s"].astype(float)
    done = np.where(np.isnan(done), outcomes.horizon_s, done)
    here = at_edge & (began >= 0.0) & (began < end) & (done > start)
    spent = np.minimum(done[here], end) - np.maximum(began[here], start)
    cities = len(_cities(story))
    by_city = np.bincount(rows["member"][here].astype(int), spent, minlength=cities)
    return float(100.0 * by_city.min() / (end - start))


def _cities(story: Story) -> list[str]:
    return [source for source in story.outcomes.sources if source.startswith("web ")]


def _fall(story: Story, visitors: Flags, start: float, end: float) -> float:
    """Percent fewer requests served per second than before the deploy."""
    served = story.ended[visitors & story.well]
    before = np.count_nonzero(served < DEPLOYED_AT) / DEPLOYED_AT
    if not end > start:
        return math.nan
    meanwhile = np.count_nonzero((served >= start) & (served < end)) / (end - start)
    return float(100.0 * (1.0 - meanwhile / before))


def _cities_down(story: Story) -> str:
    """Which cities serve less than half from five seconds after the deploy on, before anybody can do anything."""
    start, end = DEPLOYED_AT + 5.0, DEPLOYED_AT + 15.0
    cities = _cities(story)
    down = sum(story.share_well(story.of(city), start, end) < 0.5 for city in cities)
    return "all" if down == len(cities) else f"{100 * down / len(cities):.3g} % of them"


def _protects(settings: Mapping[str, Any], seed: int, busy: float) -> str:
    """Is a city less busy with the rule in simulate mode than in the other one?"""
    other = "simulate" if settings.get("action") == "block" else "block"
    blocks = _least_busy(_run({**settings, "action": other, "horizon": DEPLOYED_AT + 100.0}, seed))
    simulates, blocks = (busy, blocks) if other == "block" else (blocks, busy)
    return "no" if simulates > blocks - 1.0 else "yes"


def _access_min(run: Conducted) -> float:
    """Minutes from the proposal until no machine has the rule any more; NaN if nobody proposed it."""
    proposed = run.first("kill the rule: find", "note")
    back = [c.at for c in run.timeline.changes if c.what == "build" and c.value is None]
    return (back[-1] - proposed) / 60.0 if back else math.nan


def _alone(settings: Mapping[str, Any], seed: int) -> float:
    """The same minutes with the control plane off the edge."""
    return _access_min(conduct(build(scenario, {**settings, **ALONE}), seed=seed, attempts=False))


def _last_bad(story: Story, visitors: Flags) -> float:
    """End (s) of the last bin in which fewer than nine of ten were served; the deploy if there is none."""
    width = max(WIDTH, 300.0 * story.outcomes.horizon_s / visitors.sum())
    middle, share = story.shares(visitors, width)
    bad = middle[(share < 0.9) & (middle > DEPLOYED_AT)] + width / 2
    if not len(bad):
        return DEPLOYED_AT
    return float("inf") if bad[-1] >= story.outcomes.horizon_s else float(bad[-1])


def _fallen(story: Story, until: float) -> str:
    """Who is served less than half of the time."""
    asked = {"access": story.of("access"), "dashboard": story.of("dashboard"), "web": web(story)}
    start = DEPLOYED_AT + 60.0
    down = [name for name, rows in asked.items() if story.share_well(rows, start, until) < 0.5]
    return ", ".join(down) or "nothing"


def _lost_min(story: Story, visitors: Flags) -> float:
    """Failed requests as minutes of the traffic of all cities."""
    failed = np.count_nonzero(visitors & ~story.well & (story.ended >= DEPLOYED_AT))
    return float(failed / (visitors.sum() / story.outcomes.horizon_s) / 60.0)


def _hit(run: Conducted) -> float:
    """Percent of the cities that ever had the rule."""
    got = {who for c in run.timeline.changes if c.what == "build" and c.value for who in c.members}
    assert isinstance(run.scenario.system, System)
    return 100.0 * len(got) / run.scenario.system["edge"].members
