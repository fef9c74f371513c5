"""Draws pictures as inline SVG: no script, no style attribute, no identifier, colours that follow the page's theme.

The numbers go to vl-convert as a Vega-Lite specification. Its colours are those of `INK` and `SERIES`, for which the
style sheet has a light and a dark one each.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from xml.etree import ElementTree

from markupsafe import Markup

from odoo_gate.picture import Picture, Shape
from odoo_gate.report.text import visible

INK, SOFT, GRID = "#1b2733", "#5b6673", "#dfe3e8"
SERIES = ("#0b5fb0", "#b8520a", "#12805c", "#8a3fb0", "#7a6200", "#c02b60")
_DASHES = ([1, 0], [6, 3], [2, 2], [8, 3, 2, 3], [4, 4], [10, 2])
_WIDTH, _HEIGHT, _ROW = 620, 220, 26
_DOTTED = 40
"""A line of at most so many points shows each of them."""

_ELEMENTS = {"svg", "g", "path", "text", "rect", "line", "circle", "tspan"}
_ATTRIBUTES = {
    *("d", "x", "y", "x1", "y1", "x2", "y2", "cx", "cy", "r", "width", "height", "transform", "viewBox"),
    *("fill", "stroke", "stroke-width", "stroke-dasharray", "stroke-opacity", "fill-opacity", "opacity"),
    *("text-anchor", "font-size", "font-weight", "stroke-linecap", "stroke-linejoin"),
}
_FRACTION = re.compile(r"(\d+\.\d\d)\d+")


class CannotDraw(Exception):
    """The `report` extra is not installed, or vl-convert refuses the numbers; its text says which."""


def draw(picture: Picture) -> Markup:
    """An `<svg>` whose label is the picture's text. Raises CannotDraw.

    The first one takes a second or so, in which vl-convert starts; the others a few hundredths.
    """
    try:
        import vl_convert
    except ImportError as error:
        raise CannotDraw("pip install 'odoo-gate[report]' draws it") from error
    try:
        svg = vl_convert.vegalite_to_svg(_specification(picture))
    except ValueError as error:
        raise CannotDraw(f"vl-convert refuses it: {visible(str(error).strip().partition(chr(10))[0])}") from error
    return _inline(svg, f"{picture.title}. {picture.text}")


def _inline(svg: str, label: str) -> Markup:
    """Only elements and attributes that draw; everything else of the renderer's output is left behind."""
    root = _kept(ElementTree.fromstring(svg))
    for size in ("width", "height"):
        root.attrib.pop(size, None)
    root.set("role", "img")
    root.set("aria-label", visible(label))
    return Markup(ElementTree.tostring(root, encoding="unicode", short_empty_elements=False))


def _kept(element: ElementTree.Element) -> ElementTree.Element:
    name = element.tag.rpartition("}")[2]
    attributes = {key: _FRACTION.sub(r"\1", value) for key, value in element.attrib.items() if key in _ATTRIBUTES}
    copy = ElementTree.Element(name, attributes)
    copy.text = visible(element.text) if name in ("text", "tspan") and element.text else None
    for child in element:
        if child.tag.rpartition("}")[2] in _ELEMENTS and not _is_empty(child):
            copy.append(_kept(child))
    return copy


def _is_empty(element: ElementTree.Element) -> bool:
    """Vega leaves paths that draw nothing around every group, and groups of nothing else."""
    name = element.tag.rpartition("}")[2]
    if name == "path":
        return element.get("d", "") in ("", "M0,0h0v0h0Z") or not (element.get("fill") or element.get("stroke"))
    return name == "g" and all(_is_empty(child) for child in element)


def _specification(picture: Picture) -> dict[str, Any]:
    rows = len(picture.lines) if picture.shape in (Shape.BARS, Shape.SPANS, Shape.INTERVALS) else 0
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "width": _WIDTH,
        "height": rows * _ROW + 10 if rows else _HEIGHT,
        "background": None,
        "padding": {"left": 36, "right": 24, "top": 6, "bottom": 6},
        "layer": [*_layers(picture), *_marks(picture)],
        "config": _config(),
    }


def _layers(picture: Picture) -> Iterator[dict[str, Any]]:
    values = list(_values(picture))
    order = [visible(line.name) for line in picture.lines]
    by_line = {"field": "name", "type": "nominal", "sort": order, "title": None, "axis": {"labelLimit": 220}}
    x = {"field": "x", "type": "quantitative", "title": visible(picture.x)}
    data = {"values": values}
    if picture.shape in (Shape.LINES, Shape.DISTRIBUTION):
        yield _curves(picture, data, x, order)
    elif picture.shape is Shape.INTERVALS:
        to = {"field": "high", "title": None}
        yield {
            "data": data,
            "mark": {"type": "rule", "strokeWidth": 3, "color": SERIES[0]},
            "encoding": {"y": by_line, "x": {**x, "field": "low", "scale": {"zero": _from_zero(picture)}}, "x2": to},
        }
        yield {
            "data": data,
            "mark": {"type": "point", "filled": True, "size": 90, "color": SERIES[1]},
            "encoding": {"y": by_line, "x": x},
        }
    elif picture.shape is Shape.SPANS:
        to = {"field": "end", "title": None}
        yield {
            "data": data,
            "mark": {"type": "bar", "height": 13, "minBandSize": 2, "color": SERIES[0]},
            "encoding": {"y": by_line, "x": {**x, "scale": {"zero": _from_zero(picture)}}, "x2": to},
        }
    else:
        yield {
            "data": data,
            "mark": {"type": "bar", "height": 15, "color": SERIES[0]},
            "encoding": {"y": by_line, "x": x},
        }
        text = {"type": "text", "align": "left", "dx": 5, "color": INK}
        yield {
            "data": data,
            "mark": text,
            "encoding": {"y": by_line, "x": x, "text": {"field": "x", "type": "quantitative", "format": ",.4~g"}},
        }


def _curves(picture: Picture, data: dict[str, Any], x: dict[str, Any], order: list[str]) -> dict[str, Any]:
    share = picture.shape is Shape.DISTRIBUTION
    points = max(len(line.points) for line in picture.lines) <= _DOTTED and not share
    legend = (
        {"orient": "top", "title": None, "symbolType": "stroke", "symbolSize": 300, "labelLimit": 260}
        if len(order) > 1
        else None
    )
    domain = {"domain": order}
    colours = [SERIES[at % len(SERIES)] for at in range(len(order))]
    dashes = [_DASHES[at % len(_DASHES)] for at in range(len(order))]
    y: dict[str, Any] = {"field": "y", "type": "quantitative", "title": visible(picture.y)}
    if share:
        y |= {"axis": {"format": "%"}, "scale": {"domain": [0, 1]}}
    mark = {"type": "line", "strokeWidth": 2, "point": {"size": 28} if points else False}
    return {
        "data": data,
        "mark": mark | ({"interpolate": "step-after"} if share else {}),
        "encoding": {
            "x": x,
            "y": y,
            "color": {"field": "name", "type": "nominal", "scale": domain | {"range": colours}, "legend": legend},
            "strokeDash": {"field": "name", "type": "nominal", "scale": domain | {"range": dashes}, "legend": legend},
        },
    }


def _marks(picture: Picture) -> Iterator[dict[str, Any]]:
    if not picture.marks:
        return
    last = max(_along_x(picture))
    x = {"field": "x", "type": "quantitative"}
    yield {
        "data": {"values": [{"x": mark.x} for mark in picture.marks]},
        "mark": {"type": "rule", "color": INK, "strokeDash": [4, 3]},
        "encoding": {"x": x},
    }
    for mark in picture.marks:
        before = mark.x > last * 3 / 4  # beyond it the label would leave the plot
        side = {"align": "right", "dx": -4} if before else {"align": "left", "dx": 4}
        yield {
            "data": {"values": [{"x": mark.x, "label": visible(mark.label)}]},
            "mark": {"type": "text", "color": INK, "dy": 8, "baseline": "top", "limit": 180, "y": 0} | side,
            "encoding": {"x": x, "text": {"field": "label", "type": "nominal"}},
        }


def _values(picture: Picture) -> Iterator[Mapping[str, Any]]:
    names = {
        Shape.LINES: ("x", "y"),
        Shape.DISTRIBUTION: ("x", "y"),
        Shape.INTERVALS: ("x", "low", "high"),
        Shape.BARS: ("x",),
        Shape.SPANS: ("x", "end"),
    }[picture.shape]
    for line in picture.lines:
        for point in line.points:
            yield {"name": visible(line.name), **dict(zip(names, point, strict=True))}


def _from_zero(picture: Picture) -> bool:
    """Whether the axis begins at zero: where that does not squeeze what is to be seen into a corner."""
    numbers = _along_x(picture)
    return 0 <= min(numbers) <= max(numbers) / 2


def _along_x(picture: Picture) -> list[float]:
    """Every number that lies on the x axis: of a curve's point the first, of other shapes all, and the marks."""
    curves = picture.shape in (Shape.LINES, Shape.DISTRIBUTION)
    points = (point[:1] if curves else point for line in picture.lines for point in line.points)
    return [*(number for point in points for number in point), *(mark.x for mark in picture.marks)]


def _config() -> dict[str, Any]:
    axis = {
        "labelColor": SOFT,
        "titleColor": INK,
        "gridColor": GRID,
        "domainColor": SOFT,
        "tickColor": SOFT,
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "tickCount": 6,
    }
    return {
        "font": "sans-serif",
        "view": {"stroke": None},
        "axis": axis,
        "axisY": {"domain": False, "ticks": False},
        "legend": {"labelColor": INK, "labelFontSize": 12},
        "text": {"fontSize": 12},
    }
