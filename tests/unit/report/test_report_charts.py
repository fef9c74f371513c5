"""Pictures become SVG that runs nothing and follows the page's colours; where they cannot, their numbers are shown."""

from __future__ import annotations

import sys
from xml.etree import ElementTree

import pytest

from odoo_gate.picture import Line, Mark, Picture, Shape
from odoo_gate.report.charts import INK, SERIES, CannotDraw, draw
from odoo_gate.report.numbers import table_of

HOSTILE = "</text><script>alert(1)</script>\u202e"
POINTS = {
    Shape.LINES: ((0.0, 1.0), (1.0, 2.0)),
    Shape.DISTRIBUTION: ((0.5, 0.1), (1.5, 1.0)),
    Shape.INTERVALS: ((2.0, 1.0, 3.0),),
    Shape.BARS: ((5.0,),),
    Shape.SPANS: ((0.0, 4.0), (6.0, 7.0)),
}


def picture(shape: Shape, name: str = "candidate") -> Picture:
    lines = (Line(name, POINTS[shape]), Line("baseline", POINTS[shape]))
    return Picture(shape, f"Waits {name}", "What is seen.", "seconds", "share", lines, (Mark(1.0, f"limit {name}"),))


@pytest.mark.parametrize("shape", Shape)
def test_every_shape_is_drawn_with_nothing_but_shapes_and_text(shape: Shape):
    root = ElementTree.fromstring(str(draw(picture(shape, HOSTILE))))
    names = {element.tag for element in root.iter()}
    assert names <= {"svg", "g", "path", "text", "tspan", "rect", "line", "circle"}
    assert not [
        key for element in root.iter() for key in element.attrib if key in ("style", "id", "href") or key[:2] == "on"
    ]
    assert "alert(1)" in root.attrib["aria-label"]
    assert "\u202e" not in ElementTree.tostring(root, "unicode")
    assert root.attrib["role"] == "img"
    assert "viewBox" in root.attrib


def test_colours_are_those_the_style_sheet_knows():
    colours = {
        each
        for element in ElementTree.fromstring(str(draw(picture(Shape.LINES)))).iter()
        for each in (element.get("fill"), element.get("stroke"))
        if each
    }
    assert INK in colours
    assert set(SERIES[:2]) <= colours


def test_lines_differ_by_more_than_colour():
    svg = str(draw(picture(Shape.LINES)))
    assert "stroke-dasharray" in svg


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    with pytest.raises(CannotDraw, match="odoo-gate\\[report\\]"):
        draw(picture(Shape.BARS))


@pytest.mark.parametrize("shape", Shape)
def test_the_numbers_are_a_table(shape: Shape):
    table = table_of(picture(shape))
    assert all(len(row) == len(table.header) for row in table.rows)
    assert len(table.rows) == 2 * len(POINTS[shape])
    assert table.note == ""


def test_a_long_line_is_shortened_and_says_so():
    line = Line("a", tuple((float(at), float(at)) for at in range(500)))
    table = table_of(Picture(Shape.LINES, "t", "x", "s", "y", (line,)))
    assert (table.rows[0][1], table.rows[-1][1]) == ("0", "499")
    assert table.note.startswith(f"{500 - len(table.rows)} points")
