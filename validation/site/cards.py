"""A finding as a page shows it, and where."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from manifests.findings import LEAK_CODES, Code, Finding
from manifests.leaks import MIX_LEAKS
from manifests.pages.words import number, slug
from validation.site.ranked import Kind, Ranked
from validation.site.shots import Shot, shots
from validation.site.thumbs import Thumb

PER_PAGE = 24
MAY_LEAK = {*LEAK_CODES, MIX_LEAKS.code}


@dataclass(frozen=True)
class Card:
    """``page``: relative to the report's folder; ``anchor``: the place on it."""

    code: Code
    finding: Finding
    thumbs: tuple[Thumb, ...]
    page: str
    anchor: str

    @property
    def manifest(self) -> str:
        """``<dataset>/<split>``."""
        return f"{self.finding.dataset}/{self.finding.split}"

    @property
    def heading(self) -> str:
        """The region, else the image, else the split."""
        finding = self.finding
        return finding.region_id or finding.image_id or self.manifest

    @property
    def value(self) -> str:
        """With its unit."""
        return number(self.finding.value, self.code.unit)

    @property
    def threshold(self) -> str:
        """With its unit."""
        return number(self.finding.threshold, self.code.unit)

    def decisions(self, data: str) -> list[tuple[str, str]]:
        """What a person may decide about it: in words, and the command."""
        finding, start = self.finding, "python -m validation decide"
        end = f'--data {data} --because "..."'
        found = []
        if finding.image_id and finding.other_image_id and self.code.code in MAY_LEAK:
            pair = f"{finding.image_id} {finding.other_image_id}"
            found.append(("The pair is no leak", f"{start} not-a-leak {pair} {end}"))
        if finding.region_id:
            told = f"{start} ignore-region {finding.region_id} {end}"
            found.append(("Make the region don't-care", told))
        if finding.image_id:
            found.append(("Drop the image", f"{start} drop-image {finding.image_id} {end}"))
        if subject := finding.region_id or finding.image_id:
            told = f"{start} accept {self.code.code} {subject} {end}"
            found.append(("It is right as it is", told))
        return found

    @property
    def is_pair(self) -> bool:
        """Two pictures side by side."""
        return len(self.thumbs) == 2


def pages_of(kind: Kind) -> int:
    """How many pages the findings of one code take; at least one."""
    return max(1, -(-len(kind.shown) // PER_PAGE))


def page_of(code: str, page: int = 1) -> str:
    """Where a page of a code stands, relative to the report's folder; from 1."""
    return f"site/finding-{slug(code)}{f'.{page}' if page > 1 else ''}.html"


def make_cards(ranked: Ranked, thumbs: Mapping[Shot, Thumb]) -> dict[str, list[Card]]:
    """The cards of each code, worst first."""
    return {
        kind.code.code: [
            Card(
                kind.code,
                finding,
                tuple(thumbs[shot] for shot in shots(finding)),
                page_of(kind.code.code, place // PER_PAGE + 1),
                f"f{place + 1}",
            )
            for place, finding in enumerate(kind.shown)
        ]
        for kind in ranked.kinds
    }


def search_rows(cards: Mapping[str, list[Card]]) -> dict[str, Any]:
    """What the search page's script reads: names once, then an array for each card."""
    names = [name for name, mine in cards.items() if mine]
    manifests = sorted({card.manifest for mine in cards.values() for card in mine})
    rows = [
        _row(card, names.index(name), manifests.index(card.manifest))
        for name in names
        for card in cards[name]
    ]
    codes = [[name, cards[name][0].code.severity, page_of(name)] for name in names]
    return {"codes": codes, "manifests": manifests, "rows": rows}


def _row(card: Card, code: int, manifest: int) -> list[Any]:
    finding = card.finding
    thumb = next((t.file for t in card.thumbs if t.file), None)
    line = f":{finding.source_line}" if finding.source_line is not None else ""
    where = f"{finding.source_uri}{line}" if finding.source_uri else ""
    address = f"{card.page.removeprefix('site/')}#{card.anchor}"
    other = finding.other_image_id or ""
    words = (card.heading, other, where, finding.message, card.value)
    return [code, manifest, finding.severity, *words, address, thumb]
