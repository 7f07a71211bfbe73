"""Cloudflare, 2019-07-02: constants and observables.

Sources. Cloudflare: "Details of the Cloudflare outage on July 2, 2019" and the blog of the day;
measurements of the published expression with PCRE2 10.42 (ours to use as input, independent of the
outage). No constant is fitted: the fall of traffic is predicted from measured cost and assumed lines.
"""

from __future__ import annotations

from simulator.describe.evidence import Assumed, Constant, Evidence, Given, Observed

__all__ = ["EVIDENCE", "PUBLISHED"]

POST, DAY_OF, PCRE = (
    "Cloudflare post-mortem",
    "Cloudflare's blog of the day",
    "PCRE2 10.42, measured",
)

_CONSTANTS: dict[str, Constant] = {
    "deployed_at": Given("13:42", POST),
    "push_p99_s": Given(2.29, POST, "s"),
    "paged_at": Given("13:45", POST),
    "proposed_at": Given("14:02", POST),
    "killed_at": Given("14:07", POST),
    "reenabled_at": Given("14:52", POST),
    "cities": Given(180.0, POST),
    "utilisation": Assumed(0.45, 0.3, 0.6, "of the cores before the deploy; middle of the prior"),
    "base_ms": Assumed(1.0, 0.7, 1.3, "CPU of a request without the rule", "ms"),
    "share_g": Assumed(0.05, 0.035, 0.065, "requests with a JSON-like line, as in the plausibility check of the facts"),
    "length_g": Assumed(400.0, 280.0, 520.0, "median characters of such a line"),
    "share_f": Assumed(0.10, 0.07, 0.13, "requests with a line that matches"),
    "share_h": Assumed(0.10, 0.07, 0.13, "requests with a line whose '=' comes later"),
    "length_fh": Assumed(1600.0, 1120.0, 2080.0, "median characters of such a line"),
    "length_sigma": Assumed(0.3, 0.21, 0.39, "spread of the lengths (lognormal)"),
    "longest": Given(4096.0, "assumed limit on a line, as many servers have on headers"),
    "timeout_s": Assumed(10.0, 7.0, 13.0, "a visitor waits so long", "s"),
    "backlog": Given(511.0, "default of nginx: connections that wait for a worker, one worker on each core"),
    "admin_s": Assumed(5.0, 3.5, 6.5, "between two tries of somebody who cannot log in", "s"),
    "admin_steps": Given(3.0, "assumed: log in, open the panel, confirm"),
    "bypass_min": Assumed(2.0, 1.4, 2.6, "human time to find the way around, credentials having expired", "min"),
}  # fmt: skip

_OBSERVED = (
    Observed(
        "C1",
        "steps of the seven published matches",
        "23, 33, 45, 555, 4067, 90, 5353",
        "23, 33, 45, 555, 4067, 90, 5353",
        "number",
        null="an engine with guarantees",
        null_set={"guard": "linear"},
        source=POST,
    ),
    Observed(
        "C2",
        "growth with the length of the line",
        "exponents 2 and 3",
        "exponents 2 and 3",
        "number",
        null="an engine with guarantees: exponent 1",
        null_set={"guard": "linear"},
        source=POST,
    ),
    Observed(
        "C3",
        "from deploy to 99 % of the machines",
        2.29,
        (1.15, 3.44),
        "input",
        unit="s",
        source=POST,
    ),
    Observed(
        "C4",
        "CPU in the least loaded city 60 s after the deploy",
        100.0,
        (98.0, 100.0),
        "number",
        null="an engine with guarantees",
        null_set={"guard": "linear"},
        unit="%",
        source=POST,
    ),
    Observed(
        "C5",
        "fall of traffic served, deploy to kill",
        80.0,
        (65.0, 95.0),
        "number",
        null="an engine with guarantees",
        null_set={"guard": "linear"},
        unit="%",
        source=f"{POST}; 82 at worst, {DAY_OF}",
    ),
    Observed(
        "C6",
        "cities down at once",
        "all",
        "all",
        "structure",
        null="rollout in stages, halted by an alarm",
        null_set={"rollout": "staged"},
        source=POST,
    ),
    Observed("C7", "simulate mode protects", "no", "no", "consistency", source=POST),
    Observed(
        "C8",
        "from the kill to normal traffic",
        2.0,
        (0.0, 3.0),
        "number",
        null="machines restarted by hand, ten minutes each in waves",
        null_set={"kill": "restart"},
        unit="min",
        source=POST,
    ),
    Observed(
        "C9",
        "from proposal to kill, against the same off the edge",
        None,
        (3.0, 1000.0),
        "consistency",
        unit="times",
        source=f"{POST}: 5 min",
    ),
    Observed(
        "C10", "length of the outage", 27.0, (25.0, 30.0), "consistency", unit="min", source=POST
    ),
    Observed(
        "C11",
        "traffic still served",
        19.0,
        (5.0, 35.0),
        "consistency",
        unit="%",
        source="complement of C5",
    ),
    Observed(
        "C12",
        "what is down with the edge",
        "access, dashboard, web",
        "access, dashboard, web",
        "structure",
        null="control plane off the edge",
        null_set={"control_on_edge": False},
        source=POST,
    ),
)

EVIDENCE = Evidence(_CONSTANTS, _OBSERVED)

PUBLISHED = (
    ("13:42", "rule deployed everywhere"),
    ("13:45", "first page"),
    ("13:52", "status page"),
    ("14:00", "WAF identified"),
    ("14:02", "global kill proposed"),
    ("14:07", "kill executed"),
    ("14:09", "traffic normal"),
)
"""Clock (UTC) and what happened, as published."""
