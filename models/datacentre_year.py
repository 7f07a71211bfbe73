"""The first year of a data centre, as a small service on three of its racks meets it.

From Dean (2008): what typically happens in the first year of a cluster: 0.5 times it overheats
(most machines off, 1-2 days); 1 power distribution unit fails and there is 1 rack move
(500-1,000 machines, 6 h each); 1 rewiring (5 % of the machines at any time over 2 days); 20
racks fail (40-80 machines, 1-6 h); 5 racks lose half of their packets; 8 network maintenances,
of which 4 disturb for 30 min; 12 router reloads (2 min); 3 router failures (1 h); dozens of DNS
blips of 30 s; 1,000 machines fail.

ASSUMPTIONS typed by us: 1,800 machines in racks of 60, units that feed 750 machines each;
events at constant rates; a range of durations is uniform, a single figure the mean of an
exponential; a rack that loses half of its packets is as good as down for an hour; 30 DNS blips;
a machine is back after 2 h; the rewiring takes each machine down alone, for 2.4 h on average.
And the service itself: two web servers and one replica of the data in each of three racks, two
racks on one power unit and one on another; half of the web servers and a majority of the
replicas are needed.
"""

from __future__ import annotations

from models.entry import Source
from simulator.describe import (
    DAY,
    HOUR,
    MIN,
    SECOND,
    YEAR,
    Call,
    Distribution,
    Exponential,
    Fault,
    Life,
    Pool,
    Scenario,
    System,
    Uniform,
    crash,
)

__all__ = ["SOURCES", "cluster_faults", "network_faults", "scenario", "service"]

SOURCES = (
    Source(
        "J. Dean, Handling large datasets at Google: current systems and future directions, "
        "Data-Intensive Computing Symposium 2008, slide on the first year of a new cluster",
        "how often what happens, how many machines it takes, how long it lasts",
    ),
)

MACHINES = 1_800  # a cluster of the source
RACK_MACHINES = 60  # assumption: the middle of 40-80
UNIT_MACHINES = 750  # assumption: the middle of 500-1,000
OVERHEATINGS, UNIT_FAILURES, RACK_MOVES, REWIRINGS = 0.5, 1.0, 1.0, 1.0  # a year in the cluster
RACK_FAILURES, WONKY_RACKS = 20.0, 5.0  # a year in the cluster
MAINTENANCES, ROUTER_RELOADS, ROUTER_FAILURES = (
    4.0,
    12.0,
    3.0,
)  # a year; 4 of 8 maintenances disturb
DNS_BLIPS = 30.0  # assumption: "dozens" a year
MACHINE_FAILURES = 1_000.0  # a year in the cluster

COOLING_REPAIR = Uniform(1 * DAY, 2 * DAY)  # source: 1-2 days
UNIT_REPAIR = Exponential(6 * HOUR)  # source: 6 h
RACK_REPAIR = Uniform(1 * HOUR, 6 * HOUR)  # source: 1-6 h
REWIRING = Exponential(0.05 * 2 * DAY)  # source: 5 % of the machines at any time over 2 days
WONKY = Exponential(1 * HOUR)  # assumption
MACHINE_REPAIR = Exponential(2 * HOUR)  # assumption

RACKS = ("rack_a", "rack_b", "rack_c")  # assumption
UNITS = {"power_unit_1": ("rack_a", "rack_b"), "power_unit_2": ("rack_c",)}  # assumption
HORIZON = 1 * YEAR


def _yearly(
    times: float, lasts: Distribution, name: str, on: tuple[str, ...] = (), *, planned: bool = False
) -> Fault:
    """An event that comes `times` a year to all of `on` at once; nobody of ours repairs it."""
    life = Life(Exponential(YEAR / times))
    return Fault(on or "", life, lasts, together=True, needs_crew=False, planned=planned, name=name)


def network_faults() -> tuple[Fault, ...]:
    """What keeps users out although the machines are up."""
    return (
        _yearly(ROUTER_RELOADS, Exponential(2 * MIN), "router_reload"),
        _yearly(ROUTER_FAILURES, Exponential(1 * HOUR), "router_failure"),
        _yearly(MAINTENANCES, Exponential(30 * MIN), "maintenance", planned=True),
        _yearly(DNS_BLIPS, Exponential(30 * SECOND), "dns_blip"),
    )


def cluster_faults(*, wonky: Distribution = WONKY) -> list[Fault]:
    """What takes many machines at once: cooling, power units, rack moves, racks.

    Parameters
    ----------
    wonky : Distribution
        How long a rack that loses half of its packets counts as down, seconds.
    """
    everything = tuple(f"zone:{rack}" for rack in RACKS)
    faults = [_yearly(OVERHEATINGS, COOLING_REPAIR, "overheating", everything)]
    of_units, of_racks = UNIT_MACHINES / MACHINES, RACK_MACHINES / MACHINES
    for unit, racks in UNITS.items():
        fed = tuple(f"zone:{rack}" for rack in racks)
        faults.append(_yearly(UNIT_FAILURES * of_units, UNIT_REPAIR, unit, fed))
        faults.append(
            _yearly(RACK_MOVES * of_units, UNIT_REPAIR, f"rack_move_{unit[-1]}", fed, planned=True)
        )
    for rack in RACKS:
        faults.append(
            _yearly(RACK_FAILURES * of_racks, RACK_REPAIR, f"{rack}_failure", (f"zone:{rack}",))
        )
        faults.append(_yearly(WONKY_RACKS * of_racks, wonky, f"{rack}_wonky", (f"zone:{rack}",)))
    return faults


def service(*, machine_repair: Distribution = MACHINE_REPAIR) -> System:
    """Network, six web servers (three needed) and three replicas (two needed) over three racks.

    Parameters
    ----------
    machine_repair : Distribution
        Repair of a single machine, seconds.
    """
    machine = crash(Exponential(YEAR * MACHINES / MACHINE_FAILURES), machine_repair, name="machine")
    rewired = crash(Exponential(YEAR / REWIRINGS), REWIRING, needs_crew=False, name="rewiring")
    faults = (machine, rewired)
    two, one = dict.fromkeys(RACKS, 2), dict.fromkeys(RACKS, 1)
    return System(
        [
            Pool("network", faults=network_faults(), serve=(Call("web"),)),
            Pool("web", 6, 3, zones=tuple(two.items()), faults=faults, serve=(Call("data"),)),
            Pool("data", 3, 2, zones=tuple(one.items()), faults=faults),
        ],
    )


def scenario(
    *,
    machine_repair: Distribution = MACHINE_REPAIR,
    wonky: Distribution = WONKY,
    horizon: float = HORIZON,
) -> Scenario:
    """The first year of the service; parameters as above, `horizon` in seconds."""
    system = service(machine_repair=machine_repair)
    return Scenario(system, cluster_faults(wonky=wonky), horizon=horizon, name="datacentre_year")
