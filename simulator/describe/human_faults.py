"""What people do wrong, as values: commands, configuration, deployments, designs.

Each constructor gives the plain Runbook, Rollout or Fault that says what its name means.
"""

from __future__ import annotations

from collections.abc import Sequence

from simulator.describe.actions import Remove
from simulator.describe.distributions import Distribution
from simulator.describe.effects import Effect
from simulator.describe.faults import At, Drain, Fault, On
from simulator.describe.quantities import Number, Seconds, Share
from simulator.describe.rollouts import Build, Rollout
from simulator.describe.runbooks import Runbook, Step
from simulator.describe.signals import Signal

__all__ = ["bad_deploy", "config_push", "untested_design", "wrong_command"]

Lasts = Distribution | Drain | Seconds | None


def wrong_command(
    pool: str, at: Seconds, *, share: Share, floor: bool = False, per_min: Number | None = None,
    name: str = "wrong command",
) -> Runbook:  # fmt: skip
    """Somebody takes away too many members: the rest has to carry the load.

    Parameters
    ----------
    pool : str
    at : float
        Seconds.
    share : float
        Of the members.
    floor : bool
        The tool refuses to go below what the pool needs.
    per_min : float or None
        Members a minute; None = all at once.
    name : str
    """
    takes_away = Remove(pool, share, per_min=per_min, floor=floor)
    return Runbook(name, At(at), [Step(takes_away, name="command")])


def config_push(
    pool: str, effect: Effect, at: Seconds, *, waves: Sequence[Share] = (1.0,), soak: Seconds = 0.0,
    halts_on: Signal | None = None, name: str = "config push",
) -> Rollout:  # fmt: skip
    """A wrong value reaches all members while they serve: with one wave, everywhere at once.

    Parameters
    ----------
    pool : str
    effect : Effect
        What the value does.
    at : float
        Seconds.
    waves, soak, halts_on
        See :class:`Rollout`: a gradual push, and what takes it back.
    name : str
    """
    build = Build(name, effect)
    return Rollout(name, pool, build, At(at), waves, live=True, soak=soak, halts_on=halts_on, back="at_once")


def bad_deploy(
    pool: str, effect: Effect, at: Seconds, *, waves: Sequence[Share] = (0.25, 0.5, 0.75, 1.0),
    member_takes: Seconds = 30.0, soak: Seconds = 0.0, halts_on: Signal | None = None,
    name: str = "bad deploy",
) -> Rollout:  # fmt: skip
    """Bad code is rolled out: each member is away while it changes, and is worse afterwards.

    Parameters
    ----------
    pool : str
    effect : Effect
        What the code does: errors, slowness, ``Effect(up=False)`` for one that does not start.
    at : float
        Seconds.
    waves, member_takes, soak, halts_on
        See :class:`Rollout`.
    name : str
    """
    return Rollout(
        name, pool, Build(name, effect), At(at), waves, member_takes=member_takes, soak=soak, halts_on=halts_on
    )  # fmt: skip


def untested_design(
    first: str, then: str, lasts: Lasts, *, chance: Share = 1.0, name: str = "untested"
) -> Fault:
    """The path that is only taken when something fails does not work: all of `then` is down at once.

    Parameters
    ----------
    first : str
        The pool whose failure leads there.
    then : str
        The pool that should have stood in.
    lasts : Distribution, Drain or float
        Seconds.
    chance : float
        That the path does not work: 1 less the coverage of its tests.
    name : str
    """
    return Fault(then, On(f"failed:{first}", chance), lasts, together=True, name=name)
