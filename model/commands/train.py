"""``python -m model train``: train the network on the shards of a mix."""

import argparse
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from manifests.errors import UserError
from manifests.shardset import open_shards
from model.commands.options import add_changes, add_device
from model.environment import prepare

if TYPE_CHECKING:
    from model.config import EvaluationSettings
    from model.train import Evaluate, Predict

    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

LOG = logging.getLogger(__name__)


def add_parser(subparsers: "Subparsers") -> None:
    """Declare ``train`` and its arguments."""
    parser = subparsers.add_parser(
        "train", help="train the network on the shards of a mix", description=__doc__
    )
    parser.add_argument(
        "--task",
        required=True,
        choices=("pretrain", "finetune"),
        help="which settings of the preset",
    )
    parser.add_argument("--data", required=True, type=Path, help="folder with the shards")
    parser.add_argument("--preset", default="lite", metavar="NAME|FILE.yaml", help="full or lite")
    parser.add_argument("--mix", metavar="NAME", help="shards to train on (default: the preset's)")
    start = parser.add_mutually_exclusive_group()
    start.add_argument(
        "--checkpoint",
        type=Path,
        help="network to start from (default: none for pretrain, the last pretrain for finetune)",
    )
    start.add_argument("--backbone", type=Path, metavar="VGG16.npz", help="backbone to start from")
    parser.add_argument(
        "--run", type=Path, metavar="DIR", dest="folder", help="new folder (default: DATA/runs/...)"
    )
    add_device(parser)
    add_changes(parser, "the preset, such as pretrain.steps=100")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Train, and say where the run stands. Raises UserError."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    prepare(args.device)
    print(f"run: {train(args)}")
    return 0


def train(args: argparse.Namespace) -> Path:
    """The whole training; returns the run's folder."""
    from model.config import load_config
    from model.lineage import describe
    from model.loader import Loader
    from model.runs import Run, default_folder, set_latest
    from model.starting import build_network, find_start
    from model.train import Training

    config = load_config(args.preset, args.changes)
    task = config.task(args.task)
    shards = open_shards(args.data, args.mix or task.mix)
    start = find_start(args.data, args.task, args.checkpoint, args.backbone)
    shards.verify()
    network = build_network(config, args.task, args.device, start)
    loader = Loader(shards, config, task.batch, task.seed)
    folder = args.folder or default_folder(args.data, args.task, args.preset)
    lineage = describe(args.task, args.preset, args.device, shards, start.describe())
    record = Run(folder, config, lineage)
    LOG.info("%s: %d images, from %s", folder, shards.images, start.path or "random weights")
    evaluate = evaluator(args.data, task.evaluation) if task.evaluation.every else None
    Training(network, config, task, loader, record, evaluate).train(args.task)
    set_latest(args.data, args.task, folder)
    return Path(folder)


def evaluator(data: Path, settings: "EvaluationSettings") -> "Evaluate | None":
    """Evaluation on a mix of ``data``; none, and a word about it, where the mix has no shards."""
    from model.evaluate import evaluate_network

    try:
        shards = open_shards(data, settings.mix)
    except UserError as error:
        LOG.warning("training without evaluation, the last checkpoint counts: %s", error)
        return None

    def evaluate(predict: "Predict") -> Mapping[str, Any]:
        scores = evaluate_network(predict, data, shards).scores
        return {**scores[settings.protocol].summary(), "protocol": settings.protocol}

    return evaluate
