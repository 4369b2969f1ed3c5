"""The library: one picture in any shape gives the same lines, from any thread."""

import doctest
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pil

from manifests.errors import UserError
from manifests.identity import sha256_file
from model import Detector
from model.detector import Detection, ImageError
from model.pretrained import resolve
from model.thresholds import Thresholds, write_thresholds
from tests.conftest import ROOT


def test_the_docstring_runs(mindspore: None) -> None:
    import model.detector.detector as module

    result = doctest.testmod(module)
    assert result.attempted > 5
    assert not result.failed


def test_import_loads_neither_numpy_nor_mindspore() -> None:
    script = (
        "import sys, model; assert not {'numpy', 'mindspore'} & set(sys.modules)\n"
        "import os; from model import Detector; assert 'mindspore' not in sys.modules\n"
        "print(os.environ['OPENBLAS_NUM_THREADS'])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT)
    assert (done.returncode, done.stderr, done.stdout) == (0, "", "1\n")


def test_names_that_are_not_there_are_told() -> None:
    import model

    with pytest.raises(AttributeError, match="module 'model' has no attribute 'Detecter'"):
        model.Detecter  # noqa: B018


def test_path_picture_and_array_are_one(lite: Detector, sign: np.ndarray, tmp_path: Path) -> None:
    picture = Pil.fromarray(sign)
    picture.save(tmp_path / "sign.png")
    wanted = lite.detect(sign)
    assert len(wanted) == 2
    assert lite.detect(picture) == lite.detect(tmp_path / "sign.png") == wanted
    assert all(0 <= x <= 640 and 0 <= y <= 360 for line in wanted for x, y in line.polygon)


def test_lines_of_a_turned_file_are_those_of_what_is_seen(
    lite: Detector, sign: np.ndarray, tmp_path: Path
) -> None:
    exif = Pil.Exif()
    exif[0x0112] = 8
    Pil.fromarray(np.rot90(sign, -1)).save(tmp_path / "turned.png", exif=exif)
    assert lite.detect(tmp_path / "turned.png") == lite.detect(sign)


def test_many_are_found_as_one_by_one(lite: Detector, sign: np.ndarray) -> None:
    pictures = [sign, sign[:, ::-1], np.ascontiguousarray(sign[60:200, 20:400])]
    wanted = [lite.detect(picture) for picture in pictures]
    # Three by twos: the last group is filled up, and what fills it is not seen.
    found = list(lite.detect_many(iter(pictures), batch=2))
    assert len(found) == 3
    for one, other in zip(wanted, found, strict=True):
        assert (one.width, one.height, len(one)) == (other.width, other.height, len(other))
        for line, same in zip(one, other, strict=True):
            np.testing.assert_allclose(line.polygon, same.polygon, atol=1e-2)
            assert line.score == pytest.approx(same.score, abs=1e-4)


def test_no_more_pictures_are_held_than_a_batch(lite: Detector, sign: np.ndarray) -> None:
    taken = 0

    def pictures() -> object:
        nonlocal taken
        for _ in range(4):
            taken += 1
            yield sign

    found = lite.detect_many(pictures(), batch=2)  # type: ignore[arg-type]
    next(found)
    assert taken == 2
    with pytest.raises(ValueError, match="batch must be 1 at least, not 0"):
        next(lite.detect_many([sign], batch=0))


def test_threads_share_a_detector(lite: Detector, sign: np.ndarray) -> None:
    pictures = [sign, sign[:, ::-1], sign[40:200]] * 3
    wanted = [lite.detect(picture) for picture in pictures[:3]] * 3
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lite.detect, pictures)) == wanted


def test_thresholds_change_what_is_found(lite: Detector, sign: np.ndarray) -> None:
    strict = Detector.load(
        changes=["network.input_width=640", "network.input_height=368", "lines.min_score=0.999"]
    )
    assert len(strict.detect(sign)) == 0


def test_thresholds_of_a_file_hold_for_their_checkpoint_and_changes_go_before(
    mindspore: None, tmp_path: Path
) -> None:
    chosen = {"mix": "x", "shards_digest": "x", "protocol": "x", "hmean": 0.5, "images": 1}
    chosen["checkpoint_sha256"] = sha256_file(resolve(Path("lite")))
    values = {"proposals": {"min_score": 0.55}, "lines": {"min_score": 0.95, "min_overlap": 0.6}}
    path = tmp_path / "thresholds.yaml"
    write_thresholds(path, Thresholds(values, chosen))
    config = Detector.load(thresholds=path, changes=["lines.min_score=0.9"]).predictor.config
    assert (config.proposals.min_score, config.lines.min_overlap) == (0.55, 0.6)
    assert config.lines.min_score == 0.9
    write_thresholds(path, Thresholds(values, {**chosen, "checkpoint_sha256": "a" * 64}))
    with pytest.raises(UserError, match="was chosen for another checkpoint"):
        Detector.load(thresholds=path)


def test_what_cannot_be_loaded_is_told(mindspore: None, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"no checkpoint at .*absent"):
        Detector.load(tmp_path / "absent")
    with pytest.raises(UserError, match=r"network.rnn_units=2: only proposals\.\*, lines"):
        Detector.load(changes=["network.rnn_units=2"])
    with pytest.raises(UserError, match="no device 'TPU'"):
        Detector.load(device="TPU")


def test_a_picture_that_cannot_be_read_is_named_and_passed_over(
    lite: Detector, sign: np.ndarray, tmp_path: Path
) -> None:
    bad, missing, good = (tmp_path / name for name in ("bad.jpg", "missing.jpg", "good.png"))
    bad.write_bytes(b"no picture")
    Pil.fromarray(sign).save(good)
    wanted = lite.detect(good)
    with pytest.raises(ImageError, match=re.escape(f"{bad}: ")) as caught:
        lite.detect(bad)
    assert (caught.value.path, str(bad) in caught.value.detail) == (bad, False)
    many = lite.detect_many([good, bad, good], batch=3)
    assert len(next(many)) == len(wanted)
    with pytest.raises(ImageError, match=re.escape(str(bad))):
        next(many)
    each = list(lite.detect_each([bad, good, missing, str(good), 7], batch=2))
    assert [image for image, _ in each] == [bad, good, missing, str(good), 7]
    kinds = [type(found) for _, found in each]
    assert kinds == [ImageError, type(wanted), FileNotFoundError, type(wanted), TypeError]
    assert str(missing) in str(each[2][1])
    assert {len(found) for _, found in each if isinstance(found, Detection)} == {len(wanted)}
