"""GitHub, 21 and 22 October 2018, a second time: voters, two logs, restores, replay and a queue.

By closed forms and reflected fluids on a grid; nothing is fitted here. Hours are after 00:00 UTC of
the 22nd. No choice was changed after its number was seen; variants are in `details`. Two answers
fall outside the accepted range: G9 and G11 (the replicas catch up by 10:00 and lag again at 13:15).

Choices
- One voter in each of DC-East, DC-West and Cloud-East. "The voter moved" is the cloud's, to DC-East;
  `voters_east` changes the East alone. Only the West holds replicas to promote.
- A failed poll counts at once (no connection timeout). A primary declared dead is promoted even if
  the cut heals meanwhile; a hold-off waits after detection and looks again.
- East takes its normal writes for the whole cut; the West takes writes from the reconnection on, as
  GitHub says. Both at one rate, so it cancels. G5 is taken at the middle of 23:13 and 23:32.
- A fence closes the old primary at the instant of the cut; writes on the wire arrive.
- Pages wait for `calls` round trips, deterministic; git makes none. `page_rate` is not needed.
- Sizes in equal ratios. Restores side by side, `bandwidth_mb` each.
- Longest backlog: backups of the clusters at independent uniform phases, mean of the longest age.
- Replay starts at 06:51 with the longest backlog, as in the fluid of the facts, for every cluster;
  the replay of each cluster from the end of its own restore is in `details`.
- One cosine for the reads, writes and events of both days. Lag is the age of the newest write
  replayed, not a number of writes. Replicas added help at once and share the reads evenly.
- Webhook events only (no builds), first in first out; their rate is the mean over the pause.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from tests.qc.outage_github_2018_parts import (
    Day,
    Facts,
    Replay,
    clock,
    drain,
    failover_share,
    leader,
    replay,
    restores,
)

__all__ = ["NULLS", "answer", "curves", "details", "lessons", "null"]

SEEN, GROWING = 6.85, 13.25  # 06:51 and 13:15, hours at which GitHub published a state
DECISION = (-47 / 60, -28 / 60)  # 23:13 and 23:32
SEMI_SYNC_TIMEOUT_S = 0.5  # recalled: after it a write no longer waits for the West
NULLS: dict[str, dict[str, float | bool]] = {
    "G1": {"holdoff_s": 60.0},
    "G2": {"voters_east": 3.0},
    "G3": {"fences": True},
    "G6": {"calls": 1.0},
    "G7b": {"smallest_tb": 5.0},
    "G9": {"read_peak": 0.0},
    "G11": {"more_replicas": 0.0},
    "G15": {"ttl_h": 24.0},
}
Answer = float | str | bool


def _fails_over(facts: Facts) -> bool:
    share = failover_share(facts.cut_s, facts.holdoff_s, facts)
    return share == 1.0 and leader(facts.voters_east) == "West"


def _east_only(facts: Facts) -> float:
    return 0.0 if facts.fences else facts.writes * facts.cut_s


def _ratio(facts: Facts, hour: float) -> float:
    """Writes of the West since the reconnection, for each write of the East in the cut."""
    if facts.fences or not _fails_over(facts):
        return math.nan
    day, cut = Day(facts.low_share, facts.peak_hour), clock(facts.cut_at)
    healed = cut + facts.cut_s / 3600
    return day.between(healed, hour) / day.between(cut, healed)


def _longest(facts: Facts) -> float:
    """Mean of the longest backlog (h) at 06:51: n uniform ages have their maximum at n / (n + 1)."""
    n = facts.clusters
    return SEEN - clock(facts.cut_at) + facts.backup_every_h * n / (n + 1)


def _caught_up(facts: Facts, start: float = SEEN, age: float | None = None) -> Replay:
    lag = _longest(facts) - SEEN + start if age is None else start - clock(facts.cut_at) + age
    return replay(facts, start, lag, clock(facts.replicas_at), facts.more_replicas)


def _side(facts: Facts) -> str:
    moved = leader(facts.voters_east + 1, cloud=0.0)
    return f"{leader(facts.voters_east)}, {moved} with the voter moved"


def _fail_back(facts: Facts) -> str:
    if not _fails_over(facts):
        return "yes, nothing was promoted"
    both = _east_only(facts) > 0
    return (
        "no, both sides hold writes of their own"
        if both
        else "yes, only West holds writes of its own"
    )


def _degraded(facts: Facts) -> str:
    away = _fails_over(facts)
    slow = away and facts.calls * facts.cross_country_ms / 1e3 > facts.page_timeout_s
    stale = away and _east_only(facts) > 0
    return f"pages {'slow' if slow else 'well'}, reads {'stale' if stale else 'well'}, git well"


def _happens(facts: Facts) -> str:
    short = failover_share(facts.poll_s, facts.holdoff_s, facts)
    if not _fails_over(facts):
        return "no, the cut heals before anything is promoted"
    return "yes, none in a short cut" if short == 0 else "yes, in a short cut too"


def _several(facts: Facts) -> tuple[str, str]:
    _, done = restores(facts)
    ready = int(np.count_nonzero(done <= SEEN))
    word = (
        "several"
        if 2 <= ready < len(done)
        else "all"
        if ready == len(done)
        else ("none", "one")[ready]
    )
    order = "smallest first" if done[0] < done[-1] else "all at once"
    return word, f"{word}, {order}"


def answer(**constants: float | str | bool) -> dict[str, Answer]:
    """Every observable of the evidence file, in its unit; a failed-over day is assumed from G7a on."""
    facts = Facts(**constants)  # type: ignore[arg-type]
    restored, order = _several(facts)
    caught = _caught_up(facts)
    waiting, empty, dropped = drain(facts)
    return {
        "G1": _happens(facts),
        "G2": _side(facts),
        "G3": _fail_back(facts),
        "G4": _east_only(facts),
        "G5": _ratio(facts, sum(DECISION) / 2),
        "G6": _degraded(facts),
        "G7a": restored,
        "G7b": order,
        "G8": _longest(facts),
        "G9": caught.at(clock(facts.fail_back_at)),
        "G10": "grows" if caught.slope(GROWING) > 1e-3 else "does not grow",
        "G11": caught.in_step(GROWING),
        "G13": waiting / 1e6,
        "G14": empty,
        "G15": dropped / 1e3,
    }


def null(observable: str) -> Answer:
    """The observable with its mechanism taken away."""
    return answer(**NULLS[observable])[observable]


def details(**constants: float | str | bool) -> dict[str, list[float]]:
    """Variants and spreads that the answer does not show; seeds 0 to 19 where drawn."""
    facts = Facts(**constants)  # type: ignore[arg-type]
    back, cut, caught = clock(facts.fail_back_at), clock(facts.cut_at), _caught_up(facts)
    sizes, done = restores(facts)
    ages = [
        np.random.default_rng(s).uniform(0, facts.backup_every_h, len(sizes)) for s in range(20)
    ]
    worst = [_caught_up(facts, age=float(a.max())) for a in ages]
    own = [_caught_up(facts, float(r), facts.backup_every_h / 2) for r in done]
    detect = facts.poll_s * (facts.misses - np.array([1.0, 0.0])) + facts.promote_s
    speed = facts.apply_max * (
        1 - facts.read_peak * Day(facts.low_share, facts.peak_hour).load(caught.t)
    )
    return {
        "failover_s": [float(x) for x in detect],
        "east_only_spread": [
            float(np.random.default_rng(s).poisson(_east_only(facts))) for s in range(20)
        ],
        "ratio_at_2313_2332": [_ratio(facts, hour) for hour in DECISION],
        "restored_at": [float(x) for x in done],
        "bandwidth_all_by_fail_back": [
            facts.largest_tb * 1e6 / 3600 / (back - clock(facts.restore_at))
        ],
        "longest_spread": [SEEN - cut + float(a.max()) for a in ages],
        "lag_at_fail_back_spread": [w.at(back) for w in worst],
        "in_step_spread": [w.in_step(GROWING) for w in worst],
        "own_restore_lag_at_fail_back": [
            o.at(back) if r <= back else back - cut + facts.backup_every_h / 2
            for o, r in zip(own, done, strict=True)
        ],
        "own_restore_in_step": [o.in_step(GROWING) for o in own],
        "slope_at_1315": [caught.slope(GROWING)],
        "linear_eta_h": [-caught.at(SEEN) / ((caught.at(SEEN + 0.1) - caught.at(SEEN)) / 0.1)],
        "apply_speed_at_0651": [float(speed[0])],
        "total_h": [drain(facts)[1] - cut],
    }


def _after(facts: Facts, end: float) -> float:
    """Hour in step if the restores end at `end` and what follows them is as it was."""
    return _caught_up(facts, end).in_step(GROWING)


def lessons(**constants: float | str | bool) -> dict[str, dict[str, float]]:
    """The lessons of the facts: what each changes, without it (`off`) and with it (`on`)."""
    facts = Facts(**constants)  # type: ignore[arg-type]
    start, cut = clock(facts.restore_at), clock(facts.cut_at)
    east, step = _east_only(facts), _after(facts, SEEN)
    early = replay(facts, SEEN, _longest(facts), SEEN, facts.more_replicas)
    hold = failover_share(facts.cut_s, 60.0, facts)
    return {
        "no promotion across regions: outage (s)": {
            "off": (drain(facts)[1] - cut) * 3600,
            "on": facts.cut_s,
        },
        "hold-off of 60 s: share of clusters failed over": {
            "off": failover_share(facts.cut_s, 0.0, facts),
            "on": hold,
        },
        "fence at the cut: writes only East has": {"off": east, "on": 0.0},
        "fence at detection, 7.5 s: writes only East has": {"off": east, "on": facts.writes * 7.5},
        "semi-sync to the West: writes only East has": {"off": east, "on": 0.0},
        "semi-sync that gives up after 0.5 s: the same": {
            "off": east,
            "on": facts.writes * (facts.cut_s - SEMI_SYNC_TIMEOUT_S),
        },
        "semi-sync to the West: wait for each write (ms)": {
            "off": 0.0,
            "on": facts.cross_country_ms,
        },
        "active in every region: wait of a page (s)": {
            "off": facts.calls * facts.cross_country_ms / 1e3,
            "on": 0.0,
        },
        "restore twice as fast: restored (h)": {"off": SEEN, "on": start + (SEEN - start) / 2},
        "restore twice as fast: in step (h)": {
            "off": step,
            "on": _after(facts, start + (SEEN - start) / 2),
        },
        "more replicas at 06:51: in step (h)": {"off": step, "on": early.in_step(GROWING)},
        "age limit of 24 h: dropped (thousand)": {
            "off": drain(facts)[2] / 1e3,
            "on": drain(replace(facts, ttl_h=24.0))[2] / 1e3,
        },
    }


def curves(**constants: float | str | bool) -> dict[str, npt.NDArray[np.float64]]:
    """Hold-off against the length of the cut, its price for true failures, and the two regimes.

    `failed_over[i, j]` for `holdoff_s[i]`, `cut_s[j]`; `true_down_s` mean time without a primary;
    `even` true failures for each cut avoided at which the hold-off costs as much as it saves.
    """
    facts = Facts(**constants)  # type: ignore[arg-type]
    hold, cut = np.arange(0.0, 121.0, 5.0), np.arange(0.0, 181.0, 2.5)
    speeds = np.arange(5.0, 12.01, 0.25)
    mean = (facts.misses - 0.5) * facts.poll_s + facts.promote_s
    outage = (drain(facts)[1] - clock(facts.cut_at)) * 3600
    unaided = [replace(facts, apply_max=float(a), more_replicas=0.0) for a in speeds]
    with np.errstate(divide="ignore"):
        even = (outage - facts.cut_s) / hold
    return {
        "holdoff_s": hold,
        "cut_s": cut,
        "failed_over": np.array([[failover_share(c, h, facts) for c in cut] for h in hold]),
        "true_down_s": mean + hold,
        "even": even,
        "apply_max": speeds,
        "in_step_unaided": np.array([_after(f, SEEN) for f in unaided]),
    }
