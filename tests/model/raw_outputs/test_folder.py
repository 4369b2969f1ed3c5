from pathlib import Path
from typing import Any

import numpy as np
import pytest

from manifests.errors import UserError
from model.config import Config, load_config
from model.raw_outputs.folder import DAMAGED, MISSING, RawError, open_folder, read_picture
from tests.model.plain_preset import PLAIN
from tests.model.raw_outputs.raw_folders import outputs_of, write_outputs, write_run

SIZE = (300, 200)


@pytest.fixture(scope="module")
def config() -> Config:
    return load_config(PLAIN)


@pytest.fixture
def raw(tmp_path: Path, config: Config) -> Path:
    """A whole folder of one picture, ``a``."""
    write_outputs(tmp_path / "raw", "a", outputs_of(config, SIZE, [(4, 3, 9)]))
    write_run(tmp_path / "raw", 1)
    return tmp_path / "raw"


def test_outputs_come_back_as_they_were(raw: Path, config: Config) -> None:
    folder = open_folder(raw)
    assert (folder.names, folder.skipped, folder.notes()) == (["a"], [], [])
    wanted = outputs_of(config, SIZE, [(4, 3, 9)])
    picture = read_picture(raw, "a", config)
    assert (picture.image, picture.outputs.placed) == ("pictures/a.jpg", wanted.placed)
    for key in ("scores", "vertical", "side"):
        array = getattr(picture.outputs, key)
        assert array.dtype == np.float32
        np.testing.assert_array_equal(array, getattr(wanted, key))


@pytest.mark.parametrize("which", ["scores", "vertical", "side"])
def test_a_missing_or_cut_tensor_is_told(raw: Path, config: Config, which: str) -> None:
    path = raw / f"a.{which}.bin"
    path.write_bytes(path.read_bytes()[:-4])
    with pytest.raises(RawError, match=rf"a\.{which}\.bin has \d+ bytes, not") as caught:
        read_picture(raw, "a", config)
    assert caught.value.reason == DAMAGED
    path.unlink()
    with pytest.raises(RawError, match=rf"no a\.{which}\.bin") as caught:
        read_picture(raw, "a", config)
    assert caught.value.reason == MISSING


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1.5, -0.1])
def test_scores_are_probabilities(raw: Path, config: Config, value: float) -> None:
    scores = np.fromfile(raw / "a.scores.bin", "<f4")
    scores[7] = value
    scores.tofile(raw / "a.scores.bin")
    with pytest.raises(RawError, match=r"a\.scores\.bin holds values that are no"):
        read_picture(raw, "a", config)


@pytest.mark.parametrize(
    "changes",
    [
        {"version": 2},
        {"version": None},
        {"name": "b"},
        {"shapes": None},
        {"shapes": {"scores": [1, 2, 3]}},
        {"shapes": [1]},
        {"width": -300},
        {"width": "300"},
        {"width": 300.0},
        {"width": 10**30},
        {"width": 30_000, "height": 20_000},
        {"height": None},
        {"resized_width": 431},
    ],
)
def test_a_description_that_does_not_hold_together_is_damage(
    raw: Path, config: Config, changes: dict[str, Any]
) -> None:
    write_outputs(raw, "a", outputs_of(config, SIZE, []), **changes)
    with pytest.raises(RawError) as caught:
        read_picture(raw, "a", config)
    assert caught.value.reason == DAMAGED


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"\xff", b"[" * 100_000, b'{"a": "' + b"x" * 100_000 + b'"}']
)
def test_a_description_that_is_no_json_is_damage(raw: Path, config: Config, content: bytes) -> None:
    (raw / "a.json").write_bytes(content)
    with pytest.raises(RawError, match=r"a\.json") as caught:
        read_picture(raw, "a", config)
    assert caught.value.reason == DAMAGED


def test_outputs_of_another_network_are_the_users_mistake(raw: Path, config: Config) -> None:
    with pytest.raises(UserError, match="input of 480x288, and this config has one of 1280x720"):
        read_picture(raw, "a", load_config("lite"))
    fewer = load_config(PLAIN, ["network.anchor_heights=[8, 16, 32]"])
    with pytest.raises(UserError, match="exported from"):
        read_picture(raw, "a", fewer)


def test_pictures_that_the_device_could_not_read_are_carried_over(raw: Path) -> None:
    (raw / "skipped.jsonl").write_text(
        '{"image": "b.jpg", "reason": "image_unreadable", "detail": "cut"}\n{"image": "torn'
    )
    [skipped] = open_folder(raw).skipped
    assert (skipped.image, skipped.reason, skipped.detail) == ("b.jpg", "image_unreadable", "cut")


def test_outputs_without_their_description_are_named(raw: Path, config: Config) -> None:
    write_outputs(raw, "b", outputs_of(config, SIZE, []))
    (raw / "b.json").unlink()
    (raw / "run.json").unlink()
    folder = open_folder(raw)
    assert [(entry.image, entry.reason) for entry in folder.skipped] == [("b", MISSING)]
    assert "did not come to its end" in folder.notes()[0]


def test_notes_tell_of_outputs_that_no_network_made(raw: Path) -> None:
    write_run(raw, 1, network=False, engine="cells, no network")
    [network] = open_folder(raw).notes()
    assert "no network" in network


def test_a_note_tells_of_more_pictures_than_the_program_counted(raw: Path, config: Config) -> None:
    write_outputs(raw, "b", outputs_of(config, SIZE, []))
    [count] = open_folder(raw).notes()
    assert "1 pictures, and 2 are here" in count


def test_pictures_that_the_program_counted_and_are_not_here_are_told(
    raw: Path, config: Config
) -> None:
    """Lost on the way, or hidden, which this side takes for nobody's results."""
    for name in ("b", ".hidden"):
        write_outputs(raw, name, outputs_of(config, SIZE, []))
    (raw / "b.json").unlink()
    write_run(raw, 3, skipped=2)
    (raw / "skipped.jsonl").write_text('{"image": "x.jpg", "reason": "r", "detail": "d"}\n')
    folder = open_folder(raw)
    assert folder.notes() == []
    _, b, lost, unread = folder.skipped
    assert b.image == "b"
    assert (lost.image, lost.reason) == (unread.image, unread.reason) == ("run.json", MISSING)
    assert "3 pictures, and there are files of 2; copy the folder again" in lost.detail
    assert "2 that could not be read, and skipped.jsonl names 1" in unread.detail


@pytest.mark.parametrize("count", [None, "3", -1, 1.5, True, [1]])
def test_a_count_that_is_none_loses_nothing(raw: Path, count: Any) -> None:
    write_run(raw, count, skipped=count)
    assert open_folder(raw).skipped == []


@pytest.mark.parametrize("make", [lambda path: None, lambda path: path.mkdir()])
def test_an_absent_or_empty_folder_is_an_error(tmp_path: Path, make: Any) -> None:
    make(tmp_path / "none")
    with pytest.raises(UserError, match="raw outputs"):
        open_folder(tmp_path / "none")
