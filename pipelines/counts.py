"""Published counts of a dataset, from the ``counts.yaml`` in its folder."""

from importlib import resources
from typing import Any

import yaml


def published_counts(dataset: str, split: str) -> dict[str, Any] | None:
    """What the dataset's publication counts for a split, or None where it counts nothing."""
    file = resources.files(f"pipelines.datasets.{dataset}") / "counts.yaml"
    if not file.is_file():
        return None
    counts = yaml.safe_load(file.read_text(encoding="utf-8"))
    return dict(counts["splits"].get(split) or {}) or None
