"""Independent faults one by one: how often each is active in the long run, and at a given time."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from simulator.describe.distributions import Distribution, Exponential
from simulator.describe.faults import Every, Life, Poisson
from simulator.errors import NotSupported
from simulator.rules.anatomy import BasicEvent
from simulator.rules.plan import law_of

__all__ = ["EventLaw", "law_of_event"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class EventLaw:
    """A fault as an alternating renewal process.

    Parameters
    ----------
    name : str
    life : Distribution
    repair : Distribution or None
        None = never repaired.
    found_by : Every, Poisson or None
    age : float
        Age at the start, seconds.
    keeps : float
        Share of the gained age that a repair leaves.
    """

    name: str
    life: Distribution
    repair: Distribution | None
    found_by: Every | Poisson | None
    age: float
    keeps: float

    @property
    def is_closed(self) -> bool:
        """Whether its state at any time has a formula: exponential both ways, or never repaired."""
        if self.repair is None:
            return self.found_by is None
        plain = self.found_by is None and not self.keeps
        return plain and isinstance(self.life, Exponential) and isinstance(self.repair, Exponential)

    def mean_up(self) -> float:
        """Mean life, seconds."""
        if self.keeps:
            raise NotSupported(
                f"the long run of {self.name}, which a repair does not renew",
                "exact",
                "montecarlo can, over a horizon",
            )
        return self.life.mean()

    def mean_down(self) -> float:
        """Mean time from the fault to the end of its repair, waiting to be found included, seconds."""
        wait = 0.0
        if isinstance(self.found_by, Poisson):
            wait = 1.0 / self.found_by.most
        elif isinstance(self.found_by, Every):
            from simulator.run.exact.inspections import found_by_inspection

            wait = found_by_inspection(self.life, self.found_by.period).mean_undetected_s
        if self.repair is None:
            return wait if self.found_by is not None else math.inf
        return wait + self.repair.mean()

    def long_run(self) -> tuple[float, float, float]:
        """Share of time active, share not active, and frequency (1/s) in the long run."""
        up, down = self.mean_up(), self.mean_down()
        if math.isinf(up):
            return 0.0, 1.0, 0.0
        if math.isinf(down):
            return 1.0, 0.0, 0.0
        return down / (up + down), up / (up + down), 1.0 / (up + down)

    def active(self, times: Floats) -> Floats:
        """Probability that the fault is active at each time (seconds), new at 0.

        Parameters
        ----------
        times : float array, shape (n,)

        Returns
        -------
        float array, shape (n,)
        """
        if self.repair is None and self.found_by is None:
            return np.asarray(self.life.residual(self.age).cdf(times))
        if (
            self.keeps
            or self.found_by is not None
            or (self.age and not isinstance(self.life, Exponential))
        ):
            raise NotSupported(
                f"{self.name} at a given time (age, inspection or imperfect repair)",
                "exact",
                "montecarlo can",
            )
        assert self.repair is not None  # the first case
        if isinstance(self.life, Exponential) and isinstance(self.repair, Exponential):
            fail, mend = 1 / self.life.mean(), 1 / self.repair.mean()
            return -np.expm1(-(fail + mend) * times) * fail / (fail + mend)
        from simulator.run.exact.renewal import unavailability

        return np.array([unavailability(self.life, self.repair, float(t)).value for t in times])


def law_of_event(event: BasicEvent) -> EventLaw:
    """The law of a basic event that depends on no other."""
    fault = event.fault
    if fault is None or not isinstance(fault.when, Life):
        raise NotSupported(f"{event.name} on its own", "exact")
    repair = None if fault.repair is None else law_of(fault.repair)
    return EventLaw(
        event.name, fault.when.distribution, repair, fault.found_by, event.age, fault.when.keeps
    )
