"""Structure: series, parallel, k of n, the bridge, importance (cases A)."""

from __future__ import annotations

from simulator import Call, System, exact, parallel, series
from tests.cases.catalogue import Answer, Parameters
from tests.cases.systems import bridge, in_series, part


def _of_bridge(measure: str) -> Answer:
    def answer(p: Parameters) -> float:
        found = exact.importances(bridge(p["p"])).of(p["component"].replace("-", ""))
        return found[measure]

    return answer


def _structural(p: Parameters) -> float:
    return exact.importances(bridge([0.9] * 5)).of("uv")["structural"]


def _two_trains(p: Parameters) -> float:
    pools = [part(f"{kind}{i}", 1 - p[f"q_{kind}"]) for i in (1, 2) for kind in ("valve", "pump")]
    trains = [series(f"valve{i}", f"pump{i}") for i in (1, 2)]
    return exact.unavailability(System(pools, structure=parallel(*trains)))


def _web_and_database(p: Parameters) -> float:
    web, sql = p["sla"]
    return exact.availability(System([part("web", web, serve=[Call("sql")]), part("sql", sql)]))


def fallback(p: Parameters) -> System:
    """A web application that puts the work into a queue when the database does not answer."""
    serve = [Call("sql", fallback=(Call("queue"),))]
    return System(
        [part("web", p["web"], serve=serve), part("sql", p["sql"]), part("queue", p["queue"])]
    )


def _hard_dependencies(p: Parameters) -> float:
    names = [f"dependency{i}" for i in range(1, p["n"])]
    own = part("own", p["a"], serve=[Call(name) for name in names])
    return exact.availability(System([own, *(part(name, p["a"]) for name in names)]))


def zones(p: Parameters) -> System:
    """A load balancer, the control plane of a region, and two of three zones."""
    return System(
        [part("lb", p["lb"]), part("region", p["region"]), part("az", p["az"], 3, needed=2)]
    )


ANSWERS: dict[str, Answer] = {
    "A01-series3": lambda p: exact.availability(in_series(p["p"])),
    "A03-2of3": lambda p: exact.availability(System([part("u", p["p"], p["n"], needed=p["k"])])),
    "A04-kofn-10-7": lambda p: exact.unavailability(
        System([part("u", p["p"], p["n"], needed=p["k"])])
    ),
    "A06-bridge-equal": lambda p: exact.availability(bridge([p["p"]] * 5)),
    "A07-bridge-unequal": lambda p: exact.availability(bridge(p["p"])),
    "A08-bridge-birnbaum-s-u": _of_bridge("birnbaum"),
    "A09-bridge-raw-s-u": _of_bridge("raw"),
    "A10-bridge-rrw-s-u": _of_bridge("rrw"),
    "A11-bridge-crit-u-v": _of_bridge("criticality"),
    "A12-bridge-fv-s-u": _of_bridge("fussell_vesely"),
    "A12-bridge-fv-u-v": _of_bridge("fussell_vesely"),
    "A13-bridge-structural-uv": _structural,
    "A17-twotrain-ft": _two_trains,
    "A20-azure-webapp-sql": _web_and_database,
    "A21-azure-queue-fallback": lambda p: exact.availability(fallback(p)),
    "A23-aws-4hard-dep": _hard_dependencies,
    "A24-aws-2AZ-parallel": lambda p: exact.availability(System([part("az", p["a"], p["n"])])),
    "A26-3AZ-2needed-region": lambda p: exact.availability(zones(p)),
}
