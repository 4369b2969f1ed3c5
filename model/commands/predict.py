"""``python -m model predict``: text lines in pictures, folders and videos of one's own."""

import argparse
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from manifests.errors import UserError
from model.commands.options import add_backend, add_changes, add_device, add_thresholds
from model.pretrained import DEFAULT, names, resolve
from model.stopping import Stop, Stopped

if TYPE_CHECKING:
    from model.detector import Detector, TileSettings
    from model.predicting.folder import Results
    from model.predicting.inputs import Inputs, Skipped
    from model.predicting.reading import Read

_MOST = 256
_OUT = Path("predictions")
_SECONDS_BETWEEN_LINES = 10.0
"""Where stderr is no terminal."""


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare ``predict`` and its arguments."""
    parser = subparsers.add_parser(
        "predict",
        help="find text lines in your own pictures and videos",
        description="Find the text lines of pictures and videos of your own, and write into DIR: "
        "predictions.jsonl (an object a picture: image, width, height and lines, each with "
        "polygon, box and score in pixels of the original), overlays/ (pictures with the lines "
        "drawn), rrc/ (a text file a picture as the Robust Reading Competition takes it), "
        "skipped.jsonl (what could not be read, and why) and about.json (with what all this was "
        "made). A rerun replaces them as a whole, and nothing else. More: docs/detecting.md.",
        epilog="exit status: 0 all pictures were looked at, 1 some were skipped, 2 nothing to look "
        "at or an error, 130 interrupted",
    )
    parser.add_argument(
        "inputs",
        nargs="*",
        metavar="INPUT",
        help="picture (JPEG, PNG, GIF, BMP, TIFF, WebP), video (MP4, MOV, AVI, MKV, WebM), folder, "
        "or pattern such as 'scans/*.png'",
    )
    parser.add_argument(
        "--out", type=Path, default=_OUT, metavar="DIR", help=f"results (default: {_OUT}/)"
    )
    parser.add_argument("--recursive", action="store_true", help="folders in folders, too")
    parser.add_argument(
        "--checkpoint",
        type=Path,
        default=Path(DEFAULT),
        metavar="FILE|NAME",
        help="detector: a file (.ckpt, .safetensors, .mindir, .onnx), a run's folder, or the name "
        "of weights that come with the project, "
        f"{', '.join(names())} (default: {DEFAULT})",
    )
    add_thresholds(parser)
    add_changes(parser, "proposals, lines or the input's size, such as lines.min_score=0.7")
    _add_work_options(parser)
    add_backend(parser)
    add_device(parser)
    parser.set_defaults(run=run)


def _add_work_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--tile",
        action="store_true",
        help="cut pictures larger than the input into tiles, so that small text is found; costs "
        "the time of as many pictures",
    )
    parser.add_argument(
        "--tile-scale",
        type=float,
        metavar="S",
        help="as --tile, with pictures scaled by S before they are cut (default: 1)",
    )
    parser.add_argument(
        "--every",
        type=_count,
        default=1,
        metavar="N",
        help="every Nth frame of videos (default: 1)",
    )
    parser.add_argument(
        "--batch",
        type=_few,
        default=1,
        metavar="N",
        help="pictures, or tiles, at once through the network; no gain on the CPU (default: 1)",
    )
    parser.add_argument(
        "--workers",
        type=_few,
        default=2,
        metavar="N",
        help="threads that read ahead, each with one picture in memory (default: 2)",
    )
    parser.add_argument("--no-overlays", action="store_true", help="draw no pictures")


def run(args: argparse.Namespace) -> int:
    """Look at everything, name what is skipped, and say where the results are."""
    from model.predicting.earlier import OVERLAYS, RRC, check_folder
    from model.predicting.folder import writing_results
    from model.predicting.inputs import find_inputs

    tile = _tile(args)
    given, changes = _told_apart(args)
    inputs = find_inputs(given, args.recursive)
    if not inputs.files:
        raise UserError(_nothing(inputs))
    checkpoint = resolve(args.checkpoint)
    check_folder(args.out)
    _refuse_results(inputs.files, [args.out / OVERLAYS, args.out / RRC])
    total = _total(inputs.files, args.every)
    _announce(args, total)
    with Stop("stopping after this picture, with no results; once more stops at once") as stop:
        from model.detector import Detector

        detector = Detector.load(
            checkpoint,
            backend=args.backend,
            device=args.device,
            thresholds=args.thresholds,
            changes=changes,
            tile=tile,
        )
        try:
            with writing_results(args.out, _about(args, detector)) as results:
                _look(args, inputs, detector, results, stop, total)
        except Stopped as stopped:
            state = "is as it was" if args.out.exists() else "was not made"
            print(f"{stopped}; {args.out} {state}", file=sys.stderr)
            return stopped.exit_status
    print(_summary(results, inputs, args.out))
    return 1 if results.skipped else 0


def _look(
    args: argparse.Namespace,
    inputs: "Inputs",
    detector: "Detector",
    results: "Results",
    stop: Stop,
    total: int,
) -> None:
    from model.inspection.showing import shown
    from model.predicting.looking import look
    from model.predicting.reading import read_all

    for skipped in inputs.skipped:
        _tell(skipped)
        results.skip(skipped)
    with closing(read_all(inputs.files, args.workers, args.every)) as pictures:
        progress = shown(pictures, "predict", total, seconds=_SECONDS_BETWEEN_LINES)
        told = _told(progress, stop, total)
        look(detector, told, results, args.batch, not args.no_overlays)


def _announce(args: argparse.Namespace, total: int) -> None:
    """Loading takes seconds, on a busy machine half a minute: say at once what is going on."""
    from manifests.pages.words import plural

    print(
        f"predict: loading {args.checkpoint} to look at {plural(total, 'picture')} ...",
        file=sys.stderr,
        flush=True,
    )


def _told(
    pictures: "Iterable[Read | Skipped]", stop: Stop, total: int
) -> "Iterator[Read | Skipped]":
    from model.predicting.inputs import Skipped

    for number, picture in enumerate(pictures):
        stop.check(number, total)
        if isinstance(picture, Skipped):
            _tell(picture)
        yield picture


def _tell(skipped: "Skipped") -> None:
    from tqdm import tqdm

    tqdm.write(f"skipped {skipped.image}: {skipped.detail}", file=sys.stderr)


def _total(files: list[Path], every: int) -> int:
    """About how many pictures the files hold."""
    from model.predicting.inputs import is_video
    from model.predicting.video import count_frames

    return sum(count_frames(file, every) if is_video(file) else 1 for file in files)


def _about(args: argparse.Namespace, detector: "Detector") -> dict[str, Any]:
    """What the results are made with."""
    from dataclasses import asdict

    from manifests.identity import sha256_file
    from model.export.backends import backend_of
    from model.settings import plain

    path, config = resolve(args.checkpoint), detector.predictor.config
    return {
        "checkpoint": {"path": str(path), "sha256": sha256_file(path)},
        "backend": backend_of(path, args.backend),
        "input": [config.network.input_width, config.network.input_height],
        "thresholds_from": None if args.thresholds is None else str(args.thresholds),
        "tile": None if detector.tile is None else asdict(detector.tile),
        "proposals": plain(config.proposals),
        "lines": plain(config.lines),
    }


def _summary(results: "Results", inputs: "Inputs", out: Path) -> str:
    from manifests.pages.words import plural

    counts = f"{plural(results.images, 'picture')}, {plural(results.lines, 'line')}"
    parts = [f"{counts}, {results.skipped} skipped"]
    left = {
        "named twice": inputs.repeated,
        "of other kinds": inputs.others,
        "folders not entered (--recursive)": inputs.closed,
        "with results of an earlier run, left out": inputs.earlier,
    }
    parts += [f"{count} {what}" for what, count in left.items() if count]
    return f"{', '.join(parts)}: {out}"


def _nothing(inputs: "Inputs") -> str:
    reasons = [f"{skipped.image}: {skipped.detail}" for skipped in inputs.skipped]
    if inputs.others:
        reasons.append(f"{inputs.others} files have no name of a picture or video")
    if inputs.closed:
        reasons.append(f"{inputs.closed} folders in folders were not entered (--recursive)")
    if inputs.earlier:
        reasons.append(f"{inputs.earlier} folders hold results of an earlier run, left out")
    return "no picture to look at; " + ("; ".join(reasons) or "the folders are empty")


def _refuse_results(files: list[Path], folders: list[Path]) -> None:
    """Raise UserError where a picture is one that the results would replace."""
    for folder in folders:
        place = os.path.realpath(folder)
        for file in files:
            if Path(os.path.realpath(file)).is_relative_to(place):  # a loop of links raises nothing
                raise UserError(
                    f"{file} is a result in {folder}, which would be replaced; give another --out"
                )


def _told_apart(args: argparse.Namespace) -> tuple[list[str], list[str]]:
    """Inputs and changes: what stands behind ``--set KEY=VALUE`` and is none itself is an input.
    Raises UserError where there is no input."""
    behind = [entry for entry in args.changes if "=" not in entry]
    if not args.inputs and not behind:
        raise UserError("give pictures, videos, folders or patterns to look at")
    return [*args.inputs, *behind], [entry for entry in args.changes if "=" in entry]


def _tile(args: argparse.Namespace) -> "TileSettings | None":
    """Raises UserError for a scale that cannot be."""
    if not args.tile and args.tile_scale is None:
        return None
    from model.detector import TileSettings

    try:
        return TileSettings(scale=1.0 if args.tile_scale is None else args.tile_scale)
    except ValueError as error:
        raise UserError(f"--tile-scale: {error}") from error


def _few(text: str) -> int:
    """So many pictures stand in memory at once."""
    value = _count(text)
    if value > _MOST:
        raise argparse.ArgumentTypeError(f"{text} is above {_MOST}")
    return value


def _count(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text} is below 1")
    return value
