"""What changes nothing changes no row, bit by bit; and more threads never hurt where that is a theorem.

Renaming is not among it: names are the addresses of all random numbers, so a system with other names
has other luck, and the same rows are not to be expected. Order, units, strangers, faults that do not
come and policies that do not act are.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from random import Random
from typing import Any

import numpy as np
import pytest

from simulator.describe.faults import Every, Poisson
from simulator.describe.pools import Pool
from simulator.describe.serving import Queue
from simulator.describe.sources import Source
from simulator.describe.steps import Call, Work
from simulator.describe.system import Scenario, System
from simulator.history import timeline_of
from simulator.run.events.engine import Traffic
from tests.run.events import twins
from tests.run.events.coverage import kinds
from tests.run.events.places import law
from tests.run.events.scenarios import scenario

FEW, MANY = 12, 250


def traffic(described: Scenario, seed: int, **more: Any) -> Traffic:
    return Traffic(described, timeline_of(described, seed=seed), seed=seed, **more)


def rows(described: Scenario, seed: int, **more: Any) -> dict[str, Any]:
    return twins.canonical(traffic(described, seed).finish(), **more)


@lru_cache(maxsize=MANY)
def unchanged(number: int) -> dict[str, Any]:
    return rows(scenario(number), number)


def stranger(source: str) -> bool:
    return source.startswith(twins.STRANGER)


def same_again(number: int, first: dict[str, Any]) -> list[str]:
    return twins.differences(first, rows(scenario(number), number))


def strangers(number: int, first: dict[str, Any]) -> list[str]:
    other = rows(twins.with_strangers(scenario(number)), number, leave=stranger)
    return twins.differences(first, other)


def far_faults(number: int, first: dict[str, Any]) -> list[str]:
    return twins.differences(first, rows(twins.with_far_faults(scenario(number)), number))


def order_of_pools(number: int, first: dict[str, Any]) -> list[str]:
    return twins.differences(first, rows(twins.backwards(scenario(number)), number))


def idle_policies(number: int, first: dict[str, Any]) -> list[str]:
    return twins.differences(first, rows(twins.with_idle_policies(scenario(number)), number))


def small_steps(number: int, first: dict[str, Any]) -> list[str]:
    run, rng = traffic(scenario(number), number), Random(number)
    for time in sorted(rng.uniform(0.0, run.horizon_s) for _ in range(200)):
        run.advance(time)
    return twins.differences(first, twins.canonical(run.finish()))


def sums_for_rows(number: int, first: dict[str, Any]) -> list[str]:
    with_rows, sums = (
        traffic(scenario(number), number),
        traffic(scenario(number), number, rows=False),
    )
    outcomes, _ = with_rows.finish(), sums.finish()
    a, record = outcomes.attempts, sums.record
    worked = np.nan_to_num(a["served_s"] - a["started_s"])
    found = [
        name for name in ("requests", "attempts", "started")
        if getattr(with_rows.record, name) != getattr(record, name)
    ]  # fmt: skip
    for site in range(len(outcomes.sites)):
        mine = a["site"] == site
        wasted = worked[mine & (a["outcome"] > 1)].sum()
        sums_of = (record.worked_s[site], record.wasted_s[site])  # type: ignore[attr-defined]
        if not np.allclose(sums_of, (worked[mine].sum(), wasted), rtol=1e-9, atol=1e-12):
            found.append(f"time at {outcomes.sites[site]}")
    return found


def other_units(number: int, first: dict[str, Any]) -> list[str]:
    """Milliseconds for seconds; tenths where a budget lives between 1 and 60 s by definition."""
    policies, _, _ = kinds(scenario(number))
    k = 10.0 if any(p.startswith("budget finagle") for p in policies) else 1000.0
    return twins.differences(first, rows(twins.scaled(scenario(number), k), number), k)


CHANGES: dict[str, Callable[[int, dict[str, Any]], list[str]]] = {
    change.__name__: change
    for change in (
        same_again, strangers, far_faults, order_of_pools, idle_policies, small_steps, sums_for_rows, other_units,
    )
}  # fmt: skip


def complaints(change: str, numbers: range) -> dict[int, list[str]]:
    found = {}
    for number in numbers:
        different = CHANGES[change](number, unchanged(number))
        if different:
            found[number] = different
    return found


@pytest.mark.parametrize("change", CHANGES)
def test_it_changes_no_row(change):
    assert complaints(change, range(FEW)) == {}


@pytest.mark.slow
@pytest.mark.parametrize("change", CHANGES)
def test_it_changes_no_row_of_many(change):
    assert complaints(change, range(FEW, MANY)) == {}


def test_rows_that_differ_are_told_apart():
    """The comparison itself: another seed, or one service a little longer, is seen."""
    first = rows(scenario(3), 3)
    assert twins.differences(first, rows(scenario(3), 4))
    assert twins.differences(first, first | {"attempt served_s": first["attempt served_s"] * (1 + 1e-15)})  # fmt: skip


# --- more capacity --------------------------------------------------------------------------------


def single(number: int, order: Any = "fifo", **changes: Any) -> Scenario:
    """One member with c threads, no limits, no timeouts: a queue G/G/c."""
    rng = Random(number)
    works = [Work(law(rng, rng.uniform(0.005, 0.03))) for _ in range(rng.randint(1, 2))]
    rate = rng.uniform(30.0, 150.0)
    arrivals = Poisson(rate) if rng.random() < 0.7 else Every(1.0 / rate)
    first = ("a",) if order == "priority" else ()
    found: dict[str, Any] = {"threads": rng.randint(1, 4), "queue": Queue(order=order, first=first)}
    found |= {key: change(found[key]) for key, change in changes.items()}
    return Scenario(
        System([Pool("db", serve=works, **found)]), horizon=3.0,
        sources=[Source("users", arrivals, Call("db"), {"a": 0.5, "b": 0.5})],
    )  # fmt: skip


def hurt(number: int, order: str = "fifo") -> int:
    """Requests that end later when there is one thread more."""
    fewer, more = single(number, order), single(number, order, threads=lambda c: c + 1)
    ends = [np.nan_to_num(rows(s, number)["request ended_s"], nan=np.inf) for s in (fewer, more)]
    return int((ends[1] > ends[0] + 1e-9).sum())


def test_one_thread_more_hurts_nobody_who_is_served_in_order():
    """A theorem for G/G/c, first come first served, with the same services for each request.

    By induction on arrivals: the ordered vector of the times at which threads are free is, with one
    thread more, nowhere larger (Kiefer and Wolfowitz 1955; Stoyan 1983, section 5.2).
    """
    assert {number: hurt(number) for number in range(30) if hurt(number)} == {}


def test_one_thread_more_may_hurt_whom_lifo_serves():
    """The negative control: no theorem, and examples to the contrary."""
    assert sum(hurt(number, "lifo") > 0 for number in range(30)) >= 3
