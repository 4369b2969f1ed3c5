"""What a training is to do, from what was asked for; nothing here loads MindSpore."""

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from manifests.errors import UserError
from model.commands.without_effect import check_evaluation_start, say_what_decides
from model.parallel import is_worker, worker_count
from model.preset_files import DEFAULT

if TYPE_CHECKING:
    from model.config import Config, Task
    from model.resume import Unfinished


@dataclass(frozen=True)
class Plan:
    """What to train. ``unfinished``: the run that is gone on with, if it is not a new one."""

    task: "Task"
    data: Path
    preset: str
    mix: str
    device: str
    config: "Config"
    folder: Path
    workers: int = 1
    checkpoint: Path | None = None
    backbone: Path | None = None
    unfinished: "Unfinished | None" = None
    allow_leaks: bool = False
    leaks: Mapping[str, Any] = field(default_factory=dict)
    """What is known of leaks of the mix, for the lineage."""
    decisions: Path | None = None
    """Folder of decisions on pairs that are no leaks; the project's unless given."""


def new_plan(args: argparse.Namespace) -> Plan:
    """The plan of a new run. Raises UserError."""
    from model.config import load_config
    from model.runs import default_folder

    if args.task is None:
        raise UserError("say which --task to train, or give --resume and the folder of a run")
    if args.data is None:
        raise UserError(f"--task {args.task} needs --data, the folder with the shards")
    preset = args.preset or DEFAULT
    config = load_config(preset, args.changes)
    check_evaluation_start(args.task, config.task(args.task))
    say_what_decides(args.task, config.task(args.task))
    workers = worker_count() if args.workers is None else args.workers
    device = args.device or "CPU"
    check_workers(workers, device)
    return Plan(
        args.task, args.data, preset, args.mix or config.task(args.task).mix, device,
        config, args.folder or default_folder(args.data, args.task, preset), workers,
        args.checkpoint, args.backbone, allow_leaks=args.allow_leaks, decisions=args.decisions,
    )  # fmt: skip


def check_workers(workers: int, device: str) -> None:
    """Raise UserError for a number of workers that this process cannot start here."""
    if workers < 1:
        raise UserError(f"--workers must be at least 1, not {workers}")
    cores = os.cpu_count() or 1
    # One of several that were started by something else may have the others on other machines.
    if device == "CPU" and workers > cores and not is_worker():
        raise UserError(
            f"--workers {workers} on the CPU wants as many cores, and this machine has {cores}; "
            f"give --workers {cores} at most, or another --device"
        )


def _tell_of_others(run: "Unfinished", others: "Sequence[Unfinished]") -> None:
    """The time of a file chose among them, which a clock set back turns about."""
    if others:
        names = ", ".join(other.folder.name for other in others)
        print(
            f"going on with {run.folder}, written to last; also unfinished: {names} "
            "(--resume FOLDER takes one of them)",
            file=sys.stderr,
        )


def resumed_plan(args: argparse.Namespace) -> Plan:
    """The plan of a run that is gone on with. Raises UserError."""
    from model.resume import check_wishes, find_unfinished, open_unfinished

    if args.resume != "latest":
        run = open_unfinished(Path(args.resume))
    elif args.data is None:
        raise UserError("--resume without a folder needs --data, below which it looks for the run")
    else:
        run, *others = find_unfinished(args.data, args.task)
        _tell_of_others(run, others)
    wishes = {key: getattr(args, key) for key in ("task", "preset", "mix")}
    starts = [name for name in ("checkpoint", "backbone") if getattr(args, name) is not None]
    check_wishes(run, wishes, starts, args.changes)
    device = args.device or run.lineage.get("device", "CPU")
    workers = int(run.lineage.get("workers", 1))
    if args.workers not in (None, workers):
        raise UserError(
            f"{run.folder} was begun with --workers {workers}, and each step takes images by that "
            f"number; go on without --workers {args.workers}"
        )
    return Plan(
        run.task, run.data(args.data), run.lineage.get("preset", ""), run.mix, device,
        run.config, run.folder, workers, unfinished=run,
        allow_leaks=args.allow_leaks or run.lineage.get("leaks", {}).get("state") == "allowed",
        decisions=args.decisions,
    )  # fmt: skip
