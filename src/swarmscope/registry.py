"""Plug-ins, found at start and never listed by hand.

Built-ins come in by the same door as others: a package of ours is walked, the entry-point group `swarmscope.<kind>` is
read, and every `*.py` of the plug-in folder is loaded. A plug-in is a class with a docstring and a unique `name`; the first
line of the docstring says what it is. One that cannot be used, or hangs while it is loaded, is reported with the reason and
left out; it never stops the program.
"""

from __future__ import annotations

import ctypes
import importlib
import importlib.util
import inspect
import pkgutil
import re
import stat
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from importlib.metadata import EntryPoint, distributions
from pathlib import Path
from types import ModuleType
from typing import Any, Generic, Literal, TypeVar

import msgspec

from swarmscope import __version__
from swarmscope.config import Plugins
from swarmscope.errors import PluginError

BUILTIN = "builtin"
_GROUP = "swarmscope."
_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")
_PROBLEM_CHARS_MAX = 500
_NAME_CHARS_MAX = 128
LOAD_S_MAX = 30.0  # of a file or class of others: heavy libraries are imported by then, even on a busy machine
T = TypeVar("T")
R = TypeVar("R")


class Ended(BaseException):
    """What a call of others that took too long is ended with, in its own thread."""


@dataclass(slots=True)
class Isolated:
    """Calls of one stranger's code, each in a thread of its own with a limit of time. One that hangs is told to end; while it
    does not, no other is begun, so that at most one thread of each is lost."""

    _hung: threading.Thread | None = field(init=False, default=None)

    def run(self, call: Callable[[], R], seconds: float) -> R:
        """What `call` gives. TimeoutError: it took too long, or one before it has not ended. What it raises is raised; what is
        no Exception, such as SystemExit, as PluginError."""
        if self._hung is not None and self._hung.is_alive():
            raise TimeoutError("an earlier call has hung and not ended; only a restart ends it")
        given: list[R] = []
        raised: list[BaseException] = []

        def work() -> None:
            try:
                given.append(call())
            except BaseException as e:  # noqa: BLE001 # whatever it is, it is raised again or told, in the caller's thread
                raised.append(e)

        thread = threading.Thread(target=work, name="plugin", daemon=True)
        thread.start()
        thread.join(seconds)
        if thread.is_alive():
            self._hung = thread
            ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident or 0), ctypes.py_object(Ended))
            raise TimeoutError(f"no answer within {seconds:g} s")
        if given:
            return given[0]
        if raised and isinstance(raised[0], Exception):
            raise raised[0]
        raise PluginError(said(raised[0]) if raised else "it ended without an answer")


@dataclass(frozen=True, slots=True)
class Kind(Generic[T]):
    """What plug-ins there can be. home: module or package of the built-ins. check: PluginError says why one of others cannot
    be used."""

    name: str
    base: type
    home: str
    check: Callable[[type[T]], None] = lambda _: None


@dataclass(frozen=True, slots=True)
class Plugin(Generic[T]):
    """One class that was found and can be used."""

    name: str
    cls: type[T]
    origin: str  # builtin, the distribution's name, or the file
    version: str

    @property
    def about(self) -> str:
        """First line of the docstring."""
        return inspect.cleandoc(self.cls.__doc__ or "").partition("\n")[0]


@dataclass(frozen=True, slots=True)
class Fault:
    """One that cannot be used. off: since the configuration says so. kind: empty for a file that cannot be loaded."""

    kind: str
    name: str
    origin: str
    version: str
    error: str
    off: bool = False


@dataclass(frozen=True, slots=True)
class Found(Generic[T]):
    """What discovery brought: plug-ins by name, and the faults."""

    plugins: dict[str, Plugin[T]]
    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """One piece that an install is made of, for people to look at. problem: why it is broken."""

    kind: str
    name: str
    origin: str
    version: str
    about: str
    state: Literal["active", "off", "broken"]
    problem: str = ""


def discover(kind: Kind[T], options: Plugins) -> Found[T]:
    """The built-ins of a kind and what others bring, without what the options turn off. Two of one name: the later is a
    fault. Code of the folder and of installed distributions runs with the rights of this program."""
    plugins: dict[str, Plugin[T]] = {}
    faults: list[Fault] = []
    off = {name for kind_of, _, name in (o.partition("/") for o in options.off) if kind_of == kind.name}
    for candidate in _candidates(kind, options.folder):
        try:
            plugin = _checked(kind, candidate, plugins)
        except Exception as e:  # noqa: BLE001 # a stranger's code may raise anything; it is reported, not fatal
            faults.append(Fault(kind.name, candidate.name, candidate.origin, candidate.version, said(e)))
            continue
        if plugin.name in off and plugin.origin != BUILTIN:
            faults.append(Fault(kind.name, plugin.name, plugin.origin, plugin.version, "", off=True))
        else:
            plugins[plugin.name] = plugin
    known = {*plugins, *(f.name for f in faults)}
    named = {f"plugins.options.{kind.name}": options.options.get(kind.name, {}), "plugins.off": off}
    for setting, names in named.items():
        faults += [
            Fault(kind.name, n, setting, "", "there is no plug-in of this name") for n in names if n not in known
        ]
    built_in = sorted(n for n in off if n in plugins)
    faults += [Fault(kind.name, n, "plugins.off", "", "it is built in and cannot be left out") for n in built_in]
    return Found(plugins, (*faults, *_file_faults(options.folder)))


def settings(cls: type, kind: str, name: str, options: Plugins) -> Any:
    """What the configuration says for a plug-in, as its class `Options` (a msgspec.Struct or dataclass); PluginError."""
    given = options.options.get(kind, {}).get(name, {})
    wanted = getattr(cls, "Options", None)
    if wanted is None:
        if given:
            raise PluginError(f"plugins.options.{kind}.{name}: it takes no settings, and is given {', '.join(given)}")
        return None
    try:
        return msgspec.convert(given, wanted)
    except msgspec.ValidationError as e:
        raise PluginError(f"plugins.options.{kind}.{name}: {e}") from e


def survey(kinds: Sequence[Kind[Any]], options: Plugins, beside: Sequence[str] = ()) -> list[Part]:
    """Everything of these kinds, and what others bring that none of them takes, by kind and name.

    beside: kinds that there are too and that are not looked at now.
    """
    parts: list[Part] = []
    faults: set[Fault] = set()
    used: set[str] = set()
    for kind in kinds:
        found = discover(kind, options)
        parts += [Part(kind.name, p.name, p.origin, p.version, p.about, "active") for p in found.plugins.values()]
        faults |= set(found.faults)
        used |= {p.origin for p in found.plugins.values()} | {f.origin for f in found.faults}
    known = [*(kind.name for kind in kinds), *beside]
    for point, origin, version in _points():
        if (kind_of := point.group.removeprefix(_GROUP)) not in known:
            reason = f"there is no kind of plug-in {kind_of!r}; there are {', '.join(known)}"
            faults.add(Fault(kind_of, point.name, origin, version, reason))
    named = {o.partition("/")[0] for o in options.off} | set(options.options)
    faults |= {Fault(k, "", "configuration", "", f"there is no kind {k!r}") for k in named if k not in known}
    for file in _files(options.folder):
        if _shown(str(file)) not in used and not beside:
            faults.add(Fault("", _shown(file.stem), _shown(str(file)), "", "it holds no plug-in of any kind"))
    for fault in faults:
        state: Literal["off", "broken"] = "off" if fault.off else "broken"
        parts.append(Part(fault.kind, fault.name, fault.origin, fault.version, "", state, fault.error))
    return sorted(parts, key=lambda p: (p.kind, p.name, p.origin))


@dataclass(frozen=True, slots=True)
class _Candidate:
    """Something that may be a plug-in. load: the class; may raise anything."""

    name: str
    origin: str
    version: str
    load: Callable[[], object]


def _candidates(kind: Kind[Any], folder: str) -> Iterator[_Candidate]:
    for module in _home(kind.home):
        for cls in _classes(module, kind.base):
            yield _Candidate(_name_of(cls), BUILTIN, __version__, lambda cls=cls: cls)  # type: ignore[misc] # bound now
    for point, origin, version in _points():
        if point.group == _GROUP + kind.name:
            yield _Candidate(point.name, origin, version, lambda point=point: _entered(point)())  # type: ignore[misc] # bound now
    for file in _files(folder):
        if isinstance(module_or_fault := _loaded(file, _stamp(file)), ModuleType):
            for cls in _classes(module_or_fault, kind.base):
                yield _Candidate(_name_of(cls), _shown(str(file)), "", lambda cls=cls: cls)  # type: ignore[misc] # bound now


def _checked(kind: Kind[T], candidate: _Candidate, others: dict[str, Plugin[T]]) -> Plugin[T]:
    foreign = candidate.origin != BUILTIN
    loaded = candidate.load()
    if not isinstance(loaded, type) or not issubclass(loaded, kind.base) or inspect.isabstract(loaded):
        raise PluginError(f"{loaded!r} is not a {kind.base.__name__} that is whole")
    cls: type[T] = loaded  # type: ignore[assignment] # a subclass of kind.base, as was just seen
    name = _name_of(cls)
    if not _NAME.fullmatch(name):
        raise PluginError(f"its name {name!r} is not one of small letters, digits and _, at most 64")
    if name in others:
        raise PluginError(f"{name!r} exists already, from {others[name].origin}")
    if not isinstance(cls.__doc__, str) or not cls.__doc__.strip():
        raise PluginError("it has no docstring; its first line is what people see")
    if foreign and (complaint := _complaint(kind, cls)):  # type: ignore[arg-type] # a class can be hashed
        raise PluginError(complaint)
    return Plugin(name, cls, candidate.origin, candidate.version)


@cache
def _entered(point: EntryPoint) -> Callable[[], object]:
    """Gives what an entry point names, or raises why it cannot be loaded; loaded once, since loading may hang."""
    try:
        loaded = Isolated().run(point.load, LOAD_S_MAX)
    except Exception as e:  # noqa: BLE001 # a stranger's code may raise anything; it is reported, not fatal
        return partial(_refused, said(e))
    return lambda: loaded


def _refused(reason: str) -> object:
    raise PluginError(reason)


@cache
def _complaint(kind: Kind[T], cls: type[T]) -> str:
    """Why a class of others cannot be used, empty when it can; asked once, since asking may take its time."""
    try:
        Isolated().run(lambda: kind.check(cls), LOAD_S_MAX)
    except Exception as e:  # noqa: BLE001 # a stranger's code may raise anything; it is reported, not fatal
        return said(e) or "it cannot be used"
    return ""


def _name_of(cls: type) -> str:
    try:
        return _shown(str(getattr(cls, "name", "") or cls.__name__))[:_NAME_CHARS_MAX]
    except Exception:  # noqa: BLE001 # a name that raises is none
        return cls.__name__


def _classes(module: ModuleType, base: type) -> list[type]:
    """Whole subclasses of `base` that the module itself makes."""
    mine = [c for c in vars(module).values() if isinstance(c, type) and c.__module__ == module.__name__]
    return [c for c in mine if issubclass(c, base) and c is not base and not inspect.isabstract(c)]


def _home(name: str) -> Iterable[ModuleType]:
    home = importlib.import_module(name)
    names = [i.name for i in pkgutil.walk_packages(getattr(home, "__path__", []), name + ".")]
    return [home, *map(importlib.import_module, names)]


@cache
def _points() -> list[tuple[EntryPoint, str, str]]:
    """Entry points of ours, with the name and version of who brings them. What is installed changes with a restart."""
    found = [(p, d.name, d.version) for d in distributions() for p in d.entry_points if p.group.startswith(_GROUP)]
    return sorted(set(found), key=lambda f: (f[0].group, f[0].name, f[1]))


def _files(folder: str) -> list[Path]:
    return sorted(Path(folder).expanduser().glob("*.py")) if folder else []


def _file_faults(folder: str) -> list[Fault]:
    place = Path(folder).expanduser()
    if folder and not place.is_dir():
        return [Fault("", place.name, str(place), "", "there is no such folder (plugins.folder)")]
    loaded = [(file, _loaded(file, _stamp(file))) for file in _files(folder)]
    return [
        Fault("", _shown(file.stem), _shown(str(file)), "", found) for file, found in loaded if isinstance(found, str)
    ]


def _stamp(file: Path) -> int:
    try:
        return file.stat().st_mtime_ns
    except OSError:
        return 0


@cache
def _loaded(file: Path, _stamp: int) -> ModuleType | str:
    """The module of a file, loaded once, or why it cannot be."""
    try:
        for place in (file, file.parent):
            if place.stat().st_mode & stat.S_IWOTH:
                return f"{place} can be written by everyone, so it is not run; take that right away (chmod o-w)"
        name = f"swarmscope_plugins.{file.stem}"
        spec = importlib.util.spec_from_file_location(name, file)
        if spec is None or spec.loader is None:
            return "it cannot be imported"
        module = sys.modules[name] = importlib.util.module_from_spec(spec)
        execute = spec.loader.exec_module
        try:
            Isolated().run(lambda: execute(module), LOAD_S_MAX)
        except Exception:
            sys.modules.pop(name, None)
            raise
    except Exception as e:  # noqa: BLE001 # a stranger's code may raise anything; it is reported, not fatal
        return said(e) or "it cannot be imported"
    return module


def said(error: BaseException) -> str:
    """What is wrong, for people: bounded, and safe to be sent whatever a stranger's error holds."""
    try:
        text = str(error)
    except Exception:  # noqa: BLE001 # an error of others may not even be able to tell itself
        text = "(it cannot be told)"
    return _shown(text if isinstance(error, PluginError) else f"{type(error).__name__}: {text}")[:_PROBLEM_CHARS_MAX]


def _shown(text: str) -> str:
    """Without what no encoding can carry."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
