"""Waiting for a run as long as somebody works on it."""

import threading
import time
from collections.abc import Callable
from pathlib import Path

from manifests.errors import UserError
from manifests.storage.mirror import remote_of
from pipelines.beam_options import BeamOptions
from pipelines.signs import Sign, last_move, signs_of_life

_LOOK_SECONDS = 0.25
_GRACE_SECONDS = 5.0
"""So long Beam may take to say itself that a worker ended."""
_RESTART_SECONDS = 30.0
"""So long a cluster may take to put another worker in the place of one that ended."""


def wait(work: Callable[[], None], scratch: Path, options: BeamOptions) -> None:
    """Call ``work`` in a thread and raise what it raises.

    Raises UserError where workers of this machine ended in the middle of it, or where no worker
    gave a sign of life for ``options.patience`` seconds: Beam itself may wait for ever.
    """
    raised: list[BaseException] = []
    thread = threading.Thread(target=_caught, args=(work, raised), daemon=True, name="beam")
    watch = Watch(scratch, options, time.monotonic())
    thread.start()
    while thread.is_alive():
        thread.join(_LOOK_SECONDS)
        if thread.is_alive() and (words := watch.look(time.monotonic())):
            raise UserError(words)
    if raised:
        raise raised[0]


def _caught(work: Callable[[], None], raised: list[BaseException]) -> None:
    try:
        work()
    except BaseException as error:
        raised.append(error)


def _dead(sign: Sign) -> str:
    return (
        f"the worker process {sign.pid} died in the middle of its work (killed for memory, "
        "perhaps); nothing was published. Run it again, with fewer workers "
        "(--direct_num_workers=1) if memory is short"
    )


class Watch:
    """Looks at the signs of life of a run now and then."""

    def __init__(self, scratch: Path, options: BeamOptions, now: float) -> None:
        self._scratch, self._options = scratch, options
        self._shared = remote_of(scratch) is None
        self._last: list[Sign] = []
        self._moved: int | None = None
        self._changed, self._died = now, float("inf")

    def look(self, now: float) -> str | None:
        """Why the run is to be given up at ``now`` (seconds of a rising clock), or None."""
        signs, moved = signs_of_life(self._scratch), last_move(self._scratch)
        dead, patience = [sign for sign in signs if sign.dead], self._options.patience
        if (signs, moved) != (self._last, self._moved):
            self._last, self._moved, self._changed = signs, moved, now
        self._died = min(self._died, now) if dead else float("inf")
        quiet, alone = now - self._changed, self._options.in_process
        if dead and alone and now - self._died >= _GRACE_SECONDS:
            return _dead(dead[0])
        if dead and len(dead) == len(signs) and quiet >= min(_RESTART_SECONDS, patience):
            return _dead(dead[0])
        silent = self._shared and not alone and quiet >= patience
        return self._silence() if silent else None

    def _silence(self) -> str:
        longer = "If they are only slow, give them longer with --worker_timeout=SECONDS"
        seconds = f"{self._options.patience:g} s"
        if self._moved is None:
            return (
                f"no worker began within {seconds}. Is the worker pool running, at the address "
                "that --environment_config names as the job server sees it, and does it see the "
                f"folder {self._scratch.parent} (docs/scale.md)? {longer}"
            )
        last = [f"process {sign.pid} on {sign.host}" for sign in self._last]
        doing = f"{', '.join(last[:3])} was at work last" if last else "none was at work"
        return f"no worker gave a sign of life for {seconds}; {doing}. Run it again. {longer}"
