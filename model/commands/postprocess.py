"""``python -m model postprocess``: raw outputs that a device wrote, as text lines."""

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from manifests.errors import UserError
from manifests.pages.words import plural
from model.commands.options import add_changes
from model.pretrained import names

if TYPE_CHECKING:
    from model.config import Config
    from model.outputs import TextLines
    from model.predicting.folder import Results
    from model.protocols.inputs import GroundTruths
    from model.raw_outputs.folder import RawFolder

_OUT = Path("predictions")
_MADE_BY = "python -m model postprocess"
SUBMISSION, SCORES = "submission.zip", "scores.json"


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare ``postprocess`` and its arguments."""
    parser = subparsers.add_parser(
        "postprocess",
        help="turn raw outputs of a device into text lines",
        description="Turn the raw outputs that deploy/ascend310 wrote on a device into text lines. "
        "Written are, as by `predict`, predictions.jsonl, rrc/, skipped.jsonl and about.json; "
        f"{SUBMISSION} where the pictures are named img_N, as the Robust Reading Competition's "
        f"are; and with --gt {SCORES}. Outputs that are damaged or missing are named and counted. "
        "MindSpore is needed for a .ckpt or .mindir alone. More: docs/deployment.md.",
        epilog="exit status: 0 all outputs became lines, 1 some were skipped, 2 an error",
    )
    parser.add_argument("raw", type=Path, metavar="RAWDIR", help="folder that the device wrote")
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument(
        "--checkpoint",
        type=Path,
        metavar="FILE|NAME",
        help="detector that ran on the device: the .mindir or .onnx of `export`, or the checkpoint "
        "that was exported, a file or the name of weights that come with the project, "
        f"{', '.join(names())}",
    )
    source.add_argument(
        "--config", type=Path, metavar="FILE", help="its config instead: config.yaml of its run"
    )
    parser.add_argument(
        "--out", type=Path, default=_OUT, metavar="DIR", help=f"results (default: {_OUT}/)"
    )
    parser.add_argument("--gt", type=Path, metavar="GT.zip", help="score: .zip of gt_img_N.txt")
    parser.add_argument(
        "--shapes",
        choices=("rectangles", "quadrilaterals"),
        help=f"of {SUBMISSION} (default: as --gt has them, else quadrilaterals)",
    )
    parser.add_argument(
        "--thresholds",
        type=Path,
        metavar="FILE",
        help="decode with the thresholds that `sweep` chose for --checkpoint",
    )
    add_changes(parser, "proposals, lines or the input's size, such as lines.min_score=0.7")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Decode everything, name what is skipped, and say where the results are."""
    from model.predicting.folder import writing_results
    from model.raw_outputs.config import config_of
    from model.raw_outputs.folder import open_folder
    from model.submission import read_ground_truth

    config = config_of(args.checkpoint, args.config, args.changes, args.thresholds)
    raw = open_folder(args.raw)
    truths = read_ground_truth(args.gt) if args.gt else None
    about = _about(args, config, raw)
    with writing_results(args.out, about, _MADE_BY, (SUBMISSION, SCORES)) as results:
        lines = _decode(raw, config, results)
    for note in raw.notes():
        print(f"note: {note}")
    _archive(args, lines, truths)
    if truths is not None:
        _score(args.out, lines, truths)
    print(
        f"{plural(results.images, 'picture')}, {plural(results.lines, 'line')}, "
        f"{results.skipped} skipped: {args.out}"
    )
    return 1 if results.skipped else 0


def _decode(raw: "RawFolder", config: "Config", results: "Results") -> "dict[str, TextLines]":
    from tqdm import tqdm

    from model.detector.results import detection_of
    from model.outputs import text_lines
    from model.predicting.inputs import Skipped
    from model.predicting.names import shown
    from model.raw_outputs.folder import RawError, read_picture

    def skip(skipped: Skipped) -> None:
        tqdm.write(f"skipped {skipped.image}: {skipped.detail}", file=sys.stderr)
        results.skip(skipped)

    for skipped in raw.skipped:
        skip(skipped)
    lines = {}
    for name in tqdm(raw.names, "postprocess", unit="image", dynamic_ncols=True):
        try:
            picture = read_picture(raw.path, name, config)
        except RawError as error:
            skip(Skipped(shown(name), error.reason, shown(error.detail)))
            continue
        found = text_lines(picture.outputs, config)
        placed = picture.outputs.placed
        detection = detection_of(placed.width, placed.height, found.quads, found.scores)
        results.add(picture.image, name, detection, None)
        lines[name] = found
    return lines


def _about(args: argparse.Namespace, config: "Config", raw: "RawFolder") -> dict[str, Any]:
    from manifests.identity import sha256_file
    from model.pretrained import resolve
    from model.settings import plain

    path = resolve(args.checkpoint) if args.checkpoint else args.config
    return {
        "raw": {"path": str(args.raw), "run": raw.run},
        "checkpoint" if args.checkpoint else "config": {
            "path": str(path),
            "sha256": sha256_file(path),
        },
        "thresholds_from": None if args.thresholds is None else str(args.thresholds),
        "input": [config.network.input_width, config.network.input_height],
        "proposals": plain(config.proposals),
        "lines": plain(config.lines),
    }


def _archive(
    args: argparse.Namespace,
    lines: "Mapping[str, TextLines]",
    truths: "Mapping[str, GroundTruths] | None",
) -> None:
    from model.raw_outputs.scoring import has_quadrilaterals, unfit_names, write_archive

    strange = unfit_names(list(lines))
    if strange:
        print(
            f"note: no {SUBMISSION}: {len(strange)} pictures are not named img_N, as it must have "
            f"them, such as {strange[0]}"
        )
        return
    quads = truths is None or has_quadrilaterals(truths)
    if args.shapes:
        quads = args.shapes == "quadrilaterals"
    write_archive(args.out / SUBMISSION, lines, quads)


def _score(
    out: Path, lines: "Mapping[str, TextLines]", truths: "Mapping[str, GroundTruths]"
) -> None:
    from model.files import write_object
    from model.raw_outputs.scoring import scores_of, table

    absent, others = sorted(set(truths) - set(lines)), sorted(set(lines) - set(truths))
    if len(others) == len(lines):
        raise UserError(
            "none of the pictures is in the ground truth, so there is nothing to score; the images "
            "are joined by their names, img_N"
        )
    if absent:
        print(f"note: {len(absent)} images have no outputs and count as empty: {_few(absent)}")
    if others:
        print(f"note: {len(others)} pictures have no ground truth, left out: {_few(others)}")
    scores = scores_of(lines, truths)
    summaries = {name: score.summary() for name, score in scores.items()}
    write_object(out / SCORES, {"protocols": summaries, "absent": absent, "left_out": others})
    print(table(scores))


def _few(names: list[str]) -> str:
    return ", ".join(names[:3]) + (", ..." if len(names) > 3 else "")
