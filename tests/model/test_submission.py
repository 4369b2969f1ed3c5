import zipfile
from pathlib import Path

import numpy as np
import pytest

from manifests.errors import UserError
from model import rrc_archive
from model.protocols.inputs import Detections
from model.submission import read_ground_truth, read_submission, write_submission

IDS = ["img_1", "img_2", "img_10"]


def archive(path: Path, members: dict[str, str | bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as file:
        for name, content in members.items():
            file.writestr(name, content)
    return path


def refused(path: Path) -> str:
    """The message with which a submission is refused."""
    with pytest.raises(UserError) as error:
        read_submission(path, IDS)
    return str(error.value)


def test_ground_truth_with_byte_order_mark_crlf_blank_lines_and_odd_texts(tmp_path: Path) -> None:
    lines = "\ufeff0,0,9,0,9,9,0,9,CAFÉ\u2028x\r\n\r\n0,0,5,0,5,5,0,5,###\r\n"
    gt = read_ground_truth(archive(tmp_path / "gt.zip", {"gt_img_1.txt": lines.encode()}))
    assert gt["img_1"].texts == ("CAFÉ\u2028x", "###")
    assert gt["img_1"].care.tolist() == [True, False]
    assert gt["img_1"].shapes.tolist() == [[0, 0, 9, 0, 9, 9, 0, 9], [0, 0, 5, 0, 5, 5, 0, 5]]


def test_an_empty_file_is_an_image_without_boxes(tmp_path: Path) -> None:
    gt = read_ground_truth(archive(tmp_path / "gt.zip", {"gt_img_1.txt": "", "gt_img_2.txt": "\n"}))
    assert [len(image) for image in gt.values()] == [0, 0]
    found = read_submission(archive(tmp_path / "s.zip", {"res_img_2.txt": ""}), gt)
    assert {name: len(image) for name, image in found.items()} == {"img_2": 0}


def test_rectangles_among_quadrilaterals_become_their_corners(tmp_path: Path) -> None:
    path = archive(tmp_path / "s.zip", {"res_img_1.txt": "0,0,9,0,9,9,0,8\n1,2,3,4\n"})
    shapes = read_submission(path, IDS)["img_1"].shapes
    assert shapes.tolist() == [[0, 0, 9, 0, 9, 9, 0, 8], [1, 2, 3, 2, 3, 4, 1, 4]]


def test_an_archive_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "s.zip").write_text("1,2,3,4")
    assert "s.zip: not a readable .zip archive" in refused(tmp_path / "s.zip")
    assert "none.zip: cannot be read" in refused(tmp_path / "none.zip")
    assert "cannot be read" in refused(tmp_path)


def test_a_damaged_archive(tmp_path: Path) -> None:
    path = archive(tmp_path / "s.zip", {"res_img_1.txt": "1,2,3,4\n"})
    path.write_bytes(path.read_bytes().replace(b"1,2,3,4\n", b"1,2,3,5\n"))
    assert "s.zip!res_img_1.txt: cannot be unpacked (Bad CRC-32" in refused(path)
    path.write_bytes(path.read_bytes()[:-5])
    assert "s.zip: not a readable .zip archive" in refused(path)


def test_a_name_flagged_as_utf8_that_is_not(tmp_path: Path) -> None:
    path = archive(tmp_path / "s.zip", {"res_img_é.txt": "1,2,3,4\n"})
    path.write_bytes(path.read_bytes().replace("é".encode(), b"\xff\xff"))
    assert "not a readable .zip archive" in refused(path)


def test_an_empty_name(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "s.zip", "w") as file:
        info = zipfile.ZipInfo("x")
        info.filename = ""
        file.writestr(info, "1,2,3,4\n")
    assert "every file of this archive must be named" in refused(tmp_path / "s.zip")


@pytest.mark.parametrize(
    "name", ["img_1.txt", "gt_img_1.txt", "out/res_img_1.txt", "res_img_x.txt"]
)
def test_a_wrong_name(tmp_path: Path, name: str) -> None:
    message = refused(archive(tmp_path / "s.zip", {name: "1,2,3,4"}))
    assert f"s.zip!{name}: every file of this archive must be named res_img_N.txt" in message


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_the_same_file_twice(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "s.zip", "w") as file:
        file.writestr("res_img_1.txt", "1,2,3,4")
        file.writestr("res_img_1.txt", "1,2,3,4")
    assert "s.zip!res_img_1.txt: the archive holds this file twice" in refused(tmp_path / "s.zip")


def test_a_result_of_an_image_that_is_not_in_the_ground_truth(tmp_path: Path) -> None:
    message = refused(archive(tmp_path / "s.zip", {"res_img_3.txt": ""}))
    assert "s.zip!res_img_3.txt: the ground truth has no image img_3" in message


def test_a_bad_line_is_named(tmp_path: Path) -> None:
    path = archive(tmp_path / "s.zip", {"res_img_1.txt": "1,2,3,4\r\n\r\n9,2,3,4\r\n"})
    message = refused(path)
    assert "s.zip!res_img_1.txt, line 3: the box is turned inside out" in message
    assert "It stands as '9,2,3,4'" in message


def test_bytes_that_are_not_utf8(tmp_path: Path) -> None:
    path = archive(tmp_path / "gt.zip", {"gt_img_1.txt": b"1,2,3,4,ok\n1,2,3,4,CAF\xc9\n"})
    with pytest.raises(UserError, match=r"gt.zip!gt_img_1.txt, line 2: not UTF-8"):
        read_ground_truth(path)


def test_a_bare_carriage_return_swallows_no_box(tmp_path: Path) -> None:
    content = "1,2,3,4,a\r\n10,10,50,30,word\r60,10,90,30,other\r"
    path = archive(tmp_path / "gt.zip", {"gt_img_1.txt": content})
    with pytest.raises(UserError, match=r"gt.zip!gt_img_1.txt, line 2: a carriage return"):
        read_ground_truth(path)
    path = archive(tmp_path / "s.zip", {"res_img_1.txt": "1,2,3,4\r1,2,3,4\r"})
    assert "s.zip!res_img_1.txt, line 1: a carriage return" in refused(path)


def test_a_coordinate_beyond_any_image_is_named(tmp_path: Path) -> None:
    path = archive(tmp_path / "s.zip", {"res_img_1.txt": f"1,2,3,4\n0,0,{'9' * 400},9\n"})
    assert "s.zip!res_img_1.txt, line 2: a coordinate is beyond" in refused(path)


def test_a_ground_truth_archive_without_files(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="holds no gt_img_N"):
        read_ground_truth(archive(tmp_path / "gt.zip", {}))


def test_an_archive_that_unpacks_to_too_much(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = archive(tmp_path / "s.zip", {"res_img_1.txt": "1,2,3,4\n", "res_img_2.txt": "1,2,3,4\n"})
    monkeypatch.setattr(rrc_archive, "MAX_UNPACKED_BYTES", 16)
    assert len(read_submission(path, IDS)) == 2
    monkeypatch.setattr(rrc_archive, "MAX_UNPACKED_BYTES", 15)
    assert "unpacks to 16 bytes" in refused(path)


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    found = {
        "img_10": Detections(np.array([[0, 0, 9, 9], [-5, 3, 20, 4]])),
        "img_2": Detections(np.array([[0, 0, 9, 0, 9, 9, 0, 9]])),
        "img_1": Detections(np.empty((0, 4))),
    }
    write_submission(tmp_path / "s.zip", found)
    again = read_submission(tmp_path / "s.zip", IDS)
    assert list(again) == IDS
    for name, image in found.items():
        assert again[name].shapes.tolist() == image.shapes.tolist()


def test_the_same_detections_give_the_same_bytes(tmp_path: Path) -> None:
    found = {name: Detections(np.array([[0, 0, 9, 9]])) for name in IDS}
    write_submission(tmp_path / "a.zip", found)
    write_submission(tmp_path / "b.zip", dict(reversed(found.items())))
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()
    assert {i.date_time for i in zipfile.ZipFile(tmp_path / "a.zip").infolist()} == {
        (1980, 1, 1, 0, 0, 0)
    }


def test_a_failed_write_leaves_the_former_archive_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "s.zip"
    write_submission(path, {"img_1": Detections(np.array([[0, 0, 9, 9]]))})
    before = path.read_bytes()
    half_way = {
        "img_1": Detections(np.array([[0, 0, 5, 5]])),
        "img_2": Detections(np.array([[0, 0, 5.5, 5]])),
    }
    with pytest.raises(ValueError, match="round them first"):
        write_submission(path, half_way)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_image_ids_that_the_format_cannot_hold(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="img_N, not 'icdar13/test/img_1'"):
        write_submission(tmp_path / "s.zip", {"icdar13/test/img_1": Detections(np.array([]))})
    assert list(tmp_path.iterdir()) == []
