"""Text lines in pictures of one's own: ``Detector.load().detect(image)``.

Import it from ``model``, which sets the process's environment first.
"""

from model.detector.detector import Detector
from model.detector.pixels import ImageError
from model.detector.results import Detection, Line
from model.detector.tiles import TileSettings

__all__ = ["Detection", "Detector", "ImageError", "Line", "TileSettings"]
