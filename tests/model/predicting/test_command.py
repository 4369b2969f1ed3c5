"""``python -m model predict`` from its arguments to its exit status."""

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image as Pil

from model import Detector
from model.__main__ import main
from model.predicting.looking import look
from model.predicting.reading import Read

SMALL = ["--set", "network.input_width=640", "network.input_height=368"]


@pytest.fixture
def loaded(lite: Detector, monkeypatch: pytest.MonkeyPatch) -> None:
    """Loading costs seconds; it is done once."""
    monkeypatch.setattr(
        Detector, "load", lambda *args, **options: Detector(lite.predictor, options["tile"])
    )


@pytest.fixture
def signs(tmp_path: Path, sign: np.ndarray) -> Path:
    """Two pictures of one name in two folders."""
    folder = tmp_path / "signs"
    (folder / "sub").mkdir(parents=True)
    Pil.fromarray(sign).save(folder / "sign.png")
    Pil.fromarray(np.ascontiguousarray(sign[:200])).save(folder / "sub" / "sign.png")
    return folder


def entries(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_pictures_to_files(
    lite: Detector,
    signs: Path,
    sign: np.ndarray,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    out = tmp_path / "out"
    assert main(["predict", *SMALL, str(signs), "--recursive", "--out", str(out)]) == 0
    told = capsys.readouterr()
    assert told.out == f"2 pictures, 4 lines, 0 skipped: {out}\n"
    assert told.err.startswith("predict: loading lite to look at 2 pictures ...\n")
    first, second = entries(out / "predictions.jsonl")
    assert first == {"image": f"{signs}/sign.png", "name": "sign", **lite.detect(sign).to_dict()}
    assert (second["name"], second["width"], second["height"]) == ("sign-2", 640, 200)
    about = json.loads((out / "about.json").read_text())
    assert about["input"] == [640, 368]
    assert about["checkpoint"]["path"].endswith("lite.safetensors")
    for name in ("sign", "sign-2"):
        assert cv2.imread(str(out / "overlays" / f"{name}.jpg")).shape[1] == 960
        assert len((out / "rrc" / f"res_{name}.txt").read_text().splitlines()) == 2


@pytest.mark.usefixtures("loaded")
def test_what_is_skipped_is_named_and_counted(
    mixed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    options = ["--out", str(out), "--every", "2", "--no-overlays", "--batch", "2", "--tile"]
    assert main(["predict", str(mixed), "typo.jpg", *options]) == 1
    told = capsys.readouterr()
    assert told.out.startswith("6 pictures, ")
    assert told.out.endswith(f" lines, 8 skipped: {out}\n")
    skipped = entries(out / "skipped.jsonl")
    assert {Path(entry["image"]).name for entry in skipped} == {
        "typo.jpg", "cut.jpg", "empty.jpg", "fake.mp4", "huge.png", "link.jpg", "none.avi",
        "text.jpg",
    }  # fmt: skip
    assert "skipped typo.jpg: no such file or folder" in told.err
    assert f"skipped {mixed}/empty.jpg: the file is empty" in told.err
    sizes = {
        entry["name"]: (entry["width"], entry["height"])
        for entry in entries(out / "predictions.jsonl")
    }
    assert sizes == {
        "clip-000000": (64, 40), "clip-000002": (64, 40), "clip-000004": (64, 40),
        "good": (64, 40), "other": (64, 40), "turned": (40, 64),
    }  # fmt: skip
    assert not (out / "overlays").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "give pictures, videos, folders or patterns"),
        (["typo.jpg"], "no picture to look at; typo.jpg: no such file or folder"),
        (["{signs}/sub", "{signs}/sub", "--tile-scale", "0"], "--tile-scale: tiles: scale must be"),
        (["{signs}", "--out", "{signs}/sign.png"], "sign.png is a file; give a folder"),
        (["{signs}", "--checkpoint", "nope"], "no checkpoint at nope; give a file"),
        (["{signs}", "--checkpoint", "lit"], "no checkpoint at lit; did you mean lite?"),
        (["{signs}", "--set", "lines.min_scor=1"], "did you mean min_score?"),
        (["{signs}", "--set", "loss.side=1"], "only proposals.*, lines.*"),
    ],
)
def test_what_cannot_be_done_is_told(
    signs: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    mindspore: None,
    arguments: list[str],
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["predict", *(text.replace("{signs}", str(signs)) for text in arguments)]) == 2
    assert message in capsys.readouterr().err
    assert not Path("predictions").exists()


@pytest.mark.usefixtures("loaded")
def test_results_are_not_looked_at(signs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = signs / "found"
    assert main(["predict", str(signs), "--recursive", "--out", str(out)]) == 0
    assert main(["predict", str(signs), "--recursive", "--out", str(out)]) == 0
    assert main(["predict", str(signs), "--recursive", "--out", str(signs / "more")]) == 0
    *_, second, third = capsys.readouterr().out.splitlines()
    left = "1 with results of an earlier run, left out"
    for line, place in ((second, out), (third, signs / "more")):
        assert line.startswith("2 pictures, 4 lines, 0 skipped")
        assert line.endswith(f"{left}: {place}")
    assert main(["predict", str(out / "overlays"), "--out", str(out)]) == 2
    assert "is a result in" in capsys.readouterr().err
    assert len(list((out / "overlays").iterdir())) == 2


def test_pictures_are_looked_at_one_batch_after_the_other() -> None:
    """However many there are, no more than a batch is waiting."""
    waiting = most = 0

    class Found:
        predictor = None

        def detect_many(self, images: list[object], batch: int) -> list[object]:
            nonlocal waiting
            waiting -= len(images)
            return [None] * len(images)

    class Sink:
        images = 0

        def add(self, *values: object) -> None:
            self.images += 1

    def pictures() -> Any:
        nonlocal waiting, most
        for _ in range(20):
            waiting += 1
            most = max(most, waiting)
            yield Read(Path("a.jpg"), None, np.zeros((4, 4, 3), np.uint8))

    sink = Sink()
    look(Found(), pictures(), sink, batch=3, overlays=False)  # type: ignore[arg-type]
    assert (sink.images, most) == (20, 3)


def test_so_many_pictures_at_once_that_no_memory_holds_them_are_refused(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for option in ("--batch", "--workers"):
        with pytest.raises(SystemExit):
            main(["predict", "a.jpg", option, "99999999"])
        assert "99999999 is above 256" in capsys.readouterr().err
