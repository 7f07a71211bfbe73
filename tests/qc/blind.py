"""The table: which second implementation answers for which entry of the catalogue."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.qc import disk_array, quorum, server_bathtub
from tests.qc.datacentre_year import datacentre_year
from tests.qc.serial_dependencies import serial_dependencies
from tests.qc.web_service import web_service
from tests.qc.web_service_pair import web_service_pair

__all__ = ["FORMULAS", "SIMULATED", "Blind"]


@dataclass(frozen=True, slots=True)
class Blind:
    """A second implementation that gives numbers.

    Parameters
    ----------
    answer : callable
        Its quantities by name: seconds, shares 0-1, rates 1/s.
    rel : float
        To which the simulator's exact engine must agree.
    slow : bool
        More than about five seconds.
    sampled : tuple of (str, int, float)
        Quantities for which the exact engine has no answer, or needs minutes: compared with
        Monte-Carlo of so many replications, which would find this relative bias.
    """

    answer: Callable[[], dict[str, float]]
    rel: float = 1e-9
    slow: bool = False
    sampled: tuple[tuple[str, int, float], ...] = ()


FORMULAS: dict[str, Blind] = {
    "web_service": Blind(web_service),
    "web_service_traffic": Blind(web_service),  # the faults; its requests: `traffic_web`
    "web_service_pair": Blind(web_service_pair, slow=True),
    "serial_dependencies": Blind(serial_dependencies),
    "datacentre_year": Blind(datacentre_year, sampled=(("mean unavailability", 40_000, 0.03),)),
    "server_bathtub": Blind(
        server_bathtub.mtbf_reading,
        sampled=(("mean unavailability", 40_000, 0.03),),
    ),
    "server_bathtub_annual": Blind(
        server_bathtub.annual_reading, sampled=(("mean unavailability", 150_000, 0.03),)
    ),
    "disk_array": Blind(lambda: disk_array.array(8, 1)),
    "disk_array_raid5_desktop": Blind(lambda: disk_array.array(8, 1, disk_array.DESKTOP)),
    "disk_array_raid5_document": Blind(lambda: disk_array.array(8, 1, disk_array.DOCUMENT)),
    "disk_array_raid1": Blind(lambda: disk_array.array(2, 1)),
    "disk_array_mirror3": Blind(lambda: disk_array.array(3, 2)),
    "disk_array_raid6": Blind(lambda: disk_array.array(8, 2)),
    "disk_array_erasure": Blind(lambda: disk_array.array(14, 4)),
    "disk_array_scrubbed": Blind(disk_array.scrubbed_mirror),
    "quorum": Blind(lambda: quorum.majority(5)),
    "quorum_3": Blind(lambda: quorum.majority(3)),
    "quorum_7": Blind(lambda: quorum.majority(7)),
    "quorum_election": Blind(quorum.elected),
}
"""Entries with an answer from a formula or a small chain."""

SIMULATED = {
    "web_service_pair_ageing",
    "retry_storm",
    "look_aside_cache",
    "cold_cache",
    "fraud_api",
    "s3_2017",
    "github_2018",
    "cloudflare_2019",
}
"""Entries with a second simulation alone (`ageing_pair`, `traffic`, `traffic_fraud`, `outage_*`)."""
