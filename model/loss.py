"""The training loss: text or not, vertical position, side refinement.

Tian et al. 2016, "Detecting Text in Natural Image with Connectionist Text Proposal Network",
section 3.4, with the smooth L1 of Girshick 2015 ("Fast R-CNN", equation 3) at a transition
``beta``: x^2 / (2 beta) below it, |x| - beta / 2 above.

Shape letters as in ``model.network``.
"""

import mindspore as ms
from mindspore import nn, ops

from model.config import LossSettings


class CtpnLoss(nn.Cell):
    """Predictions and targets -> (total, classification, vertical, side), scalars.

    Each image's sums are divided by the number of its sampled anchors (labels 1 and 0), and the
    images' results averaged; an image with nothing sampled counts as 0. The parts are returned
    before their weights.
    """

    def __init__(self, settings: LossSettings) -> None:
        super().__init__()
        self.weights = (settings.classification, settings.vertical, settings.side)
        self.beta = settings.beta

    def construct(
        self,
        scores: ms.Tensor,
        vertical: ms.Tensor,
        side: ms.Tensor,
        labels: ms.Tensor,
        true_vertical: ms.Tensor,
        true_side: ms.Tensor,
        side_mask: ms.Tensor,
    ) -> tuple[ms.Tensor, ms.Tensor, ms.Tensor, ms.Tensor]:
        """labels: (B, R, C, k) int32 in {1, 0, -1}; side_mask: float32; the rest as predicted."""
        positive = ops.cast(labels == 1, ms.float32)
        sampled = ops.cast(labels >= 0, ms.float32)
        share = sampled.sum((1, 2, 3)).clip(1, None)
        entropy = binary_entropy(scores[..., 1] - scores[..., 0], positive) * sampled
        height = smooth_l1(vertical - true_vertical, self.beta).sum(-1) * positive
        ends = smooth_l1(side - true_side, self.beta) * positive * side_mask
        parts = [(part.sum((1, 2, 3)) / share).mean() for part in (entropy, height, ends)]
        w = self.weights
        return w[0] * parts[0] + w[1] * parts[1] + w[2] * parts[2], parts[0], parts[1], parts[2]


def binary_entropy(logit: ms.Tensor, truth: ms.Tensor) -> ms.Tensor:
    """Cross entropy of a two-way softmax whose scores differ by ``logit``, without overflow."""
    return ops.relu(logit) - logit * truth + ops.log(1 + ops.exp(-ops.abs(logit)))


def smooth_l1(difference: ms.Tensor, beta: float) -> ms.Tensor:
    """Element by element; ``beta`` > 0."""
    size = ops.abs(difference)
    near = ops.minimum(size, ops.full_like(size, beta))
    return near * (size - 0.5 * near) / beta
