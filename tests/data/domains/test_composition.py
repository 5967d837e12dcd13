"""Data of several domains become one data set, and a target is a task in a domain."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from support import tiny, two_domains

from taskaffinity.config import load, parse
from taskaffinity.errors import ConfigError, DataError, InputError
from taskaffinity.jobs.preparation import Prepared, check_input, prepare_inputs


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return two_domains.write(tmp_path_factory.mktemp("domains") / "root")


def prepared(content: dict[str, Any]) -> Prepared:
    return prepare_inputs(check_input(parse(content)), tiny.Silent())


def images(path: Path, size: int = 32) -> dict[str, Any]:
    return {"kind": "images", "path": str(path), "size": size}


@pytest.fixture(scope="module")
def both(root: Path) -> Prepared:
    return prepared(two_domains.content(root))


def test_a_task_runs_in_every_domain_on_its_images_alone(both: Prepared) -> None:
    experiment = both.experiment
    assert set(experiment.tasks) == {"object_class@night", "object_class@day", "random_projection"}
    for name in ("night", "day"):
        task = experiment.tasks[f"object_class@{name}"]
        for split in experiment.rows:
            rows = experiment.examples(task, split)[:, 0]
            assert len(rows)
            assert {experiment.data.ids[row].domain for row in rows} == {name}


def test_splits_are_drawn_in_each_domain_and_are_disjoint(both: Prepared) -> None:
    rows = np.concatenate(list(both.experiment.rows.values()))
    assert sorted(rows) == list(range(len(both.experiment.data)))
    for split, shares in both.experiment.config.splits.shares.items():
        domains = [both.experiment.data.ids[row].domain for row in both.experiment.rows[split]]
        expected = shares * 3 * two_domains.EACH
        assert all(abs(domains.count(name) - expected) <= 1 for name in ("night", "day"))


def test_views_and_labels_are_those_of_each_data_set(both: Prepared, root: Path) -> None:
    alone = prepared(two_domains.content(root, data=images(root / "day")))
    data, single = both.experiment.data, alone.experiment.data
    rows = [row for row, view in enumerate(data.ids) if view.domain == "day"]
    assert [f"day/{view}" for view in map(str, single.ids)] == [str(data.ids[row]) for row in rows]
    joined, own = (
        d.read(r, ["rgb", "object_class"]) for d, r in ((data, rows), (single, range(len(single))))
    )
    for channel in ("rgb", "object_class"):
        assert np.array_equal(joined[channel], own[channel])


def test_joined_data_that_are_damaged_are_joined_again_which_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("TASKAFFINITY_CACHE", str(tmp_path / "cache"))
    content = two_domains.content(two_domains.write(tmp_path / "root"))
    first = prepared(content).experiment.data
    before = first.read(range(len(first)), ["rgb"])["rgb"].copy()
    file = first.folder / "rgb.raw"
    kept = bytearray(file.read_bytes())
    kept[len(kept) // 2] ^= 1
    file.write_bytes(kept)
    again = prepared(content).experiment.data
    assert np.array_equal(again.read(range(len(again)), ["rgb"])["rgb"], before)
    assert "is damaged" in caplog.text


def test_domains_may_be_named_data_sections(root: Path, both: Prepared) -> None:
    parts = {name: images(root / name) for name in ("day", "night")}
    named = prepared(two_domains.content(root, data={"kind": "domains", "domains": parts}))
    assert named.experiment.data.identity == both.experiment.data.identity


def test_the_name_of_a_file_or_a_table_may_tell_the_domain(tmp_path: Path, root: Path) -> None:
    flat, lines = tmp_path / "flat", ["image,domain"]
    for file in sorted(root.rglob("*.png")):
        domain, shape, number = file.relative_to(root).parts
        place = flat / shape / f"{domain}_{number}"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(file.read_bytes())
        lines.append(f"{place.relative_to(flat)},{domain}")
    (tmp_path / "domains.csv").write_text("\n".join(lines))
    ways = {"pattern": "/(?P<domain>[a-z]+)_"}, {"table": str(tmp_path / "domains.csv")}
    for way in ways:
        data = {"kind": "domains", "of": images(flat), **way}
        experiment = prepared(two_domains.content(root, data=data)).experiment
        counts = [view.domain for view in experiment.data.ids]
        assert counts.count("night") == counts.count("day") == 3 * two_domains.EACH


def test_a_channel_that_one_domain_lacks_is_invalid_there(root: Path, frames: Path) -> None:
    parts = {"day": images(root / "day"), "room": {**tiny.content(frames)["data"]}}
    names = ["autoencoding", "depth_zbuffer", "object_class"]
    data = {"kind": "domains", "domains": parts}
    experiment = prepared(two_domains.content(root, data=data, tasks={"names": names})).experiment
    assert set(experiment.tasks) == {
        "autoencoding@day", "autoencoding@room", "depth_zbuffer@room", "object_class@day",
    }  # fmt: skip
    rows = [row for row, view in enumerate(experiment.data.ids) if view.domain == "day"]
    assert not experiment.data.read(rows, ["depth"]).valid("depth").any()
    others = [row for row, view in enumerate(experiment.data.ids) if view.domain == "room"]
    views = experiment.data.read(others, ["depth", "object_class"])
    assert views.valid("depth").any()
    assert (views["object_class"] == -1).all()


def test_labels_cost_what_their_domain_says(root: Path) -> None:
    data = {"kind": "domains", "of": images(root), "label_cost": {"night": 0, "day": 3}}
    tasks = prepared(two_domains.content(root, data=data)).experiment.tasks
    assert (tasks["object_class@night"].label_cost, tasks["object_class@day"].label_cost) == (0, 3)


def refused(content: dict[str, Any]) -> str:
    with pytest.raises(InputError) as caught:
        prepared(content)
    said = str(caught.value)
    assert "\n" not in said
    return said


def test_other_class_names_are_refused(tmp_path: Path) -> None:
    root = two_domains.write(tmp_path / "root")
    (root / "day" / "disc").rename(root / "day" / "ring")
    said = refused(two_domains.content(root))
    assert "object_class" in said
    assert "night alone has disc" in said


def test_a_domain_without_a_common_task_is_refused(root: Path, frames: Path) -> None:
    parts = {"day": images(root / "day"), "room": {**tiny.content(frames)["data"]}}
    tasks = {"names": ["depth_zbuffer", "object_class"]}
    said = refused(two_domains.content(root, data={"kind": "domains", "domains": parts}, tasks=tasks))
    assert "no task in common" in said


def test_too_few_images_are_refused_by_domain(tmp_path: Path) -> None:
    root = two_domains.write(tmp_path / "root", ("night",))
    two_domains.write(root, ("day",), each=1)
    assert "domain day" in refused(two_domains.content(root))


def test_images_stored_as_0_to_1_are_refused(tmp_path: Path) -> None:
    root = two_domains.write(tmp_path / "root")
    for file in (root / "day").rglob("*.png"):
        Image.fromarray((np.asarray(Image.open(file)) > 127).astype(np.uint8)).save(file)
    assert "stored as 0 to 1" in refused(two_domains.content(root))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"domains": {"a": images(Path("x")), "b": images(Path("y"), 64)}}, "one size"),
        ({"domains": {"a": images(Path("x"))}}, "at least two"),
        ({"domains": {"A b": images(Path("x")), "b": images(Path("y"))}}, "no name of a domain"),
        ({}, "either domains or of"),
        ({"of": images(Path("x")), "pattern": "a(b"}, "no regular expression"),
        ({"of": images(Path("x")), "pattern": "ab"}, "needs a group"),
        ({"domains": {"a": {"kind": "images", "pth": 1}, "b": images(Path("y"))}}, "data.domains.a.pth"),
    ],
)
def test_a_wrong_section_is_told_by_its_key(data: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        parse({"data": {"kind": "domains", **data}})


def test_a_path_of_a_domain_can_be_set(root: Path) -> None:
    given = ["data.kind=domains", f"data.domains.day.path={root / 'day'}", "data.domains.day.kind=images",
             "data.domains.night.kind=rooms"]  # fmt: skip
    assert set(load(None, given).data.reader().parts) == {"day", "night"}  # type: ignore[attr-defined]


def test_one_domain_alone_is_refused(tmp_path: Path) -> None:
    root = two_domains.write(tmp_path / "root", ("night",))
    with pytest.raises(DataError, match="only night"):
        check_input(parse(two_domains.content(root)))
