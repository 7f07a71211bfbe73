"""Every error a user can meet. Each says what was given, what is allowed and where it stands."""

from __future__ import annotations

__all__ = ["DescriptionError", "LuckUsedTwice", "NotEnoughData", "NotSupported", "SimulatorError"]


class SimulatorError(Exception):
    """Base of all errors of this package."""


class DescriptionError(SimulatorError, ValueError):
    """A system, a file or an argument that does not say something that can be run.

    Parameters
    ----------
    message : str
        What was given and what is allowed.
    where : str
        Key path of the culprit, such as ``pools.db.members``; empty if there is none.
    """

    def __init__(self, message: str, where: str = "") -> None:
        self.message = message
        self.where = where
        super().__init__(f"{where}: {message}" if where else message)

    def under(self, prefix: str) -> DescriptionError:
        """The same error one level further out: `prefix` is put before the key path."""
        inner = self.where
        joined = prefix + inner if inner.startswith("[") else f"{prefix}.{inner}"
        return DescriptionError(self.message, joined.strip("."))


class NotSupported(SimulatorError, NotImplementedError):
    """A feature that an engine cannot answer; the message names the engine that can.

    Parameters
    ----------
    feature : str
        What the system has or what was asked.
    engine : str
        The engine that refuses.
    instead : str
        What to do; usually the engine that can.
    """

    def __init__(self, feature: str, engine: str, instead: str = "") -> None:
        self.feature = feature
        self.engine = engine
        self.instead = instead
        advice = f"; {instead}" if instead else ""
        super().__init__(f"{engine} cannot answer {feature}{advice}")


class NotEnoughData(SimulatorError, RuntimeError):
    """Too little was seen for the estimate asked for; carries what there is.

    Parameters
    ----------
    message : str
        What is missing and how to get it.
    estimate : float
        The value the few data give, not to be relied on.
    """

    def __init__(self, message: str, estimate: float) -> None:
        self.estimate = estimate
        super().__init__(message)


class LuckUsedTwice(SimulatorError, RuntimeError):
    """The audit found one address of random numbers read twice: two things would share their luck."""
