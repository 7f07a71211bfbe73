"""Crews at work: faults wait for somebody, who travels, and repairs."""

from __future__ import annotations

from collections.abc import Callable

from simulator.describe.controllers import Crew
from simulator.describe.distributions import Distribution
from simulator.rules.crew_jobs import speeds
from simulator.rules.hours import hours_begin, in_hours
from simulator.run.controllers.later import Later, Operating
from simulator.run.controllers.world import World

__all__ = ["Brigade", "Job"]


class Job:
    """A repair: the way there, then the work.

    Parameters
    ----------
    world : World
    name : str
        Of the fault.
    rank : int
        Urgency, 0 = first.
    travel : Distribution or None
    repair : Distribution
    done : callable
        What happens at the end.
    """

    def __init__(
        self, world: World, name: str, rank: int, travel: Distribution | None, repair: Distribution,
        done: Callable[[], None],
    ) -> None:  # fmt: skip
        self._world, self._name, self.rank = world, name, rank
        self._travel, self._repair, self._done = travel, repair, done
        self.begun = False
        self._there = False
        self._clock = Operating(world.env, self._ends)

    def run_at(self, speed: float) -> None:
        """Somebody is on it at this speed; 0 = nobody is."""
        if self.begun:
            self._clock.run_at(speed)
        elif speed > 0.0:
            self.begun = True
            self._there = self._travel is None
            self._start(speed)

    def stop(self) -> None:
        """It is done with, before its end."""
        self._clock.stop()

    def _start(self, speed: float) -> None:
        purpose, law = ("repair", self._repair) if self._there else ("travel", self._travel)
        assert law is not None  # without a way there the work begins at once
        self._clock.start(self._world.draw(purpose, self._name, law), speed)

    def _ends(self) -> None:
        if self._there:
            self._done()
        else:
            self._there = True
            self._start(self._clock.speed)


class Brigade:
    """One crew and its jobs, in order of arrival.

    Parameters
    ----------
    crew : Crew
    world : World
    """

    def __init__(self, crew: Crew, world: World) -> None:
        self.crew, self._world = crew, world
        self.jobs: list[Job] = []
        self._opens = Later(world.env, lambda: self._assign(on_call=True))

    def take(self, job: Job) -> None:
        """A fault calls."""
        self.jobs.append(job)
        self._assign()

    def leave(self, job: Job) -> None:
        """A job is done."""
        self.jobs.remove(job)
        self._assign()

    def _assign(self, on_call: bool = False) -> None:
        """Who is worked on now; `on_call`: the hours begin at this moment."""
        jobs, hours, now = list(self.jobs), self.crew.on_call, self._world.now
        there = on_call or hours is None or in_hours(hours, now)
        found = speeds(self.crew, [j.rank for j in jobs], [j.begun for j in jobs], there)
        for job, speed in zip(jobs, found, strict=True):
            job.run_at(speed)
        if hours is not None and not there and not all(job.begun for job in jobs):
            self._opens.set(hours_begin(hours, now))
