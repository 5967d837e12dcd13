"""What the folders of an image folder mean: classes, splits, both, or neither.

``cat/`` and ``dog/`` are classes. ``train/``, ``val/`` and ``test/`` are splits, with or without classes
below them; so are ``cat/train/`` and ``dog/train/``. Folders without an image are ignored, and so is a single
folder that contains everything.
"""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

PARTS = {
    "train": "train", "training": "train", "val": "val", "valid": "val", "validation": "val", "dev": "val",
    "eval": "val", "test": "test", "testing": "test",
}  # fmt: skip
SPLIT = re.compile(rf"({'|'.join(PARTS)})[-_ ]?(?:images?|imgs?|set|split|data)?[-_ ]?(?:\d{{2,4}})?")
LABELS = re.compile(r"(?:.*[-_ ])?(?:masks?|annotations?|labels?|segmentations?|thumb(?:nail)?s?)")
SHOWN = 6  # names listed in a note


def part_of(folder: str) -> str | None:
    """Name the part that a folder is of by its name: ``train``, ``val``, ``test``, or None."""
    match = SPLIT.fullmatch(folder.lower())
    return PARTS[match[1]] if match else None


@dataclass(frozen=True)
class Meaning:
    """What the folders of an image folder were taken for.

    Attributes
    ----------
    classes
        The names of the classes, sorted; empty where there are none.
    class_of
        The class of each picture that has one, by its path.
    part_of
        ``train``, ``val`` or ``test`` of each picture; empty without splits.
    left_out
        Pictures that are not read, as they are beside the splits.
    notes
        What the folders were taken for, in words.
    """

    classes: Sequence[str] = ()
    class_of: Mapping[str, str] = field(default_factory=dict)
    part_of: Mapping[str, str] = field(default_factory=dict)
    left_out: frozenset[str] = frozenset()
    notes: Sequence[str] = ()


def meaning_of(pictures: Sequence[str], is_picture: Callable[[str], bool]) -> Meaning:
    """Tell what folders mean.

    Parameters
    ----------
    pictures
        Paths of picture files below the root, with forward slashes.
    is_picture
        Tells whether a file is a picture indeed, by how it begins.
    """
    where = {name: tuple(name.split("/")[:-1]) for name in pictures}
    wrapped = _wrapped(list(where.values()))
    where = {name: folders[wrapped:] for name, folders in where.items()}
    parts, split_level, left_out = _parts(where)
    where = {name: _without(folders, split_level) for name, folders in where.items() if name not in left_out}
    classes, class_of, notes = _classes(where, bool(parts), is_picture)
    notes = [*_splits_in_words(parts, left_out, split_level), *notes]
    return Meaning(classes, class_of, parts, frozenset(left_out), notes)


def _wrapped(folders: list[tuple[str, ...]]) -> int:
    """Count the folders around everything, one inside the other."""
    depth = 0
    while folders and all(len(f) > depth for f in folders) and len({f[depth] for f in folders}) == 1:
        depth += 1
    # The last one may be the only folder of pictures: then there is nothing below it to look at.
    return depth


def _without(folders: tuple[str, ...], level: int | None) -> tuple[str, ...]:
    return folders if level is None else folders[:level] + folders[level + 1 :]


def _parts(where: Mapping[str, tuple[str, ...]]) -> tuple[dict[str, str], int | None, set[str]]:
    """Find folders that are splits: the part of each picture, their level, and what is beside them."""
    first = {folders[0] for folders in where.values() if folders}
    named = {folder for folder in first if part_of(folder)}
    if len({part_of(folder) for folder in named}) >= 2 and "train" in map(part_of, named):
        beside = {name for name, folders in where.items() if not folders or folders[0] not in named}
        return {n: str(part_of(f[0])) for n, f in where.items() if n not in beside}, 0, beside
    second = [folders[1] if len(folders) > 1 else "" for folders in where.values()]
    parts = [part_of(folder) for folder in second]
    if where and all(parts) and len(set(parts)) >= 2 and "train" in parts:
        return {name: str(part) for name, part in zip(where, parts, strict=True)}, 1, set()
    return {}, None, set()


def _classes(
    where: Mapping[str, tuple[str, ...]], split: bool, is_picture: Callable[[str], bool]
) -> tuple[list[str], dict[str, str], list[str]]:
    """Take the first folders for classes where two or more of them hold pictures, and none is loose."""
    members: dict[str, list[str]] = {}
    for name, folders in where.items():
        members.setdefault(folders[0] if folders else "", []).append(name)
    loose = members.pop("", [])
    empty = sorted(folder for folder, names in members.items() if not any(map(is_picture, names)))
    names = sorted(set(members) - set(empty))
    notes = [f"no classes: no file in {_listed(empty)} is a picture"] if empty else []
    if len(names) < 2 or (loose and not split and any(map(is_picture, loose))):
        if loose and names:
            notes.append(
                f"no classes are taken from the folders {_listed(names)}: {len(loose)} images are beside "
                f"them ({_listed(sorted(loose))}); move those away or into a folder"
            )
        return [], {}, notes
    class_of = {name: folder for folder in names for name in members[folder]}
    notes.append(f"folders are taken for {len(names)} classes: {_listed(names)}")
    if loose and split:
        notes.append(f"{len(loose)} images are in no folder of a class and are read without one")
    if doubtful := [name for name in names if LABELS.fullmatch(name.lower())]:
        notes.append(f"by its name, {_listed(doubtful)} holds labels, not photographs; move it away if so")
    return names, class_of, notes


def _splits_in_words(parts: Mapping[str, str], left_out: set[str], level: int | None) -> list[str]:
    if not parts:
        return []
    counts = Counter(parts.values())
    said = ", ".join(f"{part} ({counts[part]})" for part in ("train", "val", "test") if counts[part])
    place = "first folders" if level == 0 else "folders below the classes"
    notes = [f"the {place} are taken for splits, not for classes: {said}"]
    if left_out:
        beside = sorted({name.split("/")[0] for name in left_out})
        notes.append(f"{len(left_out)} images beside the splits are left out: {_listed(beside)}")
    return notes


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more
