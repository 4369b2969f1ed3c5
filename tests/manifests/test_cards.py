"""What programs read of a card."""

from pathlib import Path

import pytest

from manifests.cards import card_link, card_section, card_summary, card_title, read_card
from manifests.errors import UserError
from manifests.reading import open_manifest
from tests.builders import make_image, publish_manifest
from tests.manifests.corpus import CARD

ROOT = Path(__file__).resolve().parents[2]
CARDS = sorted((ROOT / "pipelines" / "datasets").glob("*/CARD.md"))


def test_the_parts_of_a_card() -> None:
    card = CARD.format(name="alpha")
    assert card_title(card) == "Set of tests (alpha)"
    assert card_summary(card) == "Squares, and what is written on them."
    assert card_section(card, "Licence") == "Free for all."
    assert card_section(card, "Nothing") == ""
    assert card_link(card) == "https://example.org/alpha"
    assert card_link("# Nothing\n") is None


@pytest.mark.parametrize("path", CARDS, ids=lambda path: path.parent.name)
def test_every_card_of_the_project_has_what_is_read(path: Path) -> None:
    card = path.read_text()
    assert card_title(card) and card_summary(card) and card_link(card)
    assert card_section(card, "Licence") and card_section(card, "Citation")


def test_a_card_comes_from_the_manifest_or_from_a_folder(corpus: Path, tmp_path: Path) -> None:
    assert read_card(open_manifest(corpus, "alpha", "train")) == CARD.format(name="alpha")
    publish_manifest(tmp_path, [make_image("alpha", "train", 0)])
    bare = open_manifest(tmp_path, "alpha", "train")
    with pytest.raises(UserError, match="--cards pipelines/datasets"):
        read_card(bare)
    with pytest.raises(UserError, match="give --cards another folder"):
        read_card(bare, tmp_path)
    (tmp_path / "alpha").mkdir()
    (tmp_path / "alpha" / "CARD.md").write_text("# Mine\n")
    assert read_card(bare, tmp_path) == "# Mine\n"
