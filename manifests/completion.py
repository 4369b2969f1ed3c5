"""Completion of ``textlines PACKAGE COMMAND --options`` in shells: a script made once, by shtab.

The script holds every command and option, so that completing starts no Python. What a package
needs and is not installed takes its commands out of the script, which says so in its last lines.
"""

import argparse
import importlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import shtab

SHELLS = tuple(shtab.SUPPORTED_SHELLS)
_FOLDERS = ("DIR", "FOLDER", "DATA", "RAW")


def script(shell: str, packages: Mapping[str, str]) -> str:
    """The script for one of ``SHELLS``; ``packages``: names with what they are about."""
    root, left_out = whole_parser(packages)
    for action in actions(root):
        if action.type is Path and not action.choices:
            action.complete = kind_of(action)  # type: ignore[attr-defined]
    notes = "".join(f"# without {name}: {why} is not installed\n" for name, why in left_out.items())
    return f"{shtab.complete(root, shell)}\n{notes}"


def whole_parser(
    packages: Mapping[str, str],
) -> tuple[argparse.ArgumentParser, dict[str, str]]:
    """The parser of all packages' commands, and the packages whose own cannot be made here, each
    with the module that is missing."""
    root = argparse.ArgumentParser(prog="textlines")
    root.add_argument("--print-completion", choices=SHELLS, help="print a script as this one")
    commands = root.add_subparsers(metavar="PACKAGE")
    left_out = {}
    for name, about in packages.items():
        try:
            parser = importlib.import_module(f"{name}.__main__").build_parser()
        except ModuleNotFoundError as error:
            left_out[name] = str(error.name)
            continue
        commands.add_parser(name, help=about)
        commands.choices[name] = parser  # as the package has made it
    return root, left_out


def actions(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    """Those of a parser and of all its commands."""
    for action in parser._actions:
        yield action
        if isinstance(action, argparse._SubParsersAction):
            for command in dict.fromkeys(action.choices.values()):
                yield from actions(command)


def kind_of(action: argparse.Action) -> Mapping[str, Any]:
    """Files, or folders alone where the argument's name says so."""
    names = {str(action.metavar or action.dest).upper()}
    return shtab.DIRECTORY if names & set(_FOLDERS) else shtab.FILE
