"""The contracts of a checkout: every `*.yaml` of the folder gate.toml names, read strictly."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path

from odoo_gate.contracts.data_promises import BiContract, FileContract
from odoo_gate.contracts.errors import ContractError
from odoo_gate.contracts.promises import ApiContract
from odoo_gate.contracts.strict_yaml import parse
from odoo_gate.contracts.wording import validated
from odoo_gate.settings import Settings

Contract = ApiContract | FileContract | BiContract

_API, _DATA = "OdooApi", "DataContract"
_SUFFIXES = (".yaml", ".yml")


def load_contracts(settings: Settings) -> tuple[Contract, ...]:
    """Every contract of the project, by file name; none when the folder is not there.

    Raises ContractError naming file and key, also when two contracts have one id.
    """
    folder = settings.root / settings.contracts.folder
    paths = sorted(path for path in folder.glob("*") if path.suffix in _SUFFIXES) if folder.is_dir() else []
    contracts = tuple(read_contract(path, path.relative_to(settings.root).as_posix()) for path in paths)
    for number, contract in enumerate(contracts):
        for other in contracts[:number]:
            if other.id == contract.id:
                raise ContractError(
                    f"{contract.file} and {other.file} are both called {contract.id}", hint="give each its own id"
                )
    return tuple(contract for contract in contracts if _scripts_exist(contract, settings.root / contract.file))


def read_contract(path: Path, name: str = "") -> Contract:
    """The contract in the file `path`, which errors call `name`. Raises ContractError."""
    name = name or path.name
    try:
        data = parse(path.read_text("utf-8"), name)
    except (OSError, UnicodeDecodeError) as error:
        raise ContractError(f"{name} cannot be read: {error}", hint="make it a readable file in UTF-8") from error
    kind = data.get("kind")
    if kind == _API:
        return validated(ApiContract, data, name).written_in(name)
    if kind == _DATA:
        from odoo_gate.contracts.odcs import read_odcs

        return read_odcs(data, name).written_in(name)
    close = get_close_matches(str(kind), (_API, _DATA), n=1)
    hint = f"did you mean {close[0]}?" if close else f"write kind: {_API}, or kind: {_DATA}"
    raise ContractError(f"{name}: kind {kind!r} is no kind of contract", hint=hint)


def scripts_of(contract: Contract) -> Iterator[str]:
    """The scripts a contract names, relative to its own folder."""
    if isinstance(contract, FileContract):
        yield from (case.script for case in contract.cases if case.script)
    if isinstance(contract, BiContract) and contract.changes:
        yield contract.changes.script


def _scripts_exist(contract: Contract, file: Path) -> bool:
    for script in scripts_of(contract):
        path = (file.parent / script).resolve()
        if not path.is_relative_to(file.parent.resolve()) or not path.is_file():
            raise ContractError(
                f"{contract.file} names script {script!r}, which is no file beside it",
                hint="put the script into the contracts' folder and name it relative to that",
            )
    return True
