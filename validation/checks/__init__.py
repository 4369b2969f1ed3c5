"""Checks: modules of this folder that look for faults behind tables that are right.

Each has ``CODES``, what it can find, and ``find``, a pure function of the corpus. A new module is
found by itself.
"""

import importlib
import pkgutil
from collections.abc import Iterator
from typing import Protocol, cast

from manifests.findings import Code, Finding
from validation.corpus import Corpus


class Check(Protocol):
    """A module of this folder."""

    __name__: str
    CODES: tuple[Code, ...]

    def find(self, corpus: Corpus) -> Iterator[Finding]:
        """What is, or may be, wrong; of the codes in ``CODES`` alone."""


def find_checks() -> list[Check]:
    """Every check module, by name. Raises ValueError where two describe one code."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    checks = [cast(Check, importlib.import_module(f"{__name__}.{name}")) for name in names]
    codes = [code.code for check in checks for code in check.CODES]
    twice = sorted({code for code in codes if codes.count(code) > 1})
    if twice:
        raise ValueError(f"two checks describe {', '.join(twice)}")
    return checks
