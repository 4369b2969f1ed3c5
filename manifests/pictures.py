"""The picture of a manifest's row: the very bytes that were normalized, or an error."""

import lzma
import zipfile
import zlib
from pathlib import Path
from typing import Any

from manifests.errors import UserError
from manifests.identity import sha256_bytes
from manifests.raw import read_bytes

_UNREADABLE = (
    OSError,
    KeyError,
    ValueError,
    RuntimeError,
    EOFError,
    zlib.error,
    lzma.LZMAError,
    zipfile.BadZipFile,
)


def read_picture(row: dict[str, Any], root: Path) -> bytes:
    """The bytes of a row's ``image_uri`` below the raw root.

    Raises UserError where they cannot be read or are not those of ``image_sha256``.
    """
    uri = row["image_uri"]
    try:
        data = read_bytes(root, uri)
    except _UNREADABLE as error:
        raise UserError(
            f"{root / uri} cannot be read ({error}); give the folder of the pictures with --raw, "
            "or normalize again if the files there changed"
        ) from error
    if sha256_bytes(data) != row["image_sha256"]:
        raise UserError(
            f"{root / uri} is not the picture that was normalized; run `python -m pipelines "
            f"normalize --raw {root}` again, or point --raw at the right folder"
        )
    return data
