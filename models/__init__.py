"""The catalogue: systems with sources. Importing it builds nothing; ``get(name).build()`` does.

To add a model: write ``models/<name>.py`` in the shape of the others, and add its line to
`_ENTRIES` here. There is no other register. Models import `simulator.describe` (and its errors)
only.
"""

from __future__ import annotations

import difflib

from models import (
    cells,
    cloudflare_2019,
    datacentre_year,
    deployments,
    disk_array,
    dynamodb_2015,
    fraud_api,
    github_2018,
    google_2025,
    look_aside_cache,
    multi_region,
    quorum,
    replicated_database,
    retry_storm,
    s3_2017,
    serial_dependencies,
    server_bathtub,
    split_brain,
    web_service,
    web_service_pair,
)
from models.entry import Entry, Source
from simulator.errors import DescriptionError

__all__ = ["CATALOGUE", "Entry", "Source", "get", "names"]

_ENTRIES = (
    Entry(
        "web_service",
        "The document's web service: LB, 3 apps, 2 caches, DB",
        web_service.scenario,
        web_service.SOURCES,
        checked=True,
    ),
    Entry(
        "web_service_traffic",
        "The web service with users: 200 requests per second, each waits for a second",
        web_service.traffic_scenario,
        web_service.SOURCES,
        checked=True,
    ),
    Entry(
        "web_service_pair",
        "The web service with a database pair, failover, one crew and a shared fault",
        web_service_pair.scenario,
        web_service_pair.SOURCES,
        checked=True,
    ),
    Entry(
        "web_service_pair_ageing",
        "The same pair with ageing servers, long-tailed repairs and detection by probes",
        web_service_pair.ageing_scenario,
        web_service_pair.SOURCES,
        checked=True,
    ),
    Entry(
        "serial_dependencies",
        "A service that needs ten others at 99.9 % each",
        serial_dependencies.scenario,
        serial_dependencies.SOURCES,
        checked=True,
    ),
    Entry(
        "datacentre_year",
        "A service in the first year of a new data centre",
        datacentre_year.scenario,
        datacentre_year.SOURCES,
        checked=True,
    ),
    Entry(
        "server_bathtub",
        "A server with the document's MTBF and first year",
        server_bathtub.scenario,
        server_bathtub.SOURCES,
        checked=True,
    ),
    Entry(
        "server_bathtub_annual",
        "A server with the document's first year and 2-4 % a year after it",
        server_bathtub.annual_scenario,
        server_bathtub.SOURCES,
        checked=True,
    ),
    Entry(
        "disk_array",
        "RAID-5 of 8 disks, 1e-15 per bit unreadable",
        disk_array.raid5,
        disk_array.SOURCES,
        checked=True,
    ),
    Entry(
        "disk_array_raid5_desktop",
        "RAID-5 of 8 disks, 1e-14 per bit unreadable",
        disk_array.raid5_desktop,
        disk_array.SOURCES,
        checked=True,
    ),
    Entry(
        "disk_array_raid5_document",
        "RAID-5 of 8 disks, one error in 1e14 sectors of 512 bytes",
        disk_array.raid5_document,
        disk_array.SOURCES,
        checked=True,
    ),
    Entry(
        "disk_array_raid1",
        "A mirror of two disks",
        disk_array.raid1,
        disk_array.SOURCES,
        checked=True,
    ),
    Entry(
        "disk_array_mirror3", "Three copies", disk_array.mirror, disk_array.SOURCES, checked=True
    ),
    Entry(
        "disk_array_raid6", "RAID-6 of 8 disks", disk_array.raid6, disk_array.SOURCES, checked=True
    ),
    Entry(
        "disk_array_erasure",
        "A 10+4 erasure code",
        disk_array.erasure_code,
        disk_array.SOURCES,
        checked=True,
    ),
    Entry(
        "disk_array_scrubbed",
        "A mirror with latent errors and scrubbing",
        disk_array.scrubbed_mirror,
        disk_array.SOURCES,
        checked=True,
    ),
    Entry("quorum", "A majority of five nodes", quorum.scenario, quorum.SOURCES, checked=True),
    Entry("quorum_3", "A majority of three nodes", quorum.three, quorum.SOURCES, checked=True),
    Entry("quorum_7", "A majority of seven nodes", quorum.seven, quorum.SOURCES, checked=True),
    Entry(
        "quorum_election",
        "A majority of five nodes with a leader to elect",
        quorum.with_election,
        quorum.SOURCES,
        checked=True,
    ),
    Entry(
        "fraud_api",
        "A shop that asks a fraud API of 99 %, and what stands in for it",
        fraud_api.scenario,
        fraud_api.SOURCES,
        checked=True,
    ),
    Entry(
        "retry_storm",
        "A database, callers that retry once, and a pause of ten seconds",
        retry_storm.scenario,
        retry_storm.SOURCES,
        checked=True,
    ),
    Entry(
        "look_aside_cache",
        "A cache beside a database, emptied once",
        look_aside_cache.scenario,
        look_aside_cache.SOURCES,
        checked=True,
    ),
    Entry(
        "cold_cache",
        "An empty cache in front of an origin with a limit",
        look_aside_cache.cold_cache,
        look_aside_cache.SOURCES,
        checked=True,
    ),
    Entry(
        "s3_2017",
        "Amazon S3, 2017-02-28: servers removed by mistake, a full restart in order",
        s3_2017.scenario,
        s3_2017.SOURCES,
        checked=True,
    ),
    Entry(
        "github_2018",
        "GitHub, 2018-10-21: a cut of 43 seconds, a failover, a day of repair",
        github_2018.scenario,
        github_2018.SOURCES,
        checked=True,
    ),
    Entry(
        "cloudflare_2019",
        "Cloudflare, 2019-07-02: one rule everywhere in seconds, and the switch lies behind it",
        cloudflare_2019.scenario,
        cloudflare_2019.SOURCES,
        checked=True,
    ),
    Entry(
        "dynamodb_2015",
        "Amazon DynamoDB, 2015-09-20: retries of membership requests outlive their trigger",
        dynamodb_2015.scenario,
        dynamodb_2015.SOURCES,
    ),
    Entry(
        "google_2025",
        "Google Cloud, 2025-06-12: a bad row in all regions within seconds, then a restart herd",
        google_2025.scenario,
        google_2025.SOURCES,
    ),
    Entry(
        "deployments",
        "A web application, a deployment by canary, and an hour around it",
        deployments.scenario,
        deployments.SOURCES,
    ),
    Entry(
        "split_brain",
        "Five members with one primary, a store, and a cut of the primary's zone",
        split_brain.scenario,
        split_brain.SOURCES,
        checked=False,
    ),
    Entry(
        "replicated_database",
        "A database of five members: async, semi-sync, quorum or sync, and one incident",
        replicated_database.scenario,
        replicated_database.SOURCES,
        checked=False,
    ),
    Entry(
        "multi_region",
        "A service in two regions of full size, and the loss of one of them",
        multi_region.scenario,
        multi_region.SOURCES,
        checked=False,
    ),
    Entry(
        "cells",
        "Tenants in shards of two of eight cells, and one whose requests are poison",
        cells.scenario,
        cells.SOURCES,
        checked=False,
    ),
)

CATALOGUE: dict[str, Entry] = {entry.name: entry for entry in _ENTRIES}
"""Every model by name."""


def names() -> tuple[str, ...]:
    """Names of all models, in the order of the catalogue."""
    return tuple(CATALOGUE)


def get(name: str) -> Entry:
    """The entry of a model.

    Raises
    ------
    DescriptionError
        If there is no such model; lists those there are and suggests the nearest.
    """
    if name in CATALOGUE:
        return CATALOGUE[name]
    close = difflib.get_close_matches(name, CATALOGUE, 1)
    hint = f" (did you mean {close[0]!r}?)" if close else ""
    raise DescriptionError(
        f"{name!r} is no model{hint}: allowed are {', '.join(CATALOGUE)}", "model"
    )
