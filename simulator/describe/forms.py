"""Which form each class has in a file: its key, its fields with their units, its limits.

Read by the codec, which builds values from files, and by the schema, which describes files.
"""

from __future__ import annotations

import functools
import inspect
import typing
from collections.abc import Callable, Mapping
from typing import Annotated, Any

from simulator.describe import actions, distributions, guards, retries
from simulator.describe.backlogs import Spare
from simulator.describe.controllers import Crew, Failover, HealthCheck
from simulator.describe.distributions import CONSTRUCTORS, Bathtub, Distribution, Equilibrium
from simulator.describe.distributions.smooth import Erlang
from simulator.describe.faults import At, Drain, Every, Life, On, Poisson
from simulator.describe.pools import Pool
from simulator.describe.profiles import Daily, Profile, Ramp, Spike
from simulator.describe.quantities import Number
from simulator.describe.rollouts import Autoscaler, Rollout
from simulator.describe.runbooks import Runbook
from simulator.describe.serving import Cache, Queue, Zipf
from simulator.describe.signals import Signal
from simulator.describe.sources import Closed, Trace
from simulator.describe.steps import All, Answer, Call, Work
from simulator.describe.structure import KofN, Network, Parallel, Series

__all__ = [
    "ABSTRACT",
    "MARKED",
    "TAGS",
    "choices",
    "fields_of",
    "least",
    "most",
    "parameters",
    "required_keys",
    "tag_of",
]

Build = Callable[..., Any]
"""A class or a constructor."""

TAGS: dict[str, Build] = {
    **CONSTRUCTORS,
    "equilibrium": Equilibrium,
    "drain": Drain,
    "life": Life,
    "on": On,
    "every": Every,
    "poisson": Poisson,
    "at": At,
    "crew": Crew,
    "failover": Failover,
    "health_check": HealthCheck,
    "runbook": Runbook,
    "rollout": Rollout,
    "autoscaler": Autoscaler,
    "signal": Signal,
    "spare": Spare,
    "remove": actions.Remove,
    "restore": actions.Restore,
    "add": actions.Add,
    "pause": actions.Pause,
    "resume": actions.Resume,
    "set_queue": actions.SetQueue,
    "drop": actions.Drop,
    "promote": actions.Promote,
    "roll_back": actions.RollBack,
    "ends": actions.Ends,
    "switch": actions.Switch,
    "note": actions.Note,
    "consecutive": guards.Consecutive,
    "count": guards.Count,
    "rolling": guards.Rolling,
    "aimd_limit": guards.AimdLimit,
    "vegas": guards.Vegas,
    "gradient": guards.Gradient,
    "token_rate": guards.TokenRate,
    "leaky_bucket": guards.LeakyBucket,
    "aimd_rate": guards.AimdRate,
    "token_bucket": retries.TokenBucket,
    "share_of_traffic": retries.ShareOfTraffic,
    "aws_quota": retries.AwsQuota,
    "grpc_throttle": retries.GrpcThrottle,
    "finagle_budget": retries.FinagleBudget,
    "envoy_budget": retries.EnvoyBudget,
    "closed": Closed,
    "trace": Trace,
    "ramp": Ramp,
    "spike": Spike,
    "daily": Daily,
    "zipf": Zipf,
}
"""Tagged choices, ``{ exponential = "30 d" }``: key in a file -> class or constructor."""

MARKED: dict[type, str] = {
    Work: "work", Call: "call", All: "all", Answer: "share", Series: "series", Parallel: "parallel", KofN: "of",
    Network: "edges",
}  # fmt: skip
"""Choices told apart by a key of their own table."""

ABSTRACT = (Distribution, Profile)
"""Kinds of values that are always written with the tag of their class."""

_MOST: dict[tuple[Build, str], int] = {
    (Pool, "members"): 10_000,
    (Pool, "needed"): 10_000,
    (Erlang, "stages"): 1_000,
    (Zipf, "n"): 10_000_000,
}
_FROM_ZERO: set[tuple[Build, str]] = {
    (Queue, "cap"), (Cache, "warm"), (guards.Bulkhead, "queue"), (guards.Gradient, "queue"),
    (actions.Add, "members"), (actions.Remove, "from_shard"), (Failover, "first"),
    (guards.LeakyBucket, "waiting"), (retries.Backoff, "first"), (retries.EnvoyBudget, "minimum"),
}  # fmt: skip
_MOST_OTHERWISE = 1_000_000

_Endless = Annotated[float, "time or inf"]
_HINTS: dict[Build, dict[str, Any]] = {
    # An infinite scale switches this part of the bathtub off; nothing else in a file may be infinite.
    Bathtub: {"early": tuple[Number, _Endless], "wear": tuple[Number, _Endless]}
}


@functools.cache
def fields_of(build: Build) -> dict[str, Any]:
    """Keys of a class or constructor and their types, with units; ``mean_`` is written ``mean``."""
    module = inspect.getmodule(build)
    names = vars(distributions) | (dict(vars(module)) if module else {})
    function = build.__init__ if inspect.isclass(build) else build
    hints = typing.get_type_hints(function, names, include_extras=True)
    hints.pop("return", None)
    return {name.rstrip("_"): kind for name, kind in hints.items()} | _HINTS.get(build, {})


@functools.cache
def parameters(build: Build) -> dict[str, inspect.Parameter]:
    """Parameters by key."""
    return {name.rstrip("_"): p for name, p in inspect.signature(build).parameters.items()}


def required_keys(build: Build) -> list[str]:
    """Keys without a default."""
    return [key for key, p in parameters(build).items() if p.default is inspect.Parameter.empty]


def most(build: Build, key: str) -> int:
    """Largest whole number that a file may give for `key`."""
    return _MOST.get((build, key), _MOST_OTHERWISE)


def least(build: Build, key: str) -> int:
    """Smallest whole number that makes sense for `key`, for editors; the classes check it themselves."""
    return 0 if (build, key) in _FROM_ZERO else 1


@functools.cache
def choices(kinds: tuple[type, ...]) -> Mapping[str, Build]:
    """Tags that build one of `kinds`; not to be changed."""

    def product(build: Build) -> type:
        return build if inspect.isclass(build) else Distribution

    return {tag: b for tag, b in TAGS.items() if any(issubclass(product(b), k) for k in kinds)}


def tag_of(value: object) -> str | None:
    """The key under which a value is written; None if it is a plain table."""
    return next((tag for tag, build in TAGS.items() if build is type(value)), None)
