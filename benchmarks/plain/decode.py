"""Decoding pictures with OpenCV in a bare loop, on some processes; nothing is done with them.

python -m benchmarks.plain.decode FOLDER PROCESSES
"""

import multiprocessing
import sys
from pathlib import Path

import cv2
import numpy as np


def main(folder: Path, processes: int) -> None:
    """Decode all pictures of a folder."""
    with multiprocessing.Pool(processes, cv2.setNumThreads, (1,)) as pool:
        for pixels in pool.imap_unordered(_decode, sorted(folder.iterdir()), chunksize=16):
            if not pixels:
                raise ValueError("a picture did not decode")


def _decode(path: Path) -> int:
    return int(cv2.imdecode(np.frombuffer(path.read_bytes(), np.uint8), cv2.IMREAD_COLOR).size)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
