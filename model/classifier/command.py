"""``python -m model train --task backbone``, from its arguments to a finished run."""

import argparse
import logging
from pathlib import Path
from typing import Any

import mindspore as ms

from manifests.errors import UserError
from model.bookkeeping import keeping_summary
from model.classifier.folder import ImageFolder, open_folder
from model.classifier.loader import PictureLoader
from model.classifier.network import Classifier
from model.classifier.training import UNREADABLE, BackboneTraining
from model.config import Config, load_config
from model.lineage import start_of, surroundings
from model.loader import thread_count
from model.preset_files import DEFAULT
from model.resume import NO_RESUME
from model.runs import Run, default_folder
from model.summary import Summary
from model.weights.start import start_backbone

LOG = logging.getLogger(__name__)

_DEFAULT_DATA = Path("data")


def train_backbone(args: argparse.Namespace) -> Path:
    """The whole training; returns the run's folder. Raises UserError."""
    if args.resume is not None:
        raise UserError(NO_RESUME.format(last="RUN/checkpoints/last.ckpt"))
    if args.images is None:
        raise UserError("--task backbone needs --images, a folder with train/<class>/*.JPEG")
    for name in ("checkpoint", "mix"):
        if getattr(args, name) is not None:
            raise UserError(f"--task backbone has no use for --{name}")
    if args.workers not in (None, 1):
        raise UserError("--task backbone trains on one device; leave out --workers")
    args.preset, args.device = args.preset or DEFAULT, args.device or "CPU"
    config = load_config(args.preset, args.changes)
    if config.precision == "mixed":
        raise UserError("--task backbone trains in float32: add --set precision=auto, or float32")
    images = open_folder(args.images)
    if len(images.train) < config.backbone.batch:
        raise UserError(
            f"{args.images}/train holds {len(images.train)} pictures, which do not fill a batch of "
            f"{config.backbone.batch}; set backbone.batch"
        )
    network = build_classifier(config, images, args.backbone)
    folder = args.folder or default_folder(args.data or _DEFAULT_DATA, "backbone", args.preset)
    run = Run(folder, config, _lineage(args, images))
    LOG.info("%s: %d pictures of %d classes", folder, len(images.train), len(images.classes))
    LOG.info("a training of a backbone cannot be resumed; each epoch leaves checkpoints/last.ckpt")
    loader = PictureLoader(images.root, config.backbone, thread_count(config.loader.workers))
    training = BackboneTraining(network, config.backbone, images, loader, run)
    with keeping_summary(run, Summary("backbone", args.preset, training.steps)):
        training.train()
    _conclude(run, loader)
    return Path(folder)


def build_classifier(config: Config, images: ImageFolder, backbone: Path | None) -> Classifier:
    """A classifier with random weights by the seed, or a backbone to go on from."""
    ms.set_seed(config.backbone.seed)
    network = Classifier(config.network, len(images.classes))
    if backbone is not None:
        start_backbone(network.backbone, config.network, backbone)
    return network


def _lineage(args: argparse.Namespace, images: ImageFolder) -> dict[str, Any]:
    return {
        "task": "backbone",
        "preset": args.preset,
        "device": args.device,
        "images": images.describe(),
        "start": start_of("backbone" if args.backbone else "random", args.backbone, args.data),
        **surroundings(),
    }


def _conclude(run: Run, loader: PictureLoader) -> None:
    if loader.unreadable:
        LOG.warning(
            "%d pictures could not be read and were left out; %s names them",
            len(loader.unreadable),
            run.folder / UNREADABLE,
        )
    best, last = (run.checkpoints / f"{name}.ckpt" for name in ("best", "last"))
    LOG.info(
        "next: python -m model train --task pretrain --backbone %s", best if best.exists() else last
    )
