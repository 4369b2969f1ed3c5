"""Numbers and names as the pages write them."""

import hashlib
import math
import re
import unicodedata

from manifests.identity import is_name


def count(value: float | None) -> str:
    """``12,345``; a dash for nothing."""
    return "–" if value is None else f"{value:,.0f}"


def number(value: float | None, unit: str = "") -> str:
    """Three significant digits, thousands separated, with its unit: ``0.62``, ``1,280 px``."""
    if value is None:
        return "–"
    if not math.isfinite(value):
        return "not finite"
    if value and abs(value) < 0.001:
        text = f"{value:.2g}"
    else:
        digits = max(0, 2 - math.floor(math.log10(abs(value)))) if value else 0
        text = f"{value:,.{digits}f}"
        text = text.rstrip("0").rstrip(".") if "." in text else text
    return f"{text.replace('-', '−')} {unit}".strip()


def percent(value: float | None) -> str:
    """``62.4 %``."""
    return "–" if value is None else f"{100 * value:.1f} %"


def signed(value: float | None) -> str:
    """``+10,000`` and ``−3``; nothing for nought."""
    if not value:
        return ""
    return f"{'+' if value > 0 else '−'}{abs(value):,.0f}"


def plural(value: int, noun: str) -> str:
    """``1 finding``, ``2,000 findings``."""
    return f"{value:,} {noun}" if value == 1 else f"{value:,} {noun}s"


def slug(text: str) -> str:
    """A file name that says what it is and needs no quoting: ``icdar11/train`` ->
    ``icdar11~train``. A text that cannot be kept as it is gets a digest, so that no two meet."""
    plain = re.sub(r"[^A-Za-z0-9_.~-]", "_", text.replace("/", "~"))[:80]
    if is_name(plain.replace("~", "")) and plain == text.replace("/", "~"):
        return plain
    digest = hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()
    return f"{plain.lstrip('.~')}-{digest[:8]}"


def visible(text: str) -> str:
    """A text of unknown origin with what would not be seen, or would turn what stands around it,
    written out: ``a\\u202eb``. For a terminal, and for a browser to show inside an element that
    isolates it."""
    if text.isascii() and text.isprintable():
        return text
    hidden = (c for c in set(text) if unicodedata.category(c) in _UNSEEN and c not in _JOINERS)
    return text.translate({ord(c): _escaped(c) for c in hidden})


_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_JOINERS = "\u200c\u200d"
"""Unseen, but words of some scripts and emoji are written with them."""


def _escaped(character: str) -> str:
    code = ord(character)
    return "\\t" if character == "\t" else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
