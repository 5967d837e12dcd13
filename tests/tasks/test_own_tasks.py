"""Tasks of one's own: a loss and a grouping in the file, a module beside it, and what their identity is."""

import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
import torch
from support import box_room, tiny

from taskaffinity.data.keep import DataSet
from taskaffinity.errors import TaskError
from taskaffinity.runs.folder import RunFolder
from taskaffinity.tasks import discover
from taskaffinity.tasks.meaning import fingerprint
from taskaffinity.training.bench import Bench, score
from taskaffinity.training.experiment import Experiment
from taskaffinity.training.losses import Truth, loss_of

SHARED = '''
"""What the tasks of this folder share."""
from taskaffinity.tasks import Grouping

REACH = 2.5

def neighbours(views, turns):
    """Pair each view with the one before it."""
    for first, rng in turns:
        if len(views) > 1:
            yield first, (first - 1) % len(views)

NEIGHBOURS = Grouping(2, draw=neighbours, name="neighbours")

def huber(prediction, truth):
    """A loss with flat tails."""
    error = (prediction - truth.value).abs()
    bent = (0.5 * error**2).where(error < 1, error - 0.5)
    known = truth.valid.expand_as(bent)
    return (bent * known).flatten(1).sum(1) / known.flatten(1).sum(1).clamp(min=1)
'''
NEAR = '''
import numpy as np
from _shared import REACH, huber
from taskaffinity.tasks import Dense, Label, Task

def reach(views):
    """Say how far inside of reach a point is."""
    return Label((views["depth"] / REACH).astype(np.float32), views.valid("depth"))

task = Task(name="near", title="Near", group="3D", target=reach, needs=("depth",), mirror=(),
            output=Dense(1), loss=huber, metric="Huber's loss")
'''
MOVED = """
import numpy as np
from ._shared import NEIGHBOURS
from taskaffinity.tasks import Label, Task, Vector

def moved(first, second):
    import _shared
    step = second["pose"][:, :3, 3] - first["pose"][:, :3, 3]
    return Label((step / _shared.REACH).astype(np.float32), np.ones(len(step), bool))

task = Task(name="moved", title="Moved", group="geometric", target=moved, needs=("pose",),
            output=Vector(3), loss="l2", grouping=NEIGHBOURS, metric="squared error")
"""
FILES = {"_shared.py": SHARED, "near.py": NEAR, "moved.py": MOVED}


def write(folder: Path, files: Mapping[str, str] = FILES) -> Path:
    folder.mkdir(exist_ok=True)
    for name, code in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(code)
    return folder


@pytest.fixture
def own(full: DataSet, tmp_path: Path, bench: Bench) -> Bench:
    tasks = discover([write(tmp_path / "mine")])
    chosen = {name: tasks[name] for name in ("near", "moved", "normal")}
    return Bench(Experiment(bench.experiment.config, full, chosen), torch.device("cpu"))


@pytest.mark.parametrize("name", ["near", "moved"])
def test_own_task_trains_as_any_other(own: Bench, name: str) -> None:
    task = own.experiment.tasks[name]
    images, truth = own.examples(task, "source").batch(np.arange(4))
    network = own.network(task)
    losses = loss_of(task.loss)(network(images), truth)
    losses.sum().backward()
    assert losses.shape == (4,)
    assert torch.isfinite(losses).all()
    assert any(p.grad is not None and p.grad.abs().sum() > 0 for p in network.encoder.parameters())


def test_an_own_loss_counts_no_example_without_label(own: Bench) -> None:
    task = own.experiment.tasks["near"]
    images, truth = own.examples(task, "test").batch(np.arange(4))
    truth.valid[0] = False
    truth.value[0] = torch.nan
    with torch.inference_mode():
        losses = score(task, own.network(task).eval()(images), truth)
    assert torch.isnan(losses).tolist() == [True, False, False, False]


def test_the_truth_has_no_own_loss(own: Bench) -> None:
    task = own.experiment.tasks["near"]
    _, truth = own.examples(task, "test").batch(np.arange(4))
    assert torch.equal(loss_of(task.loss)(truth.value.clone(), truth), torch.zeros(4))


def test_own_grouping_draws_pairs_of_one_scene(own: Bench) -> None:
    task, data = own.experiment.tasks["moved"], own.experiment.data
    assert task.images == 2
    rows = own.examples(task, "test").rows
    assert rows.shape[1] == 2
    assert all(data.ids[a].scene == data.ids[b].scene and a != b for a, b in rows)
    again = Experiment(own.experiment.config, data, own.experiment.tasks).examples(task, "test")
    np.testing.assert_array_equal(rows, again)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("return [(0,)]", "2 different members"),
        ("return [(0, 0)]", "2 different members"),
        ("return [(0, 999)]", "members are 0 to"),
        ("return [(0, 1)] * 50", "at most one example"),
        ("return 1 / 0", "ZeroDivisionError"),
    ],
)
def test_a_grouping_that_draws_no_examples_is_refused(own: Bench, body: str, said: str) -> None:
    from taskaffinity.data.grouping import group_rows
    from taskaffinity.groupings import Grouping

    names: dict[str, object] = {}
    exec(f"def draw(views, turns): {body}", names)
    wrong = Grouping(2, draw=names["draw"], name="wrong")  # type: ignore[arg-type]
    with pytest.raises(TaskError, match=said):
        group_rows(own.experiment.data, np.arange(10), wrong, seed=0)


@pytest.mark.parametrize("given", [lambda p, t: p.mean(), lambda p, t: 1.0, lambda p, t: 1 / 0])
def test_a_loss_that_gives_no_number_an_example_is_refused(given: object) -> None:
    truth = Truth(torch.zeros(3, 1), torch.ones(3, dtype=torch.bool))
    with pytest.raises(TaskError, match="loss"):
        loss_of(given)(torch.zeros(3, 1), truth)  # type: ignore[arg-type]


def codes(folder: Path) -> dict[str, str]:
    return {name: task.fingerprint for name, task in discover([folder]).items()}


@pytest.mark.parametrize(
    ("file", "old", "new", "changed"),
    [
        ("_shared.py", "REACH = 2.5", "REACH = 2.6", {"near", "moved"}),
        ("near.py", "/ REACH", "* REACH", {"near"}),
        ("_shared.py", "A loss with flat tails.", "Huber's.", set()),
        ("near.py", "import numpy as np", "# comment\nimport numpy as np", set()),
    ],
)
def test_the_identity_of_a_task_is_its_meaning(
    tmp_path: Path, file: str, old: str, new: str, changed: set[str]
) -> None:
    folder = write(tmp_path / "mine")
    before = codes(folder)
    (folder / file).write_text(FILES[file].replace(old, new))
    after = codes(folder)
    assert {name for name in before if before[name] != after[name]} == changed


def test_a_package_beside_the_tasks_counts_as_well(tmp_path: Path) -> None:
    files = {
        "_shared.py": "from lib.far import REACH, huber\n",
        "near.py": NEAR,
        "lib/__init__.py": "",
        "lib/far.py": SHARED + "\nfrom . import deep\n",
        "lib/deep.py": "DEPTH = 1\n",
    }
    folder = write(tmp_path / "mine", files)
    before = codes(folder)["near"]
    (folder / "lib" / "deep.py").write_text("DEPTH = 2\n")
    assert codes(folder)["near"] != before


def test_folders_may_have_modules_of_one_name(tmp_path: Path) -> None:
    first = write(tmp_path / "a")
    second = write(tmp_path / "b", {
        "_shared.py": SHARED.replace("2.5", "5.0"), "far.py": NEAR.replace('"near"', '"far"'),
    })  # fmt: skip
    tasks = discover([first, second])
    values = {}
    for name in ("near", "far"):
        assert callable(tasks[name].target)
        values[name] = tasks[name].target.__globals__["REACH"]  # type: ignore[union-attr]
    assert values == {"near": 2.5, "far": 5.0}
    assert tasks["near"].fingerprint != tasks["far"].fingerprint
    assert "_shared" not in sys.modules


def test_an_edit_is_run_however_soon_and_however_small(tmp_path: Path) -> None:
    folder = write(tmp_path / "mine")
    for reach in ("2.6", "2.7", "2.8"):
        (folder / "_shared.py").write_text(SHARED.replace("2.5", reach))
        task = discover([folder])["near"]
        assert str(task.target.__globals__["REACH"]) == reach  # type: ignore[union-attr]
    assert not list(folder.rglob("*.pyc"))


def test_a_module_of_the_folder_never_hides_one_of_python(tmp_path: Path) -> None:
    task = NEAR.replace("from _shared", "import statistics\nmean = statistics.mean\nfrom _shared")
    folder = write(tmp_path / "mine", {**FILES, "near.py": task, "_statistics.py": "", "statistics.py": (
        MOVED.replace('"moved"', '"statistics"')
    )})  # fmt: skip
    assert {"near", "statistics"} <= set(discover([folder]))


def test_what_a_helper_does_wrong_is_said_with_its_task(tmp_path: Path) -> None:
    folder = write(tmp_path / "mine", {**FILES, "_shared.py": "1 / 0"})
    with pytest.raises(TaskError, match=r"moved\.py: ZeroDivisionError"):
        discover([folder])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ('def g(x):\n    """One."""\n    return x\n', 'def g(x):\n    """Two."""\n    return x\n'),
        ('class A:\n    """One."""\n', "class A:\n    pass\n"),
        ("async def g():\n    'One.'\n    return 1\n", "async def g():\n    return 1\n"),
        ("x = (1 +\n  2)\n", "x = 1 + 2  # three\n"),
        ("x = u'a'\n", "x = 'a'\n"),
        ("x = 'a' 'b'\n", "x = 'ab'\n"),
    ],
)
def test_docstrings_comments_and_layout_do_not_count(one: str, other: str) -> None:
    assert fingerprint(one) == fingerprint(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("x = 1", "x = 1.0"),
        ("x = 1", "x = True"),
        ("x = 'a'", "x = b'a'"),
        ("x = None", "x = ..."),
        ("x = {**a, 'b': 1}", "x = {'b': 1, **a}"),
        ("f(a, b)", "f(b, a)"),
        ("def g(a, /, b): return a", "def g(a, b): return a"),
        ("x = f'{a!r}'", "x = f'{a}'"),
        ("x = [1, [2]]", "x = [[1], 2]"),
        ("a < b", "a <= b"),
        ("x = 'a'\nx = 'b'", "x = 'b'\nx = 'a'"),
        ("def g():\n return", "def g():\n return 0"),
    ],
)
def test_what_runs_does_count(one: str, other: str) -> None:
    assert fingerprint(one) != fingerprint(other)


def test_fields_that_versions_of_python_add_or_leave_out_do_not_count() -> None:
    from taskaffinity.tasks.meaning import _canonical, ast

    text = "".join(_canonical(ast.parse("def g(x: int = 1):\n    return f'{x!r:>3}' 'a'\n")))
    assert "type_params" not in text
    assert "Load" not in text
    assert text.startswith("Module(body=[FunctionDef(args=arguments(args=[arg(annotation=Name(id=str:'int';)")


@pytest.mark.slow
def test_a_run_takes_own_tasks_from_end_to_end(tmp_path: Path) -> None:
    box_room.write(tmp_path / "frames", 30)
    folder = write(tmp_path / "mine")
    content = tiny.content(
        tmp_path / "frames",
        tasks={"folders": [str(folder)], "names": ["near", "moved", "denoising", "random_projection"]},
    )
    losses = tiny.measure(content, RunFolder(tmp_path / "run"))
    assert {"near", "moved"} <= set(losses["target"])
    assert np.isfinite(losses["loss"]).all()
