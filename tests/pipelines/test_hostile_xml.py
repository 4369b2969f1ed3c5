"""XML that is meant to make its reader expand, open or fetch something."""

import select
import socket
import time
from pathlib import Path

import pytest

from manifests.vocabulary import Kind
from pipelines.datasets.svt import DATASET
from pipelines.datasets.svt.markup import MAX_BYTES, XmlError, parse_xml, read_records
from pipelines.indexed import Record
from pipelines.source import Entry
from pipelines.tree import RawTree

SECRET = "a secret that stands in a file"


def _bomb(levels: int = 12) -> str:
    """A billion laughs."""
    entities = ['<!ENTITY a0 "lol">']
    entities += [f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, levels)]
    return f"<!DOCTYPE tagset [{''.join(entities)}]>" + _body(f"&a{levels - 1};")


def _body(name: str, head: str = "") -> str:
    return f"{head}<tagset><image><imageName>{name}</imageName></image></tagset>"


def _attacks(secret: Path, address: str) -> dict[str, str]:
    file, remote = secret.as_uri(), f"{address}/x.dtd"
    return {
        "laughs": _bomb(),
        "file": _body("&x;", f'<!DOCTYPE tagset [<!ENTITY x SYSTEM "{file}">]>'),
        "address": _body("&x;", f'<!DOCTYPE tagset [<!ENTITY x SYSTEM "{remote}">]>'),
        "definition": _body("a.jpg", f'<!DOCTYPE tagset SYSTEM "{remote}">'),
        "public": _body("a.jpg", f'<!DOCTYPE tagset PUBLIC "-//X//Y" "{remote}">'),
        "parameter": _body("a.jpg", f'<!DOCTYPE tagset [<!ENTITY % x SYSTEM "{remote}"> %x;]>'),
        "inclusion": _body(
            f'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="{file}" parse="text"/>'
        ),
        "style": _body("a.jpg", f'<?xml-stylesheet type="text/xsl" href="{remote}"?>'),
        "schema": _body("a.jpg").replace(
            "<tagset>",
            '<tagset xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
            f'xsi:noNamespaceSchemaLocation="{remote}">',
        ),
    }


@pytest.mark.parametrize("attack", _attacks(Path("/x"), "http://x"))
def test_nothing_is_expanded_opened_or_fetched(tmp_path: Path, attack: str) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text(SECRET)
    home = tmp_path / "raw" / "svt"
    home.mkdir(parents=True)
    with socket.create_server(("127.0.0.1", 0)) as server:
        text = _attacks(secret, f"http://127.0.0.1:{server.getsockname()[1]}")[attack]
        (home / "train.xml").write_text(text)
        began = time.process_time()
        items = list(DATASET.index(RawTree(tmp_path / "raw", "svt"), "train"))
        assert time.process_time() - began < 1
        assert not select.select([server], [], [], 0)[0]
    said = repr(items)
    assert SECRET not in said and "lollol" not in said and len(said) < 100_000
    images = [item for item in items if isinstance(item, Entry) or item.kind is Kind.IMAGE]
    assert len(images) == 1 or all(item.kind is Kind.FILE for item in items)  # type: ignore[union-attr]


def test_a_file_that_is_too_large_to_hold_is_refused() -> None:
    with pytest.raises(XmlError, match="has 67108864 at most"):
        parse_xml(b" " * (MAX_BYTES + 1))


@pytest.mark.parametrize("depth", [200, 300, 100_000])
def test_depth_is_bounded(depth: int) -> None:
    data = b"<tagset>" + b"<image>" * depth + b"</image>" * depth + b"</tagset>"
    try:
        found = list(read_records("x.xml", data))
    except XmlError:
        assert depth > 200
    else:
        assert sum(isinstance(item, Record) for item in found) == depth
