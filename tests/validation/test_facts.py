"""What stands in manifest.json against what stands in the tables."""

from pathlib import Path
from types import ModuleType
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from manifests.errors import UserError
from manifests.identity import sha256_file
from manifests.reading import open_manifest, require_manifests
from validation.facts import gather, ledger_differences, summary_frame


@pytest.fixture
def folder(tmp_path: Path, builders: ModuleType) -> Path:
    images = [builders.make_image("alpha", "train", i) for i in range(3)]
    return builders.publish_manifest(tmp_path, images, [builders.make_refusal("alpha", "train")])


def test_counts(folder: Path, tmp_path: Path) -> None:
    facts = gather(open_manifest(tmp_path, "alpha", "train"))
    assert (facts.images, facts.regions, facts.care) == (3, 12, 9)
    assert facts.dont_care == {"marked": 3}
    assert facts.refused == {("region", "bad_line"): 1}
    assert (facts.seen("images"), facts.seen("regions")) == (3, 13)
    assert ledger_differences(facts) == []


def test_a_reason_that_is_missing_and_one_that_is_unknown_are_counted(
    folder: Path, tmp_path: Path, builders: ModuleType
) -> None:
    def plant(rows: list[dict[str, Any]]) -> None:
        rows[0]["regions"][3]["ignore_reason"] = None
        rows[1]["regions"][3]["ignore_reason"] = "mood"

    builders.edit_rows(folder, "images", plant)
    facts = gather(open_manifest(tmp_path, "alpha", "train"))
    assert ledger_differences(facts) == [
        "regions.dont_care_by_reason.None: 0 stated, 1 counted",
        "regions.dont_care_by_reason.marked: 3 stated, 1 counted",
        "regions.dont_care_by_reason.mood: 0 stated, 1 counted",
    ]


def test_tables_of_another_schema_are_not_opened(
    folder: Path, tmp_path: Path, builders: ModuleType
) -> None:
    path = folder / "images.parquet"
    pq.write_table(pa.table({"image_id": ["x"]}), path)

    def redigest(info: dict[str, Any]) -> None:
        info["files"][0]["sha256"] = sha256_file(path)

    builders.edit_info(folder, redigest)
    facts = gather(open_manifest(tmp_path, "alpha", "train"))
    assert facts.problem == "images.parquet does not have the columns of schema 1.0.0"
    frame = summary_frame(facts)
    assert frame["images_seen"].isna().all()
    assert frame["files_problem"].notna().all()


@pytest.mark.parametrize(
    "edit",
    [
        lambda info: info.pop("ledger"),
        lambda info: info.pop("fingerprint"),
        lambda info: info["ledger"].pop("images"),
        lambda info: info.update(files=[{}]),
        lambda info: info.update(dataset="../../elsewhere"),
    ],
)
def test_an_incomplete_manifest_json_is_named(
    folder: Path, tmp_path: Path, builders: ModuleType, edit: Any
) -> None:
    builders.edit_info(folder, edit)
    with pytest.raises(UserError, match=r"manifest\.json cannot be read .*normalize"):
        require_manifests(tmp_path)


def test_nothing_there_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"no manifest below .*; run `python -m pipelines"):
        require_manifests(tmp_path)
