"""An evaluation's folder is whole or none."""

from pathlib import Path

import pytest

from manifests.errors import UserError
from manifests.identity import sha256_file
from manifests.sealing import load_sealed, write_sealed
from model.explain.folder import data_fingerprint, open_evaluation
from model.explain.submissions import is_upright, safe
from model.explain.summary import as_table
from model.explain.tables import SCHEMAS
from model.protocols import PROTOCOLS
from model.submission import read_submission
from tests.model.explain.evaluations import found, region, stored, truths_of

ONE, TWO = "alpha/test/img_1", "beta/train/img_7"
WORD = (10.0, 10.0, 110.0, 30.0)
IMAGES = {ONE: [region(ONE, 1, WORD), region(ONE, 2, (0, 90, 50, 99), "###")], TWO: []}
LINES = {ONE: found(WORD), TWO: found((0, 0, 20, 20))}


@pytest.mark.parametrize(
    ("text", "said"),
    [("[]", "no JSON object"), ("{", "cannot be read"), ("{}", "version None, not 1")],
)
def test_a_folder_of_another_kind_is_refused(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "evaluation.json").write_text(text)
    with pytest.raises(UserError, match=said):
        open_evaluation(tmp_path)


def test_a_table_of_another_version_is_refused(tmp_path: Path) -> None:
    stored(tmp_path, IMAGES, LINES)
    (tmp_path / "images.parquet").write_bytes((tmp_path / "truths.parquet").read_bytes())
    info = load_sealed(tmp_path / "evaluation.json")
    info["files"]["images.parquet"] = sha256_file(tmp_path / "images.parquet")
    write_sealed(tmp_path / "evaluation.json", info)
    with pytest.raises(UserError, match="is not the table images"):
        open_evaluation(tmp_path)


def test_odd_corpora_are_written_and_printed(tmp_path: Path) -> None:
    """No truths, no detections anywhere, don't-care alone, two datasets, nothing at all."""
    care = [region(ONE, 1, WORD)]
    blind = [region(ONE, 1, WORD, "###")]
    cases: list[tuple[dict, dict]] = [
        ({ONE: [], TWO: []}, {}),
        ({ONE: care, TWO: []}, {}),
        ({ONE: blind}, {ONE: found(WORD)}),
        ({ONE: []}, {ONE: found(WORD)}),
        ({ONE: [region(ONE, 1, (5, 5, 5, 9))]}, {ONE: found((7, 7, 7, 7))}),
        ({}, {}),
    ]
    for number, (images, lines) in enumerate(cases):
        one = stored(tmp_path / str(number), images, lines)
        assert one.tables["images"].num_rows == len(images)
        for name in PROTOCOLS:
            assert name in as_table(one.info)
        for name, table in one.tables.items():
            assert table.schema.equals(SCHEMAS[name])


def test_quadrilaterals_are_submitted_where_truth_is_slanted(tmp_path: Path) -> None:
    slanted = region(ONE, 1, WORD)
    slanted["polygon"] = [10, 12, 110, 10, 110, 28, 10, 30]
    one = stored(tmp_path, {ONE: [slanted], TWO: [region(TWO, 1, WORD)]}, LINES)
    paths = {path.parent.name: path for path in one.folder.glob("submissions/*/*.zip")}
    assert read_submission(paths["alpha-test"], {"img_1"})["img_1"].shapes.shape == (1, 8)
    assert read_submission(paths["beta-train"], {"img_7"})["img_7"].shapes.shape == (1, 4)


def test_image_names_the_archive_cannot_hold_are_told(tmp_path: Path) -> None:
    odd = "svt/test/04_03"
    one = stored(tmp_path, {odd: [region(odd, 1, WORD)], ONE: []}, {})
    assert one.info["unfit_for_submission"] == [
        {"name": "svt-test", "images": 1, "example": "04_03"}
    ]
    assert len(list(tmp_path.glob("submissions/*/*.zip"))) == 1


def test_upright_boxes_are_so_from_every_corner_and_either_way() -> None:
    for polygon, upright in (
        ([0, 0, 9, 0, 9, 5, 0, 5], True),
        ([9, 5, 9, 0, 0, 0, 0, 5], True),
        ([0, 0, 9, 5, 9, 0, 0, 5], False),  # crosses itself
        ([0, 1, 9, 0, 9, 5, 0, 5], False),
    ):
        word = region(ONE, 1, WORD)
        word["polygon"] = polygon
        assert is_upright(truths_of({ONE: [word]}).quadrilaterals[ONE]) is upright, polygon
    assert is_upright(truths_of({ONE: []}).quadrilaterals[ONE])


def test_names_of_runs_become_names_of_files() -> None:
    assert safe("finetune-lite-20260101") == "finetune-lite-20260101"
    assert safe("my run/№1") == "my-run-1"


def test_the_fingerprint_is_of_what_is_scored() -> None:
    rows = truths_of(IMAGES).rows
    assert data_fingerprint(rows) == data_fingerprint(dict(reversed(rows.items())))
    for key, value in (("care", False), ("text", None), ("polygon", [0.0] * 8)):
        other = [dict(IMAGES[ONE][0], **{key: value}), IMAGES[ONE][1]]
        assert data_fingerprint(truths_of({ONE: other, TWO: []}).rows) != data_fingerprint(rows)
