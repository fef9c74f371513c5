"""What other systems rely on, written down once and asked of the candidate and of the baseline."""

from odoo_gate.contracts.breaches import Answer, Breach, exercised_findings, findings_of
from odoo_gate.contracts.data_promises import BiContract, FileContract
from odoo_gate.contracts.difference import Change, compare_contracts
from odoo_gate.contracts.drafting import draft_contract
from odoo_gate.contracts.errors import ContractError
from odoo_gate.contracts.inquiry import Inquiry, kinds_of
from odoo_gate.contracts.loader import Contract, load_contracts, read_contract
from odoo_gate.contracts.pictures import latency_picture
from odoo_gate.contracts.promises import ApiContract
from odoo_gate.contracts.site import Site, open_site

__all__ = [
    "Answer",
    "ApiContract",
    "BiContract",
    "Breach",
    "Change",
    "Contract",
    "ContractError",
    "FileContract",
    "Inquiry",
    "Site",
    "compare_contracts",
    "draft_contract",
    "exercised_findings",
    "findings_of",
    "kinds_of",
    "latency_picture",
    "load_contracts",
    "open_site",
    "read_contract",
]
