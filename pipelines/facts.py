"""Facts: figures of a source's annotations as they are read, whether or not the pictures are there.

``GENERAL`` is counted of every dataset. A dataset's folder may count more: its ``facts.py`` has
``FACTS``, a sequence of ``Fact``. What is published under the same name, in the ``facts`` of its
``counts.yaml``, is set beside it in the report.
"""

import functools
import importlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources
from typing import Any

from manifests.geometry import Polygon, bounding_box
from pipelines.source import Entry, Label, Problem


@dataclass(frozen=True, slots=True)
class Annotation:
    """One item of a dataset's index as it was read.

    ``found``: what ``Dataset.labels`` made of an entry; ``content``: the bytes of its annotation
    file, None where it has none of its own or it could not be read.
    """

    item: Entry | Problem
    found: tuple[Label | Problem, ...] = ()
    content: bytes | None = None
    labels: tuple[Label, ...] = field(init=False)
    """The regions, without what the parser refused."""

    def __post_init__(self) -> None:
        labels = tuple(item for item in self.found if isinstance(item, Label))
        object.__setattr__(self, "labels", labels)


@dataclass(frozen=True, slots=True)
class Fact:
    """One figure: a sum of ``count`` over all annotations of a split. ``title``: what is counted,
    as the report says it."""

    name: str
    title: str
    count: Callable[[Annotation], int]


def label_fact(name: str, title: str, holds: Callable[[Label], bool]) -> Fact:
    """The number of regions of which ``holds`` is true."""
    return Fact(name, title, lambda annotation: sum(map(holds, annotation.labels)))


def size(label: Label) -> tuple[float, float]:
    """Width and height in half-open pixels; NaN where there are no points."""
    return _size(label.polygon)


@functools.lru_cache(maxsize=4096)
def _size(polygon: Polygon) -> tuple[float, float]:
    """Kept, for many facts ask for the size of the same regions, one fact after the other."""
    if len(polygon) < 2:
        return float("nan"), float("nan")
    left, top, right, bottom = bounding_box(polygon)
    return right - left, bottom - top


def _is_without_regions(annotation: Annotation) -> bool:
    item = annotation.item
    if not isinstance(item, Entry) or annotation.found:
        return False
    return item.elements is not None or annotation.content is not None


GENERAL: tuple[Fact, ...] = (
    label_fact("wide_16_or_less", "regions 16 px wide or less", lambda it: size(it)[0] <= 16),
    label_fact("high_8_or_less", "regions 8 px high or less", lambda it: size(it)[1] <= 8),
    label_fact("one_pixel_thick", "regions one pixel thick or less", lambda it: min(size(it)) <= 1),
    label_fact(
        "taller_than_wide", "regions taller than wide", lambda it: size(it)[1] > size(it)[0]
    ),
    label_fact("text_with_comma", "transcriptions with a comma", lambda it: "," in (it.text or "")),
    label_fact(
        "text_not_ascii", "transcriptions beyond ASCII", lambda it: not (it.text or "").isascii()
    ),
    label_fact(
        "care_without_text",
        "regions to be found, but without a text",
        lambda it: it.ignore is None and not it.text,
    ),
    Fact("images_without_regions", "images whose annotation is empty", _is_without_regions),
)


def find_facts(dataset: str) -> tuple[Fact, ...]:
    """What is counted of a dataset, by its id: ``GENERAL``, and what its folder adds.

    Raises TypeError where two facts have one name.
    """
    package = f"pipelines.datasets.{dataset}"
    own: Sequence[Fact] = ()
    if (resources.files(package) / "facts.py").is_file():
        own = importlib.import_module(f"{package}.facts").FACTS
    facts = (*GENERAL, *own)
    names = [fact.name for fact in facts]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise TypeError(f"{package}.facts: two facts are called {', '.join(twice)}")
    return facts


def count_facts(facts: Iterable[Fact], annotation: Annotation) -> dict[str, int]:
    """Every fact of one annotation, by name."""
    return {fact.name: int(fact.count(annotation)) for fact in facts}


def describe_facts(facts: Iterable[Fact], counts: Mapping[str, int]) -> dict[str, dict[str, Any]]:
    """What ``manifest.json`` says under ``source_facts``: title and count of each, by name."""
    return {fact.name: {"title": fact.title, "count": counts.get(fact.name, 0)} for fact in facts}
