"""Copies and leaks that are planted are found, each pair once; strangers are not."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from manifests import mixes
from manifests.findings import LEAK_CODES, Finding, findings_table
from manifests.geometry import polygon_from_box
from manifests.judging import settle
from manifests.mixes import Member, Mix
from manifests.reading import find_manifests
from pipelines.normalize import normalize
from tests.builders import make_region
from tests.pictures import file_of, scene
from tests.validation.planted import measure_all, plant
from validation.checks import copies
from validation.corpus import Corpus, open_corpus


def mix(*members: Member) -> Mix:
    return Mix("mine", "", 1, 1, members)


TRAINING = mix(Member("alpha", "train"))

CHANGES: dict[str, Callable[[Image.Image], bytes]] = {
    "other_format": lambda image: file_of(image, "JPEG", quality=40),
    "smaller": lambda image: file_of(image.resize((96, 60)), "JPEG", quality=80),
    "larger": lambda image: file_of(image.resize((640, 400))),
    "stretched": lambda image: file_of(image.resize((300, 300))),
    "brighter": lambda image: file_of(image.point(lambda value: value + 15)),
    "gray": lambda image: file_of(image.convert("L")),
    "mirrored": lambda image: file_of(image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)),
}


@pytest.fixture(scope="module")
def leaking(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    """A copy of a test image for each change in a training set, among strangers."""
    pictures = {f"beta/test/{name}": file_of(scene(i)) for i, name in enumerate(CHANGES)}
    pictures |= {
        f"alpha/train/{name}": change(scene(i)) for i, (name, change) in enumerate(CHANGES.items())
    }
    pictures |= {f"alpha/train/s{seed}": file_of(scene(seed)) for seed in range(100, 140)}
    pictures["beta/test/same"] = file_of(scene(50))
    pictures["alpha/train/same"] = file_of(scene(50), compress_level=1)
    return plant(tmp_path_factory.mktemp("leaking"), pictures)


def pairs(findings: list[Finding]) -> dict[str, str]:
    return {str(f.image_id): str(f.other_image_id) for f in findings if f.code in LEAK_CODES}


def severities(corpus: Corpus, found: list[Finding], *known: Mix) -> set[str]:
    """Of the leaks, once the mixes are known."""
    table = settle(findings_table(found), corpus.manifests, known, ()).to_pylist()
    return {row["severity"] for row in table if row["code"] in LEAK_CODES}


def test_every_leak_is_found_and_an_error_where_a_mix_trains_on_it(leaking: Corpus) -> None:
    found = list(copies.find(leaking))
    assert pairs(found) == {
        f"alpha/train/{name}": f"beta/test/{name}" for name in (*CHANGES, "same")
    }
    assert severities(leaking, found, TRAINING) == {"error"}
    by_image = {str(f.image_id).rpartition("/")[2]: f for f in found}
    assert by_image["same"].code == "leak_exact"
    assert all(by_image[name].code == "leak_near" for name in CHANGES)
    assert by_image["mirrored"].message.startswith("mirrored, ")
    assert "96 x 60 px, the other 320 x 200 px" in by_image["smaller"].message
    assert all(finding.value is not None and finding.value <= 10 for finding in found)


@pytest.mark.parametrize("known", [(), (mix(Member("beta", "test"), Member("alpha", "val")),)])
def test_a_leak_is_a_warning_where_no_mix_trains_on_it(
    leaking: Corpus, known: tuple[Mix, ...]
) -> None:
    found = list(copies.find(leaking))
    assert len(found) == len(CHANGES) + 1
    assert severities(leaking, found, *known) == {"warning"}


def test_copies_in_one_split_are_no_leak(tmp_path: Path) -> None:
    data = file_of(scene(1))
    pictures = {
        "alpha/train/a": data,
        "alpha/train/b": file_of(scene(1), compress_level=1),
        "alpha/train/c": file_of(scene(2)),
        "alpha/train/d": file_of(scene(2), "JPEG", quality=50),
    }
    found = list(copies.find(plant(tmp_path, pictures)))
    assert [(f.code, f.image_id, f.other_image_id) for f in found] == [
        ("copy_exact", "alpha/train/b", "alpha/train/a"),
        ("copy_near", "alpha/train/d", "alpha/train/c"),
    ]
    assert [f.severity for f in found] == ["warning", "note"]


def test_copies_that_mixes_part_are_warned_of(tmp_path: Path) -> None:
    names = [f"alpha/train/img_{i}" for i in range(40)]
    parts = [
        replace(mix(Member("alpha", "train", portion=portion)), name=name)
        for name, portion in (("learn", (0.0, 0.5)), ("choose", (0.5, 1.0)))
    ]
    sides = [parts[0].member_of(name) is not None for name in names]
    learnt, chosen = names[sides.index(True)], names[sides.index(False)]
    data = {learnt: file_of(scene(1)), chosen: file_of(scene(1), "JPEG", quality=60)}
    corpus = plant(tmp_path, data)
    (finding,) = copies.find(replace(corpus, mixes=tuple(parts)))
    assert (finding.code, finding.severity) == ("copy_near", "warning")
    told = ["learn", "choose"] if finding.image_id == learnt else ["choose", "learn"]
    assert finding.message.endswith(f"the mix {told[0]} takes this one, {told[1]} the other")
    (finding,) = copies.find(replace(corpus, mixes=(mix(Member("alpha", "train")), *parts[:1])))
    assert finding.severity == "note"


def test_two_training_sets_that_share_a_picture_are_warned_of(tmp_path: Path) -> None:
    pictures = {f"{name}/train/a": file_of(scene(1)) for name in ("alpha", "beta")}
    corpus = plant(tmp_path, pictures)
    found = list(copies.find(corpus))
    assert [finding.code for finding in found] == ["leak_exact"]
    both = mix(Member("alpha", "train"), Member("beta", "train"))
    assert severities(corpus, found, both) == {"warning"}


def test_flat_pictures_are_no_copies_of_each_other(tmp_path: Path) -> None:
    colours = {f"g{level}": (level,) * 3 for level in range(0, 250, 25)}
    pictures = {
        f"alpha/train/{name}_{split}": file_of(Image.new("RGB", (100, 80), colour))
        for name, colour in colours.items()
        for split in range(2)
    }
    blotch = Image.new("RGB", (400, 300), "white")
    blotch.putpixel((5, 5), (254, 255, 255))
    pictures["alpha/train/blotch"] = file_of(blotch)
    assert not list(copies.find(plant(tmp_path, pictures)))


def test_many_copies_are_each_told_once_a_split(tmp_path: Path) -> None:
    data = file_of(scene(1))
    pictures = {f"alpha/train/a{i:02}": data for i in range(30)}
    pictures |= {f"beta/test/b{i:02}": file_of(scene(1), compress_level=1) for i in range(20)}
    found = list(copies.find(plant(tmp_path, pictures)))
    leaks = [f for f in found if f.code == "leak_exact"]
    assert {f.image_id for f in leaks} == {f"alpha/train/a{i:02}" for i in range(30)}
    assert {f.other_image_id for f in leaks} == {f"beta/test/b{i:02}" for i in range(20)}
    assert len(leaks) == 30 + 20 - 1
    assert len([f for f in found if f.code == "copy_exact"]) == 29 + 19


def test_what_two_copies_say_otherwise_is_told_region_by_region(tmp_path: Path) -> None:
    names = ("alpha/train/a", "alpha/train/b")
    boxes = [(10.0, 10.0, 60.0, 30.0), (100.0, 10.0, 160.0, 30.0), (10.0, 90.0, 60.0, 110.0)]
    first, second = (
        [
            replace(make_region(name, line), polygon=polygon_from_box(*box), text=f"w{line}")
            for line, box in enumerate(boxes, 1)
        ]
        for name in names
    )
    second[0] = replace(second[0], polygon=polygon_from_box(10, 10, 61, 30))
    second[1] = replace(second[1], text="W2")
    second[2] = replace(second[2], polygon=polygon_from_box(200, 90, 260, 110))
    regions = dict(zip(names, (first, second), strict=True))
    corpus = plant(tmp_path, dict.fromkeys(names, file_of(scene(1))), regions)
    pair, *found = copies.find(corpus)
    assert pair.code == "copy_exact"
    told = [(f.code, f.region_id, f.other_region_id, f.value, f.source_line) for f in found]
    assert told == [
        ("copy_region_moved", "alpha/train/b#1", "alpha/train/a#1", 1.0, 1),
        ("copy_region_reread", "alpha/train/b#2", "alpha/train/a#2", None, 2),
        ("copy_region_missing", "alpha/train/b#3", None, None, 3),
        ("copy_region_missing", "alpha/train/a#3", None, None, 3),
    ]
    assert found[0].message == "'w1' lies 1 px elsewhere in alpha/train/a"
    assert found[1].message == "'W2' reads 'w2' in alpha/train/a"
    assert found[3].source_uri == "alpha/train_gt/gt_img_0.txt"


def test_all_known_codes_of_leaks_are_found_here() -> None:
    assert set(LEAK_CODES) == {c.code for c in copies.CODES if c.code.startswith("leak")}
    assert mixes.known_mixes()


def test_a_corpus_without_statistics_has_no_findings(tmp_path: Path) -> None:
    corpus = plant(tmp_path, {"alpha/train/a": file_of(scene(1))})
    assert not list(copies.find(replace(corpus, statistics={})))


def test_the_copies_of_born_digital_images_are_found(shared: Path, tmp_path: Path) -> None:
    """Four pictures of ICDAR 2011 training: the same pixels with boxes a pixel apart, and two
    files of one banner, of which one reads it with a letter less."""
    for kind in ("Task12_Images", "Task1_GT"):
        place = Path("icdar11") / f"Challenge1_Training_{kind}"
        (tmp_path / "raw" / place).mkdir(parents=True)
        for stem in ("img_83", "img_326", "img_297", "img_341"):
            for path in (shared / "raw" / place).glob(f"*{stem}.*"):
                shutil.copy(path, tmp_path / "raw" / place)
    data = tmp_path / "data"
    normalize(tmp_path / "raw", data, beam_options=["--direct_num_workers=1"])
    measure_all(data, tmp_path / "scratch")
    found = list(copies.find(open_corpus(data, find_manifests(data))))
    told = {(f.code, f.image_id, f.other_image_id) for f in found if f.region_id is None}
    train = "icdar11/train/img_"
    assert told == {
        ("copy_exact", f"{train}83", f"{train}326"),
        ("copy_near", f"{train}341", f"{train}297"),
    }
    moved = [f for f in found if f.code == "copy_region_moved" and f.image_id == f"{train}83"]
    assert len(moved) == 5 and {f.value for f in moved} == {1.0}
    assert any(f.message.startswith("'Alternative' reads 'Alternatve' in") for f in found)
