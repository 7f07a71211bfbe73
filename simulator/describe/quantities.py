"""What a number means, so that files and error messages know its unit.

A field or parameter typed with one of these is a plain ``float`` for Python and for mypy; the tag
says which unit a text such as ``"4 h"`` may carry. Read it with
``typing.get_type_hints(thing, include_extras=True)``.
"""

from __future__ import annotations

from typing import Annotated

__all__ = ["Bytes", "BytesPerSecond", "Number", "PerSecond", "Seconds", "Share"]

Seconds = Annotated[float, "time"]
PerSecond = Annotated[float, "rate"]
Share = Annotated[float, "share"]
Bytes = Annotated[float, "size"]
BytesPerSecond = Annotated[float, "bandwidth"]
Number = Annotated[float, "number"]
