"""Retry budgets in the long run: what the rules of known libraries let through.

Attempts fail independently with one probability unless said otherwise.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from simulator.errors import DescriptionError
from simulator.run.exact.arguments import at_least_zero, positive, share, whole

__all__ = [
    "QuotaState", "adaptive_rejection", "adaptive_sending", "concurrent_retry_limit", "quota_retries",
    "quota_switch", "retry_rate_limit", "throttle_shutoff",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class QuotaState:
    """A retry quota in the long run; see :func:`quota_retries`.

    Parameters
    ----------
    retries : float
        Mean retries for each request.
    success : float
        Probability that a request succeeds in the end.
    exhausted : bool
        Whether the quota is what limits the retries.
    """

    retries: float
    success: float
    exhausted: bool


def quota_retries(*, failure: float, cost: float = 5.0, retries: int = 2) -> QuotaState:
    """Client-side retry quota of the AWS SDKs, standard mode, long run.

    A retry costs `cost` tokens; a success after retries gives the last cost back, one without
    retries gives 1. With x retries a request the tokens balance at x = (1-p) / (cost p), which is
    what an exhausted quota allows; otherwise all retries are made, p + ... + p^retries. Each attempt
    succeeds with 1 - p whoever paid for it, so (1-p) (1+x) of the requests do.

    Parameters
    ----------
    failure : float
        p, probability that an attempt fails.
    cost : float
        Tokens for a retry (5; 10 after a timeout; 14 for transient errors in the revision of 2026).
    retries : int
        At most for each request: attempts less 1.

    Raises
    ------
    DescriptionError
        For an argument out of range.

    Examples
    --------
    >>> round(quota_retries(failure=0.5).retries, 9)
    0.2
    """
    p, price = share(failure, "failure"), positive(cost, "cost")
    wanted = math.fsum(p**k for k in range(1, whole(retries, "retries", 0, 10_000) + 1))
    allowed = (1.0 - p) / (price * p) if p else math.inf
    made = min(wanted, allowed)
    return QuotaState(made, (1.0 - p) * (1.0 + made), wanted > allowed)


def quota_switch(*, cost: float = 5.0, retries: int = 2) -> float:
    """Failure probability above which the quota of :func:`quota_retries` runs out.

    Raises
    ------
    DescriptionError
        For an argument out of range.
    """
    from scipy.optimize import brentq

    price, count = positive(cost, "cost"), whole(retries, "retries", 1, 10_000)

    def missing(p: float) -> float:
        return price * p * math.fsum(p**k for k in range(1, count + 1)) - (1.0 - p)

    return float(brentq(missing, 0.0, 1.0, xtol=1e-15, rtol=1e-15))


def throttle_shutoff(token_ratio: float) -> float:
    """Failure share at which gRPC's retry throttle shuts retries off: ratio / (1 + ratio).

    A failed call takes one token, a successful one adds `token_ratio` (gRFC A6): at this share the
    tokens neither rise nor fall; above it they fall to where retries stop.

    Parameters
    ----------
    token_ratio : float
        Tokens added by a success, above 0.

    Raises
    ------
    DescriptionError
        For an argument out of range.
    """
    ratio = positive(token_ratio, "token_ratio")
    return ratio / (1.0 + ratio)


def retry_rate_limit(rate: float, *, ratio: float = 0.2, floor: float = 10.0) -> float:
    """Most retries per second that Finagle's budget sustains: ratio * rate + floor.

    Parameters
    ----------
    rate : float
        Requests per second of one client.
    ratio : float
        Retries for each request.
    floor : float
        Retries per second that are always allowed; of a small client it is most of the budget.

    Raises
    ------
    DescriptionError
        For an argument out of range.
    """
    extra = at_least_zero(ratio, "ratio") * at_least_zero(rate, "rate")
    return extra + at_least_zero(floor, "floor")


def concurrent_retry_limit(active: float, *, ratio: float = 0.2, floor: int = 3) -> float:
    """Most retries in flight by Envoy's retry budget: the larger of `floor` and ratio * active.

    Parameters
    ----------
    active : float
        Requests active or pending, retries included.
    ratio : float
        Share of them that may be retries.
    floor : int
        Retries that are always allowed.

    Raises
    ------
    DescriptionError
        For an argument out of range.
    """
    part = share(ratio, "ratio") * at_least_zero(active, "active")
    return max(float(whole(floor, "floor", 0)), part)


def adaptive_rejection(*, requests: float, accepts: float, multiplier: float = 2.0) -> float:
    """Probability that a client rejects a request itself: max(0, (n - K a) / (n + 1)) (Google SRE).

    Parameters
    ----------
    requests, accepts : float
        Requests made by the application, and accepted by the backend, in the client's window.
    multiplier : float
        K, at least 1.

    Raises
    ------
    DescriptionError
        For an argument out of range, or more accepts than requests.
    """
    made, taken = at_least_zero(requests, "requests"), at_least_zero(accepts, "accepts")
    if taken > made:
        raise DescriptionError(f"{accepts!r} accepted of {requests!r}", "accepts")
    return max(0.0, (made - _multiplier(multiplier) * taken) / (made + 1.0))


def adaptive_sending(*, rate: float, accepted: float, multiplier: float = 2.0) -> float:
    """Requests per second that reach a backend that accepts so many: K times that, at most all.

    Parameters
    ----------
    rate : float
        Requests per second of the application.
    accepted : float
        What the backend accepts per second when it is offered more.
    multiplier : float
        K, at least 1.

    Raises
    ------
    DescriptionError
        For an argument out of range.
    """
    most = _multiplier(multiplier) * at_least_zero(accepted, "accepted")
    return min(at_least_zero(rate, "rate"), most)


def _multiplier(value: float) -> float:
    factor = positive(value, "multiplier")
    if factor < 1.0:
        raise DescriptionError(f"{value!r}: at least 1 is needed", "multiplier")
    return factor
