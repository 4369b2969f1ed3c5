"""The transcription of a region against its shape: too long or too short for it, or several words.

A character's *advance* is the length of the region along the text for each character, in units of
its length across: about 0.6 for Latin capitals in a tight box, 1 for Chinese ones.
"""

import html
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from manifests.findings import Code, Finding
from manifests.reading import Manifest
from manifests.vocabulary import Granularity
from validation.outlines import extents
from validation.ranges import Ints
from validation.regions import Bools, Floats, Regions, region_batches

if TYPE_CHECKING:
    from validation.corpus import Corpus

TEXT_TOO_LONG = Code(
    "text_too_long",
    "warning",
    "The transcription has more characters than the region has room for.",
    "Look whether the region is too small, or the text is that of another region or a whole line.",
    threshold=0.1,
    unit="advance of a character, in heights",
)

TEXT_TOO_SHORT = Code(
    "text_too_short",
    "warning",
    "The region is far longer than its transcription.",
    "Look whether the text is cut off, or the region encloses more than the word.",
    threshold=4.0,
    unit="advance of a character, in heights",
)

TEXT_TOO_SMALL = Code(
    "text_too_small",
    "warning",
    "The region has so few pixels for each character that nobody can have read them there.",
    "Look whether the region is too small; a text guessed from what is around is don't-care.",
    threshold=2.0,
    unit="px along the text for each character",
)
"""Three strokes with gaps need five pixels, in a blur perhaps three. The smallest text of ICDAR
2011, made of screen fonts, has 2.5."""

WORD_WITH_SPACES = Code(
    "word_with_spaces",
    "note",
    "The region is said to be a word, and its transcription has white space inside.",
    "Divide it into words, or call it a line; a detector that keeps words apart will find several.",
    threshold=0,
    unit="gaps",
)

MIXED_GRANULARITY = Code(
    "mixed_granularity",
    "warning",
    "The regions that a split calls words are often lines of several words.",
    "Say `line` where lines are meant: a detector cannot learn both, and scores of the two differ.",
    threshold=0.05,
    unit="share of the transcribed words",
)

CODES = (TEXT_TOO_LONG, TEXT_TOO_SHORT, TEXT_TOO_SMALL, WORD_WITH_SPACES, MIXED_GRANULARITY)

SLIM = frozenset("Iil1|!.,:;'`´·•°\"()[]{}/\\jtfrJ-–—―_~=+<>«»…*^¨¯¬¦’‘“”")
"""Characters whose form is much longer one way than the other, or much smaller than a letter: a
region of nothing else may have any shape."""


def find(corpus: "Corpus") -> Iterator[Finding]:
    """All findings about readings."""
    for manifest in corpus.manifests:
        yield from find_in_split(manifest)


def find_in_split(manifest: Manifest) -> Iterator[Finding]:
    """The findings of a manifest: those of its regions, and of the split as a whole."""
    words = gaps = 0
    for regions in region_batches(manifest):
        read = readings(regions)
        yield from find_in(regions, read)
        words += int(read.word.sum())
        gaps += int((read.word & (read.gaps > 0)).sum())
    if words and gaps / words > (MIXED_GRANULARITY.threshold or 0):
        message = f"{gaps} of {words} transcribed words ({gaps / words:.1%}) have spaces inside"
        yield MIXED_GRANULARITY.finding(
            manifest.dataset, manifest.split, message, value=gaps / words
        )


@dataclass(frozen=True)
class Readings:
    """Of N regions; those that are don't-care or have no text have no characters."""

    characters: Ints
    """(N,) signs of the text: neither spaces nor marks that stand on others."""
    gaps: Ints
    """(N,) runs of white space inside."""
    slim: Bools
    """(N,) whether all signs are ``SLIM``."""
    word: Bools
    """(N,) whether it is a transcribed care region that is called a word."""


def readings(regions: Regions) -> Readings:
    """What there is to read."""
    texts = regions.column("text").to_pylist()
    names = regions.column("granularity").to_pylist()
    cared = [text if care and text else "" for text, care in zip(texts, regions.care, strict=True)]
    signs = [_signs(text) for text in cared]
    word = [bool(s) and name == Granularity.WORD for s, name in zip(signs, names, strict=True)]
    return Readings(
        np.array([len(s) for s in signs], dtype=np.int64),
        np.array([max(len(text.split()) - 1, 0) for text in cared], dtype=np.int64),
        np.array([SLIM.issuperset(s) for s in signs], dtype=np.bool_),
        np.array(word, dtype=np.bool_),
    )


def find_in(regions: Regions, read: Readings) -> Iterator[Finding]:
    """The findings of some regions."""
    texts, sizes = regions.column("text"), extents(regions)
    long_, short = judged(sizes, read)
    looks = (
        (TEXT_TOO_LONG, long_),
        (TEXT_TOO_SHORT, short),
        (TEXT_TOO_SMALL, crowded(sizes, read)),
    )
    for code, values in looks:
        for i in np.flatnonzero(np.isfinite(values)):
            message = (
                f"{texts[i].as_py()!r}, {read.characters[i]} characters, in a region of "
                f"{sizes[i, 0]:.1f}x{sizes[i, 1]:.1f} px"
            )
            yield regions.finding(code, i, message, value=float(values[i]))
    for i in np.flatnonzero(read.word & (read.gaps > 0)):
        message = f"{texts[i].as_py()!r} is called a word"
        yield regions.finding(WORD_WITH_SPACES, i, message, value=float(read.gaps[i]))


def judged(sizes: Floats, read: Readings) -> tuple[Floats, Floats]:
    """(N,) each: the advance of a character where the text is too long, and where it is too short
    for the region; NaN elsewhere. sizes: (N, 2) along and across the line of reading.

    A text is too long where it is both along and across: a region that is higher than wide may hold
    a vertical word or a few upright letters, and whichever reading leaves more room counts. It is
    too short where the region is longer than high and the advance too great; where the region is
    higher than wide, a text of one line must be implausible both ways.
    """
    least, most = TEXT_TOO_LONG.threshold or 0, TEXT_TOO_SHORT.threshold or np.inf
    width, height = np.maximum(sizes, 1e-6).T
    count = np.maximum(read.characters, 1)
    across, down = width / (count * height), height / (count * width)
    wide = width >= height
    room = np.maximum(across, down)
    asked = (read.characters > 0) & ~read.slim
    long_ = asked & (room < least)
    short = asked & (room > most) & (wide | (across < least))
    return np.where(long_, room, np.nan), np.where(short, room, np.nan)


def crowded(sizes: Floats, read: Readings) -> Floats:
    """(N,) pixels along the text for each character where they are too few; NaN elsewhere."""
    pixels = sizes.max(axis=1) / np.maximum(read.characters, 1)
    few = (read.characters > 0) & ~read.slim & (pixels < (TEXT_TOO_SMALL.threshold or 0))
    return np.where(few, pixels, np.nan)


def _signs(text: str) -> str:
    """What is to be seen of a text; ``&#169;`` is one sign."""
    text = html.unescape(text) if "&" in text else text
    return "".join(c for c in text if not c.isspace() and unicodedata.combining(c) == 0)
