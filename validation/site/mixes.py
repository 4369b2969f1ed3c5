"""What each mix holds, and which of its pictures leak."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from manifests.findings import Finding
from manifests.leaks import Pair, candidates
from manifests.mixes import Member, Mix
from validation.site.collect import Collected, Holding


@dataclass(frozen=True)
class Part:
    """A member of a mix and what it gives; ``holding`` is None where its manifest is not there."""

    member: Member
    holding: Holding | None

    @property
    def name(self) -> str:
        """``<dataset>/<split>``."""
        return f"{self.member.dataset}/{self.member.split}"

    @property
    def portion(self) -> str:
        """``all``, or which part of the images by their hash."""
        low, high = self.member.portion
        return "all" if (low, high) == (0.0, 1.0) else f"{low:g} to {high:g}"


@dataclass(frozen=True)
class Held:
    """A mix. ``leaks``: pairs of one picture in the mix and in a test split, by severity."""

    mix: Mix
    parts: tuple[Part, ...]
    leaks: Counter[str] = field(default_factory=Counter)

    @property
    def total(self) -> Holding:
        """All members together."""
        there = [part.holding for part in self.parts if part.holding]
        return Holding(
            sum(holding.images for holding in there),
            sum(holding.care for holding in there),
            sum(holding.dont_care for holding in there),
        )


def held(
    mixes: Iterable[Mix], collected: Mapping[str, Collected], leaks: Mapping[str, Counter[str]]
) -> list[Held]:
    """Every mix with what it holds. ``leaks``: mix -> severity -> pairs."""
    return [
        Held(mix, tuple(_part(mix, member, collected) for member in mix.members), leaks[mix.name])
        for mix in mixes
    ]


def _part(mix: Mix, member: Member, collected: Mapping[str, Collected]) -> Part:
    found = collected.get(f"{member.dataset}/{member.split}")
    return Part(member, found.holdings.get(mix.name) if found else None)


def leaking(mixes: Sequence[Mix], finding: Finding) -> list[str]:
    """The mixes whose portions take one image of a pair whose other one is of a test split; care
    regions are not counted, and what persons judged is in the severity of the finding."""
    first, second = finding.image_id, finding.other_image_id
    if first is None or second is None:
        return []
    return [mix.name for mix in mixes if candidates(mix, [Pair(first, second, finding.code)])]
