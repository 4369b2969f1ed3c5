"""Decisions: what a person has judged about the data, kept in ``validation/decisions/*.yaml``.

Each file is a list. An entry names its verdict, what it is about, and who decided, when and why:

    - verdict: drop_image
      image_id: icdar11/train/img_83
      image_sha256: 9f2c...
      who: Ann Example
      when: 2026-03-01
      because: the same picture as img_326

``image_sha256`` and ``region_digest`` pin what was looked at, so that a decision is never applied
to other data of the same name. Write entries with ``python -m validation decide``, which fills
them in. Raw data is never edited.
"""

import datetime
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import yaml

from manifests.errors import UserError
from manifests.findings import LEAK_CODES
from manifests.identity import combine, is_image_id, is_name
from manifests.records import is_storable
from manifests.strict_yaml import load_yaml, shown

FOLDER = Path(__file__).resolve().parents[1] / "validation" / "decisions"
"""The project's own decisions."""


class Verdict(StrEnum):
    """What is to be done."""

    DROP_IMAGE = "drop_image"
    IGNORE_REGION = "ignore_region"
    NOT_A_LEAK = "not_a_leak"
    ACCEPT = "accept"


VERDICT_MEANING: dict[Verdict, str] = {
    Verdict.DROP_IMAGE: "the image and its regions go to quarantine",
    Verdict.IGNORE_REGION: "the region becomes don't-care",
    Verdict.NOT_A_LEAK: "the two images may stand on both sides of a split",
    Verdict.ACCEPT: "the finding was looked at and is fine",
}

_IMAGE, _OTHER = ("image_id", "image_sha256"), ("other_image_id", "other_image_sha256")
_REGION = ("region_id", "region_digest")
_SUBJECTS: dict[Verdict, tuple[tuple[tuple[str, str], ...], ...]] = {
    Verdict.DROP_IMAGE: ((_IMAGE,),),
    Verdict.IGNORE_REGION: ((_REGION,),),
    Verdict.NOT_A_LEAK: ((_IMAGE, _OTHER),),
    Verdict.ACCEPT: ((_IMAGE,), (_REGION,)),
}
_LINE_ENDS = "\x85\u2028\u2029"
_COMMON = ("who", "when", "because")


@dataclass(frozen=True, slots=True, order=True)
class Subject:
    """An image or a region, by its id and the digest of what it was when somebody looked."""

    id: str
    digest: str

    @property
    def image_id(self) -> str:
        """The image, or the image of the region."""
        return self.id.partition("#")[0]

    @property
    def manifest(self) -> str:
        """``<dataset>/<split>``."""
        return self.image_id.rpartition("/")[0]

    @property
    def is_region(self) -> bool:
        """Whether it is a region."""
        return "#" in self.id


@dataclass(frozen=True, slots=True)
class Decision:
    """One entry. ``subjects``: what it is about, two images of a pair in the order of their ids;
    ``code``: of the finding that is accepted, empty for other verdicts; ``when``: a day."""

    verdict: Verdict
    subjects: tuple[Subject, ...]
    who: str
    when: datetime.date
    because: str
    code: str = ""

    @property
    def key(self) -> tuple[str, ...]:
        """What two decisions may not share; the order of entries in a file."""
        return (*(subject.id for subject in self.subjects), self.verdict, self.code)

    @property
    def ids(self) -> list[str]:
        """The ids of its subjects."""
        return [subject.id for subject in self.subjects]

    @property
    def name(self) -> str:
        """``drop_image icdar11/train/img_83``."""
        return " ".join([self.verdict, *([self.code] if self.code else []), *self.ids])

    @property
    def reason(self) -> str:
        """``because (who, when)``."""
        return f"{self.because} ({self.who}, {self.when})"

    def to_yaml(self) -> dict[str, Any]:
        """The entry of the file."""
        entry: dict[str, Any] = {"verdict": str(self.verdict)}
        if self.code:
            entry["code"] = self.code
        keys = _keys_of(self)
        for (name, digest), subject in zip(keys, self.subjects, strict=True):
            entry |= {name: subject.id, digest: subject.digest}
        return entry | {"who": self.who, "when": self.when, "because": self.because}


def digest_decisions(decisions: Iterable[Decision]) -> str:
    """Digest of all that decisions say, whatever their order; empty for none."""
    entries = sorted(repr(decision.to_yaml()) for decision in decisions)
    return combine(entries) if entries else ""


def load_decisions(folder: Path | None = None) -> tuple[Decision, ...]:
    """All decisions of a folder (the project's unless told otherwise), in their order.

    The project's folder may be missing: then there are none. Raises UserError, naming file and
    entry, for what cannot be read, stands twice, or contradicts another entry.
    """
    if folder is not None and not folder.is_dir():
        raise UserError(f"no folder of decisions at {folder}")
    placed: list[tuple[str, Decision]] = []
    for path in sorted((folder or FOLDER).glob("[!.]*.y*ml")):
        placed += [(f"{path}, entry {n}", entry) for n, entry in enumerate(read_file(path), 1)]
    _refuse_conflicts(placed)
    return tuple(sorted((decision for _, decision in placed), key=lambda entry: entry.key))


def read_file(path: Path) -> list[Decision]:
    """The decisions of one file. Raises UserError."""
    try:
        text = path.read_text(encoding="utf-8")
        return list(parse(text))
    except (OSError, ValueError) as error:
        raise UserError(f"{path}: {error}") from error


def parse(text: str) -> Iterator[Decision]:
    """The entries of a file's text. Raises ValueError, naming the entry."""
    entries = load_yaml(text)
    if entries is None:
        return
    if not isinstance(entries, list):
        raise ValueError("a file of decisions must be a list of entries")
    for number, entry in enumerate(entries, 1):
        try:
            yield _decision(entry)
        except ValueError as error:
            raise ValueError(f"entry {number}: {error}") from error


def serialize(decisions: Iterable[Decision]) -> str:
    """The text of a file that ``parse`` reads, entries in their order."""
    entries = [entry.to_yaml() for entry in sorted(decisions, key=lambda entry: entry.key)]
    # line ends of Unicode come out of PyYAML as they are and go in again as others
    odd = any(mark in str(value) for e in entries for value in e.values() for mark in _LINE_ENDS)
    return str(yaml.dump(entries, Dumper=_Plain, sort_keys=False, allow_unicode=not odd, width=100))


def conflict(decision: Decision, others: Iterable[Decision]) -> Decision | None:
    """The first of ``others`` that says the same, or the contrary: a thing that is taken out needs
    no further verdict, and what is accepted is not taken out."""
    return next((other for other in others if _conflicts(decision, other)), None)


def _conflicts(one: Decision, two: Decision) -> bool:
    if one.key == two.key:
        return True
    for out, other in ((one, two), (two, one)):
        if other.verdict is Verdict.NOT_A_LEAK:
            continue
        subject = other.subjects[0]
        if out.verdict is Verdict.DROP_IMAGE and subject.image_id == out.subjects[0].id:
            return True
        if out.verdict is Verdict.IGNORE_REGION and subject.id == out.subjects[0].id:
            return True
    return False


def _refuse_conflicts(placed: Sequence[tuple[str, Decision]]) -> None:
    by_image: dict[str, list[tuple[str, Decision]]] = {}
    for place, decision in placed:
        near = by_image.setdefault(decision.subjects[0].image_id, [])
        other = conflict(decision, (entry for _, entry in near))
        if other is not None:
            where = next(there for there, entry in near if entry is other)
            what = "stands twice" if other.key == decision.key else f"contradicts {other.name}"
            raise UserError(f"{place}: {decision.name} {what} ({where}); remove one of the two")
        near.append((place, decision))


def _decision(entry: Any) -> Decision:
    if not isinstance(entry, dict):
        raise ValueError("an entry must be a mapping that begins with its verdict")
    if entry.get("verdict") not in list(Verdict):
        known = ", ".join(Verdict)
        raise ValueError(f"verdict must be one of {known}, not {shown(entry.get('verdict'))}")
    verdict = Verdict(entry["verdict"])
    given = {str(key) for key in entry} - {"verdict", *_COMMON}
    keys = next(
        (keys for keys in _SUBJECTS[verdict] if given == _wanted(verdict, keys)),
        None,
    )
    if keys is None or not set(_COMMON) <= set(entry):
        wanted = " or ".join(
            ", ".join([*sorted(_wanted(verdict, keys)), *_COMMON]) for keys in _SUBJECTS[verdict]
        )
        raise ValueError(f"{verdict} has the keys {wanted}; here are {shown([*entry])}")
    subjects = tuple(sorted(_subject(entry, *names) for names in keys))
    if len({subject.id for subject in subjects}) < len(subjects):
        raise ValueError("the two images of a pair are the same")
    texts = {key: _text(entry, key) for key in ("who", "because")}
    code = check_code(_text(entry, "code")) if verdict is Verdict.ACCEPT else ""
    return Decision(verdict, subjects, when=_day(entry["when"]), code=code, **texts)


def check_code(code: str) -> str:
    """The code of a finding that can be accepted. Raises ValueError for one that cannot."""
    if not is_name(code):
        raise ValueError(f"code must be that of a finding, not {shown(code)}")
    if code in (*LEAK_CODES, "mix_leaks"):
        raise ValueError(f"{code} is not accepted as it is: decide not_a_leak, or drop_image")
    return code


def _wanted(verdict: Verdict, keys: Iterable[tuple[str, str]]) -> set[str]:
    code = {"code"} if verdict is Verdict.ACCEPT else set()
    return code | {name for pair in keys for name in pair}


def _keys_of(decision: Decision) -> tuple[tuple[str, str], ...]:
    kinds = _SUBJECTS[decision.verdict]
    return kinds[-1] if decision.subjects[0].is_region else kinds[0]


def _subject(entry: dict[str, Any], name: str, digest: str) -> Subject:
    found, pin = _text(entry, name), _text(entry, digest)
    image, mark, number = found.partition("#")
    if not is_image_id(image) or bool(mark) != (name == "region_id") or bool(mark) != bool(number):
        raise ValueError(f"{name} must be the id of a manifest, not {shown(found)}")
    if len(pin) != 64 or set(pin) - set("0123456789abcdef"):
        raise ValueError(f"{digest} must be 64 hexadecimal digits, not {shown(pin)}")
    return Subject(found, pin)


def _text(entry: dict[str, Any], key: str) -> str:
    value = entry[key]
    if not isinstance(value, str) or not value.strip() or not is_storable(value):
        raise ValueError(f"{key} must be a text that is not empty, not {shown(value)}")
    return value


def _day(value: Any) -> datetime.date:
    if type(value) is datetime.date:
        return value
    raise ValueError(f"when must be a day such as 2026-03-01, not {shown(value)}")


class _Plain(yaml.SafeDumper):
    """Writes out what several entries share, such as a day: ``parse`` takes no aliases."""

    def ignore_aliases(self, data: Any) -> bool:
        return True
