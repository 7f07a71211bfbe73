"""How a message shows a value that was given, and which allowed word it probably meant."""

from __future__ import annotations

import datetime
import difflib
import re
from collections.abc import Iterable, Mapping
from typing import Any

__all__ = ["NAME", "as_written", "nearest", "shown"]

NAME = r"[\w-]+(?: [\w-]+)*"
"""Regular expression of the names of faults and controllers (a pool has no spaces)."""

_WIDTH = 60


def shown(value: object) -> str:
    """`value` as its author wrote it, on one line, at most about 60 characters.

    Examples
    --------
    >>> shown(True), shown("5 m"), shown({"a": 1})
    ('true', "'5 m'", "{'a': 1}")
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, str) and len(value) > _WIDTH:
        return f"{value[:_WIDTH]!r}..."
    try:
        text = repr(value)
    except ValueError:  # Python does not print whole numbers beyond 4,300 digits
        return "a whole number of thousands of digits"
    return text if len(text) <= _WIDTH else f"{text[:_WIDTH]}..."


def nearest(word: object, allowed: Iterable[str]) -> str:
    """``" (did you mean 'members'?)"`` if one of `allowed` is close to `word`, else nothing.

    Examples
    --------
    >>> nearest("member", ["members", "needed"])
    " (did you mean 'members'?)"
    """
    close = difflib.get_close_matches(str(word)[:_WIDTH], list(allowed), 1)
    return f" (did you mean {close[0]!r}?)" if close else ""


def as_written(message: str, data: Mapping[str, Any], values: Mapping[str, Any]) -> str:
    """`message` with the text of the file in place of the number that the text became."""
    for key, text in data.items():
        if isinstance(text, Mapping) and isinstance(values[key], tuple):  # shares by name
            message = as_written(message, text, dict(values[key]))
        if isinstance(text, str) and isinstance(values[key], float):
            number = rf"(?<![\w.-]){re.escape(repr(values[key]))}(?![\w.])"
            if found := re.search(number, message):
                message = f"{message[: found.start()]}{shown(text)}{message[found.end() :]}"
    return message
