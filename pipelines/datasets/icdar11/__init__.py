r"""ICDAR 2011 born-digital images: pixel-inclusive boxes of pictures from web pages and e-mails.

One ``gt_img_1.txt`` an image, CRLF, UTF-8 without a byte order mark::

    158, 128, 411, 181, "Footpath"
    15, 70, 47, 79, "H3C®,"
    12, 67, 183, 103, "RATES\""
    144, 256, 144, 264, "¦"

Left, top, right, bottom, text in double quotes (``\"`` and ``\\`` are the two escapes). Right and
bottom belong to the box: the last line is a bar one pixel wide.
"""

from pipelines.inclusive import parse_line
from pipelines.paired import Layout, PairedDataset

DATASET = PairedDataset(
    id="icdar11",
    title="ICDAR 2011 born-digital images (Robust Reading Challenge 1, task 1)",
    version=1,
    source="https://rrc.cvc.uab.es/?ch=1&com=downloads",
    layouts={
        "train": Layout("Challenge1_Training_Task12_Images", "Challenge1_Training_Task1_GT"),
        "test": Layout("Challenge1_Test_Task12_Images", "Challenge1_Test_Task1_GT"),
    },
    parse=parse_line,
)
