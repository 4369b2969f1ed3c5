"""An export as a whole: pictures and labels of some manifests, published together or not at all."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from manifests import images
from manifests.errors import UserError
from manifests.exports import FORMATS
from manifests.exports.writer import Row, Writer
from manifests.identity import is_name
from manifests.pictures import read_picture
from manifests.publish import publishing, refuse_foreign, write_json
from manifests.raw import resolve, split_uri
from manifests.reading import Manifest
from manifests.storage.address import Root

ABOUT = "export.json"
_SUFFIX = {"JPEG": ".jpg", "PNG": ".png"}


def export(
    manifests: Sequence[Manifest],
    kind: str,
    out: Path,
    raw: Root | None = None,
    link: bool = False,
) -> dict[str, Any]:
    """Write manifests as one export of a format; returns what ``export.json`` says.

    ``raw``: the folder of the pictures, if they moved. ``link``: symbolic links in the place of
    copies, where a picture is a file of its own that every reader decodes alike. Raises UserError
    for what the format cannot hold, names that are unsafe or clash, or a folder that holds
    something else.
    """
    if not any(manifest.info["ledger"]["images"]["kept"] for manifest in manifests):
        names = ", ".join(manifest.name for manifest in manifests)
        raise UserError(f"there is no image in {names}; `python -m manifests stats` counts them")
    counts = dict.fromkeys(("images", "regions", "care", "dont_care"), 0)
    refuse_foreign(out, _known_names(out), [path for m in manifests for path in _sources(m, raw)])
    with publishing(out) as folder:
        writer, taken = FORMATS[kind](folder), dict[str, str]()
        for manifest in manifests:
            manifest.verify()
            for row in manifest.rows():
                place = _place(writer, manifest, row, taken)
                source = _Picture(row, raw or manifest.raw_root)
                written = writer.add(row, source.put(folder, place, link))
                _count(counts, row, written)
        writer.finish()
        _compare(counts, manifests)
        about = {**_about(manifests, kind, counts, writer), "names": _names(folder)}
        write_json(folder / ABOUT, about)
    return about


def _sources(manifest: Manifest, raw: Root | None) -> list[Path]:
    """What the export is made from, and must not replace."""
    root = raw or manifest.raw_root
    return [manifest.folder, root] if isinstance(root, Path) else [manifest.folder]


def _names(folder: Path) -> list[str]:
    return sorted({ABOUT, *(path.name for path in folder.iterdir())})


def _known_names(out: Path) -> list[str] | None:
    """What an older export in ``out`` consists of; None where there is no export."""
    try:
        about = json.loads((out / ABOUT).read_text(encoding="utf-8"))
        return list(map(str, about["names"])) if about["format"] in FORMATS else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _place(writer: Writer, manifest: Manifest, row: Row, taken: dict[str, str]) -> str:
    """Where a picture goes. Raises UserError for a name that is unsafe or that is taken, be it by
    one that differs only in upper and lower case, which some file systems do not tell apart."""
    name = row["image_id"]
    parts = name.split("/")
    if parts[:2] != [manifest.dataset, manifest.split] or len(parts) != 3 or not is_name(parts[2]):
        raise UserError(f"{manifest.folder}: {name!r} is no safe name for a file; normalize again")
    place = writer.place(*parts)
    other = taken.setdefault(place.casefold(), name)
    if other != name:
        raise UserError(f"{name} and {other} would both be {place}; export them separately")
    return place


class _Picture:
    """The picture of a row below a raw root."""

    def __init__(self, row: Row, root: Root) -> None:
        self.row, self.root = row, root

    def put(self, folder: Path, place: str, link: bool) -> str:
        """Write it below ``folder``; returns where, with its suffix.

        Bytes that every reader decodes to the pixels of the manifest go in as they are. Others
        (GIF, palette, CMYK, transparent, rotated by EXIF) become PNG of exactly those pixels.
        """
        data = read_picture(self.row, self.root)
        plain = images.is_plain(data)
        suffix = _SUFFIX[self.row["format"]] if plain else ".png"
        path = folder / f"{place}{suffix}"
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists() or path.is_symlink():
            raise UserError(f"{self.row['image_id']} stands twice in its manifest; normalize again")
        file, member = split_uri(self.row["image_uri"])
        source = resolve(self.root, file)
        if link and plain and member is None and isinstance(source, Path):
            path.symlink_to(source.resolve())
        else:
            path.write_bytes(data if plain else images.encode_png(images.decode(data).pixels))
        return f"{place}{suffix}"


def _count(counts: dict[str, int], row: Row, written: int) -> None:
    care = sum(region["care"] for region in row["regions"])
    counts["images"] += 1
    counts["regions"] += written
    counts["care"] += care
    counts["dont_care"] += len(row["regions"]) - care


def _compare(counts: dict[str, int], manifests: Sequence[Manifest]) -> None:
    """Counts in must be counts out: as the manifests' ledgers have them, not as was just read."""
    ledgers = [manifest.info["ledger"] for manifest in manifests]
    care, dont_care = (sum(each["regions"][k] for each in ledgers) for k in ("care", "dont_care"))
    expected = {
        "images": sum(ledger["images"]["kept"] for ledger in ledgers),
        "regions": care + dont_care,
        "care": care,
        "dont_care": dont_care,
    }
    if counts != expected:
        raise UserError(
            f"the manifests announce {expected}, and {counts} were found; run `python -m "
            "validation check`, and normalize again"
        )


def _about(
    manifests: Sequence[Manifest], kind: str, counts: dict[str, int], writer: Writer
) -> dict[str, Any]:
    return {
        "format": kind,
        "manifests": [{"name": m.name, "fingerprint": m.fingerprint} for m in manifests],
        "counts": counts,
        "changed": {name: writer.notes[name] for name in writer.losses},
        "changed_means": writer.losses,
    }
