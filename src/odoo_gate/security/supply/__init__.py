"""The supply chain of a release: secrets in it, its dependencies, what its image is made of, who made the image."""

from odoo_gate.security.supply.dependencies import AdvisoriesMissing, DependencyReport, examine_dependencies
from odoo_gate.security.supply.images import ImagesReport, examine_images
from odoo_gate.security.supply.sbom import SbomReport, write_sbom
from odoo_gate.security.supply.secrets import SecretsReport, examine_secrets

__all__ = [
    "AdvisoriesMissing",
    "DependencyReport",
    "ImagesReport",
    "SbomReport",
    "SecretsReport",
    "examine_dependencies",
    "examine_images",
    "examine_secrets",
    "write_sbom",
]
