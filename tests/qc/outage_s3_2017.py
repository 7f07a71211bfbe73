"""S3, 2017-02-28: a second implementation, from the facts and the constants alone.

Restart and ramps are closed forms; what clients, jobs and the status page see is sampled with a
seeded generator, and the sampled ramp and loss are compared with the closed ones by `spread`.

Choices, where the facts leave one open:

- Metadata is read at one constant speed from `t0_min` on, so `checked_min` = t0 + f_open * (time for
  all of it). Objects are asked for evenly, and a retry asks for the same object: asking again does
  not help while its place has not been read.
- Shares are of first tries. Retries would make the failing share look larger (see S3).
- S6 is when the poller receives its first error (random phase, then the timeout), provided that no
  poll sent before the index opens succeeds; otherwise infinite. The moment of the last success
  would be 0 s, as the removal is one step and requests under way are not described.
- A frontend does not keep a request for an index that opens a moment later.
- PUT has no ramp of its own: nothing until placement has ended, then everything (S4, S10p).
- S9 counts from the command, as the published 120 min do. The console needs to *read* one object
  (AWS: "a dependency the SHD administration console has on S3"), whose place is unknown: the mean
  over all places is given. Somebody tries once a minute. `page_needs="PUT"` is the other reading.
- S8 lists services, so the S3 console (S3's own face) is not in it; nor are the load balancers and
  databases that only an outside probe names.
- Null "in proportion": 1 - removed_share of the requests are served until servers are back after
  `t0_min`; there is no restart, so nothing longer suggests itself.
- A job waits 1 s, doubling to `job_cap_s`, after each timeout, and is never dropped. Neither its
  servers nor those of S3 have a limit after the opening: no rate was published.
- At capacity = needed exactly nothing happens ("below which it must restart").
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from tests.qc.outage_s3_2017_parts import (
    Case,
    Outage,
    dependents,
    jobs_done,
    outage,
    page_told,
    probe,
)

__all__ = ["NULLS", "answer", "curves", "extras", "lessons", "null", "sensitivity", "spread"]

FEBRUARY_MIN = 28 * 24 * 60.0

NULLS: dict[str, dict[str, Any]] = {
    "S2": {"f_open": 1.0},
    "S3": {"f_open": 1.0},
    "S5": {"placement_parallel": True, "placement_min": 36.0},
    "S6": {"restarts": False},
    "S7": {"restarts": False},
    "S8": {"restarts": False},
    "S9": {"dashboard_on_s3": False},
    "S10": {"restarts": False},
    "S11": {"jobs_queue": False},
}
"""What each null model sets."""

VARIED = (
    "checked_min", "placement_min", "f_open", "t0_min", "removed_share", "needed_share",
    "timeout_s", "rate", "job_rate", "job_cap_s",
)  # fmt: skip


def answer(**constants: Any) -> dict[str, float | str | bool]:
    """Every observable, in the units of the evidence.

    Parameters
    ----------
    **constants
        Fields of `Case`: the constants of the evidence by their names, switches, and `seed`.

    Returns
    -------
    dict of str to float or str
    """
    c = Case(**constants)
    o = outage(c)
    rng = np.random.default_rng(c.seed)
    seen = probe(c, o, rng)
    return {
        "S1": seen.first_answer,
        "S2": o.whole,
        "S3": o.reaches(0.9) - o.opens,
        "S4": o.puts,
        "S5": _order(o),
        "S6": seen.silent_s,
        "S7": 100.0 * seen.served_dead,
        "S8": ", ".join(dependents(c, o)) or "nothing",
        "S9": float(page_told(c, o, rng).mean()),
        "S10": 100.0 * (1.0 - o.lost_get() / FEBRUARY_MIN),
        "S10p": 100.0 * (1.0 - o.lost_put() / FEBRUARY_MIN),
        "S11": _who_is_late(c, o, rng, seen.last_failed),
    }


def _order(o: Outage) -> str:
    if o.puts > o.whole:
        return "GET before PUT"
    return "GET and PUT together"


def _queue_lag_s(c: Case, o: Outage, rng: np.random.Generator) -> float:
    """Seconds from the index being whole until the last job of the outage is done."""
    _, done = jobs_done(c, o, rng)
    return 60.0 * max(0.0, float(done.max(initial=0.0)) - o.whole)


def _who_is_late(c: Case, o: Outage, rng: np.random.Generator, last_failed: float) -> str:
    queues = "later" if _queue_lag_s(c, o, rng) > 0.0 else "with S3"
    requests = "later" if last_failed > o.whole else "with S3"
    return f"queues {queues}, requests {requests}"


def null(observable: str) -> float | str | bool:
    """The value of an observable under its null model; KeyError if it has none."""
    return answer(**NULLS[observable])[observable]


def lessons(**constants: Any) -> dict[str, dict[str, float]]:
    """The lessons: one changed observable with the lesson off and on (min unless the key says).

    Slow removal: 5 % of capacity a minute, noticed after 5 min. Cells: 10, one of them hit; "loss"
    is minutes of GETs lost over all keys. Whether the restart of a cell is ten times shorter
    depends on who checks: the whole region's checking power, or the tenth that belongs to the cell.
    """
    c = Case(**constants)
    off, cells = outage(c), 10

    def put(**changes: Any) -> float:
        return outage(replace(c, **changes)).puts

    def blind(**changes: Any) -> float:
        new = replace(c, **changes)
        return float(page_told(new, outage(new), np.random.default_rng(c.seed)).mean())

    pooled, faster = (outage(replace(c, check_speed=k)) for k in (float(cells), 2.0))
    slow = {"removal_per_min": 0.05, "alarm_min": 5.0}
    return {
        "remove slowly, with an alarm: PUT": {"off": off.puts, "on": put(**slow)},
        "floor under capacity: PUT": {"off": off.puts, "on": put(floor=True)},
        "half of the tools audited: outages, relative": {"off": 1.0, "on": 0.5},
        "10 cells: first GET, region checks": {"off": off.opens, "on": pooled.opens},
        "10 cells: first GET, cell checks itself": {"off": off.opens, "on": off.opens},
        "10 cells: loss, region checks": {"off": off.lost_get(), "on": pooled.lost_get() / cells},
        "10 cells: loss, cell checks itself": {"off": off.lost_get(), "on": off.lost_get() / cells},
        "checks twice as fast: first GET": {"off": off.opens, "on": faster.opens},
        "checks twice as fast: PUT": {"off": off.puts, "on": faster.puts},
        "status page elsewhere: blind": {"off": blind(), "on": blind(dashboard_on_s3=False)},
        "status page elsewhere: PUT": {"off": off.puts, "on": put(dashboard_on_s3=False)},
        "placement beside the index: PUT": {"off": off.puts, "on": put(placement_parallel=True)},
    }


def curves(**constants: Any) -> dict[str, npt.NDArray[np.float64]]:
    """Removal rate against alarm delay.

    Returns
    -------
    dict of arrays
        `rate` (share of capacity per min, n) and `delay` (min, m); `put` (min from the command to
        all PUTs, n x m; 0 is no outage) and `lost` (minutes of PUTs lost, n x m); `edge` (n): the
        longest harmless delay, (1 - needed) / rate, infinite where the command's whole set is
        harmless; `chance` (n x m): of an outage if the delay is exponential with that mean, exp(-edge / delay).
    """
    c = Case(**constants)
    rate, delay = np.geomspace(0.005, 5.0, 31), np.geomspace(0.1, 60.0, 29)
    grid = [
        [outage(replace(c, removal_per_min=float(r), alarm_min=float(d))) for d in delay]
        for r in rate
    ]
    spare = 1.0 - c.needed_share
    edge = spare / rate if c.removed_share > spare else np.full_like(rate, np.inf)
    return {
        "rate": rate,
        "delay": delay,
        "put": np.array([[o.puts for o in row] for row in grid]),
        "lost": np.array([[o.lost_put() for o in row] for row in grid]),
        "edge": edge,
        "chance": np.exp(-edge[:, None] / delay),
    }


def spread(seeds: int = 20, **constants: Any) -> dict[str, tuple[float, float, float, float]]:
    """Mean, standard deviation, least and greatest over seeds of all that is sampled.

    "S3 counted" and "GET lost" are counted from everybody's requests and ought to agree with
    S3 and 40,320 min * (1 - S10), which are closed forms; the counted ramp is a little short, as
    the first minute above 90 % is also the first lucky one (480 requests, ramp 0.5 % a minute).
    """
    c = Case(**constants)
    o = outage(c)
    rows = []
    for seed in range(seeds):
        rng = np.random.default_rng(seed)
        seen = probe(c, o, rng)
        told = float(page_told(c, o, rng, 1)[0])
        lag = _queue_lag_s(c, o, rng)
        rows.append(
            (
                seen.first_answer,
                seen.silent_s,
                100.0 * seen.served_dead,
                told,
                seen.ramp,
                seen.lost,
                lag,
            )
        )
    names = ("S1", "S6", "S7", "S9 of one console", "S3 counted", "GET lost", "queue lag s")
    table = np.array(rows)
    columns = zip(table.mean(0), table.std(0, ddof=1), table.min(0), table.max(0), strict=True)
    return {
        n: (float(m), float(s), float(a), float(b))
        for n, (m, s, a, b) in zip(names, columns, strict=True)
    }


def extras(**constants: Any) -> dict[str, float]:
    """Figures beside the observables: priors of S2 and S3, the backlog and its return, S9 by PUT.

    Constants are drawn evenly from the prior ranges that the evidence states.
    """
    c = Case(**constants)
    o = outage(c)
    rng = np.random.default_rng(c.seed)
    f_open, t0 = rng.uniform(0.6, 0.85, 100_000), rng.uniform(10.0, 45.0, 100_000)
    slope = (c.checked_min - t0) / f_open
    whole, ramp = t0 + slope, slope * (0.9 - f_open)
    removed, needed = rng.uniform(0.45, 0.8, 100_000), rng.uniform(0.42, 0.78, 100_000)
    arrived, done = jobs_done(c, o, rng)
    back = (done > o.opens) & (done <= o.opens + 1.0) & (arrived < o.opens)
    return {
        **{f"S2 prior {q} %": float(np.percentile(whole, q)) for q in (0, 5, 50, 95, 100)},
        **{f"S3 prior {q} %": float(np.percentile(ramp, q)) for q in (0, 5, 50, 95, 100)},
        "prior that S2 is in 188-254": float(np.mean((whole >= 188) & (whole <= 254))),
        "prior that S3 is in 20-52": float(np.mean((ramp >= 20) & (ramp <= 52))),
        "prior of no restart at all": float(np.mean(1.0 - removed >= needed)),
        "90 % of GETs to all PUTs": o.puts - o.reaches(0.9),
        "jobs waiting when it opens": float(np.sum((arrived < o.opens) & (done >= o.opens))),
        "old jobs done in the first minute, per s": float(back.sum() / 60.0),
        "S9 if the console must write": float(
            page_told(replace(c, page_needs="PUT"), o, rng).mean()
        ),
    }


def sensitivity(
    change: float = 0.3, **constants: Any
) -> dict[tuple[str, float], dict[str, float | str | bool]]:
    """`answer` with one Fit or Assumed constant at a time times 1 -+ `change`."""
    base = Case(**constants)
    found = {}
    for name in VARIED:
        for factor in (1.0 - change, 1.0 + change):
            found[name, factor] = answer(**{**constants, name: getattr(base, name) * factor})
    return found
