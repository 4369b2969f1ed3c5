"""Findings: what is, or may be, wrong with an image or a region, as rows that lead to its source.

Whoever looks for faults (a check of ``validation``, the detector of ``model``) writes one *part*,
``DATA/findings/<producer>.parquet``: its findings, what its codes mean, and the fingerprints of the
manifests that it looked at. ``validation check`` joins the parts of the manifests as they are now
to ``DATA/report/findings.parquet``.
"""

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from manifests.errors import UserError
from manifests.identity import is_name
from manifests.schema import described
from manifests.sealing import KEY, UNSEALED, require_whole_file, seal_file

FINDINGS_VERSION = "1"
PARTS = "findings"
REPORT = "report"
TABLE = "findings.parquet"
ROWS_PER_GROUP = 10_000

Severity = Literal["error", "warning", "note"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")
"""error stops ``make data``; warning wants a look; note is a fact worth knowing."""

LEAK_CODES = ("leak_exact", "leak_near")
"""Codes of pairs of one picture in two splits or datasets; ``manifests.judging`` makes errors of
those by which a mix leaks."""

FINDINGS = pa.schema(
    [
        described("code", pa.string(), "what is wrong, in snake case"),
        described("severity", pa.string(), "error, warning or note"),
        described("dataset", pa.string(), "dataset id"),
        described("split", pa.string(), "train, val or test"),
        described("image_id", pa.string(), "the image; null: the split as a whole", True),
        described("other_image_id", pa.string(), "the other image of a pair", True),
        described("region_id", pa.string(), "the region; null: the image as a whole", True),
        described("other_region_id", pa.string(), "the other region of a pair", True),
        described("source_uri", pa.string(), "file to look into, relative to the raw root", True),
        described("source_line", pa.int32(), "line of source_uri, from 1", True),
        described(
            "value", pa.float64(), "what was measured; the greater the distance to the", True
        ),
        described("threshold", pa.float64(), "threshold, the worse", True),
        described("message", pa.string(), "in words, with units"),
        described(
            "polygon",
            pa.list_(pa.field("item", pa.float32(), False)),
            "where to look if that is no region: x, y in turn, half-open pixels of the original",
            True,
        ),
    ],
    metadata={"findings_version": FINDINGS_VERSION},
)


@dataclass(frozen=True, slots=True)
class Code:
    """A kind of finding. ``threshold`` and ``unit`` are documented where there is one."""

    code: str
    severity: Severity
    meaning: str
    """One sentence: what is wrong, for a person who sees it the first time."""
    advice: str
    """One sentence: what to do about it."""
    threshold: float | None = None
    unit: str = ""

    def finding(self, dataset: str, split: str, message: str, **where: Any) -> "Finding":
        """A finding of this code; ``where``: the other fields of ``Finding``."""
        where.setdefault("threshold", self.threshold)
        return Finding(self.code, self.severity, dataset, split, message=message, **where)


@dataclass(frozen=True, slots=True)
class Finding:
    """One row of ``FINDINGS``, whose fields say what each is."""

    code: str
    severity: Severity
    dataset: str
    split: str
    image_id: str | None = None
    other_image_id: str | None = None
    region_id: str | None = None
    other_region_id: str | None = None
    source_uri: str | None = None
    source_line: int | None = None
    value: float | None = None
    threshold: float | None = None
    message: str = ""
    polygon: tuple[float, ...] | None = None

    def row(self) -> dict[str, Any]:
        """As a row of ``FINDINGS``."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True)
class Part:
    """A producer's findings: ``table`` of ``FINDINGS``, its codes, and ``<dataset>/<split>`` ->
    fingerprint of the manifests that it looked at."""

    producer: str
    table: pa.Table
    codes: tuple[Code, ...]
    fingerprints: dict[str, str]


def findings_table(findings: Iterable[Finding]) -> pa.Table:
    """Findings as a table of ``FINDINGS``."""
    return pa.Table.from_pylist([finding.row() for finding in findings], FINDINGS)


def excess(table: pa.Table) -> pa.ChunkedArray:
    """(N,) float64, how bad each row of ``FINDINGS`` is among those of its code: the distance of
    its value from its threshold, or from 0 where there is none; null where there is no value."""
    return pc.abs(pc.subtract(table["value"], pc.fill_null(table["threshold"], 0.0)))


def write_part(data: Path, part: Part) -> Path:
    """Write a producer's part, whole or not at all. Raises ValueError for a code not described."""
    if not is_name(part.producer):
        raise ValueError(f"{part.producer!r} cannot be the name of a producer")
    unknown = set(part.table["code"].unique().to_pylist()) - {c.code for c in part.codes}
    if unknown:
        raise ValueError(f"codes that nobody describes: {', '.join(sorted(unknown))}")
    return write_findings(
        data / PARTS / f"{part.producer}.parquet", part.table, part.codes, part.fingerprints
    )


def write_findings(
    path: Path, table: pa.Table, codes: Sequence[Code], fingerprints: Mapping[str, str]
) -> Path:
    """Write findings with what their codes mean in the file's metadata."""
    about = {
        "findings_version": FINDINGS_VERSION,
        "codes": json.dumps([asdict(code) for code in codes]),
        "fingerprints": json.dumps(dict(sorted(fingerprints.items()))),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        rows = table.cast(FINDINGS).replace_schema_metadata(about)
        with pq.ParquetWriter(scratch, rows.schema, compression="zstd") as writer:
            writer.write_table(rows, row_group_size=ROWS_PER_GROUP)
            writer.add_key_value_metadata({KEY: UNSEALED})
        seal_file(scratch)
        scratch.replace(path)
    finally:
        scratch.unlink(missing_ok=True)
    return path


def find_parts(data: Path) -> list[Part]:
    """Every part below DATA, by producer. Raises UserError for a file that is none."""
    return [read_findings(path) for path in sorted((data / PARTS).glob("[!.]*.parquet"))]


@dataclass(frozen=True)
class About:
    """What a file of findings says of itself: its codes, and ``<dataset>/<split>`` -> fingerprint
    of the manifests that were looked at."""

    codes: tuple[Code, ...]
    fingerprints: dict[str, str]


def open_findings(path: Path) -> About:
    """Look at a file of findings without reading its rows. Raises UserError."""
    try:
        require_whole_file(path)
        schema = pq.read_schema(path)
        about = _about(schema)
        if not schema.equals(FINDINGS, check_metadata=False):
            raise ValueError("its columns are others")
        return about
    except _DAMAGED as error:
        raise _no_findings(path, error) from error


def read_findings(path: Path, only: Sequence[str] | None = None) -> Part:
    """Read a part, or the joined findings; ``only``: of these codes alone. Raises
    UserError."""
    try:
        require_whole_file(path)
        with pq.ParquetFile(path) as file:  # pq.read_table would import pandas
            table = file.read()
        if only is not None:
            table = table.filter(pc.is_in(table["code"], pa.array(list(only), pa.string())))
        about = _about(table.schema)
        table = table.cast(FINDINGS)
        _check_rows(table, about)
        return Part(path.stem, table, about.codes, about.fingerprints)
    except _DAMAGED as error:
        raise _no_findings(path, error) from error


_DAMAGED = (OSError, pa.ArrowException, KeyError, ValueError, TypeError)


def _about(schema: pa.Schema) -> About:
    about = {k.decode(): v.decode() for k, v in (schema.metadata or {}).items()}
    if about["findings_version"] != FINDINGS_VERSION:
        raise ValueError(f"of version {about['findings_version']}")
    codes = tuple(_code(entry) for entry in json.loads(about["codes"]))
    fingerprints = json.loads(about["fingerprints"])
    if not isinstance(fingerprints, dict) or not _all_texts(*fingerprints.values()):
        raise ValueError("its fingerprints are none")
    return About(codes, fingerprints)


def _code(entry: Mapping[str, Any]) -> Code:
    code = Code(**entry)
    words = _all_texts(code.code, code.meaning, code.advice, code.unit)
    number = code.threshold is None or type(code.threshold) in (int, float)
    if not words or not number or code.severity not in SEVERITIES:
        raise ValueError(f"it describes a code as {entry!s:.200}")
    return code


def _all_texts(*values: Any) -> bool:
    return all(isinstance(value, str) for value in values)


def _check_rows(table: pa.Table, about: About) -> None:
    """Raise ValueError for a row that no reader could count or explain."""
    known = {"code": [code.code for code in about.codes], "severity": SEVERITIES}
    for name, values in known.items():
        odd = set(table[name].unique().to_pylist()) - set(values)
        if odd:
            raise ValueError(f"{name} {min(odd)!r} is not known")


def _no_findings(path: Path, error: Exception) -> UserError:
    return UserError(f"{path} holds no findings ({error}); remove it, and make it again")
