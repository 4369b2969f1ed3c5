"""A dataset's card: a page for people, whose sections some programs read."""

import re
from pathlib import Path

from manifests.errors import UserError
from manifests.reading import Manifest

_SECTION = re.compile(r"^## (.+)\n((?:(?!## ).*\n?)*)", re.MULTILINE)
_LINK = re.compile(r"<(https?://[^>\s]+)>")


def read_card(manifest: Manifest, cards: Path | None = None) -> str:
    """The card of a manifest's dataset, in Markdown: the one that normalize put into
    ``manifest.json``, or ``<cards>/<dataset>/CARD.md``. Raises UserError where there is none."""
    if cards is None:
        card = own_card(manifest)
        if card is not None:
            return card
        raise UserError(
            f"{manifest.folder} was made without its dataset's card; normalize again, or give "
            "--cards pipelines/datasets"
        )
    path = cards / manifest.dataset / "CARD.md"
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{path} cannot be read ({error}); give --cards another folder") from error


def own_card(manifest: Manifest) -> str | None:
    """The card, in Markdown, that normalize put into ``manifest.json``; None where it did not."""
    card = manifest.info.get("card")
    return card if isinstance(card, str) else None


def card_title(card: str) -> str:
    """Its heading."""
    return card.partition("\n")[0].removeprefix("# ").replace("`", "")


def card_summary(card: str) -> str:
    """What stands between the heading and the first section, as one line."""
    head = _SECTION.split(card)[0].partition("\n")[2]
    return " ".join(head.split())


def card_section(card: str, name: str) -> str:
    """A section as one line; empty where there is none."""
    sections = dict(_SECTION.findall(card))
    return " ".join(sections.get(name, "").split())


def card_link(card: str) -> str | None:
    """Where to get the dataset: the first address that the card names."""
    found = _LINK.search(dict(_SECTION.findall(card)).get("Where to get it", ""))
    return found[1] if found else None
