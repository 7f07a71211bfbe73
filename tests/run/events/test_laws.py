"""Every law holds in every generated scenario, and the scenarios leave nothing out.

A failure names the scenario; ``broken(observe(scenario(n), n, seed=n))`` runs it again.
"""

from __future__ import annotations

from collections import Counter
from itertools import product

import pytest

from tests.run.events import coverage
from tests.run.events.laws import broken
from tests.run.events.policies import WISHES
from tests.run.events.scenarios import FAULTS, QUEUES, scenario
from tests.run.events.seen import observe

FEW, MANY = 300, 2000
LEAST_PAIRS, LEAST_HAPPENINGS = 20, 200


def run(numbers: range) -> tuple[dict[int, dict[str, str]], Counter[str]]:
    """Scenarios that break laws, and how many had each happening."""
    found: dict[int, dict[str, str]] = {}
    counts: Counter[str] = Counter()
    for number in numbers:
        seen = observe(scenario(number), number, seed=number)
        counts.update(coverage.happened(seen))
        counts["requests"] += len(seen.r["number"])
        counts["attempts"] += len(seen.a["id"])
        laws = broken(seen)
        if laws:
            found[number] = laws
    return found, counts


def test_laws_of_some_scenarios():
    found, counts = run(range(FEW))
    assert found == {}
    for name in coverage.HAPPENINGS:
        assert counts[name] >= FEW * LEAST_HAPPENINGS / MANY, f"{name}: {counts[name]}"


@pytest.mark.slow
def test_laws_of_many_scenarios():
    found, counts = run(range(MANY))
    print(f"\n{MANY} scenarios: {counts['requests']:,} requests, {counts['attempts']:,} attempts")
    for name in coverage.HAPPENINGS:
        print(f"  {name:<22}{counts[name]:>6}")
    assert found == {}
    for name in coverage.HAPPENINGS:
        assert counts[name] >= LEAST_HAPPENINGS, f"{name}: {counts[name]}"


def test_every_pair_of_policy_fault_and_queue_occurs():
    counts: Counter[tuple[str, str]] = Counter()
    for number in range(MANY):
        counts.update(set(coverage.pairs(scenario(number))))
    print()
    for rows, columns in ((WISHES, FAULTS), (WISHES, QUEUES), (FAULTS, QUEUES)):
        print(coverage.table(counts, rows, columns), end="\n\n")
        rare = [pair for pair in product(rows, columns) if counts[pair] < LEAST_PAIRS]
        assert not rare, f"seldom together: {rare}"
        print(
            f"least of {len(rows) * len(columns)}: {min(counts[p] for p in product(rows, columns))}\n"
        )
