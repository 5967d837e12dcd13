import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from support import gabor, tiny

import taskaffinity.sources
from taskaffinity.config import parse
from taskaffinity.errors import ConfigError, InputError, SourceError
from taskaffinity.models.shapes import ImageFormat
from taskaffinity.pipeline import Prepared
from taskaffinity.sources import LabelShare, check_transfers, kinds, labels_text, sources_of
from taskaffinity.sources._encode import formatted
from taskaffinity.training.experiment import Outline

PACKAGE = Path(taskaffinity.sources.__file__).parents[1]
DOCUMENT = PACKAGE.parent / "docs" / "encoders.md"


def outline(prepared: Prepared, **sources: Any) -> Outline:
    config = parse(tiny.content(Path("wherever"), sources=sources))
    return replace(prepared.experiment.outline, config=config)


def test_every_file_of_the_folder_is_a_kind():
    files = {file.stem for file in (PACKAGE / "sources").glob("*.py") if not file.name.startswith("_")}
    assert set(kinds()) == files
    assert {"task", "random"} <= files


def test_nothing_outside_the_folder_knows_a_kind():
    """Kinds are found, never imported by name."""
    pattern = re.compile(r"taskaffinity\.sources\.(?!_)\w+")
    files = [file for file in PACKAGE.rglob("*.py") if file.parent.name != "sources"]
    assert [file for file in files if pattern.search(file.read_text())] == []


def test_the_sources_of_a_run_are_those_of_its_tasks(prepared: Prepared):
    sources = prepared.sources
    assert {name: source.kind for name, source in sources.items()} == {
        "denoising": "task", "depth_zbuffer": "task", "jigsaw": "task", "random": "random",
    }  # fmt: skip
    assert [head.target for source in sources.values() for head in source.heads] == [
        "denoising", "depth_zbuffer",
    ]  # fmt: skip
    assert all(source.labels == (LabelShare(name),) for name, source in sources.items() if name != "random")
    assert sources["random"].labels == ()


def test_a_task_that_makes_its_own_labels_needs_none(prepared: Prepared):
    run, task = prepared.experiment.outline, prepared.experiment.tasks["jigsaw"]
    changed = replace(run, tasks={"jigsaw": replace(task, group="self-supervised")})
    assert sources_of(changed)["jigsaw"].labels == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x = 1", "binds 0 kinds of sources"),
        ("import nothing_of_that_name", "ModuleNotFoundError"),
        (gabor.KIND.replace('"gabor"', '"other"'), "its kind must be 'gabor', the name of its file"),
        (gabor.KIND.replace("def build", "def rebuild"), "GaborSource lacks build"),
        (gabor.KIND + "\n\nclass Second(GaborSource):\n    pass\n", "binds 2 kinds of sources"),
    ],
)
def test_a_file_that_binds_no_kind_is_refused_by_name(tmp_path: Path, text: str, said: str):
    (tmp_path / "gabor.py").write_text(text)
    with pytest.raises(SourceError, match=said) as caught:
        kinds([tmp_path])
    assert str(tmp_path / "gabor.py") in str(caught.value)


def test_a_folder_that_is_not_there_or_repeats_a_kind_is_refused(tmp_path: Path):
    with pytest.raises(SourceError, match="does not exist"):
        kinds([tmp_path / "none"])
    folder = gabor.write(tmp_path / "one")
    with pytest.raises(SourceError, match="there is a kind 'gabor' already"):
        kinds([folder, gabor.write(tmp_path / "two")])


@pytest.mark.parametrize(
    ("name", "keys", "said"),
    [
        ("mine", {"kind": "gabr"}, r"sources.declared.mine.kind: unknown kind .* did you mean gabor\?"),
        ("mine", {}, "unknown kind of source, got None"),
        ("mine", {"kind": "gabor", "bands": "many"}, "sources.declared.mine.bands: .*'many'"),
        ("mine", {"kind": "gabor", "band": 3}, "sources.declared.mine.band"),
        ("mine", {"kind": "task"}, "kind task cannot be declared"),
        ("self", {"kind": "gabor"}, "the name is reserved"),
        ("denoising", {"kind": "gabor"}, "has a source of that name"),
        ("a+b", {"kind": "gabor"}, r"has no \+"),
    ],
)
def test_a_declaration_that_is_wrong_is_one_line(
    prepared: Prepared, tmp_path: Path, name: str, keys: dict, said: str
):
    run = outline(prepared, folders=[str(gabor.write(tmp_path))], declared={name: keys})
    with pytest.raises(ConfigError, match=said) as caught:
        sources_of(run)
    assert "\n" not in str(caught.value)


def test_a_run_in_which_nothing_can_be_compared_is_refused(prepared: Prepared):
    one = {"denoising": prepared.sources["denoising"]}
    with pytest.raises(InputError, match="the only source and the only target"):
        check_transfers(one, ["denoising"])
    check_transfers(one, ["denoising", "depth_zbuffer"])
    with pytest.raises(InputError, match="at least one source and one target"):
        check_transfers({}, ["denoising"])


def test_images_are_brought_to_the_format_of_an_encoder():
    images = torch.rand(2, 3, 16, 16)
    assert formatted(images, ImageFormat((16, 16))) is images
    wanted = ImageFormat((8, 8), top=255.0, mean=(10.0, 20.0, 30.0), spread=(2.0, 4.0, 8.0))
    changed = formatted(torch.full((1, 3, 16, 16), 0.2), wanted)
    assert changed.shape == (1, 3, 8, 8)
    expected = [(51 - 10) / 2, (51 - 20) / 4, (51 - 30) / 8]
    np.testing.assert_allclose(changed[0, :, 4, 4].numpy(), expected, rtol=1e-5)


def test_labels_are_written_with_their_shares():
    assert labels_text([]) == ""
    assert labels_text([LabelShare("depth_zbuffer", 0.1), LabelShare("normal")]) == "depth_zbuffer:0.1;normal"


def test_the_kind_in_the_documentation_works(prepared: Prepared, tmp_path: Path):
    (code,) = re.findall(r"```python\n# my_sources/colours.py\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)
    (tmp_path / "colours.py").write_text(code)
    declared = {"colours": {"kind": "colours", "squares": 4}}
    source = sources_of(outline(prepared, folders=[str(tmp_path)], declared=declared))["colours"]
    encoding = source.encoder({})(torch.rand(2, 3, *source.image.size))
    assert tuple(encoding.shape[1:]) == (source.shape.channels, *source.shape.grid) == (3, 4, 4)
