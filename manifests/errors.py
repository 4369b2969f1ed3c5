"""The one exception type whose message is written for the person at the keyboard."""

import sys


class UserError(Exception):
    """Something the person running the command can put right; the message says how.

    Command lines print it as ``error: <message>`` and exit with status 2, without a traceback.
    Anything else that escapes is a bug of this project and keeps its traceback.
    """


def require_docstrings() -> None:
    """Raise UserError where Python leaves docstrings out: Beam and Great Expectations read theirs
    as they are imported."""
    if sys.flags.optimize > 1:
        raise UserError(
            "this cannot run without docstrings: leave out python -OO, and unset PYTHONOPTIMIZE"
        )
