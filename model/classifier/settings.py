"""Settings of the backbone task."""

from dataclasses import dataclass

from model.anchors import STRIDE


@dataclass(frozen=True)
class BackboneSettings:
    """Training of the backbone as a classifier, on a folder of pictures by class."""

    epochs: int = 90
    """Passes over the pictures."""
    batch: int = 64
    """Pictures to a step."""
    learning_rate: float = 0.025
    """After the warm-up; a half cosine takes it to 0 at the last step."""
    warmup_steps: int = 1000
    """Steps of linear warm-up."""
    warmup_start: float = 0.1
    """Share of the learning rate at the first step of the warm-up."""
    momentum: float = 0.9
    weight_decay: float = 1e-4
    """On the weights of convolutions and the dense layer; not on biases and norms."""
    label_smoothing: float = 0.0
    """Share of the truth that is spread over all classes."""
    crop: int = 224
    """Px, width and height of what the network sees; a multiple of 16."""
    min_area: float = 0.08
    """Smallest share of a picture that a random crop takes."""
    centre: float = 0.875
    """Share of the short side that the middle crop takes, which is what is evaluated."""
    seed: int = 1
    """Of initial weights, order of pictures and crops."""
    checkpoint_every: int = 10
    """Epochs from one kept checkpoint to the next."""
    keep: int = 2
    """So many of those stay; the last and the best stay beside them."""


def check_backbone(settings: BackboneSettings) -> None:
    """Raise ValueError for values that have the right type and still cannot work."""
    if settings.crop < STRIDE or settings.crop % STRIDE:
        raise ValueError(f"backbone.crop must be a multiple of {STRIDE}, not {settings.crop}")
    for name in ("epochs", "batch", "learning_rate", "checkpoint_every"):
        if getattr(settings, name) <= 0:
            raise ValueError(f"backbone.{name} must be greater than 0")
    for name in ("warmup_steps", "weight_decay", "seed", "keep"):
        if getattr(settings, name) < 0:
            raise ValueError(f"backbone.{name} must not be negative")
    if not 0 <= settings.momentum < 1:
        raise ValueError("backbone.momentum must be at least 0 and below 1")
    if settings.seed >= 1 << 32:
        raise ValueError(f"backbone.seed must be below {1 << 32}")
    for name in ("warmup_start", "min_area", "centre"):
        if not 0 < getattr(settings, name) <= 1:
            raise ValueError(f"backbone.{name} must be above 0 and at most 1")
    if not 0 <= settings.label_smoothing < 1:
        raise ValueError("backbone.label_smoothing must be at least 0 and below 1")
