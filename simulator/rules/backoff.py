"""How long a caller waits before its next attempt, given one uniform number."""

from __future__ import annotations

from simulator.describe.retries import Backoff

__all__ = ["wait"]


def wait(backoff: Backoff, n: int, u: float, before: float) -> float:
    """Seconds to wait before retry `n`.

    Parameters
    ----------
    backoff : Backoff
    n : int
        1 for the first retry. Any size: growth beyond what a float holds is the cap.
    u : float
        Uniform on [0, 1); not used without jitter.
    before : float
        The wait before the retry before, seconds; used by jitter "decorrelated" alone. For the first
        retry: ``backoff.base``.

    Returns
    -------
    float
        Seconds, 0 or more; at most the cap, except with jitter "spread", which is applied after it.

    Notes
    -----
    The five kinds of jitter are those of the article "Exponential Backoff And Jitter" (Amazon
    Architecture Blog, 2015) and the plus-minus spread of gRPC and resilience4j. With "decorrelated"
    the wait is uniform on base to three times the one before, and then capped, so the cap itself has
    positive probability.

    Examples
    --------
    >>> wait(Backoff(0.1, cap=1.0, jitter="none"), 3, 0.0, 0.0)
    0.4
    """
    jitter = backoff.jitter
    if jitter == "decorrelated":
        low = backoff.base
        return min(backoff.cap, low + u * max(3.0 * before - low, 0.0))
    full = _without_jitter(backoff, n)
    if jitter == "full":
        return u * full
    if jitter == "equal":
        return 0.5 * full + 0.5 * u * full
    if jitter == "spread":
        return full * (1.0 - backoff.spread + 2.0 * backoff.spread * u)
    return full


def _without_jitter(backoff: Backoff, n: int) -> float:
    """The wait of `backoff.kind`, capped."""
    base = backoff.base
    if backoff.kind == "fixed" or base == 0.0:
        return base
    try:
        if backoff.kind == "exponential":
            grown = base * float(backoff.factor) ** (n - 1 + backoff.first)
        else:
            grown = base * (float(backoff.factor) ** n - 1.0)
    except OverflowError:  # the 1,025th doubling; a caller may try for ever
        return backoff.cap
    return min(backoff.cap, grown)
