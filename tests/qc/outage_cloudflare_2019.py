"""Cloudflare, 2019-07-02, a second time: a line of visitors at each core, and closed forms.

One core of each city is followed arrival by arrival: Poisson arrivals, one worker that is never
interrupted, a full backlog refuses. The rule reaches a core an exponential time after the deploy,
with the published 99th percentile. A minute of the outage and the recovery are simulated; the rest
of the 25 minutes is the steady state. `fluid` says the same by two formulas. Over 20 seeds the fall
is 83.13 +- 0.11 % (one standard deviation), the recovery 3.6 +- 0.6 s, C9 15.33 +- 0.05.

Choices
-------
- A city is one core, and all cities have the same load (the facts name no spread).
- CPU without the rule is the same for every request; the three classes of lines are disjoint.
- First come, first served. A visitor who has left is still worked on (`gone="worked"`: the default
  of nginx is not to look); with "skipped" the work is saved. Served is who is ready in time.
- Visitors who fail do not come back.
- Refused is known at once. Somebody at the control panel then waits `admin_s` and tries again.
- The way around costs `bypass_min` once, then come the steps. Off the edge there is no way around,
  no try fails, and a step takes `admin_s`.
- The kill travels like the deploy. Normal is when 99 % of the cores have it and have been idle.
- Restarted by hand: ten waves of ten minutes. Staged: canary in 3 cities, then a tenth, then all,
  halted by the page. A build takes the 11 min from merge to deploy. The fall is the whole world's.
- A city is down when more than half of its visitors are not served in time.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from tests.qc.outage_cloudflare_2019_parts import (
    ROWS,
    Constants,
    count_linear,
    count_steps,
    exponent,
    fluid,
    line_ms,
)

__all__ = ["Constants", "answer", "curves", "fluid", "lessons", "null", "simulate"]

BEFORE, SETTLED, JUDGED, KILL, END = -2.0, 20.0, 48.0, 60.0, 75.0
"""Seconds of a run: start, steady state from and to (known before the kill), kill, end."""

NULLS = {
    **{name: {"guard": "linear"} for name in ("C1", "C2", "C4", "C5")},
    "C6": {"rollout": "staged"},
    "C8": {"kill": "restart"},
    "C12": {"control_on_edge": False},
}


def _minute(clock: str) -> float:
    hours, minutes = clock.split(":")
    return 60.0 * int(hours) + int(minutes)


def _extra_s(c: Constants, rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    """Seconds that the expression takes on each request."""
    pick, z, out, edge = rng.random(shape), rng.standard_normal(shape), np.zeros(shape), 0.0
    for kind, share, median in c.classes():
        mine = (pick >= edge) & (pick < edge + share)
        length = np.minimum(median * np.exp(c.length_sigma * z[mine]), c.longest)
        out[mine] = line_ms(kind, length, c.guard) / 1000
        edge += share
    return out


def simulate(c: Constants) -> dict[str, np.ndarray]:
    """Follow one core of each city through the deploy, a minute, the kill and the recovery.

    A core with `backlog` waiting and one at work refuses: the departure of the last but `backlog`
    of those admitted is still to come. The departures are kept in a ring.

    Returns
    -------
    dict of str to numpy.ndarray
        For each city `early` and `steady` (shares served in time of those who arrived up to and
        after 20 s), `late` (share admitted, not in time), `wait_s` (mean of those served), `cpu`
        (share busy in the ten seconds to 60 s), `normal_s` (idle again after the kill).
    """
    rng, n = np.random.default_rng(c.seed), int(c.cities)
    base, ring = c.base_ms / 1000, np.full((int(c.cities), int(c.backlog) + 1), -math.inf)
    mean = c.push_p99_s / math.log(100)
    on, off = rng.exponential(mean, n), KILL + rng.exponential(mean, n)
    on[_cities_hit(c, (_minute(c.paged_at) - _minute(c.deployed_at)) * 60) :] = math.inf
    flat, width, slot = ring.ravel(), ring.shape[1], np.arange(n) * ring.shape[1]
    count, last, now = np.zeros(n, dtype=int), np.full(n, -math.inf), np.full(n, BEFORE)
    tally, rows = _Tally(n, off), 1000
    while now.min() < END:
        times = now + np.cumsum(rng.exponential(base / c.utilisation, (rows, n)), axis=0)
        extra, starts, ends = _extra_s(c, rng, (rows, n)), np.empty((rows, n)), np.empty((rows, n))
        for i in range(rows):
            start = np.maximum(times[i], last)
            cost = base + extra[i] * ((start >= on) & (start < off))
            if c.gone == "skipped":
                cost = np.where(start - times[i] > c.timeout_s, 0.0, cost)
            at = slot + count % width
            taken = flat[at] <= times[i]
            last = np.where(taken, start + cost, last)
            flat[at] = np.where(taken, last, flat[at])
            count += taken
            starts[i], ends[i] = start, np.where(taken, last, math.inf)
        now = times[-1]
        tally.add(times, starts, ends, c.timeout_s)
    return tally.result()


class _Tally:
    """What is counted of the arrivals, city by city."""

    def __init__(self, n: int, off: np.ndarray) -> None:
        self.sums = {k: np.zeros(n) for k in ("a0", "s0", "a1", "s1", "late", "wait", "busy")}
        self.idle, self.off = np.full(n, math.inf), off

    def add(self, times: np.ndarray, starts: np.ndarray, ends: np.ndarray, timeout: float) -> None:
        taken, served = np.isfinite(ends), ends - times <= timeout
        early = (times >= 0) & (times < SETTLED)
        steady = (times >= SETTLED) & (times < JUDGED)
        busy = np.where(taken, np.minimum(ends, KILL) - np.maximum(starts, KILL - 10), 0.0)
        idle = (starts == times) & (times > self.off)
        for name, values in {
            "a0": early, "s0": early & served, "a1": steady, "s1": steady & served,
            "late": steady & taken & ~served, "busy": np.maximum(busy, 0.0),
            "wait": np.where(steady & served, ends - times, 0.0),
        }.items():  # fmt: skip
            self.sums[name] += values.sum(axis=0)
        self.idle = np.minimum(self.idle, np.where(idle, times, math.inf).min(axis=0))

    def result(self) -> dict[str, np.ndarray]:
        s = self.sums
        return {
            "early": s["s0"] / s["a0"], "steady": s["s1"] / s["a1"], "late": s["late"] / s["a1"],
            "wait_s": s["wait"] / np.maximum(s["s1"], 1), "cpu": s["busy"] / 10,
            "normal_s": self.idle - KILL,
        }  # fmt: skip


def _cities_hit(c: Constants, alarm_s: float, soak_s: float = 600.0) -> int:
    """Cities that got the rule before an alarm `alarm_s` after the deploy."""
    if c.rollout == "global":
        return int(c.cities)
    waves = (min(c.canary_cities, c.cities), max(c.canary_cities, 0.1 * c.cities), c.cities)
    return int(waves[min(2, int(alarm_s // soak_s))])


def _kill_minutes(c: Constants, run: dict[str, np.ndarray]) -> float:
    """Minutes from the proposal to the kill, by steps that may fail."""
    if not c.control_on_edge:
        return c.admin_steps * c.admin_s / 60
    served, late = float(run["steady"].mean()), float(run["late"].mean())
    if served == 0:
        return math.inf
    failed = c.admin_s + late / max(1 - served, 1e-12) * c.timeout_s
    step = (1 / served - 1) * failed + c.admin_s + float(run["wait_s"].mean())
    return c.bypass_min + c.admin_steps * step / 60


def _fall(c: Constants, run: dict[str, np.ndarray]) -> float:
    """Per cent of the traffic from the deploy to the kill that is not served."""
    whole = 60 * (_minute(c.killed_at) - _minute(c.deployed_at))
    early, steady = float(run["early"].mean()), float(run["steady"].mean())
    return 100 * (1 - (SETTLED * early + (whole - SETTLED) * steady) / whole)


def _recovery_min(c: Constants, run: dict[str, np.ndarray]) -> float:
    if c.kill == "restart":
        return c.restart_min * c.restart_waves
    return float(np.sort(run["normal_s"])[math.ceil(0.99 * c.cities) - 1]) / 60


def _down_with_edge(c: Constants) -> str:
    needs = {"web": "edge", "dashboard": "control", "access": "control"}
    down = {"edge"} | ({"control"} if c.control_on_edge else set())
    return ", ".join(sorted(name for name, need in needs.items() if need in down))


def _growth(c: Constants) -> str:
    count = count_linear if c.guard == "linear" else count_steps
    found = (exponent(count, ".*.*=.*", "x="), exponent(count, ".*.*=.*;", "x="))
    whole = [f"{x:.0f}" if abs(x - round(x)) <= 0.1 else f"{x:.2f}" for x in found]
    return f"exponents {whole[0]} and {whole[1]}"


def answer(**constants: float | str | bool) -> dict[str, float | str | bool]:
    """Every observable, in the unit of the evidence.

    Parameters
    ----------
    **constants
        Fields of `Constants`.

    Returns
    -------
    dict
    """
    c = Constants(**constants)
    run, count = simulate(c), count_linear if c.guard == "linear" else count_steps
    down = int((run["steady"] < 0.5).sum())
    fall, recovery = _fall(c, run), _recovery_min(c, run)
    loads = [fluid(replace(c, action=action))["load"] for action in ("simulate", "block")]
    off_edge = _kill_minutes(replace(c, control_on_edge=False), run)
    return {
        "C1": ", ".join(str(count(*row)) for row in ROWS),
        "C2": _growth(c),
        "C3": c.push_p99_s,
        "C4": 100 * float(run["cpu"].min()),
        "C5": fall,
        "C6": "all" if down == c.cities else f"{down} of {c.cities:.0f}",
        "C7": "yes" if min(1, loads[0]) < 0.98 * min(1, loads[1]) else "no",
        "C8": recovery,
        "C9": _kill_minutes(c, run) / off_edge,
        "C10": _minute(c.killed_at) - _minute(c.deployed_at) + recovery,
        "C11": 100 - fall,
        "C12": _down_with_edge(c),
    }


def null(id: str, **constants: float | str | bool) -> float | str | bool:
    """One observable with the mechanism taken out."""
    return answer(**{**constants, **NULLS[id]})[id]


def lessons(**constants: float | str | bool) -> dict[str, dict[str, float]]:
    """For each lesson the observable it changes, without and with it.

    Not here, for want of numbers to derive them from: the status page, the rules inspected by hand.

    Parameters
    ----------
    **constants
        Fields of `Constants`.

    Returns
    -------
    dict of str to dict
        "observable lesson" to `{"off": value, "on": value}`.
    """
    c = Constants(**constants)
    run = simulate(c)
    fall, recovery, kill = _fall(c, run), _recovery_min(c, run), _kill_minutes(c, run)
    begin, page, proposed = (_minute(t) for t in (c.deployed_at, c.paged_at, c.proposed_at))
    out = {}
    for name in ("10k", "100k", "linear"):
        other = replace(c, guard=name)
        out[f"C5 guard {name}"] = {"off": fall, "on": _fall(other, simulate(other))}
    staged = replace(c, rollout="staged")
    out["C5 staged rollout"] = {"off": fall, "on": _fall(staged, simulate(staged))}
    fresh = _kill_minutes(replace(c, bypass_min=0.0), run)
    quick = _kill_minutes(replace(c, control_on_edge=False), run)
    out["C9 minutes to the kill, credentials valid"] = {"off": kill, "on": fresh}
    out["C9 minutes to the kill, control off the edge"] = {"off": kill, "on": quick}
    length = _minute(c.killed_at) - begin + recovery
    for name, minutes in {
        "control off the edge": proposed - begin + quick,
        "kill at the page": page - begin,
        "page after one minute": _minute(c.killed_at) - page + 1,
        "two builds, no kill switch": proposed - begin + 2 * c.build_min,
    }.items():
        out[f"C10 {name}"] = {"off": length, "on": minutes + recovery}
    return out


def curves(**constants: float | str | bool) -> dict[str, list[dict[str, float]]]:
    """Where the outage begins: guard against length and load, stages against the alarm, tests.

    Parameters
    ----------
    **constants
        Fields of `Constants`.

    Returns
    -------
    dict of str to list of dict
        `guard`: load of a core and fall (%), by limit (0: none), median length of class G and
        utilisation. `stages`: cities hit, fall of the world (%) and minutes until a rule is
        everywhere, by soak and alarm delay. `tests`: ms that the longest test line would take.
    """
    c, limits = Constants(**constants), {"10k": 1e4, "100k": 1e5, "none": 0.0}
    guard, stages = [], []
    for name in limits:
        for median in (100.0, 150.0, 200.0, 250.0, 300.0, 400.0, 600.0):
            for busy in (0.3, 0.45, 0.6, 0.75):
                now = fluid(replace(c, guard=name, length_g=median, utilisation=busy))
                row = {"limit": limits[name], "length_g": median, "utilisation": busy}
                guard.append({**row, "load": now["load"], "fall": 100 * (1 - now["served"])})
    fall = 100 * (1 - fluid(c)["served"])
    for soak in (1.0, 3.0, 10.0, 60.0):
        for alarm in (0.5, 1.0, 2.0, 3.0, 5.0, 8.0):
            hit = _cities_hit(replace(c, rollout="staged"), 60 * alarm, 60 * soak)
            row = {"soak_min": soak, "alarm_min": alarm, "cities": float(hit)}
            stages.append({**row, "fall": fall * hit / c.cities, "everywhere_min": 2 * soak})
    tests = [
        {"longest": n, **{k: float(line_ms(k, n, c.guard)) for k in "fgh"}}
        for n in (50.0, 100.0, 200.0, 400.0, 800.0, 1600.0)
    ]
    return {"guard": guard, "stages": stages, "tests": tests}
