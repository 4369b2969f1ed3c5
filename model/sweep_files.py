"""What a sweep writes: thresholds, all its figures, and the curve as a picture."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from manifests.errors import UserError
from manifests.identity import sha256_file
from model.files import read_object, write_object, writing
from model.precision_recall import Curve, draw
from model.sweep import Place, Setting, Sweep
from model.thresholds import Thresholds, read_thresholds, write_thresholds

_TOLD = {"chosen", "best", "own", "settings", "curve"}
_PICTURE = "picture_sha256"
"""Keys of .json: the second once there is a picture."""


def check_out(path: Path) -> None:
    """Raise UserError where a sweep to ``path`` would replace what no sweep wrote: thresholds
    are told by what they hold, .json by its keys, and .png by the .json beside it."""
    figures, picture = path.with_suffix(".json"), path.with_suffix(".png")
    own = {path: _is_chosen(path), figures: _is_told(figures), picture: _is_told(figures)}
    for each, is_own in own.items():
        if not is_own and (each.exists() or each.is_symlink()):
            raise UserError(
                f"{each} is there, and no `sweep` wrote it; give another --out, or move it away"
            )


def _is_chosen(path: Path) -> bool:
    try:
        return not read_thresholds(path).by_hand
    except UserError:
        return False


def _is_told(path: Path) -> bool:
    try:
        return set(read_object(path)) - {_PICTURE} == _TOLD
    except (OSError, ValueError):
        return False


def write_sweep(path: Path, sweep: Sweep, chosen_by: Mapping[str, Any]) -> dict[str, Any]:
    """Write ``path`` (.yaml) and beside it .json and .png; returns what .json holds.

    The thresholds come last: without them the others are what a stopped sweep left. The figures are
    written before the picture, which they make a sweep's own, and again with its digest. Raises
    UserError where they cannot be written.
    """
    best, own = sweep.best(), sweep.own
    figures = {**_figures(sweep, best), "own_hmean": _figures(sweep, own)["hmean"]}
    thresholds = Thresholds(grouped(sweep.setting(best)), {**chosen_by, **figures})
    curve = curve_of(sweep, best.base)
    told = {
        "chosen": dict(thresholds.chosen),
        "best": {**sweep.setting(best), **_figures(sweep, best)},
        "own": {**sweep.setting(own), **_figures(sweep, own)},
        "settings": [{**sweep.setting(p), **_figures(sweep, p)} for p in sweep.settings()],
        "curve": {"of": sweep.bases[best.base], **curve.to_json()},
    }
    title = f"{Path(chosen_by['checkpoint']).stem} on {chosen_by['mix']}, {chosen_by['protocol']}"
    with writing(path, "give --out a file in a folder that can be written"):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_object(path.with_suffix(".json"), told)
        scores, picture = sweep.scores, path.with_suffix(".png")
        draw(picture, curve, scores[best.score], scores[own.score], title)
        told[_PICTURE] = sha256_file(picture)
        write_object(path.with_suffix(".json"), told)
        write_thresholds(path, thresholds)
    return told


def curve_of(sweep: Sweep, base: int) -> Curve:
    """Precision and recall of a base over all values of ``lines.min_score``."""
    figures = sweep.figures()
    points = (figures.precision[base], figures.recall[base], figures.hmean[base])
    return Curve(np.array(sweep.scores), *points)


def grouped(setting: Setting) -> dict[str, dict[str, Any]]:
    """Dotted keys as a tree of two levels."""
    tree: dict[str, dict[str, Any]] = {}
    for key, value in setting.items():
        group, _, name = key.partition(".")
        tree.setdefault(group, {})[name] = value
    return tree


def _figures(sweep: Sweep, place: Place) -> dict[str, float]:
    figures = sweep.figures()
    return {name: float(getattr(figures, name)[place]) for name in ("precision", "recall", "hmean")}
