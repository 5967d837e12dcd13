"""The domains of the public data: their folders, the endings of their files, how they are stored.

The ending can differ from the folder: ``class_scene/`` holds ``…_domain_class_places.npy`` and ``points/``
holds the ``…_domain_fixatedpose.json`` that is elsewhere ``point_info/…_domain_point_info.json``.
"""

from collections.abc import Mapping
from dataclasses import dataclass

GREY_8, COLOUR_8, GREY_16 = "8-bit grey", "8-bit colour", "16-bit grey"


@dataclass(frozen=True)
class Domain:
    """One kind of file.

    Attributes
    ----------
    name
        What it is called here, and the usual name of its folder.
    channels
        The channels of a view that are made from it.
    folders, suffixes
        Further names of its folder, and further endings of its files.
    extension
        ``png``, ``npy`` or ``json``.
    encodings
        How a picture may be stored.
    masked
        Whether the mask of valid depth applies to it.
    """

    name: str
    channels: tuple[str, ...]
    folders: tuple[str, ...] = ()
    suffixes: tuple[str, ...] = ()
    extension: str = "png"
    encodings: frozenset[str] = frozenset()
    masked: bool = False


def _map(name: str, masked: bool = False) -> Domain:
    """Declare a map of one value per pixel; 16 bits as published, 8 bits in some copies."""
    return Domain(name, (name,), encodings=frozenset({GREY_16, GREY_8}), masked=masked)


_ALL = (
    Domain("rgb", ("rgb",), encodings=frozenset({COLOUR_8})),
    Domain("mask_valid", (), suffixes=("depth_zbuffer",), encodings=frozenset({GREY_8})),
    Domain("depth_zbuffer", ("depth",), encodings=frozenset({GREY_16})),
    Domain("depth_euclidean", ("depth_euclidean",), encodings=frozenset({GREY_16})),
    Domain("normal", ("normal",), encodings=frozenset({COLOUR_8}), masked=True),
    Domain("principal_curvature", ("principal_curvature",), encodings=frozenset({COLOUR_8}), masked=True),
    _map("edge_texture"),
    _map("edge_occlusion", masked=True),
    _map("keypoints2d"),
    _map("keypoints3d", masked=True),
    Domain("reshading", ("reshading",), encodings=frozenset({COLOUR_8, GREY_8}), masked=True),
    Domain("segment_semantic", ("semantic",), suffixes=("segmentsemantic",), encodings=frozenset({GREY_8})),
    Domain("segment_unsup2d", ("segment_unsup2d",), encodings=frozenset({GREY_8, GREY_16})),
    Domain("segment_unsup25d", ("segment_unsup25d",), encodings=frozenset({GREY_8, GREY_16})),
    Domain("class_object", ("object_class",), suffixes=("class_1000",), extension="npy"),
    Domain("class_scene", ("scene_class",), ("class_places",), ("class_places",), extension="npy"),
    Domain(
        "point_info", ("pose", "manhattan", "room"), ("points",), ("fixatedpose",), extension="json"
    ),
)  # fmt: skip

DOMAINS: Mapping[str, Domain] = {domain.name: domain for domain in _ALL}
BIT = {name: 1 << position for position, name in enumerate(DOMAINS)}
"""The bit of each domain in the masks of an index."""

_OF_FOLDER = {folder: d.name for d in _ALL for folder in (d.name, *d.folders)}
_OF_SUFFIX = {suffix: d.name for d in _ALL for suffix in d.suffixes} | {d.name: d.name for d in _ALL}
_SUFFIXES = {d.name: {suffix.replace("_", "") for suffix in (d.name, *d.suffixes)} for d in _ALL}


def domain_of_folder(folder: str) -> str | None:
    """Name the domain that a folder holds, or None."""
    return _OF_FOLDER.get(folder)


def domain_of_file(folder: str | None, suffix: str, extension: str) -> str | None:
    """Name the domain of a file: its folder's, where that is a domain with such an ending; or None."""
    name = folder if folder is not None else _OF_SUFFIX.get(suffix)
    if name is None or suffix.replace("_", "") not in _SUFFIXES[name]:
        return None
    return name if DOMAINS[name].extension == extension else None
