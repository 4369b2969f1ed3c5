"""What is counted of COCO-Text as its file has it: its pictures come from elsewhere, and later."""

from manifests.geometry import is_degenerate
from manifests.vocabulary import IgnoreReason, Reason
from pipelines.convert import MAX_COORDINATE
from pipelines.facts import Annotation, Fact, label_fact, size
from pipelines.source import Label, Problem


def _is_illegible(label: Label) -> bool:
    return label.ignore is IgnoreReason.ILLEGIBLE


def _has_no_area(label: Label) -> bool:
    return max(map(abs, label.polygon)) <= MAX_COORDINATE and is_degenerate(label.polygon)


def _is_dangling(annotation: Annotation) -> bool:
    item = annotation.item
    return isinstance(item, Problem) and item.reason is Reason.ANNOTATION_DANGLING


FACTS: tuple[Fact, ...] = (
    label_fact("illegible", "illegible regions", _is_illegible),
    label_fact(
        "illegible_with_text",
        "illegible regions with a text",
        lambda label: _is_illegible(label) and label.text is not None,
    ),
    label_fact("three_points", "polygons of three points", lambda label: len(label.polygon) == 6),
    label_fact(
        "negative_coordinates",
        "polygons with a negative coordinate",
        lambda label: min(label.polygon) < 0,
    ),
    label_fact("no_area", "polygons without an area: all points on a line", _has_no_area),
    label_fact(
        "thinner_than_a_pixel",
        "polygons less than a pixel wide or high",
        lambda label: min(size(label)) < 1,
    ),
    Fact(
        "dangling", "references to annotations or images that the file does not hold", _is_dangling
    ),
)
