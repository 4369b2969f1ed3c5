"""Opening an evaluation: only one that is whole, unedited, and whose figures are its tables'."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from manifests.errors import UserError
from manifests.identity import sha256_file
from manifests.sealing import KEY, is_whole
from model.explain.bootstrap import FIGURES, SUMS, figures_of, sums_of
from model.explain.form import check_form
from model.explain.place import EVALUATION
from model.explain.tables import FILES, SCHEMAS, TABLES_VERSION
from model.files import read_object
from model.protocols import PROTOCOLS

_ADVICE = "run `python -m model evaluate` again, with a new --out"
_NEAR = 1e-9


def read_info(folder: Path) -> dict[str, Any]:
    """What ``evaluation.json`` says. Raises UserError where there is none, or it is of another form
    than this program writes."""
    path = folder / EVALUATION
    if not path.is_file():
        raise UserError(
            f"{folder} holds no whole evaluation (no {EVALUATION}); give the folder that "
            "`python -m model evaluate` named at its end, or evaluate again"
        )
    try:
        info = read_object(path)
        check_form(info)
        if is_whole(path) is None:
            raise ValueError(f"its digest, {KEY}, was taken out")
    except (OSError, ValueError) as error:
        raise UserError(f"{path} cannot be used ({error}); {_ADVICE}") from error
    return info


def open_info(folder: Path) -> dict[str, Any]:
    """The same, where the tables beside it are those it was written with and give its figures.
    Raises UserError where not."""
    info = read_info(folder)
    for table, name in FILES.items():
        _check_table(folder / name, table, info["files"][name])
    columns = [f"{p}_{name}" for p in PROTOCOLS for name in SUMS]
    try:
        check_figures(info, pq.read_table(folder / FILES["images"], columns=columns))
    except (OSError, ValueError, pa.ArrowException) as error:
        raise UserError(f"{folder / EVALUATION} cannot be used ({error}); {_ADVICE}") from error
    return info


def check_figures(info: Mapping[str, Any], images: pa.Table) -> None:
    """Raise ValueError where a figure or count is not what the images' credits and counts give."""
    _compare("images", info["images"], images.num_rows)
    for protocol in PROTOCOLS:
        sums = sums_of(images, protocol).sum(axis=0)
        counts = dict(zip(SUMS, sums.tolist(), strict=True))
        found = dict(zip(FIGURES, figures_of(sums).tolist(), strict=True))
        found |= {"ground_truths": counts["truths"], "detections": counts["detections"]}
        for name, value in found.items():
            _compare(f"protocols.{protocol}.{name}", info["protocols"][protocol][name], value)


def _compare(name: str, told: float, found: float) -> None:
    if not abs(told - found) <= _NEAR:  # so that NaN differs
        raise ValueError(f"{name} is {told} there, and {found:.12g} by {FILES['images']}")


def _check_table(path: Path, table: str, digest: str) -> None:
    if not path.is_file() or sha256_file(path) != digest:
        raise UserError(
            f"{path} is missing or not the one that {EVALUATION} was written with; {_ADVICE}"
        )
    try:
        schema = pq.read_schema(path)
    except (OSError, pa.ArrowException) as error:
        raise UserError(f"{path} cannot be read ({error}); {_ADVICE}") from error
    if not schema.equals(SCHEMAS[table], check_metadata=False):
        raise UserError(f"{path} is not the table {table} of version {TABLES_VERSION}; {_ADVICE}")
