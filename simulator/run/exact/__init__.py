"""Exact answers: long-run and transient availability, frequency, MTTF, importance, durability.

>>> from simulator import HOUR, Exponential, Pool, System, crash, exact
>>> unit = System([Pool("unit", faults=[crash(Exponential(1000 * HOUR), Exponential(8 * HOUR))])])
>>> round(exact.availability(unit), 9)
0.992063492
"""

from simulator.run.exact.answers import (
    Interval,
    annual_loss,
    availability,
    downtime_probability,
    downtime_variance_rate,
    expected_failures,
    frequency,
    interval_unavailability,
    loss_probability,
    mean_down_time,
    mean_members_down,
    mean_time_to_loss,
    mean_unavailability,
    mean_up_time,
    mtbf,
    mttf,
    reliability,
    unavailability,
    unreliability,
)
from simulator.run.exact.structural import (
    DowntimeShares,
    Importances,
    downtime_shares,
    importances,
    minimal_cut_sets,
    minimal_path_sets,
)

__all__ = [
    "DowntimeShares", "Importances", "Interval", "annual_loss", "availability",
    "downtime_probability", "downtime_shares", "downtime_variance_rate", "expected_failures",
    "frequency", "importances", "interval_unavailability", "loss_probability", "mean_down_time",
    "mean_members_down", "mean_time_to_loss", "mean_unavailability", "mean_up_time",
    "minimal_cut_sets", "minimal_path_sets", "mtbf", "mttf", "reliability", "unavailability",
    "unreliability",
]  # fmt: skip
