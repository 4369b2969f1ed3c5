"""Leaks: pictures that a mix trains on and that a test split, or its evaluation, holds too.

Pairs of equal or nearly equal pictures come from the findings; here it is told which of them
matter to a mix. Pure functions; ``manifests.leak_check`` asks them about a DATA folder.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from manifests.findings import LEAK_CODES, Code, Finding
from manifests.mixes import Mix

TEST = "test"
"""The split that is never trained on."""

MIX_LEAKS = Code(
    "mix_leaks",
    "error",
    "A mix trains on a picture that a test split holds too, so scores on it mean less.",
    "Drop the image, or, if the two are different pictures, decide that it is not a leak.",
)


@dataclass(frozen=True, order=True)
class Pair:
    """Two images with nearly the same picture, and the finding that says so."""

    image_id: str
    other: str
    code: str
    value: float | None = None

    @property
    def ids(self) -> frozenset[str]:
        """Both images."""
        return frozenset((self.image_id, self.other))

    def turned(self) -> "Pair":
        """The same with the other image first."""
        return Pair(self.other, self.image_id, self.code, self.value)


@dataclass(frozen=True)
class Leaks:
    """What a training mix has in common with test splits.

    ``pairs``: the image that is trained on first; ``tests``: test splits that are members;
    ``judged``: so many pairs more are no leaks, as persons have decided.
    """

    mix: str
    pairs: tuple[Pair, ...] = ()
    tests: tuple[str, ...] = ()
    judged: int = 0

    def __bool__(self) -> bool:
        return bool(self.pairs or self.tests)

    def findings(self) -> Iterator[Finding]:
        """For the report: one for each pair, and one for each test split."""
        for pair in self.pairs:
            dataset, split, _ = pair.image_id.split("/")
            yield MIX_LEAKS.finding(
                dataset,
                split,
                f"the mix {self.mix} trains on it, and {pair.other} is the same picture or nearly "
                f"so ({pair.code}), of a test split",
                image_id=pair.image_id,
                other_image_id=pair.other,
                value=pair.value,
            )
        for name in self.tests:
            dataset, split = name.split("/")
            yield MIX_LEAKS.finding(dataset, split, f"the mix {self.mix} trains on a test split")


def manifest_of(image_id: str) -> str:
    """``<dataset>/<split>`` of an image."""
    return image_id.rpartition("/")[0]


def is_test(image_id: str) -> bool:
    """Whether the image is of a test split."""
    return manifest_of(image_id).endswith(f"/{TEST}")


def is_training(mix: Mix) -> bool:
    """Whether a mix is one to train on: it holds more than test splits."""
    return any(member.split != TEST for member in mix.members)


def pairs_of(table: pa.Table, codes: Sequence[str] = LEAK_CODES) -> list[Pair]:
    """The pairs of a table of ``FINDINGS``, in their order, each once."""
    rows = table.filter(pc.is_in(table["code"], pa.array(list(codes), pa.string())))
    found: dict[tuple[frozenset[str], str], Pair] = {}
    columns = ("image_id", "other_image_id", "code", "value")
    for values in zip(*(rows[name].to_pylist() for name in columns), strict=True):
        pair = Pair(*values)
        if pair.image_id and pair.other:
            found.setdefault((pair.ids, pair.code), pair)
    return list(found.values())


@dataclass(frozen=True)
class Holder:
    """Which images a mix holds. ``care``: care regions of images, as far as they are known; an
    image of which it is not known is held where ``min_care`` alone could keep it out."""

    mix: Mix
    care: Mapping[str, int] = field(default_factory=dict)

    def holds(self, image_id: str) -> bool:
        """Whether the image is in the mix."""
        member = self.mix.member_of(image_id)
        return member is not None and self.care.get(image_id, member.min_care) >= member.min_care

    def depends_on_care(self, image_id: str) -> bool:
        """Whether ``care`` decides if the image is in the mix."""
        member = self.mix.member_of(image_id)
        return member is not None and member.min_care > 0


def candidates(mix: Mix, pairs: Iterable[Pair]) -> list[Pair]:
    """The pairs of an image that the mix's portions take and one of a test split, that order."""
    if not is_training(mix):
        return []
    both = (turn for pair in pairs for turn in (pair, pair.turned()))
    return sorted(pair for pair in both if is_test(pair.other) and mix.member_of(pair.image_id))


def find_leaks(
    mix: Mix,
    pairs: Iterable[Pair],
    allowed: Collection[frozenset[str]] = (),
    care: Mapping[str, int] | None = None,
) -> Leaks:
    """What a mix has in common with test splits. ``allowed``: pairs that are no leaks, besides the
    mix's own. A mix of test splits only is no training mix and leaks nothing."""
    if not is_training(mix):
        return Leaks(mix.name)
    holder = Holder(mix, care or {})
    fine = {*allowed, *(frozenset(pair.images) for pair in mix.allow_pairs)}
    held = [pair for pair in candidates(mix, pairs) if holder.holds(pair.image_id)]
    leaking = tuple(pair for pair in held if pair.ids not in fine)
    tests = sorted(f"{m.dataset}/{m.split}" for m in mix.members if m.split == TEST)
    return Leaks(mix.name, leaking, tuple(tests), len(held) - len(leaking))


def shared_with_evaluation(mix: Mix, evaluation: Mix, pairs: Iterable[Pair]) -> list[Pair]:
    """Pairs of an image that is trained on and one that the training is evaluated on."""
    ours, theirs = Holder(mix), Holder(evaluation)
    both = (turn for pair in pairs for turn in (pair, pair.turned()))
    return sorted(p for p in both if ours.holds(p.image_id) and theirs.holds(p.other))


def shared_members(mix: Mix, evaluation: Mix) -> list[str]:
    """Manifests of which a mix and its evaluation take some of the same images."""
    return sorted(
        f"{ours.dataset}/{ours.split}"
        for ours in mix.members
        for theirs in evaluation.members
        if (ours.dataset, ours.split) == (theirs.dataset, theirs.split)
        and max(ours.portion[0], theirs.portion[0]) < min(ours.portion[1], theirs.portion[1])
    )
