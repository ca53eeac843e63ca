"""Plug-ins, found at start and never listed by hand.

Built-ins come in by the same door as others: a package of ours is walked, the entry-point group `swarmscope.<kind>` is
read, and every `*.py` of the plug-in folder is loaded. A plug-in is a class with a docstring and a unique `name`; the first
line of the docstring says what it is. One that cannot be loaded is reported and left out; it never stops the program.
"""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import pkgutil
import sys
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType

from swarmscope.errors import PluginError


@dataclass(frozen=True, slots=True)
class Plugin:
    """One class that was found."""

    kind: str
    name: str
    cls: type
    origin: str  # builtin, the distribution's name, or the file

    @property
    def summary(self) -> str:
        """First line of the docstring."""
        return inspect.cleandoc(self.cls.__doc__ or "").partition("\n")[0]


@dataclass(frozen=True, slots=True)
class Fault:
    """One that could not be loaded."""

    origin: str
    error: str


@dataclass(frozen=True, slots=True)
class Found:
    """What discovery brought: plug-ins by name, and the faults."""

    plugins: dict[str, Plugin]
    faults: tuple[Fault, ...]

    def get(self, name: str) -> Plugin:
        """The plug-in called `name`; PluginError names those that exist."""
        if name not in self.plugins:
            raise PluginError(f"no plug-in {name!r}; there are {', '.join(sorted(self.plugins)) or 'none'}")
        return self.plugins[name]


def discover(kind: str, base: type, package: ModuleType | None = None, folder: Path | None = None) -> Found:
    """All subclasses of `base` in `package`, in the entry points `swarmscope.<kind>` and in `folder`, by their `name`.

    Two of one name: the later is a fault. Files of `folder` are imported, so it must belong to whom the program trusts.
    """
    plugins: dict[str, Plugin] = {}
    faults: list[Fault] = []

    def take(cls: object, origin: str) -> None:
        name = getattr(cls, "name", "")
        if not (isinstance(cls, type) and issubclass(cls, base)) or not isinstance(name, str) or not name:
            faults.append(Fault(origin, f"{cls!r} is not a {base.__name__} with a name"))
        elif name in plugins and plugins[name].cls is not cls:
            faults.append(Fault(origin, f"{kind} {name!r} exists already, from {plugins[name].origin}"))
        elif not cls.__doc__:
            faults.append(Fault(origin, f"{kind} {name!r} has no docstring; its first line is what people see"))
        else:
            plugins[name] = Plugin(kind, name, cls, origin)

    for module, origin, error in _modules(package, folder):
        if module is None:
            faults.append(Fault(origin, error))
            continue
        for cls in vars(module).values():
            mine = isinstance(cls, type) and cls.__module__ == module.__name__ and issubclass(cls, base)
            if mine and cls is not base and not inspect.isabstract(cls):
                take(cls, origin)
    for point in entry_points(group=f"swarmscope.{kind}"):
        origin = point.dist.name if point.dist else point.value
        try:
            take(point.load(), origin)
        except Exception as e:  # noqa: BLE001 # a stranger's code may raise anything; it is reported, not fatal
            faults.append(Fault(origin, f"{type(e).__name__}: {e}"))
    return Found(plugins, tuple(faults))


def _modules(package: ModuleType | None, folder: Path | None) -> list[tuple[ModuleType | None, str, str]]:
    found: list[tuple[ModuleType | None, str, str]] = []
    if package is not None:
        found += [
            (importlib.import_module(info.name), "builtin", "")
            for info in pkgutil.walk_packages(package.__path__, package.__name__ + ".")
        ]
    for file in sorted(folder.glob("*.py")) if folder is not None and folder.is_dir() else ():
        name = f"swarmscope_plugins.{file.stem}"
        spec = importlib.util.spec_from_file_location(name, file)
        if spec is None or spec.loader is None:
            found.append((None, str(file), "cannot be imported"))
            continue
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        try:
            spec.loader.exec_module(module)
            found.append((module, str(file), ""))
        except Exception as e:  # noqa: BLE001 # a stranger's code may raise anything; it is reported, not fatal
            del sys.modules[name]
            found.append((None, str(file), f"{type(e).__name__}: {e}"))
    return found
