"""From raw files to findings by the commands alone: one fault of each code is planted, all of them
are caught, and nothing else is said of the clean pictures around them."""

from pathlib import Path
from typing import Any, NamedTuple

import pytest

import model.__main__ as model
import pipelines.__main__ as pipelines
import validation.__main__ as validation
from manifests.findings import REPORT, TABLE, read_findings
from manifests.reading import open_manifest
from tests.planted_raw import LINES, Tree, plant, write_coco
from validation.checks import find_checks

Row = dict[str, Any]
DRIFT = {"drift_from_datasets", "drift_between_splits"}
LATER = {"drift_since_last", "source_changed"}
REFUSED_BEFORE = {"no_area"}
"""``normalize`` puts such regions into quarantine, so no check ever sees one."""


class Checked(NamedTuple):
    tree: Tree
    data: Path
    rows: list[Row]
    status: int


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> Checked:
    folder = tmp_path_factory.mktemp("planted")
    tree, data = plant(folder / "raw"), folder / "data"
    return Checked(tree, data, *_check(tree, data))


def _check(tree: Tree, data: Path) -> tuple[list[Row], int]:
    """The findings and the exit status of the gate."""
    for command in (["normalize", "--raw", str(tree.raw)], ["statistics"]):
        assert pipelines.main([*command, "--data", str(data)]) == 0
    status = validation.main(["check", "--data", str(data)])
    return read_findings(data / REPORT / TABLE).table.to_pylist(), status


def _place(row: Row) -> tuple[str, str, int | None]:
    name = row["image_id"] or f"{row['dataset']}/{row['split']}"
    return row["code"], name, row["source_line"]


def test_a_fault_of_every_code_is_planted(checked: Checked) -> None:
    codes = {code.code for check in find_checks() for code in check.CODES}
    planted = {code for code, _, _ in checked.tree.faults} | DRIFT | LATER | REFUSED_BEFORE
    assert codes - planted == set()


def test_every_planted_fault_is_caught(checked: Checked) -> None:
    assert checked.tree.faults - {_place(row) for row in checked.rows} == set()
    assert {row["code"] for row in checked.rows} >= DRIFT
    assert checked.status == 1


def test_nothing_else_is_found(checked: Checked) -> None:
    others = [row for row in checked.rows if _place(row) not in checked.tree.faults]
    assert {row["code"] for row in others} == DRIFT


def test_a_region_without_area_is_in_quarantine(checked: Checked) -> None:
    manifest = open_manifest(checked.data, "icdar15", "train")
    rows = [row for batch in manifest.batches("quarantine") for row in batch.to_pylist()]
    regions = [row for row in rows if row["kind"] == "region"]
    lines = sum(len(mine) for mine in LINES.values())
    assert [row["source_line"] for row in regions] == [lines + 1]


def test_the_mix_that_leaks_is_refused(
    checked: Checked, capsys: pytest.CaptureFixture[str]
) -> None:
    mix = ["--mix", "icdar_train", "--data", str(checked.data)]
    assert pipelines.main(["shard", *mix]) == 2
    _names_the_pair(capsys.readouterr().err)
    assert pipelines.main(["shard", *mix, "--allow-leaks"]) == 0
    capsys.readouterr()
    assert model.main(["train", "--task", "finetune", "--preset", "lite", *mix]) == 2
    _names_the_pair(capsys.readouterr().err)


def _names_the_pair(told: str) -> None:
    assert "icdar15/train/leak_0" in told and "icdar15/test/clean_0" in told
    assert "finding-leak_exact.html" in told


def test_another_version_of_the_source_is_told(checked: Checked) -> None:
    write_coco(checked.tree, shift=40)
    rows, _ = _check(checked.tree, checked.data)
    told = {row["code"]: row for row in rows if row["code"] in LATER}
    assert set(told) >= {"source_changed"}
    assert {row["dataset"] for row in rows if row["code"] in LATER} == {"coco_text"}
