"""One detector in a process of its own, which answers a picture at a time.

    python -m benchmarks.answering NAME CHECKPOINT

A line of standard input names a ``.npy`` file, (height, width, 3) uint8 RGB. A line of standard
output is JSON: first ``{"ready": true}``, or ``{"absent": "..."}`` where a package is not
installed; then, of each picture, ``seconds`` from its pixels to its lines, and ``quads`` and
``scores`` as ``model.outputs.TextLines`` has them.
"""

import importlib
import json
import os
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TextIO

import numpy as np
import numpy.typing as npt

from model.outputs import Outputs, TextLines, text_lines, text_probability
from model.pretrained import resolve

Pixels = npt.NDArray[np.uint8]
Detect = Callable[[Pixels], TextLines]


def exported(backend: str) -> Callable[[Path], Detect]:
    """Ours under a backend; for ONNX Runtime it is exported in passing."""

    def opened(checkpoint: Path) -> Detect:
        from model.export.backends import open_backend

        network = open_backend(checkpoint, backend)
        return lambda pixels: text_lines(network.outputs(pixels), network.config)

    return opened


def twin(checkpoint: Path) -> Detect:
    """Ours in PyTorch, with all but the network as it is."""
    import torch

    from benchmarks.twin.network import Ctpn
    from model.export.weights import read_weights
    from model.transforms import fit, resize_image

    weights = read_weights(checkpoint)
    config, size = weights.config, weights.input_size
    network = Ctpn(config.network)
    network.load_state_dict({k: torch.from_numpy(v.copy()) for k, v in weights.arrays.items()})
    network.eval()

    def detect(pixels: Pixels) -> TextLines:
        placed = fit(pixels.shape[1], pixels.shape[0], *size)
        with torch.no_grad():
            ready = torch.from_numpy(np.array(resize_image(pixels, placed)[None]))
            scores, vertical, side = (value.numpy()[0] for value in network(ready))
        return text_lines(Outputs(text_probability(scores), vertical, side, placed), config)

    return detect


def rapidocr(_checkpoint: Path) -> Detect:
    """The text detector that comes with RapidOCR, with its own settings. It tells no scores."""
    package: Any = importlib.import_module("rapidocr_onnxruntime")
    find = package.RapidOCR().text_det

    def detect(pixels: Pixels) -> TextLines:
        boxes, _ = find(np.ascontiguousarray(pixels[..., ::-1]))
        quads = np.asarray([] if boxes is None else boxes, np.float32).reshape(-1, 4, 2)
        return TextLines(quads, np.ones(len(quads), np.float32))

    return detect


DETECTORS: Mapping[str, Callable[[Path], Detect]] = {
    "mindspore": exported("mindspore"),
    "onnxruntime": exported("onnxruntime"),
    "pytorch": twin,
    "rapidocr": rapidocr,
}


def main(name: str, checkpoint: str) -> int:
    """Answer until standard input ends; 1 where the detector is not there."""
    answers = _kept_apart()
    try:
        detect = DETECTORS[name](resolve(Path(checkpoint)))
    except ImportError as error:
        _say(answers, {"absent": str(error)})
        return 1
    _say(answers, {"ready": True})
    for line in sys.stdin:
        pixels = np.load(line.strip(), allow_pickle=False)
        began = time.perf_counter()
        lines = detect(pixels)
        seconds = time.perf_counter() - began
        quads, scores = lines.quads.tolist(), lines.scores.tolist()
        _say(answers, {"seconds": seconds, "quads": quads, "scores": scores})
    return 0


def _kept_apart() -> TextIO:
    """Standard output as it was; what a package prints goes to standard error from now on."""
    kept = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return kept


def _say(answers: TextIO, what: Mapping[str, Any]) -> None:
    answers.write(json.dumps(what) + "\n")
    answers.flush()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
