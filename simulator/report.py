"""A report as text and as JSON: numbers come from the engines, words about causes from computed steps."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from simulator.describe.units import YEAR, format_duration
from simulator.gap import Step
from simulator.measure.estimates import Estimate, nines
from simulator.report_request import request_json, request_remark, request_text
from simulator.simulate import Line, Report

__all__ = ["as_json", "as_text", "rows_of", "step_rows"]


def as_json(report: Report, steps: Sequence[Step] = ()) -> dict[str, Any]:
    """One nested object: system and pools by engine, null with its reason where there is no answer.

    Parameters
    ----------
    report : Report
    steps : sequence of Step
        From :func:`simulator.explain_gap`.
    """
    return {
        "name": report.scenario.name,
        "system": _part(report.system)
        | {
            "failures_per_year": {
                "exact": report.exact_frequency,
                "montecarlo": _interval(report.frequency),
            },
            "mean_outage_s": _interval(report.mean_outage),
        }
        | request_json(report),
        "pools": {line.part: _part(line) for line in report.lines[1:]},
        "steps": [
            {
                "name": s.name,
                "unavailability": s.unavailability,
                "effect": s.effect,
                "low": s.low,
                "high": s.high,
                "method": s.method,
            }
            for s in steps
        ],
        "assumptions": list(report.assumptions),
        "notes": list(report.notes),
        "horizon_s": report.scenario.horizon,
        "seed": report.seed,
        "replications": report.replications,
    }


def _part(line: Line) -> dict[str, Any]:
    def up(u: float | None) -> float | None:
        return None if u is None else 1.0 - u

    def same(u: float | None) -> float | None:
        return u

    return {"availability": _engines(line, up), "unavailability": _engines(line, same)}


def _engines(line: Line, turn: Any) -> dict[str, Any]:
    found: dict[str, Any] = {
        "analytic": turn(line.analytic),
        "exact": turn(line.exact),
        "exact_over_horizon": turn(line.exact_over_horizon),
        "montecarlo": None,
    }
    estimate = line.montecarlo
    if estimate is not None:
        ends = sorted((turn(estimate.low), turn(estimate.high)))
        found["montecarlo"] = {
            "estimate": turn(estimate.value), "low": ends[0], "high": ends[1], "confidence": estimate.confidence,
            "z": line.z, "method": estimate.method,
        }  # fmt: skip
    missing = [key for key, value in found.items() if value is None]
    if missing:
        found["reasons"] = {key: line.reasons.get(key, "not asked for") for key in missing}
    return found


def _interval(estimate: Estimate | None) -> dict[str, Any] | None:
    if estimate is None or not math.isfinite(estimate.value):
        return None
    high = estimate.high if math.isfinite(estimate.high) else None
    return {
        "estimate": estimate.value, "low": estimate.low, "high": high,
        "confidence": estimate.confidence, "method": estimate.method,
    }  # fmt: skip


def rows_of(report: Report) -> list[dict[str, Any]]:
    """The table of the main job: one row for each part and engine.

    Returns
    -------
    list of dict
        Keys part, method, unavailability, low, high, z, remark; NaN where there is no answer.
    """
    rows = []
    for line in report.lines:
        for key in ("analytic", "exact", "exact_over_horizon"):
            value = getattr(line, key)
            rows.append(
                _row(line, key.replace("_", " "), value, value, value, line.reasons.get(key, ""))
            )
        found = line.montecarlo
        if found is None:
            rows.append(
                _row(line, "montecarlo", None, None, None, line.reasons.get("montecarlo", ""))
            )
        else:
            z = (
                f"z = {line.z:+.1f} against exact over horizon"
                if line.z is not None
                else found.method
            )
            rows.append(_row(line, "montecarlo", found.value, found.low, found.high, z))
        if line.part == "system":
            asked = report.request.estimate if report.request else None
            value, low, high = (asked.value, asked.low, asked.high) if asked else (None, None, None)
            rows.append(_row(line, "request", value, low, high, request_remark(report)))
    return rows


def _row(
    line: Line, method: str, value: float | None, low: float | None, high: float | None, remark: str
) -> dict[str, Any]:
    def number(x: float | None) -> float:
        return math.nan if x is None else x

    return {
        "part": line.part, "method": method, "unavailability": number(value), "low": number(low), "high": number(high),
        "remark": remark,
    }  # fmt: skip


def step_rows(steps: Sequence[Step]) -> list[dict[str, Any]]:
    """The ladder from the analytic line to the last: one row for each assumption switched on."""
    return [
        {
            "assumption": s.name, "unavailability": s.unavailability, "effect": s.effect, "low": s.low, "high": s.high,
            "method": s.method, "verdict": "" if s.name == "analytic" else _verdict(s),
        }
        for s in steps
    ]  # fmt: skip


def _verdict(step: Step) -> str:
    if not step.measurable:
        return "no measurable effect"
    minutes = abs(step.effect) * YEAR / 60
    return f"{'costs' if step.effect > 0 else 'saves'} {format_duration(minutes * 60)} a year"


def as_text(report: Report, steps: Sequence[Step] = (), warning: str = "") -> str:
    """The report as a table for a terminal, with assumptions, steps and notes."""
    from simulator.show.text import text_table

    rows = [row for row in rows_of(report) if not _skipped(row)]
    reasons = tuple(dict.fromkeys(r["remark"] for r in rows if _is_long(r)))
    cells = [_cells(row, reasons) for row in rows]
    plain = ("part", "method", "unavailability", "interval", "availability", "downtime", "remark")
    heads = {key: key for key in plain} | {"interval": "95 % interval", "remark": ""}
    notes = "\n".join(f"[{i + 1}] {reason}" for i, reason in enumerate(reasons))
    blocks = [_title(report), text_table(cells, heads), notes, _more(report)]
    if steps:
        blocks.append(_ladder(steps))
    if report.request is not None:
        blocks.append(request_text(report.request))
    blocks.append("assumptions\n" + "\n".join(f"  - {line}" for line in report.assumptions))
    if report.notes:
        blocks.append("how\n" + "\n".join(f"  - {line}" for line in report.notes))
    return "\n\n".join(block for block in [*blocks, warning] if block)


def _is_long(row: dict[str, Any]) -> bool:
    return not math.isfinite(row["unavailability"]) and row["method"] != "request"


def _cells(row: dict[str, Any], reasons: Sequence[str]) -> dict[str, str]:
    """One row of the table as text; a value that was never seen is a bound."""
    from simulator.show.text import (
        format_availability,
        format_downtime_per_year,
        format_interval,
    )

    u, low, high, remark = row["unavailability"], row["low"], row["high"], row["remark"]
    if remark in reasons:
        remark = f"[{reasons.index(remark) + 1}]"
    cells = {"part": row["part"], "method": row["method"], "remark": remark, "interval": ""}
    if not math.isfinite(u):
        return cells | {"unavailability": "-", "availability": "-", "downtime": "-"}
    if u == 0.0 and high > 0.0:
        return cells | {
            "unavailability": f"at most {high:.3g}",
            "availability": f"at least {format_availability(high)}",
            "downtime": f"at most {format_downtime_per_year(high)}",
        }
    return cells | {
        "unavailability": f"{u:.6g}",
        "interval": format_interval(low, high) if low != high else "",
        "availability": format_availability(u),
        "downtime": format_downtime_per_year(u),
    }


def _skipped(row: dict[str, Any]) -> bool:
    return row["remark"] in ("", "not asked for") and not math.isfinite(row["unavailability"])


def _title(report: Report) -> str:
    runs = (
        f", {report.replications:,} replications, seed {report.seed}" if report.replications else ""
    )
    name = report.scenario.name or "system"
    length = format_duration(report.scenario.horizon)
    return f"{name}: share of time down over {length}{runs} ({report.elapsed_s:.1f} s)"


def _more(report: Report) -> str:
    """Nines, failures per year and mean outage of the system."""
    lines = []
    best = next((x for x in (report.system.exact, report.system.analytic) if x is not None), None)
    if best:
        lines.append(f"nines: {nines(best):.2f}")
    found = report.system.montecarlo
    if found is not None and not found.is_bound and found.low > 0:
        seen = f"{nines(found.high):.2f} .. {nines(found.low):.2f}"
        lines.append(f"nines by Monte-Carlo: {seen}")
    if report.exact_frequency is not None:
        lines.append(f"failures: {report.exact_frequency:.4g} a year in the long run")
    rate, mean = report.frequency, report.mean_outage
    if rate is not None:
        some = f"{rate.value:.4g} ({rate.low:.4g} .. {rate.high:.4g})"
        lines.append(f"failures seen: {f'at most {rate.high:.4g}' if rate.is_bound else some} a year")
    if mean is not None and math.isfinite(mean.value):
        ends = f"{format_duration(mean.low)} .. {format_duration(mean.high)}"
        lines.append(f"mean outage: {format_duration(mean.value)} ({ends})")
    return "\n".join(lines)


def _ladder(steps: Sequence[Step]) -> str:
    from simulator.show.text import text_table

    rows = []
    for step, row in zip(steps, step_rows(steps), strict=True):
        wide = step.low != step.high
        rows.append(
            {
                "assumption": step.name,
                "unavailability": f"{step.unavailability:.5g}",
                "effect": "" if step.name == "analytic" else f"{step.effect:+.3g}",
                "interval": f"{step.low:+.2g} .. {step.high:+.2g}" if wide else "",
                "verdict": row["verdict"],
                "method": step.method,
            }
        )
    plain = ("assumption", "unavailability", "effect", "interval", "verdict", "method")
    heads = {k: k for k in plain} | {"assumption": "switched on", "interval": "95 % interval"}
    heads["verdict"] = ""
    return "from the formulas to this system, one assumption at a time\n" + text_table(rows, heads)
