"""Outcomes written by hand: a row for each request and attempt, with words in place of indices."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from simulator.tables.outcomes import CAUSES, OUTCOMES, TRUTHS, Outcomes

NEVER = math.nan


def request(
    sent: float, ended: float, outcome: str = "ok", *, source: int = 0, truth: str = "good", cause: str = "",
    attempts: int = 1, number: int = -1,
) -> dict[str, Any]:  # fmt: skip
    return {
        "source": source, "number": number, "class": 0, "client": 0, "key": 0, "sent_s": sent, "ended_s": ended,
        "outcome": OUTCOMES.index(outcome), "truth": TRUTHS.index(truth), "cause": CAUSES.index(cause),
        "attempts": attempts,
    }  # fmt: skip


def attempt(
    sent: float, started: float = NEVER, served: float = NEVER, ended: float = NEVER, outcome: str = "ok", *,
    site: int = 0, source: int = 0, number: int = 0, attempt: int = 0, parent: int = -1, member: int = 0,
    cause: str = "", truth: str = "good", caller: int = 0, epoch: int = -1,
) -> dict[str, Any]:  # fmt: skip
    return {
        "parent": parent, "site": site, "source": source, "number": number, "attempt": attempt, "caller": caller,
        "member": member, "epoch": epoch, "sent_s": sent, "started_s": started, "served_s": served,
        "ended_s": ended, "outcome": OUTCOMES.index(outcome), "truth": TRUTHS.index(truth),
        "cause": CAUSES.index(cause),
    }  # fmt: skip


def outcomes(
    requests: Sequence[dict[str, Any]], attempts: Sequence[dict[str, Any]] = (), *, horizon_s: float = 10.0,
    sources: Sequence[str] = ("users",), sites: Sequence[str] = ("users>db",), pools: Sequence[str] = ("db",),
    callee: Sequence[int] = (0,),
) -> Outcomes:  # fmt: skip
    """Numbers of requests and ids of attempts are their places, unless they are given."""
    requests = [
        r | {"number": i if r["number"] < 0 else r["number"]} for i, r in enumerate(requests)
    ]
    attempts = [{"id": i} | a for i, a in enumerate(attempts)]
    request_columns = list(request(0.0, 0.0))
    attempt_columns = ["id", *attempt(0.0)]
    return Outcomes(
        {c: np.array([r[c] for r in requests]) for c in request_columns},
        {c: np.array([a[c] for a in attempts]) for c in attempt_columns},
        tuple(sources), ("",), tuple(sites), tuple(pools), tuple(callee), horizon_s,
    )  # fmt: skip
