"""Whether a request is the one a Pact asks for, by Pact's own matching.

What came is sent once more to Pact's mock server on 127.0.0.1, which knows that one interaction and nothing else.
"""

from __future__ import annotations

import http.client
from typing import TYPE_CHECKING

from odoo_gate.contracts.calls.pacts import Interaction
from odoo_gate.errors import UsageError
from odoo_gate.stack.counterpart import Heard

if TYPE_CHECKING:
    from pact import Pact

_LOOPBACK = "127.0.0.1"
_SECONDS = 10
OF_THE_CONNECTION = {"host", "connection", "content-length", "transfer-encoding", "accept-encoding", "expect"}
"""Headers that say how a message travels, not what it is."""


def mismatches(interaction: Interaction, heard: Heard) -> tuple[str, ...]:
    """What differs between `heard` and the request of `interaction`, one sentence each; empty when nothing does.

    Raises UsageError when pact-python is not installed.
    """
    with _pact_of(interaction).serve(addr=_LOOPBACK, raises=False, verbose=False) as server:
        connection = http.client.HTTPConnection(_LOOPBACK, server.port, timeout=_SECONDS)
        try:
            target = heard.path + (f"?{heard.query}" if heard.query else "")
            connection.putrequest(heard.method, target, skip_accept_encoding=True)
            for name, value in heard.headers:
                if name.lower() not in OF_THE_CONNECTION:
                    connection.putheader(name, value)
            connection.putheader("Content-Length", str(len(heard.body)))
            connection.endheaders(heard.body)
            connection.getresponse().read()
        finally:
            connection.close()
        found = [str(line).strip() for each in server.mismatches for line in _lines(each)]
        return tuple(dict.fromkeys(found))


def _lines(mismatch: object) -> list[object]:
    """The single differences of a request that was recognised, or that it was not."""
    return list(getattr(mismatch, "mismatches", ())) or [mismatch]


def _pact_of(interaction: Interaction) -> Pact:
    try:
        from pact import Pact  # 19 MB of machine code: only where a contract is examined
    except ImportError as error:
        raise UsageError("pact-python is not installed", hint='pip install "odoo-gate[contracts]"') from error
    pact = Pact("odoo", "counterpart").with_specification("V4")
    wanted = pact.upon_receiving(interaction.description).with_request(interaction.method, interaction.path)
    for name, values in interaction.query.items():
        for value in values:
            wanted = wanted.with_query_parameter(name, value)
    for name, values in interaction.request.headers.items():
        for value in values:
            wanted = wanted.with_header(name, value, "Request")
    if interaction.request.body is not None:
        wanted = wanted.with_body(interaction.request.body, interaction.request.content_type, "Request")
    if interaction.request.rules:
        wanted = wanted.with_matching_rules(dict(interaction.request.rules), "Request")
    wanted.will_respond_with(interaction.status)
    return pact
