"""``python -m model inspect``: what training, and a trained detector, say about the labels."""

import argparse
import itertools
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from manifests.errors import UserError
from manifests.findings import Code, Finding, Part, findings_table, write_part
from manifests.identity import sha256_file
from manifests.reading import Manifest, require_manifests
from model.commands.options import add_device
from model.pretrained import DEFAULT, resolve

IMAGES = 300


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare ``inspect`` and its arguments."""
    parser = subparsers.add_parser(
        "inspect",
        help="look for labels that CTPN cannot learn, and for ones that a detector doubts",
        description="Find labels that training on them, or a trained detector, has trouble with. "
        "First DATA/findings/ctpn_fit.parquet: labels that are too narrow, low, tall or tilted for "
        "the anchors of each preset at its input size. Then, which takes about a second a picture "
        "and is left out with --no-detector, DATA/findings/detector.parquet: text that the "
        "detector finds where nothing is labelled, and labels that it does not see. Stopped, it "
        "goes on with the picture where it was. `python -m validation check` joins "
        "the findings, `report` shows them.",
    )
    parser.add_argument("--data", type=Path, required=True, help="folder with the manifests")
    parser.add_argument(
        "--preset",
        nargs="+",
        default=["full", "lite"],
        metavar="NAME",
        help="presets, by name or .yaml file, whose anchors the labels are to fit (default: full "
        "lite)",
    )
    parser.add_argument(
        "--checkpoint",
        type=Path,
        default=Path(DEFAULT),
        metavar="FILE|NAME",
        help="detector to look with: a file, a run's folder, or the name "
        "of weights that come with the project "
        f"(default: {DEFAULT})",
    )
    parser.add_argument(
        "--images",
        type=int,
        default=IMAGES,
        metavar="N",
        help="pictures of each split that the detector sees, always the same ones (default: "
        f"{IMAGES}; 0: all)",
    )
    parser.add_argument("--no-detector", action="store_true", help="leave the detector out")
    parser.add_argument(
        "--raw",
        type=Path,
        help="folder of raw data, where it is not any more where `normalize` read it",
    )
    add_device(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Write the parts and say what is in them."""
    manifests = require_manifests(args.data)
    if args.images < 0:
        raise UserError(f"--images {args.images}: give a number of pictures, or 0 for all")
    for manifest in manifests:
        manifest.verify()
    _fit(args, manifests)
    if not args.no_detector:
        _detect(args, manifests)
    return 0


def _fit(args: argparse.Namespace, manifests: Sequence[Manifest]) -> None:
    from model.config import load_config
    from model.inspection.codes import CODES
    from model.inspection.fit import COLUMNS, Preset, inspect_fit
    from model.inspection.showing import shown

    presets = [Preset.of(_name(name), load_config(name)) for name in _presets(args.preset)]

    def findings() -> Iterator[Finding]:
        for manifest in manifests:
            rows = shown(manifest.rows(COLUMNS), f"fit {manifest.name}", _images(manifest))
            yield from inspect_fit(manifest, presets, rows)

    _write(args.data, "ctpn_fit", CODES, findings(), manifests)


def _presets(given: Sequence[str]) -> list[str]:
    """Presets, each once. Raises UserError for two of one name, by which findings tell them."""
    presets = list(dict.fromkeys(given))
    for first, second in itertools.combinations(presets, 2):
        if _name(first) == _name(second):
            raise UserError(
                f"--preset: {first} and {second} have the same name, and findings tell presets "
                "by it; rename one of the files"
            )
    return presets


def _name(preset: str) -> str:
    return Path(preset).stem


def _detect(args: argparse.Namespace, manifests: Sequence[Manifest]) -> None:
    from model.environment import prepare

    checkpoint = resolve(args.checkpoint)
    roots = {manifest.name: args.raw or manifest.raw_root for manifest in manifests}
    prepare(args.device)
    from model.checkpoints import load
    from model.inspection.findings import CODES, findings_of
    from model.inspection.looking import COLUMNS, choose, detector, look_at
    from model.inspection.showing import shown
    from model.inspection.spool import Spool

    loaded = load(checkpoint)
    detect, config = detector(loaded, args.device), loaded.config
    digest = sha256_file(checkpoint)

    def findings() -> Iterator[Finding]:
        for manifest in manifests:
            wanted = choose(manifest, args.images)
            rows = (row for row in manifest.rows(COLUMNS) if row["image_id"] in wanted)
            spool = Spool(args.data, manifest.fingerprint, digest)
            looks = look_at(rows, roots[manifest.name], detect, config, spool)
            looks = shown(looks, f"look {manifest.name}", len(wanted))
            yield from findings_of(manifest, looks, _images(manifest))

    _write(args.data, "detector", CODES, findings(), manifests)


def _write(
    data: Path,
    producer: str,
    codes: Sequence[Code],
    findings: Iterable[Finding],
    manifests: Sequence[Manifest],
) -> None:
    from model.inspection.worst import count

    found = list(findings)
    fingerprints = {manifest.name: manifest.fingerprint for manifest in manifests}
    path = write_part(data, Part(producer, findings_table(found), tuple(codes), fingerprints))
    for finding in found:
        if finding.image_id is None:
            print(f"{finding.dataset}/{finding.split}: {finding.message}")
    told = ", ".join(f"{number} {code}" for code, number in count(found).items())
    print(f"{path}: {len(found)} findings{f' ({told})' if told else ''}")


def _images(manifest: Manifest) -> int:
    return int(manifest.info["ledger"]["images"]["kept"])
