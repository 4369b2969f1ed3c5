"""Which Beam runner works, with which options; running one, with progress and readable errors."""

import argparse
import contextlib
import os
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TextIO

import apache_beam as beam
from apache_beam.options.pipeline_options import PipelineOptions
from tqdm import tqdm

from manifests.errors import UserError
from manifests.storage.mirror import bring
from manifests.storage.sending import send

_LOSES_DATA = {
    "daskrunner": "it loses bundles and reports success",
    "dask": "it loses bundles and reports success",
}
_POLL_SECONDS = 0.5
_QUIET_SECONDS = 15.0
_ERRORS = "errors"
Count = Callable[[], tuple[int, int]]


def beam_arguments(arguments: Sequence[str]) -> list[str]:
    """Beam's options with this project's defaults: in process, one worker a core.

    ``DirectRunner`` would try to download another runner before it falls back, so it is run as what
    it falls back to. Raises UserError for a runner or mode that is known to lose data.
    """
    joined = _joined(arguments)
    given = {key: value for key, _, value in (item.lstrip("-").partition("=") for item in joined)}
    runner = given.get("runner", "FnApiRunner")
    if runner.lower() in _LOSES_DATA:
        reason = _LOSES_DATA[runner.lower()]
        raise UserError(f"--runner={runner} is refused: {reason}; leave it out to run in process")
    if given.get("direct_running_mode") == "multi_threading":
        raise UserError(
            "--direct_running_mode=multi_threading is refused: large shuffles fail in it; "
            "use multi_processing or in_memory"
        )
    if runner not in ("DirectRunner", "FnApiRunner"):
        return joined  # another runner may have options of its own
    _refuse_unknown(joined)
    result = ["--runner=FnApiRunner", *(a for a in joined if not a.startswith("--runner="))]
    if "direct_num_workers" not in given:
        result.append(f"--direct_num_workers={len(os.sched_getaffinity(0))}")
    if "direct_running_mode" not in given:
        single = given.get("direct_num_workers", "") == "1"
        result.append(f"--direct_running_mode={'in_memory' if single else 'multi_processing'}")
    return result


def _refuse_unknown(arguments: list[str]) -> None:
    """Raise UserError for an option that Beam would drop with a warning: most are misspelt."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    for options in PipelineOptions.__subclasses__():
        with contextlib.suppress(argparse.ArgumentError):  # two of Beam's own share an option
            options._add_argparse_args(parser)
    _, unknown = parser.parse_known_args(arguments)
    if unknown:
        raise UserError(f"no option {' '.join(unknown)}, here or in Beam; see --help")


def _joined(arguments: Sequence[str]) -> list[str]:
    """``--key value`` as ``--key=value``. Raises UserError for what is no option."""
    joined: list[str] = []
    for argument in arguments:
        if argument.startswith("--"):
            joined.append(argument)
        elif joined and "=" not in joined[-1]:
            joined[-1] += f"={argument}"
        else:
            raise UserError(f"{argument!r} is neither an option of this command nor of Beam's")
    return joined


def run(
    fill: Callable[[beam.Pipeline], None],
    arguments: Sequence[str],
    scratch: Path,
    log: Path,
    count: Count,
    what: str,
) -> None:
    """Run the pipeline that ``fill`` builds.

    The chatter of Beam's workers goes to ``log``; ``count() -> (done, total so far)`` is shown as
    progress. A UserError raised in a worker inside ``noting_errors`` is raised here again.
    """
    try:
        pipeline = beam.Pipeline(options=PipelineOptions(beam_arguments(arguments)))
    except ValueError as error:
        raise UserError(f"Beam does not take these options: {error}") from error
    fill(pipeline)
    try:
        with _stderr_to(log) as terminal, _progress(what, count, terminal):
            pipeline.run().wait_until_finish()
    except Exception as error:
        with contextlib.suppress(UserError, OSError):
            bring(scratch / _ERRORS)
        notes = sorted((scratch / _ERRORS).glob("*.txt"))
        if notes:
            raise UserError(notes[0].read_text(encoding="utf-8")) from error
        error.add_note(f"the log of Beam's workers is {log}")
        raise


@contextlib.contextmanager
def noting_errors(scratch: Path) -> Iterator[None]:
    """In a worker: leave the message of a UserError, or of a full disk and the like, where ``run``
    finds it."""
    try:
        yield
    except (UserError, OSError) as error:
        folder = scratch / _ERRORS
        folder.mkdir(parents=True, exist_ok=True)
        note = folder / f"{uuid.uuid4().hex}.txt"
        note.write_text(str(error), encoding="utf-8")
        with contextlib.suppress(UserError, OSError):  # the store itself may be what failed
            send(note)
        raise


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


@contextlib.contextmanager
def _progress(what: str, count: Count, terminal: TextIO) -> Iterator[None]:
    """Show a bar on a terminal, else a line now and then, while the block runs."""
    stop = threading.Event()
    watch = _bar if terminal.isatty() else _lines
    thread = threading.Thread(target=watch, args=(what, count, terminal, stop), daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _bar(what: str, count: Count, terminal: TextIO, stop: threading.Event) -> None:
    with tqdm(desc=what, unit="part", file=terminal, leave=False) as bar:
        while not stop.wait(_POLL_SECONDS):
            done, bar.total = count()
            bar.update(done - bar.n)


_FIRST_SHARE = 20
"""No time left is told before a twentieth is done: the start itself takes a while."""


def _lines(what: str, count: Count, terminal: TextIO, stop: threading.Event) -> None:
    start = time.monotonic()
    while not stop.wait(_QUIET_SECONDS):
        done, total = count()
        seconds = time.monotonic() - start
        told = done * _FIRST_SHARE >= total > 0
        left = f", about {seconds / done * (total - done):.0f} s left" if told else ""
        terminal.write(f"{what}: {done} of {total} parts in {seconds:.0f} s{left}\n")
        terminal.flush()
