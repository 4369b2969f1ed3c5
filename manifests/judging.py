"""Findings that a person has looked at: they stay, as notes, with who judged them and why."""

from collections.abc import Iterable, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from manifests.decisions import Decision, Verdict
from manifests.evidence import look_up, unfit
from manifests.findings import FINDINGS, LEAK_CODES, findings_table
from manifests.leak_check import mix_findings
from manifests.mixes import Mix
from manifests.reading import Manifest

_WHERE = ("code", "image_id", "other_image_id", "region_id", "other_region_id")


def settle(
    table: pa.Table,
    manifests: Sequence[Manifest],
    mixes: Sequence[Mix],
    decisions: Sequence[Decision],
) -> pa.Table:
    """All findings about these manifests after what persons decided: ``judge``, and an error
    ``mix_leaks`` for each pair by which a mix leaks. The pair itself is an error then, too, and a
    warning otherwise."""
    leaks = mix_findings(mixes, table, manifests, decisions)
    leaking = {frozenset((leak.image_id, leak.other_image_id)) for leak in leaks}
    severity = table["severity"].to_pylist()
    columns = (table[name].to_pylist() for name in ("code", "image_id", "other_image_id"))
    for row, (code, *pair) in enumerate(zip(*columns, strict=True)):
        if code in LEAK_CODES:
            severity[row] = "error" if frozenset(pair) in leaking else "warning"
    judged = judge(_with(table, severity=severity), manifests, decisions)
    more = findings_table(leaks).replace_schema_metadata(table.schema.metadata)
    return pa.concat_tables([judged, more])


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
    return _with(table, severity=severity, message=message)


def _with(table: pa.Table, **columns: list[str]) -> pa.Table:
    """The table with other values in some columns."""
    values = {name: table[name] for name in FINDINGS.names}
    values |= {name: pa.array(column, pa.string()) for name, column in columns.items()}
    return pa.table(values, schema=FINDINGS).replace_schema_metadata(table.schema.metadata)


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
