"""What counts may be, where no rule can say it exactly."""

import math

REFUSED_SHARE = 0.05
_MARGIN = 0.05
_UNKNOWN = (0.0, 0.9)


def dont_care_share(published: dict[str, int | None], regions: int) -> tuple[float, float]:
    """The range in which the share of don't-care regions is plausible, for so many regions.

    Around the published share: five hundredths, and three standard deviations of a random sample
    of this size, so that a small corpus is not blamed for chance. Up to nine tenths where nothing
    is published: a set that ignores more than that has hardly anything to find.
    """
    total, dont_care = published.get("regions"), published.get("dont_care")
    if not total or dont_care is None:
        return _UNKNOWN
    share = dont_care / total
    margin = _MARGIN + 3 * math.sqrt(share * (1 - share) / max(regions, 1))
    return max(0.0, share - margin), min(1.0, share + margin)


def dont_care_count(published: int, refused: int) -> tuple[int, int]:
    """The range of don't-care regions kept, where so many regions were refused."""
    return max(0, published - refused), published
