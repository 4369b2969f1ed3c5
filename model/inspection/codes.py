"""What ``model inspect`` can say of how the labels fit CTPN."""

from manifests.findings import Code
from model.anchors import STRIDE

NARROW = Code(
    "narrower_than_slice",
    "note",
    "After the resize the region is narrower than one slice, the 16 px that an anchor is wide.",
    "Enlarge the input, or do not expect the word: a line is drawn from two slices on.",
    threshold=STRIDE,
    unit="px after the resize",
)
LOW = Code(
    "lower_than_anchors",
    "note",
    "After the resize the region is lower than the lowest anchor of the preset.",
    "Enlarge the input or add a lower anchor; training has to shrink the anchor.",
    unit="px after the resize",
)
TALL = Code(
    "taller_than_anchors",
    "note",
    "After the resize the region is taller than the tallest anchor of the preset.",
    "Add a taller anchor; training has to stretch the anchor.",
    unit="px after the resize",
)
TILTED = Code(
    "tilted",
    "note",
    "The text runs up or down so steeply that slices of it are hardly linked.",
    "Do not expect it from CTPN; rotate the picture where all of its text is tilted.",
    threshold=20.0,
    unit="degrees",
)
"""At 20 degrees neighbouring slices of text 20 px high share 0.71 of their height; 0.6 to 0.7 is
what links ask for."""
OVER_BUDGET = Code(
    "over_sampling_budget",
    "note",
    "The image has more slices of text than anchors of text are learnt from at a step.",
    "Raise sample.max_positive, or train on crops, as the preset lite does.",
    unit="slices",
)
ORIGINAL_NARROW = Code(
    "narrow_in_original",
    "note",
    "How many regions are narrower than 16 px in the original picture, as the source writes them.",
    "Compare with what is published; what a preset makes of them is said beside it.",
    threshold=STRIDE,
    unit="regions below 16 px of width",
)
ORIGINAL_LOW = Code(
    "low_in_original",
    "note",
    "How many regions are lower than 8 px in the original picture, as the source writes them.",
    "Compare with what is published; text of 8 px is about the smallest that can be read.",
    threshold=8,
    unit="regions below 8 px of height",
)
SUMMARY = Code(
    "fit_of_regions",
    "note",
    "The share of a split's care regions that fit a preset badly: too narrow, low, tall or tilted.",
    "Choose the preset, or its input's size, whose share is the smallest.",
    threshold=0,
    unit="share of the care regions",
)
UNREACHED = Code(
    "unreached_slices",
    "note",
    "The share of a split's slices that no anchor overlaps by the IoU that makes it positive.",
    "Low text between two rows of anchors is of this kind; each still trains its best anchor.",
    threshold=0,
    unit="share of the slices",
)
TEXT_AMOUNT = Code(
    "text_per_image",
    "note",
    "How much of a picture is text, and how many pictures have no text to find at all.",
    "Nothing; where most have none, train with `augment.around_text`.",
    unit="share of the picture's area, median",
)

CODES = (
    NARROW,
    LOW,
    TALL,
    TILTED,
    OVER_BUDGET,
    ORIGINAL_NARROW,
    ORIGINAL_LOW,
    SUMMARY,
    UNREACHED,
    TEXT_AMOUNT,
)
