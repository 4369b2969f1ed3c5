"""The JSON-LD of a Croissant file (format 1.0, https://docs.mlcommons.org/croissant)."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa

from manifests.croissant.tables import IMAGES, REGIONS
from manifests.identity import sha256_file

VERSION = "http://mlcommons.org/croissant/1.0"
_TYPES: dict[pa.DataType, str] = {
    pa.string(): "sc:Text",
    pa.bool_(): "sc:Boolean",
    pa.int32(): "sc:Integer",
    pa.float32(): "sc:Float",
}
_TERMS = (
    *("citeAs", "column", "conformsTo", "examples", "extract", "field", "fileProperty"),
    *("fileObject", "fileSet", "format", "includes", "isLiveDataset", "jsonPath", "key", "md5"),
    *("parentField", "path", "recordSet", "references", "regex", "repeated", "replace"),
    *("separator", "source", "subField", "transform", "equivalentProperty", "samplingRate"),
)
CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "sc": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "dct": "http://purl.org/dc/terms/",
    **{term: f"cr:{term}" for term in _TERMS},
    "conformsTo": "dct:conformsTo",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
}
_MEANING = {
    "images": "a row an image; image_uri is a path below the raw root, image_sha256 its digest",
    "regions": "a row a labelled region; polygon is JSON text: x, y in turn",
}


def document(about: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """The JSON-LD of the tables below ``folder``. ``about``: ``name``, ``description``,
    ``license``, ``citeAs``, ``url``, ``version``, as Croissant defines them; None is left out."""
    told = {key: value for key, value in about.items() if value}
    schemas = {"images": IMAGES, "regions": REGIONS}
    return {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": VERSION,
        **told,
        "distribution": [_file(folder / f"{name}.parquet") for name in schemas],
        "recordSet": [_records(name, known) for name, known in schemas.items()],
    }


def identifier(name: str) -> str:
    """A name as Croissant allows it: letters, digits, ``-`` and ``_``."""
    return re.sub(r"[^A-Za-z0-9_-]", "-", name)


def _file(path: Path) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": path.name,
        "name": path.name,
        "contentUrl": path.name,
        "contentSize": f"{path.stat().st_size} B",
        "encodingFormat": "application/x-parquet",
        "sha256": sha256_file(path),
    }


def _records(name: str, known: pa.Schema) -> dict[str, Any]:
    key = f"{name}/{'image_id' if name == 'images' else 'region_id'}"
    return {
        "@type": "cr:RecordSet",
        "@id": name,
        "name": name,
        "description": _MEANING[name],
        "key": {"@id": key},
        "field": [_field(name, field) for field in known],
    }


def _field(records: str, field: pa.Field) -> dict[str, Any]:
    found = {
        "@type": "cr:Field",
        "@id": f"{records}/{field.name}",
        "name": field.name,
        "description": field.metadata[b"description"].decode(),
        "dataType": _TYPES[field.type],
        "source": {
            "fileObject": {"@id": f"{records}.parquet"},
            "extract": {"column": field.name},
        },
    }
    if records == "regions" and field.name == "image_id":
        found["references"] = {"field": {"@id": "images/image_id"}}
    return found
