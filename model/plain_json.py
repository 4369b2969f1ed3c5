"""What a value of unknown origin must be to go into JSON and onto a terminal: checks with words.

Each takes the value and its name, and raises ValueError where the value is something else.
"""

import re
from typing import Any, TypeGuard

from manifests.pages.words import visible
from manifests.strict_yaml import shown

LONGEST = 4096
"""Characters of a text: a path and its neighbours."""
LARGEST = 2**53
"""JSON's readers hold no greater whole number exactly."""
_DIGEST = re.compile("[0-9a-f]{64}")


def require_plain(value: Any, name: str) -> None:
    """Only what JSON holds: no dates, bytes, sets, NaN or infinity; texts and keys that show."""
    if isinstance(value, dict):
        for key, inner in value.items():
            require_text(key, f"a key of {name}")
            require_plain(inner, f"{name}.{key}")
    elif isinstance(value, list):
        for inner in value:
            require_plain(inner, f"an entry of {name}")
    elif isinstance(value, str):
        require_text(value, name)
    elif value is not None and not isinstance(value, bool) and not _is_number(value):
        raise ValueError(f"{name} must be a finite number or another plain value, not {_of(value)}")


def require_text(value: Any, name: str) -> None:
    """A text that is shown as it is: bounded, and without control characters."""
    if not isinstance(value, str):
        raise ValueError(f"{name} must be a text, not {shown(value)}")
    if len(value) > LONGEST or visible(value) != value:
        raise ValueError(
            f"{name} must be a text of at most {LONGEST:,} characters that can all be seen, not "
            f"{shown(value)}"
        )


def require_digest(value: Any, name: str) -> None:
    """A SHA-256."""
    if not isinstance(value, str) or not _DIGEST.fullmatch(value):
        raise ValueError(f"{name} must be 64 hexadecimal digits, not {shown(value)}")


def require_number(value: Any, name: str) -> None:
    """A finite number that JSON's readers hold."""
    if not _is_number(value):
        raise ValueError(f"{name} must be a finite number, not {_of(value)}")


def require_share(value: Any, name: str) -> None:
    """A number from 0 to 1."""
    if not _is_number(value) or not 0 <= value <= 1:
        raise ValueError(f"{name} must be a number from 0 to 1, not {_of(value)}")


def require_count(value: Any, name: str) -> None:
    """A whole number from 0."""
    if not isinstance(value, int) or not _is_number(value) or value < 0:
        raise ValueError(f"{name} must be a whole number from 0, not {_of(value)}")


def _is_number(value: Any) -> TypeGuard[int | float]:
    """False of NaN too, which is within no bounds."""
    is_one = isinstance(value, int | float) and not isinstance(value, bool)
    return is_one and -LARGEST <= value <= LARGEST


def _of(value: Any) -> str:
    return "a number of that size" if isinstance(value, int) and value > LARGEST else shown(value)
