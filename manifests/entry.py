"""``textlines PACKAGE COMMAND ...``: the commands of the packages, once they are installed."""

import importlib
import sys

PACKAGES = {
    "manifests": "look into manifests, hand them on",
    "pipelines": "raw annotations to manifests, statistics and shards",
    "validation": "the gate, the quality pages, decisions",
    "model": "train, evaluate, detect, serve, export",
}

COMPLETION = "--print-completion"
_MORE = (
    f"textlines {COMPLETION} bash|zsh|tcsh: a script that completes all of it; in bash",
    f'  eval "$(textlines {COMPLETION} bash)"',
)


def main(argv: list[str] | None = None) -> int:
    """``textlines model predict photo.jpg`` does what ``python -m model predict photo.jpg`` does.

    A package is imported by its name alone, so that none of them needs what the others do.
    """
    given = sys.argv[1:] if argv is None else argv
    if given and given[0] == COMPLETION:
        return _print_completion(given[1:])
    if not given or given[0] not in PACKAGES:
        width = max(map(len, PACKAGES))
        lines = [f"  {name:<{width}}  {what}" for name, what in PACKAGES.items()]
        text = "\n".join(["usage: textlines PACKAGE COMMAND ...", "", *lines, "", *_MORE, ""])
        asked = bool(given) and given[0] in ("-h", "--help")
        (sys.stdout if asked else sys.stderr).write(text)
        return 0 if asked else 2
    try:
        return int(importlib.import_module(f"{given[0]}.__main__").main(given[1:]))
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] in PACKAGES:
            raise
        sys.stderr.write(
            f"error: this needs the package {error.name}, which is not installed here. The extras "
            "are data (manifests, gate, shards), train (training, evaluation, export), infer "
            "(ONNX Runtime) and serve: pip install 'WHEEL[data,train]', with the path of the wheel "
            "for WHEEL\n"
        )
        return 2


def _print_completion(given: list[str]) -> int:
    """Print the script for a shell; 2 for a shell that there is none for."""
    from manifests.completion import SHELLS, script

    if len(given) != 1 or given[0] not in SHELLS:
        sys.stderr.write(f"error: textlines {COMPLETION} takes one of {', '.join(SHELLS)}\n")
        return 2
    sys.stdout.write(script(given[0], PACKAGES))
    return 0
