"""What is counted of ICDAR 2015's lines beside what every dataset is counted for."""

from codecs import BOM_UTF8

from pipelines.facts import Annotation, Fact, label_fact


def _has_mark(annotation: Annotation) -> bool:
    return (annotation.content or b"").startswith(BOM_UTF8)


def _is_only_dont_care(annotation: Annotation) -> bool:
    labels = annotation.labels
    return bool(labels) and all(label.ignore for label in labels)


FACTS: tuple[Fact, ...] = (
    Fact("byte_order_mark", "annotation files with a byte order mark", _has_mark),
    Fact("only_dont_care", "images with nothing but don't-care regions", _is_only_dont_care),
    label_fact(
        "text_with_hash", "transcriptions with a #", lambda label: "#" in (label.text or "")
    ),
)
