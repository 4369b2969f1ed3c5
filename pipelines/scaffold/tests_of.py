"""What a new dataset's own test says at first; its folder's contract is tested with all others."""

_PAIRED = '''\
"""newset: its lines as they stand in the real files. Add one for every quirk that you meet."""

from manifests.vocabulary import Kind, Reason
from pipelines.datasets.newset import DATASET
from tests.pipelines.datasets.readers import as_problem, read_items, read_labels


def test_a_line_is_a_region() -> None:
    (label,) = read_labels(DATASET, b"377,117,463,117,465,130,378,130,Genaxis Theatre\\n")
    assert label.polygon == (377, 117, 463, 117, 465, 130, 378, 130)
    assert (label.text, label.ignore, label.line) == ("Genaxis Theatre", None, 1)


def test_a_line_that_cannot_be_read_is_told() -> None:
    (item,) = read_items(DATASET, b"377,117,463\\n")
    problem = as_problem(item)
    assert (problem.kind, problem.reason) == (Kind.REGION, Reason.BAD_LINE)
'''

_ELEMENT = '''\
"""newset: its elements as they stand in the real files. Add one for every quirk that you meet."""

from manifests.vocabulary import Kind, Reason
from pipelines.datasets.newset import DATASET
from tests.pipelines.datasets.readers import as_label, as_problem, read_element

ELEMENT = {element}


def test_an_element_is_a_region() -> None:
    label = as_label(read_element(DATASET, ELEMENT))
    assert label.polygon == (1, 2, 30, 2, 30, 12, 1, 12)
    assert (label.text, label.ignore, label.raw) == ("STOP", None, ELEMENT)


def test_an_element_that_cannot_be_read_is_told() -> None:
    problem = as_problem(read_element(DATASET, ELEMENT.replace({old}, {new})))
    assert (problem.kind, problem.reason) == (Kind.REGION, Reason.{reason})
'''

_JSON = """'{"id": 7, "image_id": 64, "polygon": [1, 2, 30, 2, 30, 12, 1, 12], "text": "STOP"}'"""
_XML = """'<box x="1" y="2" width="29" height="10">STOP</box>'"""


def _of_element(element: str, old: str, new: str, reason: str) -> str:
    text = _ELEMENT.replace("{element}", element).replace("{reason}", reason)
    return text.replace("{old}, {new}", f"{_quoted(old)}, {_quoted(new)}")


def _quoted(text: str) -> str:
    return f"'{text}'" if '"' in text else f'"{text}"'


TEST = {
    "icdar15": _PAIRED,
    "coco_text": _of_element(_JSON, '"STOP"', "5", "BAD_LINE"),
    "svt": _of_element(_XML, "29", "wide", "BAD_COORDINATES"),
}

COUNTS = """\
# What the set holds per split, as published or as counted over the official archives.
# images, regions: of annotated pictures and of their labels; dont_care: of those labels.
# source: where the figures are from. What is not known is left out, but for the images.
splits:
"""

COUNTS_OF_SPLIT = """\
  {split}:
    images: 0 # FILL IN
    source: FILL IN
"""
