"""ICDAR 2015 incidental scene text: quadrilaterals, ``###`` for don't-care.

One ``gt_img_1.txt`` an image, UTF-8, the training files with a byte order mark::

    377,117,463,117,465,130,378,130,Genaxis Theatre
    493,115,519,115,519,131,493,131,[06]
    374,155,409,155,409,170,374,170,###
    478,239,511,241,511,255,478,253,$5,000
    601,102,635,99,635,113,602,116,#05-11

Four points clockwise from the top left corner, then the text: unquoted, to the end of the line,
commas and ``#`` included. Only a text that is exactly ``###`` is don't-care.
"""

from manifests.geometry import Polygon
from manifests.vocabulary import Reason
from pipelines.lines import LineError, parse_number
from pipelines.paired import Layout, PairedDataset

_NUMBERS = 8


def parse_line(line: str) -> tuple[Polygon, str | None]:
    """The quadrilateral as it stands and the text. Raises LineError."""
    fields = line.split(",", _NUMBERS)
    if len(fields) < _NUMBERS:
        detail = f"{len(fields)} fields where {_NUMBERS} numbers and a text belong"
        raise LineError(Reason.BAD_LINE, detail)
    polygon = tuple(parse_number(field) for field in fields[:_NUMBERS])
    return polygon, fields[_NUMBERS] if len(fields) > _NUMBERS else None


DATASET = PairedDataset(
    id="icdar15",
    title="ICDAR 2015 incidental scene text (Robust Reading Challenge 4, task 1)",
    version=1,
    source="https://rrc.cvc.uab.es/?ch=4&com=downloads",
    layouts={
        "train": Layout("ch4_training_images", "ch4_training_localization_transcription_gt"),
        "test": Layout("ch4_test_images", "Challenge4_Test_Task1_GT"),
    },
    parse=parse_line,
)
