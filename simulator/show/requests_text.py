"""A run of requests as text: sources, outcomes, pools, calls, faults; from tables alone."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from simulator.show.text import format_duration_interval, text_table

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["requests_text"]

_MOST = 10  # rows of a table that can grow without end
_MOST_CHANGES = 24


def requests_text(title: str, tables: Mapping[str, pd.DataFrame], verdict: str = "") -> str:
    """The tables of a run, short enough for a terminal.

    Parameters
    ----------
    title : str
    tables : mapping of str to DataFrame
        ``sources``, ``outcomes``, ``worth``, ``pools``, ``calls``, ``causes``, ``faults`` and ``changes``, as
        :meth:`simulator.requests.TrafficRun.tables` makes them.
    verdict : str
        A line or two on recovery; empty for none.

    Returns
    -------
    str
        Without a final newline.
    """
    blocks = [
        title,
        _sources(_records(tables["sources"])),
        _outcomes(_records(tables["outcomes"]), _records(tables["worth"])),
        _pools(_records(tables["pools"])),
        _calls(_records(tables["calls"]), _records(tables["causes"])),
        _faults(_records(tables["faults"])),
        _changes(_records(tables["changes"])),
        verdict,
    ]
    return "\n\n".join(block for block in blocks if block)


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(k): v for k, v in row.items()} for row in table.to_dict("records")]


def _sources(rows: Sequence[dict[str, Any]]) -> str:
    cells = [
        {
            "source": row["source"], "offered": f"{row['offered_per_s']:.5g}",
            "goodput": f"{row['goodput_per_s']:.5g}", "attempts": _digits(row["attempts_per_request"]),
        }
        | {q: _latency(row, q) for q in ("p50_s", "p95_s", "p99_s", "p999_s")}
        for row in rows
    ]  # fmt: skip
    heads = {
        "source": "source", "offered": "offered/s", "goodput": "goodput/s", "attempts": "attempts/request",
        "p50_s": "p50", "p95_s": "p95", "p99_s": "p99", "p999_s": "p99.9",
    }  # fmt: skip
    return text_table(cells, heads)


def _latency(row: dict[str, Any], name: str) -> str:
    value, low, high = (row[f"{name}{end}"] for end in ("", "_low", "_high"))
    if math.isnan(value):
        return "-"
    if math.isinf(high):
        return f"{format_duration_interval(value)} or more"
    return format_duration_interval(value, low, high)


def _outcomes(rows: Sequence[dict[str, Any]], worth: Sequence[dict[str, Any]]) -> str:
    """Outcomes that occurred, and what the answers among them were worth if not all were good."""
    beside = {(row["source"], row["outcome"]): row for row in worth}
    cells = [
        {
            "source": row["source"], "outcome": row["outcome"].replace("_", " "),
            "requests": f"{row['requests']:,}", "share": _percent(row["share"]),
            "interval": f"{_percent(row['low'])} .. {_percent(row['high'])}",
            "worth": _worth(beside.get((row["source"], row["outcome"]))),
        }
        for row in rows
        if row["requests"]
    ]  # fmt: skip
    if not cells:
        return "no request was sent"
    heads = {k: k for k in ("source", "outcome", "requests", "share", "interval", "worth")}
    heads["interval"] = "95 % interval"
    if any(row["worth"] for row in cells):
        heads["worth"] = "answers"
    else:
        del heads["worth"]
    alone = any("one replication" in str(row["method"]) for row in rows)
    note = "(intervals as if requests failed one by one; they do not: run replications)"
    return text_table(cells, heads) + (f"\n{note}" if alone else "")


def _worth(row: dict[str, Any] | None) -> str:
    if row is None or not row["answers"]:
        return ""
    words = [w for w in ("good", "stale", "provisional", "wrong") if row[w] > 0]
    return ", ".join(f"{_percent(row[w])} {w}" for w in words)


def _pools(rows: Sequence[dict[str, Any]]) -> str:
    cells = [
        {
            "pool": row["pool"], "rate": f"{row['rate_per_s']:.5g}", "failed": _percent(row["failed_share"]),
            "p50": format_duration_interval(row["p50_s"]), "p99": format_duration_interval(row["p99_s"]),
            "threads": "no limit" if math.isinf(row["threads"]) else f"{row['threads']:,.0f}",
            "busy": f"{row['busy']:.3g}" if math.isinf(row["threads"]) else _percent(row["utilisation"]),
            "waiting": _digits(row["waiting"]), "longest": format_duration_interval(row["longest_wait_s"]),
            "vain": _percent(row["wasted_share"]),
        }
        for row in rows
    ]  # fmt: skip
    heads = {
        "pool": "pool", "rate": "attempts/s", "failed": "failed", "p50": "p50", "p99": "p99",
        "threads": "threads", "busy": "busy", "waiting": "waiting", "longest": "longest wait", "vain": "in vain",
    }  # fmt: skip
    return text_table(cells, heads)


def _calls(rows: Sequence[dict[str, Any]], causes: Sequence[dict[str, Any]]) -> str:
    cells = []
    for row in rows:
        bad = [
            f"{_percent(c['share'])} {c['cause'] or c['outcome'].replace('_', ' ')}"
            for c in causes
            if c["call"] == row["call"] and c["outcome"] not in ("ok", "degraded", "in_flight")
        ]
        openings = row["openings"]
        cells.append(
            {
                "call": row["call"], "attempts": f"{row['attempts']:,}", "again": _percent(row["again_share"]),
                "well": _percent(row["well_share"]), "openings": "" if math.isnan(openings) else f"{openings:,.0f}",
                "bad": ", ".join(bad[:3]) + (", ..." if len(bad) > 3 else ""),
            }
        )  # fmt: skip
    heads = {
        "call": "call", "attempts": "attempts", "again": "retries", "well": "well", "openings": "openings",
        "bad": "otherwise",
    }  # fmt: skip
    if not any(c["openings"] for c in cells):
        del heads["openings"]
    return text_table(cells, heads)


def _faults(rows: Sequence[dict[str, Any]]) -> str:
    lines = []
    for row in rows[:_MOST]:
        end = "the end" if math.isinf(row["end_s"]) else f"{row['end_s']:.6g} s"
        lines.append(f"  - {row['start_s']:.6g} s to {end}: {row['cause']} ({row['what']})")
    if len(rows) > _MOST:
        lines.append(f"  - and {len(rows) - _MOST} more")
    return "faults\n" + "\n".join(lines) if lines else ""


def _changes(rows: Sequence[dict[str, Any]]) -> str:
    """What people and controllers did, a line for each moment and cause; the middle of a long list is left out."""
    moments: dict[tuple[float, str], list[str]] = {}
    for row in rows:
        moments.setdefault((row["at_s"], row["cause"]), []).append(row["what"])
    lines = [f"  - {at:.6g} s {cause}: {_first(what)}" for (at, cause), what in moments.items()]
    if len(lines) > _MOST_CHANGES:
        left = len(lines) - _MOST_CHANGES
        lines = [*lines[: _MOST_CHANGES - 6], f"  - ... {left} more", *lines[-6:]]
    return "what was done\n" + "\n".join(lines) if lines else ""


def _first(what: Sequence[str]) -> str:
    """The first two of several things, and how many more there are."""
    more = f"; and {len(what) - 2} more" if len(what) > 2 else ""
    return "; ".join(what[:2]) + more


def _percent(share: float) -> str:
    """A share with three digits; never 0 or 100 % unless it is."""
    if math.isnan(share):
        return "-"
    if share in (0.0, 1.0):
        return f"{100 * share:.0f} %"
    if share > 0.9995:
        return f"{100 - float(f'{100 * (1 - share):.2g}'):.10g} %"
    return f"{100 * share:.3g} %"


def _digits(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.4g}"
