"""Everything that is asked of one release, each question once, whichever check asks it first."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from odoo_gate.contracts.api import ask_api
from odoo_gate.contracts.bi import ask_bi
from odoo_gate.contracts.breaches import Answer
from odoo_gate.contracts.consumers import Consumers, look
from odoo_gate.contracts.data_promises import BiContract, FileContract
from odoo_gate.contracts.files import ask_files
from odoo_gate.contracts.latency import ask_latency
from odoo_gate.contracts.loader import Contract
from odoo_gate.contracts.promises import ApiContract
from odoo_gate.contracts.rights import ask_rights
from odoo_gate.contracts.site import Site

API, FILES, BI = "api", "files", "bi"


def kinds_of(contracts: Sequence[Contract]) -> frozenset[str]:
    """Which kinds of contract there are: `api`, `files`, `bi`."""
    names = {ApiContract: API, FileContract: FILES, BiContract: BI}
    return frozenset(names[type(contract)] for contract in contracts)


class Inquiry:
    """The contracts, asked of one site. Each answer raises what stopped it: StackError, AgentError, psycopg.Error."""

    def __init__(self, site: Site, contracts: Sequence[Contract]) -> None:
        self._site = site
        self._apis = [contract for contract in contracts if isinstance(contract, ApiContract)]
        self._files = [contract for contract in contracts if isinstance(contract, FileContract)]
        self._bis = [contract for contract in contracts if isinstance(contract, BiContract)]
        self._answers: dict[str, list[Answer]] = {}
        self._consumers: Consumers | None = None

    @property
    def api(self) -> list[Answer]:
        return self._once("api", lambda: [ask_api(self._site, each, self._look()) for each in self._apis])

    @property
    def rights(self) -> list[Answer]:
        return self._once("rights", lambda: [ask_rights(each, self._look()) for each in self._apis])

    @property
    def latency(self) -> list[Answer]:
        return self._once("latency", lambda: [ask_latency(self._site, each, self._look()) for each in self._apis])

    @property
    def files(self) -> list[Answer]:
        return self._once("files", lambda: ask_files(self._site, self._files))

    @property
    def bi(self) -> list[Answer]:
        return self._once("bi", lambda: [ask_bi(self._site, each) for each in self._bis])

    @property
    def everything(self) -> list[Answer]:
        """What is asked of the release by trying it, contract by contract."""
        return [*self.api, *self.files, *self.bi]

    def _look(self) -> Consumers:
        if self._consumers is None:
            self._consumers = look(self._site, self._apis)
        return self._consumers

    def _once(self, question: str, ask: Callable[[], list[Answer]]) -> list[Answer]:
        """No cached_property: until Python 3.12 it lets two releases be asked only one after the other."""
        if question not in self._answers:
            self._answers[question] = ask()
        return self._answers[question]
