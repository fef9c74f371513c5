"""The routes of controllers: who may call them, how, and what in them comes from the request."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from odoo_gate.security.code.flow import handed
from odoo_gate.security.code.functions import Function
from odoo_gate.security.code.source import PythonFile
from odoo_gate.security.code.syntax import is_constant, keyword, strings_in, tail, text_of

OUTSIDERS = frozenset({"public", "none"})
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_REQUEST_VALUES = frozenset({"params", "httprequest", "jsonrequest", "get_json_data", "get_http_params"})
_PROOF = re.compile(
    r"hmac|compare_digest|consteq|signature|signed|verify|_check_access|check_access|has_access|has_group|with_access"
    r"|access_token|_token$|^token$|can_access|_check_|validate_|authenticate|api_key|secret|_is_valid|published|uuid"
    r"|website_domain|passw",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Route:
    """A method behind an address. `auth` is empty when it is inherited from a route that is overridden.

    `methods` is empty when every HTTP method is answered; `json` says that the body must be JSON.
    """

    function: Function
    auth: str
    json: bool
    methods: tuple[str, ...]
    csrf_off: bool
    cors: str
    name: str

    @property
    def open(self) -> bool:
        """Whether who has no account may call it."""
        return self.auth in OUTSIDERS

    @property
    def answers_get(self) -> bool:
        return not self.json and (not self.methods or "GET" in self.methods)

    @property
    def changes_possible(self) -> bool:
        """Whether it answers a method that a browser sends with a body."""
        return not self.json and (not self.methods or not _SAFE_METHODS.issuperset(self.methods))

    def values(self) -> frozenset[str]:
        """The variables that hold what the request says."""
        seeds = set(self.function.parameters)
        for name, sources in self.function.variables.items():
            if any(_reads_request(source.value) for source in sources):
                seeds.add(name)
        return handed(self.function, seeds)


def routes_of(file: PythonFile) -> Iterator[Route]:
    """The routes in a file, also those that override others."""
    if "route" not in file.text:
        return
    for function in file.functions:
        if function.node is None or function.owner is None:
            continue
        for decorator in function.node.decorator_list:
            if isinstance(decorator, ast.Call) and tail(decorator.func) == "route":
                yield _route(function, decorator)


def is_guarded(route: Route, file: PythonFile) -> bool:
    """Whether it, or a method of its class that it calls, speaks of a token, a signature or an access check."""
    siblings = file.siblings(route.function)
    spoken = set(route.function.words)
    for word in route.function.words & siblings.keys():
        spoken |= siblings[word].words
    return any(_PROOF.search(word) for word in spoken)


def _route(function: Function, decorator: ast.Call) -> Route:
    paths = strings_in(decorator.args[0] if decorator.args else keyword(decorator, "route"))
    inherits = not decorator.args and keyword(decorator, "route") is None
    auth = text_of(keyword(decorator, "auth")) or ("" if inherits else "user")
    kind = text_of(keyword(decorator, "type")) or "http"
    return Route(
        function=function,
        auth=auth,
        json=kind in ("json", "jsonrpc", "json2") or (inherits and keyword(decorator, "type") is None),
        methods=tuple(each.upper() for each in strings_in(keyword(decorator, "methods"))),
        csrf_off=is_constant(keyword(decorator, "csrf"), False),
        cors=text_of(keyword(decorator, "cors")),
        name=next(iter(paths), function.qualified),
    )


def _reads_request(node: ast.expr) -> bool:
    return any(
        isinstance(each, ast.Attribute) and each.attr in _REQUEST_VALUES and tail(each.value) == "request"
        for each in ast.walk(node)
    )
