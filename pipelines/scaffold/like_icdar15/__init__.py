"""newset: FILL IN what it is, in a line.

One ``gt_<picture>.txt`` for each picture, a region a line::

    377,117,463,117,465,130,378,130,Genaxis Theatre
    374,155,409,155,409,170,374,170,###

FILL IN where your lines differ: change the example above, ``parse_line``, and ``_encode`` of
sample.py, which writes such lines; the contract test compares the two.
"""

from manifests.geometry import Polygon
from manifests.vocabulary import Reason
from pipelines.lines import LineError, parse_number
from pipelines.paired import Layout, PairedDataset

_NUMBERS = 8


def parse_line(line: str) -> tuple[Polygon, str | None]:
    """One line to its polygon and its text. Raises LineError for a line that it cannot read: the
    region goes to quarantine, with the line.

    The polygon is x, y in turn, in half-open pixels of the picture; ``manifests.geometry`` has ways
    there from boxes. Nothing is clipped or repaired here. A text of ``###`` is made don't-care.
    """
    fields = line.split(",", _NUMBERS)  # the text may have commas
    if len(fields) < _NUMBERS:
        detail = f"{len(fields)} fields where {_NUMBERS} numbers and a text belong"
        raise LineError(Reason.BAD_LINE, detail)
    polygon = tuple(parse_number(field) for field in fields[:_NUMBERS])
    return polygon, fields[_NUMBERS] if len(fields) > _NUMBERS else None


DATASET = PairedDataset(
    id="newset",
    title="FILL IN the name as pages say it",
    version=1,  # one more whenever a change here changes what comes out
    source="https://example.org/FILL-IN-where-to-get-it",
    # to each split its two folders, or .zip archives, below RAW/newset; the first has the pictures
    layouts={
        "train": Layout("train_images", "train_gt"),
        "test": Layout("test_images", "test_gt"),
    },
    parse=parse_line,
    exhaustive=True,  # False where text stands in the pictures that nobody labelled
    prefix="gt_",  # of the text files' names
)
