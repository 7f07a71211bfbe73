"""Exact answers: long-run and transient availability, frequency, MTTF, importance, durability.

And of request traffic: queues, caches, retries and the storms they make, breakers, budgets, losses, alerts.

>>> from simulator import HOUR, Exponential, Pool, System, crash, exact
>>> unit = System([Pool("unit", faults=[crash(Exponential(1000 * HOUR), Exponential(8 * HOUR))])])
>>> round(exact.availability(unit), 9)
0.992063492
"""

from simulator.run.exact.alerts import WORKBOOK_RULES, BurnAlert, BurnRule, burn_alert, first_alert
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
from simulator.run.exact.budgets import (
    QuotaState,
    adaptive_rejection,
    adaptive_sending,
    concurrent_retry_limit,
    quota_retries,
    quota_switch,
    retry_rate_limit,
    throttle_shutoff,
)
from simulator.run.exact.caches import (
    CheApproximation,
    che_approximation,
    lru_hit_ratio,
    stampede_size,
    ttl_hit_ratio,
    zipf_popularity,
)
from simulator.run.exact.closed import ClosedLoop, closed_loop
from simulator.run.exact.fixed_points import (
    RetryEquilibria,
    WasteEquilibrium,
    collapse_time,
    retry_equilibria,
    waste_equilibria,
)
from simulator.run.exact.guards import (
    BreakerCycle,
    breaker_cycle,
    calls_to_consecutive_failures,
    calls_to_full_window,
    first_window_trip,
)
from simulator.run.exact.hedging import (
    fan_out_quantile,
    fan_out_slow,
    hedge_copies,
    hedged_quantile,
    hedged_tail,
)
from simulator.run.exact.herds import Herd, thundering_herd
from simulator.run.exact.impatience import ImpatientQueue, erlang_a, fixed_patience_loss
from simulator.run.exact.losses import (
    LostWrites,
    SnapshotLoss,
    backlog_loss,
    lag_loss,
    snapshot_loss,
)
from simulator.run.exact.queues import BoundedQueue, ManyServers, erlang_b, erlang_c, mmc, mmck
from simulator.run.exact.retries import (
    Amplification,
    RetryLatency,
    retry_amplification,
    retry_latency,
)
from simulator.run.exact.rewarming import Rewarming, rewarm_hit_ratio, rewarm_time
from simulator.run.exact.routing import (
    PowerOfChoices,
    ShorterOfTwo,
    join_shorter_of_two,
    power_of_choices,
)
from simulator.run.exact.single_server import SingleServer, md1_wait_tail, mg1
from simulator.run.exact.slowdown import (
    FallingCapacity,
    LatencyLimits,
    falling_capacity,
    linear_latency_limits,
)
from simulator.run.exact.storms import RetryStorm, largest_outage, retry_storm
from simulator.run.exact.structural import (
    DowntimeShares,
    Importances,
    downtime_shares,
    importances,
    minimal_cut_sets,
    minimal_path_sets,
)
from simulator.run.exact.token_chain import TokenBucket, retry_token_bucket

__all__ = [
    "WORKBOOK_RULES",
    "Amplification",
    "BoundedQueue",
    "BreakerCycle",
    "BurnAlert",
    "BurnRule",
    "CheApproximation",
    "ClosedLoop",
    "DowntimeShares",
    "FallingCapacity",
    "Herd",
    "ImpatientQueue",
    "Importances",
    "Interval",
    "LatencyLimits",
    "LostWrites",
    "ManyServers",
    "PowerOfChoices",
    "QuotaState",
    "RetryEquilibria",
    "RetryLatency",
    "RetryStorm",
    "Rewarming",
    "ShorterOfTwo",
    "SingleServer",
    "SnapshotLoss",
    "TokenBucket",
    "WasteEquilibrium",
    "adaptive_rejection",
    "adaptive_sending",
    "annual_loss",
    "availability",
    "backlog_loss",
    "breaker_cycle",
    "burn_alert",
    "calls_to_consecutive_failures",
    "calls_to_full_window",
    "che_approximation",
    "closed_loop",
    "collapse_time",
    "concurrent_retry_limit",
    "downtime_probability",
    "downtime_shares",
    "downtime_variance_rate",
    "erlang_a",
    "erlang_b",
    "erlang_c",
    "expected_failures",
    "falling_capacity",
    "fan_out_quantile",
    "fan_out_slow",
    "first_alert",
    "first_window_trip",
    "fixed_patience_loss",
    "frequency",
    "hedge_copies",
    "hedged_quantile",
    "hedged_tail",
    "importances",
    "interval_unavailability",
    "join_shorter_of_two",
    "lag_loss",
    "largest_outage",
    "linear_latency_limits",
    "loss_probability",
    "lru_hit_ratio",
    "md1_wait_tail",
    "mean_down_time",
    "mean_members_down",
    "mean_time_to_loss",
    "mean_unavailability",
    "mean_up_time",
    "mg1",
    "minimal_cut_sets",
    "minimal_path_sets",
    "mmc",
    "mmck",
    "mtbf",
    "mttf",
    "power_of_choices",
    "quota_retries",
    "quota_switch",
    "reliability",
    "retry_amplification",
    "retry_equilibria",
    "retry_latency",
    "retry_rate_limit",
    "retry_storm",
    "retry_token_bucket",
    "rewarm_hit_ratio",
    "rewarm_time",
    "snapshot_loss",
    "stampede_size",
    "throttle_shutoff",
    "thundering_herd",
    "ttl_hit_ratio",
    "unavailability",
    "unreliability",
    "waste_equilibria",
    "zipf_popularity",
]  # fmt: skip
