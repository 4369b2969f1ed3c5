r"""ICDAR 2013 focused scene text: pixel-inclusive boxes.

One ``gt_100.txt`` (training) or ``gt_img_1.txt`` (test) an image. Training separates by spaces,
test by commas::

    158 128 411 181 "Footpath"
    38, 43, 920, 215, "Tiredness"
    176, 155, 488, 226, "4,000"

Left, top, right, bottom, text in double quotes. Right and bottom belong to the box.
"""

from pipelines.inclusive import parse_line
from pipelines.paired import Layout, PairedDataset

DATASET = PairedDataset(
    id="icdar13",
    title="ICDAR 2013 focused scene text (Robust Reading Challenge 2, task 1)",
    version=1,
    source="https://rrc.cvc.uab.es/?ch=2&com=downloads",
    layouts={
        "train": Layout("Challenge2_Training_Task12_Images", "Challenge2_Training_Task1_GT"),
        "test": Layout("Challenge2_Test_Task12_Images", "Challenge2_Test_Task1_GT"),
    },
    parse=parse_line,
)
