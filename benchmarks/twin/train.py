"""Train the twin on the shards of a mix; what it writes goes into ``model import-weights``.

    python -m benchmarks.twin.train --task finetune --data DATA --preset full \\
        --backbone vgg16.npz --out DIR [--set key=value ...]

It can be stopped at any moment and started again with the same command: it goes on from the last
saved state (every ``save_every`` steps of the preset). On a CPU with bfloat16 instructions
``--bfloat16`` halves the time of a step.
"""

import argparse
import itertools
import logging
import os
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import torch

from benchmarks.twin.loss import ctpn_loss
from benchmarks.twin.network import Ctpn
from benchmarks.twin.spoil import SPOIL
from benchmarks.twin.weights import take, write
from manifests.errors import UserError
from manifests.shardset import open_shards
from model.config import Config, TaskSettings, load_config
from model.files import append, cut
from model.loader import Batch, Loader
from model.pretrained import names
from model.progress import Progress
from model.schedule import learning_rate
from model.starting import Start, build_network, find_start
from model.weights.safetensors_file import read_safetensors

LOG = logging.getLogger(__name__)

LOSSES = ("loss", "classification", "vertical", "side")


def main(argv: list[str] | None = None) -> int:
    """Parse the command line and train; 0 is success, 2 an error that the message explains."""
    args = build_parser().parse_args(argv)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    if args.threads:
        torch.set_num_threads(args.threads)
    try:
        train(args, load_config(args.preset, args.changes))
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


def build_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--task", required=True, choices=("pretrain", "finetune"))
    parser.add_argument("--data", required=True, type=Path, help="folder with the shards")
    parser.add_argument("--mix", help="shards to train on (default: the preset's)")
    parser.add_argument("--preset", default="lite", metavar="NAME|FILE.yaml")
    parser.add_argument("--out", required=True, type=Path, help="folder of this training")
    start = parser.add_mutually_exclusive_group()
    start.add_argument("--backbone", type=Path, help="VGG16 weights to start from")
    start.add_argument(
        "--checkpoint",
        type=Path,
        metavar="FILE|NAME",
        help="checkpoint of `model` to start from, or the name of weights that come with the "
        f"project, {', '.join(names())}",
    )
    start.add_argument("--twin", type=Path, help=".safetensors of the twin to start from")
    parser.add_argument("--spoil", choices=sorted(SPOIL), help="labels with one mistake in them")
    parser.add_argument("--device", default="cpu", help="cpu or cuda")
    parser.add_argument("--threads", type=int, default=0, help="CPU threads (default: all)")
    parser.add_argument("--bfloat16", action="store_true", help="convolutions in bfloat16")
    parser.add_argument("--set", action="append", default=[], dest="changes", metavar="KEY=VALUE")
    return parser


def train(args: argparse.Namespace, config: Config) -> None:
    """Train to the end of the task's steps."""
    task = config.task(args.task)
    shards = open_shards(args.data, args.mix or task.mix)
    loader = Loader(shards, config, task.batch, task.seed, change=SPOIL.get(args.spoil))
    twin = Ctpn(config.network, task.frozen_blocks)
    _start(twin, args, config)
    twin = twin.to(args.device, memory_format=torch.channels_last).train()
    optimizer = make_optimizer(twin, task)
    args.out.mkdir(parents=True, exist_ok=True)
    steps = task.steps or task.epochs * loader.steps
    first = _resume(args.out / "state.pt", twin, optimizer)
    about = {"mix": shards.info["mix"]["name"], "shards": shards.digest, "task": args.task}
    if args.spoil:
        about["spoilt"] = args.spoil
    log = args.out / "log.jsonl"
    cut(log, first)  # steps past the saved state are taken again
    with Progress(steps, args.task, first) as progress:
        began = time.monotonic()
        for step, epoch, batch in _batches(loader, first, steps):
            rate = learning_rate(
                step - 1, steps, task.learning_rate, task.warmup_steps, task.warmup_start
            )
            losses = _update(twin, optimizer, batch, rate, config, args)
            entry = {"step": step, "epoch": epoch, "learning_rate": rate}
            append(log, _rounded(entry | dict(zip(LOSSES, losses, strict=True))))
            if step % task.save_every == 0 or step == steps:
                _save(args.out / "state.pt", twin, optimizer, step)
                write(args.out / "weights.safetensors", twin, config, step, about)
            progress.advance(losses[0], len(batch.image_ids) / (time.monotonic() - began))
            began = time.monotonic()


def make_optimizer(twin: Ctpn, task: TaskSettings) -> torch.optim.Optimizer:
    """As ``model.step.optimizer``."""
    trained = [(name, p) for name, p in twin.named_parameters() if p.requires_grad]
    groups = [
        {
            "params": [
                p for name, p in trained
                if (p.dim() > 1) == decays and name.startswith("backbone.") == backbone
            ],
            "weight_decay": task.weight_decay if decays else 0.0,
            "factor": task.backbone_rate if backbone else 1.0,
        }
        for decays, backbone in itertools.product((True, False), repeat=2)
    ]  # fmt: skip
    if task.optimizer == "adam":
        return torch.optim.Adam(groups, task.learning_rate, betas=(task.momentum, 0.999))
    return torch.optim.SGD(groups, task.learning_rate, momentum=task.momentum)


def set_rate(optimizer: torch.optim.Optimizer, rate: float) -> None:
    """Set the learning rate of every group, the backbone's by its factor."""
    for group in optimizer.param_groups:
        group["lr"] = rate * group["factor"]


def _start(twin: Ctpn, args: argparse.Namespace, config: Config) -> None:
    if args.twin:
        arrays, _ = read_safetensors(args.twin)
        tensors = {name: torch.from_numpy(array) for name, array in arrays.items()}
        twin.load_state_dict(tensors, strict=True)
        return
    take(twin, build_network(config, args.task, "CPU", start_from(args)))


def start_from(args: argparse.Namespace) -> Start:
    """Where the weights come from. Raises UserError where there is no such file."""
    if args.checkpoint or args.backbone:
        return find_start(args.data, args.task, args.checkpoint, args.backbone)
    return Start("random")


def _batches(loader: Loader, done: int, steps: int) -> Iterator[tuple[int, int, Batch]]:
    """The batches that are left after ``done`` steps, with step and epoch, counted from 1."""
    while done < steps:
        epoch, skip = divmod(done, loader.steps)
        for batch in itertools.islice(loader.epoch(epoch + 1, skip), steps - done):
            done += 1
            yield done, epoch + 1, batch


def _rounded(entry: Mapping[str, float]) -> dict[str, float]:
    return {k: round(v, 6) if isinstance(v, float) else v for k, v in entry.items()}


def _update(
    twin: Ctpn,
    optimizer: torch.optim.Optimizer,
    batch: Batch,
    rate: float,
    config: Config,
    args: argparse.Namespace,
) -> list[float]:
    set_rate(optimizer, rate)
    images, *targets = (torch.from_numpy(a.copy()).to(args.device) for a in batch.arrays())
    with torch.autocast(args.device, dtype=torch.bfloat16, enabled=args.bfloat16):
        predictions = twin(images)
    losses = ctpn_loss(predictions, tuple(targets), config.loss)
    if not torch.isfinite(losses[0]):
        raise SystemExit(f"the loss is {losses[0]}; images: {', '.join(batch.image_ids)}")
    optimizer.zero_grad(set_to_none=True)
    losses[0].backward()
    optimizer.step()
    return [float(value.detach()) for value in losses]


def _save(path: Path, twin: Ctpn, optimizer: torch.optim.Optimizer, step: int) -> None:
    scratch = path.with_name(f".{path.name}.{os.getpid()}")
    state = {"network": twin.state_dict(), "optimizer": optimizer.state_dict(), "step": step}
    torch.save(state, scratch)
    scratch.replace(path)


def _resume(path: Path, twin: Ctpn, optimizer: torch.optim.Optimizer) -> int:
    if not path.is_file():
        return 0
    state = torch.load(path, weights_only=True, map_location="cpu")
    twin.load_state_dict(state["network"])
    optimizer.load_state_dict(state["optimizer"])
    LOG.info("going on from step %d", state["step"])
    return int(state["step"])


if __name__ == "__main__":
    sys.exit(main())
