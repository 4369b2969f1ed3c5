"""One picture at a time: what its statistics and its size say of its use for finding text.

Thresholds were set by looking at the extremes of 1,414 real pictures (ICDAR 2011, 2013, 2015), so
that what is found there is worth a look and a few in a hundred at most; docs/quality.md says what
that was.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from manifests.findings import Code, Finding
from manifests.reading import Manifest
from validation.corpus import Corpus

Row = dict[str, Any]
Mask = Callable[[pa.Table], pa.ChunkedArray]

DARK_CONTRAST = 40.0
"""A dark picture of more contrast is white on black by design."""
LIGHT_CONTRAST = 20.0
"""A light picture of more contrast has dark words on white."""

BLURRED = Code(
    "image_blurred",
    "note",
    "The picture has hardly a sharp edge at 640 px: blurred, out of focus, or a bare wall.",
    "Look whether its words can be read; mark those that cannot as don't-care.",
    50.0,
    "variance of the Laplacian",
)
DARK = Code(
    "image_dark",
    "note",
    "The picture is dark and has little contrast.",
    "Look whether its words can be read; mark those that cannot as don't-care.",
    35.0,
    "mean gray level of 255",
)
LIGHT = Code(
    "image_light",
    "note",
    "The picture is nearly white and has little contrast: overexposed, or hardly anything on it.",
    "Look whether its words can be read; mark those that cannot as don't-care.",
    220.0,
    "mean gray level of 255",
)
FAINT = Code(
    "image_faint",
    "warning",
    "The picture has next to no contrast.",
    "Drop it if nothing can be read on it.",
    8.0,
    "standard deviation in gray levels",
)
LOW_INFORMATION = Code(
    "image_low_information",
    "note",
    "Nearly all pixels have one gray level.",
    "Drop it if it is empty.",
    0.6,
    "bits of entropy",
)
SMALL = Code(
    "image_small",
    "warning",
    "The shorter side is too small for words that a detector sees.",
    "Find the picture in its true size, or drop it.",
    64.0,
    "px",
)
LARGE = Code(
    "image_large",
    "note",
    "The picture is large: scaled to the network's input its small words vanish.",
    "Look at the heights of its words after the resize.",
    12e6,
    "pixels",
)
ASPECT = Code(
    "image_aspect",
    "note",
    "The picture is much longer than wide, or wider than high.",
    "Look whether it is a strip cut out of something; most of the network's input stays empty.",
    6.0,
    "longer side over shorter",
)
GRAY = Code(
    "image_gray",
    "note",
    "The picture has no colour.",
    "Nothing, unless its copy in colour is at hand; a set of gray pictures alone trains a detector "
    "that has not seen colour.",
    1.0,
    "mean gray levels between the channels",
)
ROTATED = Code(
    "image_rotated",
    "note",
    "EXIF asks for a rotation or a mirror, which was applied.",
    "Look whether the regions lie on the words: a tool that ignores EXIF labels another picture.",
    1.0,
    "EXIF orientation",
)
TRUNCATED = Code(
    "image_truncated",
    "warning",
    "The file has bytes behind its end, or gray rows in the place of lost data.",
    "Fetch the file again; where the rest is hidden data by intent, nothing.",
)


@dataclass(frozen=True)
class Rule:
    """``broken``: which rows of statistics, with width and height, break it; ``value``: what was
    measured there; ``says``: the message, of the value and the row."""

    code: Code
    broken: Mask
    value: Callable[[Row], float | None]
    says: str


def _below(column: str, code: Code) -> Mask:
    return lambda table: pc.less(table[column], code.threshold)


def _of(column: str) -> Callable[[Row], float]:
    return lambda row: float(row[column])


def _dark(table: pa.Table) -> pa.ChunkedArray:
    return pc.and_(_below("brightness", DARK)(table), pc.less(table["contrast"], DARK_CONTRAST))


def _light(table: pa.Table) -> pa.ChunkedArray:
    bright = pc.greater(table["brightness"], LIGHT.threshold)
    return pc.and_(bright, pc.less(table["contrast"], LIGHT_CONTRAST))


def _sides(table: pa.Table) -> tuple[pa.ChunkedArray, pa.ChunkedArray]:
    """(shorter, longer) as float64."""
    width, height = (table[side].cast(pa.float64()) for side in ("width", "height"))
    return pc.min_element_wise(width, height), pc.max_element_wise(width, height)


def _narrow(table: pa.Table) -> pa.ChunkedArray:
    shorter, longer = _sides(table)
    return pc.greater(longer, pc.multiply(shorter, ASPECT.threshold))


def _huge(table: pa.Table) -> pa.ChunkedArray:
    return pc.greater(pc.multiply(*_sides(table)), LARGE.threshold)


RULES = (
    Rule(BLURRED, _below("sharpness", BLURRED), _of("sharpness"), "sharpness {value:.1f}"),
    Rule(DARK, _dark, _of("brightness"), "mean brightness {value:.1f}, contrast {contrast:.1f}"),
    Rule(LIGHT, _light, _of("brightness"), "mean brightness {value:.1f}, contrast {contrast:.1f}"),
    Rule(FAINT, _below("contrast", FAINT), _of("contrast"), "contrast {value:.1f} gray levels"),
    Rule(
        LOW_INFORMATION,
        _below("entropy", LOW_INFORMATION),
        _of("entropy"),
        "{value:.2f} bits of entropy",
    ),
    Rule(
        SMALL,
        lambda table: pc.less(_sides(table)[0], SMALL.threshold),
        lambda row: float(min(row["width"], row["height"])),
        "{width} x {height} px",
    ),
    Rule(
        LARGE,
        _huge,
        lambda row: float(row["width"] * row["height"]),
        "{width} x {height} px",
    ),
    Rule(
        ASPECT,
        _narrow,
        lambda row: max(row["width"], row["height"]) / min(row["width"], row["height"]),
        "{width} x {height} px, {value:.1f} to 1",
    ),
    Rule(GRAY, _below("colour", GRAY), _of("colour"), "channels differ by {value:.2f} gray levels"),
    Rule(
        ROTATED,
        lambda table: pc.not_equal(table["orientation"], 1),
        _of("orientation"),
        "EXIF orientation {orientation}",
    ),
    Rule(
        TRUNCATED,
        lambda table: table["truncated"],
        lambda row: None,
        "the file, {file_bytes:,} bytes, does not end where its picture does",
    ),
)
CODES = tuple(rule.code for rule in RULES)

_COLUMNS = ["image_id", "brightness", "contrast", "sharpness", "entropy", "colour", "orientation"]
_COLUMNS += ["truncated", "file_bytes"]


def find(corpus: Corpus) -> Iterator[Finding]:
    """Pictures of which a person should know before training on them."""
    for manifest, table in corpus.pictures(_COLUMNS, ["image_uri", "width", "height"]):
        for rule in RULES:
            yield from _broken(rule, manifest, table)


def _broken(rule: Rule, manifest: Manifest, table: pa.Table) -> Iterator[Finding]:
    for row in table.filter(rule.broken(table)).to_pylist():
        value = rule.value(row)
        yield rule.code.finding(
            manifest.dataset,
            manifest.split,
            rule.says.format(value=value, **row),
            image_id=row["image_id"],
            source_uri=row["image_uri"],
            value=value,
        )
