"""Sample corpora: synthetic pictures in the native format of every dataset, quirks included.

Each dataset's folder has a ``sample.py`` with ``SIZES`` (images per split) and ``make``, which
writes into an empty folder what ``RAW/<id>`` would hold and returns what it wrote. The same seed
gives the same bytes; splits never share a picture.
"""

import importlib
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, cast

import numpy as np

from manifests.errors import UserError
from manifests.geometry import Polygon
from manifests.publish import publishing, write_json
from manifests.vocabulary import IgnoreReason
from pipelines.datasets import find_datasets

MARKER = "samples.json"


@dataclass(frozen=True, slots=True)
class WrittenRegion:
    """A region as its parser must read it; see ``pipelines.source.Label``."""

    polygon: Polygon
    text: str | None
    ignore: IgnoreReason | None = None


Written = dict[str, dict[str, list[WrittenRegion]]]
"""Split to stem to the regions of the image, in source order."""


class Maker(Protocol):
    """A dataset's ``sample`` module."""

    SIZES: Mapping[str, int]

    def make(self, folder: Path, images: Mapping[str, int], seed: int) -> Written:
        """Write a sample of ``images[split]`` pictures into the empty ``folder``."""
        ...


def maker(dataset: str) -> Maker:
    """The sample module of a dataset."""
    return cast(Maker, importlib.import_module(f"pipelines.datasets.{dataset}.sample"))


def page_rng(seed: int, dataset: str, split: str, index: int) -> np.random.Generator:
    """The random numbers of one picture, which no other picture shares."""
    return np.random.default_rng([seed, zlib.crc32(f"{dataset}/{split}".encode()), index])


def make_all(raw: Path, seed: int = 1) -> dict[str, Written]:
    """Write the sample of every dataset below ``raw``, each published as a whole.

    Samples of an earlier run are replaced. Raises UserError, before anything is written, where a
    folder is in the way that no earlier run made.
    """
    made = _read_marker(raw)
    names = list(find_datasets())
    for name in names:
        if (raw / name).exists() and name not in made:
            raise UserError(
                f"{raw / name} holds data that is no sample; choose another --raw, or move it away"
            )
    written = {}
    for name in names:
        with publishing(raw / name) as folder:
            written[name] = maker(name).make(folder, maker(name).SIZES, seed)
        made.add(name)
        note = "synthetic sample data, made by `python -m pipelines samples`; safe to delete"
        write_json(raw / MARKER, {"note": note, "seed": seed, "datasets": sorted(made)})
    return written


def _read_marker(raw: Path) -> set[str]:
    marker = raw / MARKER
    if not marker.exists():
        return set()
    try:
        return set(json.loads(marker.read_text(encoding="utf-8"))["datasets"])
    except (ValueError, KeyError, TypeError) as error:
        raise UserError(f"{marker} is damaged; remove it and the samples beside it") from error
