"""Paths of attempts: the address of every random number of a request below its source.

A path says which calls led here and which attempt of each this is: ``users>lb#0>app#1``. Together with
the number of the request it names an attempt whatever the order of events, so two engines, or two
what-ifs, give it the same service time.
"""

from __future__ import annotations

from simulator.describe.distributions import Distribution
from simulator.describe.rollouts import Build
from simulator.run.events.plan import Plan, SitePlan, StepPlan
from simulator.sample.draws import Column, durations, uniforms
from simulator.sample.luck import Luck

__all__ = ["Path"]


class Path:
    """One way to an attempt, with the columns of random numbers that attempts on it use.

    Parameters
    ----------
    who : str
        The address.
    site : SitePlan
        The call whose attempt this is.
    plan : Plan
    luck : Luck
    replication : int
    """

    __slots__ = (
        "_children",
        "_columns",
        "_luck",
        "_plan",
        "_replication",
        "back",
        "firsts",
        "there",
        "who",
        "works",
    )

    def __init__(
        self, who: str, site: SitePlan | None, plan: Plan, luck: Luck, replication: int
    ) -> None:
        self.who, self._plan, self._luck, self._replication = who, plan, luck, replication
        self._children: dict[tuple[int, int, int], Path] = {}
        self._columns: dict[str, Column] = {}
        self.firsts: dict[int, Path] = {}
        self.there: dict[int, Column] = {}
        self.back: dict[int, Column] = {}
        self.works: list[list[Column | None]] = []
        if site is not None:
            pool = plan.pools[site.callee]
            self.works = [self._columns_of(steps) for steps in pool.served]

    def _columns_of(self, steps: tuple[StepPlan, ...]) -> list[Column | None]:
        """A column for each piece of work, numbered among the pieces only."""
        columns: list[Column | None] = []
        pieces = 0
        for step in steps:
            if step.law is None:
                columns.append(None)
                continue
            draw = durations(step.law)
            columns.append(Column(self._luck, f"work:{pieces}", self.who, self._replication, draw))
            pieces += 1
        return columns

    def child(self, site: SitePlan, attempt: int, branch: int = 0) -> Path:
        """The path of attempt number `attempt` of a call made here."""
        key = (site.index, attempt, branch)
        found = self._children.get(key)
        if found is None:
            label = (
                f"{site.label}#{attempt}" if branch == 0 else f"{site.label}[{branch}]#{attempt}"
            )
            who = f"{self.who}>{label}"
            found = Path(who, site, self._plan, self._luck, self._replication)
            self._children[key] = found
            if attempt == 0 and branch == 0:
                self.firsts[site.index] = found
        return found

    def uniform(self, purpose: str, request: int) -> float:
        """A uniform number in [0, 1) for one purpose of one request."""
        column = self._columns.get(purpose)
        if column is None:
            column = Column(self._luck, purpose, self.who, self._replication, uniforms)
            self._columns[purpose] = column
        return column.at(request)

    def delays(self, link: int) -> None:
        """Columns of the times on a link, seconds: `there` and `back` have them from now on."""
        plan = self._plan.links[link]
        draw = durations(plan.law)
        for purpose, columns in (("there", self.there), ("back", self.back)):
            address = (
                f"{purpose}:{plan.link.name}"  # not its number: another link moves nobody's luck
            )
            columns[link] = Column(self._luck, address, self.who, self._replication, draw)

    def extra(self, build: Build, piece: int, request: int) -> float:
        """Work that a build adds to a piece of work, seconds."""
        assert build.extra_work is not None  # asked only where there is some
        purpose = f"build:{build.name}:{piece}"
        column = self._columns.get(purpose)
        if column is None:
            draw = durations(build.extra_work)
            column = Column(self._luck, purpose, self.who, self._replication, draw)
            self._columns[purpose] = column
        return column.at(request)

    def patience(self, law: Distribution, request: int) -> float:
        """How long a request waits in line before it leaves, seconds."""
        column = self._columns.get("patience")
        if column is None:
            draw = durations(law)
            column = Column(self._luck, "patience", self.who, self._replication, draw)
            self._columns["patience"] = column
        return column.at(request)
