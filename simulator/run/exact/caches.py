"""Hit ratios of caches under independent requests, and what a miss sets off."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from simulator.errors import NotSupported
from simulator.run.exact.arguments import at_least_zero, positive, probabilities, whole

__all__ = [
    "CheApproximation", "che_approximation", "lru_hit_ratio", "stampede_size", "ttl_hit_ratio",
    "zipf_popularity",
]  # fmt: skip

Floats = npt.NDArray[np.float64]
Popularity = Sequence[float] | Floats

_MOST_KEYS = 20


def zipf_popularity(keys: int, exponent: float) -> Floats:
    """Shares of the requests that ask for key 1, 2, ...: proportional to rank^-exponent.

    Parameters
    ----------
    keys : int
    exponent : float
        At least 0; 0 is equal popularity.

    Returns
    -------
    float array, shape (keys,)
        Most popular first; sums to 1.

    Raises
    ------
    DescriptionError
        For an argument out of range.
    """
    ranks = np.arange(1, whole(keys, "keys") + 1, dtype=np.float64)
    weights = ranks ** -at_least_zero(exponent, "exponent")
    shares: Floats = weights / weights[::-1].sum()  # small ones first: fewer digits lost
    return shares


def lru_hit_ratio(popularity: Popularity, size: int) -> float:
    """Exact stationary hit ratio of LRU (King 1971), summed over the sets a cache can hold.

    Parameters
    ----------
    popularity : sequence of float, shape (keys,)
        Probability that a request asks for each key; requests are independent.
    size : int
        Keys that fit.

    Raises
    ------
    DescriptionError
        If the shares do not sum to 1, or `size` is below 1.
    NotSupported
        With more than 20 keys that are asked for: see :func:`che_approximation`.

    Examples
    --------
    >>> round(lru_hit_ratio(zipf_popularity(8, 1.0), 3), 9)
    0.535615336
    """
    p, room = probabilities(popularity, "popularity"), whole(size, "size")
    if room >= p.size:
        return 1.0
    if p.size > _MOST_KEYS:
        raise NotSupported(
            f"LRU with {p.size} keys", "exact", f"up to {_MOST_KEYS}; che_approximation is close"
        )
    held, outside = _sets(p, room)
    return 1.0 - float(held @ outside)


def _sets(p: Floats, room: int) -> tuple[Floats, Floats]:
    """Probability of each set of `room` keys to be the one held, and share of requests outside it.

    Going down the list, each key is drawn by popularity among those not yet above it.
    """
    outside = np.zeros(1)
    for share in p:  # by set as a number in base two: first the sets without the key
        outside = np.concatenate([outside + share, outside])
    sets = np.arange(outside.size)
    sizes = np.bitwise_count(sets)
    chance = np.zeros(outside.size)
    chance[0] = 1.0
    for used in range(room):
        above = sets[sizes == used]
        for key, share in enumerate(p):
            free = above[(above >> key) & 1 == 0]
            chance[free | (1 << key)] += chance[free] * share / outside[free]
    full = sizes == room
    return chance[full], outside[full]


@dataclass(frozen=True, slots=True)
class CheApproximation:
    """Hit ratio of LRU by Che, Tung and Wang: an approximation, close for many keys.

    Parameters
    ----------
    hit_ratio : float
    characteristic_requests : float
        How many requests a key stays without being asked for.
    """

    hit_ratio: float
    characteristic_requests: float


def che_approximation(popularity: Popularity, size: float) -> CheApproximation:
    """Che's approximation of LRU (2002; why it is good: Fricker, Robert and Roberts 2012).

    Parameters
    ----------
    popularity : sequence of float, shape (keys,)
        As in :func:`lru_hit_ratio`, any number of keys.
    size : float
        Keys that fit, above 0.

    Raises
    ------
    DescriptionError
        If the shares do not sum to 1, or `size` is not above 0.
    """
    from scipy.optimize import brentq

    p, room = probabilities(popularity, "popularity"), positive(size, "size")
    if room >= p.size:
        return CheApproximation(1.0, math.inf)

    def surplus(log_time: float) -> float:
        return float(-np.expm1(-p * math.exp(log_time)).sum()) - room

    low = high = math.log(room)  # so many requests bring in fewer keys than that
    while surplus(high) < 0:
        high += 1.0
    time = math.exp(brentq(surplus, low - 1e-9, high, xtol=1e-14, rtol=1e-15))
    return CheApproximation(float(p @ -np.expm1(-p * time)), time)


def ttl_hit_ratio(
    *, rate: float, ttl: float, resets_on_hit: bool, popularity: Popularity | None = None
) -> float:
    """Hit ratio of a cache whose entries live for a fixed time, Poisson requests.

    Parameters
    ----------
    rate : float
        Requests per second, at least 0.
    ttl : float
        Seconds an entry lives, at least 0.
    resets_on_hit : bool
        Whether a hit starts its life anew: hit iff the last request is younger than the ttl,
        1 - exp(-rate ttl). Otherwise rate ttl hits follow each miss: rate ttl / (1 + rate ttl).
    popularity : sequence of float, optional
        Shares of several keys; default: one key. Room is not limited.

    Raises
    ------
    DescriptionError
        For an argument out of range.
    """
    p = np.ones(1) if popularity is None else probabilities(popularity, "popularity")
    asked = p * at_least_zero(rate, "rate") * at_least_zero(ttl, "ttl")
    hits = -np.expm1(-asked) if resets_on_hit else asked / (1.0 + asked)
    return float(p @ hits)


def stampede_size(*, rate: float, fetch: float) -> float:
    """Mean number of requests to the origin when one key expires and nobody waits for another's fetch.

    The first miss, and every request (Poisson) until its fetch is back: 1 + rate * fetch.

    Parameters
    ----------
    rate : float
        Requests per second for the key, at least 0.
    fetch : float
        Mean seconds until the entry is there again, at least 0, independent of the requests.

    Raises
    ------
    DescriptionError
        For an argument out of range.
    """
    return 1.0 + at_least_zero(rate, "rate") * at_least_zero(fetch, "fetch")
