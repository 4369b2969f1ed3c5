"""How a command of any package ends: with a status, and a message that a person can act on."""

import io
import os
import sys
from collections.abc import Callable

from manifests.errors import UserError
from manifests.pages.words import visible

FAILED, INTERRUPTED = 2, 130
NOTHING_LOST = "interrupted: what stands under its real name is whole; run it again"


def status_of(work: Callable[[], int]) -> int:
    """What ``work`` returns; 2 after the message of a UserError or of the system (OSError), 130
    after an interruption, 0 where nobody reads the output to its end.

    Messages may quote names and values of others: what would turn a terminal about is written out.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # names of files need not be UTF-8
    try:
        status = work()
        sys.stdout.flush()  # here, where a reader that has gone can still be answered
        return status
    except UserError as error:
        return _failed(str(error))
    except BrokenPipeError:  # `| head` has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        return _failed(f"{error}; free it, or give another folder")
    except KeyboardInterrupt:
        sys.stderr.write(f"{NOTHING_LOST}\n")
        return INTERRUPTED


def _failed(message: str) -> int:
    lines = "\n".join(map(visible, message.split("\n")))
    sys.stderr.write(f"error: {lines}\n")
    return FAILED
