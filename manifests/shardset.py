"""A published set of shards: which files, made from what, and whether they are still whole."""

import json
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from manifests.errors import UserError
from manifests.identity import combine, sha256_file
from manifests.mixes import SUFFIXES, Mix, known_mixes, mix_from_json
from manifests.reading import MALFORMED, file_name
from manifests.sealing import load_sealed
from manifests.storage.mirror import bring

SHARDS = "shards"
SHARDS_VERSION = 2
INDEX = "shards.json"

FIELDS: dict[str, dict[str, Any]] = {
    "image_id": {"type": "string"},
    "image": {"type": "bytes"},
    "width": {"type": "int32"},
    "height": {"type": "int32"},
    "exhaustive": {"type": "int32"},
    "regions": {"type": "bytes"},
}
"""Fields of a row. ``image``: bytes that any JPEG or PNG decoder turns into the upright picture of
the manifest; ``width``, ``height``: of that picture; ``regions``: ``manifests.packing``."""


class OtherVersionError(UserError):
    """Shards that another version of this program wrote, which may be whole. ``what``: the two
    versions, in words."""

    def __init__(self, path: Path, version: Any, repair: str) -> None:
        self.what = f"it is of version {version}, this program reads {SHARDS_VERSION}"
        super().__init__(f"{path} cannot be used: {self.what}; make the shards again: {repair}")


def recipe_key(mix: Mix, inputs: list[dict[str, Any]]) -> str:
    """Digest of all that decides the shards: the mix, the manifests, the writer's version.

    ``inputs``: one ``{"name", "fingerprint"}`` for each manifest that the mix found.
    """
    parts = [f"{entry['name']}={entry['fingerprint']}" for entry in inputs]
    return combine([str(SHARDS_VERSION), json.dumps(mix.to_json(), sort_keys=True), *parts])


@dataclass(frozen=True)
class ShardSet:
    """A folder of shards and what ``shards.json`` says of it."""

    folder: Path
    info: dict[str, Any]

    @property
    def files(self) -> list[Path]:
        """The MindRecord files, in order. A file's name is part of it: never rename one."""
        return [self.folder / entry["name"] for entry in self.info["files"]]

    @property
    def images(self) -> int:
        """Rows in all files together."""
        return int(self.info["images"])

    @property
    def digest(self) -> str:
        """Digest of the files' digests."""
        return str(self.info["digest"])

    @property
    def mix(self) -> Mix | None:
        """The mix as it was when the shards were made; None where they do not tell."""
        try:
            return mix_from_json(self.info["mix"], self.info.get("allow_pairs", ()))
        except MALFORMED:
            return None

    @property
    def key(self) -> str:
        """What the shards were made from (``recipe_key``)."""
        return str(self.info["key"])

    def verify(self) -> None:
        """Compare every file and its index with their digests; UserError names the first bad one.

        MindRecord has no checksum of its own: a flipped bit would otherwise go unnoticed.
        """
        for entry in self.info["files"]:
            for name, digest in (
                (entry["name"], entry["sha256"]),
                (entry["index"], entry["index_sha256"]),
            ):
                path = self.folder / name
                if not path.is_file() or sha256_file(path) != digest:
                    again = how_to_shard(self.folder.parent.parent, self.info["mix"]["name"])
                    raise UserError(
                        f"{path} is missing or not what was written; remove {self.folder} and run "
                        f"{again} again"
                    )


def shard_folder(data: Path, mix: str) -> Path:
    """Where the shards of a mix stand."""
    return data / SHARDS / mix


def open_shards(data: Path, mix: str) -> ShardSet:
    """The published shards of a mix. Raises UserError where there are none to read."""
    folder = shard_folder(data, mix)
    bring(folder)
    path = folder / INDEX
    if not path.is_file():
        raise UserError(_absent(data, mix))
    try:
        info = load_sealed(path)
        version = info["shards_version"]
        if version == SHARDS_VERSION:
            _check(info)
            return ShardSet(folder, info)
    except (*MALFORMED, OSError) as error:
        raise UserError(
            f"{path} cannot be read ({error}); remove {folder} and run {how_to_shard(data, mix)}"
        ) from error
    raise OtherVersionError(path, version, how_to_shard(data, mix))


def mixes_with_shards(data: Path) -> list[str]:
    """The names of the mixes that have shards below ``data``."""
    bring(data / SHARDS, lambda name: PurePosixPath(name).name == INDEX)
    return sorted(path.parent.name for path in (data / SHARDS).glob(f"*/{INDEX}"))


def how_to_shard(data: Path, mix: str) -> str:
    """The command that makes the shards of a mix: of the project's own by its name, of another by
    its file."""
    is_file = Path(mix).suffix in SUFFIXES
    place = mix if is_file or mix in known_mixes() else f"path/to/{mix}.yaml"
    return f"`python -m pipelines shard --data {data} --mix {place}`"


def _absent(data: Path, mix: str) -> str:
    """That a mix has no shards, which mixes have some, and what to do."""
    there, name = mixes_with_shards(data), Path(mix).stem
    is_file = Path(mix).suffix in SUFFIXES
    if is_file and name in there:
        return f"{mix} is a file; its shards go by its name: give --mix {name}"
    has = f"there are some of {', '.join(there)}" if there else "no mix has any there"
    then = f", then give --mix {name}" if is_file else ""
    return f"no shards of the mix {mix!r} below {data}: {has}; run {how_to_shard(data, mix)}{then}"


def _check(info: dict[str, Any]) -> None:
    """Raise KeyError, TypeError or ValueError where a key that readers rely on is not there."""
    str(info["key"]), str(info["digest"]), str(info["mix"]["name"]), int(info["images"])
    for entry in info["files"]:
        file_name(entry["name"]), file_name(entry["index"])
        for key in ("sha256", "index_sha256"):
            if not isinstance(entry[key], str):
                raise TypeError(f"{key} of a file is no text")
    for entry in info["inputs"]:
        str(entry["name"]), str(entry["fingerprint"])
