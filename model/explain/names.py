"""What a ground truth or a detection of an image is called, on pages and on the command line."""

from manifests.identity import is_name


def region_number(region_id: str) -> str:
    """The number of a region id: ``3`` of ``icdar15/train/img_1#3``."""
    return region_id.partition("#")[2]


def truth_name(region_id: str, index: int) -> str:
    """``T3``: region #3 of the image in its manifest; ``T@2``, by its index in the table, where
    that number could not stand in an address."""
    number = region_number(region_id)
    return f"T{number}" if is_name(number) else f"T@{index}"


def detection_name(index: int) -> str:
    """``D5``: the detection of index 5, for nothing outside the evaluation knows it."""
    return f"D{index}"
