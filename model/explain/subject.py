"""What an evaluation scores: a checkpoint under some backend, or a file that was exported from one.

An exported file is scored as ``Detector`` and ``predict`` use it, so the figures are those of what
is handed on, its half precision and the backend's arithmetic included.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from manifests.identity import sha256_file
from model.config import Config
from model.export.backends import Backend, backend_of, is_exported, open_backend
from model.export.exported import Exported
from model.outputs import Outputs, TextLines, text_lines
from model.pretrained import FOLDER
from model.runs import CHECKPOINTS, LINEAGE, RUNS
from model.transforms import fit, resize_image

DEFAULT_BACKEND = "mindspore"


@dataclass(frozen=True)
class Subject:
    """A detector as it lies in a file."""

    path: Path
    """The file."""
    config: Config
    """Its own settings."""
    step: int
    """Of the training, when the checkpoint was saved."""
    backend: str = DEFAULT_BACKEND
    exported_from: Mapping[str, Any] = field(default_factory=dict)
    """name, sha256 and step of the checkpoint; empty where the file is one itself."""
    chosen: Mapping[str, Any] = field(default_factory=dict)
    """Of an exported file, how its thresholds were chosen, where ``export`` changed them."""
    checkpoint: Path | None = None
    """Where the checkpoint behind an exported file lies, if it was found."""

    @property
    def origin(self) -> Path:
        """The file whose folder tells of the training: the checkpoint, where it is known."""
        return self.checkpoint or self.path

    @property
    def is_run_otherwise(self) -> bool:
        """Whether a checkpoint is run by another backend than the one it was trained with."""
        return self.backend != DEFAULT_BACKEND and not self.exported_from

    @property
    def sha256(self) -> str:
        """Of the checkpoint: what a file of thresholds was chosen for."""
        return str(self.exported_from.get("sha256") or sha256_file(self.path))


def read_subject(path: Path, data: Path, backend: str | None = None) -> Subject:
    """What a file holds, of which ``backend`` or None, as ``model.export.backends`` has them;
    ``data``: where the runs are that an exported file may come from. Raises UserError."""
    name = backend_of(path, backend)
    if not is_exported(path):
        from model.checkpoints import load

        loaded = load(path)
        return Subject(path, loaded.config, loaded.step, name)
    exported = open_backend(path, name)
    assert isinstance(exported, Exported)
    about = exported.about
    step = about.checkpoint.get("step", 0)
    found = find_checkpoint_of(about.checkpoint, about.run, data)
    return Subject(path, about.config, step, name, about.checkpoint, about.chosen, found)


def find_checkpoint_of(
    checkpoint: Mapping[str, Any], run: Mapping[str, Any], data: Path
) -> Path | None:
    """The checkpoint that an exported file was made of, by its name and digest: of the project, or
    of a run below DATA. Of a run whose lineage is the same it may be gone."""
    name = Path(str(checkpoint.get("name", ""))).name
    own = FOLDER / name
    if name and own.is_file() and sha256_file(own) == checkpoint.get("sha256"):
        return own
    folder = data / RUNS / Path(str(run.get("name", ""))).name
    lineage = folder / LINEAGE
    if lineage.is_file() and sha256_file(lineage) == run.get("lineage_sha256"):
        return folder / CHECKPOINTS / name
    return None


class Predictor:
    """Finds text lines as ``Detector`` does: pictures are resized here, whatever the backend."""

    def __init__(self, network: Backend) -> None:
        self.network = network

    def predict(self, image: npt.NDArray[np.uint8]) -> TextLines:
        """The text lines of a (height, width, 3) uint8 RGB picture of any size. Raises UserError
        for an exported file that takes no such input."""
        config = self.network.config
        size = (config.network.input_width, config.network.input_height)
        placed = fit(image.shape[1], image.shape[0], *size)
        scores, vertical, side = next(iter(self.network.run([resize_image(image, placed)])))
        return text_lines(Outputs(scores, vertical, side, placed), config)
