"""Majorities of three, five and seven nodes again: binomials, birth and death, an election chain.

Sources: Ongaro and Ousterhout (2014) and Lamport (1998) for the rule. Typed assumptions: a node's
life is exponential with mean 2,190 h (three months of 730 h), its repair exponential with mean 4 h,
nodes are independent, also while the majority is lost; an election takes an exponential time of
mean 10 s. Reading of the election: the leader is a node like the others; when it fails, or when a
majority is there again after it was lost, an election begins; failures do not restart it, and a
follower that takes the majority away makes the leader step down.
"""

from __future__ import annotations

import math

import numpy as np

from tests.qc.chains import birth_death_passage, stationary_dense

__all__ = ["elected", "majority"]

HOUR = 3600.0
LAM = 1 / (2190 * HOUR)
MU = 1 / (4 * HOUR)
ELECTION = 1 / 10.0
HORIZON = 10 * 8760 * HOUR


def majority(nodes: int) -> dict[str, float]:
    """Quantities of a majority of `nodes`, an odd number; seconds, shares, 1/s."""
    needed = nodes // 2 + 1
    up, down = MU / (LAM + MU), LAM / (LAM + MU)
    at = [math.comb(nodes, k) * up**k * down ** (nodes - k) for k in range(nodes + 1)]
    failed = range(nodes - needed + 1)
    return {
        "unavailability": math.fsum(at[:needed]),
        "frequency": at[needed] * needed * LAM,
        "mttf": birth_death_passage([(nodes - k) * LAM for k in failed], [k * MU for k in failed]),
        "horizon": HORIZON,
    }


def _election_rates(nodes: int, needed: int) -> tuple[np.ndarray, np.ndarray]:
    """Rates between (nodes up, leader?) states; the first state has all up and a leader."""
    states = [(k, led) for k in range(nodes, needed - 1, -1) for led in (True, False)]
    states += [(k, False) for k in range(needed)]
    number = {state: i for i, state in enumerate(states)}
    rates = np.zeros((len(states), len(states)))
    for (k, led), i in number.items():
        if k < nodes:
            rates[i, number[k + 1, led]] += (nodes - k) * MU
        if k > 0:
            stays = led and k - 1 >= needed
            rates[i, number[k - 1, False]] += LAM if stays else k * LAM
            if stays:
                rates[i, number[k - 1, True]] += (k - 1) * LAM
        if k >= needed and not led:
            rates[i, number[k, True]] += ELECTION
    return rates, np.array([led for _, led in states])


def elected(nodes: int = 5) -> dict[str, float]:
    """Quantities of a majority that also needs a leader; seconds, shares, 1/s."""
    rates, up = _election_rates(nodes, nodes // 2 + 1)
    p = stationary_dense(rates)
    generator = rates - np.diag(rates.sum(axis=1))
    mttf = np.linalg.solve(-generator[np.ix_(up, up)], np.ones(int(up.sum())))[0]
    return {
        "unavailability": math.fsum(p[~up]),
        "frequency": float(p[up] @ rates[np.ix_(up, ~up)].sum(axis=1)),
        "mttf": float(mttf),
        "horizon": HORIZON,
    }
