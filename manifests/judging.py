"""Findings that a person has looked at: they stay, as notes, with who judged them and why."""

from collections.abc import Iterable, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from manifests.decisions import Decision, Verdict
from manifests.evidence import look_up, unfit
from manifests.findings import FINDINGS, LEAK_CODES
from manifests.reading import Manifest

_WHERE = ("code", "image_id", "other_image_id", "region_id", "other_region_id")


def judge(
    table: pa.Table, manifests: Sequence[Manifest], decisions: Iterable[Decision]
) -> pa.Table:
    """A table of ``FINDINGS`` in which accepted findings, and pairs that are no leaks, are notes.

    ``accept`` of an image is about findings on the image as a whole, alone or in a pair;
    ``accept`` of a region, about those on the region. Decisions that do not fit the manifests any
    more change nothing.
    """
    judged = _by_key(_fitting(decisions, manifests))
    codes = sorted({code for code, *_ in judged})
    near = pc.is_in(table["code"], pa.array(codes, pa.string())).to_pylist()
    if not any(near):
        return table
    severity, message = table["severity"].to_pylist(), table["message"].to_pylist()
    for row, values in enumerate(zip(*(table[name].to_pylist() for name in _WHERE), strict=True)):
        decision = next((judged[k] for k in _keys(*values) if k in judged), None)
        if near[row] and decision is not None:
            severity[row] = "note"
            message[row] += f" [{decision.verdict}: {decision.reason}]"
    columns = {name: table[name] for name in FINDINGS.names}
    columns |= {"severity": pa.array(severity), "message": pa.array(message)}
    return pa.table(columns, schema=FINDINGS).replace_schema_metadata(table.schema.metadata)


def _fitting(decisions: Iterable[Decision], manifests: Sequence[Manifest]) -> list[Decision]:
    wanted = [d for d in decisions if d.verdict in (Verdict.ACCEPT, Verdict.NOT_A_LEAK)]
    digests = look_up(manifests, [name for decision in wanted for name in decision.ids])
    return [decision for decision in wanted if unfit(decision, digests) is None]


def _by_key(decisions: Iterable[Decision]) -> dict[tuple[str, ...], Decision]:
    """What a finding must be for a decision to be about it."""
    found: dict[tuple[str, ...], Decision] = {}
    for decision in decisions:
        codes = [decision.code] if decision.code else LEAK_CODES
        found |= {(code, *sorted(decision.ids)): decision for code in codes}
    return found


def _keys(code: str, *ids: Any) -> Iterable[tuple[str, ...]]:
    """What a finding is: of an image, a pair of images, or regions."""
    image, other, *regions = ids
    for region in filter(None, regions):
        yield (code, region)
    if not any(regions):
        images = [name for name in (image, other) if name]
        yield (code, *sorted(images))
        yield from ((code, name) for name in images)
