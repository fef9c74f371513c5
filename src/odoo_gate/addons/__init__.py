"""The addons of a release as a graph: manifests, order, digests, changes, and what is statically wrong."""

from odoo_gate.addons.addon import Addon, BrokenManifest, Origin, read_addon, read_manifest
from odoo_gate.addons.changes import ChangeSet, change_notes, changed, project_changes
from odoo_gate.addons.files import addons_files, addons_listing, byte_code, files_below, tree_digest
from odoo_gate.addons.findings import (
    all_findings,
    graph_findings,
    manifest_findings,
    syntax_findings,
    unimported_test_findings,
)
from odoo_gate.addons.graph import (
    AddonGraph,
    Selection,
    baseline_graph,
    candidate_graph,
    checkout_graph,
    load_graph,
)
from odoo_gate.addons.origin import baseline_commit, baseline_root
from odoo_gate.addons.touching import Touched, touched
from odoo_gate.addons.tracked import refuse_tracked

__all__ = [
    "Addon",
    "AddonGraph",
    "BrokenManifest",
    "ChangeSet",
    "Origin",
    "Selection",
    "Touched",
    "addons_files",
    "addons_listing",
    "all_findings",
    "baseline_commit",
    "baseline_graph",
    "baseline_root",
    "byte_code",
    "candidate_graph",
    "change_notes",
    "changed",
    "checkout_graph",
    "files_below",
    "graph_findings",
    "load_graph",
    "manifest_findings",
    "project_changes",
    "read_addon",
    "read_manifest",
    "refuse_tracked",
    "syntax_findings",
    "touched",
    "tree_digest",
    "unimported_test_findings",
]
