"""Which Beam runner works, with which options; progress while it runs."""

import logging
import os
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from tqdm import tqdm

from manifests.errors import UserError

_LOSES_DATA = {
    "daskrunner": "it loses bundles and reports success",
    "dask": "it loses bundles and reports success",
}
_POLL_SECONDS = 0.5
_QUIET_SECONDS = 15.0
log = logging.getLogger(__name__)


def beam_arguments(arguments: Sequence[str]) -> list[str]:
    """Beam's options with this project's defaults: in process, one worker a core.

    ``DirectRunner`` would try to download another runner before it falls back, so it is run as what
    it falls back to. Raises UserError for a runner or mode that is known to lose data.
    """
    given = _parse(arguments)
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
        return list(arguments)
    rest = [a for a in _joined(arguments) if not a.startswith("--runner=")]
    result = ["--runner=FnApiRunner", *rest]
    if "direct_num_workers" not in given:
        result.append(f"--direct_num_workers={len(os.sched_getaffinity(0))}")
    if "direct_running_mode" not in given:
        single = given.get("direct_num_workers", "") == "1"
        result.append(f"--direct_running_mode={'in_memory' if single else 'multi_processing'}")
    return result


def _joined(arguments: Sequence[str]) -> list[str]:
    """``--key value`` as ``--key=value``."""
    joined: list[str] = []
    for argument in arguments:
        if argument.startswith("--") or not joined:
            joined.append(argument)
        else:
            joined[-1] += f"={argument}"
    return joined


def _parse(arguments: Sequence[str]) -> dict[str, str]:
    pairs = (argument.lstrip("-").partition("=") for argument in _joined(arguments))
    return {key: value for key, _, value in pairs}


@contextmanager
def progress(what: str, unit: str, count: Callable[[], tuple[int, int]]) -> Iterator[None]:
    """Show ``count() -> (done, total so far)`` while the block runs.

    A bar where standard error is a terminal, else a log line now and then.
    """
    stop = threading.Event()
    thread = threading.Thread(target=_watch, args=(what, unit, count, stop), daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _watch(
    what: str, unit: str, count: Callable[[], tuple[int, int]], stop: threading.Event
) -> None:
    quiet = not sys.stderr.isatty()
    with tqdm(desc=what, unit=unit, disable=quiet, leave=False) as bar:
        waited = 0.0
        while not stop.wait(_POLL_SECONDS):
            waited += _POLL_SECONDS
            done, total = count()
            bar.total = total
            bar.update(done - bar.n)
            if quiet and waited >= _QUIET_SECONDS:
                log.info("%s: %d of %d %s done", what, done, total, unit)
                waited = 0.0
