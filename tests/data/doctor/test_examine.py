"""The doctor finds what was spoilt, and says it."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from support import box_room
from support import taskonomy_tree as tree

from taskaffinity.data.doctor import detect_layout, examine
from taskaffinity.data.doctor.findings import SHOWN, DataFindings, Part
from taskaffinity.errors import DataError

FEW = ("rgb", "depth_zbuffer", "normal", "edge_texture", "class_scene", "point_info")


def silent(_title: str, _total: int) -> Callable[[int], None]:
    return lambda _: None


def image_folder(root: Path) -> Path:
    for name in ("cat/a.png", "cat/b.png", "dog/c.png"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(root / name), np.full((8, 8, 3), 90, np.uint8))
    return root


@pytest.mark.parametrize("layout", tree.LAYOUTS)
def test_taskonomys_layouts_are_found_out(tmp_path: Path, layout: str) -> None:
    tree.write(tmp_path, ("ayer",), 1, layout, ("rgb",))
    assert detect_layout(tmp_path) == "taskonomy"


def test_the_other_layouts_are_found_out(frames: Path, tmp_path: Path) -> None:
    assert detect_layout(frames) == "rgbd"
    assert detect_layout(image_folder(tmp_path)) == "images"


def test_a_folder_without_data_says_what_was_looked_for(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"holds no data; looked for point_P.*frame-N.*images"):
        detect_layout(tmp_path)
    with pytest.raises(DataError, match="there is no folder"):
        detect_layout(tmp_path / "nowhere")


def test_a_sound_tree_has_no_faults_and_carries_its_tasks(tmp_path: Path) -> None:
    found = examine(tree.write(tmp_path, domains=FEW), "taskonomy", silent)
    assert found.images == 6
    assert found.scenes == {"ayer": 3, "bonn": 3}
    assert found.faults == []
    assert set(found.parts) == set(FEW)
    assert all((part.files, part.missing, part.faulty) == (6, 0, 0) for part in found.parts.values())
    assert found.parts["depth_zbuffer"].encodings == {"16-bit grey 64x64": 6}
    assert found.parts["point_info"].encodings == {"JSON": 6}
    carried = {"normal", "depth_zbuffer", "edge_texture", "scene_class", "vanishing_point", "keypoints3d"}
    assert carried <= set(found.tasks)
    assert set(found.tasks.values()) == {6}
    assert not {"object_class", "segment_semantic"} & set(found.tasks)
    assert any("at least 4 scenes" in note for note in found.notes)


def test_every_kind_of_fault_is_found(tmp_path: Path) -> None:
    root = tree.write(tmp_path, domains=FEW)

    def file(domain: str, building: str, point: int) -> Path:
        return tree.file_of(root, domain, building, point, 1)

    file("normal", "ayer", 0).unlink()
    file("normal", "ayer", 1).write_bytes(b"x" * 50)
    file("normal", "bonn", 0).write_bytes(file("normal", "bonn", 0).read_bytes()[:-8])
    noise = np.random.default_rng(0).integers(0, 255, (64, 64)).astype(np.uint8)
    tree.write_label(file("depth_zbuffer", "ayer", 2), noise)
    np.save(file("class_scene", "bonn", 1), np.zeros(99))
    file("point_info", "bonn", 2).write_text("{}" + " " * 200)
    found = examine(root, "taskonomy", silent)
    said = "\n".join(found.faults)
    assert len(found.faults) == 5
    assert "normal/ayer/point_1_view_1_domain_normal.png: is under 100 bytes" in said
    assert "normal/bonn/point_0_view_1_domain_normal.png: is cut short" in said
    assert "depth_zbuffer/ayer/point_2_view_1_domain_depth_zbuffer.png: is 8-bit grey, not 16-bit" in said
    assert "class_scene/bonn/point_1_view_1_domain_class_places.npy: is not 365 finite numbers" in said
    assert "point_info/bonn/point_2_view_1_domain_point_info.json: is no camera" in said
    normal = found.parts["normal"]
    assert (normal.files, normal.missing, normal.faulty) == (5, 1, 2)
    assert normal.scenes == {"ayer": 1, "bonn": 2}
    assert found.tasks["normal"] == 3
    assert found.tasks["depth_zbuffer"] == 5
    assert found.tasks["autoencoding"] == 6
    assert found.images == 6


def test_a_damaged_middle_is_found_by_decoding(tmp_path: Path) -> None:
    root = tree.write(tmp_path, domains=("rgb", "edge_texture"))
    file = tree.file_of(root, "edge_texture", "ayer", 0, 1)
    content = bytearray(file.read_bytes())
    content[60:90] = bytes(30)
    file.write_bytes(bytes(content))
    assert len(examine(root, "taskonomy", silent).faults) == 1


def test_a_sequence_is_examined(tmp_path: Path) -> None:
    folder = box_room.write(tmp_path / "frames", 5, size=32)
    (folder / "frame-000001.pose.txt").unlink()
    found = examine(folder, "rgbd", silent)
    assert found.parts["pose"].missing == 1
    assert found.parts["frames read"].faulty == 1
    assert found.faults == ["frame-000001.pose.txt: missing"]
    assert {"normal", "room_layout", "keypoints3d"} <= set(found.tasks)


def test_an_image_folder_is_examined(tmp_path: Path) -> None:
    root = image_folder(tmp_path)
    (root / "dog" / "d.png").write_bytes(b"")
    found = examine(root, "images", silent)
    assert found.images == 3
    assert found.parts["images"].encodings == {"cat": 2, "dog": 1}
    assert len(found.faults) == 1
    assert "object_class" in found.tasks
    assert "normal" not in found.tasks


def test_the_report_for_people_is_short_and_the_record_is_whole() -> None:
    faults = [f"file-{number}: is cut short" for number in range(SHOWN + 30)]
    parts = {
        "rgb": Part(5, 0, 0, True, {"8-bit colour 4x4": 5}, {"a": 5}),
        "normal": Part(2, 3, 0, scenes={"a": 2}),
    }
    found = DataFindings("taskonomy", 5, {"a": 5}, parts, faults, ["something"], {"normal": 2, "jigsaw": 5})
    lines = found.lines()
    assert "taskonomy: 5 images can be used in 1 scenes" in lines
    assert "  a, 5 images: normal 2" in lines
    assert "  ... and 30 more (--json lists all)" in lines
    assert "note: something" in lines
    assert lines[-1] == "2 tasks can run: normal (2), jigsaw"
    assert max(map(len, lines)) < 120
    assert found.record()["faults"] == faults
    assert found.record()["parts"]["rgb"]["encodings"] == {"8-bit colour 4x4": 5}
