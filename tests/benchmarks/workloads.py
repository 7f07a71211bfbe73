"""What the benchmark measures of our own engine: calls of the public API, nothing from inside.

`OURS` and `PEAK_CODE` are read by `table.py`, which prints "not measured" for a key that is absent.
Every function in `OURS` takes the number of replications, each of ten years, and does the whole
job of a user: it describes the system, runs it on one process unless the key says otherwise, and
reads availability, frequency and downtime per replication, with intervals.

==============  ======================================================================
key             system
==============  ======================================================================
w4              web service: mean lives 39996 h (load balancer), 3996 h (3 apps, one
                needed), 3996 h (2 caches, one needed), 7996 h (database); repairs of
                4 h; all exponential, new at 0
w4_outages      the same, and the list of outages with their causes
one_crew        2 of 3, mean life 1,000 h, mean repair 10 h, one crew
w4_two_jobs     w4 in two processes
==============  ======================================================================
"""

from __future__ import annotations

from collections.abc import Callable

OURS: dict[str, Callable[[int], None]] = {}

# Source text for a fresh process, with {replications} in it: its peak memory is measured.
PEAK_CODE: dict[str, str] = {}
