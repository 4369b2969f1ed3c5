"""Mixes: which datasets and splits a task takes, how they are ordered and how many shards."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from manifests.errors import UserError
from manifests.identity import is_image_id, is_name, place
from manifests.strict_yaml import load_yaml

FOLDER = Path(__file__).parent / "mixes"
SUFFIXES = (".yaml", ".yml")
"""Of a mix that is a file of one's own."""
_MEMBER_KEYS = {"dataset", "split", "min_care", "portion"}
_MIX_KEYS = {"description", "seed", "shards", "members", "allow_pairs"}
_OPTIONAL = (_MIX_KEYS | _MEMBER_KEYS) - {"members", "dataset", "split"}

PORTION_SALT = "part-7"
"""Of the numbers tried from 0 on the first that parts the 1,000 training images of ICDAR 2015 into
900 and 100 at 0.9."""


@dataclass(frozen=True)
class Member:
    """One dataset and split of a mix, or a part of it."""

    dataset: str
    split: str
    min_care: int = 0
    """Images with fewer care regions stay out."""
    portion: tuple[float, float] = (0.0, 1.0)
    """Images whose place (a fixed hash of the image id, 0 to 1) lies in this half-open interval
    take part. An image stays on its side of a border whatever happens to other images."""

    def takes(self, image_id: str) -> bool:
        """Whether the image lies in the portion."""
        return self.portion[0] <= place(f"{PORTION_SALT}:{image_id}") < self.portion[1]


@dataclass(frozen=True)
class AllowedPair:
    """Two images, ids in order, that a person has judged to be no leak of this mix, and why."""

    images: tuple[str, str]
    because: str

    def to_json(self) -> dict[str, Any]:
        """As the mix file has it."""
        return {"images": list(self.images), "because": self.because}


@dataclass(frozen=True)
class Mix:
    """A resolved mix file. ``seed`` fixes the order of the images (0 where the file has none),
    ``shards`` is the number of their files (1)."""

    name: str
    description: str
    seed: int
    shards: int
    members: tuple[Member, ...]
    allow_pairs: tuple[AllowedPair, ...] = ()

    def member_of(self, image_id: str) -> Member | None:
        """The member that takes an image by its portion, whatever text it has."""
        dataset, split, _ = image_id.split("/")
        for member in self.members:
            if (member.dataset, member.split) == (dataset, split) and member.takes(image_id):
                return member
        return None

    def to_json(self) -> dict[str, Any]:
        """All that decides the contents of the shards; pairs that are allowed do not."""
        members = [[m.dataset, m.split, m.min_care, *m.portion] for m in self.members]
        return {"name": self.name, "seed": self.seed, "shards": self.shards, "members": members}


def known_mixes() -> list[str]:
    """The names of the project's own mixes."""
    return sorted(path.stem for path in FOLDER.glob("*.yaml"))


def load_known_mixes() -> list[Mix]:
    """The project's own mixes, by name. Raises UserError."""
    return [load_mix(name) for name in known_mixes()]


def load_mix(name_or_path: str) -> Mix:
    """A mix by its name (``pretrain``) or by the path of a YAML file. Raises UserError."""
    path = Path(name_or_path)
    if path.suffix not in SUFFIXES:
        path = FOLDER / f"{name_or_path}.yaml"
    if not path.is_file():
        known = ", ".join(known_mixes())
        raise UserError(f"no mix {name_or_path!r}; known are {known}, or give a .yaml file")
    try:
        mix = _parse(path.stem, load_yaml(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise UserError(f"{path}: {error}") from error
    _refuse_namesake(path, mix)
    return mix


def _refuse_namesake(path: Path, mix: Mix) -> None:
    """Shards, runs and figures go by a mix's name: another ``test`` would be taken for the
    project's. Pairs that are allowed make no other mix."""
    own = FOLDER / f"{mix.name}.yaml"
    if not own.is_file() or own.resolve() == path.resolve():
        return
    if load_mix(mix.name).to_json() != mix.to_json():
        raise UserError(
            f"{path} is another mix than the project's {mix.name}, and its figures would go by "
            "the same name; give the file a name of its own"
        )


def _parse(name: str, value: Any) -> Mix:
    if not is_name(name):
        raise ValueError(f"{name!r} cannot be the name of a mix")
    entries = _keys(value, _MIX_KEYS, "the mix")
    listed = entries["members"]
    if not isinstance(listed, list) or not listed:
        raise ValueError("members must be a list that is not empty")
    members = tuple(_member(member) for member in listed)
    mix = Mix(
        name,
        str(entries.get("description", "")),
        entries.get("seed", 0),
        entries.get("shards", 1),
        members,
        parse_allow_pairs(entries.get("allow_pairs", [])),
    )
    _check(mix)
    return mix


def _member(value: Any) -> Member:
    given = dict(_keys(value, _MEMBER_KEYS, "a member"))
    given["portion"] = _portion(given.get("portion", [0, 1]))
    member = Member(**given)
    for key in ("dataset", "split"):
        name = getattr(member, key)
        if not isinstance(name, str) or not is_name(name):
            raise ValueError(f"{key} of a member must be a name, not {name!r}")
    if type(member.min_care) is not int or member.min_care < 0:
        raise ValueError(f"min_care must be a whole number, not {member.min_care!r}")
    return member


def mix_from_json(value: Any, allow_pairs: Any = ()) -> Mix:
    """Undo ``Mix.to_json``, with the pairs allowed. Raises ValueError, KeyError or TypeError."""
    members = tuple(
        Member(dataset, split, min_care, (low, high))
        for dataset, split, min_care, low, high in value["members"]
    )
    pairs = parse_allow_pairs(list(allow_pairs))
    return Mix(value["name"], "", value["seed"], value["shards"], members, pairs)


def parse_allow_pairs(value: Any) -> tuple[AllowedPair, ...]:
    """The pairs of a mix file, by their ids. Raises ValueError."""
    if not isinstance(value, list):
        raise ValueError("allow_pairs must be a list")
    pairs = tuple(sorted(map(_allowed, value), key=lambda pair: pair.images))
    if len({pair.images for pair in pairs}) < len(pairs):
        raise ValueError("a pair stands twice in allow_pairs")
    return pairs


def _allowed(value: Any) -> AllowedPair:
    given = _keys(value, {"images", "because"}, "a pair of allow_pairs")
    images, because = given["images"], given["because"]
    ids = isinstance(images, list) and all(isinstance(name, str) for name in images)
    if not ids or len(set(images)) != 2 or len(images) != 2 or not all(map(is_image_id, images)):
        raise ValueError(f"images of a pair must be the ids of two images, not {images!r}")
    if not isinstance(because, str) or not because.strip():
        raise ValueError("a pair of allow_pairs needs a reason in because")
    first, second = sorted(images)
    return AllowedPair((first, second), because)


def _portion(value: Any) -> tuple[float, float]:
    numbers = isinstance(value, list) and all(type(bound) in (int, float) for bound in value)
    if not numbers or len(value) != 2 or not 0 <= value[0] < value[1] <= 1:
        raise ValueError(
            f"portion must be two numbers from 0 to 1, the lower one first, not {value!r}"
        )
    return float(value[0]), float(value[1])


def _keys(value: Any, known: set[str], what: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"{what} must be a mapping; {_known_keys(known)}")
    unknown = sorted(str(key) for key in value if key not in known)
    if unknown:
        raise ValueError(f"{what} has unknown keys {', '.join(unknown)}; {_known_keys(known)}")
    missing = sorted(known - _OPTIONAL - set(value))
    if missing:
        raise ValueError(f"{what} lacks {', '.join(missing)}; {_known_keys(known)}")
    return value


def _known_keys(known: set[str]) -> str:
    """What may stand there, and where it can be seen."""
    keys = (f"{key} (may be left out)" if key in _OPTIONAL else key for key in sorted(known))
    return f"its keys are {', '.join(keys)}; examples are {FOLDER}/*.yaml"


def _check(mix: Mix) -> None:
    for key in ("seed", "shards"):
        value = getattr(mix, key)
        if type(value) is not int or value < (key == "shards"):  # a bool is an int, but no number
            raise ValueError(f"{key} must be a whole number, not {value!r}")
    if mix.shards > 1000:
        raise ValueError(f"{mix.shards} shards are more than MindRecord takes (1000)")
    names = [(member.dataset, member.split) for member in mix.members]
    if len(set(names)) != len(names):
        raise ValueError("a dataset and split stands twice in members")
