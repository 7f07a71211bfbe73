"""The shorter queue: a square of states solved as it stands, and the equations of the limit."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.run.exact import routing
from simulator.run.exact.routing import join_shorter_of_two, power_of_choices


def square(load: float, size: int) -> float:
    """Mean number in two queues of at most `size` - 1 each, both kept apart; ties to the first."""
    from scipy.sparse import csr_matrix, eye
    from scipy.sparse.linalg import spsolve

    rows, columns, rates = [], [], []

    def move(a: tuple[int, int], b: tuple[int, int], rate: float) -> None:
        if max(b) < size and min(b) >= 0:
            rows.append(a[0] * size + a[1])
            columns.append(b[0] * size + b[1])
            rates.append(rate)

    for m in range(size):
        for n in range(size):
            move((m, n), (m + 1, n) if m <= n else (m, n + 1), 2 * load)
            move((m, n), (m - 1, n), 1.0)
            move((m, n), (m, n - 1), 1.0)
    q = csr_matrix((rates, (rows, columns)), shape=(size**2, size**2))
    balance = (q - eye(size**2).multiply(np.asarray(q.sum(axis=1)))).T.tocsc()
    rest = spsolve(balance[1:, 1:], -balance[1:, 0].toarray().ravel())
    p = np.concatenate([[1.0], rest])
    number = np.add.outer(np.arange(size), np.arange(size)).ravel()
    return float(number @ p / p.sum())


@pytest.mark.parametrize(("load", "size"), [(0.2, 20), (0.5, 32), (0.8, 70)])
def test_the_plain_chain_of_two_queues(load, size):
    found = join_shorter_of_two(rate=2 * load * 5, service=0.2)
    truth = square(load, size)
    assert found.mean_number == pytest.approx(truth, rel=1e-9, abs=0)
    assert found.mean_time == pytest.approx(truth / (10 * load), rel=1e-9, abs=0)
    assert found.relative_error < 1e-12


@pytest.mark.parametrize("load", [0.3, 0.9, 0.99, 0.999])
def test_the_cut_and_rounding_cost_less_than_stated(load, monkeypatch):
    wide = join_shorter_of_two(rate=2 * load, service=1)
    monkeypatch.setattr(routing, "_WIDEST", 36)
    narrow = join_shorter_of_two(rate=2 * load, service=1)
    assert narrow.mean_time == pytest.approx(wide.mean_time, rel=wide.relative_error, abs=0)


def test_heavy_traffic_is_one_queue_of_two_servers():
    """Both queues pool: the number times (1 - load) tends to 1, as in M/M/2."""
    found = join_shorter_of_two(rate=2 * 0.9999, service=1)
    assert found.mean_number * 1e-4 == pytest.approx(1.0, rel=1e-3, abs=0)


@pytest.mark.parametrize(("load", "choices"), [(0.5, 2), (0.99, 2), (0.9, 5), (0.7, 1)])
def test_the_limit_solves_its_equations(load, choices):
    """load (s(k-1)^d - s(k)^d) = s(k) - s(k+1), s(0) = 1; the mean is the sum of s (Little)."""
    found = power_of_choices(rate=load / 3, service=3.0, choices=choices)
    s = [found.share_with(k) for k in range(1500)]
    for before, here, after in zip(s, s[1:], s[2:30]):
        flow = load * (before**choices - here**choices)
        assert flow == pytest.approx(here - after, rel=1e-9, abs=1e-15)
    assert s[1] == pytest.approx(load, rel=1e-14, abs=0)
    assert found.mean_time == pytest.approx(3.0 * sum(s[1:]) / load, rel=1e-12, abs=0)


def test_two_choices_published():
    assert power_of_choices(rate=0.9, service=1).mean_time == pytest.approx(
        2.61405738, rel=0, abs=5e-9
    )
    assert power_of_choices(rate=0, service=2, choices=2).mean_time == 2.0
