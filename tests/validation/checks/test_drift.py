"""Every drift that is planted is found with the quantity it is in; what is alike gives none."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from manifests.records import Image, Region
from tests.validation.changing import alike, publish, remember, scaled, with_regions
from validation.checks.drift import CODES, find
from validation.corpus import Corpus, open_corpus


def found(corpus: Corpus) -> list[tuple[str, str, str]]:
    """Code, manifest, quantity."""
    return [
        (entry.code, f"{entry.dataset}/{entry.split}", entry.message.partition(" ")[0])
        for entry in find(corpus)
    ]


def twice_as_high(region: Region) -> Region:
    return scaled(region, 2.0)


def turned(region: Region) -> Region:
    """By 30 degrees, about the origin."""
    points = np.array(region.polygon).reshape(-1, 2)
    angle = np.radians(30)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return replace(region, polygon=tuple((points @ turn.T).ravel().tolist()))


def doubled_text(region: Region) -> Region:
    return replace(region, text=(region.text or "") * 2)


DRIFTS = [(twice_as_high, "height"), (turned, "tilt"), (doubled_text, "text_length")]


@pytest.mark.parametrize(("edit", "quantity"), DRIFTS)
@pytest.mark.parametrize(
    ("other", "code"),
    [
        ("alpha/test", "drift_between_splits"),
        ("beta/train", "drift_from_datasets"),
    ],
)
def test_a_split_or_dataset_that_drifts_is_found(
    tmp_path: Path, edit: Callable[[Region], Region], quantity: str, other: str, code: str
) -> None:
    dataset, _, split = other.partition("/")
    drifted = [with_regions(image, edit) for image in alike(dataset, split)]
    corpus = publish(tmp_path, [*alike("alpha", "train"), *drifted])
    assert (code, other, quantity) in found(corpus)


@pytest.mark.parametrize(("edit", "quantity"), DRIFTS)
def test_a_manifest_that_drifts_is_found_until_it_changes_again(
    tmp_path: Path, edit: Callable[[Region], Region], quantity: str
) -> None:
    before = alike("alpha", "train")
    first = publish(tmp_path, before)
    assert found(first) == []
    remember(first)
    assert found(publish(tmp_path, before)) == []
    second = publish(tmp_path, [with_regions(image, edit) for image in before])
    told = found(second)
    assert ("changed_distribution", "alpha/train", quantity) in told
    remember(second)
    assert found(open_corpus(tmp_path, second.manifests)) == told


def test_brightness_is_compared_where_pictures_were_measured(tmp_path: Path) -> None:
    corpus = publish(tmp_path, [*alike("alpha", "train"), *alike("beta", "train")])
    levels = np.random.default_rng(0).uniform(30, 120, 60)
    _measured(corpus, {"alpha/train": levels, "beta/train": levels + 100})
    quantities = {(manifest, quantity) for _, manifest, quantity in found(corpus)}
    assert quantities == {("alpha/train", "brightness"), ("beta/train", "brightness")}
    _measured(corpus, {"alpha/train": levels, "beta/train": levels})
    assert found(corpus) == []


class _Levels:
    """Statistics of pictures that are this bright."""

    def __init__(self, levels: np.ndarray) -> None:
        self.levels = levels

    def batches(self, columns: list[str]) -> list[dict[str, "_Column"]]:
        assert columns == ["brightness"]
        return [{"brightness": _Column(self.levels)}]


class _Column:
    def __init__(self, values: np.ndarray) -> None:
        self.values = values

    def to_numpy(self) -> np.ndarray:
        return self.values


def _measured(corpus: Corpus, levels: dict[str, np.ndarray]) -> None:
    """Statistics in the place of measured ones."""
    corpus.__dict__.pop("histograms", None)
    corpus.__dict__["statistics"] = {name: _Levels(found) for name, found in levels.items()}


@pytest.mark.parametrize("seed", range(5))
def test_small_splits_and_halves_of_one_dataset_give_no_alarm(tmp_path: Path, seed: int) -> None:
    """Of one distribution, the regions of a picture all alike: chance is large, and no drift."""
    random = np.random.default_rng(seed)

    def drawn(dataset: str, split: str, count: int) -> list[Image]:
        heights = np.exp(random.normal(0.5, 0.7, count))
        return [
            with_regions(image, lambda region, high=high: scaled(region, high))
            for image, high in zip(alike(dataset, split, count), heights, strict=True)
        ]

    images = [*drawn("alpha", "train", 80), *drawn("alpha", "test", 40), *drawn("beta", "val", 8)]
    corpus = publish(tmp_path, images)
    assert found(corpus) == []
    remember(corpus)
    again = [*drawn("alpha", "train", 80), *drawn("alpha", "test", 40), *drawn("beta", "val", 8)]
    assert found(publish(tmp_path, again)) == []


def test_few_images_prove_nothing_and_do_not_blur_the_others(tmp_path: Path) -> None:
    images = [*alike("alpha", "train"), *alike("beta", "train")]
    few = [with_regions(image, twice_as_high) for image in alike("gamma", "train", 5)]
    assert found(publish(tmp_path, [*images, *few])) == []
    drifted = [with_regions(image, twice_as_high) for image in alike("beta", "train")]
    told = found(publish(tmp_path, [*alike("alpha", "train"), *drifted, *few]))
    assert {manifest for _, manifest, _ in told} == {"alpha/train", "beta/train"}


def test_a_finding_says_how_far_and_where_the_middle_is(tmp_path: Path) -> None:
    drifted = [with_regions(image, twice_as_high) for image in alike("alpha", "test")]
    corpus = publish(tmp_path, [*alike("alpha", "train"), *drifted])
    entry = next(e for e in find(corpus) if e.split == "test" and e.message.startswith("height"))
    assert entry.value is not None and entry.threshold is not None
    assert entry.value > entry.threshold
    assert f"Jensen-Shannon distance {entry.value:.2f}, " in entry.message
    assert "half of 300 values are below 90.51, there half of 300 values are below 45.25" in (
        entry.message
    )


def test_all_codes_have_a_threshold() -> None:
    assert all(code.threshold and code.unit for code in CODES)
