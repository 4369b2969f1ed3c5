"""The evaluation protocols of the Robust Reading Competition, in NumPy, to the last digit.

``evaluate`` scores a corpus; ``PROTOCOLS`` names what there is. Inputs are in ``inputs``, answers
in ``results``. A figure is worth nothing without the name of its protocol.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from manifests.errors import UserError
from model.protocols import deteval, icdar2013, iou
from model.protocols.corpus import Corpus
from model.protocols.inputs import Detections, GroundTruths, rectangles
from model.protocols.results import Matches, Matching, Score, score_corpus


@dataclass(frozen=True)
class Protocol:
    """One protocol: its name, what it does to images and whether it takes quadrilaterals."""

    name: str
    match_all: Callable[[Corpus], Matches]
    takes_quadrilaterals: bool

    def match(self, gt: GroundTruths, detections: Detections) -> Matching:
        """The matches of one image alone; a UserError for shapes that the protocol cannot take."""
        corpus = Corpus.of([gt], [detections])
        return self.match_all(corpus).by_image(corpus.truth_counts, corpus.detection_counts)[0]


PROTOCOLS: dict[str, Protocol] = {
    protocol.name: protocol
    for protocol in (
        Protocol("deteval", deteval.match_all, takes_quadrilaterals=False),
        Protocol("icdar2013", icdar2013.match_all, takes_quadrilaterals=False),
        Protocol("iou", iou.match_all, takes_quadrilaterals=True),
    )
}


def evaluate(
    protocol: str, gt: Mapping[str, GroundTruths], detections: Mapping[str, Detections]
) -> Score:
    """Score detections against ground truth, both keyed by image id.

    An image without an entry in ``detections`` has none. Raises UserError for a protocol that does
    not exist, detections of an image that is not in ``gt``, or quadrilaterals where the protocol
    compares rectangles.
    """
    if protocol not in PROTOCOLS:
        raise UserError(f"there is no protocol {protocol!r}: use one of {', '.join(PROTOCOLS)}")
    strangers = sorted(set(detections) - set(gt))
    if strangers:
        raise UserError(
            f"{len(strangers)} image(s) have detections but no ground truth, "
            f"first {strangers[0]!r}: leave them out, or score against the ground truth they have"
        )
    nothing = Detections(np.empty((0, 4)))
    found = [detections.get(name, nothing) for name in gt]
    if not PROTOCOLS[protocol].takes_quadrilaterals:
        _check_rectangles(protocol, gt, [*gt.values()])
        _check_rectangles(protocol, gt, found)
    corpus = Corpus.of([*gt.values()], found)
    matches = PROTOCOLS[protocol].match_all(corpus)
    counts = corpus.truth_counts, corpus.detection_counts
    return score_corpus(protocol, [*gt], counts, matches)


def _check_rectangles(
    protocol: str, names: Iterable[str], images: Sequence[GroundTruths | Detections]
) -> None:
    for name, image in zip(names, images, strict=True):
        if image.shapes.shape[1] != 4:
            try:
                rectangles(image.shapes)
            except UserError as error:
                raise UserError(f"{protocol}, image {name!r}: {error}") from error
