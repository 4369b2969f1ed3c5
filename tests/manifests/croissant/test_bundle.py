"""A bundle is read by mlcroissant without a complaint, and gives the manifest's rows."""

import json
from pathlib import Path
from typing import Any

import mlcroissant
import pytest

from manifests.croissant.bundle import of_dataset, of_mix, write_bundle
from manifests.errors import UserError
from manifests.mixes import Member, Mix
from manifests.reading import Manifest, find_manifests, open_manifest
from tests.manifests.corpus import files, rows


@pytest.fixture(scope="module")
def bundle(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("bundle") / "alpha"
    write_bundle(of_dataset([open_manifest(corpus, "alpha", "train")]), out)
    return out


def mix(**member: Any) -> Mix:
    """A mix of alpha, and of a dataset that is not there."""
    members = (Member("alpha", "train", **member), Member("gamma", "train"))
    return Mix("mine", "Mine.", 1, 1, members)


def test_mlcroissant_reads_all_rows(bundle: Path, corpus: Path) -> None:
    found = mlcroissant.Dataset(bundle / "croissant.json")
    assert not found.metadata.ctx.issues.errors
    (warning,) = found.metadata.ctx.issues.warnings
    assert "datePublished" in warning  # which no card knows, and which is recommended alone
    expected = {name: row for name, row in rows(corpus).items() if name.startswith("alpha/")}
    images = [record["images/image_id"].decode() for record in found.records("images")]
    assert images == list(expected)
    regions = [region for row in expected.values() for region in row["regions"]]
    for record, region in zip(found.records("regions"), regions, strict=True):
        assert record["regions/region_id"].decode() == region["region_id"]
        assert json.loads(record["regions/polygon"]) == region["polygon"]
        assert bool(record["regions/care"]) == region["care"]


def test_licence_citation_and_link_are_those_of_the_card(bundle: Path) -> None:
    about = json.loads((bundle / "croissant.json").read_text())
    assert about["name"] == "alpha-train"
    assert about["license"] == "Free for all."
    assert about["citeAs"] == "A. Tester: Squares. 2020."
    assert about["url"] == "https://example.org/alpha"
    card = (bundle / "README.md").read_text()
    assert "3 images, 5 regions, 3 of them care and 2 don't-care." in card
    assert "| alpha/train | all | 3 | 3 | 2 | 3 | 9 |" in card
    assert "### Licence" in card


def test_the_same_manifest_gives_the_same_bytes(bundle: Path, corpus: Path, tmp_path: Path) -> None:
    write_bundle(of_dataset([open_manifest(corpus, "alpha", "train")]), tmp_path / "again")
    assert files(tmp_path / "again") == files(bundle)


def test_a_mix_takes_its_part_and_says_what_is_absent(corpus: Path, tmp_path: Path) -> None:
    subject = of_mix(mix(min_care=2), find_manifests(corpus))
    counted = write_bundle(subject, tmp_path / "mix")
    assert (counted.images, counted.regions) == (1, 4)
    card = (tmp_path / "mix" / "README.md").read_text()
    assert "Mine. Absent here: gamma/train." in card
    assert "| alpha/train | images with 2 care regions or more |" in card


def test_the_version_changes_with_the_choice_of_rows(corpus: Path) -> None:
    manifests = find_manifests(corpus)
    all_of_it, part = (of_mix(mix(min_care=n), manifests).fingerprint for n in (0, 2))
    assert all_of_it != part


def test_a_mix_of_which_nothing_is_there(corpus: Path) -> None:
    beta: list[Manifest] = [open_manifest(corpus, "beta", "test")]
    with pytest.raises(UserError, match="no manifest of the mix mine: alpha/train, gamma/train"):
        of_mix(mix(), beta)


def test_a_folder_of_something_else_is_not_replaced(corpus: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    subject = of_dataset(find_manifests(corpus)[:1])
    with pytest.raises(UserError, match="holds something else"):
        write_bundle(subject, tmp_path)
    write_bundle(subject, tmp_path / "new")
    write_bundle(subject, tmp_path / "new")
    assert not list(tmp_path.glob(".*"))


def test_what_somebody_put_beside_it_is_not_lost(corpus: Path, tmp_path: Path) -> None:
    subject, out = of_dataset(find_manifests(corpus)[:1]), tmp_path / "out"
    write_bundle(subject, out)
    write_bundle(subject, out)
    (out / "mine.txt").write_text("dear")
    with pytest.raises(UserError, match=r"would be lost \(mine.txt\)"):
        write_bundle(subject, out)
    assert (out / "mine.txt").read_text() == "dear"
