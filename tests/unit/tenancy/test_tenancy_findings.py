"""What is said of companies that are, or are not, kept apart."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from odoo_gate.errors import SettingsError
from odoo_gate.model import silent
from odoo_gate.settings import TenancySettings
from odoo_gate.tenancy import Company, Group, Looked, Touched, Validated, company_findings, isolation_findings
from odoo_gate.tenancy.group import _chosen

COMPANIES = (Company(1, "North", (1,)), Company(2, "South", (2,)))


def group(companies: tuple[Company, ...] = COMPANIES, chosen: tuple[int, ...] = (1, 2)) -> Group:
    return Group(SimpleNamespace(), "clone", companies, {"1": 5, "2": 6}, frozenset(chosen), silent)


def looked(leaks=None, *, own=(), suspect=(), untried=None, tried: int = 4) -> Looked:
    return Looked(("m",), frozenset(own), frozenset(suspect), leaks or {}, untried or {}, (), tried)


def told(findings) -> list[tuple[str, str]]:
    return [(finding.rule, str(finding.severity)) for finding in findings]


LEAK = {"m": {"search": ("North",), "read": ("North",)}}


def test_an_own_model_that_leaks_is_an_error_whatever_the_baseline_does():
    assert told(isolation_findings(group(), looked(LEAK, own=["m"]), looked(LEAK, own=["m"]))) == [("leak", "error")]


def test_a_leak_of_stock_is_an_error_when_it_is_new_and_a_warning_when_it_is_not():
    assert told(isolation_findings(group(), looked(LEAK), looked(LEAK))) == [("stock-leak", "warning")]
    assert told(isolation_findings(group(), looked(LEAK), looked({"m": {"search": ("North",)}}))) == [("leak", "error")]
    assert told(isolation_findings(group(), looked(LEAK), looked())) == [("leak", "error")]


def test_without_a_baseline_stock_is_suspect_where_somebody_meddled_with_its_rules():
    assert told(isolation_findings(group(), looked(LEAK), None)) == [("stock-leak", "warning")]
    assert told(isolation_findings(group(), looked(LEAK, suspect=["m"]), None)) == [("leak", "error")]


def test_one_company_is_no_test():
    assert told(isolation_findings(group(COMPANIES[:1], (1,)), looked(), None)) == [("one-company", "error")]


def test_nothing_tried_is_no_test():
    assert told(isolation_findings(group(), looked(tried=0), None)) == [("nothing-tried", "error")]


def test_what_was_not_exercised_is_listed():
    found = list(isolation_findings(group(), looked(untried={"m": "no", "n": "no"}, own=["m"]), None))
    assert told(found) == [("own-not-exercised", "warning"), ("not-exercised", "note")]
    assert "m was not exercised" in found[0].message


def test_companies_that_were_left_out_are_named():
    found = list(isolation_findings(group(chosen=(1,)), looked(), None))
    assert told(found) == [("narrowed", "warning")]
    assert "South" in found[0].message


def test_a_company_that_does_not_exist_is_refused():
    with pytest.raises(SettingsError, match="East"):
        _chosen(COMPANIES, ["North", "East"])


def test_the_affected_companies_are_named_and_their_faults_told():
    validated = Validated({(1, "m"): 3, (2, "m"): 0}, {("cannot-open", 1, "m"): "it broke"})
    found = list(company_findings(group(), Touched({"m": "its module changed"}), validated, None))
    assert told(found) == [("affected", "note"), ("cannot-open", "error")]
    assert found[0].message == "North is affected: 3 records of m"
    assert told(company_findings(group(), Touched({"m": ""}), validated, validated))[1] == ("cannot-open", "warning")


def test_a_release_that_touches_data_nobody_has_cannot_be_validated():
    found = company_findings(group(), Touched({"m": "its module changed"}), Validated({(1, "m"): 0}, {}), None)
    assert told(found) == [("no-records", "error")]


def test_a_release_that_touches_nothing_says_so():
    assert told(company_findings(group(), Touched({}), Validated({}, {}), None)) == [("nobody-affected", "note")]


def test_companies_are_a_list_without_repetition():
    assert TenancySettings(companies=["North"]).companies == ("North",)
    with pytest.raises(ValueError, match="more than once"):
        TenancySettings(companies=["North", "North"])
