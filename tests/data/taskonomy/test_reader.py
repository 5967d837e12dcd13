"""The reader: channels in our units, masks for labels that are missing, faults that name the file."""

import pickle
from pathlib import Path

import cv2
import numpy as np
import pytest
from support import box_room
from support import taskonomy_tree as tree

from taskaffinity.config import parse
from taskaffinity.data.prepare import prepare
from taskaffinity.data.reader import Batch
from taskaffinity.data.taskonomy import TaskonomyReader
from taskaffinity.data.views import Views
from taskaffinity.errors import DataError

SIZE = 32


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tree with every label. Not to be written to."""
    return tree.write(tmp_path_factory.mktemp("whole"))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A tree to be spoilt."""
    return tree.write(tmp_path / "root")


def reader_of(root: Path, **settings: object) -> TaskonomyReader:
    return TaskonomyReader(root, SIZE, **settings)  # type: ignore[arg-type]


def read_all(reader: TaskonomyReader) -> Batch:
    """All units as one batch, by way of a pickled reader, as workers have it."""
    worker = pickle.loads(pickle.dumps(reader))
    batches = [worker.read(unit) for unit in pickle.loads(pickle.dumps(reader.units()))]
    full = [batch.views for batch in batches if len(batch.views)]
    channels = {name: np.concatenate([views[name] for views in full]) for name in full[0].channels}
    views = Views([view for views in full for view in views.ids], channels)
    return Batch(views, [fault for batch in batches for fault in batch.faults])


def test_it_is_a_reader_and_the_config_makes_it(whole: Path) -> None:
    section = parse({"data": {"kind": "taskonomy", "path": str(whole), "size": SIZE}}).data
    made = section.reader()
    assert isinstance(made, TaskonomyReader)
    assert made.identity() == reader_of(whole).identity()
    assert made.provides == section.can_provide


def test_channels_have_the_shapes_and_units_of_the_contract(whole: Path) -> None:
    batch = read_all(reader_of(whole))
    assert batch.faults == []
    views = batch.views
    assert [str(view) for view in views.ids] == [f"{b}/{p}/1" for b in ("ayer", "bonn") for p in range(3)]
    assert views["rgb"].dtype == np.uint8
    planes = {"normal": 3, "principal_curvature": 2}
    for name in ("depth", "depth_euclidean", "edge_texture", "keypoints3d", "reshading", *planes):
        assert views[name].shape == (6, planes.get(name, 1), SIZE, SIZE)
        assert views[name].dtype == np.float32
        assert views[f"{name}_valid"].shape == (6, 1, SIZE, SIZE)
    inside = np.s_[:, :, 8:, 8:]
    assert np.allclose(views["normal"][inside], np.array([0.6, 0, -0.8])[:, None, None], atol=0.01)
    assert np.allclose(views["principal_curvature"][:, 0], 1 / 0.03)
    assert np.allclose(views["principal_curvature"][:, 1], 0)
    assert np.allclose(views["reshading"], 0.2)
    assert np.allclose(views["edge_occlusion"], 0.5, atol=0.01)
    assert views["edge_texture"].max() == pytest.approx(1, abs=0.05)
    assert (views["object_class"] == 7).all()
    assert reader_of(whole).classes["scene_class"][int(views["scene_class"][0])] == "kitchen"


def test_depth_and_camera_agree_with_the_room(whole: Path) -> None:
    views = read_all(reader_of(whole)).views
    poses = box_room.walk(6, seed=5)
    assert np.allclose(views["pose"], poses, atol=1e-5)
    assert np.allclose(views["intrinsics"], box_room.intrinsics(SIZE), atol=1e-4)
    assert np.allclose(views["room"], np.stack(box_room.ROOM))
    truth = np.stack([box_room.render(pose, SIZE).depth for pose in poses])[:, None]
    apart = np.abs(views["depth"] - truth)[views["depth_valid"]]
    assert np.median(apart) < 0.02


def test_what_has_no_depth_is_masked_for_surfaces_only(whole: Path) -> None:
    views = read_all(reader_of(whole)).views
    corner = np.s_[:, 0, :4, :4]
    for name in ("depth", "normal", "reshading", "principal_curvature", "edge_occlusion", "keypoints3d"):
        assert not views[f"{name}_valid"][corner].any()
        assert views[f"{name}_valid"][:, 0, 6:, 6:].all()
    for name in ("edge_texture", "keypoints2d", "segment_unsup2d"):
        assert views[f"{name}_valid"].all()
    assert (views["semantic"][:, :, 20] == 3).all()
    assert (views["semantic"][:, :, 2] == 0).all()
    assert not views["semantic_valid"][:, 0, :, 2].any()


def test_a_mask_file_wins_over_depth(root: Path) -> None:
    for building in ("ayer", "bonn"):
        for point in range(3):
            file = tree.file_of(root, "mask_valid", building, point, 1)
            file.parent.mkdir(parents=True, exist_ok=True)
            mask = np.full((tree.SIZE, tree.SIZE), 255, np.uint8)
            mask[:, 32:] = 0
            tree.write_label(file, mask)
    views = read_all(reader_of(root)).views
    assert views["normal_valid"][:, 0, :, :14].all()
    assert not views["normal_valid"][:, 0, :, 18:].any()
    assert not views["depth_valid"][:, 0, :4, :4].any()


@pytest.mark.parametrize("fault", ["missing", "tiny", "cut", "text", "shape"])
def test_a_broken_label_is_masked_alone_and_named(root: Path, fault: str) -> None:
    file = tree.file_of(root, "normal", "ayer", 1, 1)
    sound = read_all(reader_of(root)).views
    match fault:
        case "missing":
            file.unlink()
        case "tiny":
            file.write_bytes(file.read_bytes()[:60])
        case "cut":
            file.write_bytes(file.read_bytes()[:-30])
        case "text":
            file.write_text("x" * 500)
        case "shape":
            cv2.imwrite(str(file), np.random.default_rng(0).integers(0, 255, (64, 32, 3)).astype(np.uint8))
    reader = reader_of(root)
    batch = read_all(reader)
    views = batch.views
    assert [view.point for view in views.ids] == [view.point for view in sound.ids]
    assert not views["normal_valid"][1].any()
    others = np.delete(np.arange(6), 1)
    for name in sound.channels:
        rows = others if name.startswith("normal") else np.arange(6)
        assert np.array_equal(views[name][rows], sound[name][rows]), name
    named = "normal/ayer/point_1_view_1_domain_normal.png"
    if fault == "missing":
        assert reader.notes == ["normal: no file for 1 of 6 images"]
    else:
        (line,) = batch.faults
        assert line.startswith(f"{named}: ")
        assert line.count("point_1_view_1") == 1


def test_a_missing_camera_or_class_is_marked_for_that_image(root: Path) -> None:
    tree.file_of(root, "point_info", "bonn", 0, 1).write_text("{}" + " " * 200)
    tree.file_of(root, "class_object", "bonn", 1, 1).unlink()
    batch = read_all(reader_of(root))
    assert np.isnan(batch.views["pose"][3]).all()
    assert np.isfinite(batch.views["pose"][[0, 1, 2, 4, 5]]).all()
    assert np.isfinite(batch.views["intrinsics"]).all()  # fitted to the two depth maps
    assert batch.views["intrinsics"][3, 0, 0] == pytest.approx(box_room.intrinsics(SIZE)[0, 0], rel=0.02)
    assert batch.views["object_class"].tolist() == [7, 7, 7, 7, -1, 7]
    assert len(batch.faults) == 1


def test_a_picture_that_cannot_be_read_leaves_its_view_out(root: Path) -> None:
    file = tree.file_of(root, "rgb", "ayer", 0, 1)
    file.write_bytes(file.read_bytes()[:-200])
    batch = read_all(reader_of(root))
    assert len(batch.views) == 5
    assert batch.faults[0].startswith("rgb/ayer/point_0_view_1_domain_rgb.png: ")


def test_eight_bit_depth_is_refused_and_the_rest_is_kept(root: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (64, 64)).astype(np.uint8)
    tree.write_label(tree.file_of(root, "depth_zbuffer", "ayer", 0, 1), noise)
    batch = read_all(reader_of(root))
    assert not batch.views["depth_valid"][0].any()
    assert batch.views["depth_euclidean_valid"][0].any()
    assert "16 bits" in batch.faults[0]


def test_a_label_with_few_files_is_derived_and_said(root: Path) -> None:
    for building, point in (("ayer", 0), ("ayer", 1), ("ayer", 2), ("bonn", 0)):
        tree.file_of(root, "edge_texture", building, point, 1).unlink()
        tree.file_of(root, "class_object", building, point, 1).unlink()
    reader = reader_of(root)
    assert "edge_texture" not in reader.provides  # it can be derived for all
    assert "object_class" in reader.provides  # it cannot
    assert "edge_texture: files for 2 of 6 images left aside, the label is derived" in reader.notes
    assert "class_object: no file for 4 of 6 images (ayer have none)" in reader.notes
    assert "edge_texture" in reader_of(root, least_coverage=0.3).provides


def test_labels_without_a_picture_are_counted(root: Path) -> None:
    tree.file_of(root, "rgb", "bonn", 2, 1).unlink()
    reader = reader_of(root)
    assert len(read_all(reader).views) == 5
    assert "rgb: no picture for 1 views that have labels" in reader.notes


def test_a_split_file_gives_parts_and_leaves_out_what_it_does_not_name(whole: Path, tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_text("id,train,val,test\nAYER,0,0,1\n")
    reader = reader_of(whole, split_file=tmp_path / "s.csv")
    assert dict(reader.splits) == {"ayer": "test"}
    assert {view.scene for view in read_all(reader).views.ids} == {"ayer"}
    assert any("1 buildings are not in" in note for note in reader.notes)
    (tmp_path / "s.csv").write_text("id,train,val,test\nelsewhere,0,0,1\n")
    with pytest.raises(DataError, match="names none"):
        _ = reader_of(whole, split_file=tmp_path / "s.csv").splits


def test_a_tree_without_pictures_says_what_was_looked_for(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="has no pictures; looked for"):
        reader_of(tmp_path).units()


def test_kept_data_has_masks_notes_and_splits(root: Path, tmp_path: Path) -> None:
    tree.file_of(root, "normal", "ayer", 1, 1).unlink()
    (tmp_path / "s.csv").write_text("id,train,val,test\nayer,1,0,0\nbonn,0,0,1\n")
    reader = reader_of(root, split_file=tmp_path / "s.csv")
    data = prepare(reader, 1, lambda *_: lambda _: None, tmp_path / "kept")
    assert data.splits == {"ayer": "train", "bonn": "test"}
    assert "normal: no file for 1 of 6 images" in data.faults
    assert not data.read([1], ["normal"])["normal_valid"].any()


def test_the_published_frames_are_read(real_data: Path, tmp_path: Path) -> None:
    reader = TaskonomyReader(real_data / "taskonomy-frames", 64, cache=tmp_path)
    batch = read_all(reader)
    assert len(batch.views) == 18
    (fault,) = batch.faults
    assert fault.startswith("depth_zbuffer/hypersim/point_85_view_0")
    assert {"depth", "normal", "reshading", "keypoints3d"} <= reader.provides
    place = [str(view) for view in batch.views.ids].index("taskonomy/202/5")
    assert batch.views["depth_valid"][place].mean() > 0.9
    length = np.linalg.norm(batch.views["normal"][place], axis=0)
    assert np.allclose(length[batch.views["normal_valid"][place, 0]], 1, atol=1e-4)
