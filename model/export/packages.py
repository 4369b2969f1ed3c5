"""Packages that only some ways of running need."""

import contextlib
from collections.abc import Iterator

from manifests.errors import UserError


@contextlib.contextmanager
def needing(package: str) -> Iterator[None]:
    """Turn the absence of ``package`` into a UserError that says how to install it."""
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != package:
            raise
        raise UserError(
            f"this needs the package {package}, which is not installed; `pip install {package}`"
        ) from error
