"""``python -m model compare``: two evaluations of the same data side by side."""

import argparse
import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from manifests.pages.words import plural, visible
from model.protocols import PROTOCOLS

if TYPE_CHECKING:
    from model.explain.comparing import Comparison
    from model.explain.folder import StoredEvaluation
    from model.explain.strata import Stratum

    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

_SHOWN = 8


def add_parser(subparsers: "Subparsers") -> None:
    """Declare ``compare`` and its arguments."""
    parser = subparsers.add_parser(
        "compare",
        help="set two evaluations of the same data side by side",
        description="Set evaluation B beside evaluation A, two folders that `evaluate` wrote on "
        "the same images and ground truth; others are refused, with what differs. Told are the "
        "figures of both, B - A with its 95 % interval (bootstrap over images, the same draws for "
        "both) and whether B is better, worse, or no difference is to be seen; what became of A's "
        "ground truths in B; the bins and the images that changed most. Two settings of one "
        "checkpoint: `evaluate`, then `evaluate --set lines.min_score=0.8`, whose folder has a "
        "name of its own, printed at its end.",
    )
    parser.add_argument("a", type=Path, metavar="A", help="folder of the evaluation to go from")
    parser.add_argument("b", type=Path, metavar="B", help="folder of the other one")
    parser.add_argument("--protocol", choices=PROTOCOLS, help="only this one (default: all)")
    parser.add_argument("--json", action="store_true", help="print one JSON object, not tables")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the comparison. Raises UserError."""
    from model.explain.comparing import compare
    from model.explain.folder import open_evaluation
    from model.explain.same_data import require_same_data

    a, b = open_evaluation(args.a), open_evaluation(args.b)
    require_same_data(a, b)
    protocols = [args.protocol] if args.protocol else list(PROTOCOLS)
    found = [compare(a, b, protocol) for protocol in protocols]
    if args.json:
        print(json.dumps(as_json(args.a, args.b, found), indent=2))
    else:
        for name, one in (("A", a), ("B", b)):
            print(visible(f"{name} {_made(one)}"))
        print(f"{plural(found[0].images, 'image')}\n")
        print("\n\n".join(as_text(comparison) for comparison in found))
    return 0


def _made(evaluation: "StoredEvaluation") -> str:
    """A folder and what its figures were made with."""
    info = evaluation.info
    weights = info.get("checkpoint", {}).get("path", "weights that are not told")
    thresholds = info.get("thresholds_from", {}).get("words", "not told")
    return f"{evaluation.folder}: {weights}; thresholds: {thresholds}"


def as_json(a: Path, b: Path, found: "list[Comparison]") -> dict[str, Any]:
    """Everything as plain values."""
    return {
        "a": str(a),
        "b": str(b),
        "images": found[0].images,
        "protocols": {one.protocol: _plain(one) for one in found},
    }


def _plain(found: "Comparison") -> dict[str, Any]:
    changes = [
        {**asdict(change), "gained": change.gained, "false": change.false}
        for change in found.changes
    ]
    return {**asdict(found), "changes": changes}


def as_text(found: "Comparison") -> str:
    """One protocol, for a person."""
    lines = [
        f"{found.protocol:<12}{'A':>8}{'B':>8}{'B - A':>9}  95 % interval",
        *(
            f"{one.figure:<12}{one.a:>8.4f}{one.b:>8.4f}{one.difference:>+9.4f}  "
            f"{_ends(one.interval):<22}{one.verdict}"
            for one in found.figures
        ),
    ]
    for heading, told in (
        ("what became of A's ground truths", _became(found)),
        ("bins that changed most", _changes(found)),
        ("images that changed most", _moved(found)),
    ):
        lines += [f"  {heading}{'' if told else ': none'}", *(f"    {line}" for line in told)]
    return "\n".join(visible(line) for line in lines)


def _ends(ends: tuple[float, float] | None) -> str:
    return f"{ends[0]:+.4f} to {ends[1]:+.4f}" if ends else "-"


def _became(found: "Comparison") -> list[str]:
    lines = []
    for old, new in found.became.items():
        others = {name: times for name, times in new.items() if name != old}
        if others:
            told = ", ".join(f"{times} {name}" for name, times in others.items())
            lines.append(f"of {sum(new.values())} {old}: {told}".replace("_", " "))
    return lines


def _changes(found: "Comparison") -> list[str]:
    return [
        f"{change.a.quantity.replace('_', ' ')} {change.a.bin}: {change.gained:+.3g} found of "
        f"{change.a.ground_truths}, {change.false:+.3g} false; "
        f"{_figures(change.a)} -> {_figures(change.b)}"
        for change in found.changes[:_SHOWN]
    ]


def _figures(stratum: "Stratum") -> str:
    told = (("P", stratum.precision), ("R", stratum.recall))
    return " ".join(f"{name} {value:.3f}" for name, value in told if value is not None) or "-"


def _moved(found: "Comparison") -> list[str]:
    lines = [
        f"{one.image_id}: hmean {one.effect:+.4f} by this image alone; {_sums(one.a)} -> "
        f"{_sums(one.b)}"
        for one in found.moved[:_SHOWN]
    ]
    more = len(found.moved) - _SHOWN
    return [*lines, f"and {more} more images"] if more > 0 else lines


def _sums(sums: Mapping[str, float]) -> str:
    return (
        f"R {sums['recall_credit']:g}/{sums['truths']:g} "
        f"P {sums['precision_credit']:g}/{sums['detections']:g}"
    )
