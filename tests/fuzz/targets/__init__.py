"""Every reader of files that strangers write, as a target of fuzzing."""

from tests.fuzz.running import Target
from tests.fuzz.targets import (
    annotations,
    archives,
    own,
    pictures,
    results,
    serving,
    settings,
    weights,
)

_ALL: tuple[Target, ...] = (
    *annotations.TARGETS,
    *own.TARGETS,
    *settings.TARGETS,
    *archives.TARGETS,
    *results.TARGETS,
    *pictures.TARGETS,
    *weights.TARGETS,
    *serving.TARGETS,
)
TARGETS = {target.name: target for target in _ALL}
