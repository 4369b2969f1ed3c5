"""What the folder of a dataset says of it: published counts, and the card."""

from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any

import yaml


def published_counts(dataset: str, split: str) -> dict[str, Any] | None:
    """What the dataset's publication counts for a split, or None where it counts nothing.

    Of ``counts.yaml``: ``images``, ``regions``, ``dont_care``, their ``source``, and ``facts``,
    other figures that the report counts too.
    """
    file = _folder(dataset) / "counts.yaml"
    if not file.is_file():
        return None
    counts = yaml.safe_load(file.read_text(encoding="utf-8"))
    return dict(counts["splits"].get(split) or {}) or None


def dataset_card(dataset: str) -> str | None:
    """The text of ``CARD.md``, Markdown; None where there is none."""
    file = _folder(dataset) / "CARD.md"
    return file.read_text(encoding="utf-8") if file.is_file() else None


def _folder(dataset: str) -> Traversable:
    return resources.files(f"pipelines.datasets.{dataset}")
