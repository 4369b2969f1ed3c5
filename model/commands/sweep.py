"""``python -m model sweep``: choose the thresholds of the decoding on a validation mix."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from manifests.errors import UserError
from manifests.pages.words import plural
from manifests.shardset import SHARDS, ShardSet, open_shards
from model.commands.evaluate import find_checkpoint
from model.commands.options import add_device
from model.environment import prepare
from model.pretrained import names

if TYPE_CHECKING:
    from model.checkpoints import Checkpoint
    from model.predictor import Predictor
    from model.sweep import Place, Sweep

THRESHOLDS = "thresholds"


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare ``sweep`` and its arguments."""
    parser = subparsers.add_parser(
        "sweep",
        help="choose thresholds on a validation mix",
        description="Run the network once over every picture of a validation mix, decode what it "
        "says with every setting of a grid, and write the setting of the greatest hmean to a file "
        "that `evaluate --thresholds` reads; beside it the figures of all settings and the curve "
        "of precision and recall over lines.min_score, as .json and .png. Files there are replaced "
        "where an earlier sweep wrote them, and no others. A mix that holds a test "
        "split is refused. A sweep that is stopped writes nothing and begins anew.",
    )
    parser.add_argument("--data", required=True, type=Path, help="folder with shards and manifests")
    parser.add_argument("--mix", required=True, metavar="NAME", help="validation mix to choose on")
    parser.add_argument(
        "--checkpoint",
        type=Path,
        metavar="FILE|NAME",
        help=f"network: a file, a run's folder, or the name of weights that come with the project, "
        f"{', '.join(names())} (default: that of `evaluate`)",
    )
    parser.add_argument(
        "--protocol",
        default="iou",
        choices=("deteval", "icdar2013", "iou"),
        help="whose hmean is to be the greatest (default: iou)",
    )
    parser.add_argument(
        "--grid",
        nargs="+",
        action="extend",
        default=[],
        metavar="KEY=a,b,c",
        help="keys of proposals or lines, each with the values to try, in all combinations; the "
        "checkpoint's own are tried as well (default: proposals.min_score=0.2,...,0.7 "
        "lines.min_overlap=0.3,...,0.7 lines.min_score=0.5,...,0.95)",
    )
    parser.add_argument(
        "--out",
        type=Path,
        metavar="FILE.yaml",
        help="file of thresholds (default: DATA/thresholds/<checkpoint>-<mix>.yaml)",
    )
    add_device(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Sweep, print what was found and write the files. Raises UserError."""
    shards = open_shards(args.data, args.mix)
    refuse_test(args.data, shards)
    if args.out and args.out.suffix not in (".yaml", ".yml"):
        raise UserError(f"--out {args.out}: give it a name that ends with .yaml")
    prepare(args.device)
    from model.checkpoints import load
    from model.explain.origin import require_of_run, submission_name, trained_on
    from model.predictor import predictor_of
    from model.sweep import Sweep, parse_grid
    from model.sweep_files import check_out, write_sweep

    path = find_checkpoint(args.data, args.checkpoint)
    require_of_run(path)
    checkpoint = load(path)
    out = args.out or (
        args.data / THRESHOLDS / f"{submission_name(path, checkpoint.step)}-{args.mix}.yaml"
    )
    check_out(out)
    grid = parse_grid(args.grid, checkpoint.config)
    sweep = Sweep(grid, checkpoint.config, args.protocol)
    shards.verify()
    for warning in trained_on(path, shards):
        print(f"warning: {warning}; it finds more there than elsewhere, and so do its thresholds")
    _look(predictor_of(checkpoint, checkpoint.config, args.device), args.data, shards, sweep)
    written = write_sweep(out, sweep, _chosen_by(args, checkpoint, shards))
    print(
        f"mix {args.mix}: {plural(shards.images, 'image')}, "
        f"{plural(len(sweep.settings()), 'setting')}, {args.protocol}"
    )
    print("\n".join(table(sweep)))
    print(f"average precision over lines.min_score: {written['curve']['average_precision']:.4f}")
    print(f"python -m model evaluate --checkpoint {args.checkpoint or path} --thresholds {out} ...")
    return 0


def refuse_test(data: Path, shards: ShardSet) -> None:
    """Raise UserError for a mix that holds a test split."""
    held = [e["name"] for e in shards.info["inputs"] if e["name"].partition("/")[2] == "test"]
    if not held:
        return
    others = []
    for folder in sorted((data / SHARDS).iterdir()):
        try:
            inputs = open_shards(data, folder.name).info["inputs"]
        except UserError:
            continue
        if "val" in folder.name and not any(e["name"].endswith("/test") for e in inputs):
            others.append(folder.name)
    advice = " or ".join(others) or "val or icdar15_val, once `python -m pipelines shard` made it"
    raise UserError(
        f"the mix {shards.info['mix']['name']} holds {', '.join(held)}: figures on pictures that "
        f"thresholds were chosen on say nothing; choose on a validation mix: --mix {advice}"
    )


def _look(predictor: "Predictor", data: Path, shards: ShardSet, sweep: "Sweep") -> None:
    """Show every picture to the network and count what each setting finds in it."""
    from tqdm import tqdm

    from model.evaluate import load_truths, pictures

    truths = load_truths(data, shards)
    quads = sweep.protocol.takes_quadrilaterals
    wanted = truths.quadrilaterals if quads else truths.rectangles
    rows = tqdm(pictures(shards, data, truths), "sweep", shards.images, unit="image", disable=None)
    for image_id, picture in rows:
        sweep.add(predictor.outputs(picture), wanted[image_id])
    if not sweep.figures().ground_truths.any():
        raise UserError(
            f"the mix {shards.info['mix']['name']} has no text to find, so there is nothing to "
            "choose by; take another"
        )
    if not sweep.figures().hmean.any():
        raise UserError(
            f"no setting finds anything under {sweep.protocol.name}, so none was chosen; train on, "
            "or give other values by --grid"
        )


def _chosen_by(
    args: argparse.Namespace, checkpoint: "Checkpoint", shards: ShardSet
) -> dict[str, Any]:
    """What the file of thresholds tells of how they were chosen."""
    from manifests.identity import sha256_file

    return {
        "checkpoint": str(checkpoint.path),
        "checkpoint_sha256": sha256_file(checkpoint.path),
        "mix": args.mix,
        "shards_digest": shards.digest,
        "protocol": args.protocol,
        "images": shards.images,
    }


def table(sweep: "Sweep") -> Sequence[str]:
    """The best setting, its neighbours and the checkpoint's own, by falling hmean."""
    best, own = sweep.best(), sweep.own
    places = sorted({best, own, *sweep.neighbours(best)}, key=lambda p: -sweep.figures().hmean[p])
    keys = list(sweep.setting(best))
    lines = ["  ".join([*keys, "precision", "recall", "hmean"])]
    for place in places:
        setting, figures = sweep.setting(place), sweep.figures()
        cells = [f"{setting[key]:g}".rjust(len(key)) for key in keys]
        for name in ("precision", "recall", "hmean"):
            cells.append(f"{getattr(figures, name)[place]:.4f}".rjust(max(len(name), 6)))
        lines.append("  ".join(cells) + _remark(place, best, own))
    return lines


def _remark(place: "Place", best: "Place", own: "Place") -> str:
    words = [
        word for word, other in (("best", best), ("the checkpoint's own", own)) if place == other
    ]
    return f"  {', '.join(words)}".rstrip()
