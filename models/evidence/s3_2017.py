"""Amazon S3, us-east-1, 2017-02-28: constants and observables.

Sources. AWS: "Summary of the Amazon S3 Service Disruption in the Northern Virginia (US-EAST-1)
Region" (aws.amazon.com/message/41926). Probes from outside: Tarsnap's log of S3 errors, Catchpoint,
ThousandEyes. AWS published three times and no rate, so few of the figures below are numbers; most are
structure. Where a prior range is stated for something nobody published, its middle is taken.
"""

from __future__ import annotations

from simulator.describe.evidence import Assumed, Constant, Evidence, Fit, Given, Observed

__all__ = ["EVIDENCE", "PUBLISHED"]

AWS, TARSNAP, PROBES = "AWS summary", "Tarsnap probe log", "Catchpoint, ThousandEyes"

_CONSTANTS: dict[str, Constant] = {
    "removed_at": Given("17:37", AWS),
    "told_since": Given("17:40", "assumed human time: the status page is tried from then on"),
    "checked_min": Fit(169.0, "S1", "min", "time from the command to the first GET, with f_open and t0"),
    "placement_min": Fit(36.0, "S4", "min", "restart of placement after index is whole"),
    "f_open": Assumed(0.725, 0.6, 0.85, "share of the index checked when it opens; middle of the prior"),
    "t0_min": Assumed(27.5, 10.0, 45.0, "decide, stop, boot; middle of the prior", "min"),
    "removed_share": Assumed(0.60, 0.45, 0.80, "share of index and placement servers taken away"),
    "needed_share": Assumed(0.60, 0.42, 0.78, "capacity below which the subsystem must restart"),
    "poll_s": Given(3.0, "Tarsnap: collapse seen within 3 s, so a request every few seconds", "s"),
    "timeout_s": Assumed(5.0, 3.5, 6.5, "clients and frontends wait so long", "s"),
    "rate": Assumed(3.0, 2.1, 3.9, "requests of everybody else; scaled down, see the model", "1/s"),
    "job_rate": Assumed(0.1, 0.07, 0.13, "events that start a function which reads from S3; scaled down", "1/s"),
    "job_cap_s": Assumed(60.0, 42.0, 78.0, "longest wait between two tries of such a job", "s"),
}  # fmt: skip

_OBSERVED = (
    Observed(
        "S1",
        "GET: from the command to the first answer",
        169.0,
        (150.0, 190.0),
        "calibrated",
        unit="min",
        source=AWS,
    ),
    Observed(
        "S2",
        "index whole again: no GET fails any more",
        221.0,
        (188.0, 254.0),
        "number",
        null="all partitions ready at once: whole when it opens",
        null_set={"f_open": 1.0},
        unit="min",
        source=AWS,
    ),
    Observed(
        "S3",
        "from the first GET served to 90 % of them",
        27.0,
        (20.0, 52.0),
        "number",
        null="all partitions ready at once: no ramp",
        null_set={"f_open": 1.0},
        unit="min",
        source=TARSNAP,
    ),
    Observed(
        "S4",
        "PUT: from the command to all served",
        257.0,
        (230.0, 285.0),
        "calibrated",
        unit="min",
        source=AWS,
    ),
    Observed(
        "S5",
        "order of recovery",
        "GET before PUT",
        "GET before PUT",
        "structure",
        null="placement restarts beside the index",
        null_set={"placement_parallel": True, "placement_min": 36.0},
        source=AWS,
    ),
    Observed(
        "S6",
        "from the command to no success seen by a client",
        3.0,
        (0.0, 60.0),
        "number",
        null="capacity is lost in proportion: the rest goes on serving",
        null_set={"restarts": False},
        unit="s",
        source=TARSNAP,
    ),
    Observed(
        "S7",
        "share of requests served between collapse and first answer",
        0.0,
        (0.0, 1.0),
        "number",
        null="capacity is lost in proportion",
        null_set={"restarts": False},
        unit="%",
        source=PROBES,
    ),
    Observed(
        "S8",
        "what fails with it",
        "functions, launches, restores, status page",
        "functions, launches, restores, status page",
        "structure",
        null="capacity is lost in proportion: nothing fails",
        null_set={"restarts": False},
        source=AWS,
    ),
    Observed(
        "S9",
        "status page blind, if nobody finds a way around",
        120.0,
        (169.0, 257.0),
        "number",
        null="a page that does not need S3",
        null_set={"dashboard_on_s3": False},
        unit="min",
        source="AWS: 120 min with a way around, which is an input; without it the page waits for S3: echoes S1 and S2",
    ),
    Observed(
        "S10",
        "GET served over February (28 days)",
        99.515,
        (99.45, 99.58),
        "number",
        null="capacity is lost in proportion",
        null_set={"restarts": False},
        unit="%",
        source="derived from AWS: 169 to 221 min of 40,320; echoes S1 and S2",
    ),
    Observed(
        "S10p",
        "PUT served over February (28 days)",
        99.36,
        (99.26, 99.46),
        "consistency",
        unit="%",
        source="derived from AWS: 257 min; echoes S4",
    ),
    Observed(
        "S11",
        "dependents recover",
        "queues later, requests with S3",
        "queues later, requests with S3",
        "structure",
        null="no queue: functions ask once",
        null_set={"jobs_queue": False},
        source=AWS,
    ),
)

EVIDENCE = Evidence(_CONSTANTS, _OBSERVED)

PUBLISHED = (
    ("17:37", "servers removed"),
    ("17:37:32", "last success seen by a client"),
    ("17:40", "dashboard cannot be changed"),
    ("19:37", "banner text on the dashboard"),
    ("20:26", "index begins to serve"),
    ("20:35:50", "first success seen by a client"),
    ("21:03", "most GETs succeed"),
    ("21:18", "index fully recovered"),
    ("21:54", "placement finished: PUT works"),
)
"""Clock (UTC) and what happened, as published."""
