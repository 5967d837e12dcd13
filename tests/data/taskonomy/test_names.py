"""Which domain and building a folder is, in each of the layouts."""

import pytest

from taskaffinity.data.taskonomy.domains import DOMAINS, domain_of_file
from taskaffinity.data.taskonomy.names import FILE, ONLY_BUILDING, Shelf, place_of


@pytest.mark.parametrize(
    ("folders", "place"),
    [
        (("rgb", "taskonomy", "ayer"), ("rgb", "ayer")),
        (("rgb", "ayer"), ("rgb", "ayer")),
        (("rgb",), ("rgb", ONLY_BUILDING)),
        (("ayer", "rgb"), ("rgb", "ayer")),
        (("normal", "taskonomy"), ("normal", "taskonomy")),
        (("ayer", "points"), ("point_info", "ayer")),
        (("elsewhere",), (None, "elsewhere")),
        ((), (None, ONLY_BUILDING)),
    ],
)
def test_domain_and_building_of_a_folder(folders: tuple[str, ...], place: tuple[str | None, str]) -> None:
    assert place_of(folders) == place


@pytest.mark.parametrize(
    ("folder", "suffix", "extension", "domain"),
    [
        ("class_scene", "class_places", "npy", "class_scene"),
        ("segment_semantic", "segmentsemantic", "png", "segment_semantic"),
        ("point_info", "fixatedpose", "json", "point_info"),
        ("point_info", "point_info", "json", "point_info"),
        ("mask_valid", "depth_zbuffer", "png", "mask_valid"),
        ("rgb", "normal", "png", None),
        ("class_object", "class_object", "png", None),
        (None, "depth_zbuffer", "png", "depth_zbuffer"),
        (None, "nonfixated_matches", "json", None),
    ],
)
def test_the_folder_decides_and_the_ending_must_fit(
    folder: str | None, suffix: str, extension: str, domain: str | None
) -> None:
    assert domain_of_file(folder, suffix, extension) == domain


@pytest.mark.parametrize("name", DOMAINS)
def test_a_file_of_every_domain_is_recognised_by_its_own_name(name: str) -> None:
    assert domain_of_file(None, name, DOMAINS[name].extension) == name


def test_a_shelf_gives_back_the_name_it_was_found_under() -> None:
    file = Shelf("rgb/ayer", "rgb", "png").file(12, 0)
    assert file == "rgb/ayer/point_12_view_0_domain_rgb.png"
    assert FILE.fullmatch(file.rpartition("/")[2])


@pytest.mark.parametrize(
    "name", ["point_01_view_0_domain_rgb.png", "point_1_view_all_domain_x.json", "rgb.png"]
)
def test_other_names_are_none_of_ours(name: str) -> None:
    assert FILE.fullmatch(name) is None
