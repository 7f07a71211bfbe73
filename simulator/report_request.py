"""What a report says of requests: the third line, what each kind of episode costs, and why."""

from __future__ import annotations

from typing import Any

from simulator.describe.units import YEAR, format_duration
from simulator.request_line import RequestLine
from simulator.simulate import Report

__all__ = ["request_json", "request_remark", "request_rows", "request_text"]

_KINDS_SHOWN = 6


def request_remark(report: Report) -> str:
    """Beside the line: how it was made, or why it is not there."""
    line = report.request
    if line is None:
        return report.request_reason
    stuck = f"; {line.stuck} did not recover: a lower bound" if line.stuck else ""
    return f"{line.episodes_run} of {line.episodes:,} episodes run{stuck}"


def request_json(report: Report) -> dict[str, Any]:
    """The keys ``request`` and ``request_reason``."""
    line = report.request
    if line is None:
        return {"request": None, "request_reason": report.request_reason}
    e = line.estimate
    return {
        "request": {
            "estimate": 1.0 - e.value, "low": 1.0 - e.high, "high": 1.0 - e.low, "confidence": e.confidence,
            "method": e.method, "degraded_share_in_episodes": line.degraded, "stuck": line.stuck,
            "settled_s": line.settled_s,
            "steps": [
                {
                    "name": s.name, "assumed": s.assumed, "unavailability": s.unavailability,
                    "effect": s.effect.value, "low": s.effect.low, "high": s.effect.high,
                }
                for s in line.steps
            ],
            "episodes": [
                {"kind": kind, "episodes": many, "run": run, "unavailability": share}
                for kind, many, run, share in line.kinds
            ],
        },
        "request_reason": "",
    }  # fmt: skip


def request_rows(line: RequestLine | None) -> list[dict[str, Any]]:
    """The ladder from the time down to the line: one row for each assumption, none without a line."""
    if line is None:
        return []
    start = line.by_time.value
    first = {"assumption": "time down", "unavailability": start, "effect": 0.0, "low": 0.0, "high": 0.0}
    return [first | {"method": line.by_time.method}] + [
        {
            "assumption": s.name, "unavailability": s.unavailability, "effect": s.effect.value, "low": s.effect.low,
            "high": s.effect.high, "method": s.effect.method,
        }
        for s in line.steps
    ]  # fmt: skip


def request_text(line: RequestLine) -> str:
    """From the time down to the requests that failed, and what the episodes cost."""
    from simulator.show.text import text_table

    blocks = []
    if line.steps:
        first = {
            "step": "time down", "unavailability": f"{line.by_time.value:.5g}", "effect": "", "interval": "",
            "verdict": line.by_time.method if line.by_time.error == 0.0 else "in the histories looked at",
        }  # fmt: skip
        rows = [first, *(_step(s) for s in line.steps)]
        heads = {k: k for k in first} | {"step": "switched on", "interval": "95 % interval", "verdict": ""}
        title = "from the time down to the requests that fail, one assumption at a time, on the same luck"
        blocks.append(f"{title}\n{text_table(rows, heads)}")
    kinds = [
        {"episodes of": kind, "seen": f"{many:,}", "run": str(run), "share of requests": f"{share:.3g}"}
        for kind, many, run, share in line.kinds[:_KINDS_SHOWN]
    ]
    left = len(line.kinds) - _KINDS_SHOWN
    more = f"\n... and {left} kinds more" if left > 0 else ""
    settled = format_duration(line.settled_s)
    note = f"after the last fault of an episode the traffic was well within {settled}"
    if line.stuck:
        note += f", but {line.stuck} episodes did not recover by themselves: the line is a lower bound"
    if line.healthy.value:
        note += f"; {line.healthy.value:.2g} of all requests fail while nothing is wrong"
    blocks.append(f"{text_table(kinds, {k: k for k in kinds[0]})}{more}\n{note}")
    return "\n\n".join(blocks)


def _step(step: Any) -> dict[str, str]:
    e = step.effect
    seen = e.low > 0 or e.high < 0
    cost = format_duration(abs(e.value) * YEAR)
    verdict = f"{'costs' if e.value > 0 else 'saves'} {cost} a year" if seen else "no measurable effect"
    return {
        "step": step.name, "unavailability": f"{step.unavailability:.5g}", "effect": f"{e.value:+.3g}",
        "interval": f"{e.low:+.2g} .. {e.high:+.2g}", "verdict": f"{verdict} (before: {step.assumed})",
    }  # fmt: skip
