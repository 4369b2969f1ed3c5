"""The evaluation protocols of the Robust Reading Competition, in NumPy, to the last digit.

``evaluate`` scores a corpus; ``PROTOCOLS`` names what there is. Inputs are in ``inputs``, answers
in ``results``. A figure is worth nothing without the name of its protocol.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from manifests.errors import UserError
from model.protocols import deteval, icdar2013, iou
from model.protocols.inputs import Detections, GroundTruths
from model.protocols.results import Matching, Score, score_corpus


@dataclass(frozen=True)
class Protocol:
    """One protocol: its name, what it does to one image and whether it takes quadrilaterals."""

    name: str
    match: Callable[[GroundTruths, Detections], Matching]
    takes_quadrilaterals: bool


PROTOCOLS: dict[str, Protocol] = {
    protocol.name: protocol
    for protocol in (
        Protocol("deteval", deteval.match, takes_quadrilaterals=False),
        Protocol("icdar2013", icdar2013.match, takes_quadrilaterals=False),
        Protocol("iou", iou.match, takes_quadrilaterals=True),
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
    match, nothing = PROTOCOLS[protocol].match, Detections(np.empty((0, 4)))
    matchings = {}
    for image_id, ground_truths in gt.items():
        try:
            matchings[image_id] = match(ground_truths, detections.get(image_id, nothing))
        except UserError as error:
            raise UserError(f"{protocol}, image {image_id!r}: {error}") from error
    return score_corpus(protocol, matchings)
