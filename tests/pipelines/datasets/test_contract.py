"""What every dataset must do, over all that are found."""

import re
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from manifests.geometry import is_degenerate, is_outside
from manifests.identity import is_name, sha256_bytes
from manifests.images import SUFFIXES, ImageError, decode
from manifests.raw import read_bytes
from manifests.vocabulary import Kind, Reason
from pipelines.datasets import find_datasets
from pipelines.facts import GENERAL, find_facts
from pipelines.samples import Written, maker
from pipelines.scaffold import left_to_fill_in
from pipelines.source import Dataset, Entry, Problem
from pipelines.tree import RawTree
from tests.pipelines.datasets.readers import read_facts

DATASETS = find_datasets()
IMAGES = 13
UNREADABLE = {"scut_foru": {"000004"}}
EXPECTED_PROBLEMS = {
    "scut_foru": {Reason.STRAY_FILE: 2},
    "coco_text": {Reason.ANNOTATION_DANGLING: 1},
}


class Sample(NamedTuple):
    """A sample of one dataset below a raw root, and what its maker says it wrote."""

    dataset: Dataset
    root: Path
    written: Written

    @property
    def tree(self) -> RawTree:
        return RawTree(self.root, self.dataset.id)

    def entries(self, split: str) -> list[Entry]:
        return [item for item in self.dataset.index(self.tree, split) if isinstance(item, Entry)]

    def each(self) -> Iterator[tuple[str, Entry]]:
        for split in self.written:
            for entry in self.entries(split):
                yield split, entry


def make(name: str, root: Path, seed: int) -> Written:
    folder = root / name
    folder.mkdir(parents=True)
    return maker(name).make(folder, dict.fromkeys(maker(name).SIZES, IMAGES), seed)


@pytest.fixture(scope="module", params=sorted(DATASETS))
def sample(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Sample:
    root = tmp_path_factory.mktemp("raw")
    return Sample(DATASETS[request.param], root, make(request.param, root, seed=5))


def test_the_six_are_found() -> None:
    six = {"icdar11", "icdar13", "icdar15", "scut_foru", "coco_text", "svt"}
    assert six <= set(DATASETS)


@pytest.mark.parametrize("name", sorted(DATASETS))
def test_describes_itself(name: str) -> None:
    dataset = DATASETS[name]
    assert dataset.id == name and is_name(name)
    assert dataset.title and dataset.version >= 1 and dataset.splits
    assert set(dataset.splits) <= {"train", "val", "test"}
    assert set(maker(name).SIZES) <= set(dataset.splits)


@pytest.mark.parametrize("name", sorted(DATASETS))
def test_card_says_licence_citation_and_source(name: str) -> None:
    card = (resources.files(f"pipelines.datasets.{name}") / "CARD.md").read_text(encoding="utf-8")
    sections = dict(re.findall(r"^## (.+)\n((?:(?!## ).*\n?)*)", card, re.MULTILINE))
    for wanted in ("Licence", "Citation", "Where to get it", "Native layout", "Quirks"):
        assert sections[wanted].strip(), wanted
    assert "https://" in sections["Where to get it"] or "http://" in sections["Where to get it"]
    assert f"RAW/{name}" in sections["Where to get it"]


@pytest.mark.parametrize("name", sorted(DATASETS))
def test_nothing_is_left_to_fill_in(name: str) -> None:
    """Of a folder that `add-dataset` made."""
    folder = Path(str(resources.files(f"pipelines.datasets.{name}")))
    left = left_to_fill_in([file for file in sorted(folder.iterdir()) if file.is_file()])
    assert not left, "\n".join(["left to fill in:", *left])


@pytest.mark.parametrize("name", sorted(DATASETS))
def test_counts_are_well_formed(name: str) -> None:
    file = resources.files(f"pipelines.datasets.{name}") / "counts.yaml"
    splits = yaml.safe_load(file.read_text(encoding="utf-8"))["splits"]
    assert splits.keys() == set(DATASETS[name].splits)
    for counts in splits.values():
        editions = counts.pop("editions", [])
        images = [told["images"] for told in (counts, *editions)]
        assert len(set(images)) == len(images)
        for told in (counts, *editions):
            assert_well_formed(name, told)


def assert_well_formed(name: str, counts: dict[str, Any]) -> None:
    """Counts of one edition of a split; the facts have the names that are counted."""
    assert counts["images"] > 0, f"counts.yaml of {name}: FILL IN how many images a split has"
    assert counts["source"]
    assert counts.keys() <= {"images", "regions", "dont_care", "facts", "source"}
    assert all(type(figure) is int for figure in counts.get("facts", {}).values())
    assert counts.get("facts", {}).keys() <= {fact.name for fact in find_facts(name)}
    assert counts.get("dont_care", 0) <= counts.get("regions", 0)


@pytest.mark.parametrize("name", sorted(DATASETS))
def test_facts_have_names_of_their_own_and_words(name: str) -> None:
    facts = find_facts(name)
    assert len({fact.title for fact in facts}) == len(facts)
    assert all(re.fullmatch("[a-z][a-z0-9_]*", fact.name) and fact.title for fact in facts)


def test_facts_are_counts_and_the_same_each_time(sample: Sample) -> None:
    """Of a whole sample, which shows something of what its folder adds."""
    own = {fact.name for fact in find_facts(sample.dataset.id)} - {fact.name for fact in GENERAL}
    shown: set[str] = set()
    for split in sample.written:
        counted = read_facts(sample.dataset, sample.root, split)
        assert counted == read_facts(sample.dataset, sample.root, split)
        assert counted.keys() == {fact.name for fact in find_facts(sample.dataset.id)}
        assert all(count >= 0 for count in counted.values())
        shown |= {name for name in own if counted[name]}
    assert shown or not own


@pytest.mark.parametrize("name", sorted(DATASETS))
def test_absent_data_is_named_with_its_source(name: str, tmp_path: Path) -> None:
    for split in DATASETS[name].splits:
        advice = DATASETS[name].missing(RawTree(tmp_path, name), split)
        assert advice is not None
        assert "get " in advice and "http" in advice and str(tmp_path / name) in advice


def test_sample_is_present(sample: Sample) -> None:
    for split in sample.dataset.splits:
        assert (sample.dataset.missing(sample.tree, split) is None) == (split in sample.written)


def test_stems_are_unique_and_sorted(sample: Sample) -> None:
    for split, written in sample.written.items():
        stems = [entry.stem for entry in sample.entries(split)]
        assert stems == sorted(set(stems))
        assert set(stems) == set(written) and len(stems) == IMAGES


def test_every_region_comes_out_as_written(sample: Sample) -> None:
    """Polygons, texts and don't-care marks, to the last character and digit."""
    regions = 0
    for split, entry in sample.each():
        assert entry.annotation_uri is not None
        content = (
            None if entry.elements is not None else read_bytes(sample.root, entry.annotation_uri)
        )
        labels = list(sample.dataset.labels(entry, content))
        assert not [label for label in labels if isinstance(label, Problem)]
        found = [(label.polygon, label.text, label.ignore) for label in labels]  # type: ignore[union-attr]
        expected = sample.written[split][entry.stem]
        assert found == [(r.polygon, r.text, r.ignore) for r in expected], entry.stem
        numbers = [label.number for label in labels]  # type: ignore[union-attr]
        assert len(set(numbers)) == len(numbers)
        assert all(label.raw for label in labels)
        regions += len(labels)
    assert regions > IMAGES


def test_problems_are_those_that_the_sample_holds(sample: Sample) -> None:
    found: dict[Reason, int] = {}
    for split in sample.written:
        for item in sample.dataset.index(sample.tree, split):
            if isinstance(item, Problem):
                assert item.kind is Kind.FILE
                found[item.reason] = found.get(item.reason, 0) + 1
    assert found == EXPECTED_PROBLEMS.get(sample.dataset.id, {})


def test_every_picture_is_an_entry(sample: Sample) -> None:
    listed = [entry.image_uri for _, entry in sample.each()]
    pictures = [file.uri for file in sample.tree.files if file.suffix in SUFFIXES]
    assert sorted(listed, key=str) == sorted(pictures)


def test_splits_share_no_picture(sample: Sample) -> None:
    digests = [sha256_bytes(read_bytes(sample.root, str(e.image_uri))) for _, e in sample.each()]
    assert len(set(digests)) == len(digests)


def test_regions_lie_in_pictures_that_decode(sample: Sample) -> None:
    broken = set()
    for split, entry in sample.each():
        try:
            picture = decode(read_bytes(sample.root, str(entry.image_uri)))
        except ImageError:
            broken.add(entry.stem)
            continue
        height, width = picture.pixels.shape[:2]
        for region in sample.written[split][entry.stem]:
            assert not is_degenerate(region.polygon)
            assert not is_outside(region.polygon, width, height)
    assert broken == UNREADABLE.get(sample.dataset.id, set())


def test_samples_are_the_same_bytes_for_the_same_seed(sample: Sample, tmp_path: Path) -> None:
    same, other = tmp_path / "same", tmp_path / "other"
    assert make(sample.dataset.id, same, seed=5) == sample.written
    assert files(same) == files(sample.root)
    assert make(sample.dataset.id, other, seed=6) != sample.written
    assert files(other) != files(same)


def files(root: Path) -> dict[str, str]:
    """Digest of every file by its path."""
    paths = (path for path in sorted(root.rglob("*")) if path.is_file())
    return {path.relative_to(root).as_posix(): sha256_bytes(path.read_bytes()) for path in paths}
