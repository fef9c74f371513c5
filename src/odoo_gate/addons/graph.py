"""The addons of one release as a dependency graph."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path

from manifestoo_core.core_addons import is_core_addon
from manifestoo_core.exceptions import InvalidDistributionName
from manifestoo_core.manifest import get_manifest_path
from manifestoo_core.metadata import distribution_name_to_addon_name
from manifestoo_core.odoo_series import OdooSeries
from packaging.requirements import Requirement

from odoo_gate.addons.addon import Addon, BrokenManifest, read_addon
from odoo_gate.addons.files import tree_digest
from odoo_gate.addons.image import load_image_addons
from odoo_gate.addons.version import version_problem
from odoo_gate.errors import AddonsError
from odoo_gate.model import Finding, Place, Severity
from odoo_gate.settings import Settings

_MODULE_NAME = re.compile(r"\w{1,256}")
"""What Odoo takes for a module's folder name (odoo/modules/module.py)."""

_PARTS_OF_AN_ADDON = ("models", "views", "security", "wizard", "wizards", "static/description")
_IMAGE_WINS_FROM = 19.0
_NO_MANIFEST = "looks like an addon but has no __manifest__.py: Odoo does not see it"


@dataclass(frozen=True, slots=True)
class Selection:
    """Which of the addons found are judged.

    `root` is the release's root; `modules` empty means all installable ones below the addons paths.
    `requirements` only serve to know addons by name when no image can be looked into.
    A baseline may lack modules that the candidate names: it is read with `lenient`.
    """

    root: Path
    series: str
    modules: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    requirements: tuple[str, ...] = ()
    lenient: bool = False


@dataclass(frozen=True)
class AddonGraph:
    """Addons by name, and what is judged among them.

    `own` are the selected modules Odoo could install, in dependency order. `unsound` are the selected ones it
    could not (missing or cyclic dependency, broken manifest, wrong series), each with the reason.
    `folders` are all addons folders of the checkout, readable or not; `image` is the folder of the image's
    manifests, None when the graph was made without looking into one: then `addons` knows of the image only
    the names that own modules depend on.
    """

    root: Path
    series: str
    image: Path | None
    addons: Mapping[str, Addon]
    own: tuple[str, ...]
    unsound: Mapping[str, str]
    folders: Mapping[str, Path]
    load_findings: tuple[Finding, ...] = ()
    broken: Mapping[str, Finding] = field(default_factory=dict)
    _digests: dict[str, str] = field(default_factory=dict, repr=False, compare=False)

    @property
    def selected(self) -> tuple[str, ...]:
        """Everything that is judged: `own`, then the unsound modules by name."""
        return (*self.own, *sorted(self.unsound))

    def closure(self, modules: Iterable[str]) -> tuple[str, ...]:
        """`modules` and all they depend on, dependencies first, ties by name.

        Raises AddonsError when a dependency is missing or depends on itself.
        """
        depths: dict[str, int] = {}
        for name in modules:
            self._measure(name, (), depths)
        return tuple(sorted(depths, key=lambda name: (depths[name], name)))

    def auto_installed(self, modules: Iterable[str]) -> tuple[str, ...]:
        """The closure of `modules` with all that Odoo may then add by itself (`auto_install`), in order.

        An upper bound: Odoo leaves some out by the company's country.
        """
        installed = set(self.closure(modules))
        waiting = {
            addon.name
            for addon in self.addons.values()
            if addon.auto_install and addon.installable and self._unmet(addon) is None
        }
        while ready := {n for n in waiting if installed.issuperset(self.addons[n].auto_install_triggers)}:
            waiting -= ready
            installed.update(self.closure(ready))
        return self.closure(installed)

    def dependents(self, modules: Iterable[str]) -> frozenset[str]:
        """`modules` and every addon that depends on one of them, directly or not."""
        users: dict[str, set[str]] = {}
        for addon in self.addons.values():
            for needed in addon.depends:
                users.setdefault(needed, set()).add(addon.name)
        found: set[str] = set()
        waiting = list(modules)
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                waiting.extend(users.get(name, ()))
        return frozenset(found)

    def digest(self, name: str) -> str:
        """sha256 (hex) of the content of an addon of the checkout, byte code and version control left out.

        The content of the image's addons is covered by the image's digest; theirs is that of the manifest.
        Raises AddonsError when a file cannot be read or a link leaves the project.
        """
        if name not in self._digests:
            folder = self.folders.get(name)
            if folder is not None:
                self._digests[name] = tree_digest(folder, self.root)
            elif name in self.addons:
                self._digests[name] = tree_digest(self.addons[name].path, self.addons[name].path.parent)
            else:
                raise AddonsError(f"there is no addon {name}", hint=_near(name, self.addons))
        return self._digests[name]

    def findings(self) -> tuple[Finding, ...]:
        """Everything wrong that can be seen without running Odoo."""
        from odoo_gate.addons.findings import all_findings  # it is written in terms of this class

        return all_findings(self)

    def missing(self, addon: Addon) -> tuple[str, ...]:
        """The direct dependencies of `addon` that are nowhere, or that Odoo refuses to install."""
        return tuple(name for name in addon.depends if name not in self.addons or not self.addons[name].installable)

    def cycle(self, name: str) -> tuple[str, ...]:
        """A dependency cycle through `name` (`a, b, a`), empty when there is none."""
        trail: dict[str, str] = {}
        waiting = [name]
        while waiting:
            at = waiting.pop()
            for needed in sorted(self.addons[at].depends, reverse=True) if at in self.addons else ():
                if needed == name:
                    return _path_back(trail, at, name)
                if needed not in trail:
                    trail[needed] = at
                    waiting.append(needed)
        return ()

    def _unmet(self, addon: Addon) -> str | None:
        try:
            self.closure([addon.name])
        except AddonsError as error:
            return error.message
        return None

    def _measure(self, name: str, above: tuple[str, ...], depths: dict[str, int]) -> int:
        """The length of the longest dependency chain below `name`, filled into `depths`."""
        if name in depths:
            return depths[name]
        if name in above:
            loop = " -> ".join((*above[above.index(name) :], name))
            raise AddonsError(f"dependency cycle: {loop}", hint="remove one of these dependencies")
        if name not in self.addons:
            raise AddonsError(self._absence(name, above), hint=_near(name, self.addons))
        if not self.addons[name].installable:
            raise AddonsError(f"{name} is not installable{_wanted_by(above)}", hint="set installable to True")
        depends = self.addons[name].depends
        depths[name] = 1 + max((self._measure(n, (*above, name), depths) for n in depends), default=0)
        return depths[name]

    def _absence(self, name: str, above: tuple[str, ...]) -> str:
        if name in self.broken:
            return f"the manifest of {name} is broken{_wanted_by(above)}"
        return f"there is no addon {name}{_wanted_by(above)}"


def load_graph(roots: Sequence[Path], image_addons: Path | None, selection: Selection) -> AddonGraph:
    """The graph of the addons below `roots` and in the image.

    `image_addons` is a folder of manifests (`Images.addons_of`); without it the stock addons of the series
    and the OCA addons among the requirements are taken to exist.
    Raises AddonsError when a root cannot be read or the selection names what does not exist.
    """
    checkout = _Checkout(selection)
    for root in roots:
        checkout.read(root)
    image, unreadable = load_image_addons(image_addons, selection.series) if image_addons else ({}, ())
    addons = {**image, **checkout.addons}
    if image_addons is None:
        assumed, unreadable = _assumed(checkout.addons.values(), selection)
        addons.update(assumed)
    chosen = _chosen(checkout, addons, selection)
    draft = AddonGraph(
        root=selection.root,
        series=selection.series,
        image=image_addons,
        addons=addons,
        own=(),
        unsound={},
        folders=checkout.folders,
        load_findings=(*checkout.findings, *unreadable, *_shadowing(checkout, image, selection)),
        broken=checkout.broken,
    )
    unsound = {name: reason for name in chosen if (reason := _unsound(draft, name))}
    own = tuple(n for n in draft.closure(n for n in chosen if n not in unsound) if n in chosen)
    return replace(draft, own=own, unsound=unsound)


def candidate_graph(settings: Settings, image_addons: Path | None) -> AddonGraph:
    """The graph of the release in the checkout."""
    return load_graph(
        settings.addons_roots,
        image_addons,
        Selection(
            root=settings.root,
            series=settings.project.series,
            modules=settings.addons.modules,
            exclude=settings.addons.exclude,
            requirements=settings.requirements(),
        ),
    )


def checkout_graph(settings: Settings) -> AddonGraph:
    """The graph of the release in the checkout, made without looking into an image: needs no Docker."""
    return candidate_graph(settings, None)


def baseline_graph(settings: Settings, root: Path, image_addons: Path | None) -> AddonGraph:
    """The graph of what runs in production, extracted at `root` (see `baseline_root`)."""
    roots = [root / path for path in settings.baseline_paths]
    absent = [path.name for path in roots if not path.is_dir()]
    if absent:
        raise AddonsError(
            f"the baseline ({settings.baseline.describe() if settings.baseline else 'none'}) has no folder "
            f"{', '.join(absent)}",
            hint="set baseline.paths in gate.toml to where its addons were",
        )
    return load_graph(
        roots,
        image_addons,
        Selection(
            root=root,
            series=settings.project.series,
            modules=settings.addons.modules,
            exclude=settings.addons.exclude,
            requirements=settings.baseline_requirements(root),
            lenient=True,
        ),
    )


class _Checkout:
    """What lies below the addons paths; the first path that has a name wins, as in Odoo."""

    def __init__(self, selection: Selection) -> None:
        self._selection = selection
        self.addons: dict[str, Addon] = {}
        self.folders: dict[str, Path] = {}
        self.broken: dict[str, Finding] = {}
        self.findings: list[Finding] = []

    def read(self, root: Path) -> None:
        try:
            folders = sorted(path for path in root.iterdir() if path.is_dir() and not path.name.startswith("."))
        except OSError as error:
            raise AddonsError(
                f"addons path {root} cannot be read: {error.strerror}",
                hint="correct addons.paths in gate.toml",
            ) from error
        for folder in folders:
            if get_manifest_path(folder) and not _MODULE_NAME.fullmatch(folder.name):
                self._remark(folder, "invalid-name", "is never loaded: not a module name", "rename it")
            elif get_manifest_path(folder):
                self._take(folder)
            elif any((folder / part).is_dir() for part in _PARTS_OF_AN_ADDON):
                self._remark(folder, "no-manifest", _NO_MANIFEST, "add one, or move the folder", Severity.ERROR)

    def _take(self, folder: Path) -> None:
        name = folder.name
        if name in self.folders:
            first = self.folders[name].relative_to(self._selection.root)
            self._remark(folder, "duplicate-addon", f"is never loaded: Odoo finds {first} first", "remove one")
            return
        self.folders[name] = folder
        try:
            self.addons[name] = read_addon(folder, "checkout", self._selection.series)
        except BrokenManifest as error:
            manifest = get_manifest_path(folder) or folder
            path = manifest.relative_to(self._selection.root).as_posix()
            self.broken[name] = Finding(
                rule="manifest-broken",
                message=f"the manifest of {name} {error}",
                place=Place(path, error.line),
                remedy="correct the manifest: Odoo cannot load this addon",
            )

    def _remark(self, folder: Path, rule: str, what: str, remedy: str, severity: Severity = Severity.WARNING) -> None:
        self.findings.append(_remark(self._selection, folder, rule, what, remedy, severity))


def _chosen(checkout: _Checkout, addons: Mapping[str, Addon], selection: Selection) -> tuple[str, ...]:
    known = {*addons, *checkout.folders}
    strangers = [] if selection.lenient else [n for n in selection.modules + selection.exclude if n not in known]
    if strangers:
        raise AddonsError(
            f"gate.toml names {', '.join(strangers)}: neither below the addons paths nor in the image",
            hint=_near(strangers[0], known),
        )
    everything = (name for name, addon in checkout.addons.items() if addon.installable)
    wanted = selection.modules or (*everything, *checkout.broken)
    return tuple(name for name in wanted if name not in selection.exclude and name in known)


def _unsound(graph: AddonGraph, name: str) -> str | None:
    """Why Odoo could not install the selected module `name`, None when nothing is seen against it."""
    if name in graph.broken:
        return graph.broken[name].message
    try:
        needed = graph.closure([name])
    except AddonsError as error:
        return error.message
    for each in needed:
        addon = graph.addons[each]
        problem = version_problem(addon.version, graph.series) if addon.origin == "checkout" else None
        if problem and problem.severity is Severity.ERROR:
            return f"{each} {problem.message}"
    return None


def _assumed(own: Collection[Addon], selection: Selection) -> tuple[dict[str, Addon], tuple[Finding, ...]]:
    """Stand-ins for addons that an image of this series and these requirements would bring.

    A requirement brings others with it; which ones, only the image knows. So with OCA addons among the
    requirements an unknown dependency is taken to come with them, and a warning says so.
    """
    series = OdooSeries(selection.series)
    required = {name for text in selection.requirements if (name := _addon_of(text))}
    needed = {name for addon in own for name in addon.depends} - {addon.name for addon in own}
    known = {n for n in {"base", *selection.modules} | needed if n == "base" or is_core_addon(n, series)}
    known |= required & (needed | set(selection.modules))
    guessed = needed - known if required else set()
    findings = tuple(
        Finding(
            "assumed-addon",
            f"{name} is taken to come with the requirements; only the image can tell",
            Severity.WARNING,
            remedy="run odoo-gate with Docker",
        )
        for name in sorted(guessed)
    )
    return {name: _stand_in(name, selection) for name in known | guessed}, findings


def _stand_in(name: str, selection: Selection) -> Addon:
    return Addon(
        name=name,
        path=selection.root / name,
        manifest={},
        series=selection.series,
        origin="image",
        depends=() if name == "base" else ("base",),
        auto_install=False,
        auto_install_triggers=(),
        installable=True,
        version=f"{selection.series}.1.0.0",
    )


def _addon_of(requirement: str) -> str | None:
    try:
        return distribution_name_to_addon_name(Requirement(requirement).name)
    except InvalidDistributionName:
        return None


def _shadowing(checkout: _Checkout, image: Mapping[str, Addon], selection: Selection) -> list[Finding]:
    """Addons that both the checkout and the image have.

    Up to series 18 Odoo looks into its own addons folder last; from 19 on it looks there first, so that what
    would be tested and deployed is the image's copy, while the report would name the checkout's.
    """
    image_wins = float(selection.series) >= _IMAGE_WINS_FROM
    what = "is never loaded: Odoo takes the image's addon of that name" if image_wins else "replaces the image's addon"
    remedy = "rename it" if image_wins else "rename it, unless replacing is what you mean"
    severity = Severity.ERROR if image_wins else Severity.WARNING
    rule = "shadowed-by-image" if image_wins else "shadows-image-addon"
    return [
        _remark(selection, checkout.folders[name], rule, what, remedy, severity)
        for name in sorted(checkout.folders.keys() & image.keys())
    ]


def _remark(
    selection: Selection,
    folder: Path,
    rule: str,
    what: str,
    remedy: str,
    severity: Severity = Severity.WARNING,
) -> Finding:
    path = folder.relative_to(selection.root).as_posix()
    return Finding(rule, f"{path} {what}", severity, Place(path), remedy)


def _near(name: str, known: Iterable[str]) -> str:
    close = get_close_matches(name, list(known), n=1, cutoff=0.75)
    return f"did you mean {close[0]}?" if close else f"add {name} to the addons paths or to addons.requirements"


def _wanted_by(above: tuple[str, ...]) -> str:
    return f", which {above[-1]} depends on" if above else ""


def _path_back(trail: Mapping[str, str], last: str, start: str) -> tuple[str, ...]:
    path = [start, last] if last != start else [start]
    while path[-1] != start:
        path.append(trail[path[-1]])
    if path == [start]:
        path.append(start)
    return tuple(reversed(path))
