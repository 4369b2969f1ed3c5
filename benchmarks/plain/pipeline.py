"""The input of one image as it is commonly prepared: whole-picture floats, and loops over boxes.

Slices are cut from upright boxes with remainders of floats, at most 256 of them; anchors are not
assigned here but in the graph (``benchmarks.plain.step``).
"""

import cv2
import numpy as np
import numpy.typing as npt

from manifests.packing import unpack_regions
from model.anchors import STRIDE
from model.config import NetworkSettings

MOST_SLICES = 256

Box = list[float]
"""Left, top, right, bottom."""


def prepare(
    image: npt.NDArray[np.bytes_], regions: npt.NDArray[np.bytes_], network: NetworkSettings
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32], npt.NDArray[np.bool_]]:
    """A row's columns -> image (3, H, W), slices (256, 4) and which of them there are."""
    pixels = decoded(np.frombuffer(image, np.uint8))
    scale = min(network.input_width / pixels.shape[1], network.input_height / pixels.shape[0])
    slices: list[Box] = []
    for polygon in unpack_regions(regions.tobytes())[0]:
        points = [(float(x) * scale, float(y) * scale) for x, y in polygon]
        slices += cut(upright(points, network.input_width, network.input_height))
    boxes, there = padded(slices)
    return normalised(resized(pixels, scale, network), network), boxes, there


def decoded(image: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """(height, width, 3) RGB."""
    return cv2.cvtColor(cv2.imdecode(image, cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB).astype(np.float32)


def resized(
    pixels: npt.NDArray[np.float32], scale: float, network: NetworkSettings
) -> npt.NDArray[np.float32]:
    """(H, W, 3): the whole picture, padded with zeros."""
    small = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_LINEAR)
    result = np.zeros((network.input_height, network.input_width, 3), dtype=np.float32)
    height, width = min(small.shape[0], len(result)), min(small.shape[1], result.shape[1])
    result[:height, :width] = small[:height, :width]
    return result


def normalised(
    pixels: npt.NDArray[np.float32], network: NetworkSettings
) -> npt.NDArray[np.float32]:
    """(3, H, W), computed in float64."""
    mean, deviation = (np.array(v)[:, None, None] for v in (network.mean, network.deviation))
    return ((pixels.transpose(2, 0, 1) - mean) / deviation).astype(np.float32, order="C")


def upright(points: list[tuple[float, float]], width: int, height: int) -> Box:
    """The box around a region, cut to the input."""
    across, down = [x for x, _ in points], [y for _, y in points]
    return [
        min(max(min(across), 0.0), width - 1.0),
        min(max(min(down), 0.0), height - 1.0),
        min(max(max(across), 0.0), width - 1.0),
        min(max(max(down), 0.0), height - 1.0),
    ]


def cut(box: Box) -> list[Box]:
    """A box in pieces one column wide; pieces of less than half a column are left out."""
    left, top, right, bottom = box
    pieces, x = [], left - left % STRIDE
    while x < right:
        if min(right, x + STRIDE) - max(left, x) >= STRIDE / 2:
            pieces.append([x, top, x + STRIDE, bottom])
        x += STRIDE
    return pieces


def padded(slices: list[Box]) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.bool_]]:
    """(256, 4) and (256,)."""
    boxes = np.zeros((MOST_SLICES, 4), dtype=np.float32)
    there = np.zeros(MOST_SLICES, dtype=np.bool_)
    for i, piece in enumerate(slices[:MOST_SLICES]):
        boxes[i] = np.array(piece)
        there[i] = True
    return boxes, there
