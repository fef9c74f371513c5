"""The images of a stack: here already, pulled, or built from Debian packages; the same to who uses them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path

from docker.errors import ImageNotFound
from docker.models.images import Image

from odoo_gate.cache import cache_dir
from odoo_gate.errors import ImageError
from odoo_gate.model import ImageIdentity, Say, silent
from odoo_gate.stack.client import docker_client, engine_errors
from odoo_gate.stack.images import catalog
from odoo_gate.stack.images.build import build
from odoo_gate.stack.images.catalog import Flavour
from odoo_gate.stack.images.cookbook import (
    browser_recipe,
    copied_requirements_recipe,
    cosign_recipe,
    odoo_recipe,
    requirements_recipe,
    service_recipe,
)
from odoo_gate.stack.images.debian_base import DebianBase
from odoo_gate.stack.images.inventory import Inventories
from odoo_gate.stack.images.recipe import LABEL, Recipe
from odoo_gate.stack.images.registry import NotPulled, Registries
from odoo_gate.stack.images.requirements import normalise

PULLED = "pulled"
"""Origin of an image that has a repository digest; its `digest` is that one, not the image id."""

_BUILD_SILENCE = 1800.0
"""Seconds a build step may print nothing: byte-compiling Odoo on a slow machine is the longest."""


class Images:
    """Finds, pulls or builds the images of a stack, and says what is in them.

    An image that is here is used without asking any registry. One process at a time builds; an image gets its
    name when it is whole. Every method raises ImageError when an image can be had in no way. With `make` false,
    for questions about what this machine has, nothing is pulled or built: an image that is not here is an error.
    """

    def __init__(
        self,
        say: Say = silent,
        cache: Path | None = None,
        env: Mapping[str, str] = os.environ,
        *,
        make: bool = True,
    ) -> None:
        self._say = say
        self._make = make
        self._env = env
        self._cache = cache_dir(env) if cache is None else cache
        self._client = docker_client(_BUILD_SILENCE)
        self._registries = Registries(say)
        self._inventories = Inventories(self._cache / "images")

    def postgres(self, reference: str = "") -> ImageIdentity:
        """PostgreSQL: `reference`, or the official image or its equivalent."""
        return self._service(catalog.POSTGRES, reference)

    def redis(self, reference: str = "") -> ImageIdentity:
        """Redis: `reference`, or the official image or its equivalent."""
        return self._service(catalog.REDIS, reference)

    def nginx(self, reference: str = "") -> ImageIdentity:
        """nginx: `reference`, or the official image or its equivalent."""
        return self._service(catalog.NGINX, reference)

    def odoo(
        self,
        series: str,
        reference: str = "",
        requirements: Sequence[str] = (),
        flavour: Flavour = "release",
    ) -> ImageIdentity:
        """Odoo of one series with extra Python requirements (PEP 508 lines; OCA addons among them).

        The flavour `test` adds Chromium, websocket-client and coverage; its requirements are copied from the
        release flavour, so that both hold exactly the same.
        """
        lines = normalise(requirements)
        stock = self._stock_odoo(series, reference)
        release = self._built(requirements_recipe(series, stock, lines, self._env)) if lines else stock
        if flavour == "release":
            return self._identity(release, "odoo")
        browser = self._built(self._browser_recipe(series, stock))
        if not lines:
            return self._identity(browser, "odoo")
        return self._identity(self._built(copied_requirements_recipe(series, browser, release)), "odoo")

    def cosign(self) -> ImageIdentity:
        """cosign 3 from Debian sid; only ever built."""
        return self._identity(self._built(cosign_recipe()))

    def addons_of(self, image: ImageIdentity) -> Path:
        """A folder of this machine with `<addon>/__manifest__.py`, `__init__.py`, scripts of every addon inside."""
        self._inventories.of(self._client, run_reference(image), image.digest, odoo=True)
        return self._inventories.addons(image.digest)

    def addons_paths_of(self, image: ImageIdentity) -> tuple[str, ...]:
        """The folders in the image that hold Odoo addons, in Odoo's order; what pip installed goes first."""
        inventory = self._inventories.of(self._client, run_reference(image), image.digest, odoo=True)
        return inventory.addons_paths

    def pull(self, reference: str) -> ImageIdentity:
        """Bring `reference` from its registry, also when it is here already. Raises NotPulled."""
        self._registries.pull(self._client, reference)
        return self._identity(reference)

    def build_all(self, series: Sequence[str], *, fresh: bool = False) -> tuple[ImageIdentity, ...]:
        """Build every image from Debian packages, whatever a registry has; `fresh` makes them anew."""
        known = [_known(name) for name in series]
        services = catalog.SERVICES
        if fresh:
            for suite in dict.fromkeys([*(s.suite for s in services), *(s.suite for s in known)]):
                self._make_debian(DebianBase(suite), fresh=True)
        references = [self._built(service_recipe(service), fresh=fresh) for service in services]
        for entry in known:
            stock = self._built(odoo_recipe(entry), fresh=fresh)
            references += [stock, self._built(self._browser_recipe(entry.series, stock), fresh=fresh)]
        return tuple(self._identity(reference) for reference in references)

    def missing(
        self, series: str, odoo: str = "", postgres: str = "", redis: str = "", nginx: str = ""
    ) -> tuple[str, ...]:
        """The references, of stock images only, that a run would first have to pull or build."""
        known = catalog.ODOO.get(series)
        wanted = (
            (odoo, known.official if known else f"odoo:{series}", odoo_recipe(known) if known else None),
            (postgres, catalog.POSTGRES.official, service_recipe(catalog.POSTGRES)),
            (redis, catalog.REDIS.official, service_recipe(catalog.REDIS)),
            (nginx, catalog.NGINX.official, service_recipe(catalog.NGINX)),
        )
        return tuple(
            named or official
            for named, official, recipe in wanted
            if not self._is_here([named] if named else [official, *([recipe.reference] if recipe else [])])
        )

    def present(self) -> tuple[ImageIdentity, ...]:
        """The images in the engine that odoo-gate built or would use; without their packages."""
        with engine_errors("listing images"):
            ours = self._client.images.list(filters={"label": LABEL + "image"})
        names = {tag for image in ours for tag in image.tags}
        names |= {name for name in catalog.OFFICIAL if self._find(name) is not None}
        return tuple(self._bare_identity(name, self._get(name)) for name in sorted(names))

    def show(self, reference: str) -> ImageIdentity:
        """The identity, packages included, of an image in the engine; ImageError when it is not there."""
        return self._identity(reference)

    def size(self, image: ImageIdentity) -> int:
        """Bytes the image takes, layers shared with others included."""
        return int(self._get(run_reference(image)).attrs["Size"])

    def _service(self, service: catalog.Service, reference: str) -> ImageIdentity:
        found = self._named(reference) if reference else self._official(service.official, service_recipe(service))
        return self._identity(found, service.role)

    def _stock_odoo(self, series: str, reference: str) -> str:
        """A reference that names the content: what is derived from it is named by it."""
        if reference:
            return self._by_content(self._named(reference))
        known = catalog.ODOO.get(series)
        official = known.official if known else f"odoo:{series}"
        return self._by_content(self._official(official, odoo_recipe(known) if known else None))

    def _browser_recipe(self, series: str, stock: str) -> Recipe:
        return browser_recipe(series, stock, self._identity(stock, "odoo").packages, self._env)

    def _named(self, reference: str) -> str:
        if self._find(reference) is None:
            self._must_make(reference)
            self._registries.pull(self._client, reference)
        return reference

    def _must_make(self, reference: str) -> None:
        """Called before an image is pulled or built. Raises ImageError when that is not wanted."""
        if not self._make:
            raise ImageError(
                f"image {reference} is not in this Docker engine", hint="ask where it is, or give its digest"
            )

    def _official(self, official: str, recipe: Recipe | None) -> str:
        """The official image when it is here or can be pulled, else what `recipe` builds."""
        if self._find(official) is not None:
            return official
        if recipe and self._find(recipe.reference) is not None:
            return recipe.reference
        self._must_make(official)
        try:
            self._registries.pull(self._client, official)
        except NotPulled as error:
            if recipe is None:
                raise ImageError(
                    f"{error.message}; and Debian has no package to build {official} from "
                    f"(it has one for: {', '.join(catalog.ODOO)})",
                    hint="make the registry reachable, or name an image in gate.toml, section [stack]",
                ) from error
            self._say(f"{official} cannot be pulled; making it from Debian {recipe.suite}")
        else:
            return official
        return self._built(recipe)

    def _built(self, recipe: Recipe, *, fresh: bool = False) -> str:
        """The reference of what `recipe` makes, made now when it is not here."""
        if not fresh and self._find(recipe.reference) is not None:
            return recipe.reference
        self._must_make(recipe.reference)
        if recipe.suite:
            self._make_debian(DebianBase(recipe.suite))
        with self._lock(recipe.reference):
            if fresh or self._find(recipe.reference) is None:
                self._say(f"building {recipe.reference}")
                build(self._client, recipe, self._env, self._say, fresh=fresh)
        return recipe.reference

    def _make_debian(self, base: DebianBase, *, fresh: bool = False) -> None:
        if not fresh and self._find(base.reference) is not None:
            return
        with self._lock(base.reference):
            if fresh or self._find(base.reference) is None:
                base.make(self._client, self._cache / "debootstrap" / base.suite, self._env, self._say)

    @contextmanager
    def _lock(self, reference: str) -> Iterator[None]:
        """Held by the one process of this user that makes `reference`; the kernel frees it if that one dies."""
        folder = self._cache / "locks"
        folder.mkdir(parents=True, exist_ok=True)
        name = reference.replace("/", "-").replace(":", "-")
        with (folder / f"image-{name}").open("w") as file:
            try:
                flock(file, LOCK_EX | LOCK_NB)
            except BlockingIOError:
                self._say(f"another process is making {reference}; waiting for it")
                flock(file, LOCK_EX)
            yield

    def _find(self, reference: str) -> Image | None:
        with engine_errors(f"looking for image {reference}"):
            try:
                return self._client.images.get(reference)
            except ImageNotFound:
                return None

    def _is_here(self, references: Sequence[str]) -> bool:
        return any(self._find(reference) is not None for reference in references)

    def _get(self, reference: str) -> Image:
        image = self._find(reference)
        if image is None:
            raise ImageError(f"image {reference} is not here", hint="`odoo-gate images list` shows what is")
        return image

    def _identity(self, reference: str, role: str = "") -> ImageIdentity:
        bare = self._bare_identity(reference, self._get(reference))
        role = role or bare.role
        inventory = self._inventories.of(self._client, run_reference(bare), bare.digest, odoo=role == "odoo")
        return ImageIdentity(role, bare.reference, bare.digest, bare.origin, inventory.packages)

    def _bare_identity(self, reference: str, image: Image) -> ImageIdentity:
        """Role, digest and origin, without looking inside."""
        pulled = image.attrs.get("RepoDigests") or []
        kind = image.labels.get(LABEL + "image") or _repository(reference).rpartition("/")[2]
        role = "odoo" if kind.startswith("odoo") else kind
        if origin := image.labels.get(LABEL + "origin"):
            return ImageIdentity(role, reference, str(image.id), origin)
        if pulled:
            return ImageIdentity(role, reference, pulled[0].split("@")[1], PULLED)
        return ImageIdentity(role, reference, str(image.id), "loaded by hand")

    def _by_content(self, reference: str) -> str:
        """`reference` when it is content-addressed already, else the digest it points to now."""
        image = self._get(reference)
        if LABEL + "recipe" in image.labels:
            return reference
        pulled = image.attrs.get("RepoDigests") or []
        return str(pulled[0] if pulled else image.id)


def run_reference(image: ImageIdentity) -> str:
    """What `docker run` takes to get exactly this image, whatever its tag points to by now."""
    return f"{_repository(image.reference)}@{image.digest}" if image.origin == PULLED else image.digest


def _known(series: str) -> catalog.OdooSeries:
    if series not in catalog.ODOO:
        raise ImageError(
            f"Debian has no package of Odoo {series} to build from",
            hint=f"build one of {', '.join(catalog.ODOO)}, or pull an image of {series}",
        )
    return catalog.ODOO[series]


def _repository(reference: str) -> str:
    head, colon, tag = reference.partition("@")[0].rpartition(":")
    return head if colon and "/" not in tag else reference.partition("@")[0]
