"""The ledgers of manifests as a person reads them: a table, and how to see what was refused."""

import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from manifests.pages.words import plural
from manifests.reading import Manifest
from manifests.vocabulary import REASON_MEANING, Reason


def describe(manifests: list[Manifest]) -> str:
    """A table of the ledgers, a line a split, why something was refused, and how all of it is
    listed."""
    head = ("seen", "refused", "seen", "care", "ignored", "refused", "refused")
    wide = max(20, *(len(manifest.name) + 1 for manifest in manifests))
    lines = [
        f"{'':<{wide}}{'images':>10}{'':>10}{'regions':>10}{'':>30}{'files':>10}",
        f"{'split':<{wide}}" + "".join(f"{name:>10}" for name in head),
    ]
    why: list[str] = []
    for manifest in manifests:
        ledger = manifest.info["ledger"]
        counts = [ledger["images"][key] for key in ("seen", "quarantined")]
        counts += [ledger["regions"][key] for key in ("seen", "care", "dont_care", "quarantined")]
        counts.append(ledger["files"]["quarantined"])
        lines.append(f"{manifest.name:<{wide}}" + "".join(f"{count:>10,}" for count in counts))
        why.extend(f"{manifest.name}: {line}" for line in _why_refused(ledger))
    return "\n".join([*lines, *why, *_where_refused(manifests)])


def nothing_kept(manifests: Sequence[Manifest]) -> Iterator[str]:
    """A line for each split of which every image was refused, or none could even be listed."""
    for manifest in manifests:
        images = manifest.info["ledger"]["images"]
        if not images["kept"]:
            none = f"none of {plural(images['seen'], 'image')}" if images["seen"] else "no image"
            yield (
                f"{manifest.name}: {none} was kept, so there is nothing to train or score on; put "
                "right what the reasons above name, and run this again"
            )


def _why_refused(ledger: dict[str, Any]) -> Iterator[str]:
    """A line for each kind and reason; regions that went with their image are told by it."""
    for kind in ("image", "region", "file"):
        for reason, count in ledger[f"{kind}s"]["quarantined_by_reason"].items():
            if (kind, reason) != ("region", Reason.IMAGE_REFUSED):
                yield f"{plural(count, kind)} refused, {reason}: {REASON_MEANING[Reason(reason)]}"


def _where_refused(manifests: Sequence[Manifest]) -> Iterator[str]:
    """How to see what stands in quarantine, where there is something."""
    refused = [
        manifest
        for manifest in manifests
        if any(kind["quarantined"] for kind in manifest.info["ledger"].values())
    ]
    if not refused:
        return
    query = "SELECT dataset, split, kind, reason, source_uri, source_line, detail FROM quarantine"
    folder = str(_short(refused[0].folder))
    if len(refused) == 1:
        query += f" WHERE dataset = '{refused[0].dataset}' AND split = '{refused[0].split}'"
    else:
        folder += f", and so on for {len(refused) - 1} more"
    query += f" ORDER BY reason = '{Reason.IMAGE_REFUSED}'"  # what has a reason of its own first
    data = shlex.quote(str(_short(refused[0].folder.parents[2])))
    yield f'all that was refused: python -m manifests query --data {data} "{query}"'
    yield f"  (quarantine*.parquet in {folder})"


def _short(path: Path) -> Path:
    """A path as it is typed from here."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path
