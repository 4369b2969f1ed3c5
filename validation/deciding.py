"""``python -m validation decide``: write a person's decision into the project's files.

The thing must be there; its digest is written beside its id. A file holds one list in a fixed
order below a fixed heading and is written whole, so other comments would be lost: a file that has
any is refused.
"""

import argparse
import contextlib
import datetime
import difflib
import fcntl
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

from manifests.decisions import (
    FOLDER,
    VERDICT_MEANING,
    Decision,
    Subject,
    Verdict,
    check_code,
    conflict,
    load_decisions,
    read_file,
    serialize,
)
from manifests.errors import UserError
from manifests.evidence import look_up
from manifests.identity import is_image_id
from manifests.reading import find_manifests
from manifests.records import is_storable
from validation.findings import known_codes

HEADING = """\
# Decisions of people about this dataset, in the order of their ids; see docs/quality.md.
# Written by `python -m validation decide`, applied by `python -m pipelines decide`.
"""

_ARGUMENTS: dict[Verdict, tuple[tuple[str, str], ...]] = {
    Verdict.DROP_IMAGE: (("image", "IMAGE_ID"),),
    Verdict.IGNORE_REGION: (("region", "REGION_ID"),),
    Verdict.NOT_A_LEAK: (("image", "IMAGE_ID"), ("other", "IMAGE_ID")),
    Verdict.ACCEPT: (("code", "CODE"), ("subject", "IMAGE_ID|REGION_ID")),
}


def add_parser(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
) -> argparse.ArgumentParser:
    """Declare ``decide`` and its verdicts; returns its parser."""
    parser = commands.add_parser(
        "decide",
        help="write down a decision about an image, a region or a finding",
        description="Write a decision into validation/decisions/<dataset>.yaml, with your name, "
        "the day, the reason and the digest of what it is about. Commit that file. Raw data is "
        "never edited. To withdraw a decision, remove its entry from the file and run `python -m "
        "pipelines decide` (make data does).",
    )
    verdicts = parser.add_subparsers(dest="verdict", required=True, metavar="VERDICT")
    for verdict, arguments in _ARGUMENTS.items():
        name, meaning = verdict.replace("_", "-"), VERDICT_MEANING[verdict]
        one = verdicts.add_parser(name, help=meaning, description=f"Decide: {meaning}.")
        for argument, shown in arguments:
            one.add_argument(argument, metavar=shown)
        one.add_argument("--data", type=Path, required=True, help="folder that holds manifests/")
        one.add_argument("--because", required=True, metavar="TEXT", help="the reason, for others")
        one.add_argument("--by", metavar="NAME", help="who decides (default: git's user.name)")
        one.add_argument(
            "--decisions", type=Path, metavar="FOLDER", help="other folder to write into"
        )
        one.set_defaults(verdict=verdict)
    return parser


def decide(args: argparse.Namespace) -> str:
    """Write the decision; what was written, and which command applies it. Raises UserError."""
    code = getattr(args, "code", "")
    ids = [getattr(args, key) for key, _ in _ARGUMENTS[args.verdict] if key != "code"]
    decision = Decision(
        verdict=args.verdict,
        subjects=_subjects(args.data, args.verdict, ids),
        who=_line(args.by or _git_name(), "--by"),
        when=datetime.date.today(),
        because=_line(args.because, "--because"),
        code=_code(args.verdict, code, args.data),
    )
    path = write(decision, args.decisions)
    return f"{path}:\n{serialize([decision])}{_next_step(decision, args.data, args.decisions)}"


def write(decision: Decision, folder: Path | None = None) -> Path:
    """Add a decision to ``<dataset>.yaml`` of the folder; returns the file.

    Raises UserError where the folder's decisions say the same or the contrary.
    """
    folder = folder or FOLDER
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _lock(folder):
            return _add(decision, folder)
    except OSError as error:
        raise UserError(
            f"cannot write to {folder} ({error}); free it, or give another folder as --decisions"
        ) from error


@contextlib.contextmanager
def _lock(folder: Path) -> Iterator[None]:
    """One writer at a time; another waits, or what one of the two read would be lost."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _add(decision: Decision, folder: Path) -> Path:
    other = conflict(decision, load_decisions(folder))
    if other is not None:
        what = "stands there already" if other.key == decision.key else "says otherwise"
        raise UserError(
            f"{other.name} {what} ({other.reason}); remove that entry from {folder} first"
        )
    path = folder / f"{decision.subjects[0].id.partition('/')[0]}.yaml"
    before = read_file(path) if path.exists() else []
    if path.exists():
        _refuse_comments(path, HEADING + serialize(before))
    scratch = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        scratch.write_text(HEADING + serialize([*before, decision]), encoding="utf-8")
        scratch.replace(path)
    finally:
        scratch.unlink(missing_ok=True)
    return path


def _refuse_comments(path: Path, ours: str) -> None:
    """Raise UserError where somebody has written comments into the file; ``ours``: how it is where
    nobody edited it."""
    known = set(ours.splitlines())
    for line in path.read_text(encoding="utf-8").splitlines():
        if line not in known and (line.lstrip().startswith("#") or " #" in line):
            raise UserError(
                f"{path}: its comment would be lost ({line.strip()}); put it into the `because` "
                "of an entry, or add this decision by hand"
            )


def _subjects(data: Path, verdict: Verdict, ids: list[str]) -> tuple[Subject, ...]:
    for name in ids:
        image, mark, _ = name.partition("#")
        region_wanted = verdict is Verdict.IGNORE_REGION
        fits = verdict is Verdict.ACCEPT or bool(mark) == region_wanted
        if not is_image_id(image) or not fits:
            wanted = "dataset/split/image#number" if region_wanted else "dataset/split/image"
            raise UserError(f"{name!r} is no id of the form {wanted}")
    if len(set(ids)) < len(ids):
        raise UserError("the two images of the pair are the same")
    digests = look_up(find_manifests(data), ids)
    for name in ids:
        if name not in digests:
            raise UserError(f"no {name} in the manifests below {data}")
    return tuple(sorted(Subject(name, digests[name]) for name in ids))


def _code(verdict: Verdict, code: str, data: Path) -> str:
    if verdict is not Verdict.ACCEPT:
        return ""
    known = known_codes(data)
    if code not in known:
        near = difflib.get_close_matches(code, sorted(known), 1)
        meant = f"did you mean {near[0]}?" if near else f"there are {', '.join(sorted(known))}"
        raise UserError(f"no finding has the code {code!r}; {meant}")
    try:
        return check_code(code)
    except ValueError as error:
        raise UserError(str(error)) from error


def _line(text: str, option: str) -> str:
    if not text.strip() or not is_storable(text):
        raise UserError(f"{option} needs some text")
    return text.strip()


def _git_name() -> str:
    try:
        command = ["git", "config", "user.name"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.SubprocessError):
        done = None
    name = done.stdout.strip() if done else ""
    if not name:
        raise UserError("git knows no user.name; say who decides with --by NAME")
    return name


def _next_step(decision: Decision, data: Path, folder: Path | None) -> str:
    where = f" --decisions {folder}" if folder else ""
    if decision.verdict in (Verdict.DROP_IMAGE, Verdict.IGNORE_REGION):
        return f"apply it: python -m pipelines decide --data {data}{where} (make data does)"
    return f"it counts from the next: python -m validation check --data {data}{where}"
