"""What of a trained network's config may still change: what its weights are indifferent to."""

from collections.abc import Sequence

from manifests.errors import UserError
from model.config import Config, with_changes

_SIZES = ("network.input_width", "network.input_height")


def with_decoding(config: Config, changes: Sequence[str]) -> Config:
    """The checkpoint's config with ``key=value`` changes of the decoding or of the input's size.
    Raises UserError."""
    for change in changes:
        name = change.partition("=")[0].strip()
        if name.partition(".")[0] not in ("proposals", "lines") and name not in _SIZES:
            raise UserError(
                f"--set {change}: only proposals.*, lines.*, {' and '.join(_SIZES)} can change "
                "after training"
            )
    return with_changes(config, list(changes))
