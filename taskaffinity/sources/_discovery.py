"""Finding kinds of sources, and making the sources of a run from them."""

import importlib.util
import inspect
import sys
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from types import ModuleType
from typing import Any

from pydantic import ValidationError

from taskaffinity.config import Section
from taskaffinity.errors import ConfigError, SourceError, TaskAffinityError
from taskaffinity.names import JOINER, RESERVED
from taskaffinity.sources._contract import Source
from taskaffinity.tasks import fingerprint
from taskaffinity.training.experiment import Outline

OWN_FOLDER = Path(__file__).parent
KEY = "sources.declared"
VALUE_ERROR = "Value error, "  # what pydantic puts before a message of ours


def kinds(folders: Iterable[str | Path] = ()) -> dict[str, type[Source]]:
    """Find every kind of source: those of the package, and those of a user's own folders.

    Parameters
    ----------
    folders
        Folders of files that bind one subclass of `Source` each. Files whose names begin with an
        underscore are skipped.

    Returns
    -------
    dict
        Kinds by name: those of the package first.

    Raises
    ------
    SourceError
        A folder is missing, a file cannot be run or binds no kind, or a kind is there twice.
    """
    known: dict[str, type[Source]] = {}
    for folder in (OWN_FOLDER, *map(Path, folders)):
        if not folder.is_dir():
            raise SourceError(f"sources.folders: folder {folder} does not exist")
        for path in sorted(folder.glob("[!_]*.py")):
            kind = load(path)
            if kind.kind in known:
                raise SourceError(
                    f"{path}: there is a kind {kind.kind!r} already; rename the file and its kind"
                )
            known[kind.kind] = kind
    return known


def load(path: Path) -> type[Source]:
    """Load the kind that one file binds."""
    if path.parent == OWN_FOLDER:
        return _kind_of(importlib.import_module(f"taskaffinity.sources.{path.stem}"), path)
    kind = _kind_of(_run(path), path)
    kind.code = fingerprint(path.read_text("utf-8"))
    return kind


def _run(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"taskaffinity_sources.{path.stem}", path)
    if spec is None or spec.loader is None:
        raise SourceError(f"{path}: not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    try:
        spec.loader.exec_module(module)
    except TaskAffinityError:
        raise
    except Exception as error:
        raise SourceError(f"{path}: {type(error).__name__}: {error}") from error
    return module


def _kind_of(module: ModuleType, path: Path) -> type[Source]:
    bound = [
        value
        for value in vars(module).values()
        if inspect.isclass(value) and issubclass(value, Source) and value.__module__ == module.__name__
    ]
    if len(bound) != 1:
        raise SourceError(
            f"{path}: binds {len(bound)} kinds of sources; a file must bind one subclass of Source"
        )
    (kind,) = bound
    missing = ", ".join(sorted(kind.__abstractmethods__))
    if missing:
        raise SourceError(f"{path}: {kind.__name__} lacks {missing}")
    if getattr(kind, "kind", None) != path.stem:
        raise SourceError(f"{path}: its kind must be {path.stem!r}, the name of its file")
    return kind


def sources_of(run: Outline) -> dict[str, Source]:
    """Make the sources of a run: those that it has by itself, and those that its configuration declares.

    Returns
    -------
    dict
        Sources by name, each after the one that it builds on. Those that need labels come first: they are
        what takes longest to make.

    Raises
    ------
    SourceError, ConfigError
        A kind is unknown or wrong, a declaration has wrong keys, or a name is there twice.
    """
    kinds_by_name = kinds(run.config.sources.folders)
    sources: dict[str, Source] = {}
    for source in [
        *(source for kind in kinds_by_name.values() for source in kind.of_run(run)),
        *(
            source
            for name, keys in run.config.sources.declared.items()
            for source in _declared(run, kinds_by_name, name, keys)
        ),
    ]:
        if source.name in sources:
            raise ConfigError([f"{KEY}.{source.name}: the run has a source of that name; choose another"])
        if JOINER in source.name:
            raise ConfigError([f"{KEY}.{source.name}: a name of a source has no {JOINER}"])
        sources[source.name] = source

    def steps_before(source: Source) -> int:
        return 1 + steps_before(sources[source.builds_on]) if source.builds_on else 0

    def place(item: tuple[str, Source]) -> tuple[int, bool, str]:
        return steps_before(item[1]), not item[1].labels, item[0]

    return dict(sorted(sources.items(), key=place))


def source_of(run: Outline, name: str) -> Source:
    """Make one source of a run.

    Raises
    ------
    SourceError, ConfigError
        As `sources_of`, or the run has no source of that name.
    """
    kinds_by_name = kinds(run.config.sources.folders)
    own = {source.name: source for kind in kinds_by_name.values() for source in kind.of_run(run)}
    declared = run.config.sources.declared
    if name in own:
        return own[name]
    for declaration, keys in declared.items():
        if name == declaration or name.startswith(f"{declaration}-"):  # of a declaration of several
            for source in _declared(run, kinds_by_name, declaration, keys):
                if source.name == name:
                    return source
    near = get_close_matches(name, [*own, *declared], n=1)
    raise SourceError(
        f"the run has no source {name!r}; "
        + (f"did you mean {near[0]}?" if near else f"there are {', '.join([*own, *declared])}")
    )


def _declared(
    run: Outline, kinds_by_name: Mapping[str, type[Source]], name: str, keys: Mapping[str, object]
) -> Iterable[Source]:
    """Make what one declaration declares."""
    if name in RESERVED:
        raise ConfigError([f"{KEY}.{name}: the name is reserved; choose another"])
    rest = dict(keys)
    asked = rest.pop("kind", None)
    if asked not in kinds_by_name:
        near = get_close_matches(str(asked), kinds_by_name, n=1)
        hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(kinds_by_name)}"
        raise ConfigError([f"{KEY}.{name}.kind: unknown kind of source, got {asked!r}; {hint}"])
    kind = kinds_by_name[str(asked)]
    declared = kind.declared(run, name, _options(kind.Options, name, rest))
    return [declared] if isinstance(declared, Source) else declared


def _options(section: type[Section], name: str, keys: Mapping[str, object]) -> Section:
    try:
        return section.model_validate(keys)
    except ValidationError as error:
        raise ConfigError([_described(name, fault) for fault in error.errors()]) from None


def _described(name: str, fault: Mapping[str, Any]) -> str:
    key = ".".join([KEY, name, *map(str, fault["loc"])])
    return f"{key}: {fault['msg'].removeprefix(VALUE_ERROR)}, got {fault['input']!r}"


def check_transfers(sources: Mapping[str, Source], targets: Iterable[str]) -> None:
    """Refuse a run in which no target is read out of another source.

    Raises
    ------
    SourceError
        There is nothing to compare.
    """
    offered = [source.name for source in sources.values() if source.is_offered]
    if not offered:
        raise SourceError("tasks: at least one source and one target must be left to measure a transfer")
    if not any(set(offered) - {target} for target in targets):
        raise SourceError(
            f"tasks: {offered[0]} is the only source and the only target, so there is nothing to compare; "
            "add another to tasks.names"
        )
