"""The folder of one training: config, lineage, log, checkpoints, evaluations.

``DATA/runs/<name>/`` holds config.yaml, lineage.json, log.jsonl (a line for each step),
evaluations.jsonl and checkpoints/{last,best,epoch-0010,...}.ckpt. ``DATA/runs/latest.json`` names
the last finished run of each task.
"""

import errno
import json
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mindspore import nn

from manifests.errors import UserError
from model.checkpoints import SUFFIX, save
from model.config import Config, Task

RUNS = "runs"
LATEST = "latest.json"
CHECKPOINTS = "checkpoints"


class Run:
    """A run's folder, made new. Raises UserError where it exists and is not empty."""

    def __init__(self, folder: Path, config: Config, lineage: Mapping[str, Any]) -> None:
        if folder.exists() and any(folder.iterdir()):
            raise UserError(f"{folder} is not empty; give --run another folder or remove it")
        self.folder, self.config = folder, config
        self.checkpoints = folder / CHECKPOINTS
        self.checkpoints.mkdir(parents=True, exist_ok=True)
        write_text(folder / "config.yaml", config.to_yaml())
        write_text(folder / "lineage.json", json.dumps(lineage, indent=2) + "\n")

    def log(self, entry: Mapping[str, Any]) -> None:
        """Append a step to log.jsonl."""
        append(self.folder / "log.jsonl", entry)

    def evaluated(self, entry: Mapping[str, Any]) -> None:
        """Append a result to evaluations.jsonl."""
        append(self.folder / "evaluations.jsonl", entry)

    def save(self, name: str, network: nn.Cell, step: int) -> Path:
        """Write a checkpoint of that name over the one there may be."""
        path = self.checkpoints / f"{name}{SUFFIX}"
        try:
            save(path, network, self.config, step)
        except OSError as error:
            what = "the disk is full" if error.errno == errno.ENOSPC else str(error)
            raise UserError(
                f"cannot write {path}: {what}; the checkpoint before it is whole"
            ) from (error)
        return path

    def save_epoch(self, epoch: int, network: nn.Cell, step: int, keep: int) -> None:
        """Write the checkpoint of an epoch and remove all but the ``keep`` newest of them."""
        if keep:
            self.save(f"epoch-{epoch:04d}", network, step)
        epochs = sorted(self.checkpoints.glob(f"epoch-*{SUFFIX}"))
        for old in epochs[: len(epochs) - keep]:
            old.unlink()


def default_folder(data: Path, task: Task, preset: str) -> Path:
    """``DATA/runs/<task>-<preset>-<time>``."""
    stamp = time.strftime("%Y%m%d-%H%M%S")
    return data / RUNS / f"{task}-{Path(preset).stem}-{stamp}"


def set_latest(data: Path, task: Task, run: Path) -> None:
    """Remember a finished run as the one to go on from."""
    path = data / RUNS / LATEST
    names = read_latest(data) | {task: os.path.relpath(run, path.parent)}
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, json.dumps(names, indent=2) + "\n")


def read_latest(data: Path) -> dict[str, str]:
    """Task -> folder of its last finished run, relative to ``DATA/runs``."""
    path = data / RUNS / LATEST
    if not path.is_file():
        return {}
    try:
        return {str(key): str(value) for key, value in json.loads(path.read_text()).items()}
    except (ValueError, AttributeError) as error:
        raise UserError(f"{path} cannot be read ({error}); remove it") from error


def latest_checkpoint(data: Path, *tasks: Task) -> Path:
    """The best, or else the last, checkpoint of the last finished run of the first of ``tasks``
    that has one. Raises UserError where none has."""
    names = read_latest(data)
    for task in tasks:
        if task in names:
            folder = data / RUNS / names[task] / CHECKPOINTS
            for name in ("best", "last"):
                if (folder / f"{name}{SUFFIX}").is_file():
                    return folder / f"{name}{SUFFIX}"
    raise UserError(
        f"no finished {' or '.join(tasks)} run below {data / RUNS}; run "
        f"`python -m model train --task {tasks[-1]} --data {data}` or give --checkpoint"
    )


def write_text(path: Path, text: str) -> None:
    """Write a file as a whole or not at all."""
    scratch = path.with_name(f".{path.name}.{os.getpid()}")
    scratch.write_text(text, encoding="utf-8")
    scratch.replace(path)


def append(path: Path, entry: Mapping[str, Any]) -> None:
    """Append one line of JSON."""
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(entry) + "\n")
