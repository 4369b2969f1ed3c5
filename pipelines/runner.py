"""Running a Beam pipeline, on whatever runner, with progress and readable errors."""

import contextlib
import os
import sys
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, TextIO, TypeVar

import apache_beam as beam
from apache_beam.options.pipeline_options import PipelineOptions

from manifests.errors import UserError
from manifests.storage.mirror import bring, remote_of
from manifests.storage.sending import send
from pipelines.beam_options import BeamOptions, refuse_unknown, settle
from pipelines.handshake import announce, check
from pipelines.job_server import explain, server_options
from pipelines.progress import Count, progress
from pipelines.signs import working
from pipelines.waiting import wait

_ERRORS = "errors"
T = TypeVar("T")


def run(
    fill: Callable[[beam.Pipeline], None],
    arguments: Sequence[str],
    scratch: Path,
    log: Path,
    count: Count,
    what: str,
    reads: Iterable[Path] = (),
) -> None:
    """Run the pipeline that ``fill`` builds.

    The chatter of Beam's workers goes to ``log``; ``count() -> (done, total so far)`` is shown as
    progress. ``reads``: raw files and folders, which each worker must see as this process does. A
    UserError raised in a worker inside ``noting_errors`` is raised here again; so is one where no
    job server or worker is there, where workers died, and where they have other versions.
    """
    options = settle(arguments)
    pipeline = _pipeline(options)
    announce(scratch, reads)
    fill(pipeline)
    try:
        with _stderr_to(log) as terminal, progress(what, count, terminal):
            _finish(pipeline, scratch, options)
    except Exception as error:
        with contextlib.suppress(UserError, OSError):
            bring(scratch / _ERRORS)
        if words := explain(error, scratch / _ERRORS, options):
            raise UserError(words) from error
        if isinstance(error, UserError):
            raise
        error.add_note(f"the log of Beam's workers is {log}")
        raise


def _finish(pipeline: beam.Pipeline, scratch: Path, options: BeamOptions) -> None:
    """Run to the end; what is given up, by us or by the keyboard, is cancelled on its cluster."""
    running: list[Any] = []

    def work() -> None:
        running.append(pipeline.run())
        running[0].wait_until_finish()

    try:
        wait(work, scratch, options)
    except BaseException:
        for result in running if not options.in_process else ():
            with contextlib.suppress(Exception):  # it may be over, or the server gone
                result.cancel()
        raise


def _pipeline(options: BeamOptions) -> beam.Pipeline:
    endpoint = options.value("job_endpoint")
    if endpoint and endpoint != "embed":
        refuse_unknown(options.arguments, server_options(endpoint))
    try:
        return beam.Pipeline(options=PipelineOptions(options.arguments))
    except Exception as error:  # importing a runner may fail in any way at all
        raise UserError(f"Beam does not take these options: {error}") from error


def own_values(key: str, values: Iterable[tuple[str, T]]) -> list[T]:
    """What was grouped under a key, each value with the key that it was sent under. Raises
    RuntimeError where the runner brought what belongs to another."""
    found = list(values)
    if any(sent != key for sent, _ in found):
        raise RuntimeError(f"the runner mixed up what belongs to {key}")
    return [value for _, value in found]


@contextlib.contextmanager
def noting_errors(scratch: Path) -> Iterator[None]:
    """In a worker, around each of its steps: see that it is fit for the run, show that it lives,
    and leave the message of a UserError, or of a full disk and the like, where ``run`` finds it."""
    try:
        check(scratch)
        with working(scratch):
            yield
    except (UserError, OSError) as error:
        if scratch.is_dir() or remote_of(scratch):  # else on a disk that nobody looks at
            _leave_note(scratch / _ERRORS, str(error))
        raise


def _leave_note(folder: Path, words: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    note = folder / f"{uuid.uuid4().hex}.txt"
    note.write_text(words, encoding="utf-8")
    with contextlib.suppress(UserError, OSError):  # the store itself may be what failed
        send(note)


@contextlib.contextmanager
def _stderr_to(log: Path) -> Iterator[TextIO]:
    """Send this process's standard error, and its children's, to a file; yield the real one."""
    log.parent.mkdir(parents=True, exist_ok=True)
    sys.stderr.flush()
    saved = os.dup(2)
    with os.fdopen(saved, "w", encoding="utf-8") as terminal, log.open("ab") as file:
        os.dup2(file.fileno(), 2)
        try:
            yield terminal
        finally:
            sys.stderr.flush()
            os.dup2(saved, 2)
