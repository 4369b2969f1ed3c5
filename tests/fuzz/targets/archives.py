""".zip archives: of a dataset, and of a competition's ground truth and results."""

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path

from manifests.errors import UserError
from manifests.raw import ARCHIVE_ERRORS, _archive, read_bytes
from model.rrc_archive import Dropped
from model.submission import read_ground_truth, read_submission
from pipelines.datasets.icdar15 import DATASET
from pipelines.tree import RawTree
from tests.fuzz.running import LossError, Run, Target
from tests.fuzz.targets.annotations import LINES
from tests.fuzz.targets.converting import picture

_GT = "ch4_training_localization_transcription_gt"
_RESULT = b"10,10,50,10,50,30,10,30\r\n1,2,30,40,0.75\n"
_TOKENS = (b"PK\3\4", b"PK\1\2", b"PK\5\6", b"PK\6\6", b"res_img_1.txt", b"gt_img_1.txt")


def packed(members: Mapping[str, bytes], packing: int = zipfile.ZIP_STORED) -> bytes:
    """An archive; stored, so that changes of its bytes reach the members."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", packing) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content, packing)
    return buffer.getvalue()


def _raw(folder: Path) -> Run:
    """List an archive of a dataset, and read all that is in it."""
    home = folder / "icdar15"
    home.mkdir()
    path = home / f"{_GT}.zip"

    def run(content: bytes) -> None:
        path.write_bytes(content)
        _archive.cache_clear()
        tree = RawTree(folder, "icdar15")
        try:
            list(DATASET.index(tree, "train"))
        except UserError:
            return
        for file in tree.files:
            try:
                read_bytes(folder, file.uri)
            except ARCHIVE_ERRORS:
                continue

    return run


def _archive_of(read: str) -> Target:
    members = {"gt_img_1.txt": LINES["icdar15"][0], "gt_img_2.txt": LINES["icdar15"][1]}
    results = {"res_img_1.txt": _RESULT, "res_img_2.txt": b""}

    def opened(folder: Path) -> Run:
        path = folder / "x.zip"

        def run(content: bytes) -> None:
            path.write_bytes(content)
            for lenient in (None, Dropped()):
                try:
                    if read == "submission":
                        read_submission(path, {"img_1", "img_2"}, lenient)
                    else:
                        read_ground_truth(path)
                except UserError:
                    continue

        return run

    given = results if read == "submission" else members
    return Target(
        f"{read}_zip",
        opened,
        lambda: (packed(given), packed(given, zipfile.ZIP_DEFLATED)),
        _TOKENS,
    )


def _lines(folder: Path) -> Run:
    """The text inside a submission: every line is a detection, or counted as dropped."""
    path = folder / "x.zip"

    def run(content: bytes) -> None:
        path.write_bytes(packed({"res_img_1.txt": content}))
        dropped = Dropped()
        found = read_submission(path, {"img_1"}, dropped)
        lost = sum(dropped.counts.values())
        lines = sum(
            1 for line in content.removeprefix(b"\xef\xbb\xbf").split(b"\n") if line.strip()
        )
        whole = "img_1" not in found
        if not whole and len(found["img_1"].shapes) + lost < lines:
            raise LossError(f"{lines} lines, {len(found['img_1'].shapes)} shapes, {lost} dropped")

    return run


TARGETS = (
    Target(
        "raw_zip",
        _raw,
        lambda: (
            packed(
                {"gt_img_1.txt": LINES["icdar15"][0], "a/gt_img_2.txt": b"", "img_1.jpg": picture()}
            ),
            packed({"gt_img_1.txt": LINES["icdar15"][0] * 9}, zipfile.ZIP_DEFLATED),
        ),
        _TOKENS,
    ),
    _archive_of("submission"),
    _archive_of("ground_truth"),
    Target("submission_lines", _lines, lambda: (_RESULT, b"1,2,3,4,5\n")),
)
