"""Disk arrays: mirrors, RAID-5 and RAID-6, erasure codes - how long until data are lost.

From the sources: the chain of Patterson, Gibson and Katz (1988): data are lost when more disks
are down than there is redundancy; a rebuild without redundancy left must read every remaining
disk, and one unreadable sector loses data then. Three classes of bit errors: 1e-14 and 1e-15
per bit are specification classes; the source document ("System Design Fundamentals", section
2.2) has one error in 1e14 *sectors*, which is 512 x 8 (or 4096 x 8) times rarer than 1e-14 per
bit. The document's disks fail at 2-4 % a year; latent errors: 3.45 % of disks within 32 months
(Bairavasundaram et al. 2007).

ASSUMPTIONS typed by us: exponential lives; 8 TB and 100 MB/s; a rebuild starts at once; a
rebuild reads `disks - parity` disks in full; two latent errors are taken to share a stripe
(pessimistic). An unreadable sector and a latent error are two views of one thing: state `scrub`
and set `bit_error` to 0.
"""

from __future__ import annotations

import math

from models.entry import Source
from simulator.describe import (
    DAY,
    FOREVER,
    MB,
    MONTH,
    TB,
    YEAR,
    Controller,
    Crew,
    Distribution,
    Drain,
    Effect,
    Every,
    Exponential,
    Fault,
    Life,
    On,
    Poisson,
    Pool,
    Scenario,
    System,
    crash,
)
from simulator.describe.distributions import from_afr

__all__ = [
    "BIT_ERROR_DESKTOP",
    "BIT_ERROR_DOCUMENT_4K",
    "BIT_ERROR_DOCUMENT_512",
    "BIT_ERROR_ENTERPRISE",
    "SOURCES",
    "array",
    "chance_unreadable",
    "erasure_code",
    "mirror",
    "raid1",
    "raid5",
    "raid5_desktop",
    "raid5_document",
    "raid6",
    "scrubbed_mirror",
]

SOURCES = (
    Source(
        "D. Patterson, G. Gibson, R. Katz, A case for redundant arrays of inexpensive disks, "
        "SIGMOD 1988",
        "the chain",
    ),
    Source(
        "System Design Fundamentals (the source document), section 2.2",
        "2-4 % a year; one error in 1e14 sectors",
    ),
    Source(
        "B. Schroeder, G. Gibson, Disk failures in the real world, FAST 2007",
        "2-4 % a year is what fields see",
    ),
    Source(
        "L. Bairavasundaram et al., Latent sector errors in disk drives, SIGMETRICS 2007",
        "3.45 % in 32 months",
    ),
)

BIT_ERROR_DESKTOP = 1e-14  # per bit read: specification class of desktop disks
BIT_ERROR_ENTERPRISE = 1e-15  # per bit read: specification class of enterprise disks
BIT_ERROR_DOCUMENT_512 = 1 / (1e14 * 512 * 8)  # section 2.2, sectors of 512 bytes
BIT_ERROR_DOCUMENT_4K = 1 / (1e14 * 4096 * 8)  # section 2.2, sectors of 4,096 bytes
LIFE = from_afr(0.03)  # section 2.2: the middle of 2-4 % a year
SIZE = 8 * TB  # assumption
BANDWIDTH = 100 * MB  # assumption: bytes per second a rebuild writes
LATENT = Exponential(-32 * MONTH / math.log1p(-0.0345))  # 3.45 % of disks within 32 months
SCRUB = 7 * DAY  # assumption: every sector is read once a week
HORIZON = 10 * YEAR  # assumption


def chance_unreadable(bytes_read: float, bit_error: float) -> float:
    """Chance (0-1) of at least one unreadable bit among `bytes_read` bytes: 1 - (1 - u) ** bits."""
    return -math.expm1(8 * bytes_read * math.log1p(-bit_error))


def array(
    *,
    disks: int = 8,
    parity: int = 1,
    size: float = SIZE,
    bit_error: float = BIT_ERROR_ENTERPRISE,
    life: Distribution = LIFE,
    rebuild: Distribution | Drain | None = None,
    rebuilds_at_once: int | None = None,
    latent: Distribution = LATENT,
    scrub: Every | Poisson | None = None,
    horizon: float = HORIZON,
    name: str = "disk_array",
) -> Scenario:
    """`disks` disks of which `parity` may be down; data are lost beyond that.

    Parameters
    ----------
    disks, parity : int
    size : float
        Bytes on one disk.
    bit_error : float
        Chance that a bit cannot be read, 0-1; 0 leaves unreadable sectors out.
    life : Distribution
        Of one disk, seconds.
    rebuild : Distribution, Drain or None
        Seconds; ``Drain(size, rate)`` takes a fixed time, None is exponential with the mean
        that `size` takes at 100 MB/s.
    rebuilds_at_once : int or None
        None = every failed disk is rebuilt at once.
    latent : Distribution
        Until a healthy disk gets an error that nobody sees, seconds; only with `scrub`.
    scrub : Every, Poisson or None
        When such errors are found and mended; None leaves them out.
    horizon : float
        Seconds.
    name : str
    """
    law = rebuild if rebuild is not None else Exponential(size / BANDWIDTH)
    faults = [crash(life, law, name="disk")]
    if scrub is not None:
        hidden = Effect(up=True, hidden=True)
        faults.append(
            Fault(when=Life(latent), effect=hidden, found_by=scrub, needs_crew=False, name="latent")
        )
    pool = Pool("array", disks, disks - parity, on_shortage="lost", faults=tuple(faults))
    crew: list[Controller] = (
        [] if rebuilds_at_once is None else [Crew("controller", rebuilds_at_once)]
    )
    unreadable = (
        [_unreadable(chance_unreadable((disks - parity) * size, bit_error))]
        if bit_error > 0
        else []
    )
    return Scenario(System([pool]), unreadable, crew, horizon, name=name)


def _unreadable(chance: float) -> Fault:
    """A rebuild that must read all that is left meets a sector it cannot read: data are lost."""
    when = On("repaired:array", chance=chance, no_redundancy=True)
    return Fault(
        "array", when, FOREVER, Effect(up=False), together=True, needs_crew=False, name="unreadable"
    )


def raid1(*, bit_error: float = BIT_ERROR_ENTERPRISE, life: Distribution = LIFE) -> Scenario:
    """A mirror of two disks."""
    return mirror(copies=2, bit_error=bit_error, life=life, name="disk_array_raid1")


def mirror(
    *,
    copies: int = 3,
    bit_error: float = BIT_ERROR_ENTERPRISE,
    life: Distribution = LIFE,
    name: str = "disk_array_mirror3",
) -> Scenario:
    """The same data on `copies` disks."""
    return array(disks=copies, parity=copies - 1, bit_error=bit_error, life=life, name=name)


def raid5(
    *, disks: int = 8, bit_error: float = BIT_ERROR_ENTERPRISE, life: Distribution = LIFE
) -> Scenario:
    """One disk may be down; bit errors of the enterprise class."""
    return array(disks=disks, parity=1, bit_error=bit_error, life=life)


def raid5_desktop(*, disks: int = 8, life: Distribution = LIFE) -> Scenario:
    """RAID-5 of disks of the desktop class, 1e-14 per bit."""
    return array(
        disks=disks, bit_error=BIT_ERROR_DESKTOP, life=life, name="disk_array_raid5_desktop"
    )


def raid5_document(
    *, disks: int = 8, bit_error: float = BIT_ERROR_DOCUMENT_512, life: Distribution = LIFE
) -> Scenario:
    """RAID-5 of disks with the document's one error in 1e14 sectors, by default of 512 bytes."""
    return array(disks=disks, bit_error=bit_error, life=life, name="disk_array_raid5_document")


def raid6(
    *, disks: int = 8, bit_error: float = BIT_ERROR_ENTERPRISE, life: Distribution = LIFE
) -> Scenario:
    """Two disks may be down."""
    return array(disks=disks, parity=2, bit_error=bit_error, life=life, name="disk_array_raid6")


def erasure_code(
    *,
    data: int = 10,
    parity: int = 4,
    bit_error: float = BIT_ERROR_ENTERPRISE,
    life: Distribution = LIFE,
) -> Scenario:
    """Any `data` of the ``data + parity`` disks hold everything (Reed-Solomon 10+4 by default)."""
    return array(
        disks=data + parity,
        parity=parity,
        bit_error=bit_error,
        life=life,
        name="disk_array_erasure",
    )


def scrubbed_mirror(
    *, latent: Distribution = LATENT, scrub_rate: float = 1 / SCRUB, life: Distribution = LIFE
) -> Scenario:
    """A mirror of two disks with latent errors in place of unreadable bits, and scrubbing.

    Parameters
    ----------
    latent : Distribution
        Until a healthy disk gets an error that nobody sees, seconds.
    scrub_rate : float
        Scrubs of a disk per second, at random instants.
    life : Distribution
        Of one disk, seconds.
    """
    return array(
        disks=2,
        bit_error=0.0,
        life=life,
        latent=latent,
        scrub=Poisson(scrub_rate),
        name="disk_array_scrubbed",
    )
