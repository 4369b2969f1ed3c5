"""Weights that come with the project, by name; each has a card beside it, ``<name>.md``.

Here is also found which file a person means by what follows ``--checkpoint``.
"""

import difflib
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from manifests.errors import UserError
from manifests.identity import combine, sha256_file

FOLDER = Path(__file__).parent
SUFFIX = ".safetensors"
DEFAULT = "lite"


class ChosenOn(NamedTuple):
    """The pictures that thresholds were chosen on: the mix, as the card says, and their digest
    (``pictures_digest``), by which they are known whatever a mix is called."""

    mix: str
    pictures: str


_CHOSEN_ON = {
    "lite": ChosenOn(
        "icdar15_val", "1530b97f2217e4126cadca7cdf98e3b40535b64375a5248670ab5ab5900b2547"
    )
}
_SHA256 = {"lite": "c803b3ff64be3a6f677cba6ec1f216d13a09cf2cc3eed1812f86570e8b83ceef"}
_OF_RUN = ("best.ckpt", "last.ckpt")
_RUNS = ("*/checkpoints/best.ckpt", "runs/*/checkpoints/best.ckpt")
_SHOWN = 3


def names() -> list[str]:
    """What there is."""
    return sorted(path.stem for path in FOLDER.glob(f"*{SUFFIX}"))


def resolve(checkpoint: Path) -> Path:
    """The file of a checkpoint that is given by its path, by its name (``lite``), or by the folder
    of a run, which stands for its best checkpoint, or else its last; a file of that name goes
    first. Raises UserError, which says what there is, where there is none."""
    if checkpoint.is_file():
        return checkpoint
    if str(checkpoint) in names():
        return FOLDER / f"{checkpoint}{SUFFIX}"
    files = (
        folder / name for folder in (checkpoint / "checkpoints", checkpoint) for name in _OF_RUN
    )
    found = next((file for file in files if file.is_file()), checkpoint)
    require_checkpoint(found)
    return found


def require_checkpoint(path: Path) -> None:
    """Raise UserError, which says what there is, unless ``path`` is a file."""
    if path.is_file():
        return
    if path.is_dir():
        runs = [str(run) for pattern in _RUNS for run in sorted(path.glob(pattern))]
        there = f"; there are {', '.join(runs[:_SHOWN])}" if runs else ""
        problem = f"{path} is a folder without checkpoints/best.ckpt{there}"
    else:
        near = difflib.get_close_matches(str(path), names(), 1)
        problem = f"no checkpoint at {path}{f'; did you mean {near[0]}?' if near else ''}"
    raise UserError(
        f"{problem}; give a file such as RUN/checkpoints/best.ckpt, the folder of a run, or the "
        f"name of weights that come with the project: {', '.join(names())}"
    )


def require_shipped(path: Path) -> None:
    """Raise UserError where a file of weights that comes with the project is not what was shipped;
    those of others are left to their own digests."""
    digest = _SHA256.get(path.stem) if path.parent == FOLDER else None
    if digest and sha256_file(path) != digest:
        raise UserError(
            f"{path} is not the file that comes with the project, by its digest; restore it "
            f"(`git checkout -- {path}`, or install textlines again)"
        )


def default() -> Path:
    """The weights to use where there are none of one's own."""
    return FOLDER / f"{DEFAULT}{SUFFIX}"


def chosen_on(name: str) -> ChosenOn | None:
    """What the thresholds of these weights were chosen on, so that its figures are a little too
    good; None where nothing is known."""
    return _CHOSEN_ON.get(name)


def pictures_digest(sha256s: Iterable[str]) -> str:
    """Digest of pictures, whatever they are called and in whatever order. sha256s: of their files,
    as manifests have them (``image_sha256``)."""
    return combine(sorted(sha256s))
