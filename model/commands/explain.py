"""``python -m model explain``: one image of an evaluation, down to the lines of its annotation."""

import argparse
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from manifests.errors import UserError
from manifests.pages.words import visible
from model.explain.names import detection_name, region_number, truth_name
from model.protocols import PROTOCOLS

if TYPE_CHECKING:
    from model.explain.folder import StoredEvaluation

    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

Row = Mapping[str, Any]
Names = tuple[Mapping[int, str], Mapping[int, str]]
"""What the ground truths and the detections of an image are called, by index."""
_SHOWN = 20
_MEASURES = ("height", "width", "tilt", "brightness")


def add_parser(subparsers: "Subparsers") -> None:
    """Declare ``explain`` and its arguments."""
    parser = subparsers.add_parser(
        "explain",
        help="tell what became of one image of an evaluation, or of one of its regions",
        description="Print the ground truths and the detections of one image of an evaluation, "
        "with their outcome under each protocol, their partners and measures, the file and line "
        "each ground truth comes from, that line as it stood, and the digests of checkpoint, "
        "shards, manifest and raw files.",
    )
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="folder that `evaluate` wrote")
    parser.add_argument(
        "name",
        metavar="IMAGE_ID[#REGION]",
        help="such as icdar15/train/img_1; its region img_1#3, which the report calls T3; its "
        "detection img_1#D0",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print it. Raises UserError."""
    from model.explain.folder import open_evaluation

    evaluation = open_evaluation(args.folder)
    image_id, _, part = args.name.partition("#")
    for line in told(evaluation, image_id, part):
        print(visible(line))  # annotations are of others
    return 0


def told(evaluation: "StoredEvaluation", image_id: str, part: str = "") -> Iterator[str]:
    """Lines about an image, or about one of its regions or detections (``3`` or ``T3``, ``D0``) and
    its partners. Raises UserError where there is none of that name."""
    import pyarrow.compute as pc

    images, truths, detections = (
        evaluation.tables[name].filter(pc.field("image_id") == image_id).to_pylist()
        for name in ("images", "truths", "detections")
    )
    if not images:
        raise UserError(_strange(evaluation, image_id))
    names = (
        {row["index"]: truth_name(row["region_id"], row["index"]) for row in truths},
        {row["index"]: detection_name(row["index"]) for row in detections},
    )
    if part:
        truths, detections = _about(truths, detections, part)
    if not truths and not detections and part:
        raise UserError(_no_part(evaluation, image_id, part, names))
    yield from _lineage(evaluation.info, images[0])
    for row in truths:
        yield from _truth(row, evaluation.info, names)
    for row in detections:
        yield from _detection(row, names)


def _about(truths: list[Row], detections: list[Row], part: str) -> tuple[list[Row], list[Row]]:
    """The one of that name, and its partners; of a region whose number is such a name, the
    region."""
    numbers = (part, part.removeprefix("T"))
    for number in numbers:
        mine = [row for row in truths if region_number(row["region_id"]) == number]
        if mine:
            return mine, _partners(mine, detections)
    mine = [row for row in truths if truth_name(row["region_id"], row["index"]) == part]
    if mine:
        return mine, _partners(mine, detections)
    found = [row for row in detections if detection_name(row["index"]) == part]
    return _partners(found, truths), found


def _partners(rows: list[Row], others: list[Row]) -> list[Row]:
    near = {index for row in rows for p in PROTOCOLS for index in row[f"{p}_partners"]}
    return [row for row in others if row["index"] in near]


def _no_part(evaluation: "StoredEvaluation", image_id: str, part: str, names: Names) -> str:
    known = [*names[0].values(), *names[1].values()]
    more = f" and {len(known) - _SHOWN} more" if len(known) > _SHOWN else ""
    it_has = f"it has {', '.join(known[:_SHOWN])}{more}" if known else "there is none"
    return f"{image_id} has no region or detection {part} in {evaluation.folder}; {it_has}"


def _lineage(info: Mapping[str, Any], image: Mapping[str, Any]) -> Iterator[str]:
    yield f"{image['image_id']}: {image['width']}x{image['height']}, {image['image_uri']}"
    yield f"  picture   sha256 {image['image_sha256']}"
    yield f"  manifest  {image['dataset']}/{image['split']}, fingerprint {image['fingerprint']}"
    checkpoint, shards = info.get("checkpoint"), info.get("shards")
    if shards:
        yield f"  shards    {info['mix']}, digest {shards['digest']}"
    if checkpoint:
        yield f"  weights   {checkpoint['path']}, sha256 {checkpoint['sha256']}"


def _truth(row: Row, info: Mapping[str, Any], names: Names) -> Iterator[str]:
    kind = "" if row["care"] else f", don't-care: {row['ignore_reason']}"
    text = "no text" if row["text"] is None else repr(row["text"])
    yield f"ground truth {names[0][row['index']]} ({row['region_id']}): {text}{kind}"
    yield from _results(row, "detection", names[1])
    if row["best_detection"] is not None:
        yield f"  nearest   detection {names[1][row['best_detection']]}, IoU {row['best_iou']:.2f}"
    yield f"  measures  {_measures(row)}"
    line = "" if row["source_line"] is None else f", line {row['source_line']}"
    yield f"  source    {row['annotation_uri']}{line}"
    yield f"  as it is  {row['raw']}"
    digest = _raw_digest(info, row)
    if digest:
        yield f"  raw file  {digest}"


def _detection(row: Row, names: Names) -> Iterator[str]:
    corners = " ".join(f"{value:.0f}" for value in row["polygon"])
    yield f"detection {names[1][row['index']]}: score {row['score']:.3f}, {corners}"
    yield from _results(row, "ground truth", names[0])
    yield f"  measures  {_measures(row)}, {100 * row['touches']:.0f} % of it in ground truths"


def _results(row: Row, other: str, names: Mapping[int, str]) -> Iterator[str]:
    for p in PROTOCOLS:
        partners = row[f"{p}_partners"]
        whom = f", {other} {', '.join(names[k] for k in partners)}" if partners else ""
        outcome = row[f"{p}_outcome"].replace("_", " ")
        yield f"  {p:<10}{outcome} ({row[f'{p}_credit']:g}){whom}"


def _measures(row: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {row[name]:.1f}" for name in _MEASURES if row[name] is not None)


def _raw_digest(info: Mapping[str, Any], row: Mapping[str, Any]) -> str:
    """The raw file, archive or folder that an annotation stands in, and its digest."""
    inputs = info.get("shards", {}).get("inputs", [])
    sources = [
        source
        for entry in inputs
        if entry["name"] == f"{row['dataset']}/{row['split']}"
        for source in entry.get("raw", [])
        if row["annotation_uri"].startswith(source["uri"])
    ]
    longest = max(sources, key=lambda source: len(source["uri"]), default=None)
    return f"{longest['uri']}, sha256 {longest['sha256']}" if longest else ""


def _strange(evaluation: "StoredEvaluation", image_id: str) -> str:
    from manifests.selecting import near_image

    images = evaluation.tables["images"]
    names, uris = (images[column].to_pylist() for column in ("image_id", "image_uri"))
    example = f"; one it has is {names[0]}" if names else "; it has none"
    near = near_image(image_id, zip(names, uris, strict=True)) or example
    return f"{evaluation.folder} has no image {image_id!r}{near}"
