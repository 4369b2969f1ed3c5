"""``python -m model evaluate``: score a checkpoint on the shards of a mix."""

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from manifests.pages.words import plural, visible
from manifests.reading import open_manifest
from manifests.shardset import ShardSet, open_shards
from model.commands.options import add_backend, add_changes, add_device
from model.environment import prepare
from model.pretrained import DEFAULT, FOLDER, default, names, resolve


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare ``evaluate`` and its arguments."""
    parser = subparsers.add_parser(
        "evaluate",
        help="score a checkpoint on the shards of a mix",
        description="Find the text lines of every picture of a mix, score them against the "
        "manifests under all three protocols and by COCO's average precision, with 95 % intervals "
        "(bootstrap over images). Written are evaluation.json (figures, and all they were made "
        "with), images, truths and detections.parquet (what became of every ground truth and of "
        "every detection, what it measures, the line it comes from), predictions.jsonl (the lines "
        "of each picture) and submissions/<dataset>-<split>/submit_<run>-<epoch>.zip for the "
        "competitions' sites, and report/index.html, which takes the figures apart in pages. "
        "`compare` sets two such folders side by side, `explain` tells of one image. The preset is "
        "the one that the checkpoint was trained with.",
    )
    parser.add_argument("--data", required=True, type=Path, help="folder with shards and manifests")
    parser.add_argument(
        "--mix", default="test", metavar="NAME", help="mix to score on (default: test)"
    )
    parser.add_argument(
        "--checkpoint",
        type=Path,
        metavar="FILE|NAME",
        help="network to score: a file (.ckpt, .safetensors, or exported: .onnx, .mindir), a run's "
        "folder, or the name of weights that come with the project, "
        f"{', '.join(names())} (default: the best, else the last, of DATA's last finished "
        f"finetune, else pretrain, else {DEFAULT})",
    )
    parser.add_argument(
        "--out",
        type=Path,
        metavar="DIR",
        help="folder for these files (default: RUN/evaluations/<mix> for the best, else the last, "
        "checkpoint of a run, for others of the run <mix>-<checkpoint>, such as test-epoch-0010; "
        "of weights that come with the project DATA/evaluations/<name>/<mix>; of other files, "
        "exported ones too, evaluations/<file>/<mix> beside them; where --set, --thresholds or "
        "--backend change something <mix>-<8 digits that stand for the changes>, so that no "
        "evaluation of another checkpoint or with other settings is replaced)",
    )
    parser.add_argument(
        "--no-report",
        action="store_true",
        help="no pages (`report` can build them later); those of an older evaluation in the folder "
        "are removed",
    )
    parser.add_argument(
        "--thresholds",
        type=Path,
        metavar="FILE.yaml",
        help="decode with the thresholds that `sweep` chose for this checkpoint (default: the "
        "checkpoint's own); --set goes over them",
    )
    add_backend(parser)
    add_device(parser)
    add_changes(parser, "proposals, lines or the input's size, such as lines.min_score=0.8")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Evaluate, print the table and say where the files are. Raises UserError."""
    # Reading shards takes MindSpore too, whatever runs the network.
    prepare("CPU" if args.backend == "onnxruntime" else args.device)
    from model.evaluate import evaluate_network
    from model.explain.folder import write_evaluation
    from model.explain.origin import (
        changed_settings,
        chosen_on_pictures,
        decoding,
        describe,
        submission_name,
    )
    from model.explain.place import REPORT, alone, check_folder, is_report
    from model.explain.rows import explain_evaluation
    from model.explain.subject import Predictor, read_subject
    from model.explain.summary import as_table
    from model.export.backends import open_backend
    from model.report.build import check_place, write_report

    shards = open_shards(args.data, args.mix)
    path = find_checkpoint(args.data, args.checkpoint)
    subject = read_subject(path, args.data, args.backend)
    config, origin = decoding(subject, args.changes, shards, args.thresholds)
    backend = subject.backend if subject.is_run_otherwise else ""
    changed = changed_settings(subject.config, config, backend)
    folder = args.out or default_folder(args.data, path, args.mix, changed)
    check_folder(folder)
    if not args.no_report:
        check_place(folder)
    shards.verify()
    about = describe(subject, config, args.mix, args.data, shards)
    about |= {"thresholds_from": origin, "refused_images": refused(args.data, shards)}
    network = open_backend(path, subject.backend, args.device, args.changes, args.thresholds)
    predict = Predictor(network).predict
    with alone(folder):
        evaluation = evaluate_network(predict, args.data, shards, progress=True, explain=True)
        pictures = [row["image_sha256"] for row in evaluation.truths.rows.values()]
        origin["warnings"] += chosen_on_pictures(subject, origin, pictures)
        name, had_report = submission_name(subject.origin, subject.step), is_report(folder / REPORT)
        info = write_evaluation(folder, evaluation, explain_evaluation(evaluation), about, name)
        if had_report and args.no_report:
            print(f"removed: {folder / REPORT}, the pages of the evaluation that was there")
        print(f"mix {args.mix}: {plural(shards.images, 'image')}, checkpoint {path}")
        print(as_table(info))
        for line in notes(info):
            print(f"note: {visible(line)}")
        print(f"details: {folder}")
        if not args.no_report:
            print(f"report: {write_report(folder, args.data, progress=True)}")
    own = default_folder(args.data, path, args.mix)
    if changed and own != folder:
        print(beside(own, folder))
    return 0


def beside(own: Path, folder: Path) -> str:
    """How an evaluation with changed settings is set beside the one with the checkpoint's own."""
    from model.explain.folder import EVALUATION

    if (own / EVALUATION).is_file():
        return f"beside the checkpoint's own settings: python -m model compare {own} {folder}"
    return (
        f"the settings are changed, so these files are not in {own}, which is for the checkpoint's "
        "own; evaluate with those too, and `compare` sets the two side by side"
    )


def notes(info: Mapping[str, Any]) -> list[str]:
    """What is not in the figures, or not in the archives."""
    left_out = [
        f"{count} images of {name} were refused and are not in these figures"
        for name, count in info["refused_images"].items()
    ]
    unfit = [
        f"no submission of {group['name']}: {group['images']} of its images are not named img_N, "
        f"as the archive must have them, such as {group['example']}"
        for group in info["unfit_for_submission"]
    ]
    return left_out + unfit


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


def default_folder(data: Path, checkpoint: Path, mix: str, changed: str = "") -> Path:
    """``RUN/evaluations/<mix>`` of a run's best, or else last, checkpoint, of others of the run
    ``<mix>-<checkpoint>``; of the project's own weights ``DATA/evaluations/<name>/<mix>``; of other
    files, exported ones too, ``evaluations/<file's name>/<mix>`` beside them; with ``changed``
    settings ``<mix>-<changed>``: no two checkpoints have the same."""
    from model.explain.origin import run_folder
    from model.export.backends import is_exported

    changes = [changed] if changed else []
    run = run_folder(checkpoint)
    if checkpoint.parent != FOLDER and run is not None and not is_exported(checkpoint):
        name = "-".join([Path(mix).name, *_beside_default(checkpoint.resolve()), *changes])
        return _as_given(run, checkpoint) / "evaluations" / name
    name = "-".join([Path(mix).name, *changes])
    if checkpoint.parent == FOLDER:
        return data / "evaluations" / checkpoint.stem / name
    return checkpoint.parent / "evaluations" / checkpoint.name / name


def _beside_default(checkpoint: Path) -> list[str]:
    """What tells a checkpoint from the one that stands for its run, which needs nothing."""
    from model.runs import SUFFIX, default_checkpoint

    if checkpoint == default_checkpoint(checkpoint.parent):
        return []
    return [checkpoint.stem if checkpoint.suffix == SUFFIX else checkpoint.name]


def _as_given(run: Path, checkpoint: Path) -> Path:
    """The run's folder by the path that leads to the checkpoint, where that leads through it."""
    given = checkpoint.parent.parent
    return given if given.resolve() == run else run
