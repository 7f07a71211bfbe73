"""Runbooks: what people do about an outage, step by step, and the mistakes they make."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from simulator.describe.actions import ACTIONS, Action
from simulator.describe.distributions import Deterministic, Distribution
from simulator.describe.faults import Drain
from simulator.describe.quantities import Seconds
from simulator.describe.signals import Signal
from simulator.describe.steps import Call
from simulator.describe.triggers import At, Every, On, Poisson, steady
from simulator.describe.valid import at_least
from simulator.describe.wording import shown
from simulator.errors import DescriptionError

__all__ = ["Runbook", "Step"]


@dataclass(frozen=True, slots=True)
class Step:
    """One step: wait for its conditions, get access, then act.

    The conditions come in this order: the clock (`at`), a signal (`when`), the human time (`after`),
    the access (`needs`), the time it takes (`takes`). Then it `does`, and the next step begins.

    Parameters
    ----------
    does : Action or sequence of Action
        Empty = it only waits.
    name : str
    at : float or None
        Not before this time, seconds from the start.
    when : Signal or None
        Not before this signal is on.
    after : Distribution or float
        Human time: to notice, to think, to decide, seconds.
    needs : Call or None
        A request that people make themselves and that must be served: to log in, to open a panel. It
        goes through the same system; its retry is theirs.
    takes : Distribution, Drain or float
        From the start of the action until it is done, seconds: restore 5 TB, boot a machine.
    beside : bool
        The next step begins with the time this one takes, not when it is done.
    """

    does: Action | Sequence[Action] = ()
    name: str = ""
    at: Seconds | None = None
    when: Signal | None = None
    after: Distribution | Seconds = 0.0
    needs: Call | None = None
    takes: Distribution | Drain | Seconds = 0.0
    beside: bool = False

    def __post_init__(self) -> None:
        if not isinstance(self.does, Sequence):
            object.__setattr__(self, "does", (self.does,))
        else:
            object.__setattr__(self, "does", tuple(self.does))
        for action in self.actions:
            if not isinstance(action, ACTIONS):
                kinds = ", ".join(kind.__name__ for kind in ACTIONS)
                raise DescriptionError(f"{shown(action)} is no action: there is {kinds}", "does")
        for key in ("after", "takes"):
            value = getattr(self, key)
            if isinstance(value, int | float):
                at_least(value, key)
                object.__setattr__(self, key, Deterministic(float(value)))
        if self.at is not None:
            at_least(self.at, "at")

    @property
    def actions(self) -> tuple[Action, ...]:
        """`does` as a tuple."""
        assert isinstance(self.does, tuple)  # made so at the start
        return self.does


@dataclass(frozen=True, slots=True)
class Runbook:
    """Steps that people take, one after the other, when something happens.

    Parameters
    ----------
    name : str
    when : At, On, Every, Poisson or Signal
        What sets it off. While it is under way it is not set off again.
    steps : sequence of Step
    once : bool
        Only the first time.
    """

    name: str
    when: At | On | Every | Poisson | Signal
    steps: Sequence[Step]
    once: bool = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "steps", tuple(self.steps))
        steady(self.when, "when")
        if not self.steps:
            raise DescriptionError("[]: at least one step is needed", "steps")
