"""Helpers of the datasets' tests: lines, elements and whole trees to labels."""

from collections import Counter
from pathlib import Path

from manifests.raw import read_bytes
from pipelines.facts import Annotation, count_facts, find_facts
from pipelines.source import Dataset, Element, Entry, Label, Problem
from pipelines.tree import RawTree


def read_items(dataset: Dataset, content: bytes) -> list[Label | Problem]:
    """What the parser makes of one annotation file."""
    entry = Entry("img_1", "set/img_1.jpg", "set/gt_img_1.txt")
    return list(dataset.labels(entry, content))


def read_labels(dataset: Dataset, content: bytes) -> list[Label]:
    """The labels of one annotation file that has no problems."""
    return [as_label(item) for item in read_items(dataset, content)]


def read_element(dataset: Dataset, raw: str) -> Label | Problem:
    """What the parser makes of one element, the seventh of its image, on line 3."""
    entry = Entry("img_1", None, "set/file#img_1", (Element("7", raw, 3),))
    (item,) = dataset.labels(entry, None)
    return item


def as_label(item: Entry | Label | Problem) -> Label:
    assert isinstance(item, Label), item
    return item


def as_problem(item: Entry | Label | Problem) -> Problem:
    assert isinstance(item, Problem), item
    return item


def as_entry(item: Entry | Problem) -> Entry:
    assert isinstance(item, Entry), item
    return item


def read_tree(dataset: Dataset, root: Path, split: str) -> dict[str, list[Label]]:
    """Labels by stem of a split below a raw root that has no problems."""
    labels: dict[str, list[Label]] = {}
    for item in dataset.index(RawTree(root, dataset.id), split):
        entry = as_entry(item)
        assert entry.stem not in labels
        content = None
        if entry.elements is None and entry.annotation_uri is not None:
            content = read_bytes(root, entry.annotation_uri)
        labels[entry.stem] = [as_label(label) for label in dataset.labels(entry, content)]
    return labels


def facts_of(dataset: Dataset, content: bytes) -> set[str]:
    """Names of the facts that one annotation file counts for."""
    entry = Entry("img_1", "set/img_1.jpg", "set/gt_img_1.txt")
    annotation = Annotation(entry, tuple(dataset.labels(entry, content)), content)
    return {name for name, n in count_facts(find_facts(dataset.id), annotation).items() if n}


def read_facts(dataset: Dataset, root: Path, split: str) -> dict[str, int]:
    """Every fact of a split below a raw root."""
    facts = find_facts(dataset.id)
    counts: Counter[str] = Counter()
    for item in dataset.index(RawTree(root, dataset.id), split):
        content, found = None, ()
        if isinstance(item, Entry):
            if item.elements is None and item.annotation_uri is not None:
                content = read_bytes(root, item.annotation_uri)
            found = tuple(dataset.labels(item, content))
        counts.update(count_facts(facts, Annotation(item, found, content)))
    return dict(counts)
