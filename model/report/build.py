"""Build the report of an evaluation: ``<folder>/report``, published as a whole."""

import itertools
import os
import shlex
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from jinja2 import Environment
from tqdm import tqdm

from manifests.errors import UserError
from manifests.pages.words import visible
from manifests.pages.writing import copy_assets, environment, write_page
from manifests.publish import publishing
from manifests.reading import open_manifest
from manifests.storage.address import Root
from model.explain.place import REPORT, is_report
from model.files import writing
from model.report import MOST_PICTURES
from model.report.examples import Example, Gallery, Kind, read_examples
from model.report.listing import (
    Neighbours,
    image_figures,
    image_values,
    list_pages,
    worst_images,
)
from model.report.markup import outcome, partners, said, sample
from model.report.outcomes import OUTCOMES, PROTOCOL_MEANINGS, SIDE_TITLES
from model.report.overview import overview
from model.report.pictures import PICTURES, Crop, Drawn, Wanted, draw
from model.report.places import (
    INDEX,
    gallery_page,
    image_by,
    image_page,
    images_page,
    where_page,
)
from model.report.reading import Evaluation, ImageRows, by_image, open_evaluation
from model.report.standing import Standing, read_standing
from model.report.where import FEW, where

_HERE = Path(__file__).parent
_ASSETS = "assets"
_CHUNK = 64
"""Images whose rows are held at a time."""


def write_report(
    folder: Path,
    data: Path | None = None,
    raw: Root | None = None,
    pictures: int = MOST_PICTURES,
    progress: bool = False,
) -> Path:
    """Write the pages of the evaluation in ``folder``; returns the front page.

    ``data``: folder with the manifests, which know where the pictures are; ``raw``: where they are,
    if not there; ``pictures``: how many of the worst images are shown with their picture, and with
    0 no example is either. Pages without pictures say why. Raises UserError where the evaluation
    is not whole, something else stands in the report's place, or the disk does not take the pages.
    """
    check_place(folder)
    evaluation = open_evaluation(folder)
    target = folder / REPORT
    with (
        writing(target, "make room, or evaluate with another --out"),
        publishing(target, digests=True) as made,
    ):
        _Report(evaluation, made, _Roots(data, raw), pictures).write(progress)
    return target / INDEX


def check_place(folder: Path) -> None:
    """Raise UserError where a report in ``folder`` would take away something else."""
    target = folder / REPORT
    if (target.exists() or target.is_symlink()) and not is_report(target):
        raise UserError(
            f"{target} is no report of an evaluation and would be lost; move it, or give another "
            "folder as --out of `python -m model evaluate`"
        )


class _Roots:
    """The raw root of a dataset's split, or why there is none."""

    def __init__(self, data: Path | None, raw: Root | None) -> None:
        self._data, self._raw = data, raw
        self._known: dict[str, Root | str] = {}

    def of(self, dataset: str, split: str) -> Root | str:
        """Asked once for each."""
        if self._raw is not None:
            return self._raw
        name = f"{dataset}/{split}"
        if name not in self._known:
            self._known[name] = self._ask(dataset, split)
        return self._known[name]

    def _ask(self, dataset: str, split: str) -> Root | str:
        if self._data is None:
            return "the report was built without --data and --raw"
        try:
            return open_manifest(self._data, dataset, split).raw_root
        except UserError as error:
            return str(error)


class _Report:
    """One report while it is written into ``folder``."""

    def __init__(self, evaluation: Evaluation, folder: Path, roots: _Roots, pictures: int) -> None:
        self.evaluation, self.folder, self.roots = evaluation, folder, roots
        self.protocols = evaluation.protocols
        self.standing: Standing = read_standing(evaluation)
        self.galleries = read_examples(evaluation)
        self.pictures = pictures
        self.crops: dict[tuple[Kind, Example], Crop] = {}
        self.templates = self._environment()

    def write(self, progress: bool) -> None:
        copy_assets(_HERE / _ASSETS, self.folder / _ASSETS)
        (self.folder / PICTURES).mkdir()
        self._image_pages(progress)
        for protocol in self.protocols:
            for address, values in list_pages(self.standing, protocol, self.pictures):
                self._page(address, "images.html", values)
            quantities = where(self.evaluation, protocol)
            values = {"protocol": protocol, "quantities": quantities, "few": FEW}
            self._page(where_page(protocol), "where.html", values)
        for gallery in self.galleries.values():
            self._gallery(gallery)
        values = overview(self.evaluation, self.standing)
        self._page(INDEX, "overview.html", {**values, "protocol": self.protocols[0]})

    def _environment(self) -> Environment:
        found = environment(_HERE / "templates")
        found.finalize = shown_in_page
        folder = self.evaluation.folder.resolve()
        found.filters["score"] = lambda value: "–" if value is None else f"{value:.4f}"
        found.filters["said"] = said
        found.globals |= {
            "sample_of": sample,
            "outcome_of": outcome,
            "partners_of": partners,
            "protocols": self.protocols,
            "protocol_meanings": PROTOCOL_MEANINGS,
            "outcomes": OUTCOMES,
            "outcome_titles": {
                side: {o.name: o.title for o in all_} for side, all_ in OUTCOMES.items()
            },
            "side_titles": SIDE_TITLES,
            "gallery_page": gallery_page,
            "kind": Kind,
            "images_page": images_page,
            "image_by": image_by,
            "explain": f"python -m model explain {shlex.quote(str(folder))}",
            "where_page": where_page,
            "run": run_title(self.evaluation.info),
            "mix": str(self.evaluation.info.get("mix")),
        }
        return found

    def _page(self, address: str, template: str, values: Mapping[str, Any]) -> None:
        write_page(self.templates, self.folder / address, address, template, dict(values))

    def _gallery(self, gallery: Gallery) -> None:
        crops = [self.crops.get((gallery.kind, e)) for e in gallery.examples]
        kind = gallery.kind
        values = {
            "protocol": kind.protocol,
            "gallery": gallery,
            "outcome": next(o for o in OUTCOMES[kind.side] if o.name == kind.outcome),
            "crops": [crop for crop in crops if crop is not None],
        }
        self._page(gallery_page(kind), "gallery.html", values)

    def _image_pages(self, progress: bool) -> None:
        wanted, order = self._wanted(), self._neighbours()
        rows = tqdm(
            by_image(self.evaluation),
            "report",
            len(self.standing.ids),
            unit="image",
            disable=None if progress else True,
        )
        with ThreadPoolExecutor(max(1, min(4, os.cpu_count() or 1))) as pool:
            for place, chunk in _chunks(rows):
                asked = [wanted.get(each.name, Wanted()) for each in chunk]
                for k, drawn in enumerate(pool.map(self._draw, chunk, asked)):
                    self.crops |= {(crop.kind, crop.example): crop for crop in drawn.crops}
                    self._image_page(place + k, chunk[k], drawn, order)

    def _draw(self, rows: ImageRows, wanted: Wanted) -> Drawn:
        root = self.roots.of(rows.image["dataset"], rows.image["split"])
        return draw(rows, wanted, root, self.folder)

    def _image_page(
        self, place: int, rows: ImageRows, drawn: Drawn, order: dict[int, Neighbours]
    ) -> None:
        figures = [image_figures(self.standing.figures[p], place) for p in self.protocols]
        values = image_values(rows, self.protocols, figures, order[place], drawn)
        self._page(
            image_page(rows.name),
            "image.html",
            {**values, "protocol": self.protocols[0], "images": len(self.standing.ids)},
        )

    def _wanted(self) -> dict[str, Wanted]:
        """What is wanted of the pictures, by image id."""
        if not self.pictures:
            return {}
        whole = {self.standing.ids[k] for k in worst_images(self.standing, self.pictures).tolist()}
        examples: dict[str, list[tuple[Kind, Example]]] = {}
        for kind, gallery in self.galleries.items():
            for example in gallery.examples:
                examples.setdefault(example.image_id, []).append((kind, example))
        return {
            name: Wanted(name in whole, tuple(examples.get(name, ())))
            for name in whole | examples.keys()
        }

    def _neighbours(self) -> dict[int, Neighbours]:
        ids = self.standing.ids
        order = self.standing.worst(self.protocols[0]).tolist()
        names: list[str | None] = [None, *(ids[place] for place in order), None]
        return {
            place: Neighbours(rank, names[rank - 1], names[rank + 1])
            for rank, place in enumerate(order, 1)
        }


def run_title(info: Mapping[str, Any]) -> str:
    """What the evaluated network is called: its run, or its checkpoint's file."""
    checkpoint = info.get("checkpoint") or {}
    return str(info.get("run") or Path(str(checkpoint.get("path", "unknown"))).stem)


def shown_in_page(value: Any) -> Any:
    """What a template puts out: of a text, which may be of others, nothing stays unseen."""
    return visible(value) if type(value) is str else value


def _chunks(rows: Iterable[ImageRows]) -> Iterator[tuple[int, list[ImageRows]]]:
    """Position of the first image, and a few images."""
    iterator, place = iter(rows), 0
    while chunk := list(itertools.islice(iterator, _CHUNK)):
        yield place, chunk
        place += len(chunk)
