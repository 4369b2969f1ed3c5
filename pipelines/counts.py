"""What stands beside a dataset's parser: its published counts, and its card."""

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


def dataset_card(dataset: str) -> str | None:
    """A dataset's page for people, ``CARD.md``, which manifests carry on; None without one."""
    file = resources.files(f"pipelines.datasets.{dataset}") / "CARD.md"
    return file.read_text(encoding="utf-8") if file.is_file() else None
