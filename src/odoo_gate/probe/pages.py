"""What the probe takes from Odoo's pages: hidden inputs of a form, the assets a page asks for, fields of a view."""

from __future__ import annotations

from html.parser import HTMLParser


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.inputs: dict[str, str] = {}
        self.assets: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        held = {name: value or "" for name, value in attrs}
        if tag == "input" and held.get("name"):
            self.inputs[held["name"]] = held.get("value", "")
        for attribute in ("src", "href", "data-src"):
            if held.get(attribute, "").startswith("/web/assets/"):
                self.assets.append(held[attribute])


class _View(HTMLParser):
    """Fields at the top of a list view: those inside another field are of another model."""

    def __init__(self) -> None:
        super().__init__()
        self.fields: list[str] = []
        self._depth = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag != "field":
            return
        name = dict(attrs).get("name")
        if self._depth == 0 and name:
            self.fields.append(name)
        self._depth += 1

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag == "field":
            self._depth -= 1


def inputs_of(page: str) -> dict[str, str]:
    """Inputs of a page by name."""
    return _read(page).inputs


def assets_of(page: str) -> list[str]:
    """Paths of the scripts and styles that Odoo bundles for a page, each once."""
    return list(dict.fromkeys(_read(page).assets))


def fields_of(arch: str) -> list[str]:
    """Names of the fields a list view shows, each once."""
    view = _View()
    view.feed(arch)
    return list(dict.fromkeys(view.fields))


def _read(page: str) -> _Page:
    parsed = _Page()
    parsed.feed(page)
    return parsed
