import pytest

from model.rrc_lines import format_result_line, parse_ground_truth_line, parse_result_line


@pytest.mark.parametrize(
    ("line", "coordinates", "text"),
    [
        ('38, 43, 920, 215, "Tiredness"', (38, 43, 920, 215), "Tiredness"),
        ('1, 2, 3, 4, "4,000"', (1, 2, 3, 4), "4,000"),
        ('1, 2, 3, 4, "5, 6, 7, 8, 9"', (1, 2, 3, 4), "5, 6, 7, 8, 9"),
        (r'12, 67, 183, 103, "RATES\""', (12, 67, 183, 103), 'RATES"'),
        (r'1, 2, 3, 4, "a\\"', (1, 2, 3, 4), "a\\"),
        (r'1, 2, 3, 4, "a\\\"b\c"', (1, 2, 3, 4), r"a\"b\c"),
        ('1, 2, 3, 4, " "', (1, 2, 3, 4), " "),
        ('1, 2, 3, 4, ""', (1, 2, 3, 4), ""),
        ("0,0,9,0,9,9,0,9,###", (0, 0, 9, 0, 9, 9, 0, 9), "###"),
        ("0,0,9,0,9,9,0,9,$5,000", (0, 0, 9, 0, 9, 9, 0, 9), "$5,000"),
        ('0,0,9,0,9,9,0,9,SCAN"', (0, 0, 9, 0, 9, 9, 0, 9), 'SCAN"'),
        ("0,0,9,0,9,9,0,9,12", (0, 0, 9, 0, 9, 9, 0, 9), "12"),
        ("0,0,9,0,9,9,0,9, a b ", (0, 0, 9, 0, 9, 9, 0, 9), " a b "),
        ("-1,-2,9,0,9,9,0,9,", (-1, -2, 9, 0, 9, 9, 0, 9), ""),
    ],
)
def test_ground_truth_lines(line: str, coordinates: tuple[float, ...], text: str) -> None:
    assert parse_ground_truth_line(line) == (coordinates, text)


@pytest.mark.parametrize(
    "line", ["1 2 3 4 word", "1,2,3,4", "1,2,3,word", "a,2,3,4,word", "1e3,2,3,4,word", ""]
)
def test_bad_ground_truth_lines(line: str) -> None:
    with pytest.raises(ValueError, match="expected xmin,ymin,xmax,ymax,text or"):
        parse_ground_truth_line(line)


@pytest.mark.parametrize(
    ("line", "coordinates"),
    [
        ("1,2,3,4", (1, 2, 3, 4)),
        (" 1 , -2, 3.5,4 ", (1, -2, 3.5, 4)),
        ("1,2,3,4,", (1, 2, 3, 4)),
        ("1,2,3,4,0.93", (1, 2, 3, 4)),
        ("0,0,9,0,9,9,0,9", (0, 0, 9, 0, 9, 9, 0, 9)),
        ("0,0,9,0,9,9,0,9,0.5", (0, 0, 9, 0, 9, 9, 0, 9)),
    ],
)
def test_result_lines(line: str, coordinates: tuple[float, ...]) -> None:
    assert parse_result_line(line) == coordinates


@pytest.mark.parametrize(
    "line",
    [
        "1,2,3",
        "1,2,3,4,5,6",
        "1,2,3,4,5,6,7",
        "1,2,3,4,word",
        "1,2,3,nan",
        "1,2,,3,4",
        "1,2,3,٤",
        ",",
    ],
)
def test_bad_result_lines(line: str) -> None:
    with pytest.raises(ValueError, match="expected xmin,ymin,xmax,ymax or"):
        parse_result_line(line)


@pytest.mark.parametrize("line", ["9,0,8,9", "0,9,9,8"])
def test_a_box_turned_inside_out(line: str) -> None:
    with pytest.raises(ValueError, match="inside out"):
        parse_result_line(line)
    with pytest.raises(ValueError, match="inside out"):
        parse_ground_truth_line(f"{line},word")


@pytest.mark.parametrize("far", ["1000001", "-1000000.5", "9" * 200, "9" * 400])
def test_a_coordinate_beyond_any_image(far: str) -> None:
    with pytest.raises(ValueError, match="beyond 1,000,000 pixels"):
        parse_result_line(f"{far},0,{far},9")
    with pytest.raises(ValueError, match="beyond 1,000,000 pixels"):
        parse_ground_truth_line(f"0,0,9,0,9,{far},0,9,word")
    assert parse_result_line("-1000000,0,1000000,9") == (-1e6, 0, 1e6, 9)


def test_points_run_clockwise() -> None:
    with pytest.raises(ValueError, match="counter-clockwise"):
        parse_result_line("0,0,0,9,9,9,9,0")
    assert parse_result_line("5,5,5,5,5,5,5,5") == (5,) * 8


def test_whole_numbers_are_written() -> None:
    assert format_result_line([1.0, -2.0, 3.0, 4.0]) == "1,-2,3,4"
    with pytest.raises(ValueError, match="round them first"):
        format_result_line([1.5, 2.0, 3.0, 4.0])
