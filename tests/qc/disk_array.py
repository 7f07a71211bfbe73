"""Disk arrays again: the passage times of Patterson, Gibson and Katz's chain, by recursion.

Sources: Patterson, Gibson and Katz (1988) for the chain; specification classes of 1e-14 and 1e-15
per bit; "System Design Fundamentals", section 2.2 (AFR 2-4 %, one error in 1e14 sectors);
Bairavasundaram et al. (2007): 3.45 % of disks with a latent error within 32 months.

Typed assumptions: exponential lives with an AFR of exactly 3 %; 8 TB at 100 MB/s, exponential
rebuilds of that mean, every failed disk rebuilt at once; a rebuild that ends while nothing is to
spare has read ``disks - parity`` disks and loses the data if one bit of them was unreadable.
Readings that the sources leave open: the mirrors, RAID-6 and the code have enterprise disks too;
the scrubbed mirror follows Schwarz et al. (2004): an error on the survivor loses data, at the
failure of the other disk or during its rebuild; a new disk has none; a disk is scrubbed at random
instants, once in 7 days on average, also the survivor's - but it then has no error to mend.
"""

from __future__ import annotations

import math

import numpy as np

from tests.qc.chains import birth_death_passage

__all__ = ["array", "scrubbed_mirror"]

HOUR = 3600.0
DAY = 24 * HOUR
YEAR = 365 * DAY
LAM = -math.log1p(-0.03) / YEAR
SIZE = 8e12
MU = 100e6 / SIZE
HORIZON = 10 * YEAR
ENTERPRISE, DESKTOP = 1e-15, 1e-14
DOCUMENT = 1 / (1e14 * 512 * 8)


def _answers(mttdl: float) -> dict[str, float]:
    return {"mttdl": mttdl, "annual loss": -math.expm1(-YEAR / mttdl), "horizon": HORIZON}


def array(disks: int, parity: int, bit_error: float = ENTERPRISE) -> dict[str, float]:
    """Mean time to data loss (s) and annual loss of `disks` disks of which `parity` may be down."""
    bits = 8 * SIZE * (disks - parity)
    unreadable = -math.expm1(bits * math.log1p(-bit_error))
    failures = [(disks - k) * LAM for k in range(parity + 1)]
    rebuilds = [k * MU for k in range(parity + 1)]
    ends_badly = rebuilds[parity] * unreadable
    rebuilds[parity] *= 1 - unreadable
    return _answers(birth_death_passage(failures, rebuilds, ends_badly))


def scrubbed_mirror() -> dict[str, float]:
    """A mirror with latent errors and scrubbing: none, one, both disks with an error; one down."""
    error = -math.log1p(-0.0345) / (32 * YEAR / 12)
    scrub = 1 / (7 * DAY)
    clean, one, both, rebuilding = range(4)
    m = np.zeros((4, 4))
    m[clean, one] = 2 * error
    m[clean, rebuilding] = 2 * LAM
    m[one, clean] = scrub
    m[one, both] = error
    m[one, rebuilding] = LAM  # the disk with the error fails: the other one is whole
    m[both, one] = 2 * scrub
    m[rebuilding, clean] = MU
    lost = np.array([0.0, LAM, 2 * LAM, LAM + error])
    system = np.diag(m.sum(axis=1) + lost) - m
    return _answers(float(np.linalg.solve(system, np.ones(4))[clean]))
