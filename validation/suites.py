"""The suites of a manifest: its images, its regions, its quarantine and its summary."""

import re

from great_expectations.expectations.expectation import Expectation

from manifests.images import MAX_PIXELS
from manifests.vocabulary import Granularity, IgnoreReason, Kind, Reason
from validation.facts import Facts
from validation.plausible import REFUSED_SHARE, dont_care_count, dont_care_share
from validation.rules import ERROR, WARNING, Suite

MAX_SIDE = 65_535
FORMATS = ("BMP", "GIF", "JPEG", "MPO", "PNG", "TIFF", "WEBP")
BOX_TOLERANCE = 1e-3
_INSIDE = r"^(?!/)(?!(?:.*/)?\.\.(?:/|\Z))."


def images_suite(facts: Facts) -> Suite:
    """One row an image."""
    dataset, split = facts.manifest.dataset, facts.manifest.split
    form = rf"^{re.escape(dataset)}/{re.escape(split)}/[A-Za-z0-9_][A-Za-z0-9_.\-]*\Z"
    rules = (
        ERROR.rows("images_read", "every image of the ledger is in the table", facts.images),
        ERROR.matches("image_id_form", "the id is dataset/split/stem", "image_id", form),
        ERROR.null("image_id_unique", "no other image has the id", "image_id_twin"),
        ERROR.one_of("dataset_agrees", "the row is of this dataset", "dataset", [dataset]),
        ERROR.one_of("split_agrees", "the row is of this split", "split", [split]),
        ERROR.matches("image_uri_inside", "the URI stays inside RAW", "image_uri", _INSIDE),
        ERROR.null("image_uri_unique", "no other image has the URI", "image_uri_twin"),
        ERROR.matches("annotation_named", "an annotation is named", "annotation_uri", _INSIDE),
        ERROR.matches(
            "sha256_form", "the digest is 64 hexadecimal digits", "image_sha256", r"^[0-9a-f]{64}\Z"
        ),
        ERROR.between(
            "width_range", "the width is some pixels, not absurdly many", "width", 1, MAX_SIDE
        ),
        ERROR.between(
            "height_range", "the height is some pixels, not absurdly many", "height", 1, MAX_SIDE
        ),
        ERROR.between(
            "pixels_range", "the picture is small enough to decode", "pixels", 1, MAX_PIXELS
        ),
        WARNING.one_of("format_known", "the file format is a known one", "format", FORMATS),
        WARNING.null("picture_unique", "no other image here is this file", "sha256_twin_here"),
        WARNING.null("picture_leaks", "no other split has this file", "sha256_twin_elsewhere"),
    )
    return Suite(_name(facts, "images"), "images", ("image_id", "annotation_uri"), rules)


def regions_suite(facts: Facts) -> Suite:
    """One row a region."""
    rules = (
        ERROR.rows("regions_read", "every region of the ledger is in the table", facts.regions),
        *_identity_rules(),
        *_label_rules(),
        *_geometry_rules(),
    )
    location = ("image_id", "region_id", "annotation_uri", "source_line")
    return Suite(_name(facts, "regions"), "regions", location, rules)


def quarantine_suite(facts: Facts) -> Suite:
    """One row a refusal."""
    dataset, split = facts.manifest.dataset, facts.manifest.split
    rules = (
        ERROR.rows("refusals_read", "every refusal is in the table", facts.refused.total()),
        ERROR.one_of(
            "kind_known", "what was refused is an image, a region or a file", "kind", list(Kind)
        ),
        ERROR.one_of("reason_known", "the reason is of the vocabulary", "reason", list(Reason)),
        ERROR.one_of("dataset_agrees", "the row is of this dataset", "dataset", [dataset]),
        ERROR.one_of("split_agrees", "the row is of this split", "split", [split]),
        ERROR.matches("source_named", "the file refused is named", "source_uri", _INSIDE),
        ERROR.matches("detail_given", "what was wrong is said", "detail", r"(?s)."),
    )
    location = ("image_id", "source_uri", "source_line")
    return Suite(_name(facts, "quarantine"), "quarantine", location, rules)


def summary_suite(facts: Facts) -> Suite:
    """One row: the manifest itself."""
    rules = (
        ERROR.rows("summary_read", "there is one summary", 1),
        ERROR.null("files_intact", "the files are those that were published", "files_problem"),
        ERROR.null("folder_agrees", "the folder is that of the split", "folder_problem"),
        ERROR.equal(
            "images_close", "seen is kept plus quarantined", "images_seen", "images_accounted"
        ),
        ERROR.equal(
            "regions_close",
            "seen is care plus don't-care plus quarantined",
            "regions_seen",
            "regions_accounted",
        ),
        ERROR.null("ledger_recounted", "a recount gives the stated ledger", "ledger_problem"),
        ERROR.between("images_seen", "the source has images at all", "images_seen", 1, None),
        WARNING.between("images_kept", "some image is kept", "images", 1, None),
        WARNING.between(
            "images_refused", "few images are refused", "images_refused_share", 0, REFUSED_SHARE
        ),
        *_published_rules(facts),
    )
    return Suite(_name(facts, "summary"), "summary", ("manifest",), rules)


def corpus_suite() -> Suite:
    """One row: all manifests together."""
    rules = (
        ERROR.rows("corpus_read", "there is one corpus", 1),
        ERROR.between("corpus_kept", "some image is kept in some manifest", "images", 1, None),
    )
    return Suite("corpus", "corpus", (), rules)


def mixes_suite(members: int) -> Suite:
    """One row a member of a mix; all that fail are named, there are few."""
    rules = (
        ERROR.rows("members_read", "every member of a mix is looked up", members),
        WARNING.present("member_exists", "the manifest of the member is there", "images"),
        WARNING.between("member_kept", "the member has images", "images", 1, None),
    )
    return Suite("mixes", "mixes", ("mix", "dataset", "split"), rules, samples=max(1, members))


def _identity_rules() -> tuple[Expectation, ...]:
    return (
        ERROR.equal(
            "region_id_of_image", "the id begins with its image's", "image_id", "region_id_image"
        ),
        ERROR.matches("region_id_form", "the id is image_id#number", "region_id", r"^[^#]+#.+\Z"),
        ERROR.null("region_id_unique", "no other region has the id", "region_id_twin"),
        ERROR.matches("annotation_named", "an annotation is named", "annotation_uri", _INSIDE),
        ERROR.between("source_line_range", "lines count from 1", "source_line", 1, None),
    )


def _label_rules() -> tuple[Expectation, ...]:
    return (
        ERROR.one_of(
            "ignore_reason_known",
            "the reason is of the vocabulary",
            "ignore_reason",
            list(IgnoreReason),
        ),
        ERROR.one_of(
            "granularity_known", "it is of the vocabulary", "granularity", list(Granularity)
        ),
        ERROR.null("care_no_reason", "care has no reason", "ignore_reason", care=True),
        ERROR.present("dont_care_reason", "don't-care has a reason", "ignore_reason", care=False),
    )


def _geometry_rules() -> tuple[Expectation, ...]:
    return (
        ERROR.between("points", "there are three points or more", "coordinates", 6, None),
        ERROR.between("points_pair", "there is a y for every x", "unpaired", 0, 0),
        ERROR.between("finite", "every coordinate is a finite number", "non_finite", 0, 0),
        ERROR.between(
            "box_bounds", "the box is the polygon's bounds", "box_error", 0, BOX_TOLERANCE
        ),
        ERROR.above("box_width", "the box is wider than nothing", "box_width", 0),
        ERROR.above("box_height", "the box is higher than nothing", "box_height", 0),
        ERROR.above("in_picture", "some of it is in the picture", "visible_area", 0),
    )


def _published_rules(facts: Facts) -> tuple[Expectation, ...]:
    published = facts.published
    low, high = dont_care_share(published, facts.regions)
    rules = [
        WARNING.between(
            "dont_care_share",
            "the share of don't-care is plausible for the set",
            "dont_care_share",
            low,
            high,
        )
    ]
    for what in ("images", "regions"):
        if (count := published[what]) is not None:
            says = f"there are as many {what} as are published"
            rules.append(WARNING.one_of(f"{what}_published", says, f"{what}_seen", [count]))
    if (count := published["dont_care"]) is not None:
        least, most = dont_care_count(count, facts.refused_of("region").total())
        says = "there are as many don't-care, but for those decided here, as are published"
        rules.append(WARNING.between("dont_care_published", says, "dont_care", least, most))
    return tuple(rules)


def _name(facts: Facts, table: str) -> str:
    """``icdar15~train~images``: a file name that needs no quoting in an address. A dot would make
    Great Expectations open a folder."""
    return re.sub(r"[^A-Za-z0-9_~-]", "~~", f"{facts.name}/{table}".replace("/", "~"))
