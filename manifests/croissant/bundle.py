"""A dataset or a mix as a folder for others: ``croissant.json``, its tables and ``README.md``."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from manifests.cards import card_link, card_section, card_summary, card_title, read_card
from manifests.croissant.jsonld import document, identifier
from manifests.croissant.tables import IMAGE_NAMES, Counted, Takes, write_tables
from manifests.errors import UserError
from manifests.identity import combine
from manifests.mixes import Member, Mix
from manifests.publish import publishing, refuse_foreign, write_json
from manifests.reading import Manifest

FILE = "croissant.json"
NAMES = (FILE, "images.parquet", "regions.parquet", "README.md")
_TABLES = """\
`images.parquet` and `regions.parquet` are described by `croissant.json`. A polygon is JSON text, x
and y in turn, in half-open pixels of the picture as decoded, EXIF rotation applied. The pictures
are not here: `image_uri` names each below the folder of the original archives, `image_sha256` is
its digest."""


@dataclass(frozen=True)
class Subject:
    """What is described. ``members``: each manifest with the part of it that is taken, None: all of
    it; ``text``: what a person is told of it beside the datasets' cards."""

    name: str
    text: str
    members: tuple[tuple[Manifest, Member | None], ...]

    @property
    def fingerprint(self) -> str:
        """Changes when, and only when, a row or the choice of rows does."""
        parts = [f"{m.name}={m.fingerprint} {member or ''}" for m, member in self.members]
        return combine(parts)


def of_dataset(manifests: Sequence[Manifest]) -> Subject:
    """The splits of one dataset."""
    first = manifests[0]
    name = first.dataset if len(manifests) > 1 else f"{first.dataset}-{first.split}"
    return Subject(name, "", tuple((manifest, None) for manifest in manifests))


def of_mix(mix: Mix, manifests: Sequence[Manifest]) -> Subject:
    """The members of a mix that have a manifest. Raises UserError where none has."""
    known = {manifest.name: manifest for manifest in manifests}
    named = {f"{member.dataset}/{member.split}": member for member in mix.members}
    members = tuple((known[name], member) for name, member in named.items() if name in known)
    if not members:
        raise UserError(f"no manifest of the mix {mix.name}: {', '.join(named)}")
    absent = [name for name in named if name not in known]
    lacking = f" Absent here: {', '.join(absent)}." if absent else ""
    return Subject(f"mix-{mix.name}", f"{mix.description}{lacking}".strip(), members)


def write_bundle(subject: Subject, out: Path, cards: Path | None = None) -> Counted:
    """Write the folder, whole or not at all. Raises UserError."""
    ours = NAMES if (out / FILE).is_file() else None
    refuse_foreign(out, ours, [manifest.folder for manifest, _ in subject.members])
    for manifest, _ in subject.members:
        manifest.verify()
    known = {m.dataset: read_card(m, cards) for m, _ in subject.members}
    with publishing(out) as folder:
        counted = write_tables(_batches(subject), folder)
        about = _about(subject, known)
        write_json(folder / FILE, document(about, folder))
        (folder / "README.md").write_text(_readme(subject, known, counted), encoding="utf-8")
    return counted


def _batches(subject: Subject) -> Iterator[tuple[pa.Table, Takes]]:
    columns = (*IMAGE_NAMES, "regions")
    for manifest, member in subject.members:
        for batch in manifest.batches("images", columns):
            yield batch, _takes(member)


def _takes(member: Member | None) -> Takes:
    """Which images a member of a mix takes; all where there is none."""
    if member is None:
        return lambda row: True
    return lambda row: (
        member.takes(row["image_id"])
        and sum(region["care"] for region in row["regions"]) >= member.min_care
    )


def _about(subject: Subject, cards: dict[str, str]) -> dict[str, Any]:
    """The head of the JSON-LD; what several cards say stands one behind the other."""
    summaries = [f"{card_title(card)}: {card_summary(card)}" for card in cards.values()]
    return {
        "name": identifier(subject.name),
        "description": " ".join(filter(None, (subject.text, *summaries))),
        "license": _each(cards, lambda card: card_section(card, "Licence")),
        "citeAs": _each(cards, lambda card: card_section(card, "Citation").replace("*", "")),
        "url": next(filter(None, map(card_link, cards.values())), None),
        "version": f"1.0.0+{subject.fingerprint[:12]}",
    }


def _each(cards: dict[str, str], read: Callable[[str], str]) -> str:
    said = {dataset: read(card) for dataset, card in cards.items()}
    if len(said) == 1:
        return next(iter(said.values()))
    return " ".join(f"{dataset}: {text}" for dataset, text in said.items())


def _readme(subject: Subject, cards: dict[str, str], counted: Counted) -> str:
    """The card: what is in the folder, then the datasets' own cards."""
    rows = [_row(manifest, member) for manifest, member in subject.members]
    lines = [
        f"# `{subject.name}`",
        "",
        *([subject.text, ""] if subject.text else []),
        f"{counted.images:,} images, {counted.regions:,} regions, {counted.care:,} of them care "
        f"and {counted.regions - counted.care:,} don't-care. {_TABLES}",
        "",
        "| manifest | taken | images | care | don't-care | published images | published regions |",
        "| --- | --- | ---: | ---: | ---: | ---: | ---: |",
        *rows,
        "",
    ]
    return "\n".join([*lines, *(_shifted(card) for card in cards.values())])


def _row(manifest: Manifest, member: Member | None) -> str:
    ledger, published = manifest.info["ledger"], manifest.info.get("published") or {}
    told = [str(published.get(name, "")) for name in ("images", "regions")]
    kept = [ledger["images"]["kept"], ledger["regions"]["care"], ledger["regions"]["dont_care"]]
    return f"| {' | '.join([manifest.name, _taken(member), *map(str, kept), *told])} |"


def _taken(member: Member | None) -> str:
    rules = []
    if member and member.min_care:
        rules.append(f"images with {member.min_care} care regions or more")
    if member and member.portion != (0.0, 1.0):
        rules.append(f"portion {member.portion[0]:g} to {member.portion[1]:g}")
    return ", ".join(rules) or "all"


def _shifted(card: str) -> str:
    """A card as a part of a page: its headings one level lower."""
    return "".join(f"#{line}" if line.startswith("#") else line for line in card.splitlines(True))
