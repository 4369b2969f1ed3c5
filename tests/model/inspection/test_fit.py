"""What fits a preset badly is found where it was planted; the shares count all of it."""

import math
from pathlib import Path
from typing import Any

import pytest

from manifests.findings import Finding
from manifests.geometry import bounding_box, polygon_from_box
from manifests.reading import Manifest
from model.config import load_config
from model.inspection.codes import CODES
from model.inspection.fit import inspect_fit
from model.inspection.totals import Preset
from tests.model.plain_preset import PLAIN

MANIFEST = Manifest(Path(), {"dataset": "alpha", "split": "train"})
SOUND = polygon_from_box(100, 100, 180, 133)


def preset(name: str = "plain", *changes: str) -> Preset:
    """480 x 288 px, anchors of 8 to 48 px."""
    return Preset.of(name, load_config(PLAIN, list(changes)))


def row(*polygons: tuple[float, ...], care: bool = True, scale: int = 1) -> dict[str, Any]:
    """An image of 480 x 288 px, or ``scale`` times as much."""
    sides = ("left", "top", "right", "bottom")
    regions = [
        {
            "region_id": f"alpha/train/img#{line}",
            "polygon": list(polygon),
            "box": dict(zip(sides, bounding_box(polygon), strict=True)),
            "care": care,
            "text": "it",
            "source_line": line,
            "raw": "",
        }
        for line, polygon in enumerate(polygons, 1)
    ]
    size = {"width": 480 * scale, "height": 288 * scale}
    return {"image_id": "alpha/train/img", "annotation_uri": "gt.txt", **size, "regions": regions}


def found(*rows: dict[str, Any], presets: tuple[Preset, ...] = ()) -> list[Finding]:
    return list(inspect_fit(MANIFEST, presets or (preset(),), rows))


def of_regions(findings: list[Finding]) -> list[tuple[str, str | None]]:
    return [(f.code, f.region_id) for f in findings if f.image_id is not None]


def of_split(findings: list[Finding]) -> dict[str, Finding]:
    return {f.code: f for f in findings if f.image_id is None}


@pytest.mark.parametrize(
    ("polygon", "code", "value"),
    [
        (polygon_from_box(100, 100, 115, 133), "narrower_than_slice", 15),
        (polygon_from_box(470, 100, 520, 133), "narrower_than_slice", 10),
        (polygon_from_box(100, 100, 180, 107), "lower_than_anchors", 7),
        (polygon_from_box(100, 100, 180, 150), "taller_than_anchors", 50),
        ((100, 100, 180, 146, 180, 166, 100, 120), "tilted", 29.9),
    ],
)
def test_a_planted_misfit_is_found(polygon: tuple[float, ...], code: str, value: float) -> None:
    findings = found(row(SOUND, polygon))
    assert of_regions(findings) == [(code, "alpha/train/img#2")]
    assert findings[0].value == pytest.approx(value, abs=0.01)
    assert (findings[0].source_uri, findings[0].source_line) == ("gt.txt", 2)
    assert of_split(findings)["fit_of_regions"].value == 0.5


def test_sizes_are_those_after_the_resize_of_each_preset() -> None:
    wide = preset("wide", "network.input_width=960", "network.input_height=576")
    region = polygon_from_box(100, 100, 128, 140)
    findings = found(row(region, scale=2), presets=(preset(), wide))
    (finding,) = [f for f in findings if f.code == "narrower_than_slice"]
    assert finding.message == "plain: 14.0 px, narrower than a slice (16 px)"
    summary = of_split(findings)["fit_of_regions"]
    assert summary.message.startswith("plain (480x288): 1 of 1 (100.0%)")


def test_dont_care_regions_and_sound_ones_are_no_findings() -> None:
    narrow = polygon_from_box(100, 100, 101, 103)
    findings = found(row(SOUND), row(narrow, care=False))
    assert of_regions(findings) == []
    assert "fit_of_regions" not in of_split(findings)
    assert "1 of 2 (50.0%) have no care region" in of_split(findings)["text_per_image"].message


def test_more_slices_than_are_sampled() -> None:
    tight = preset("tight", "sample.max_positive=4")
    findings = found(row(SOUND), row(SOUND, SOUND), presets=(tight,))
    named = [f for f in findings if f.code == "over_sampling_budget"]
    assert [(f.image_id, f.value, f.threshold) for f in named[:2]] == [
        ("alpha/train/img", 10, 4),
        ("alpha/train/img", 5, 4),
    ]
    assert named[2].image_id is None
    assert "2 of 2 (100.0%) images" in named[2].message


def test_slices_that_no_anchor_reaches_are_counted() -> None:
    """8 px of text between two rows of anchors, whose centres are 16 px apart."""
    between, on_row = polygon_from_box(96, 92, 160, 100), polygon_from_box(96, 84, 160, 92)
    unreached = of_split(found(row(between, on_row)))["unreached_slices"]
    assert unreached.value == 0.5
    assert "4 of 8 (50.0%)" in unreached.message
    assert "unreached_slices" not in of_split(found(row(on_row)))


def test_what_is_small_in_the_original_is_counted_as_written() -> None:
    inclusive = row(polygon_from_box(100, 100, 117, 109), scale=2)
    inclusive["regions"][0]["raw"] = '100, 100, 116, 108, "word"'
    assert not {"narrow_in_original", "low_in_original"} & set(of_split(found(inclusive)))
    inclusive = row(polygon_from_box(100, 100, 116, 108), scale=2)
    inclusive["regions"][0]["raw"] = '100, 100, 115, 107, "word"'
    counts = of_split(found(inclusive, row(SOUND)))
    assert counts["narrow_in_original"].value == counts["low_in_original"].value == 1
    assert counts["low_in_original"].message.startswith("1 of 2 (50.0%)")


def test_text_covers_a_share_of_the_picture() -> None:
    half = row(polygon_from_box(0, 0, 480, 144))
    amount = of_split(found(half, half, row(polygon_from_box(0, 0, 480, 288))))["text_per_image"]
    assert amount.value == 0.5


@pytest.mark.parametrize("broken", [(), (1.0, 2.0, 3.0), (1, 2, math.nan, 4, 5, 6), (1, 1, 9, 9)])
def test_what_is_no_outline_is_the_gate_s_business(broken: tuple[float, ...]) -> None:
    damaged = row(SOUND, SOUND)
    damaged["regions"][0]["polygon"] = list(broken)
    assert of_regions(found(damaged)) == []
    assert of_split(found(damaged))["text_per_image"].value == pytest.approx(80 * 33 / 480 / 288)


def test_every_code_is_described() -> None:
    odd = (100.0, 100.0, 103.0, 200.0, 100.0, 300.0, 97.0, 200.0)
    known = {code.code for code in CODES}
    assert {f.code for f in found(row(SOUND, odd), row())} <= known
    assert found() == []
