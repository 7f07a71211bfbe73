"""Plays a table of observations against the rule it speaks of, and says where the two differ.

A table is a list of rows in the order of time. A row does something (asks for a call, reports a
result, lets a retry be asked for ...), `repeat` times over, and may say what must follow. Nothing
here knows a preset or a rule: the object played against is handed in, and only the methods of the
rules of the simulator are called on it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["Finding", "Table", "play", "play_backoff", "play_fields", "tables"]

Row = dict[str, Any]
_FILE = Path(__file__).parent / "preset_tables.json"


@dataclass(frozen=True)
class Table:
    """What somebody expects of a preset who has read the library and not our code."""

    preset: str
    what: str
    name: str
    rows: tuple[Row, ...]
    members: int = 0  # of a pool, for outlier detection

    def __str__(self) -> str:
        return f"{self.preset}: {self.what}, {self.name}"


@dataclass(frozen=True)
class Finding:
    """One row that says what must follow, and what did."""

    row: int
    expected: dict[str, Any]
    got: dict[str, Any]
    ambiguous: bool
    why: str

    @property
    def differs(self) -> tuple[str, ...]:
        """What of the expectation does not hold; empty if all of it does."""
        return tuple(
            key for key, value in self.expected.items() if not _equal(value, self.got[key])
        )

    def __str__(self) -> str:
        return f"row {self.row}: expected {self.expected}, got {self.got} ({self.why})"


def tables() -> list[Table]:
    """All tables of the file."""
    found: dict[str, list[Row]] = json.loads(_FILE.read_text(encoding="utf-8"))
    return [
        Table(preset, one["what"], one["name"], tuple(one["rows"]), one.get("members", 0))
        for preset, some in found.items()
        for one in some
    ]


def play(table: Table, rule: Any) -> list[Finding]:
    """Play a table of a breaker, a budget, a throttle or outliers against a fresh object.

    Parameters
    ----------
    table : Table
    rule : CircuitBreaker, BudgetState, Throttle or OutlierDetector
        Whichever `table.what` asks for, or something with its methods.
    """
    player = {"breaker": _Breaker, "budget": _Budget, "throttle": _Throttle, "outliers": _Outliers}
    step: Callable[[Row], dict[str, Any]] = player[table.what](rule).step
    return list(_findings(table, step, ("expect", "state", "chance", "out")))


def play_backoff(
    table: Table, attempts: object, wait: Callable[[int, float], float]
) -> list[Finding]:
    """A table of a retry: attempts in all, and the shortest and longest ``wait(n, u)`` before retry n."""

    def step(row: Row) -> dict[str, Any]:
        if "attempts" in row:
            return {"attempts": attempts}
        return {"expect_low": wait(row["n"], 0.0), "expect_high": wait(row["n"], 1.0)}

    return list(_findings(table, step, ("attempts", "expect_low", "expect_high")))


def play_fields(table: Table, fields: dict[str, Any]) -> list[Finding]:
    """A table of plain numbers: the permits and the wait of a bulkhead, the seconds of a timeout."""
    return list(_findings(table, lambda row: fields, tuple(fields)))


def _findings(
    table: Table, step: Callable[[Row], dict[str, Any]], keys: tuple[str, ...]
) -> Iterator[Finding]:
    for number, row in enumerate(table.rows):
        got = step(row)
        expected = {key: row[key] for key in keys if key in row}
        if expected:
            shown = {key: got[key] for key in expected}
            yield Finding(number, expected, shown, bool(row.get("ambiguous")), row["why"])


def _equal(expected: Any, got: Any) -> bool:
    if isinstance(expected, bool) or isinstance(got, bool) or not isinstance(expected, float):
        return type(expected) is type(got) and bool(expected == got)
    return isinstance(got, float | int) and math.isclose(expected, got, rel_tol=1e-12, abs_tol=0.0)


def _all_of(answers: list[bool]) -> bool | str:
    """The answer that all repeats got; words if they did not get the same one."""
    if len(set(answers)) == 1:
        return answers[0]
    return f"{answers.count(True)} of {len(answers)} yes"


class _Breaker:
    """Hands results to the calls they belong to, going by the changes of state that the table tells.

    A change told by a row that asks comes before its calls, one told by a result after it.
    """

    def __init__(self, rule: Any) -> None:
        self.rule = rule
        self.told = "closed"
        self.fresh: list[tuple[float, int]] = []  # admitted since the change: when, epoch
        self.late: list[tuple[float, int]] = []

    def step(self, row: Row) -> dict[str, Any]:
        now, repeat = row["t"], row.get("repeat", 1)
        if row["do"] == "admit":
            self._told(row["state"])
            answers = [self._ask(now, row["expect"]) for _ in range(repeat)]
            return {"expect": _all_of(answers), "state": self.rule.state_at(now)}
        for _ in range(repeat):
            self._result(row, now)
        self._told(row["state"])
        return {"state": self.rule.state_at(now)}

    def _ask(self, now: float, expected: bool) -> bool:
        admitted: bool = self.rule.admits(now)
        if expected:  # also if we refused it: the table goes on as if it had been sent
            self.fresh.append((now, self.rule.epoch))
        return admitted

    def _result(self, row: Row, now: float) -> None:
        """The oldest fitting call ends; that it took what the row says checks the table itself."""
        calls = self.late if row["do"].startswith("late") else self.fresh
        since, epoch = calls.pop(0)
        assert math.isclose(now - since, row["took"], rel_tol=1e-9, abs_tol=0.0), (row, since)
        self.rule.record(now, row["do"].endswith("fail"), row["took"], epoch)

    def _told(self, state: str) -> None:
        if state != self.told:
            self.late += self.fresh
            self.fresh = []
            self.told = state


class _Budget:
    def __init__(self, rule: Any) -> None:
        self.rule = rule
        self.last_cost: float | None = None

    def step(self, row: Row) -> dict[str, Any]:
        answers = [self._once(row) for _ in range(row.get("repeat", 1))]
        return {"expect": _all_of(answers)}

    def _once(self, row: Row) -> bool:
        now, do, rule = row["t"], row["do"], self.rule
        if do == "spend":
            cost = rule.spend(now, row["timed_out"])
            self.last_cost = self.last_cost if cost is None else cost
            return cost is not None
        if do == "call":
            rule.call_started(now)
        elif do == "sent":
            rule.sent(now, row["retry"])
        elif do in ("attempt_ok", "attempt_failed"):
            rule.attempt_ended(now, do == "attempt_ok", row["retry"])
        else:
            assert do in ("call_ok", "call_failed"), do
            rule.call_ended(now, do == "call_ok", self.last_cost if row["retried"] else None)
        return True


class _Throttle:
    def __init__(self, rule: Any) -> None:
        self.rule = rule

    def step(self, row: Row) -> dict[str, Any]:
        note = {"ask": self.rule.asked, "accept": self.rule.accepted}[row["do"]]
        for _ in range(row.get("repeat", 1)):
            note(row["t"])
        return {"chance": self.rule.chance(row["t"])}


class _Outliers:
    def __init__(self, rule: Any) -> None:
        self.rule = rule

    def step(self, row: Row) -> dict[str, Any]:
        if row["do"] != "look":
            for _ in range(row.get("repeat", 1)):
                self.rule.ended(row["t"], row["member"], row["do"] == "ok")
        return {"out": sorted(self.rule.ejected(row["t"]))}
