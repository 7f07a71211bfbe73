"""What every experiment promises: its files, empty cells with the reason, a setting that changes it."""

PROMISED = {
    "availability": {"answers.csv", "steps.csv", "causes.csv", "convergence.csv", "months.csv"}
    | {f"web_service_{kind}.png" for kind in ("convergence", "causes", "nines", "months")},
    "backoff": {"contest.csv", "time.png", "calls.png"},
    "bathtub": {"calibration.csv", "conflicts.csv", "published.csv", "survival.csv", "hazard.csv", "afr.csv",
                "fleet.csv", "replaced.csv", "montecarlo.csv", "afr_by_age.png", "replaced.png",
                "hazard_disk_backblaze_2013.png", "hazard_disk_pinheiro_2007.png", "hazard_server_mtbf_kept.png",
                "hazard_server_yearly_rates_kept.png", "fleet_server_mtbf_kept.png",
                "fleet_server_yearly_rates_kept.png"},
    "blast_radius": {"runs.csv", "poison.csv", "formula.csv", "price.csv", "hit.png", "designs.png", "price.png"},
    "breaker_tuning": {"tuning.csv", "incident.csv", "probes.csv", "attempts.png", "success.png", "incident.png"},
    "bulkhead": {"runs.csv", "over_time.csv", "sizes.csv", "loss.csv", "fault.csv", "designs.png",
                 "browsing.png", "size.png"},
    "cloudflare_2019": {"observables.csv", "shares.csv", "events.csv", "ci.csv", "timeline.png"},
    "cache_loss": {"losses.csv", "over_time.csv", "cold.csv", "rewarming.csv", "loss.png", "timeouts.png", "cold.png"},
    "connection_pool": {"runs.csv", "law.csv", "stop.csv", "tipping.csv", "goodput.png", "p99.png"},
    "deployments": {"windows.csv", "means.csv", "canaries.csv", "strategies.png", "canaries.png"},
    "durability": {"loss.csv", "montecarlo.csv", "rebuild.csv", "scrub.csv", "read_errors.png", "rebuild.png",
                   "scrub.png"},
    "failover": {"curve.csv", "formula.csv", "coverage.csv", "modes.csv", "patience.png", "false.png",
                 "coverage.png", "modes.png"},
    "github_2018": {"observables.csv", "amounts.csv", "events.csv", "timeline.png"},
    "load_balancing": {"runs.csv", "chance.csv", "slow.png", "fails_fast.png"},
    "multi_region": {"years.csv", "losses.csv", "montecarlo.csv", "runs.csv", "over_time.csv", "pages.csv",
                     "page_formula.csv", "loss.csv", "designs.png", "years.png", "over_time.png", "pages.png"},
    "nines": {"downtime.csv", "nines.png"},
    "published": {"figures.csv", "collapse.csv", "distances.png", "collapse.png"},
    "redundancy": {"k_of_n.csv", "conditions.csv", "crews.csv", "montecarlo.csv", "k_of_n.png", "conditions.png",
                   "crews.png"},
    "retry_storm": {"policies.csv", "goodput.csv", "storm.csv", "system.csv", "drain.csv", "way_out.csv",
                    "trigger_map.csv", "edge.csv", "storm.png", "policies.png", "way_out.png", "trigger_map.png"},
    "s3_2017": {"observables.csv", "shares.csv", "events.csv", "timeline.png"},
    "serial_dependencies": {"exact.csv", "montecarlo.csv", "needed.csv", "left.png", "needed.png"},
    "slo_risk": {"meets.csv", "downtime.csv", "meets.png", "downtime.png"},
    "split_brain": {"incidents.csv", "drift.csv", "formula.csv", "designs.png", "drift.png"},
    "third_party": {"weights.csv", "states.csv", "years.csv", "money.csv", "outages.png", "cost.png"},
    "thundering_herd": {"herds.csv", "arrivals.csv", "in_line.csv", "knocking.csv", "reconnect.png", "expiry.png"},
    "what_if": {"question.csv", "runs.csv", "over_time.csv", "notes.csv", "over_time.png", "outcomes.png"},
}  # fmt: skip

# Columns of numbers that may have empty cells, each with the reason.
MAY_BE_EMPTY = {
    "availability": {"unavailability", "low", "high", "exact_s_per_year", "availability"},  # no answer
    "backoff": set[str](),
    "bathtub": {"low", "high"},  # published without an interval
    "blast_radius": set[str](),
    # exact: resilience4j has no formula; z: nothing varies without errors, or with nothing else
    "breaker_tuning": {"exact", "z", "success_exact", "attempts_exact"},
    "bulkhead": set[str](),
    "cloudflare_2019": {"low", "high", "null_fails"},  # one seed, and no null models
    "cache_loss": {"estimate", "low", "high"},  # not yet warm when a quick run ends
    "connection_pool": {"p50_s", "p99_s", "recovered_after_s", "tips_at_queries"},  # none in time; never
    "deployments": {"rollback_s", "rollback_s_low", "rollback_s_high", "bad_s"},  # not taken back; one run
    "durability": {"z", "simulated", "low", "high"},  # losses too rare, or not simulated with --quick
    "failover": set[str](),
    "github_2018": {"low", "high", "null_fails"},  # as cloudflare_2019
    "load_balancing": {"p99_s", "p99_s_low", "p99_s_high"},  # nobody has a good answer
    "multi_region": {"z"},  # a bound has none
    "nines": {"printed"},  # the document has years and months only
    "published": {"off_percent", "errors_apart", "furthest_percent", "furthest_errors"},  # outcomes in words
    "redundancy": {"left_by_last_member", "z"},  # nothing before the first; a bound has no z
    "retry_storm": {"recovered_after_s", "predicted_after_s", "simulated_s", "mean_s", "max_s"},  # never; too late
    "s3_2017": {"low", "high", "null_fails"},  # as cloudflare_2019
    "serial_dependencies": {"estimate", "low", "high", "z"},  # simulated at some n only
    "slo_risk": set[str](),
    "split_brain": {"diverged_low", "diverged_high"},  # one set of incidents with --quick
    "third_party": {"z", "failed_by_episodes", "from", "to"},  # years of some designs only with --quick
    # not all served in time; no formula where refusal is quick
    "thundering_herd": {"served_s", "drained_s", "low_s", "high_s", "median_s", "attempts_per_client",
                        "left_out", "period_s", "knocks_over_spare"},
    "what_if": {"setting", "formula", "recovered_after_s", "during_p99_s"},  # none; not recovered; none good
}  # fmt: skip
SETTING = {
    "nines": "month=30 d", "backoff": "base=10 ms", "published": "pause=0.5 s", "bulkhead": "pools.app.threads=20",
    "connection_pool": "pools.db.threads=100", "load_balancing": "pools.app.threads=3",
    "what_if": "pools.app.threads=20", "retry_storm": "sources.web.to.timeout=2 s",
    "thundering_herd": "pools.gate.queue.cap=50", "breaker_tuning": "sources.callers.clients=15",
    "cache_loss": "sources.web.to.timeout=2 s", "deployments": "pools.app.threads=5",
    "split_brain": "sources.clients_a.to.timeout=1 s",
    "multi_region": "pools.app.cores=4",
    "blast_radius": "pools.cell_0.cores=1", "cloudflare_2019": "utilisation=0.3",
    "github_2018": "drain=400", "s3_2017": "f_open=0.8",
}  # all others: the horizon
# nothing beside an exact value; or z within a text
WITHOUT_Z = ("nines", "availability", "backoff", "published", "bulkhead", "connection_pool", "what_if", "retry_storm",
             "cache_loss", "deployments", "split_brain", "cloudflare_2019", "github_2018",
             "s3_2017")  # fmt: skip
SIMULATED = {
    "slo_risk": ("meets", "estimate"), "load_balancing": ("runs", "failed_share"), "third_party": ("states", "failed"),
    "thundering_herd": ("herds", "drained_s"), "failover": ("curve", "estimate"), "blast_radius": ("runs", "failed"),
    "breaker_tuning": ("tuning", "estimate"),
}  # fmt: skip
