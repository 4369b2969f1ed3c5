"""YAML that people write: sources, mixes, decisions, thresholds, presets."""

from collections.abc import Callable
from pathlib import Path

from manifests.decisions import parse
from manifests.errors import UserError
from manifests.mixes import FOLDER as MIXES
from manifests.mixes import load_mix
from model.config import load_config
from model.preset_files import PRESETS
from model.thresholds import read_thresholds
from pipelines.sources.definition import read_sources
from tests.fuzz.running import Run, Target

_TOKENS = (b"!!int ", b"!!float ", b"!!timestamp ", b"!!binary ", b"!!set ", b"!!omap ", b"&a ",
           b"<<: ", b"? ", b"| \n", b"---\n", b"1_000", b"0b1", b"0o7", b".inf", b".nan",
           b"2026-02-30", b"~", b"extends: ")  # fmt: skip
_DECISIONS = (
    b"- verdict: drop_image\n  image_id: icdar11/train/img_83\n  image_sha256: " + b"9f" * 32
    + b"\n  who: Ann Example\n  when: 2026-03-01\n  because: the same picture as img_326\n"
    b"- verdict: accept\n  region_id: icdar11/train/img_8#4\n  region_digest: " + b"a0" * 32
    + b"\n  code: tiny_text\n  who: Ann\n  when: 2026-03-01\n  because: fine\n",
)  # fmt: skip
_SOURCES = (
    b"shop:\n  format: labelme\n  exhaustive: true\n  card: shop/CARD.md\n  splits:\n"
    b"    train: {images: shop/photos, annotations: shop/labels}\n",
)
_THRESHOLDS = (
    b"proposals: {min_score: 0.4}\nlines: {min_overlap: 0.4, min_score: 0.8}\n"
    b"chosen: {by: hand, checkpoint_sha256: " + b"0a" * 32 + b"}\n",
    b"lines: {gap: 60}\nchosen: {mix: val, shards_digest: x, protocol: iou, hmean: 0.5, images: 9, "
    b"checkpoint_sha256: " + b"0a" * 32 + b"}\n",
)


def _file(name: str, read: Callable[[Path], object]) -> Callable[[Path], Run]:
    """A reader of a file of that name, which says UserError where it is wrong."""

    def opened(folder: Path) -> Run:
        path = folder / name

        def run(content: bytes) -> None:
            path.write_bytes(content)
            try:
                read(path)
            except UserError as error:
                str(error).encode(errors="surrogateescape")

        return run

    return opened


def _decisions(folder: Path) -> Run:
    def run(content: bytes) -> None:
        try:
            list(parse(content.decode()))
        except ValueError:
            return

    return run


def _sources(folder: Path) -> Run:
    for name in ("photos", "labels"):
        (folder / "shop" / name).mkdir(parents=True)
    (folder / "shop" / "CARD.md").write_text("# Shop\n")
    return _file("sources.yaml", lambda path: read_sources(path.parent, ["icdar15"]))(folder)


def _of(folder: Path) -> tuple[bytes, ...]:
    return tuple(path.read_bytes() for path in sorted(folder.glob("*.yaml")))


TARGETS = (
    Target("sources_yaml", _sources, lambda: _SOURCES, _TOKENS),
    Target("mixes", _file("m.yaml", lambda path: load_mix(str(path))), lambda: _of(MIXES), _TOKENS),
    Target("decisions", _decisions, lambda: _DECISIONS, _TOKENS),
    Target("thresholds", _file("t.yaml", read_thresholds), lambda: _THRESHOLDS, _TOKENS),
    Target("presets", _file("p.yaml", load_config), lambda: _of(PRESETS), _TOKENS),
)
