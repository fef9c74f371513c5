"""What a template database holds, its content key, and the layers it is built in. Pure: no I/O."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from odoo_gate.addons import AddonGraph
from odoo_gate.odoo.agent_client import AGENT_VERSION

STORE_FORMAT = 1
"""Changes whenever templates made by an older odoo-gate must not be used any more."""

BASE = "base"
KEY_DIGITS = 16
_NAMED = 4


@dataclass(frozen=True, slots=True)
class Ingredients:
    """What shapes every database of one release, whatever modules it holds.

    `image` is the digest of the image whose Odoo builds it.
    """

    image: str
    postgres_major: str
    languages: tuple[str, ...]
    demo: bool
    extensions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TemplateSpec:
    """One template: `modules` (dependency-closed, in dependency order) installed on `ingredients`.

    `own_digests` maps each addon of the checkout in it to the sha256 of its content; the image's addons are
    covered by its digest. `auto_install` tells `odoo -i` (Odoo adds what it adds by itself) from exactly
    these modules. `assets`: the asset bundles are generated. `parent` and `install` say how it is built, not
    what it is, and are no part of the key.
    """

    ingredients: Ingredients
    modules: tuple[str, ...]
    own_digests: Mapping[str, str]
    auto_install: bool
    assets: bool = False
    parent: TemplateSpec | None = field(default=None, compare=False, repr=False)
    install: tuple[str, ...] = field(default=(), compare=False)

    @property
    def key(self) -> str:
        """16 hex digits that are the same exactly when the content is."""
        base = self.ingredients
        facts = {
            "format": STORE_FORMAT,
            "agent": AGENT_VERSION,
            "image": base.image,
            "postgres": base.postgres_major,
            "languages": sorted(base.languages),
            "demo": base.demo,
            "extensions": sorted(base.extensions),
            "modules": sorted(self.modules),
            "own": dict(self.own_digests),
            "auto_install": self.auto_install,
            "assets": self.assets,
        }
        text = json.dumps(facts, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:KEY_DIGITS]

    @property
    def label(self) -> str:
        """For people: what it is, in one line."""
        if self.parent is None:
            return BASE
        top = sorted(self.own_digests) or self.install[::-1]
        more = f" and {len(top) - _NAMED} more" if len(top) > _NAMED else ""
        return f"{'all of' if self.auto_install else 'exactly'} {', '.join(top[:_NAMED])}{more}"


def base_spec(graph: AddonGraph, ingredients: Ingredients) -> TemplateSpec:
    """`odoo -i base` on an empty database: base, and what Odoo adds to every database."""
    return TemplateSpec(
        ingredients=ingredients,
        modules=(BASE,),
        own_digests=_own_digests(graph, graph.auto_installed([BASE])),
        auto_install=True,
        install=(BASE,),
    )


def exact_spec(graph: AddonGraph, modules: Iterable[str], ingredients: Ingredients) -> TemplateSpec:
    """`modules`, what they depend on, and nothing that Odoo would add to them by itself.

    Built from the exact template of one module less, so that a changed addon makes only its own layer and
    those above it anew. Raises AddonsError on a missing or cyclic dependency.
    """
    closed = graph.closure([BASE, *modules])
    base = base_spec(graph, ingredients)
    always = frozenset(graph.auto_installed([BASE]))
    if always.issuperset(closed):
        return base
    last = _last_layer(graph, closed)
    if last is None:
        parent, install = base, tuple(name for name in closed if name not in always)
    else:
        parent = exact_spec(graph, (name for name in closed if name != last), ingredients)
        install = (last,)
    return TemplateSpec(
        ingredients=ingredients,
        modules=closed,
        own_digests=_own_digests(graph, closed),
        auto_install=False,
        parent=parent,
        install=install,
    )


def full_spec(graph: AddonGraph, modules: Iterable[str], ingredients: Ingredients) -> TemplateSpec:
    """What `odoo -i <modules>` gives: with everything Odoo installs by itself, and with asset bundles.

    Built on the full template of the image's modules among them. Raises AddonsError.
    """
    closed = graph.closure([BASE, *modules])
    stock = tuple(name for name in closed if not _is_own(graph, name))
    base = base_spec(graph, ingredients)
    always = frozenset(graph.auto_installed([BASE]))
    below = _full_layer(graph, base, stock, tuple(name for name in stock if name not in always))
    own = tuple(name for name in closed if _is_own(graph, name))
    return _full_layer(graph, below, closed, own)


def _full_layer(
    graph: AddonGraph, parent: TemplateSpec, modules: tuple[str, ...], install: tuple[str, ...]
) -> TemplateSpec:
    """Asset bundles are generated in every full layer: a later one finds again those it did not change."""
    if parent.assets and not install:
        return parent
    return TemplateSpec(
        ingredients=parent.ingredients,
        modules=modules,
        own_digests=_own_digests(graph, graph.auto_installed(modules)),
        auto_install=True,
        assets=True,
        parent=parent,
        install=install,
    )


def _last_layer(graph: AddonGraph, closed: tuple[str, ...]) -> str | None:
    """The checkout's addon to install last: the one that needs all others, else the last in order."""
    own = [name for name in closed if _is_own(graph, name)]
    if not own:
        return None
    for name in reversed(own):
        if set(graph.closure([BASE, name])) == set(closed):
            return name
    return own[-1]


def _own_digests(graph: AddonGraph, modules: Iterable[str]) -> dict[str, str]:
    return {name: graph.digest(name) for name in modules if _is_own(graph, name)}


def _is_own(graph: AddonGraph, name: str) -> bool:
    return graph.addons[name].origin == "checkout"
