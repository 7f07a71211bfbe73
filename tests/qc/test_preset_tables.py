"""The presets against tables of observations that were written from the libraries' semantics alone.

`README.md` says what disagreed and who was right. ``pytest -s -k lists`` prints the counts, and the
disagreements in rows whose writer called the sources ambiguous.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import Any

import pytest

from simulator.describe.guards import Consecutive, Count, Rolling
from simulator.describe.presets import PRESETS, Preset, preset
from simulator.describe.retries import EnvoyBudget
from simulator.describe.serving import Outliers
from simulator.rules.backoff import wait
from simulator.rules.breaker import CircuitBreaker
from simulator.rules.budgets import new_budget
from simulator.rules.outliers import OutlierDetector
from simulator.rules.throttle import Throttle
from tests.qc.preset_player import Finding, Table, play, play_backoff, play_fields, tables

LEAST = 20  # rows of each preset that must have been checked and have agreed
TABLES = tables()

# Envoy's retry budget has to be configured; the preset is Envoy without (its `differs` says so).
CONFIGURED = {"twenty per cent of what is in flight": EnvoyBudget()}

_NAME = "admitted as expected, but an ejected member comes back in full: no state is half open"
_FULL = "a member that is back takes every call, Finagle's only one until that is answered"
_ANEW = "a member that is back must fail five times anew, Finagle's one probe once"
_NEVER = "follows from the row before: ours was not ejected again"
_RATE = "the rule of an 80 % success rate is left out"

# Rows that disagree though nobody calls them ambiguous: table -> row -> (what differs, reason).
# In all of them the table is right about the library, and the preset's `differs` states the mapping.
EXCEPTIONS: dict[tuple[str, str], dict[int, tuple[tuple[str, ...], str]]] = {
    ("finagle", "failure accrual: five in a row, equal-jittered dead times"): {
        12: (("state",), _NAME),
        13: (("expect", "state"), _FULL),
        14: (("state",), _ANEW),
        15: (("expect", "state"), _NEVER),
        16: (("state",), _NAME),
        17: (("state",), _ANEW),
        18: (("expect", "state"), _NEVER),
        19: (("state",), _NAME),
        27: (("state",), _NAME),
    },
    ("finagle", "failure accrual: success rate below 0.8"): {7: (("state",), _RATE)},
}


class _Accrual:
    """Finagle's failure accrual as the preset has it: the ejection of a pool's only member."""

    epoch = 0

    def __init__(self, rule: Outliers) -> None:
        self.detector = OutlierDetector(rule, 1)

    def admits(self, now: float) -> bool:
        return not self.detector.is_out(0, now)

    def record(self, now: float, failed: bool, took: float, epoch: int) -> None:
        self.detector.ended(now, 0, not failed)

    def state_at(self, now: float) -> str:
        return "open" if self.detector.is_out(0, now) else "closed"


def _rule(ready: Preset, table: Table) -> Any:
    """A fresh object of the rule that the table speaks of."""
    if table.what == "breaker":
        return CircuitBreaker(ready.breaker) if ready.breaker else _Accrual(ready.outliers)
    if table.what == "budget":
        return new_budget(CONFIGURED.get(table.name, ready.retry.budget))
    if table.what == "throttle":
        return Throttle(ready.throttle)
    return OutlierDetector(ready.outliers, table.members)


def _played(ready: Preset, table: Table) -> list[Finding]:
    if table.what == "retry":
        retry = ready.retry
        return play_backoff(table, retry.attempts, lambda n, u: wait(retry.backoff, n, u, 0.0))
    if table.what == "bulkhead":
        return play_fields(table, {"limit": ready.bulkhead.limit, "wait": ready.bulkhead.wait})
    if table.what == "timeout":
        return play_fields(table, {"seconds": ready.timeout})
    return play(table, _rule(ready, table))


def _unexpected(ready: Preset, table: Table) -> list[str]:
    """Rows that should agree and do not, and exceptions that are none."""
    excused = EXCEPTIONS.get((table.preset, table.name), {})
    wrong = []
    for finding in _played(ready, table):
        allowed = excused[finding.row][0] if finding.row in excused else ()
        if finding.differs != allowed and not (finding.ambiguous and not allowed):
            wrong.append(f"{table}, {finding}")
    return wrong


@pytest.mark.parametrize("table", TABLES, ids=str)
def test_every_row_agrees_or_is_excused(table: Table) -> None:
    assert _unexpected(preset(table.preset), table) == []


def test_there_are_tables_of_every_preset() -> None:
    assert {table.preset for table in TABLES} == set(PRESETS)
    names = [(table.preset, table.what, table.name) for table in TABLES]
    assert len(set(names)) == len(names)


def test_every_exception_belongs_to_an_unmarked_row() -> None:
    rows = {(table.preset, table.name): table.rows for table in TABLES}
    for key, excused in EXCEPTIONS.items():
        for number in excused:
            assert "ambiguous" not in rows[key][number]


@pytest.mark.parametrize("name", PRESETS)
def test_enough_rows_are_checked_and_agree(name: str) -> None:
    found = [f for table in TABLES if table.preset == name for f in _played(preset(name), table)]
    assert sum(not finding.differs for finding in found) >= LEAST


def test_lists_the_counts_and_what_is_ambiguous() -> None:
    """For a reader with -s; ambiguous rows fail nothing."""
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0, 0])
    lines = []
    for table in TABLES:
        excused = EXCEPTIONS.get((table.preset, table.name), {})
        found = _played(preset(table.preset), table)
        open_to_reading = [f for f in found if f.differs and f.row not in excused]
        lines += [f"  {table}, {finding}" for finding in open_to_reading]
        agreed = sum(not f.differs for f in found)
        new = (len(table.rows), len(found), agreed, len(excused), len(open_to_reading))
        counts[table.preset] = [a + b for a, b in zip(counts[table.preset], new)]
    print("\npreset           rows  checked  agreed  excused  ambiguous")
    for name, (rows, checked, agreed, excused, ambiguous) in counts.items():
        print(f"{name:16} {rows:4} {checked:8} {agreed:7} {excused:8} {ambiguous:10}")
        assert checked == agreed + excused + ambiguous
    print("ambiguous rows that disagree:", *lines, sep="\n")


def test_a_configured_budget_of_envoy_keeps_three_retries_too() -> None:
    """Also a control: without it, the fourth of the five retries that 20 % allow is refused."""
    few, many = (
        next(table for table in TABLES if table.preset == "envoy" and table.name == name)
        for name in ("three at least", "twenty per cent of what is in flight")
    )
    assert not any(f.differs for f in play(few, new_budget(EnvoyBudget())))
    assert any(f.differs for f in play(many, new_budget(preset("envoy").retry.budget)))


# Negative controls: each change alone must break a table. preset -> part -> changes, one at a time.
SPOILED: dict[str, dict[str, list[dict[str, Any]]]] = {
    "resilience4j": {
        "breaker": [
            {"probes": 9}, {"probes": 11}, {"minimum": 99}, {"window": Count(101)},
            {"opens_at": 0.49}, {"opens_at": 0.51}, {"slow_at": 0.99}, {"slow_after": 59.9},
            {"slow_after": None}, {"stays_open": 59.0}, {"stays_open": 61.0},
            {"half_open": "first"}, {"late": "ignored"}, {"late_restarts": True},
            {"judged": "on_failure"}, {"one_at_a_time": True},
        ],
        "bulkhead": [{"limit": 24}, {"wait": 1.0}],
        "retry": [{"attempts": 4}],
        "retry.backoff": [{"base": 0.4}, {"kind": "exponential"}, {"jitter": "full"}],
    },
    "hystrix": {
        "breaker": [
            {"minimum": 19}, {"minimum": 21}, {"window": Rolling(9.0, 18)},
            {"window": Rolling(11.0, 22)}, {"opens_at": 0.45}, {"opens_at": 0.51},
            {"stays_open": 4.5}, {"stays_open": 5.5}, {"probes": 2}, {"judged_every": 0.0},
            {"judged_every": 1.0},
        ],
        "bulkhead": [{"limit": 11}],
    },
    "polly": {
        "breaker": [
            {"minimum": 99}, {"minimum": 101}, {"window": Rolling(27.0, 9)},
            {"window": Rolling(33.0, 11)}, {"window": Rolling(30.0, 300)}, {"opens_at": 0.099},
            {"opens_at": 0.101}, {"stays_open": 4.5}, {"stays_open": 5.5}, {"probes": 2},
            {"judged": "always"}, {"late_restarts": True},
        ],
        "retry": [{"attempts": 3}],
        "retry.backoff": [{"base": 1.0}, {"kind": "exponential"}],
    },
    "envoy": {
        "outliers": [
            {"consecutive": 4}, {"consecutive": 6}, {"interval": 9.0}, {"base": 25.0},
            {"base": 36.0}, {"longest": 270.0}, {"longest": 330.0}, {"most": 0.2},
            {"deviations": 1.5}, {"deviations": 2.0}, {"deviations": None}, {"volume": 99},
            {"volume": 101}, {"hosts": 6},
        ],
        "retry": [{"attempts": 3}],
        "retry.backoff": [{"base": 0.02}, {"cap": 0.2}, {"jitter": "none"}],
        "retry.budget": [{"minimum": 2}, {"minimum": 4}],
    },
    "grpc": {
        "retry.budget": [{"token_ratio": 0.2}, {"max_tokens": 9.0}, {"max_tokens": 11.0}],
    },
    "finagle": {
        "outliers": [{"consecutive": 4}, {"consecutive": 6}, {"base": 1.0}, {"base": 9.0}],
        "retry.budget": [{"ttl": 9.0}, {"ttl": 12.0}, {"min_per_s": 9.9}, {"share": 0.25}],
    },
    "aws_standard": {
        "retry": [{"attempts": 4}],
        "retry.backoff": [{"base": 0.9}, {"cap": 21.0}, {"jitter": "equal"}, {"first": 1}],
        "retry.budget": [
            {"size": 495.0}, {"size": 505.0}, {"retry_cost": 4.0}, {"retry_cost": 6.0},
            {"timeout_cost": 9.0}, {"timeout_cost": 11.0}, {"earns": 2.0},
        ],
    },
    "aws_2026": {
        "retry": [{"attempts": 4}],
        "retry.backoff": [{"base": 0.06}, {"cap": 19.0}],
        "retry.budget": [{"size": 505.0}, {"retry_cost": 13.0}, {"retry_cost": 15.0}, {"earns": 2.0}],
    },
    "sre_book": {
        "throttle": [{"k": 1.9}, {"k": 2.1}, {"window": 60.0}, {"window": 200.0}],
        "retry": [{"attempts": 4}],
        "retry.budget": [{"share": 0.08}, {"share": 0.13}],
    },
    "source_document": {
        "breaker": [
            {"window": Consecutive(4)}, {"window": Consecutive(6)},
            {"window": Count(5), "minimum": 5}, {"stays_open": 29.0}, {"stays_open": 31.0},
            {"probes": 2}, {"late": "ignored", "late_restarts": False}, {"late_restarts": False},
        ],
        "retry": [{"attempts": 3}],
        "retry.backoff": [{"base": 0.5}, {"cap": 50.0}, {"factor": 3.0}, {"jitter": "none"}],
    },
}  # fmt: skip


def _with(thing: Any, part: str, change: dict[str, Any]) -> Any:
    """A copy with something changed in a part, named by a path with dots."""
    first, _, rest = part.partition(".")
    inner = getattr(thing, first)
    return replace(
        thing, **{first: _with(inner, rest, change) if rest else replace(inner, **change)}
    )


@pytest.mark.parametrize(
    ("name", "part", "change"),
    [
        pytest.param(name, part, change, id=f"{name}-{part}-{change}")
        for name, parts in SPOILED.items()
        for part, changes in parts.items()
        for change in changes
    ],
)
def test_a_spoiled_preset_fails_a_table(name: str, part: str, change: dict[str, Any]) -> None:
    wrong = _with(preset(name), part, change)
    assert any(_unexpected(wrong, table) for table in TABLES if table.preset == name)


def test_a_spoiled_timeout_fails_a_table() -> None:
    for name in ("hystrix", "polly"):
        wrong = replace(preset(name), timeout=2.0)
        assert any(_unexpected(wrong, table) for table in TABLES if table.preset == name)
