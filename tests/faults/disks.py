"""Commands on a disk that is full, or read-only: a message, nothing half-done, and whole again.

    python -m tests.faults.disks [--stage normalize|statistics|check|shard|report|train|evaluate|
                                          export ...]

As root: DATA is put on a small file system in memory. Each command is run with less room than it
needs, and where nothing can be written: it must end with exit status 2 and a message that is no
traceback, and readers must find nothing partial. Then there is room, and its files must be those of
an undisturbed run.
"""

import argparse
import contextlib
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.faults import forking
from tests.faults.kill import Killer, digests
from tests.faults.stages import STAGES, Place

SHARES = (0.0, 0.3, 0.8)
"""Of the room that the command needs."""
ROOM = 64 << 20


def size_of(folder: Path) -> int:
    """Bytes that a file system in memory takes for it: whole pages."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return sum(-(-path.stat().st_size // 4096) * 4096 for path in files)


@contextlib.contextmanager
def small_disk(folder: Path) -> Iterator[None]:
    """A file system of its own at ``folder``. Raises CalledProcessError where none may be made."""
    folder.mkdir(exist_ok=True)
    _mount("-t", "tmpfs", "-o", f"size={ROOM}", "tmpfs", str(folder))
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def remount(folder: Path, options: str) -> None:
    """Change the size of a small disk, or who may write to it."""
    _mount("-o", f"remount,{options}", str(folder))


def _mount(*arguments: str) -> None:
    subprocess.run(["mount", *arguments], check=True, capture_output=True)


class Disks(Killer):
    """Runs commands on disks that do not take what they write."""

    def disturb(self, name: str, options: str) -> list[str]:
        """What went wrong with a command on a disk mounted with ``options``."""
        known, place = self.known[name, False], self.place
        shutil.rmtree(place.data, ignore_errors=True)
        with small_disk(place.data):
            shutil.copytree(known.before, place.data, dirs_exist_ok=True)
            told = self.log.stat().st_size
            remount(place.data, options)
            status = self._run(STAGES[name])
            with self.log.open("rb") as file:
                file.seek(told)
                said = file.read().decode("utf-8", "replace")
            if status == known.status:  # it went without what it had no room for, and says so
                wrong = self._look("although it ended well", finished=True)
            else:
                wrong = [] if status == 2 else [f"exit status {status}"]
            word = "warning: " if status == known.status else "error: "
            if "Traceback" in said or word not in said.lower():
                wrong.append(f"it says: {said.strip()[-400:]}")
            remount(place.data, f"size={ROOM},rw")
            wrong += self._look("after it", finished=False)
            if status == known.status and not STAGES[name].replaces:
                return wrong  # what has ended is not begun again
            again = self._run(STAGES[name], again=True)
            if again != known.status:
                wrong.append(f"run again: exit status {again}, not {known.status}")
            wrong += self._look("after the rerun", finished=True)
            found = digests(place.data)
            wrong += [f"{p} differs" for p, d in known.files.items() if found.get(p) != d]
        return wrong

    def options(self, name: str) -> list[str]:
        """Disks to try a command on."""
        known = self.known[name, False]
        before = size_of(known.before)
        needs = max(8192, size_of(self.after(name)) - before)
        return [f"size={max(4096, before + int(share * needs))}" for share in SHARES] + ["ro"]

    def after(self, name: str) -> Path:
        """DATA as the next command found it."""
        names = [*self.stages, ""]
        following = names[names.index(name) + 1]
        return self.known[following, False].before if following else self.place.root / "end"


def main(arguments: Sequence[str] | None = None) -> int:
    """Disturb each command; 0 where nothing went wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.disks", description=__doc__)
    parser.add_argument("--stage", nargs="+", choices=tuple(STAGES), default=list(STAGES))
    options = parser.parse_args(arguments)
    forking.load(module for stage in STAGES.values() for module in stage.loads)
    with tempfile.TemporaryDirectory(prefix="disks-") as scratch:
        disks = Disks(Place(Path(scratch).resolve()), list(STAGES), seed=0)
        disks.prepare()
        shutil.copytree(disks.place.data, Path(scratch).resolve() / "end")
        failed = 0
        for name in options.stage:
            for disk in disks.options(name):
                wrong = disks.disturb(name, disk)
                failed += bool(wrong)
                told = "; ".join(wrong) or "a message, and whole again"
                sys.stdout.write(f"{name} {disk}: {told}\n")
                sys.stdout.flush()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
