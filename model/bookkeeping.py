"""What is written when a training begins and however it ends: summary and curves."""

import contextlib
import logging
from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from manifests.errors import UserError
from model.curves import draw_curves
from model.runs import Run
from model.stopping import Stopped
from model.summary import State, Summary, read_summary, tally, write_summary

LOG = logging.getLogger(__name__)


@contextlib.contextmanager
def keeping_summary(run: Run, summary: Summary) -> Iterator[None]:
    """Write summary.json at the beginning and at the end, whatever the end is, and draw the curves;
    let go of the run's folder."""
    state: State = "failed"
    detail = ""
    try:
        summary = replace(summary, started=_began(run) or summary.started)
        with contextlib.suppress(OSError):
            write_summary(run.folder, summary)
        yield
        state = "finished"
    except Stopped:
        state = "stopped"
        raise
    except UserError as error:
        detail = str(error)
        raise
    except BaseException as error:
        detail = repr(error)
        raise
    finally:
        _close(run, replace(summary, state=state, detail=detail))


def _began(run: Run) -> str | None:
    """When the run began, where it goes on."""
    with contextlib.suppress(OSError, ValueError, KeyError):
        return str(read_summary(run.folder)["started"])
    return None


def _close(run: Run, summary: Summary) -> None:
    """Nothing here may hide how the training ended: a full disk, or a log in which somebody wrote,
    is a warning."""
    try:
        summary = replace(summary, **tally(run.folder))
        LOG.info("%s", summary.text())
    except (ValueError, TypeError, KeyError, OverflowError) as error:
        LOG.warning("%s: a line of its logs is not one of a training: %r", run.folder, error)
    # The summary comes last: a run that it calls finished lacks nothing, whenever it is killed.
    for write in (partial(draw_curves, run.folder), partial(write_summary, run.folder, summary)):
        try:
            write()
        except (OSError, ValueError) as error:
            LOG.warning("summary.json or the curves could not be written: %s", error)
    run.close()
