"""The folder of one training: config, lineage, log, checkpoints, evaluations.

``DATA/runs/<name>/`` holds config.yaml, lineage.json, log.jsonl (a line for each step),
evaluations.jsonl, summary.json, curves.png and checkpoints/{last,best,epoch-0010,...}.ckpt.
``DATA/runs/latest.json`` names the last finished run of each task.

Importing this module does not import MindSpore: runs are listed without it.
"""

import os
import re
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from manifests.errors import UserError
from manifests.processes import is_locked
from model.config import Config, Task, load_config
from model.files import (
    append,
    cut,
    flush,
    lock,
    read_object,
    write_object,
    write_text,
    writing,
)

if TYPE_CHECKING:
    from mindspore import nn

    from model.checkpoints import TrainingState

RUNS = "runs"
LATEST = "latest.json"
CHECKPOINTS = "checkpoints"
SUFFIX = ".ckpt"
CONFIG, LINEAGE, SUMMARY = "config.yaml", "lineage.json", "summary.json"
LOG, EVALUATIONS, LOCK = "log.jsonl", "evaluations.jsonl", ".lock"
_EPOCH = re.compile(r"epoch-(\d+)")


class Run:
    """A run's folder, held by this process alone until it ends or ``close`` is called.

    Made new; ``Run.reopen`` goes on with one. Raises UserError where the folder is not empty, or
    another process holds it.
    """

    def __init__(self, folder: Path, config: Config, lineage: Mapping[str, Any]) -> None:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise UserError(
                f"{folder} is not empty; give --run another folder, go on with it (--resume "
                f"{folder}), or remove it"
            )
        with writing(folder, "give --run another folder"):
            (folder / CHECKPOINTS).mkdir(parents=True, exist_ok=True)
            self._hold(folder, config)
            write_text(folder / CONFIG, config.to_yaml())
            write_object(folder / LINEAGE, lineage)

    @classmethod
    def reopen(cls, folder: Path, saved: int | None = None) -> Self:
        """The folder of a training that was stopped or killed, its state saved at that step. What
        its death left half-written is removed."""
        run = cls.__new__(cls)
        with writing(folder, "to go on with a run its folder must be writable"):
            run._hold(folder, load_config(folder / CONFIG))
            for place in (folder, run.checkpoints):
                for left in place.glob(".*"):
                    if left.is_file() and left.name != LOCK:
                        left.unlink()
        run.saved = saved
        return run

    def _hold(self, folder: Path, config: Config) -> None:
        self.folder, self.config = folder, config
        self.checkpoints = folder / CHECKPOINTS
        self.saved: int | None = None
        held = lock(folder / LOCK)
        if held is None:
            raise UserError(f"another process is training in {folder}; wait for it, or stop it")
        self._lock = held

    def close(self) -> None:
        """Let others have the folder."""
        self._lock.close()

    def read_lineage(self) -> dict[str, Any]:
        """What lineage.json holds."""
        return read_object(self.folder / LINEAGE)

    def write_lineage(self, lineage: Mapping[str, Any]) -> None:
        """Write lineage.json anew."""
        with writing(self.folder / LINEAGE, self.go_on("make room")):
            write_object(self.folder / LINEAGE, lineage)

    def log(self, entry: Mapping[str, Any]) -> None:
        """Append a step to log.jsonl."""
        self._append(LOG, entry)

    def evaluated(self, entry: Mapping[str, Any]) -> None:
        """Append a result to evaluations.jsonl."""
        self._append(EVALUATIONS, entry)

    def rewind(self, step: int) -> list[dict[str, Any]]:
        """Cut log and evaluations back to the saved state of ``step``, so that each step will stand
        there once; returns the evaluations that stay."""
        self.saved = step
        cut(self.folder / LOG, step)
        return cut(self.folder / EVALUATIONS, step)

    def save(
        self, name: str, network: "nn.Cell", step: int, training: "TrainingState | None" = None
    ) -> Path:
        """Write a checkpoint of that name over the one there may be, with the state of the training
        where it is given: then the training can go on from it."""
        from model.checkpoints import save

        path = self.checkpoints / f"{name}{SUFFIX}"
        with writing(path, f"the checkpoint before it is whole. {self.go_on('make room')}"):
            if training is not None:
                flush(self.folder / LOG)
            save(path, network, self.config, step, training)
        if training is not None:
            self.saved = step
        return path

    def save_epoch(self, epoch: int, network: "nn.Cell", step: int, keep: int) -> None:
        """Write the checkpoint of an epoch and remove all but the ``keep`` newest of them."""
        if keep:
            self.save(f"epoch-{epoch:04d}", network, step)
        found = {path: epoch_of(path) for path in self.checkpoints.glob(f"*{SUFFIX}")}
        epochs = sorted((number, path) for path, number in found.items() if number is not None)
        for _, old in epochs[: max(0, len(epochs) - keep)]:
            old.unlink()

    def discard(self, name: str) -> None:
        """Remove the checkpoint of that name, if there is one."""
        with writing(self.checkpoints, self.go_on("make the folder writable")):
            (self.checkpoints / f"{name}{SUFFIX}").unlink(missing_ok=True)

    def go_on(self, first: str) -> str:
        """A sentence for the person: how to go on from the last saved state, ``first`` done."""
        if self.saved is None:
            return f"No state was saved yet: {first} and start again"
        return (
            f"The last saved state is that of step {self.saved}: {first} and go on with "
            f"`{resume_command(self.folder)}`"
        )

    def _append(self, name: str, entry: Mapping[str, Any]) -> None:
        path = self.folder / name
        with writing(path, self.go_on("make room")):
            append(path, entry)


class Onlooker(Run):
    """A run in the eyes of a worker that does not lead: it is told all and writes nothing."""

    def __init__(self, folder: Path, config: Config) -> None:
        self.folder, self.config = folder, config
        self.checkpoints = folder / CHECKPOINTS
        self.saved: int | None = None

    def close(self) -> None:
        """There is nothing to let go of."""

    def log(self, entry: Mapping[str, Any]) -> None:
        """The leading worker does that."""

    def evaluated(self, entry: Mapping[str, Any]) -> None:
        """The leading worker does that."""

    def rewind(self, step: int) -> list[dict[str, Any]]:
        """The leading worker does that; this one evaluates nothing."""
        self.saved = step
        return []

    def save(
        self, name: str, network: "nn.Cell", step: int, training: "TrainingState | None" = None
    ) -> Path:
        """The leading worker does that."""
        if training is not None:
            self.saved = step
        return self.checkpoints / f"{name}{SUFFIX}"

    def save_epoch(self, epoch: int, network: "nn.Cell", step: int, keep: int) -> None:
        """The leading worker does that."""

    def discard(self, name: str) -> None:
        """The leading worker does that."""


def epoch_of(checkpoint: Path) -> int | None:
    """The epoch that the name of a checkpoint tells; None where it tells none."""
    named = _EPOCH.fullmatch(checkpoint.stem)
    return int(named[1]) if named else None


def resume_command(folder: Path) -> str:
    """What to type to go on with a run."""
    return f"python -m model train --resume {folder}"


def default_folder(data: Path, task: str, preset: str) -> Path:
    """``DATA/runs/<task>-<preset>-<time>``."""
    stamp = time.strftime("%Y%m%d-%H%M%S")
    return data / RUNS / f"{task}-{Path(preset).stem}-{stamp}"


def set_latest(data: Path, task: Task, run: Path) -> None:
    """Remember a finished run as the one to go on from."""
    path = data / RUNS / LATEST
    names = read_latest(data) | {task: os.path.relpath(run, path.parent)}
    with writing(path, "make room, or give another --data"):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_object(path, names)


def read_latest(data: Path) -> dict[str, str]:
    """Task -> folder of its last finished run, relative to ``DATA/runs``."""
    path = data / RUNS / LATEST
    if not path.is_file():
        return {}
    try:
        return {str(key): str(value) for key, value in read_object(path).items()}
    except ValueError as error:
        raise UserError(f"{path.parent}/{error}; remove it") from error


def has_finished(data: Path, *tasks: Task) -> bool:
    """Whether the last finished run of one of the tasks below ``data`` still has a checkpoint."""
    return _latest(data, tasks) is not None


def latest_checkpoint(data: Path, *tasks: Task) -> Path:
    """The best, or else the last, checkpoint of the last finished run of the first of ``tasks``
    that has one. Raises UserError where none has."""
    found = _latest(data, tasks)
    if found is not None:
        return found
    raise UserError(
        f"no finished {' or '.join(tasks)} run below {data / RUNS}; run "
        f"`python -m model train --task {tasks[-1]} --data {data}` or give --checkpoint"
    )


def _latest(data: Path, tasks: Sequence[Task]) -> Path | None:
    names = read_latest(data)
    folders = (data / RUNS / names[task] / CHECKPOINTS for task in tasks if task in names)
    return next(filter(None, map(default_checkpoint, folders)), None)


def default_checkpoint(folder: Path) -> Path | None:
    """The checkpoint that stands for its run: in a run's folder of checkpoints the best, or else
    the last; None where there is neither."""
    paths = (folder / f"{name}{SUFFIX}" for name in ("best", "last"))
    return next(filter(Path.is_file, paths), None)


def is_running(folder: Path) -> bool:
    """Whether a process is training in the folder now."""
    return is_locked(folder / LOCK)
