"""The closed vocabularies of the contract: why a thing was refused, why a region is don't-care."""

from enum import StrEnum


class Kind(StrEnum):
    """What a quarantine row refuses."""

    IMAGE = "image"
    REGION = "region"
    FILE = "file"


class Reason(StrEnum):
    """Why a thing is in quarantine."""

    IMAGE_MISSING = "image_missing"
    IMAGE_UNREADABLE = "image_unreadable"
    IMAGE_TOO_LARGE = "image_too_large"
    IMAGE_DUPLICATE_NAME = "image_duplicate_name"
    IMAGE_REFUSED = "image_refused"
    ANNOTATION_MISSING = "annotation_missing"
    ANNOTATION_UNREADABLE = "annotation_unreadable"
    ANNOTATION_DUPLICATE_NAME = "annotation_duplicate_name"
    ANNOTATION_DANGLING = "annotation_dangling"
    BAD_LINE = "bad_line"
    BAD_COORDINATES = "bad_coordinates"
    DEGENERATE_POLYGON = "degenerate_polygon"
    OUTSIDE_IMAGE = "outside_image"
    STRAY_FILE = "stray_file"
    BAD_NAME = "bad_name"
    DECIDED = "decided"


REASON_MEANING: dict[Reason, str] = {
    Reason.IMAGE_MISSING: "an annotation names a picture that is not there",
    Reason.IMAGE_UNREADABLE: "the picture cannot be decoded, or not to its end",
    Reason.IMAGE_TOO_LARGE: "the picture has more pixels than the limit allows",
    Reason.IMAGE_DUPLICATE_NAME: "a second picture has the stem of one that was kept",
    Reason.IMAGE_REFUSED: "a region whose image was refused",
    Reason.ANNOTATION_MISSING: "a picture without any annotation, in a set that annotates all",
    Reason.ANNOTATION_UNREADABLE: "the annotation file cannot be read as its format",
    Reason.ANNOTATION_DUPLICATE_NAME: "a second annotation for a picture that has one",
    Reason.ANNOTATION_DANGLING: "a reference to an annotation or image that is not defined",
    Reason.BAD_LINE: "the line or element does not have the fields of its format",
    Reason.BAD_COORDINATES: "coordinates that are no numbers, not finite, or inside out",
    Reason.DEGENERATE_POLYGON: "a polygon that encloses no area",
    Reason.OUTSIDE_IMAGE: "a region that lies wholly outside its picture",
    Reason.STRAY_FILE: "a file that is neither picture nor annotation",
    Reason.BAD_NAME: "a name that cannot be an identifier",
    Reason.DECIDED: "a person decided to drop the image",
}


class IgnoreReason(StrEnum):
    """Why a kept region is don't-care: neither text to find nor background."""

    MARKED = "marked"
    ILLEGIBLE = "illegible"
    DECIDED = "decided"


class Granularity(StrEnum):
    """What one region encloses."""

    CHARACTER = "character"
    WORD = "word"
    LINE = "line"
    AREA = "area"
