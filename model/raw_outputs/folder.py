"""A folder of raw outputs: what is in it, and what is damaged or missing.

Of each picture ``NAME.json`` (sizes and shapes) and, as float32 little endian, ``NAME.scores.bin``,
``NAME.vertical.bin`` and ``NAME.side.bin``; ``skipped.jsonl`` names pictures that could not be
read; ``run.json`` is written last. The files come from another machine: nothing in them is trusted.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from manifests.errors import UserError
from manifests.images import MAX_PIXELS
from model.anchors import STRIDE
from model.config import Config
from model.files import read_lines
from model.outputs import Outputs
from model.predicting.inputs import Skipped
from model.predicting.names import shown
from model.transforms import Fit, fit

VERSION = 1
RUN, SKIPPED, SUFFIX = "run.json", "skipped.jsonl", ".json"
TENSORS = ("scores", "vertical", "side")
MISSING, DAMAGED = "raw_missing", "raw_damaged"
_MAX_BYTES = 1 << 16
"""Of a picture's ``NAME.json``."""


class RawError(Exception):
    """Raw outputs of a picture that cannot be used. reason: ``MISSING`` or ``DAMAGED``."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason, self.detail = reason, detail


@dataclass(frozen=True)
class RawPicture:
    """The outputs for one picture. image: its path where it was looked at, as people read it."""

    image: str
    name: str
    outputs: Outputs


@dataclass
class RawFolder:
    """What a folder holds."""

    path: Path
    names: list[str]
    """Pictures with a ``NAME.json``, sorted."""
    skipped: list[Skipped] = field(default_factory=list)
    """What the program could not read, outputs without their ``NAME.json``, and what ``run.json``
    counts beside them."""
    run: Mapping[str, Any] | None = None
    """``run.json``; None where the program was ended before it wrote it."""

    def notes(self) -> list[str]:
        """What a reader of the results should know."""
        if self.run is None:
            return [f"{self.path} has no {RUN}: the program did not come to its end"]
        found = []
        if self.run.get("network") is not True:
            engine = shown(str(self.run.get("engine")))
            found.append(f"these raw outputs come from no network, but from the engine {engine!r}")
        told = _count(self.run, "images")
        if told < len(self.names):
            found.append(f"{RUN} tells of {told} pictures, and {len(self.names)} are here")
        return found


def open_folder(path: Path) -> RawFolder:
    """List a folder. Raises UserError where it is none, or holds nothing."""
    if not path.is_dir():
        raise UserError(f"no folder of raw outputs at {path}")
    files = {entry.name for entry in path.iterdir() if not entry.name.startswith(".")}
    names = sorted(n.removesuffix(SUFFIX) for n in files if n.endswith(SUFFIX) and n != RUN)
    folder = RawFolder(path, names, _told_skipped(path))
    ends = tuple(f".{tensor}.bin" for tensor in TENSORS)
    of_bins = {n.removesuffix(end) for n in files for end in ends if n.endswith(end)}
    told = len(folder.skipped)
    for name in sorted(of_bins - set(names)):
        detail = f"no {name}{SUFFIX}: the program was ended as it wrote this picture's outputs"
        folder.skipped.append(Skipped(shown(name), MISSING, shown(detail)))
    if not names and not folder.skipped:
        raise UserError(f"{path} holds no raw outputs (NAME.json beside NAME.scores.bin)")
    if RUN in files:
        try:
            folder.run = _read_json(path / RUN)
        except RawError as error:
            raise UserError(f"{path / RUN}: {error.detail}; run the program again") from error
        folder.skipped += _lost(folder.run, len(of_bins | set(names)), told)
    return folder


def read_picture(folder: Path, name: str, config: Config) -> RawPicture:
    """The outputs of one picture.

    Raises RawError where a file is missing or damaged, and UserError where the outputs are whole
    and of another network or input than the config's.
    """
    about = _read_json(folder / f"{name}{SUFFIX}")
    if about.get("version") != VERSION or about.get("name") != name:
        raise RawError(DAMAGED, f"{name}{SUFFIX} is no description of outputs that is known here")
    placed = _placed(about, name)
    _require_input(placed, config, name)
    network = config.network
    grid = (network.input_height // STRIDE, network.input_width // STRIDE)
    anchors = len(network.anchor_heights)
    shapes = {"scores": (*grid, anchors), "vertical": (*grid, anchors, 2), "side": (*grid, anchors)}
    told = about.get("shapes")
    if not isinstance(told, dict) or set(told) != set(TENSORS):
        raise RawError(DAMAGED, f"{name}{SUFFIX} does not tell the shapes of the outputs")
    wanted = {tensor: list(shape) for tensor, shape in shapes.items()}
    if told != wanted:
        raise UserError(
            f"{folder / name}{SUFFIX}: the outputs are {told}, and this config's are {wanted}; "
            "give the checkpoint that the model on the device was exported from"
        )
    arrays = [_read_tensor(folder, f"{name}.{tensor}.bin", shapes[tensor]) for tensor in TENSORS]
    if arrays[0].min() < 0 or arrays[0].max() > 1:
        raise RawError(DAMAGED, f"{name}.scores.bin holds values that are no probabilities")
    image = about.get("image")
    return RawPicture(shown(image) if isinstance(image, str) else name, name, _of(arrays, placed))


def _lost(run: Mapping[str, Any], here: int, skipped: int) -> list[Skipped]:
    """A row for pictures that ``run.json`` counts and no file is of: their names nobody knows.

    here: pictures with files; skipped: lines of ``skipped.jsonl``.
    """
    images, unread = _count(run, "images"), _count(run, "skipped")
    advice = "copy the folder again, or run the program again"
    found = []
    if images > here:
        found.append(f"it counts {images} pictures, and there are files of {here}; {advice}")
    if unread > skipped:
        found.append(
            f"it counts {unread} that could not be read, and {SKIPPED} names {skipped}; {advice}"
        )
    return [Skipped(RUN, MISSING, detail) for detail in found]


def _count(run: Mapping[str, Any], key: str) -> int:
    value = run.get(key)
    return value if type(value) is int else 0


def _of(arrays: list[npt.NDArray[np.float32]], placed: Fit) -> Outputs:
    scores, vertical, side = arrays
    return Outputs(scores, vertical, side, placed)


def _read_tensor(folder: Path, name: str, shape: tuple[int, ...]) -> npt.NDArray[np.float32]:
    path = folder / name
    if not path.is_file():
        raise RawError(MISSING, f"no {name}")
    size, wanted = path.stat().st_size, 4 * math.prod(shape)
    if size != wanted:
        raise RawError(DAMAGED, f"{name} has {size} bytes, not {wanted}")
    try:
        values = np.fromfile(path, dtype="<f4").astype(np.float32, copy=False).reshape(shape)
    except (OSError, ValueError) as error:
        raise RawError(DAMAGED, f"{name} cannot be read: {error}") from error
    if not np.isfinite(values).all():
        raise RawError(DAMAGED, f"{name} holds values that are no numbers")
    return values


def _read_json(path: Path) -> dict[str, Any]:
    try:
        if not path.is_file() or path.stat().st_size > _MAX_BYTES:
            raise RawError(DAMAGED, f"{path.name} is no file, or too large")
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise RawError(DAMAGED, f"{path.name} cannot be read: {error}") from error
    if not isinstance(value, dict):
        raise RawError(DAMAGED, f"{path.name} holds no JSON object")
    return value


def _placed(about: Mapping[str, Any], name: str) -> Fit:
    """How the picture lay on the input, computed again and compared with what is told."""
    keys = ("width", "height", "input_width", "input_height", "resized_width", "resized_height")
    numbers = [about.get(key) for key in keys]
    whole = [n for n in numbers if type(n) is int and 0 < n <= MAX_PIXELS]
    if len(whole) != len(keys):
        raise RawError(DAMAGED, f"{name}{SUFFIX}: its sizes are {numbers}")
    width, height, input_width, input_height, *resized = whole
    placed = fit(width, height, input_width, input_height)
    if width * height > MAX_PIXELS or resized != [placed.resized_width, placed.resized_height]:
        raise RawError(DAMAGED, f"{name}{SUFFIX}: its sizes {numbers} do not belong together")
    return placed


def _require_input(placed: Fit, config: Config, name: str) -> None:
    network = config.network
    made, wanted = (
        (placed.input_width, placed.input_height),
        (network.input_width, network.input_height),
    )
    if made != wanted:
        raise UserError(
            f"{name}: its outputs were made with an input of {made[0]}x{made[1]}, and this config "
            f"has one of {wanted[0]}x{wanted[1]}; give the checkpoint that the model on the device "
            "was exported from, or --set network.input_width=... network.input_height=..."
        )


def _told_skipped(folder: Path) -> list[Skipped]:
    """The pictures that the program itself could not read."""
    texts = (
        [shown(str(entry.get(key, ""))) for key in ("image", "reason", "detail")]
        for entry in read_lines(folder / SKIPPED)
    )
    return [Skipped(*entry) for entry in texts]
