"""Questions asked of a loaded registry: do the views validate, do the translations load."""

from __future__ import annotations

import logging
import os
import re
from typing import Any, Dict, List, Sequence

from . import series
from .logs import Recorder

Entry = Dict[str, Any]

_PLACEHOLDER = re.compile(r"%(?:\((?P<name>\w+)\))?[#0\- +]*\d*(?:\.\d+)?[diouxXeEfFgGcrsa]")


def validate_views(env: Any, modules: Sequence[str]) -> Dict[str, Any]:
    """Validate the views of `modules` as they are now, inherited by everything installed.

    Returns the number of views and an error for each one that does not validate.
    """
    errors: List[Entry] = []
    wanted = env["ir.model.data"].search([("model", "=", "ir.ui.view"), ("module", "in", list(modules))])
    names = {data.res_id: data.complete_name for data in wanted}
    views = env["ir.ui.view"].with_context(active_test=False).browse(sorted(names)).exists()
    for view in views:
        if not view.active or view.type == "qweb":
            continue
        with Recorder(logging.WARNING) as recorder:
            try:
                with env.cr.savepoint():
                    view._check_xml()
            except Exception as error:  # whatever a view raises is what is wrong with it
                errors.append(_view_error(view, names[view.id], str(error)))
                continue
        errors.extend(_view_error(view, names[view.id], line["message"]) for line in recorder.take())
    return {"checked": len(views), "errors": errors}


def _view_error(view: Any, name: str, message: str) -> Entry:
    return {
        "view": name,
        "model": view.model or "",
        "module": name.split(".", 1)[0],
        "file": view.arch_fs or "",
        "message": message,
    }


def check_translations(env: Any, modules: Sequence[str], languages: Sequence[str]) -> Dict[str, Any]:
    """Read every .po file of `modules` for `languages` (all of them when empty) and load them into Odoo.

    Errors: a file that cannot be parsed, a language Odoo does not know, a translation whose placeholders are
    not those of its source, and whatever Odoo logs at WARNING or above while it loads them.
    """
    errors: List[Entry] = []
    checked = 0
    for module in modules:
        for path in _po_files(module):
            language = os.path.splitext(os.path.basename(path))[0]
            if languages and language not in languages and language not in {n.split("_")[0] for n in languages}:
                continue
            checked += 1
            errors.extend(_po_errors(path, module))
    known = [code for code, _ in env["res.lang"].get_installed() if not languages or code in languages]
    with Recorder(logging.WARNING) as recorder:
        records = env["ir.module.module"].search([("name", "in", list(modules))])
        try:
            with env.cr.savepoint():
                _load(records, known)
        except Exception as error:  # a broken file ends Odoo's import; the file's own error says more
            errors.append({"module": "", "file": "", "line": None, "message": "loading failed: %s" % error})
    errors.extend({"module": "", "file": "", "line": None, "message": line["message"]} for line in recorder.take())
    return {"checked": checked, "languages": known, "errors": errors}


def _load(records: Any, languages: Sequence[str]) -> None:
    foreign = [code for code in languages if code != "en_US"]
    if foreign:
        records._update_translations(foreign)


def _po_files(module: str) -> List[str]:
    folder = series.module_path(module)
    return sorted(
        os.path.join(folder, sub, name)
        for sub in ("i18n", "i18n_extra")
        if os.path.isdir(os.path.join(folder, sub))
        for name in os.listdir(os.path.join(folder, sub))
        if name.endswith(".po")
    )


def _po_errors(path: str, module: str) -> List[Entry]:
    import polib

    try:
        catalogue = polib.pofile(path)
    except (OSError, ValueError, UnicodeError) as error:
        return [{"module": module, "file": path, "line": _po_line(str(error)), "message": str(error)}]
    found: List[Entry] = []
    for entry in catalogue:
        if entry.obsolete or not entry.msgstr:
            continue
        if _is_python(entry) and not fits(entry.msgid, entry.msgstr):
            message = "placeholders differ: %r is translated as %r" % (entry.msgid, entry.msgstr)
            found.append({"module": module, "file": path, "line": entry.linenum, "message": message})
    return found


def _is_python(entry: Any) -> bool:
    """Only code formats its messages; a `%` in the text of a view or a help is a plain character."""
    return any(str(place).startswith("code:") for place, _ in entry.occurrences) or (
        "odoo-python" in (entry.comment or "")
    )


def _po_line(message: str) -> Any:
    found = re.search(r"line (\d+)", message)
    return int(found.group(1)) if found else None


def fits(source: str, translation: str) -> bool:
    """Whether a translation can be formatted with what its source is: it may leave named values out."""
    needed, given = placeholders(translation), placeholders(source)
    return set(needed) <= set(given) and needed.count("") == given.count("")


def placeholders(text: str) -> List[str]:
    """The `%`-placeholders of a message: named ones by name, positional ones by count; `%%` is none."""
    found = [match.group("name") or "" for match in _PLACEHOLDER.finditer(text.replace("%%", ""))]
    return sorted(set(filter(None, found))) + [""] * found.count("")
