"""The picture of a manifest's row: the very bytes that were normalized, or an error."""

from typing import Any

from manifests.errors import UserError
from manifests.identity import sha256_bytes
from manifests.raw import ARCHIVE_ERRORS, error_text, read_bytes
from manifests.storage.address import Root


def read_picture(row: dict[str, Any], root: Root) -> bytes:
    """The bytes of a row's ``image_uri`` below the raw root.

    Raises UserError where they cannot be read or are not those of ``image_sha256``.
    """
    uri = row["image_uri"]
    try:
        data = read_bytes(root, uri)
    except ARCHIVE_ERRORS as error:
        raise UserError(
            f"{root / uri} cannot be read ({error_text(error)}); give the folder of the pictures "
            "with --raw, or normalize again if the files there changed"
        ) from error
    if sha256_bytes(data) != row["image_sha256"]:
        raise UserError(
            f"{root / uri} is not the picture that was normalized; run `python -m pipelines "
            f"normalize --raw {root}` again, or point --raw at the right folder"
        )
    return data
