"""What the folder of a dataset says of it: published counts, and the card."""

from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any

import yaml


def published_counts(dataset: str, split: str, images: int) -> dict[str, Any] | None:
    """What the dataset's publication counts for a split, or None where it counts nothing.

    Of ``counts.yaml``: ``images``, ``regions``, ``dont_care``, their ``source``, and ``facts``,
    figures of ``pipelines.facts``. ``images``: how many are seen; of a split that is around in
    several ``editions`` the one of so many images tells.
    """
    file = _folder(dataset) / "counts.yaml"
    if not file.is_file():
        return None
    counts = yaml.safe_load(file.read_text(encoding="utf-8"))
    told = dict(counts["splits"].get(split) or {})
    for edition in told.pop("editions", []):
        if edition["images"] == images:
            return dict(edition)
    return told or None


def dataset_card(dataset: str) -> str | None:
    """The text of ``CARD.md``, Markdown; None where there is none."""
    file = _folder(dataset) / "CARD.md"
    return file.read_text(encoding="utf-8") if file.is_file() else None


def _folder(dataset: str) -> Traversable:
    return resources.files(f"pipelines.datasets.{dataset}")
