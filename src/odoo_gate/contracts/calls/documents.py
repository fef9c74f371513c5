"""Documents in an object store: they come back byte for byte, or somebody hears that they do not."""

from __future__ import annotations

import base64
import hashlib
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from odoo_gate.contracts.calls.flaws import Flaw, new_and_old
from odoo_gate.contracts.errors import ContractError
from odoo_gate.model import Finding, Say, silent
from odoo_gate.odoo.agent_client import ReleaseFailure
from odoo_gate.odoo.testbed import Release, Testbed
from odoo_gate.settings.contracts import DocumentsContract
from odoo_gate.stack.fault_proxy import FaultProxy, Toxic
from odoo_gate.stack.object_store import ObjectStore

_DRIVER = Path(__file__).parent / "inside" / "documents.py"
_UPSTREAM = "store"
_LARGE_BYTES = 1_000_000
_CUT_BYTES = 200_000
_NAME = "documents"
_DECLARE = "declare how documents are kept: [contracts.documents] in gate.toml; docs/contracts-calls.md"


@dataclass(frozen=True, slots=True)
class Document:
    name: str
    content: bytes

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


def _large(seed: int) -> bytes:
    return random.Random(seed).randbytes(_LARGE_BYTES)


DOCUMENTS = (
    Document("invoice.pdf", _large(1)),
    Document("Überweisung – 第七期.pdf", "第七期".encode()),
    Document("Auszahlung – 第八期.pdf", "第八期".encode()),
    Document("第七期", b"only letters that are not Latin"),
    Document("第八期", b"and others"),
    Document("empty.txt", b""),
    Document("a b+c%20d&e#f?.txt", b"signs that mean something in a URL"),
)
"""One of many packets, names that differ only outside ASCII, nothing at all, and signs to be quoted."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """`value`: the reference of what was stored, or the SHA-256 of what was loaded; None when `error` was raised."""

    value: str | None
    error: str = ""


@dataclass(frozen=True, slots=True)
class Kept:
    """What a release did with the documents; `failure`: why it could not be tried.

    `in_store` are the SHA-256 of what the store then held. The others are attempts with the first document that was
    stored: `down_*` with the store out of reach, `denied_*` with a wrong key, `cut` with a connection that breaks off,
    `spoilt` when the store has lost its end.
    """

    contract: DocumentsContract
    stored: tuple[Attempt, ...] = ()
    loaded: tuple[Attempt, ...] = ()
    in_store: frozenset[str] = frozenset()
    down_store: Attempt = Attempt(None)
    down_load: Attempt = Attempt(None)
    denied_store: Attempt = Attempt(None)
    denied_load: Attempt = Attempt(None)
    cut: Attempt = Attempt(None)
    spoilt: Attempt = Attempt(None)
    failure: str = ""


@dataclass(frozen=True, slots=True)
class Shelf:
    """The store, and the way to it on which things go wrong."""

    store: ObjectStore
    proxy: FaultProxy


def open_shelf(testbed: Testbed) -> Shelf:
    """Start the store and the proxy before it; they end with the run. Raises StackError, UsageError."""
    store = testbed.start_object_store()
    return Shelf(store, testbed.start_fault_proxy({_UPSTREAM: store.upstream}))


def keep_documents(
    testbed: Testbed, release: Release, database: str, contract: DocumentsContract, shelf: Shelf, say: Say = silent
) -> Kept:
    """Have `database`, a clone nobody else needs, keep `DOCUMENTS` on the emptied `shelf`, well and badly.

    Raises ContractError, StackError, AgentError.
    """
    path = testbed.settings.resolve(contract.script)
    try:
        source = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ContractError(
            f"{contract.script} cannot be read: {error}", hint="correct contracts.documents.script in gate.toml"
        ) from error
    shelf.store.empty()
    try:
        return _Trial(release, database, source, shelf.store, shelf.proxy, say).kept(contract)
    except ReleaseFailure as error:
        return Kept(contract, failure=error.message)


@dataclass(frozen=True, slots=True)
class _Trial:
    release: Release
    database: str
    source: str
    store: ObjectStore
    proxy: FaultProxy
    say: Say

    def kept(self, contract: DocumentsContract) -> Kept:
        stored, _ = self._attempt(DOCUMENTS)
        in_store = self.store.checksums()
        references = [attempt.value for attempt in stored if attempt.value is not None]
        if len(references) < len(DOCUMENTS):
            return Kept(contract, stored, in_store=in_store)
        _, loaded = self._attempt((), references)
        one, first = DOCUMENTS[:1], references[:1]
        self.proxy.add(_UPSTREAM, Toxic("limit_data", attributes={"bytes": _CUT_BYTES}))
        _, cut = self._attempt((), first)
        self.proxy.reset()
        self.proxy.down(_UPSTREAM)
        down = self._attempt(one, first)
        self.proxy.reset()
        denied = self._attempt(one, first, secret="not the key")
        self.store.cut(_CUT_BYTES)
        _, spoilt = self._attempt((), first)
        return Kept(
            contract, stored, loaded, in_store, down[0][0], down[1][0], denied[0][0], denied[1][0], cut[0], spoilt[0]
        )

    def _attempt(
        self, documents: Sequence[Document], references: Sequence[str] = (), secret: str = ""
    ) -> tuple[tuple[Attempt, ...], tuple[Attempt, ...]]:
        arguments = {
            "source": self.source,
            "store": {
                "url": f"http://{self.proxy.inside(_UPSTREAM)}",
                "bucket": self.store.bucket,
                "access_key": self.store.access_key,
                "secret_key": secret or self.store.secret_key,
            },
            "documents": [
                {"name": each.name, "content": base64.b64encode(each.content).decode()} for each in documents
            ],
            "references": list(references),
        }
        answer = self.release.agent.run_script(self.database, _DRIVER, "attempt", arguments, say=self.say).result
        return _attempts(answer["stored"]), _attempts(answer["loaded"])


def _attempts(plain: Sequence[Mapping[str, Any]]) -> tuple[Attempt, ...]:
    return tuple(Attempt(each["value"], str(each["error"])) for each in plain)


def document_findings(candidate: Kept | None, baseline: Kept | None) -> list[Finding]:
    """`contracts.documents`: what is stored comes back as it was; what does not is noticed. None: not declared."""
    if candidate is None:
        return [Finding("no-documents", "no documents in an object store are declared", remedy=_DECLARE)]
    return new_and_old(list(_flaws(candidate)), list(_flaws(baseline)) if baseline else [])


def _flaws(kept: Kept) -> Iterator[Flaw]:
    if kept.failure or not kept.stored:
        why = kept.failure or "nothing was stored"
        yield _flaw(kept, "not-played", "its documents", why, "run the script by hand in this release's Odoo shell")
        return
    yield from _not_whole(kept)
    if not kept.loaded:
        return
    for subject, attempt in (("the store is down", kept.down_store), ("the key is wrong", kept.denied_store)):
        if not attempt.error:
            message = "storing a document raised nothing: it is lost, and everybody believes it is safe"
            yield _flaw(
                kept, "lost-silently", subject, message, "let the error out, so that the transaction rolls back"
            )
    for subject, attempt in (("the store is down", kept.down_load), ("the key is wrong", kept.denied_load)):
        if not attempt.error:
            message = "loading a document raised nothing"
            yield _flaw(kept, "error-swallowed", subject, message, "say that the document cannot be had now")
    for subject, attempt in (("the connection breaks off", kept.cut), ("the store lost its end", kept.spoilt)):
        if not attempt.error:
            message = "half a document was taken for a whole one"
            remedy = "keep size and checksum with the record, and compare them whenever the document is loaded"
            yield _flaw(kept, "truncation-unnoticed", subject, message, remedy)


def _not_whole(kept: Kept) -> Iterator[Flaw]:
    for document, attempt in zip(DOCUMENTS, kept.stored, strict=True):
        if attempt.error:
            yield _flaw(kept, "not-stored", document.name, attempt.error, "store any name and any size, also zero")
        elif document.sha256 not in kept.in_store:
            message = "it is not in the store: no object has its checksum"
            yield _flaw(
                kept, "never-happened", document.name, message, "send the bytes as they are, under a key of its own"
            )
    for document, attempt in zip(DOCUMENTS, kept.loaded, strict=False):
        if attempt.value != document.sha256:
            message = attempt.error or "what comes back is not what was stored"
            remedy = "give every document an object key that no other has, whatever its name"
            yield _flaw(kept, "changed", document.name, message, remedy)


def _flaw(kept: Kept, rule: str, subject: str, message: str, remedy: str) -> Flaw:
    return Flaw(rule, _NAME, subject, message, remedy, kept.contract.script)
