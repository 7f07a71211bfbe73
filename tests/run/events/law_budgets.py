"""Laws of retry budgets, worked out again from the rows: who retried, and what that was paid with."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from simulator.describe.guards import LeakyBucket
from simulator.describe.retries import (
    AwsQuota,
    EnvoyBudget,
    FinagleBudget,
    GrpcThrottle,
    ShareOfTraffic,
    TokenBucket,
)
from tests.run.events.law_callers import last_ones
from tests.run.events.seen import EPS, Seen, outcome

__all__ = ["LAWS"]

WELL = outcome("ok", "degraded")
(TIMED_OUT, CANCELLED) = outcome("timeout", "cancelled")


@dataclass
class Account:
    """What bears on one budget: times of calls and of successes; retries with what came before."""

    calls: list[float]
    wins: list[tuple[float, int]]
    retries: list[tuple[float, int, int]]


def _accounts(seen: Seen, site: int, scope: str) -> dict[Any, Account]:
    """By who shares the budget. A retry is granted when the last attempt before it has failed.

    The budget of a pair is left out where copies of a hedge may have asked different members.
    """
    a = seen.a
    found: dict[Any, Account] = {}

    def account(j: int) -> Account:
        who = {"caller": int(a["caller"][j]), "shared": -1}.get(
            scope, (int(a["caller"][j]), int(a["member"][j]))
        )
        return found.setdefault(who, Account([], [], []))

    for (index, *_), rows in seen.groups.items():
        if index != site:
            continue
        if scope != "pair" or a["member"][rows[0]] >= 0:
            account(rows[0]).calls.append(float(a["sent_s"][rows[0]]))
        for number in range(1, int(a["attempt"][rows].max()) + 1):
            last = last_ones(seen, [j for j in rows if a["attempt"][j] == number - 1])[-1]
            first = next(j for j in rows if a["attempt"][j] == number)
            account(last).retries.append((float(a["ended_s"][last]), last, first))
        for j in rows:
            if a["outcome"][j] in WELL:
                account(j).wins.append((float(a["ended_s"][j]), j))
    for mine in found.values():
        mine.calls.sort()
        mine.wins.sort()
        mine.retries.sort()
    return found


def budgets_are_kept(seen: Seen) -> None:
    """Retries never exceed what the budget of their call allows."""
    for site, call in enumerate(seen.calls):
        if call.retry is None or call.retry.budget is None or seen.roles[site].times > 1:
            continue
        rule = call.retry.budget
        if rule.scope == "pair" and call.hedge is not None:
            continue
        waits = call.bulkhead is not None and call.bulkhead.wait > 0
        waits = waits or isinstance(call.rate_limit, LeakyBucket)
        for account in _accounts(seen, site, rule.scope).values():
            if isinstance(rule, TokenBucket):
                _bucket(rule, account, waits)
            elif isinstance(rule, ShareOfTraffic | FinagleBudget):
                _share(rule, account, waits)
            elif isinstance(rule, AwsQuota):
                _quota(seen, rule, account)
            elif isinstance(rule, EnvoyBudget) and rule.scope != "pair":
                _under_way(seen, site, rule, account)
            elif isinstance(rule, GrpcThrottle) and rule.scope == "shared":
                _count(seen, site, rule, account)


def _bucket(rule: TokenBucket, account: Account, waits: bool) -> None:
    """Token by token, in exact fractions; where the start of a call is unsure, only the sum."""
    earns, size = Fraction(str(rule.per_call)), Fraction(str(rule.size))
    calls = np.array(account.calls)
    tokens, calls_so_far = size, 0
    for spent, (time, _, retry) in enumerate(account.retries):
        # a call that waits for a permit is sent after it began
        started = len(calls) if waits else int(np.searchsorted(calls, time, side="right"))
        assert spent + 1 <= size + earns * started, f"retry {retry} is not paid for"
        if waits:
            continue
        before = int(np.searchsorted(calls, time, side="left"))
        tokens = min(size, tokens + earns * (before - calls_so_far))
        calls_so_far = before
        most = tokens + earns * (started - before)  # those of this very instant: first or last?
        assert most > 1 if rule.strict else most >= 1, f"retry {retry} with {most} tokens"
        tokens -= 1


def _share(rule: ShareOfTraffic | FinagleBudget, account: Account, waits: bool) -> None:
    """While nothing is forgotten: retries are at most the share of the calls, and the reserve."""
    window = rule.window if isinstance(rule, ShareOfTraffic) else rule.ttl
    reserve = 0.0 if isinstance(rule, ShareOfTraffic) else rule.min_per_s * rule.ttl
    calls = np.array(account.calls)
    for spent, (time, _, retry) in enumerate(account.retries):
        if time >= 0.9 * window:
            break
        started = len(calls) if waits else np.searchsorted(calls, time, side="right")
        most = rule.share * started + reserve
        slack = 0.0 if isinstance(rule, ShareOfTraffic) else 0.01 * most
        assert spent + 1 <= most + slack + EPS, f"retry {retry} is number {spent + 1}, {most}"


def _quota(seen: Seen, rule: AwsQuota, account: Account) -> None:
    """What retries cost is at most what there was and what successes gave back."""
    first_cost = [
        rule.timeout_cost if seen.a["outcome"][last] == TIMED_OUT else rule.retry_cost
        for _, last, _ in account.retries
    ]
    paid = {retry: cost for cost, (_, _, retry) in zip(first_cost, account.retries)}
    dearest = max(rule.retry_cost, rule.timeout_cost)
    spent = 0.0
    for cost, (time, _, retry) in zip(first_cost, account.retries):
        spent += cost
        back = 0.0
        for won, j in account.wins:
            if won <= time:
                back += paid.get(j, dearest) if seen.a["attempt"][j] else rule.earns
        assert spent <= rule.size + back + EPS, f"retry {retry}: {spent} of {rule.size} + {back}"


def _under_way(seen: Seen, site: int, rule: EnvoyBudget, account: Account) -> None:
    """Retries under way are at most a share of the attempts under way, or the minimum."""
    a = seen.a
    granted = np.array([time for time, _, _ in account.retries])
    ended = np.array([a["ended_s"][retry] for _, _, retry in account.retries])
    callers = {int(a["caller"][retry]) for _, _, retry in account.retries}
    mine = np.flatnonzero(
        (a["site"] == site)
        & ((rule.scope == "shared") | np.isin(a["caller"], list(callers)))
    )  # fmt: skip
    for time, _, retry in account.retries:
        retries = ((granted <= time) & ~(ended <= time)).sum()
        under_way = ((a["sent_s"][mine] <= time) & ~(a["ended_s"][mine] < time)).sum()
        most = max(rule.minimum, rule.share * under_way)
        assert retries <= most + EPS, f"retry {retry} is one of {retries}, {most} may be under way"


def _count(seen: Seen, site: int, rule: GrpcThrottle, account: Account) -> None:
    """The count of failures and successes is above half at each retry; one event at a time."""
    a = seen.a
    ratio, most = Fraction(str(rule.token_ratio)), Fraction(str(rule.max_tokens))
    ends = np.flatnonzero((a["site"] == site) & seen.wired & ~np.isin(a["outcome"], [CANCELLED]))
    ends = ends[~np.isnan(a["ended_s"][ends])]
    _, copies = np.unique(a["ended_s"][ends], return_counts=True)
    if (copies > 1).any() or (seen.pair & ~seen.wired)[a["site"] == site].any():
        return  # the order of ends at one instant is not in the rows
    granted = {last: retry for _, last, retry in account.retries}
    tokens = most
    for j in ends[np.argsort(a["ended_s"][ends])]:
        won = a["outcome"][j] in WELL
        tokens = min(most, tokens + ratio) if won else max(Fraction(0), tokens - 1)
        assert j not in granted or 2 * tokens > most, f"retry {granted[j]} with {tokens}"


LAWS = (budgets_are_kept,)
