"""JSON of the project's own folders, which a person or a stranger may have edited."""

import json
from collections.abc import Callable
from pathlib import Path

from manifests.errors import UserError
from manifests.reading import read_manifest
from manifests.shardset import SHARDS_VERSION, open_shards
from model.config import load_config
from model.explain.opening import read_info
from model.export.about import About, from_strings
from tests.fuzz.running import LossError, Run, Target

_DIGEST = "0a" * 32
MANIFEST = json.dumps({
    "schema_version": "1.0.0", "dataset": "icdar15", "split": "train", "fingerprint": _DIGEST,
    "quarantine_digest": _DIGEST,
    "ledger": {
        "images": {"seen": 100, "kept": 100, "quarantined": 0, "quarantined_by_reason": {}},
        "regions": {"seen": 593, "care": 528, "dont_care": 65, "quarantined": 0},
        "files": {"quarantined": 0}},
    "files": [{"name": "images.parquet", "rows": 100, "bytes": 47599, "sha256": _DIGEST},
              {"name": "quarantine.parquet", "rows": 0, "bytes": 26, "sha256": _DIGEST}],
}).encode()  # fmt: skip
SHARDS = json.dumps({
    "shards_version": SHARDS_VERSION, "key": _DIGEST, "digest": _DIGEST, "images": 15,
    "mix": {"name": "test", "seed": 1, "shards": 1, "members": [["icdar13", "test", 0, 0.0, 1.0]]},
    "inputs": [{"name": "icdar13/test", "fingerprint": _DIGEST, "images": 40, "taken": 40}],
    "files": [{"name": "test.mindrecord0", "rows": 15, "sha256": _DIGEST,
               "index": "test.mindrecord0.db", "index_sha256": _DIGEST}],
}).encode()  # fmt: skip


def _manifest(folder: Path) -> Run:
    def run(content: bytes) -> None:
        (folder / "manifest.json").write_bytes(content)
        try:
            found = read_manifest(folder)
        except UserError:
            return
        _inside(folder, [*found.files("images"), *found.files("quarantine")])

    return run


def _shards(folder: Path) -> Run:
    home = folder / "shards" / "test"
    home.mkdir(parents=True)

    def run(content: bytes) -> None:
        (home / "shards.json").write_bytes(content)
        try:
            found = open_shards(folder, "test")
        except UserError:
            return
        _inside(home, found.files)
        str((found.images, found.digest, found.key, found.mix))

    return run


def _inside(folder: Path, paths: list[Path]) -> None:
    for path in paths:
        if path.parent != folder:
            raise LossError(f"{path} is read, which is not in {folder}")


def _evaluation(folder: Path) -> Run:
    def run(content: bytes) -> None:
        (folder / "evaluation.json").write_bytes(content)
        try:
            read_info(folder)
        except UserError:
            return

    return run


def _metadata() -> dict[str, str]:
    about = About(load_config("lite"), (640, 480), {"name": "a", "sha256": _DIGEST}, "float32")
    return about.to_strings()


def _about(folder: Path) -> Run:
    """The metadata of an exported file: keys and values, as ONNX and MINDIR have them."""

    def run(content: bytes) -> None:
        strings = _strings(content)
        try:
            about = from_strings(strings, folder / "x.onnx")
        except UserError:
            return
        str((about.checkpoint.get("sha256"), about.picture, about.chosen.get("by")))

    return run


def _strings(content: bytes) -> dict[str, str]:
    pairs = (line.partition("\t") for line in content.decode(errors="replace").split("\n"))
    return {key: value for key, _, value in pairs}


def _joined() -> tuple[bytes, ...]:
    return ("\n".join(f"{key}\t{value}" for key, value in _metadata().items()).encode(),)


_OPENED: dict[str, tuple[Callable[[Path], Run], Callable[[], tuple[bytes, ...]]]] = {
    "manifest": (_manifest, lambda: (MANIFEST,)),
    "shards": (_shards, lambda: (SHARDS,)),
    "evaluation": (_evaluation, lambda: (b"{}",)),
    "onnx_metadata": (_about, _joined),
}
_TOKENS = (b'"files":', b'"name":', b'"../../x"', b'"/etc/passwd"', b"{}", b"[]", b'""')
TARGETS = tuple(Target(name, *opened, _TOKENS) for name, opened in _OPENED.items())
