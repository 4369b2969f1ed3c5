"""What training and evaluation left: runs with checkpoints, evaluations, thresholds."""

import json
import zlib
from collections.abc import Iterator
from pathlib import Path

from manifests.verification.findings import check_pages
from manifests.verification.looking import Fault, Look, digests_of, read_index

CONFIG, LINEAGE, SUMMARY, EVALUATION = (
    "config.yaml",
    "lineage.json",
    "summary.json",
    "evaluation.json",
)
CHECKPOINTS = "checkpoints"
_MARK, _DIGITS = b"crc_num", 10
"""A ``.ckpt`` ends with this word and the CRC-32 of all before it, as a number of ten bytes."""


def check_run(look: Look, folder: Path) -> Iterator[Fault]:
    """Lineage and summary by their own digests; checkpoints by theirs in the lineage where the
    training has finished, else by their checksum."""
    repair = f"take another run, or train again (`python -m model runs --data {look.data}`)"
    if not (folder / CONFIG).is_file():
        yield Fault(folder / CONFIG, "missing", "a run without its settings", repair)
    for name in (LINEAGE, SUMMARY):
        if name == LINEAGE or (folder / name).exists():
            yield from look.sealed(folder / name, repair)
    lineage = read_index(folder / LINEAGE) or {}
    known = digests_of(lineage.get("checkpoints"))
    yield from look.listed(folder / CHECKPOINTS, known, _another(folder))
    yield from look.listed(folder, digests_of(lineage.get("files")), repair)
    for path in sorted((folder / CHECKPOINTS).glob("[!.]*")):
        if path.name not in known and path.is_file():
            yield from _checkpoint(look, path, _another(folder))
    for name in ("log.jsonl", "evaluations.jsonl"):
        yield from _log(folder / name, repair)


def check_evaluation(look: Look, folder: Path) -> Iterator[Fault]:
    """All files by the digests that ``evaluation.json`` has, and the pages over them."""
    path = folder / EVALUATION
    info = read_index(path) or {}
    about = info.get("checkpoint")
    checkpoint = about.get("path", "CHECKPOINT") if isinstance(about, dict) else "CHECKPOINT"
    repair = (
        f"run `python -m model evaluate --checkpoint {checkpoint} --data {look.data} "
        f"--mix {info.get('mix', folder.name)} --out {folder}`"
    )
    yield from look.sealed(path, repair)
    yield from look.listed(folder, digests_of(info.get("files")), repair)
    if (folder / "report").is_dir():
        command = f"python -m model report {folder} --data {look.data}"
        yield from check_pages(look, folder / "report", command)


def check_thresholds(look: Look, path: Path) -> Iterator[Fault]:
    """A file of thresholds or of a sweep's figures, and the curve that they name."""
    repair = f"run `python -m model sweep --data {look.data} --mix MIX --checkpoint CHECKPOINT`"
    yield from look.sealed(path, repair)
    if path.suffix == ".json":
        picture = (read_index(path) or {}).get("picture_sha256")
        digests = digests_of({path.with_suffix(".png").name: picture})
        yield from look.listed(path.parent, digests, repair)


def _checkpoint(look: Look, path: Path, repair: str) -> Iterator[Fault]:
    if path.suffix != ".ckpt":
        yield from look.sealed(path, repair)
        return
    content = memoryview(path.read_bytes())
    look.sha256(path)
    end = len(content) - _DIGITS - len(_MARK)
    if end < 0 or bytes(content[end : end + len(_MARK)]) != _MARK:
        yield Fault(path, "damaged", "no checksum ends it: it is cut short", repair)
    elif zlib.crc32(content[:end]) != int.from_bytes(content[-_DIGITS:], "big"):
        yield Fault(path, "damaged", "its checksum does not fit", repair)


def _log(path: Path, repair: str) -> Iterator[Fault]:
    """A line is an entry; the last may be torn by a kill."""
    if not path.is_file():
        return
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            try:
                entry = json.loads(line)
            except (ValueError, RecursionError):
                entry = None
            if line.endswith(b"\n") and not isinstance(entry, dict):
                yield Fault(path, "damaged", f"line {number} is no entry", repair)
                return


def _another(folder: Path) -> str:
    return (
        f"restore it from a copy, take another checkpoint of {folder / CHECKPOINTS}, or train again"
    )
