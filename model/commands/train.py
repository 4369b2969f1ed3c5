"""``python -m model train``: train the network on the shards of a mix."""

import argparse
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from manifests.errors import UserError
from manifests.shardset import ShardSet, open_shards
from model.commands.options import add_changes, add_device
from model.environment import prepare
from model.stopping import Stop, Stopped

if TYPE_CHECKING:
    from model.checkpoints import Checkpoint
    from model.config import Config, EvaluationSettings, Task
    from model.network import Ctpn
    from model.resume import Unfinished
    from model.runs import Run
    from model.train import Evaluate, Predict

    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]
    Opened = tuple[Run, Ctpn, Checkpoint | None]

LOG = logging.getLogger(__name__)

DESCRIPTION = """\
Train the network on the shards of a mix. The run is a folder: config, lineage, a log of every
step, checkpoints, evaluations, curves. Its state is saved at each epoch's end and every
TASK.save_every steps. Ctrl-C, SIGTERM and a closed terminal let the current step end and save it
too; after anything else, kill -9 included, --resume goes on from the last saved state and takes
the same steps, to the last bit, as if nothing had happened."""


def add_parser(subparsers: "Subparsers") -> None:
    """Declare ``train`` and its arguments."""
    parser = subparsers.add_parser(
        "train", help="train the network on the shards of a mix", description=DESCRIPTION
    )
    parser.add_argument(
        "--task",
        choices=("pretrain", "finetune", "backbone"),
        help="which settings of the preset (required)",
    )
    parser.add_argument("--data", type=Path, help="folder with the shards (required)")
    parser.add_argument(
        "--images",
        type=Path,
        metavar="DIR",
        help="of --task backbone, in place of --data: pictures by class, DIR/train/<class>/*.JPEG "
        "[, DIR/val/<class>/]",
    )
    parser.add_argument("--preset", metavar="NAME|FILE.yaml", help="full or lite (default: lite)")
    parser.add_argument("--mix", metavar="NAME", help="shards to train on (default: the preset's)")
    start = parser.add_mutually_exclusive_group()
    start.add_argument(
        "--checkpoint",
        type=Path,
        help="network to start from (default: none for pretrain, the last pretrain for finetune)",
    )
    start.add_argument(
        "--backbone",
        type=Path,
        metavar="FILE",
        help="backbone to start from: VGG16 .npz, or a checkpoint made by import-weights or by "
        "--task backbone",
    )
    place = parser.add_mutually_exclusive_group()
    place.add_argument(
        "--run", type=Path, metavar="DIR", dest="folder", help="new folder (default: DATA/runs/...)"
    )
    place.add_argument(
        "--resume",
        nargs="?",
        const="latest",
        metavar="DIR",
        help="go on with the run in DIR, which knows all of the above; without DIR (or with "
        "`latest`) with the last unfinished run of --task below DATA/runs",
    )
    add_device(parser)
    add_changes(parser, "the preset, such as pretrain.steps=100")
    parser.set_defaults(run=run, device=None)


def run(args: argparse.Namespace) -> int:
    """Train, and say where the run stands. Raises UserError."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    if args.task == "backbone":
        from model.classifier.command import train_backbone

        prepare(args.device or "CPU")
        print(f"run: {train_backbone(args)}")
        return 0
    plan = resumed_plan(args) if args.resume else new_plan(args)
    from model.runs import resume_command

    with Stop() as stop:  # before MindSpore starts threads
        prepare(plan.device)
        try:
            train(plan, stop)
        except Stopped as stopped:
            print(f"{stopped}; go on with: {resume_command(plan.folder)}")
            return stopped.exit_status
    print(f"run: {plan.folder}")
    return 0


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
    checkpoint: Path | None = None
    backbone: Path | None = None
    unfinished: "Unfinished | None" = None


def new_plan(args: argparse.Namespace) -> Plan:
    """The plan of a new run. Raises UserError."""
    from model.config import load_config
    from model.runs import default_folder

    if args.task is None:
        raise UserError("say which --task to train, or give --resume and the folder of a run")
    if args.data is None:
        raise UserError(f"--task {args.task} needs --data, the folder with the shards")
    preset = args.preset or "lite"
    config = load_config(preset, args.changes)
    return Plan(
        args.task, args.data, preset, args.mix or config.task(args.task).mix, args.device or "CPU",
        config, args.folder or default_folder(args.data, args.task, preset),
        args.checkpoint, args.backbone,
    )  # fmt: skip


def resumed_plan(args: argparse.Namespace) -> Plan:
    """The plan of a run that is gone on with. Raises UserError."""
    from model.resume import check_wishes, find_unfinished, open_unfinished

    if args.resume != "latest":
        run = open_unfinished(Path(args.resume))
    elif args.data is None:
        raise UserError("--resume without a folder needs --data, below which it looks for the run")
    else:
        run = find_unfinished(args.data, args.task)
    wishes = {key: getattr(args, key) for key in ("task", "preset", "mix")}
    starts = [name for name in ("checkpoint", "backbone") if getattr(args, name) is not None]
    check_wishes(run, wishes, starts, args.changes)
    device = args.device or run.lineage.get("device", "CPU")
    return Plan(
        run.task, run.data(args.data), run.lineage.get("preset", ""), run.mix, device,
        run.config, run.folder, unfinished=run,
    )  # fmt: skip


def train(plan: Plan, stop: Stop) -> None:
    """The whole training, or the rest of it."""
    from model.bookkeeping import keeping_summary
    from model.lineage import finished
    from model.loader import Loader
    from model.runs import set_latest
    from model.summary import Summary
    from model.train import Training

    task = plan.config.task(plan.task)
    shards = open_shards(plan.data, plan.mix)
    scored = evaluation_shards(plan.data, task.evaluation) if task.evaluation.every else None
    loader = Loader(shards, plan.config, task.batch, task.seed)
    opened = go_on(plan, shards, scored) if plan.unfinished else begin(plan, shards, scored)
    record, network, state = opened
    evaluate = evaluator(plan.data, scored, task.evaluation) if scored else None
    training = Training(network, plan.config, task, loader, record, evaluate, stop)
    with keeping_summary(record, Summary(plan.task, plan.preset, training.steps)):
        if state:
            training.resume(state)
        training.train(plan.task)
        record.write_lineage(finished(record.read_lineage(), record.checkpoints))
        set_latest(plan.data, plan.task, plan.folder)


def begin(plan: Plan, shards: ShardSet, scored: ShardSet | None) -> "Opened":
    """A new run's folder and network. Whatever is wrong is raised before anything is written."""
    from model.lineage import describe
    from model.runs import Run
    from model.starting import build_network, find_start

    start = find_start(plan.data, plan.task, plan.checkpoint, plan.backbone)
    lineage = describe(
        plan.task, plan.preset, plan.device, plan.data, shards, scored, start.describe()
    )
    shards.verify()
    network = build_network(plan.config, plan.task, plan.device, start)
    record = Run(plan.folder, plan.config, lineage)
    LOG.info("%s: %d images, from %s", plan.folder, shards.images, start.path or "random weights")
    return record, network, None


def go_on(plan: Plan, shards: ShardSet, scored: ShardSet | None) -> "Opened":
    """The folder of a run that was stopped, its network and its saved state."""
    from model.checkpoints import load
    from model.lineage import resumed, trace, warn_of_changes
    from model.resume import check_shards
    from model.runs import Run
    from model.starting import Start, build_network

    run = plan.unfinished
    assert run is not None
    check_shards(run, "shards", shards)
    if scored:
        check_shards(run, "evaluation", scored)
    trace(plan.data, shards)
    warn_of_changes(run.lineage, plan.device)
    shards.verify()
    record = Run.reopen(plan.folder)
    state = load(run.last)
    network = build_network(plan.config, plan.task, plan.device, Start("checkpoint", run.last))
    record.write_lineage(resumed(run.lineage, state.step, plan.device))
    LOG.info("%s: going on after step %d", plan.folder, state.step)
    return record, network, state


def evaluation_shards(data: Path, settings: "EvaluationSettings") -> ShardSet | None:
    """The shards to evaluate on; none, and a word about it, where they are not there or their
    manifests, which hold the truth, are not."""
    from model.lineage import trace

    try:
        shards = open_shards(data, settings.mix)
    except UserError as error:
        LOG.warning("training without evaluation, the last checkpoint counts: %s", error)
        return None
    if all(entry["verified"] for entry in trace(data, shards)):
        return shards
    LOG.warning("training without evaluation, the last checkpoint counts: no ground truth")
    return None


def evaluator(data: Path, shards: ShardSet, settings: "EvaluationSettings") -> "Evaluate":
    """Evaluation on shards of ``data`` by the protocol of the settings."""
    from model.evaluate import evaluate_network

    def evaluate(predict: "Predict") -> Mapping[str, Any]:
        scores = evaluate_network(predict, data, shards).scores
        score = scores[settings.protocol].summary()
        return {**score, "protocol": settings.protocol, "mix": settings.mix}

    return evaluate
