import json
import shutil
from pathlib import Path

import pandas as pd
import pytest
from support import program, tiny

from taskaffinity.cli.main import main


@pytest.fixture(scope="module")
def estimated(finished: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, object]]:
    """A copy of the finished run with its estimates, and what the command printed."""
    folder = tmp_path_factory.mktemp("estimated") / "run"
    shutil.copytree(finished, folder)
    done = program.run("estimate", folder, "--json", check=True)
    return folder, json.loads(done.stdout)


class TestFinishedRun:
    def test_every_pair_has_a_row_for_every_estimate(self, estimated: tuple[Path, dict[str, object]]):
        folder, printed = estimated
        table = pd.read_csv(folder / "estimates.csv")
        pairs = table[["source", "target"]].drop_duplicates()
        assert set(pairs["target"]) == {"denoising", "depth_zbuffer"}
        assert set(pairs["source"]) == set(tiny.TASKS) - {"random_projection"} | {"random"}
        assert len(table) == len(pairs) * table["estimate"].nunique()
        assert len(printed["estimates"]) == len(table)  # type: ignore[arg-type]

    def test_estimates_stand_beside_both_baselines(self, estimated: tuple[Path, dict[str, object]]):
        rankings = estimated[1]["rankings"]
        assert isinstance(rankings, list)
        assert {row["estimate"] for row in rankings} >= {
            "logme",
            "hscore",
            "ridge",
            "knn",
            "cka",
            "rsa",
            "dds",
        }
        for row in rankings:
            assert {"own", "constant", "size", "beats_constant", "verdict"} <= set(row)

    def test_what_is_not_defined_is_said_and_null(self, estimated: tuple[Path, dict[str, object]]):
        printed = estimated[1]
        reasons = {row["estimate"]: row["reason"] for row in printed["undefined"]}  # type: ignore[attr-defined]
        assert set(reasons) == {"gbc", "leep", "nce", "logistic", "transrate"}
        values = {row["estimate"]: row["value"] for row in printed["estimates"]}  # type: ignore[attr-defined]
        assert values["gbc"] is None
        assert values["logme"] is not None

    def test_the_report_has_a_section_and_a_figure(self, estimated: tuple[Path, dict[str, object]]):
        folder = estimated[0]
        program.run("report", folder, check=True)
        assert 'id="estimates"' in (folder / "report.html").read_text("utf-8")
        assert (folder / "figures" / "estimates.png").is_file()

    def test_chosen_estimates_come_out_the_same(
        self, estimated: tuple[Path, dict[str, object]], tmp_path: Path
    ):
        folder, printed = estimated
        shutil.copytree(folder, tmp_path / "run")
        done = program.run("estimate", tmp_path / "run", "--estimates", "hscore", "--json", check=True)
        before = [row for row in printed["estimates"] if row["estimate"] == "hscore"]  # type: ignore[attr-defined]
        assert json.loads(done.stdout)["estimates"] == before


def test_a_new_run_is_encoded_and_estimated_and_goes_on_from_there(frames: Path, tmp_path: Path):
    config, folder = tiny.write(tmp_path / "tiny.yaml", frames), tmp_path / "run"
    done = program.run("estimate", folder, "--config", config, "--estimates", "logme", check=True)
    assert "not all measured yet" in done.stdout
    assert not (folder / "cells" / "denoising" / "depth_zbuffer.npz").exists()
    kept = {file: file.stat().st_mtime_ns for file in (folder / "sources").glob("*.safetensors")}
    assert kept
    program.run("run", config, "--out", folder, check=True)
    assert {file: file.stat().st_mtime_ns for file in kept} == kept


class TestRefused:
    def test_a_folder_that_is_no_run(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
        assert main(["estimate", str(tmp_path)]) == 2
        assert "is not a run folder" in capsys.readouterr().err

    def test_an_unknown_estimate(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
        assert main(["estimate", str(tmp_path), "--estimates", "logm"]) == 2
        assert "did you mean logme" in capsys.readouterr().err

    def test_a_configuration_for_a_run_that_is_there(
        self, finished: Path, capsys: pytest.CaptureFixture[str]
    ):
        config = finished.parent / "tiny.yaml"
        assert main(["estimate", str(finished), "--config", str(config)]) == 2
        assert "is a run already" in capsys.readouterr().err

    def test_sources_of_another_configuration(
        self, finished: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ):
        folder = tmp_path / "run"
        shutil.copytree(finished, folder)
        text = (folder / "config.yaml").read_text()
        assert text.startswith("version: 1\nseed: 0")
        (folder / "config.yaml").write_text(text.replace("seed: 0", "seed: 5", 1))
        before = {file.name: file.read_bytes() for file in (folder / "sources").iterdir()}
        assert main(["estimate", str(folder)]) == 2
        assert "another configuration" in capsys.readouterr().err
        assert {file.name: file.read_bytes() for file in (folder / "sources").iterdir()} == before
