"""The transcription of a region by itself: missing, blank, damaged, or of two scripts in a word."""

import re
import unicodedata
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from manifests.findings import Code, Finding
from manifests.reading import Manifest
from validation.regions import Regions, region_batches

if TYPE_CHECKING:
    from validation.corpus import Corpus

TEXT_MISSING = Code(
    "text_missing",
    "warning",
    "The region is legible and has no transcription, where its split transcribes others.",
    "Read it, or make it don't-care; detection does not need the text, recognition does.",
)

TEXT_BLANK = Code(
    "text_blank",
    "warning",
    "The region is legible and its transcription holds nothing that can be seen.",
    "Read it, or make it don't-care.",
)

ILLEGIBLE_WITH_TEXT = Code(
    "illegible_with_text",
    "note",
    "The region is don't-care and has a transcription: somebody could read it.",
    "Nothing, or mark it as legible; it is neither learnt nor asked for.",
)

REPLACEMENT_CHARACTER = Code(
    "replacement_character",
    "warning",
    "The transcription holds U+FFFD, which stands where bytes could not be decoded.",
    "Find out the encoding of the source's file and decode it again.",
    threshold=0,
    unit="characters",
)

CONTROL_CHARACTER = Code(
    "control_character",
    "warning",
    "The transcription holds characters that cannot be seen: control, format or unassigned ones.",
    "Remove them; a zero-width space or a byte-order mark makes two equal words differ.",
    threshold=0,
    unit="characters",
)

CHARACTER_REFERENCE = Code(
    "character_reference",
    "warning",
    "The transcription holds a character as markup writes it, such as &#163; or &amp;.",
    "Decode it once more where the source is read.",
    threshold=0,
    unit="references",
)

OUTER_SPACE = Code(
    "outer_space",
    "note",
    "The transcription begins or ends with white space.",
    "Compare texts without outer white space.",
    threshold=0,
    unit="characters",
)

MIXED_SCRIPTS = Code(
    "mixed_scripts",
    "warning",
    "A word of Latin letters holds Cyrillic or Greek ones that look like Latin.",
    "Type the word again: a keyboard or a reader of characters mixed them up.",
    threshold=0,
    unit="letters",
)

CODES = (
    TEXT_MISSING,
    TEXT_BLANK,
    ILLEGIBLE_WITH_TEXT,
    REPLACEMENT_CHARACTER,
    CONTROL_CHARACTER,
    CHARACTER_REFERENCE,
    OUTER_SPACE,
    MIXED_SCRIPTS,
)

MARK = "###"
"""A don't-care region's mark is no transcription."""

LOOK_ALIKES = frozenset(
    "АВЕЅІЈКМНОРСТУХЗаеѕіјорсухԛԝһԁ"  # Cyrillic
    "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧοικνυρ"  # Greek
)
"""Cyrillic and Greek letters whose common form is that of a Latin letter. Others beside Latin, as
in ``β-carotene``, are meant so."""

_JOINERS = "\u200c\u200d"
"""Part of the spelling of Arabic and Indic words, and of emoji."""
_NOT_PLAIN = r"[^!-%'-~]"
"""All but printable ASCII without space and ampersand: what single texts are looked at for."""
_REFERENCE = re.compile(r"&(?:#\d+|#[xX][0-9a-fA-F]+|[a-zA-Z]{2,8});")


def find(corpus: "Corpus") -> Iterator[Finding]:
    """All findings about transcriptions."""
    for manifest in corpus.manifests:
        transcribed = is_transcribed(manifest)
        for regions in region_batches(manifest):
            yield from find_in(regions, transcribed)


def is_transcribed(manifest: Manifest) -> bool:
    """Whether any care region of the manifest has a text."""
    columns = [f"regions.list.element.{name}" for name in ("care", "text")]
    return any(
        pc.any(pc.is_valid(texts)).as_py()
        for table in manifest.batches("images", columns)
        for texts in [_care_texts(pc.list_flatten(table["regions"].combine_chunks()))]
    )


def find_in(regions: Regions, transcribed: bool) -> Iterator[Finding]:
    """The findings of some regions. ``transcribed``: whether their split gives texts at all."""
    texts = regions.column("text")
    missing = texts.is_null().to_numpy(zero_copy_only=False) & regions.care & transcribed
    for i in np.flatnonzero(missing):
        yield regions.finding(TEXT_MISSING, i, "no transcription")
    told = pc.fill_null(pc.not_equal(texts, MARK), False).to_numpy(zero_copy_only=False)
    for i in np.flatnonzero(~regions.care & told):
        if not is_blank(text := texts[i].as_py()):
            yield regions.finding(ILLEGIBLE_WITH_TEXT, i, f"don't-care, and reads {text!r}")
    odd = pc.fill_null(pc.match_substring_regex(texts, _NOT_PLAIN), False)
    empty = pc.fill_null(pc.equal(texts, ""), False)
    for i in np.flatnonzero(pc.or_(odd, empty).to_numpy(zero_copy_only=False)):
        yield from _characters(regions, i, texts[i].as_py())


def is_blank(text: str) -> bool:
    """Whether nothing of a text can be seen."""
    return all(c.isspace() or _unseen(c) for c in text)


def control_characters(text: str) -> list[str]:
    """Its characters that are no signs: control, format but for joiners, surrogate, private use,
    unassigned."""
    return [c for c in text if _unseen(c) and c not in _JOINERS]


def look_alikes(text: str) -> list[str]:
    """The letters of its words that stand among Latin ones and only look Latin."""
    return [
        letter
        for word in text.split()
        if any(_is_latin(c) for c in word)
        for letter in word
        if letter in LOOK_ALIKES
    ]


def outer_space(text: str) -> int:
    """White space at its two ends."""
    return len(text) - len(text.strip())


def _characters(regions: Regions, index: int, text: str) -> Iterator[Finding]:
    if is_blank(text):
        if regions.care[index]:
            yield regions.finding(TEXT_BLANK, index, f"the transcription is {text!r}")
        return
    looks: tuple[tuple[Code, Callable[[str], list[str]]], ...] = (
        (REPLACEMENT_CHARACTER, lambda text: [c for c in text if c == "\ufffd"]),
        (CONTROL_CHARACTER, control_characters),
        (MIXED_SCRIPTS, look_alikes),
    )
    for code, look in looks:
        if found := look(text):
            names = ", ".join(sorted({f"U+{ord(c):04X} {_named(c)}" for c in found}))
            message = f"{text!r} holds {names}"
            yield regions.finding(code, index, message, value=float(len(found)))
    if references := _REFERENCE.findall(text):
        message = f"{text!r} holds {', '.join(sorted(set(references)))}"
        yield regions.finding(CHARACTER_REFERENCE, index, message, value=float(len(references)))
    if count := outer_space(text):
        message = f"{text!r} begins or ends with white space"
        yield regions.finding(OUTER_SPACE, index, message, value=float(count))


def _unseen(character: str) -> bool:
    """Category C: control, format, surrogate, private use, unassigned; but a tab or a line's end in
    the middle of a text is one, too."""
    return unicodedata.category(character).startswith("C")


def _is_latin(character: str) -> bool:
    return character.isalpha() and unicodedata.name(character, "").startswith("LATIN ")


def _named(character: str) -> str:
    return unicodedata.name(character, "without a name").lower()


def _care_texts(rows: pa.StructArray) -> pa.Array:
    return pc.struct_field(rows, "text").filter(pc.struct_field(rows, "care"))
