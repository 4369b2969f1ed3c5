"""``python -m model evaluate``: score a checkpoint on the shards of a mix."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from manifests.identity import sha256_file
from manifests.reading import open_manifest
from manifests.shardset import ShardSet, open_shards
from model.commands.options import add_changes, add_device
from model.environment import prepare
from model.pretrained import DEFAULT, FOLDER, default, names, resolve

if TYPE_CHECKING:
    from model.checkpoints import Checkpoint
    from model.config import Config


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare ``evaluate`` and its arguments."""
    parser = subparsers.add_parser(
        "evaluate",
        help="score a checkpoint on the shards of a mix",
        description="Find the text lines of every picture of a mix, score them against the "
        "manifests under all three protocols, and write evaluation.json (scores and what they were "
        "made with), predictions.jsonl (the lines of each picture) and submission archives for the "
        "competitions' sites. The preset is the one that the checkpoint was trained with.",
    )
    parser.add_argument("--data", required=True, type=Path, help="folder with shards and manifests")
    parser.add_argument(
        "--mix", default="test", metavar="NAME", help="mix to score on (default: test)"
    )
    parser.add_argument(
        "--checkpoint",
        type=Path,
        metavar="FILE|NAME",
        help="network to score: a file, or the name of weights that come with the project, "
        f"{', '.join(names())} (default: the best, else the last, of DATA's last finished "
        f"finetune, else pretrain, else {DEFAULT})",
    )
    parser.add_argument(
        "--out",
        type=Path,
        metavar="DIR",
        help="folder for these files (default: evaluations/<mix> of the checkpoint's run; of "
        "weights that come with the project DATA/evaluations/<name>/<mix>)",
    )
    add_device(parser)
    add_changes(parser, "proposals, lines or the input's size, such as lines.min_score=0.8")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Evaluate, print the table and say where the files are. Raises UserError."""
    prepare(args.device)
    from model.checkpoints import load
    from model.decoding_changes import with_decoding
    from model.evaluate import evaluate_network, write_evaluation
    from model.predictor import predictor_of

    path = find_checkpoint(args.data, args.checkpoint)
    shards = open_shards(args.data, args.mix)
    shards.verify()
    checkpoint = load(path)
    config = with_decoding(checkpoint.config, args.changes)
    predict = predictor_of(checkpoint, config, args.device).predict
    evaluation = evaluate_network(predict, args.data, shards, progress=True)
    folder = args.out or default_folder(args.data, path, args.mix)
    about = describe(checkpoint, config, args.mix, shards)
    about["refused_images"] = refused(args.data, shards)
    write_evaluation(folder, evaluation, about)
    print(f"mix {args.mix}: {shards.images} images, checkpoint {path}")
    for name, count in about["refused_images"].items():
        print(f"note: {count} images of {name} were refused and are not in these figures")
    print(evaluation.table())
    print(f"{evaluation.summary()['images_per_second']:.1f} images/s; details: {folder}")
    return 0


def refused(data: Path, shards: ShardSet) -> dict[str, int]:
    """Images that should be in the mix and are in quarantine, by manifest, where there are any."""
    counts = {}
    for entry in shards.info["inputs"]:
        manifest = open_manifest(data, *entry["name"].split("/"))
        counts[manifest.name] = int(manifest.info["ledger"]["images"]["quarantined"])
    return {name: count for name, count in counts.items() if count}


def find_checkpoint(data: Path, given: Path | None) -> Path:
    """The checkpoint given, by path or name; else the last of DATA's runs; else the project's."""
    from model.runs import has_finished, latest_checkpoint

    if given is None and not has_finished(data, "finetune", "pretrain"):
        return default()
    return resolve(given) if given else latest_checkpoint(data, "finetune", "pretrain")


def default_folder(data: Path, checkpoint: Path, mix: str) -> Path:
    """``evaluations/<mix>`` beside the run's checkpoints, or beside a checkpoint of no run; of the
    project's own weights, ``DATA/evaluations/<name>/<mix>``."""
    folder = checkpoint.parent
    if folder == FOLDER:
        return data / "evaluations" / checkpoint.stem / Path(mix).stem
    base = folder.parent if folder.name == "checkpoints" else folder
    return base / "evaluations" / Path(mix).stem


def describe(
    checkpoint: "Checkpoint", config: "Config", mix: str, shards: ShardSet
) -> dict[str, Any]:
    """What the figures were made with: network, thresholds, data."""
    from model.settings import plain

    return {
        "checkpoint": str(checkpoint.path),
        "checkpoint_sha256": sha256_file(checkpoint.path),
        "step": checkpoint.step,
        "mix": mix,
        "shards": {key: shards.info[key] for key in ("key", "digest", "inputs")},
        "input": [config.network.input_width, config.network.input_height],
        "proposals": plain(config.proposals),
        "lines": plain(config.lines),
    }
