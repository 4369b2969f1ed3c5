"""``model.loss.CtpnLoss`` in PyTorch."""

import torch
from torch.nn import functional

from model.config import LossSettings


def ctpn_loss(
    predictions: tuple[torch.Tensor, torch.Tensor, torch.Tensor],
    targets: tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor],
    settings: LossSettings,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """(total, classification, vertical, side). targets: labels, vertical, side and side_mask as
    ``model.loader.Batch`` has them."""
    scores, vertical, side = predictions
    labels, true_vertical, true_side, mask = targets
    positive, sampled = (labels == 1).float(), (labels >= 0).float()
    share = sampled.sum((1, 2, 3)).clamp(min=1)
    logit = scores[..., 1] - scores[..., 0]
    entropy = functional.binary_cross_entropy_with_logits(logit, positive, reduction="none")
    beta = settings.beta
    height = functional.smooth_l1_loss(vertical, true_vertical, reduction="none", beta=beta)
    ends = functional.smooth_l1_loss(side, true_side, reduction="none", beta=beta)
    terms = (entropy * sampled, height.sum(-1) * positive, ends * positive * mask)
    parts = [(term.sum((1, 2, 3)) / share).mean() for term in terms]
    weights = (settings.classification, settings.vertical, settings.side)
    total = torch.stack([w * part for w, part in zip(weights, parts, strict=True)]).sum()
    return total, parts[0], parts[1], parts[2]
