"""The datasets: one folder each, found by itself.

A folder holds ``__init__.py`` (the parser; its ``DATASET`` is a ``pipelines.source.Dataset``),
``sample.py`` (a maker of sample data in the native format), ``CARD.md`` and ``counts.yaml``; and,
where there is more to count in it than in others, ``facts.py`` (see ``pipelines.facts``).
A new one needs no edit anywhere else.
"""

import importlib
import pkgutil

from pipelines.source import Dataset


def find_datasets() -> dict[str, Dataset]:
    """Every dataset by its id, in the order of the ids.

    Raises TypeError where a folder has no ``DATASET`` or one whose ``id`` is not the folder's name.
    """
    names = sorted(module.name for module in pkgutil.iter_modules(__path__) if module.ispkg)
    return {name: _load(name) for name in names}


def _load(name: str) -> Dataset:
    module = importlib.import_module(f"{__name__}.{name}")
    dataset: Dataset | None = getattr(module, "DATASET", None)
    if dataset is None:
        raise TypeError(f"{module.__name__} has no DATASET (see pipelines.source.Dataset)")
    if dataset.id != name:
        raise TypeError(f"{module.__name__}: DATASET.id is {dataset.id!r}, not the folder's name")
    return dataset
