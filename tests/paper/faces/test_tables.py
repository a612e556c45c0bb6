"""Every form in which lists of CelebA's attributes go round is read alike, and a damaged one is refused in a line."""

from itertools import product
from pathlib import Path

import numpy as np
import pytest

from dynnet.errors import DynnetError
from dynnet.paper.faces.tables import read_attributes

NAMES = ("Bald", "Male", "Black_Hair")
FACES = {"000001.jpg": (0, 1, 0), "000002.jpg": (1, 1, 1), "000003.jpg": (1, 0, 0)}
SEPARATORS = {"space": " ", "spaces": "   ", "tab": "\t", "comma": ",", "comma, space": ", ", "space, comma": " ,"}


def written(separator: str, no: str, count: bool, label: str, end: str = "\n") -> str:
    """The list of the three faces."""
    labels = [label] if label or "," in separator else []
    lines = [separator.join([*labels, *NAMES])]
    lines += [separator.join([file, *("1" if mark else no for mark in marks)]) for file, marks in FACES.items()]
    return end.join([*(["3"] if count else []), *lines, ""])


def check(file: Path) -> None:
    table = read_attributes(file)
    assert list(table.columns) == list(NAMES) and list(table.index) == list(FACES)
    assert table.to_numpy().tolist() == [[bool(mark) for mark in marks] for marks in FACES.values()]
    assert (table.dtypes == np.bool_).all()


@pytest.mark.parametrize(
    ("separator", "no", "count", "label"),
    list(product(SEPARATORS, ["0", "-1"], [True, False], ["", "file", "image_id"])),
)
def test_every_form_is_read_alike(tmp_path: Path, separator: str, no: str, count: bool, label: str) -> None:
    file = tmp_path / "list_attr_celeba"
    file.write_text(written(SEPARATORS[separator], no, count, label))
    check(file)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\n\n", " \n"])
def test_every_encoding_and_end_of_line_is_read_alike(tmp_path: Path, encoding: str, end: str) -> None:
    for separator in (" ", ","):
        file = tmp_path / "list"
        file.write_bytes(written(separator, "-1", True, "", end).encode(encoding))
        check(file)


def test_numbers_with_a_point_and_quotes(tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text('"file","Bald"\n"1.jpg","1.0"\n"2.jpg",0.0\n')
    assert read_attributes(file)["Bald"].tolist() == [True, False]


HEADER = "file,Bald,Male,Black_Hair"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "expected a row per face and a column per attribute, got none"),
        ("\n \n", "expected a row per face and a column per attribute, got none"),
        ("202599\n", "expected a row per face and a column per attribute, got none"),
        (
            "name,Bald\n000001.png,1\n",
            "expected the column 'file' first and then one for each attribute, got name, Bald;",
        ),
        ("file\n000001.png\n", "expected a row per face and a column per attribute, got none"),
        (f"{HEADER}\n", "expected a row per face and a column per attribute, got none"),
        (f"{HEADER}\n1.png,0,0,0\n2.png,0,2,0\n", r"expected 0 or 1, or -1 or 1, got '2' as Male of 2\.png;"),
        (f"{HEADER}\n1.png,0,0,x\n2.png,0,0,0\n", r"expected 0 or 1, or -1 or 1, got 'x' as Black_Hair of 1\.png;"),
        (f"{HEADER}\n1.png,0,,0\n", r"expected 0 or 1, or -1 or 1, got '' as Male of 1\.png;"),
        (f"{HEADER}\n1.png,0,0\n", r"expected 4 cells in each row, got 3 in that of '1\.png';"),
        (f"{HEADER}\n1.png,0,0,0\n1.png,0,0,1\n", r"expected one row for each face, got two for 1\.png;"),
        (f"{HEADER}\n1.png,0,0,0\n2.png,0,0,0,0,0\n", r"expected 4 cells in each row, got 6 in that of '2\.png';"),
        (f"{HEADER},\n1.png,0,0,0,\n", "expected 0 or 1, or -1 or 1, got '' as  of 1.png"),
        ("file,Bald,Bald\n1.png,0,1\n", "expected one column for each attribute, got two of 'Bald'"),
        ("file,Bald,Male\n1.png,0,-1\n2.png,1,1\n", "expected 0 and 1, or -1 and 1, got all three"),
        ("3\nBald Male\n1.jpg 1 -1\n2.jpg 1\n", r"expected 3 cells in each row, got 2 in that of '2\.jpg';"),
        (b"file,B\xe4ld\n1.png,0\n", "expected a table of attributes, got: .*utf-8"),
        (b"\xff\xfef\0i\0", "expected a row per face"),
        (b"\xff\xfef\0i\0l", "expected a table of attributes, got: .*utf-16"),
        (b"\x89PNG\r\n\x1a\n" + bytes(200), "expected a table of attributes, got: .*utf-8"),
        (f'{HEADER}\n"{"x" * 200_000}",0,0,0\n', "expected a table of attributes, got: field larger"),
    ],
)
def test_damaged_tables_are_refused_in_a_line(tmp_path: Path, content: str | bytes, said: str) -> None:
    file = tmp_path / "attributes.csv"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(DynnetError, match=f"attributes.csv: {said}") as caught:
        read_attributes(file)
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 500


def test_no_table(tmp_path: Path) -> None:
    with pytest.raises(
        DynnetError, match=r"a\.csv: expected the attributes of the faces in .*, got no such file; add it"
    ):
        read_attributes(tmp_path / "a.csv")
    (tmp_path / "folder").mkdir()
    with pytest.raises(DynnetError, match="folder: expected a table of attributes, got"):
        read_attributes(tmp_path / "folder")
