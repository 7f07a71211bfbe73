"""One request from its source's call down to the last pool: a tree of attempts with bars of time."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from simulator.describe.units import format_duration
from simulator.errors import DescriptionError
from simulator.show.text import duration_unit
from simulator.tables.outcomes import CAUSES, IN_FLIGHT, OUTCOMES, TRUTHS, Outcomes

__all__ = ["trace"]

_WIDTH, _BAR, _NAME = 100, 30, 23
_WAITS, _SERVED, _IN_VAIN, _AWAY, _ON = "·", "█", "░", "×", "▸"
_KEY = (
    f"{_WAITS} on its way or waiting   {_SERVED} served   {_IN_VAIN} served after its caller had left   "
    f"{_AWAY} turned away   {_ON} goes on"
)


@dataclass(slots=True)
class _Span:
    """An attempt; times in seconds since the request was sent, NaN where there is none."""

    id: int
    name: str
    sent: float
    started: float
    served: float
    ended: float
    told: str
    below: list[_Span] = field(default_factory=list)


def trace(outcomes: Outcomes, number: int, source: str | None = None, most: int = 60) -> str:
    """The attempts of one request as a tree, with times, bars, outcomes and causes.

    Parameters
    ----------
    outcomes : Outcomes
        With rows.
    number : int
        Number of the request at its source, from 0.
    source : str, optional
        Needed if there are several.
    most : int
        Lines for attempts; of more, only the number is told.

    Returns
    -------
    str
        At most 100 columns wide, without a final newline.

    Raises
    ------
    DescriptionError
        If there is no such request or source.
    """
    which = _source(outcomes, source)
    row = _request(outcomes, number, which)
    sent = float(outcomes.requests["sent_s"][row])
    ended = float(outcomes.requests["ended_s"][row])
    roots, count, held, in_vain = _tree(outcomes, number, which, sent)
    took = (outcomes.horizon_s if math.isnan(ended) else ended) - sent
    length = max([took, *(s.ended for s in roots if not math.isnan(s.ended))]) or 1e-9
    unit, size = duration_unit(length)
    lines = [_head(outcomes, row, took), _about(outcomes, row, count, held, in_vain), ""]
    scale = f"0{_number(length / size):>{_BAR - 1}}"
    lines.append(f"{'attempt':{_NAME}} {f'at {unit}':>7} {f'took {unit}':>7}  {scale}  outcome")
    for shown, (prefix, span) in enumerate(_walk(roots)):
        if shown >= most:
            lines.append(f"… and {count - most} more attempts")
            break
        lines.append(_line(prefix, span, length, size))
    lines += ["", _KEY]
    return "\n".join(line.rstrip()[:_WIDTH] for line in lines)


def _source(outcomes: Outcomes, source: str | None) -> int:
    if source is None and len(outcomes.sources) == 1:
        return 0
    if source not in outcomes.sources:
        raise DescriptionError(f"{source!r}: there are {', '.join(outcomes.sources)}", "source")
    return outcomes.sources.index(source)


def _request(outcomes: Outcomes, number: int, source: int) -> int:
    """Row of the request."""
    if "number" not in outcomes.requests:
        raise DescriptionError("this run kept sums only: run it with rows", "requests")
    ours = outcomes.requests["source"] == source
    found = np.flatnonzero(ours & (outcomes.requests["number"] == number))
    if not found.size:
        many = int(ours.sum())
        raise DescriptionError(
            f"{number!r}: {outcomes.sources[source]} sent {many} requests", "number"
        )
    return int(found[0])


def _tree(
    outcomes: Outcomes, number: int, source: int, zero: float
) -> tuple[list[_Span], int, float, float]:
    """Spans that the source made, how many there are in all, thread time, and that for nobody."""
    a = outcomes.attempts
    rows = np.flatnonzero((a["number"] == number) & (a["source"] == source))
    spans: dict[int, _Span] = {}
    roots: list[_Span] = []
    held = in_vain = 0.0
    for i in rows:
        sent, started, served, ended = (
            float(a[c][i]) - zero for c in ("sent_s", "started_s", "served_s", "ended_s")
        )
        name, told = _name(outcomes, int(i)), _outcome(outcomes, int(i))
        span = _Span(int(a["id"][i]), name, sent, started, served, ended, told)
        spans[span.id] = span
        parent = spans.get(int(a["parent"][i]))
        (roots if parent is None else parent.below).append(span)
        time = span.served - span.started
        if not math.isnan(time):
            held += time
            in_vain += time if a["outcome"][i] > 1 and a["outcome"][i] != IN_FLIGHT else 0.0
    return roots, len(rows), held, in_vain


def _name(outcomes: Outcomes, row: int) -> str:
    a = outcomes.attempts
    site, member, again = int(a["site"][row]), int(a["member"][row]), int(a["attempt"][row])
    pool = outcomes.pools[outcomes.callee[site]]
    label = outcomes.sites[site].partition(">")[2]
    name = pool if member < 0 else f"{pool}[{member}]"
    if label != pool:
        name += f" {label}"
    return f"{name} try {again + 1}" if again else name


def _outcome(outcomes: Outcomes, row: int) -> str:
    a = outcomes.attempts
    outcome, cause, truth = (int(a[c][row]) for c in ("outcome", "cause", "truth"))
    told = OUTCOMES[outcome].replace("_", " ")
    if CAUSES[cause] and CAUSES[cause] != OUTCOMES[outcome]:
        told += f": {CAUSES[cause].removeprefix('a ')}"
    return f"{told}, {TRUTHS[truth]}" if outcome <= 1 and truth else told


def _head(outcomes: Outcomes, row: int, took: float) -> str:
    r = outcomes.requests
    outcome, cause, truth = (int(r[c][row]) for c in ("outcome", "cause", "truth"))
    told = OUTCOMES[outcome].replace("_", " ")
    told += f" ({CAUSES[cause]})" if CAUSES[cause] else ""
    if outcome <= 1:
        told += f", answer {TRUTHS[truth]}"
    when = "at the end, after" if outcome == IN_FLIGHT else "after"
    kind = outcomes.classes[int(r["class"][row])]
    who = f"request {int(r['number'][row])} of {outcomes.sources[int(r['source'][row])]}"
    return f"{who}{f', class {kind}' if kind else ''}: {told} {when} {format_duration(took)}"


def _about(outcomes: Outcomes, row: int, count: int, held: float, in_vain: float) -> str:
    own = int(outcomes.requests["attempts"][row])
    sent = float(outcomes.requests["sent_s"][row])
    parts = [
        f"sent at {sent:.6g} s",
        f"{own} {'attempt' if own == 1 else 'attempts'} by the source, {count} in all",
    ]
    if held:
        part = "all" if in_vain == held else format_duration(in_vain)
        vain = f", {part} of it in vain" if in_vain else ""
        parts.append(f"threads held {format_duration(held)}{vain}")
    return "; ".join(parts)


def _walk(spans: list[_Span], indent: str = "", top: bool = True) -> Iterator[tuple[str, _Span]]:
    """Every span with the branches drawn before its name, depth first."""
    for place, span in enumerate(spans):
        last = place == len(spans) - 1
        yield indent + ("" if top else "└ " if last else "├ "), span
        yield from _walk(span.below, indent + ("" if top else "  " if last else "│ "), False)


def _line(prefix: str, span: _Span, length: float, unit: float) -> str:
    name = prefix + span.name
    if len(name) > _NAME:
        name = name[: _NAME - 1] + "…"
    took = "" if math.isnan(span.ended) else _number((span.ended - span.sent) / unit)
    bar = _bar(span, length)
    return f"{name:{_NAME}} {_number(span.sent / unit):>7} {took:>7}  {bar:{_BAR}}  {span.told}"


def _number(value: float) -> str:
    """Up to four digits, without an exponent."""
    decimals = 0 if abs(value) >= 1000 else 1 if abs(value) >= 100 else 2 if abs(value) >= 10 else 3
    text = f"{value:.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _bar(span: _Span, length: float) -> str:
    """What the attempt was doing when, on a scale from 0 to `length` seconds."""
    cells = [" "] * _BAR
    over = span.ended if not math.isnan(span.ended) else math.inf
    gone = span.served if not math.isnan(span.served) else over
    end = max(over if math.isinf(gone) else gone, over if not math.isinf(over) else gone)
    _fill(cells, span.sent, end, length, _WAITS)
    if not math.isnan(span.started):
        _fill(cells, span.started, gone, length, _IN_VAIN)
        _fill(cells, span.started, min(gone, over), length, _SERVED)
    elif span.ended <= span.sent:
        cells[_cell(span.sent, length)] = _AWAY
    if end > length * (1 + 1e-9):
        cells[-1] = _ON
    return "".join(cells)


def _fill(cells: list[str], start: float, end: float, length: float, mark: str) -> None:
    """Mark the cells from start to end, one at least unless the end comes before the start."""
    if end < start or start > length:
        return
    first = _cell(start, length)
    last = max(first + 1, min(_BAR, math.ceil(min(end, length) / length * _BAR - 1e-6)))
    cells[first:last] = mark * (last - first)


def _cell(time: float, length: float) -> int:
    return max(0, min(_BAR - 1, int(time / length * _BAR + 1e-9)))
