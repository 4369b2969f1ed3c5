"""Whether two evaluations are of the same data, and where not, what differs."""

from collections.abc import Sequence
from typing import Any

from manifests.errors import UserError
from model.explain.folder import StoredEvaluation

_COMPARED = ("care", "text", "polygon")


def require_same_data(a: StoredEvaluation, b: StoredEvaluation) -> None:
    """Raise UserError, in words, where the two are not of the same images and regions: figures of
    different data differ for that reason alone."""
    if a.info["data_fingerprint"] == b.info["data_fingerprint"]:
        return
    raise UserError(
        f"{a.folder} and {b.folder} are of different data and cannot be compared: "
        f"{_what(a, b)}. Evaluate both on the same mix and the same manifests"
    )


def _what(a: StoredEvaluation, b: StoredEvaluation) -> str:
    return _images(a, b) or _pictures(a, b) or _regions(a, b) or "their fingerprints differ"


def _images(a: StoredEvaluation, b: StoredEvaluation) -> str:
    first, second = (set(_column(one, "images", "image_id")) for one in (a, b))
    parts = [
        f"{len(names)} of the images are in {where} alone, such as {min(names)}"
        for names, where in ((first - second, a.folder), (second - first, b.folder))
        if names
    ]
    return "; ".join(parts)


def _pictures(a: StoredEvaluation, b: StoredEvaluation) -> str:
    first, second = (
        dict(
            zip(*(_column(one, "images", key) for key in ("image_id", "image_sha256")), strict=True)
        )
        for one in (a, b)
    )
    other = [name for name in first if first[name] != second[name]]
    return f"{len(other)} pictures are other files, such as {other[0]}" if other else ""


def _regions(a: StoredEvaluation, b: StoredEvaluation) -> str:
    first, second = (_by_region(one) for one in (a, b))
    alone = sorted(set(first) ^ set(second))
    if alone:
        return f"{len(alone)} ground truths are in one of them alone, such as {alone[0]}"
    for at, what in enumerate(_COMPARED):
        other = [name for name in first if first[name][at] != second[name][at]]
        if other:
            return f"{len(other)} ground truths have another {what}, such as {other[0]}"
    return ""


def _by_region(one: StoredEvaluation) -> dict[str, tuple[Any, ...]]:
    rows = zip(*(_column(one, "truths", key) for key in ("region_id", *_COMPARED)), strict=True)
    return {row[0]: row[1:] for row in rows}


def _column(one: StoredEvaluation, table: str, name: str) -> Sequence[Any]:
    return list(one.tables[table][name].to_pylist())
