"""What all annotation targets check: whatever goes in comes out, as a row or as quarantine."""

import functools
import io
from collections import Counter
from collections.abc import Iterable
from unittest import mock

from PIL import Image as Pil

from manifests import images
from manifests.ledger import Ledger
from manifests.vocabulary import Kind
from pipelines.convert import Converted, convert
from pipelines.source import Dataset, Entry, Problem
from tests.fuzz.running import LossError


@functools.cache
def picture() -> bytes:
    """A PNG of 64 x 48 pixels."""
    buffer = io.BytesIO()
    Pil.new("RGB", (64, 48), "white").save(buffer, "PNG")
    return buffer.getvalue()


_examined = functools.lru_cache(maxsize=1)(images.examine)


def convert_all(
    dataset: Dataset, split: str, items: Iterable[Entry | Problem], content: bytes = b""
) -> Counter[str]:
    """Convert what an index yields; returns how many images and regions were seen. Raises LossError
    where a ledger stays open, and whatever storing a row would."""
    seen: Counter[str] = Counter()
    with mock.patch.object(images, "examine", _examined):  # pictures are a target of their own
        for item in items:
            out = convert(dataset, split, item, lambda uri: content if "gt" in uri else picture())
            _check(out, out.seen)
            for row in (*out.images, *out.refusals):
                _encode(row.row())
            seen.update(images=out.seen.images_seen, regions=out.seen.regions_seen)
    return seen


def expect(name: str, wanted: int, found: int) -> None:
    """Raise LossError where counts differ."""
    if wanted != found:
        raise LossError(f"{wanted} {name} went in, {found} came out")


def _check(out: Converted, seen: Ledger) -> None:
    refused = Counter(row.kind for row in out.refusals)
    expect("images", seen.images_seen, len(out.images) + refused[Kind.IMAGE])
    regions = sum(len(image.regions) for image in out.images)
    expect("regions", seen.regions_seen, regions + refused[Kind.REGION])


def _encode(value: object) -> None:
    """Raise UnicodeEncodeError for a text that no file can hold."""
    if isinstance(value, str):
        value.encode()
    elif isinstance(value, dict):
        for inner in value.values():
            _encode(inner)
    elif isinstance(value, list):
        for inner in value:
            _encode(inner)
