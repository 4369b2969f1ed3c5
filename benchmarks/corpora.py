"""Made-up ground truths and detections of many images, as ICDAR 2015 has them."""

import numpy as np
import numpy.typing as npt

from model.protocols.inputs import Detections, GroundTruths

WIDTH, HEIGHT = 1280, 720
TRUTHS, ALARMS = 10, 3.0
"""Mean numbers of ground truths and of false alarms, in an image."""
DONT_CARE = 0.4
MISSED, SPLIT, MERGED, SLOPPY = 0.15, 0.08, 0.06, 0.2
"""Shares of ground truths that are not found, found in two parts, with a neighbour, or loosely."""

Quads = npt.NDArray[np.float64]
Corpus = tuple[dict[str, GroundTruths], dict[str, Detections]]


def corpus(seed: int, images: int, upright: bool) -> Corpus:
    """Words in rows on each image and what a detector may say of them, in whole pixels.

    ``upright``: inclusive rectangles, else slanted quadrilaterals, clockwise.
    """
    rng = np.random.default_rng(seed)
    gt, found = {}, {}
    for number in range(1, images + 1):
        words = _words(rng)
        care = rng.random(len(words)) >= DONT_CARE
        boxes = np.concatenate([_found(rng, words), _anywhere(rng, int(rng.poisson(ALARMS)))])
        boxes = boxes[rng.permutation(len(boxes))]
        texts = tuple("word" if flag else "###" for flag in care)
        name = f"img_{number}"
        gt[name] = GroundTruths(_shapes(words, upright), care, texts)
        found[name] = Detections(_shapes(boxes, upright))
    return gt, found


def _words(rng: np.random.Generator) -> Quads:
    """(N, 4, 2) words, two and more in a row, all rows of an image at much the same slant."""
    count, slope = int(rng.poisson(TRUTHS)), rng.normal(0, 0.08)
    words: list[Quads] = []
    while len(words) < count:
        x, y, height = rng.uniform(0, WIDTH), rng.uniform(0, HEIGHT), rng.uniform(10, 50)
        for _ in range(int(rng.integers(1, 5))):
            width = height * rng.uniform(1, 5)
            words.append(_quad(x, y, width, height, slope))
            x, y = x + width + 0.3 * height, y + slope * (width + 0.3 * height)
    return np.array(words[:count]).reshape(-1, 4, 2)


def _quad(x: float, y: float, width: float, height: float, slope: float = 0.0) -> Quads:
    rise = slope * width
    return np.array(
        [[x, y], [x + width, y + rise], [x + width, y + rise + height], [x, y + height]]
    )


def _found(rng: np.random.Generator, words: Quads) -> Quads:
    """(N, 4, 2) what is found of the words."""
    found: list[Quads] = []
    for i, word in enumerate(words):
        fate, height = rng.random(), word[3, 1] - word[0, 1]
        if fate < MISSED:
            continue
        if fate < MISSED + SPLIT:
            found += _parts(word, rng.uniform(0.3, 0.7))
        elif fate < MISSED + SPLIT + MERGED and i + 1 < len(words):
            found.append(np.stack([word[0], words[i + 1][1], words[i + 1][2], word[3]]))
        else:
            loose = 0.3 if rng.random() < SLOPPY else 0.06
            found.append(word + rng.normal(0, loose * height, (4, 2)))
    return np.array(found).reshape(-1, 4, 2)


def _parts(word: Quads, share: float) -> list[Quads]:
    """A word cut in two at a share of its length."""
    top, bottom = word[0] + share * (word[1] - word[0]), word[3] + share * (word[2] - word[3])
    return [np.stack([word[0], top, bottom, word[3]]), np.stack([top, word[1], word[2], bottom])]


def _anywhere(rng: np.random.Generator, count: int) -> Quads:
    quads = [
        _quad(
            rng.uniform(0, WIDTH), rng.uniform(0, HEIGHT), rng.uniform(10, 90), rng.uniform(10, 90)
        )
        for _ in range(count)
    ]
    return np.array(quads).reshape(-1, 4, 2)


def _shapes(quads: Quads, upright: bool) -> Quads:
    """(N, 8) whole pixels, or (N, 4) rectangles around them."""
    whole = np.rint(quads)
    if not upright:
        return whole.reshape(-1, 8)
    return np.concatenate([whole.min(axis=1), whole.max(axis=1)], axis=1)
