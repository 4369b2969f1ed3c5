"""The overlay command draws the picture that was normalized, or says why it cannot."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

import pytest

from manifests.errors import UserError
from model.commands import overlay
from pipelines.normalize import normalize
from tests.pipelines.conftest import ONE_WORKER, make_raw, picture

IMAGE = "icdar13/train/100"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("overlay")
    make_raw(root / "raw")
    normalize(root / "raw", root / "data", ["icdar13"], beam_options=ONE_WORKER)
    return root / "data"


def parse(data: Path, out: Path, image_id: str = IMAGE) -> Namespace:
    parser = ArgumentParser()
    overlay.add_parser(parser.add_subparsers())
    return parser.parse_args(["overlay", image_id, "--data", str(data), "--out", str(out)])


def test_it_draws(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert overlay.run(parse(data, tmp_path / "out.png")) == 0
    assert (tmp_path / "out.png").stat().st_size > 1000
    assert "0 regions, 0 slices" in capsys.readouterr().out


def test_what_it_cannot_draw_is_told(data: Path, tmp_path: Path) -> None:
    for image_id in ("icdar13/train/99", "nonsense", "a/b/c", "../../x"):
        with pytest.raises(UserError):
            overlay.run(parse(data, tmp_path / "out.png", image_id))
    for out in (tmp_path / "no" / "out.png", tmp_path):
        with pytest.raises(UserError, match="another --out"):
            overlay.run(parse(data, out))


def test_another_picture_is_not_drawn(data: Path, tmp_path: Path) -> None:
    path = data.parent / "raw" / "icdar13" / "Challenge2_Training_Task12_Images" / "100.jpg"
    path.write_bytes(picture(7))
    with pytest.raises(UserError, match="not the picture that was normalized"):
        overlay.run(parse(data, tmp_path / "out.png"))
