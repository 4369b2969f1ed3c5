"""Weights that come with the project, by name; each has a card beside it, ``<name>.md``."""

from pathlib import Path

FOLDER = Path(__file__).parent
SUFFIX = ".safetensors"
DEFAULT = "lite"
_CHOSEN_ON = {"lite": "icdar15_val"}
"""The mixes that thresholds were chosen on, as the cards say."""


def names() -> list[str]:
    """What there is."""
    return sorted(path.stem for path in FOLDER.glob(f"*{SUFFIX}"))


def resolve(checkpoint: Path) -> Path:
    """A checkpoint given by its name (``lite``) or its path; a file of that name goes first."""
    if checkpoint.is_file() or str(checkpoint) not in names():
        return checkpoint
    return FOLDER / f"{checkpoint}{SUFFIX}"


def default() -> Path:
    """The weights to use where there are none of one's own."""
    return FOLDER / f"{DEFAULT}{SUFFIX}"


def chosen_on(name: str) -> str | None:
    """The mix that the thresholds of these weights were chosen on, so that its figures are a little
    too good; None where none is known."""
    return _CHOSEN_ON.get(name)
