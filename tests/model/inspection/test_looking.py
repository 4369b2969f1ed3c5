"""Pictures are chosen, read and compared; one that cannot be read is named and passed over."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from manifests.geometry import polygon_from_box
from manifests.identity import sha256_bytes
from manifests.images import encode_png
from manifests.reading import Manifest, open_manifest
from manifests.records import Region
from manifests.vocabulary import IgnoreReason
from model.config import load_config
from model.inspection.comparing import Seen
from model.inspection.looking import (
    COLUMNS,
    choose,
    look_at,
    seen_of,
    with_glimpses,
)
from model.inspection.spool import Spool
from model.lines import build_lines
from model.proposals import Proposals
from model.transforms import fit
from tests.builders import make_image, publish_manifest
from tests.model.plain_preset import PLAIN

CONFIG = load_config(PLAIN)
NOTHING = Seen(*(np.zeros(s, np.float32) for s in ((0, 4, 2), (0,), (0,), (0, 4))))
WORDS = ((50, 60, 150, 85), (50, 100, 150, 125), (50, 140, 150, 165), (50, 200, 53, 203))
"""A word, a word that is don't-care, another word, a speck."""


@pytest.fixture
def manifest(tmp_path: Path) -> Manifest:
    """Three pictures of 480 x 288 px: img_1 is missing, the words of the others stand on noise."""
    noise = np.random.default_rng(1).integers(0, 255, (288, 480, 3), dtype=np.uint8)
    data = encode_png(noise)
    images = []
    for number in range(3):
        plain = make_image("alpha", "train", number, 0)
        regions = tuple(
            Region(
                f"{plain.image_id}#{line}",
                polygon_from_box(*box),
                "word",
                "",
                line,
                IgnoreReason.MARKED if line == 2 else None,
            )
            for line, box in enumerate(WORDS, 1)
        )
        uri, digest = f"alpha/{number}.png", sha256_bytes(data)
        images.append(
            replace(
                plain, image_uri=uri, image_sha256=digest, width=480, height=288, regions=regions
            )
        )
    publish_manifest(tmp_path, images)
    (tmp_path / "alpha").mkdir()
    for number in (0, 2):
        (tmp_path / f"alpha/{number}.png").write_bytes(data)
    return open_manifest(tmp_path, "alpha", "train")


class Eye:
    """Sees the first word, and a line where nothing is labelled; counts the pictures."""

    looks = 0

    def __call__(self, pixels: npt.NDArray[np.uint8]) -> Seen:
        self.looks += 1
        assert pixels.shape == (288, 480, 3)
        quads = [polygon_from_box(*WORDS[0]), polygon_from_box(300, 60, 400, 90)]
        lines = np.array(quads, np.float32).reshape(-1, 4, 2)
        return replace(
            NOTHING, quads=lines, scores=np.array([0.99, 0.98]), proposals=np.array([6.0, 6.0])
        )


def test_pictures_are_looked_at_once(manifest: Manifest, tmp_path: Path) -> None:
    eye = Eye()
    for _ in range(2):
        spool = Spool(tmp_path, manifest.fingerprint, "weights")
        rows = manifest.rows(COLUMNS)
        first, missing, last = look_at(rows, tmp_path, eye, CONFIG, spool)
        assert eye.looks == 2
        assert missing.error is not None
        assert "alpha/1.png cannot be read" in missing.error
        assert (first.image_id, last.image_id) == ("alpha/train/img_0", "alpha/train/img_2")
        assert first.regions == 2  # the don't-care word and the speck are not to be expected
        (line,) = first.lines
        assert line.polygon == [300, 60, 400, 60, 400, 90, 300, 90]
        assert line.score == pytest.approx(0.98)
        (miss,) = first.missed
        assert (miss.region_id, miss.source_line) == ("alpha/train/img_0#3", 3)
        assert miss.height == 25
        assert miss.contrast > 50


def test_a_picture_that_changed_is_not_looked_at(manifest: Manifest, tmp_path: Path) -> None:
    (tmp_path / "alpha/0.png").write_bytes(encode_png(np.zeros((8, 8, 3), np.uint8)))
    spool = Spool(tmp_path, manifest.fingerprint, "weights")
    first, *_ = look_at(manifest.rows(COLUMNS), tmp_path, Eye(), CONFIG, spool)
    assert first.error is not None
    assert "not the picture that was normalized" in first.error


def test_a_larger_sample_holds_the_smaller_one(manifest: Manifest) -> None:
    everything = {f"alpha/train/img_{number}" for number in range(3)}
    one, two = choose(manifest, 1), choose(manifest, 2)
    assert (len(one), len(two)) == (1, 2)
    assert one < two < choose(manifest, 0) == choose(manifest, 9) == everything


def proposals(*rows: tuple[int, float, float, float]) -> Proposals:
    column, top, bottom, score = np.array(rows).T
    values: list[Any] = [column.astype(np.int32)]
    values += [x.astype(np.float32) for x in (top, bottom, score)]
    return Proposals(*values, np.full(len(rows), np.nan, np.float32))


def test_lines_are_those_in_use_and_glimpses_go_lower() -> None:
    """A picture of 960 x 576 px is halved: lengths double on the way back."""
    strong = proposals(*((column, 40, 60, 0.9) for column in range(2, 6)))
    weak = proposals(
        *((column, 40, 60, 0.9) for column in range(2, 6)), (6, 40, 60, 0.4), (20, 80, 90, 0.35)
    )
    placed = fit(960, 576, 480, 288)
    found = seen_of(weak, placed, CONFIG)
    alone = build_lines(strong, CONFIG.lines)
    assert found.quads.tolist() == (alone.quads * 2).tolist()
    assert found.proposals.tolist() == [4]
    assert found.glimpses.tolist()[4:] == [[192, 80, 224, 120], [640, 160, 672, 180]]


def test_the_decoding_goes_down_to_glimpses_and_never_up() -> None:
    assert with_glimpses(CONFIG).proposals.min_score == 0.3
    low = replace(CONFIG, proposals=replace(CONFIG.proposals, min_score=0.1))
    assert with_glimpses(low).proposals.min_score == 0.1
