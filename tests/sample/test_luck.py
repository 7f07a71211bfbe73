"""Luck has an address: what decides a number, and what must not."""

import numpy as np
import pytest

from simulator.errors import DescriptionError, LuckUsedTwice
from simulator.sample.lifetimes import ExposureBlock
from simulator.sample.luck import REPLICATIONS_PER_BLOCK, Luck


def draws(luck, purpose="life", who="db", block=0, count=64):
    return luck.stream(purpose, who, block).standard_exponential(count)


def test_an_address_always_gives_the_same_numbers():
    luck = Luck(7)
    draws(luck, who="somebody asked before")
    assert np.array_equal(draws(luck), draws(Luck(7)))


@pytest.mark.parametrize(
    "other",
    [
        {"purpose": "repair"},
        {"who": "db2"},
        {"block": 1},
        {"purpose": "lifed", "who": "b"},  # the same letters, cut elsewhere
        {"purpose": "", "who": "lifedb"},
    ],
)
def test_any_other_address_gives_other_numbers(other):
    luck = Luck(7)
    assert not np.isin(draws(luck, **other), draws(luck)).any()


def test_any_other_seed_gives_other_numbers():
    assert not np.isin(draws(Luck(8)), draws(Luck(7))).any()


def test_neighbouring_addresses_are_uncorrelated():
    """Detectable: a correlation of 0.05 (|z| < 4.5, one standard error is 1/sqrt(n) = 0.01)."""
    luck, n = Luck(3), 10_000
    columns = [draws(luck, who=f"app[{i}]", block=b, count=n) for i in range(4) for b in range(3)]
    columns.append(draws(Luck(4), who="app[0]", count=n))
    off = np.corrcoef(columns)[np.triu_indices(len(columns), 1)]
    assert np.abs(off).max() < 4.5 / np.sqrt(n)
    control = np.corrcoef(columns[0], columns[0] + 10 * columns[1])[0, 1]  # about 0.1
    assert control > 4.5 / np.sqrt(n)


@pytest.mark.parametrize("seed", [0, 2**80, np.int64(5)])
def test_seeds_of_any_size(seed):
    assert len(draws(Luck(seed))) == 64


@pytest.mark.parametrize("seed", [-1, 1.0, "1", None, True, np.int64(-3)])
def test_bad_seeds_are_refused(seed):
    with pytest.raises(DescriptionError, match="seed is"):
        Luck(seed)


def test_audit_refuses_an_address_opened_twice():
    luck = Luck(1, audit=True)
    draws(luck)
    draws(luck, block=1)
    draws(luck, purpose="repair")
    with pytest.raises(LuckUsedTwice, match=r"'life'.*'db'.*block 0"):
        draws(luck)


def test_without_audit_nobody_minds():
    luck = Luck(1)
    assert np.array_equal(draws(luck), draws(luck))


def test_the_number_of_rows_asked_for_changes_no_row():
    at_once = ExposureBlock(Luck(5), "life", "x", 2).rows(100).copy()
    block = ExposureBlock(Luck(5), "life", "x", 2)
    for count in (1, 3, 2, 9, 40, 100, 7):
        assert np.array_equal(block.rows(count), at_once[:count])
    assert np.array_equal(block.between(30, 60), at_once[30:60])
    stream = Luck(5).stream("life", "x", 2)
    assert np.array_equal(stream.standard_exponential(at_once.shape), at_once)


def test_rows_are_unit_exponentials_of_a_whole_block():
    """Detectable: a bias of 2.5 % of the mean; the second moment of a unit exponential is 2."""
    rows = ExposureBlock(Luck(11), "repair", "x", 0).rows(200)
    assert rows.shape == (200, REPLICATIONS_PER_BLOCK)
    error = 1 / np.sqrt(rows.size)
    assert 4.5 * error < 0.025
    assert abs(rows.mean() - 1) < 4.5 * error
    assert abs((rows**2).mean() - 2) < 4.5 * np.sqrt(20) * error


def test_rows_cannot_be_written_and_may_be_none():
    block = ExposureBlock(Luck(1), "life", "x", 0)
    assert block.rows(0).shape == (0, REPLICATIONS_PER_BLOCK)
    with pytest.raises(ValueError, match="read-only"):
        block.rows(2)[0, 0] = 1.0
    with pytest.raises(DescriptionError, match="-1 rows"):
        block.rows(-1)


def test_a_block_in_use_is_not_opened_again_in_audit_mode():
    luck = Luck(1, audit=True)
    ExposureBlock(luck, "life", "x", 0).rows(5)
    with pytest.raises(LuckUsedTwice):
        ExposureBlock(luck, "life", "x", 0)


def test_block_size_is_a_power_of_two():
    assert REPLICATIONS_PER_BLOCK & (REPLICATIONS_PER_BLOCK - 1) == 0
