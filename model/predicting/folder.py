"""The folder of results: whole or not at all, and a rerun replaces its own results alone.

Everything is written into a hidden folder inside it first. Then what stood there goes, and the new
files take their places, ``predictions.jsonl`` last: where it stands the results are whole.
"""

import contextlib
import json
import shutil
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any

from manifests.errors import UserError
from model.detector.results import Detection
from model.files import lock, settle, write_object, writing
from model.predicting.earlier import (
    ABOUT,
    OVERLAYS,
    PREDICT,
    PREDICTIONS,
    REPLACING,
    RRC,
    SKIPPED,
    check_folder,
    names_in,
)
from model.predicting.inputs import Skipped
from model.rrc_lines import format_result_line, parse_result_line

LOCK = ".lock"
_SCRATCH = ".partial-"
_ADVICE = "make room, or give another --out"


class Results:
    """The results of one run, in the making."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.images = self.lines = self.skipped = 0
        self.names: list[str] = []
        (folder / RRC).mkdir()
        self._predictions = (folder / PREDICTIONS).open("w", encoding="utf-8")
        self._skipped = (folder / SKIPPED).open("w", encoding="utf-8")

    def add(self, image: str, name: str, found: Detection, overlay: bytes | None) -> None:
        """Write what was found in one picture. ``name``: of its files; ``overlay``: a JPEG."""
        with writing(self.folder.parent, _ADVICE):
            if overlay is not None:
                (self.folder / OVERLAYS).mkdir(exist_ok=True)
                (self.folder / OVERLAYS / f"{name}.jpg").write_bytes(overlay)
            (self.folder / RRC / f"res_{name}.txt").write_text(rrc_text(found), encoding="utf-8")
            entry = {"image": image, "name": name, **found.to_dict()}
            self._predictions.write(json.dumps(entry, ensure_ascii=False) + "\n")
        self.images += 1
        self.names.append(name)
        self.lines += len(found)

    def skip(self, skipped: Skipped) -> None:
        """Write why nothing was looked for in a picture."""
        with writing(self.folder.parent, _ADVICE):
            self._skipped.write(json.dumps(asdict(skipped), ensure_ascii=False) + "\n")
        self.skipped += 1

    def close(self) -> None:
        """Have all of it on its way to the disk."""
        self._predictions.close()
        self._skipped.close()


@contextlib.contextmanager
def writing_results(
    out: Path, about: Mapping[str, Any], maker: str = PREDICT, more: tuple[str, ...] = ()
) -> Iterator[Results]:
    """Results that stand in ``out`` when the block ends well, and leave it as it was otherwise.

    about: what they are made with; maker: the command that makes them; more: files that it writes
    there afterwards, so that those of an earlier run go. Raises UserError where ``out`` cannot be
    written, another run writes to it, or it holds files of someone else by these names.
    """
    check_folder(out, maker, more)
    with _holding(out):
        check_folder(out, maker, more)
        for left in out.glob(f"{_SCRATCH}*"):  # of killed runs: the lock is ours
            shutil.rmtree(left, ignore_errors=True)
        scratch = out / f"{_SCRATCH}{uuid.uuid4().hex[:12]}"
        try:
            with writing(out, _ADVICE):
                scratch.mkdir()
                results = Results(scratch)
            try:
                yield results
            finally:
                with writing(out, _ADVICE):
                    results.close()
            counts = {key: getattr(results, key) for key in ("images", "lines", "skipped")}
            with writing(out, _ADVICE):
                for name in more:
                    (out / name).unlink(missing_ok=True)
                _put(scratch, out, results.names, {"made_by": maker, **about, "found": counts})
        finally:
            shutil.rmtree(scratch, ignore_errors=True)


@contextlib.contextmanager
def _holding(out: Path) -> Iterator[None]:
    """Hold the lock of ``out``, a folder that is made where there is none, and taken away again
    where the block raises and leaves nothing in it."""
    made: list[Path] = []
    with writing(out, "give another --out"):
        held = _lock(out, made)
    if held is None:
        raise UserError(
            f"another run is writing to {out}; wait for it to end, or give another --out"
        )
    with held:
        try:
            yield
        except BaseException:
            with contextlib.suppress(OSError):  # somebody writes there by now
                _take_away(out, made)
            raise


def _take_away(out: Path, made: list[Path]) -> None:
    if made and [path.name for path in out.iterdir()] == [LOCK]:
        (out / LOCK).unlink()
        for folder in made:
            folder.rmdir()


def _lock(out: Path, made: list[Path]) -> IO[str] | None:
    """The lock of ``out``, None where another run holds it; what was made for it goes into
    ``made``, the innermost first."""
    while True:
        for folder in (out, *out.parents):
            if folder.exists():
                break
            made.append(folder)
        out.mkdir(parents=True, exist_ok=True)
        try:
            return lock(out / LOCK)
        except FileNotFoundError:  # a run that came to nothing took its folder away just now
            made.clear()


def rrc_text(found: Detection) -> str:
    """A result file of the Robust Reading Competition: a line of eight whole numbers, clockwise,
    for each text line; of one so small that rounding turns it inside out, those of its box."""
    return "".join(f"{_rrc_line(line.polygon, line.box)}\n" for line in found)


def _rrc_line(
    polygon: tuple[tuple[float, float], ...], box: tuple[float, float, float, float]
) -> str:
    text = format_result_line([round(value) for point in polygon for value in point])
    try:
        parse_result_line(text)
    except ValueError:
        left, top, right, bottom = map(round, box)
        return format_result_line([left, top, right, top, right, bottom, left, bottom])
    return text


def _put(scratch: Path, out: Path, names: list[str], about: Mapping[str, Any]) -> None:
    write_object(out / REPLACING, {"names": [*names_in(out), *names]})
    write_object(out / ABOUT, about)
    (out / PREDICTIONS).unlink(missing_ok=True)
    for name in (OVERLAYS, RRC):
        if (out / name).exists():
            (out / name).replace(scratch / f"old-{name}")
        if (scratch / name).exists():
            (scratch / name).replace(out / name)
    for name in (SKIPPED, PREDICTIONS):
        settle(scratch / name, out / name)
    (out / REPLACING).unlink()
