"""The list of images, and an image's own page."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from model.report.marks import image_marks, label_size
from model.report.outcomes import DETECTIONS, OUTCOMES, TRUTHS
from model.report.pictures import Drawn
from model.report.places import image_page, images_page
from model.report.reading import ImageRows, Row
from model.report.standing import Figures, Ints, Standing

PER_PAGE = 100


@dataclass(frozen=True)
class Listed:
    """An image of the list. ``rank``: from 1, the worst; ``counts``: of ``loss_columns``."""

    rank: int
    image_id: str
    figures: tuple[float, float, float]
    truths: int
    detections: int
    counts: tuple[int, ...]
    has_picture: bool


def loss_columns() -> list[tuple[str, str, str]]:
    """(side, outcome, title) of the columns of losses."""
    return [(side, o.name, o.title) for side, all_ in OUTCOMES.items() for o in all_ if o.is_loss]


def list_pages(
    standing: Standing, protocol: str, pictures: int
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Address and values of every page of the list under a protocol; one, if empty, without
    images. ``pictures``: how many of the worst under the first protocol have their picture."""
    order = standing.worst(protocol)
    drawn = set(worst_images(standing, pictures).tolist())
    pages = max(1, -(-len(order) // PER_PAGE))
    addresses = [images_page(protocol, number) for number in range(1, pages + 1)]
    for number, address in enumerate(addresses, 1):
        first = (number - 1) * PER_PAGE
        places = order[first : first + PER_PAGE]
        yield (
            address,
            {
                "protocol": protocol,
                "number": number,
                "addresses": addresses,
                "columns": loss_columns(),
                "listed": list(_listed(standing, protocol, places, first, drawn)),
                "images": len(order),
                "drawn": len(drawn),
            },
        )


def worst_images(standing: Standing, most: int) -> Ints:
    """Positions of the images whose picture is drawn: the worst under the first protocol."""
    first = next(iter(standing.figures), None)
    return standing.worst(first)[:most] if first else np.empty(0, dtype=np.int64)


def _listed(
    standing: Standing, protocol: str, places: Ints, first: int, drawn: set[int]
) -> Iterator[Listed]:
    figures = standing.figures[protocol]
    columns = [
        standing.outcomes[side][protocol][:, [o.name for o in OUTCOMES[side]].index(outcome)]
        for side, outcome, _ in loss_columns()
    ]
    for rank, place in enumerate(places.tolist(), first + 1):
        yield Listed(
            rank,
            standing.ids[place],
            image_figures(figures, place),
            int(figures.truths[place]),
            int(figures.detections[place]),
            tuple(int(column[place]) for column in columns),
            place in drawn,
        )


def image_figures(figures: Figures, place: int) -> tuple[float, float, float]:
    """Precision, recall and hmean of one image."""
    precision, recall = _share(figures.precision_credit, figures.detections, place), 1.0
    if figures.truths[place]:
        recall = _share(figures.recall_credit, figures.truths, place)
    elif not figures.detections[place]:
        precision = 1.0
    total = precision + recall
    return precision, recall, 2 * precision * recall / total if total else 0.0


def _share(credit: Any, count: Any, place: int) -> float:
    return float(credit[place] / count[place]) if count[place] else 0.0


@dataclass(frozen=True)
class Neighbours:
    """Of an image in the order of the first protocol: its rank from 1, and the images beside it."""

    rank: int
    worse: str | None
    better: str | None


def image_values(
    rows: ImageRows,
    protocols: Sequence[str],
    figures: Sequence[tuple[float, float, float]],
    neighbours: Neighbours,
    drawn: Drawn,
) -> dict[str, Any]:
    """The values of the template of an image's page."""
    image = rows.image
    return {
        "image": image,
        "protocols": protocols,
        "figures": list(zip(protocols, figures, strict=True)),
        "neighbours": neighbours,
        "worse": neighbours.worse and image_page(neighbours.worse),
        "better": neighbours.better and image_page(neighbours.better),
        "picture": drawn.file,
        "problem": drawn.problem,
        "marks": image_marks(rows, protocols),
        "label_size": label_size(image["width"], image["height"]),
        "truths": [_row(TRUTHS, row, rows, protocols) for row in rows.truths],
        "file": rows.truths[0]["annotation_uri"] if rows.truths else "",
        "found": [_row(DETECTIONS, row, rows, protocols) for row in rows.detections],
    }


def _row(side: str, row: Row, rows: ImageRows, protocols: Sequence[str]) -> dict[str, Any]:
    """A row of a table with its outcomes: (protocol, outcome, names of partners)."""
    others = rows.labels[DETECTIONS if side == TRUTHS else TRUTHS]
    outcomes = [
        (p, row[f"{p}_outcome"], [others[partner] for partner in row[f"{p}_partners"]])
        for p in protocols
    ]
    best = row["best_detection" if side == TRUTHS else "best_truth"]
    best_name = None if best is None else others[best]
    name = rows.labels[side][row["index"]]
    return {**row, "name": name, "outcomes": outcomes, "best": best_name}
