"""CTPN in MindSpore: targets, network, training, line building, evaluation and detection.

``from model import Detector`` finds text lines in pictures of one's own. ``import model`` by itself
loads neither NumPy nor MindSpore, whose environment is to be set before (``model.environment``).
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from model.detector import Detection, Detector, Line, TileSettings

__all__ = ["Detection", "Detector", "Line", "TileSettings"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from model.environment import set_variables

    set_variables()
    return getattr(importlib.import_module("model.detector"), name)
