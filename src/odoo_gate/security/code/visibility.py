"""Who can call a method: users over RPC, visitors over HTTP, or only other code."""

from __future__ import annotations

from odoo_gate.security.code.functions import Function
from odoo_gate.security.code.models import kind_of

_NOT_REMOTE = frozenset({"private", "property", "staticmethod", "classmethod", "depends", "constrains", "ondelete"})
_OF_THE_FRAMEWORK = frozenset(
    {
        *("init", "write", "create", "unlink", "copy", "read", "search", "browse", "default_get", "fields_get"),
        *("search_read", "search_fetch", "read_group", "name_search", "name_create", "export_data", "load", "onchange"),
        *(
            "get_view",
            "get_views",
            "message_post",
            "message_new",
            "message_update",
            "copy_data",
            "web_read",
            "web_save",
        ),
    }
)
"""Called by users too, but with what Odoo has looked at: records the user may use, values that are field values."""


def is_callable_by_users(function: Function) -> bool:
    """A public method of a model, or a route: what any logged-in user (or visitor) can call with values of his own."""
    if function.owner is None or function.node is None:
        return False
    if "route" in function.decorators:
        return True
    return kind_of(function.owner) is not None and is_public_method(function)


def is_public_method(function: Function) -> bool:
    """Whether Odoo lets RPC call this method of a model: no underscore, not private, not one of its own."""
    if function.name.startswith("_") or function.name in _OF_THE_FRAMEWORK:
        return False
    return _NOT_REMOTE.isdisjoint(function.decorators)
