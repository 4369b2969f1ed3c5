"""Ranges of what is plausible."""

from validation.plausible import dont_care_count, dont_care_share


def test_the_whole_set_must_be_close_to_its_published_share() -> None:
    low, high = dont_care_share({"regions": 11_886, "dont_care": 7_418}, 11_886)
    assert low < 7_418 / 11_886 < high
    assert high - low < 0.13


def test_a_small_sample_may_stray_further() -> None:
    published = {"regions": 11_886, "dont_care": 7_418}
    low, high = dont_care_share(published, 20)
    assert low < 0.3
    assert high > 0.9


def test_a_set_without_dont_care_hardly_strays() -> None:
    assert dont_care_share({"regions": 849, "dont_care": 0}, 20) == (0.0, 0.05)


def test_nothing_published() -> None:
    nothing = {"images": None, "regions": None, "dont_care": None}
    assert dont_care_share(nothing, 100) == (0.0, 0.9)
    assert dont_care_share({"regions": 0, "dont_care": 0}, 100) == (0.0, 0.9)


def test_refused_regions_may_have_been_dont_care() -> None:
    assert dont_care_count(10, 0) == (10, 10)
    assert dont_care_count(10, 4) == (6, 10)
    assert dont_care_count(10, 40) == (0, 10)
