"""What became of the requests of each source: shares with intervals, what answers were worth, calls."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.errors import NotEnoughData
from simulator.measure.breakers import breaker_openings
from simulator.measure.clusters import clustered_share
from simulator.measure.estimates import Estimate, mean_estimate
from simulator.measure.latency import QUANTILES, latency_quantiles
from simulator.measure.rows import Flags, integers, on_the_wire, requests_of
from simulator.measure.wasted import wasted_work
from simulator.tables.outcomes import CAUSES, OUTCOMES, TRUTHS, Outcomes
from simulator.tables.timeline import Timeline

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["answers_worth", "attempts_by_cause", "call_summary", "outcome_shares", "source_summary"]

Runs = Outcomes | Sequence[Outcomes]
_WORDS = {0.5: "p50_s", 0.95: "p95_s", 0.99: "p99_s", 0.999: "p999_s"}


def _many(runs: Runs) -> list[Outcomes]:
    return [runs] if isinstance(runs, Outcomes) else list(runs)


def outcome_shares(runs: Runs, confidence: float = 0.95) -> pd.DataFrame:
    """Requests by source and by what became of them.

    Parameters
    ----------
    runs : Outcomes or sequence of Outcomes
        One run, or replications of one scenario.
    confidence : float

    Returns
    -------
    DataFrame
        One row per source and outcome, those that never occurred included: ``source``, ``outcome``,
        ``requests``, ``share`` of all that were sent, ``low``, ``high``, ``method``. Wilson's interval:
        over replications clustered by them; of one run as if requests were independent, which says
        too much when they fail together. None seen: a bound.
    """
    import pandas as pd

    many, rows = _many(runs), []
    for source in many[0].sources:
        ours = [requests_of(run, source) for run in many]
        sizes = [int(flags.sum()) for flags in ours]
        for number, word in enumerate(OUTCOMES[:-1]):
            hits = [
                int((integers(run, "requests", "outcome")[flags] == number).sum())
                for run, flags in zip(many, ours)
            ]
            rows.append({"source": source, "outcome": word} | _share(hits, sizes, confidence))
    return pd.DataFrame(rows)


def _share(hits: list[int], sizes: list[int], confidence: float) -> dict[str, Any]:
    if not sum(sizes):
        words = "nothing was sent"
        return {
            "requests": 0,
            "share": math.nan,
            "low": math.nan,
            "high": math.nan,
            "method": words,
        }
    found = clustered_share(hits, sizes, confidence)
    if len(hits) == 1 and sum(hits) in (0, sizes[0]):  # as independent as where some are seen
        slack = -math.expm1(math.log1p(-confidence) / sizes[0])
        ends = (0.0, slack) if not sum(hits) else (1 - slack, 1.0)
        words = "bound, independence assumed: one replication"
        return {
            "requests": sum(hits),
            "share": found.value,
            "low": ends[0],
            "high": ends[1],
            "method": words,
        }
    return {
        "requests": sum(hits), "share": found.value, "low": found.low, "high": found.high, "method": found.method
    }  # fmt: skip


def answers_worth(runs: Runs) -> pd.DataFrame:
    """What the answers were worth, beside how they looked to the source.

    Returns
    -------
    DataFrame
        One row per source and outcome with an answer (ok, degraded): ``source``, ``outcome``,
        ``answers``, and the share of them that was ``good``, ``stale``, ``provisional``, ``wrong``
        (NaN without answers).
    """
    import pandas as pd

    many, rows = _many(runs), []
    for source in many[0].sources:
        for number in (0, 1):
            counts = np.zeros(len(TRUTHS))
            for run in many:
                ours = requests_of(run, source) & (integers(run, "requests", "outcome") == number)
                truth = integers(run, "requests", "truth")[ours]
                counts += np.bincount(truth, minlength=len(TRUTHS))
            total = counts.sum()
            shares = dict(zip(TRUTHS, counts / total if total else np.full(len(TRUTHS), np.nan)))
            row = {"source": source, "outcome": OUTCOMES[number], "answers": int(total)}
            rows.append(row | {word: float(value) for word, value in shares.items()})
    return pd.DataFrame(rows)


def source_summary(runs: Runs, confidence: float = 0.95) -> pd.DataFrame:
    """One row per source: load, goodput, attempts and latency.

    Parameters
    ----------
    runs : Outcomes or sequence of Outcomes
    confidence : float

    Returns
    -------
    DataFrame
        ``source``, ``requests`` (sent, of all runs), ``offered_per_s``, ``goodput_per_s`` (requests
        that ended ok or degraded), ``attempts_per_request`` (on the wire, by the source itself),
        ``p50_s``, ``p95_s``, ``p99_s``, ``p999_s`` of requests that ended well; each but the first two
        also with ``_low`` and ``_high`` over replications (for percentiles also within one run),
        NaN where there is no interval.
    """
    import pandas as pd

    many, rows = _many(runs), []
    for source in many[0].sources:
        sent, good, tried = (np.array(x) for x in zip(*(_counts(run, source) for run in many)))
        time = np.array([run.horizon_s for run in many])
        row: dict[str, Any] = {"source": source, "requests": int(sent.sum())}
        row |= _spread("offered_per_s", sent / time, confidence)
        row |= _spread("goodput_per_s", good / time, confidence)
        some = sent > 0
        row |= _spread("attempts_per_request", tried[some] / sent[some], confidence)
        try:
            found = latency_quantiles(many, source, QUANTILES, confidence)
        except NotEnoughData:
            found = {}
        for q, word in _WORDS.items():
            row |= _ends(word, found.get(q))
        rows.append(row)
    return pd.DataFrame(rows)


def _counts(run: Outcomes, source: str) -> tuple[int, int, int]:
    ours = requests_of(run, source)
    good = integers(run, "requests", "outcome")[ours] <= 1
    return int(ours.sum()), int(good.sum()), int(integers(run, "requests", "attempts")[ours].sum())


def _spread(name: str, values: np.ndarray, confidence: float) -> dict[str, float]:
    if values.size >= 2:
        return _ends(name, mean_estimate(values, confidence))
    value = float(values[0]) if values.size else math.nan
    return {name: value, f"{name}_low": math.nan, f"{name}_high": math.nan}


def _ends(name: str, found: Estimate | None) -> dict[str, float]:
    if found is None:
        return {name: math.nan, f"{name}_low": math.nan, f"{name}_high": math.nan}
    return {name: found.value, f"{name}_low": found.low, f"{name}_high": found.high}


def attempts_by_cause(outcomes: Outcomes) -> pd.DataFrame:
    """Attempts of each call by outcome and cause, most frequent first.

    Returns
    -------
    DataFrame
        ``call``, ``outcome``, ``cause``, ``attempts``, ``share`` (of the call's attempts).
    """
    import pandas as pd

    site, outcome, cause = (integers(outcomes, "attempts", c) for c in ("site", "outcome", "cause"))
    keys, counts = np.unique(np.stack([site, outcome, cause]), axis=1, return_counts=True)
    total = np.bincount(site, minlength=len(outcomes.sites))
    rows = [
        {
            "call": outcomes.sites[s], "outcome": OUTCOMES[o], "cause": CAUSES[c],
            "attempts": int(n), "share": n / total[s],
        }
        for (s, o, c), n in sorted(zip(keys.T.tolist(), counts), key=lambda x: (x[0][0], -x[1]))
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["call", "outcome", "cause", "attempts", "share"])


def call_summary(
    outcomes: Outcomes, timeline: Timeline | None = None, scopes: Mapping[str, str] | None = None
) -> pd.DataFrame:
    """One row per call: attempts, how they ended, thread time, breakers.

    Parameters
    ----------
    outcomes : Outcomes
    timeline : Timeline, optional
        See :func:`simulator.measure.wasted.held_until`.
    scopes : mapping of str to str, optional
        See :func:`simulator.measure.breakers.breaker_openings`.

    Returns
    -------
    DataFrame
        The columns of :func:`simulator.measure.wasted.wasted_work`, and ``attempts``, ``on_the_wire``,
        ``again_share`` (of all attempts, those after the first), ``well_share`` (ended ok or
        degraded), ``rejected_share``, ``openings`` (of its breakers; NaN without any).
    """
    table = wasted_work(outcomes, timeline)
    site, outcome = (integers(outcomes, "attempts", c) for c in ("site", "outcome"))
    calls = len(outcomes.sites)

    def count(flags: Flags) -> np.ndarray:
        return np.bincount(site[flags], minlength=calls)

    every = count(np.ones(site.size, dtype=bool))
    some = np.where(every > 0, every, np.nan)
    table["attempts"] = every
    table["on_the_wire"] = count(on_the_wire(outcomes))
    table["again_share"] = count(integers(outcomes, "attempts", "attempt") > 0) / some
    table["well_share"] = count(outcome <= 1) / some
    table["rejected_share"] = count(outcome == OUTCOMES.index("rejected")) / some
    openings = breaker_openings(outcomes, scopes)
    table["openings"] = [float(openings.get(name, math.nan)) for name in outcomes.sites]
    return table
