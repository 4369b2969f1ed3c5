"""A job's parameters, and the project's command that they mean."""

import argparse
import re
import sys
from dataclasses import dataclass
from pathlib import Path

from deploy.modelarts.errors import JobError
from deploy.modelarts.storage import base

MODES = ("train", "evaluate", "export")
PLATFORM = ("init_method", "rank", "world_size", "num_gpus")
"""What ModelArts adds to the parameters of some kinds of jobs, and nobody here needs."""
_RUN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
_SUFFIXES = {"MINDIR": ".mindir", "AIR": ".air", "ONNX": ".onnx"}


@dataclass(frozen=True)
class Places:
    """Where a job's things lie on its machine."""

    work: Path

    @property
    def data(self) -> Path:
        """The folder with shards and manifests."""
        return self.work / "data"

    @property
    def weights(self) -> Path:
        """Files of weights that were copied in."""
        return self.work / "weights"

    def run(self, name: str) -> Path:
        """The folder of a training."""
        return self.data / "runs" / name

    def logs(self, name: str) -> Path:
        """The logs of a training's workers."""
        return self.data / "logs" / name

    def results(self, name: str) -> Path:
        """The folder of an evaluation or an export."""
        return self.work / "results" / name


def build_parser() -> argparse.ArgumentParser:
    """The parameters of a job; their names are those that ModelArts uses, with underscores."""
    parser = argparse.ArgumentParser(
        prog="python deploy/modelarts/start.py",
        description="Run a command of the project as a job of ModelArts: copy data and weights "
        "in, run it, and copy the results out, also those of a job that failed or was stopped. "
        "A URL is obs://bucket/folder, what fsspec knows, or a folder of this machine. Results "
        "stand in TRAIN_URL/RUN; complete.json there is written last and lists them.",
    )
    parser.add_argument("--mode", choices=MODES, default="train", help="default: train")
    parser.add_argument("--data_url", metavar="URL", help="DATA: has shards/ and manifests/")
    parser.add_argument("--train_url", metavar="URL", required=True, help="where results go")
    parser.add_argument(
        "--checkpoint_url", metavar="URL|NAME", help="weights, or a name such as lite"
    )
    parser.add_argument("--backbone_url", metavar="URL", help="train: backbone to start from")
    parser.add_argument("--task", choices=("pretrain", "finetune"), default="pretrain")
    parser.add_argument("--preset", default="full", help="of a training (default: full)")
    parser.add_argument("--device", default="Ascend", help="CPU, GPU or Ascend (default: Ascend)")
    parser.add_argument("--workers", type=int, metavar="N", help="devices of this machine")
    parser.add_argument("--mix", help="default: of a training the preset's, else test")
    parser.add_argument("--epochs", type=int, metavar="N", help="default: the preset's")
    parser.add_argument("--set", nargs="+", action="extend", default=[], metavar="KEY=VALUE")
    parser.add_argument(
        "--run",
        metavar="NAME",
        help="of the results (default: such as pretrain-full or "
        "evaluate-test-pretrain-full-best); one that holds results already is refused",
    )
    parser.add_argument(
        "--resume",
        nargs="?",
        const=True,
        default=False,
        type=_yes,
        metavar="true|false",
        help="go on with the training in TRAIN_URL/RUN",
    )
    parser.add_argument("--format", choices=_SUFFIXES, default="MINDIR", help="export: as what")
    parser.add_argument("--work", type=Path, metavar="DIR", help="folder of this machine to use")
    return parser


def parse(arguments: list[str]) -> argparse.Namespace:
    """The parameters, checked. Raises JobError; what the platform adds is left out."""
    kept = [word for word in arguments if word.partition("=")[0][2:] not in PLATFORM]
    args = build_parser().parse_args(kept)
    args.run = args.run or _default_run(args)
    if not _RUN.fullmatch(args.run):
        raise JobError(f"--run {args.run}: letters, digits, dots, dashes and underscores alone")
    if args.mode != "export" and not args.data_url:
        raise JobError(f"--data_url is missing, and --mode {args.mode} needs data")
    if args.mode != "train" and not args.checkpoint_url:
        raise JobError(f"--checkpoint_url is missing, and --mode {args.mode} needs weights")
    if args.checkpoint_url and args.backbone_url:
        raise JobError("a training starts from --checkpoint_url or from --backbone_url, not both")
    if args.resume and args.mode != "train":
        raise JobError("--resume is of --mode train")
    return args


def command(args: argparse.Namespace, places: Places) -> list[str]:
    """The project's command, its weights and data where the job copies them."""
    make = {"train": _train, "evaluate": _evaluate, "export": _export}[args.mode]
    return [sys.executable, "-m", "model", *make(args, places)]


def is_name(checkpoint: str) -> bool:
    """Whether a checkpoint is a name of weights that come with the project, nothing to copy."""
    return "/" not in checkpoint and "." not in checkpoint


def local(url: str, places: Places) -> str:
    """Where the weights of a URL lie here; a name stays a name."""
    return url if is_name(url) else str(places.weights / base(url))


def _train(args: argparse.Namespace, places: Places) -> list[str]:
    folder = str(places.run(args.run))
    workers = ["--workers", str(args.workers)] if args.workers else []
    if args.resume:
        return ["train", "--resume", folder, "--data", str(places.data), *workers]
    changes = list(args.set)
    if args.epochs is not None:
        changes.append(f"{args.task}.epochs={args.epochs}")
    words = ["train", "--task", args.task, "--data", str(places.data), "--preset", args.preset]
    words += ["--device", args.device, "--run", folder, *workers]
    if args.mix:
        words += ["--mix", args.mix]
    if args.checkpoint_url:
        words += ["--checkpoint", local(args.checkpoint_url, places)]
    if args.backbone_url:
        words += ["--backbone", local(args.backbone_url, places)]
    return words + _changes(changes)


def _evaluate(args: argparse.Namespace, places: Places) -> list[str]:
    words = ["evaluate", "--data", str(places.data), "--mix", args.mix or "test"]
    words += ["--checkpoint", local(args.checkpoint_url, places), "--device", args.device]
    return [*words, "--out", str(places.results(args.run)), *_changes(args.set)]


def _export(args: argparse.Namespace, places: Places) -> list[str]:
    out = places.results(args.run) / f"model{_SUFFIXES[args.format]}"
    words = ["export", "--checkpoint", local(args.checkpoint_url, places)]
    return [*words, "--format", args.format, "--out", str(out)]


def _yes(text: str) -> bool:
    """The platform's forms give every parameter a value."""
    if text.lower() not in ("true", "false"):
        raise argparse.ArgumentTypeError(f"{text!r} is neither true nor false")
    return text.lower() == "true"


def _changes(changes: list[str]) -> list[str]:
    return ["--set", *changes] if changes else []


def _default_run(args: argparse.Namespace) -> str:
    if args.mode == "train":
        return f"{args.task}-{Path(args.preset).stem}"
    of = args.format.lower() if args.mode == "export" else args.mix or "test"
    return f"{args.mode}-{of}-{_weights_name(args.checkpoint_url or 'none')}"


def _weights_name(url: str) -> str:
    """``finetune-full-best`` of ``.../finetune-full/checkpoints/best.ckpt``: every training has a
    ``best.ckpt``."""
    *above, name = url.rstrip("/").split("/")
    run = above[-2:-1] if above[-1:] == ["checkpoints"] else []
    return "-".join([*run, Path(name).stem])
