"""``python -m model train``: train the network on the shards of a mix."""

import argparse
import hashlib
import logging
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from manifests.errors import UserError
from manifests.shardset import ShardSet, open_shards
from model import pretrained
from model.commands.options import add_changes, add_device, add_leak_options, add_preset
from model.commands.plan import Plan, new_plan, resumed_plan
from model.commands.scoring import evaluation_shards, evaluator
from model.commands.without_effect import refuse_images, warn_of_no_evaluation
from model.environment import prepare
from model.launcher import end_with_parent, launch, say_who
from model.parallel import Team, is_worker, join_team
from model.preset_files import DEFAULT
from model.stopping import Stop, Stopped

if TYPE_CHECKING:
    from model.checkpoints import Checkpoint
    from model.config import Config
    from model.network import Ctpn
    from model.runs import Run

    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]
    Opened = tuple[Run, Ctpn, Checkpoint | None]

LOG = logging.getLogger(__name__)

DESCRIPTION = """\
Train the detector on the shards of a mix, which `python -m pipelines shard` makes; or, with --task
backbone, VGG16 on a folder of pictures by class. The run is a folder: config, lineage, a log of
every step, checkpoints, evaluations, curves. The detector's state is saved at each epoch's end and
every TASK.save_every steps. Ctrl-C, SIGTERM and a closed terminal let the current step end and
save it too; after anything else, kill -9 included, --resume goes on from the last saved state and
takes the same steps, to the last bit, as if nothing had happened. A training of a backbone cannot
be resumed."""


def add_parser(subparsers: "Subparsers") -> None:
    """Declare ``train`` and its arguments."""
    parser = subparsers.add_parser(
        "train", help="train the network on the shards of a mix", description=DESCRIPTION
    )
    parser.add_argument(
        "--task",
        choices=("pretrain", "finetune", "backbone"),
        help="what to train, by the preset's section of that name; required but for --resume DIR",
    )
    parser.add_argument(
        "--data",
        type=Path,
        help="folder with the shards; required for a new detector (default: of --resume DIR where "
        "it was when the run began; of --task backbone the folder `data`)",
    )
    parser.add_argument(
        "--images",
        type=Path,
        metavar="DIR",
        help="of --task backbone, required: pictures by class, DIR/train/<class>/*.JPEG and, to "
        "choose the best epoch on, DIR/val/<class>/*.JPEG",
    )
    add_preset(parser, DEFAULT)
    parser.add_argument(
        "--mix", metavar="NAME", help="mix to train on (default: TASK.mix of the preset)"
    )
    _add_start(parser)
    place = parser.add_mutually_exclusive_group()
    place.add_argument(
        "--run",
        type=Path,
        metavar="DIR",
        dest="folder",
        help="new folder for the run (default: DATA/runs/TASK-PRESET-TIME)",
    )
    place.add_argument(
        "--resume",
        nargs="?",
        const="latest",
        metavar="DIR",
        help="go on with the run in DIR, which knows all of the above; without DIR (or with "
        "`latest`) with the unfinished run below DATA/runs that was written to last, of --task if "
        "that is given; not of a backbone",
    )
    add_leak_options(parser)
    add_device(parser, "default: CPU, or of --resume the run's")
    parser.add_argument(
        "--workers",
        type=int,
        metavar="N",
        help="train on N devices of this machine (on the CPU: in N processes, at most one to a "
        "core), started by MindSpore's msrun. Each takes the preset's batch, so a step sees N "
        "times the images; worker 0 writes the run (default: 1, or as many as began the run)",
    )
    add_changes(parser, "the preset, such as pretrain.steps=100 or pretrain.evaluation.every=0")
    parser.set_defaults(run=run, device=None)


def _add_start(parser: argparse.ArgumentParser) -> None:
    start = parser.add_mutually_exclusive_group()
    start.add_argument(
        "--checkpoint",
        type=Path,
        metavar="FILE|NAME",
        help="network to start from: a file, a run's folder, or the name "
        "of weights that come with the project, "
        f"{', '.join(pretrained.names())} (default: of a finetune the last finished pretrain below "
        "DATA; else the preset's `start`, and where that is empty random weights)",
    )
    start.add_argument(
        "--backbone",
        type=Path,
        metavar="FILE",
        help="backbone to start from: VGG16 .npz, or a checkpoint made by import-weights or by "
        "--task backbone",
    )


def run(args: argparse.Namespace) -> int:
    """Train, and say where the run stands. Raises UserError."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    if args.task == "backbone":
        from model.classifier.command import train_backbone

        prepare(args.device or "CPU")
        print(f"run: {train_backbone(args)}")
        return 0
    refuse_images(args)
    end_with_parent()
    with Stop() as stop:  # before MindSpore, or the reading of findings, starts threads
        from model.commands.leaks import refuse_leaks

        plan = resumed_plan(args) if args.resume else new_plan(args)
        plan = replace(plan, leaks=refuse_leaks(plan, open_shards(plan.data, plan.mix)))
        if plan.workers == 1 or is_worker():
            return train_here(plan, stop)
    # outside, for workers would inherit the signals that are held back
    return start_workers(plan, args.given)


def train_here(plan: Plan, stop: Stop) -> int:
    """Train in this process; the exit status."""
    prepare(plan.device)
    team = join_team()
    status, said = take_part(plan, stop, team)
    if team.leads:
        print(said, flush=True)
    team.exchange()  # nobody ends before the leading worker has written everything
    return status


def start_workers(plan: Plan, given: Sequence[str]) -> int:
    """The same command, ``given`` as ``python -m model`` takes it, as often as there are workers;
    each finds here that it is one."""
    from model.runs import resume_command

    # What comes last counts: all take the folder that was found here, not one they look for.
    option = "--resume" if plan.unfinished else "--run"
    command = ["-m", "model", *given, f"{option}={plan.folder}"]
    logs = unused(plan.data / "logs" / plan.folder.name)
    LOG.info("%s: %d workers on %s, logs in %s", plan.folder, plan.workers, plan.device, logs)
    try:
        return launch(command, plan.workers, logs)
    except UserError as error:
        if not (plan.folder / "checkpoints" / "last.ckpt").is_file():
            raise
        raise UserError(
            f"{error}\nGo on from its last saved state: {resume_command(plan.folder)}"
        ) from error


def take_part(plan: Plan, stop: Stop, team: Team) -> tuple[int, str]:
    """Train as one of the team; the exit status, and what to say at the end."""
    from model.runs import resume_command

    if team.size != plan.workers:
        raise UserError(
            f"{plan.folder} wants {plan.workers} workers, and here are {team.size}; go on with as "
            "many as it was begun with"
        )
    if team.size > 1:
        say_who(team.rank, team.size)
        plan = replace(plan, folder=Path(team.exchange(str(plan.folder))[0]))
    try:
        train(plan, stop, team)
    except Stopped as stopped:
        return stopped.exit_status, f"{stopped}; go on with: {resume_command(plan.folder)}"
    return 0, f"run: {plan.folder}"


def unused(folder: Path) -> Path:
    """The folder, or the first of folder-2, folder-3, ... that does not exist."""
    number, path = 1, folder
    while path.exists():
        number += 1
        path = folder.with_name(f"{folder.name}-{number}")
    return path


def train(plan: Plan, stop: Stop, team: Team) -> None:
    """The whole training, or the rest of it."""
    from model.bookkeeping import keeping_summary
    from model.commands.leaks import warn_of_evaluation
    from model.lineage import finished
    from model.loader import Loader
    from model.runs import set_latest
    from model.summary import Summary
    from model.train import Training

    task = plan.config.task(plan.task)
    shards = open_shards(plan.data, plan.mix)
    scored = None
    if task.evaluation.every:
        scored = evaluation_shards(plan.data, task.evaluation, plan.unfinished)
    if scored:
        warn_of_evaluation(plan.data, shards, scored)
    loader = Loader(shards, plan.config, task.batch, task.seed, team.rank, team.size)
    if team.leads:
        if scored:
            warn_of_no_evaluation(plan.task, task, loader.steps)
        shards.verify()
    open_run = go_on if plan.unfinished else begin
    record, network, state = open_run(plan, shards, scored, team)
    arithmetic = "float16 and float32" if network.mixed else "float32"
    LOG.info("%s, %d steps an epoch", arithmetic, loader.steps)
    if loader.left_out:
        LOG.info("each epoch passes over %d images, which fill no step", loader.left_out)
    evaluate = evaluator(plan.data, scored, task.evaluation) if scored and team.leads else None
    training = Training(network, plan.config, task, loader, record, evaluate, stop, team)
    summary = Summary(plan.task, plan.preset, training.steps)
    with keeping_summary(record, summary) if team.leads else nullcontext():
        if state:
            training.resume(state)
        training.train(plan.task)
        if team.leads:
            record.write_lineage(finished(record.read_lineage(), record.checkpoints))
            set_latest(plan.data, plan.task, plan.folder)


def begin(plan: Plan, shards: ShardSet, scored: ShardSet | None, team: Team) -> "Opened":
    """A new run's folder and network. Whatever is wrong is raised before anything is written."""
    from model.lineage import describe
    from model.runs import Onlooker, Run
    from model.starting import build_network, find_start

    start = find_start(plan.data, plan.task, plan.checkpoint, plan.backbone, plan.config.start)
    lineage = describe(
        plan.task, plan.preset, plan.device, plan.data, shards, scored, start.describe(plan.data)
    )
    network = build_network(plan.config, plan.task, plan.device, start)
    lineage |= {"workers": team.size, "precision": "mixed" if network.mixed else "float32"}
    lineage["leaks"] = dict(plan.leaks)
    require_equal(team, network, plan.config, shards)
    if not team.leads:
        return Onlooker(plan.folder, plan.config), network, None
    record = Run(plan.folder, plan.config, lineage)
    LOG.info("%s: %d images, from %s", plan.folder, shards.images, start.path or "random weights")
    return record, network, None


def go_on(plan: Plan, shards: ShardSet, scored: ShardSet | None, team: Team) -> "Opened":
    """The folder of a run that was stopped, its network and its saved state."""
    from model.checkpoints import load
    from model.lineage import resumed, trace, warn_of_changes
    from model.resume import check_config, check_shards
    from model.runs import Onlooker, Run
    from model.starting import Start, build_network

    run = plan.unfinished
    assert run is not None
    check_shards(run, "shards", shards)
    if scored:
        check_shards(run, "evaluation", scored)
    trace(plan.data, shards)
    warn_of_changes(run.lineage, plan.device)
    state = load(run.last)
    check_config(run, state.config)
    network = build_network(plan.config, plan.task, plan.device, Start("checkpoint", run.last))
    require_equal(team, network, plan.config, shards)
    if not team.leads:
        return Onlooker(plan.folder, plan.config), network, state
    record = Run.reopen(plan.folder, state.step)
    lineage = resumed(run.lineage, state.step, plan.device, plan.leaks, scored, plan.data)
    record.write_lineage(lineage)
    LOG.info("%s: going on after step %d", plan.folder, state.step)
    return record, network, state


def require_equal(team: Team, network: "Ctpn", config: "Config", shards: ShardSet) -> None:
    """Raise UserError unless all workers have the same weights, settings and shards."""
    digest = hashlib.sha256(config.to_yaml().encode() + shards.digest.encode())
    for parameter in network.get_parameters():
        digest.update(parameter.asnumpy().tobytes())
    team.require_equal("weights, settings or shards", digest.hexdigest())
