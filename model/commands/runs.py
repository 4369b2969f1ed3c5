"""``python -m model runs``: list the trainings below a data folder."""

import argparse
import json
import logging
from pathlib import Path
from typing import TYPE_CHECKING

from manifests.errors import UserError

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

LOG = logging.getLogger(__name__)


def add_parser(subparsers: "Subparsers") -> None:
    """Declare ``runs`` and its arguments."""
    parser = subparsers.add_parser(
        "runs",
        help="list the trainings below a data folder with their scores",
        description="List the trainings below DATA/runs, oldest first, a line each: state, steps "
        "taken of all, the last step's loss, and the best hmean while training with its protocol "
        "and mix (of a backbone its accuracy); below it the scores that `evaluate` found, with "
        "which thresholds where they are not the checkpoint's own, and why it failed or cannot be "
        "read. States: running; stopped, or killed; failed; finished; damaged, where its files "
        "cannot be read. One that is stopped or failed goes on with "
        "`train --resume DIR`.",
    )
    parser.add_argument("--data", required=True, type=Path, help="folder with the runs")
    parser.add_argument("--json", action="store_true", help="print a JSON list, not a table")
    parser.add_argument(
        "--curves", action="store_true", help="draw each run's curves.png anew from its log too"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the runs. Raises UserError."""
    from model.listing import as_json, as_table, list_runs

    rows = list_runs(args.data)
    if args.curves:
        draw([args.data / "runs" / row.name for row in rows if row.state != "damaged"])
    if args.json:
        print(json.dumps(as_json(rows), indent=2))
    else:
        print(as_table(rows) if rows else f"no runs below {args.data / 'runs'}")
    return 0


def draw(folders: list[Path]) -> None:
    """Draw the curves of runs; a warning names those whose logs are damaged. Raises UserError where
    one cannot be written."""
    from model.curves import draw_curves

    for folder in folders:
        try:
            draw_curves(folder)
        except OSError as error:
            raise UserError(f"cannot draw {folder}: {error}") from error
        except ValueError as error:
            LOG.warning("no curves of %s: %s", folder, error)
