"""What an evaluation was made with: checkpoint, thresholds and where they came from, data."""

import shlex
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from manifests.errors import UserError
from manifests.identity import combine, sha256_file
from manifests.shardset import ShardSet
from model.code_version import code_version
from model.config import Config
from model.decoding_changes import with_decoding
from model.explain.subject import DEFAULT_BACKEND, Subject
from model.files import read_lines, read_object
from model.lineage import trace
from model.pretrained import FOLDER, chosen_on, pictures_digest
from model.runs import CHECKPOINTS, LINEAGE, LOG, epoch_of
from model.settings import plain
from model.thresholds import Thresholds, apply, thresholds_of


def decoding(
    checkpoint: Subject,
    changes: Sequence[str],
    shards: ShardSet,
    thresholds: Path | None = None,
) -> tuple[Config, dict[str, Any]]:
    """The config to evaluate with, and ``thresholds_from``: where its thresholds came from.

    ``kind`` is checkpoint, or file, then with its path, digest and what it says of how they were
    ``chosen``; ``changes`` those of ``--set``, which go over both; ``words`` say it to a person;
    ``warnings`` tell where something was chosen on the very mix that is scored, but for what
    ``chosen_on_pictures`` tells once they are known. Raises UserError.
    """
    require_of_run(checkpoint.origin)
    config, origin = checkpoint.config, _own(checkpoint, shards)
    if thresholds is not None:
        config, origin = _from_file(checkpoint, shards, thresholds)
    if checkpoint.is_run_otherwise:
        origin["words"] += f", run by {checkpoint.backend}"
    if changes:
        origin["words"] += f", changed by --set {shlex.join(changes)}"
    return with_decoding(config, changes), {**origin, "changes": list(changes)}


def _own(checkpoint: Subject, shards: ShardSet) -> dict[str, Any]:
    return {
        "kind": "checkpoint",
        "file": None,
        "words": "the checkpoint's own settings",
        "warnings": [
            *_chosen_on_export(checkpoint, shards),
            *trained_on(checkpoint.origin, shards),
        ],
    }


def _from_file(checkpoint: Subject, shards: ShardSet, path: Path) -> tuple[Config, dict[str, Any]]:
    """The config with a file's thresholds, and what the file says of them."""
    thresholds = thresholds_of(path, checkpoint.path, checkpoint.sha256)
    chosen = thresholds.chosen
    warnings = trained_on(checkpoint.origin, shards)
    if not thresholds.by_hand and chosen["shards_digest"] == shards.digest:
        warnings.insert(
            0, f"the thresholds of {path} were chosen on this very mix, {chosen['mix']}"
        )
    return apply(checkpoint.config, thresholds), {
        "kind": "file",
        "file": {"path": str(path), "sha256": sha256_file(path)},
        "chosen": dict(chosen),
        "words": f"{path}, chosen {_how(thresholds)}",
        "warnings": warnings,
    }


def _how(thresholds: Thresholds) -> str:
    if thresholds.by_hand:
        return "by hand, on pictures that nothing is known of"
    return "on {mix} for the hmean of {protocol}".format(**thresholds.chosen)


def changed_settings(own: Config, used: Config, backend: str = "") -> str:
    """Eight digits that stand for the settings in which an evaluation differs from its checkpoint,
    whether a file or ``--set`` changed them, and for a ``backend`` that is not the file's own;
    empty where it differs in none."""
    before, after = _decoding_settings(own), _decoding_settings(used)
    changed = [f"{key}={value!r}" for key, value in after.items() if value != before[key]]
    changed += [f"backend={backend}"] if backend else []
    return combine(changed)[:8] if changed else ""


def _decoding_settings(config: Config) -> dict[str, Any]:
    """What decides the lines besides the weights, by its dotted name."""
    groups = {"proposals": config.proposals, "lines": config.lines}
    settings = {f"{g}.{key}": v for g, group in groups.items() for key, v in plain(group).items()}
    size = (config.network.input_width, config.network.input_height)
    return {**settings, "network.input_width": size[0], "network.input_height": size[1]}


def describe(
    checkpoint: Subject, config: Config, mix: str, data: Path, shards: ShardSet
) -> dict[str, Any]:
    """What the figures were made with, for ``evaluation.json``. Raises UserError."""
    folder = run_folder(checkpoint.origin)
    exported = checkpoint.exported_from
    return {
        "run": folder.name if folder else None,
        "checkpoint": {
            "path": str(checkpoint.path),
            "sha256": sha256_file(checkpoint.path),
            "step": checkpoint.step,
            **({"backend": checkpoint.backend} if checkpoint.backend != DEFAULT_BACKEND else {}),
            **({"exported_from": dict(exported)} if exported else {}),
        },
        "lineage": _reference(folder),
        "code": code_version(),
        "mix": mix,
        "shards": {
            **{key: shards.info[key] for key in ("key", "digest")},
            "inputs": trace(data, shards),
        },
        "input": [config.network.input_width, config.network.input_height],
        "proposals": plain(config.proposals),
        "lines": plain(config.lines),
    }


def run_folder(checkpoint: Path) -> Path | None:
    """The folder of the run that a checkpoint lies in; None where it lies in none."""
    folder = checkpoint.resolve().parent
    is_run = folder.name == CHECKPOINTS and (folder.parent / LINEAGE).is_file()
    return folder.parent if is_run else None


def require_of_run(checkpoint: Path) -> None:
    """Raise UserError where a checkpoint lies in the folder of a run that has ended and wrote
    another file by that name: its figures would be taken for the run's."""
    known = _lineage(run_folder(checkpoint)).get("checkpoints")
    digest = known.get(checkpoint.name) if isinstance(known, dict) else None
    if digest is not None and checkpoint.is_file() and sha256_file(checkpoint) != digest:
        raise UserError(
            f"{checkpoint} is not the checkpoint that its run wrote, by {LINEAGE} of the run: put "
            "that one back; or, to use this one, take it to a folder of its own"
        )


def submission_name(checkpoint: Path, step: int) -> str:
    """``<run>-<epoch>``: the run's folder, or the weights' own name; the epoch where the file's
    name or the run's log tells it, else the step."""
    folder = run_folder(checkpoint)
    name = folder.name if folder else checkpoint.stem
    return f"{name}-{_epoch(checkpoint, step, folder)}"


def _epoch(checkpoint: Path, step: int, folder: Path | None) -> int:
    named = epoch_of(checkpoint)
    if named is not None:
        return named
    entries = read_lines(folder / LOG) if folder else []
    of_step = (entry.get("epoch") for entry in reversed(entries) if entry.get("step") == step)
    found = next(of_step, None)
    return found if isinstance(found, int) else step


def _reference(folder: Path | None) -> dict[str, Any] | None:
    """Where the run tells what it was made of, and its digest."""
    if folder is None:
        return None
    path = folder / LINEAGE
    return {"path": str(path), "sha256": sha256_file(path)}


def _chosen_on_export(subject: Subject, shards: ShardSet) -> list[str]:
    """Thresholds that went into an exported file were chosen on the mix that is scored."""
    if not subject.chosen or subject.chosen.get("shards_digest") != shards.digest:
        return []
    mix = shards.info["mix"]["name"]
    return [f"the thresholds in {subject.path} were chosen on this very mix, {mix}"]


def chosen_on_pictures(
    checkpoint: Subject, origin: Mapping[str, Any], sha256s: Iterable[str]
) -> list[str]:
    """A warning where the thresholds in use are those of the project's own weights, and were chosen
    on the very pictures that are scored, under whatever name. origin: of ``decoding``; sha256s: of
    the pictures' files."""
    weights = checkpoint.origin
    is_own = weights.resolve().parent == FOLDER and origin["kind"] == "checkpoint"
    chosen = chosen_on(weights.stem) if is_own and not checkpoint.chosen else None
    if chosen is None or chosen.pictures != pictures_digest(sha256s):
        return []
    return [
        f"the thresholds of {weights.stem} were chosen on these very pictures, those of the mix "
        f"{chosen.mix}"
    ]


def trained_on(checkpoint: Path, shards: ShardSet) -> list[str]:
    """Ways in which the mix took part in making the checkpoint, as its run tells."""
    mix = str(shards.info["mix"]["name"])
    lineage = _lineage(run_folder(checkpoint))
    warnings = []
    if _digest(lineage, "shards") == shards.digest:
        warnings.append(f"the checkpoint was trained on this very mix, {mix}")
    if checkpoint.stem == "best" and _digest(lineage, "evaluation") == shards.digest:
        warnings.append(f"the checkpoint is the best of its run on this very mix, {mix}")
    return warnings


def _lineage(folder: Path | None) -> Mapping[str, Any]:
    try:
        return read_object(folder / LINEAGE) if folder else {}
    except (OSError, ValueError):
        return {}


def _digest(lineage: Mapping[str, Any], key: str) -> Any:
    entry = lineage.get(key)
    return entry.get("digest") if isinstance(entry, dict) else None
