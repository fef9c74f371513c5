"""What a saved file touches, by the same graph that tells what a release changes."""

from odoo_gate.addons import touched


def yard(write, graph):
    crane = write("crane", files={"models/crane.py": "", "tests/test_crane.py": "", "tests/common.py": ""})
    site = write("site", depends=["crane"], files={"tests/test_site.py": ""})
    office = write("office", files={"tests/test_office.py": ""})
    return graph(), crane, site, office


def test_code_touches_its_addon_and_what_depends_on_it(write, graph):
    whole, crane, site, _ = yard(write, graph)
    found = touched(whole, [crane / "models" / "crane.py"])
    assert (found.changed, found.affected) == (("crane",), ("crane", "site"))
    assert set(found.places) == {crane / "tests", site / "tests"}


def test_a_test_file_touches_itself_alone(write, graph):
    whole, crane, _, _ = yard(write, graph)
    found = touched(whole, [crane / "tests" / "test_crane.py"])
    assert (found.affected, found.places) == (("crane",), (crane / "tests" / "test_crane.py",))


def test_what_tests_share_is_code(write, graph):
    whole, crane, _, _ = yard(write, graph)
    assert touched(whole, [crane / "tests" / "common.py"]).affected == ("crane", "site")


def test_a_file_is_not_asked_twice_beside_its_folder(write, graph):
    whole, crane, _, office = yard(write, graph)
    saved = [crane / "__init__.py", crane / "tests" / "test_crane.py", office / "tests" / "test_office.py"]
    found = touched(whole, saved)
    assert found.changed == ("crane", "office")
    assert crane / "tests" / "test_crane.py" not in found.places
    assert office / "tests" / "test_office.py" in found.places


def test_a_test_that_was_deleted_is_not_given_to_pytest(write, graph):
    whole, crane, _, _ = yard(write, graph)
    assert touched(whole, [crane / "tests" / "test_gone.py"]).places == ()


def test_what_editors_and_python_leave_touches_nothing(write, graph, tmp_path):
    whole, crane, _, _ = yard(write, graph)
    left = [crane / "models" / name for name in (".crane.py.swp", "crane.py~", "__pycache__/crane.pyc")]
    assert touched(whole, [*left, tmp_path / "README.md"]) is None
