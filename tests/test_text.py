"""Names from others' files: what is printed, logged and named after them is harmless."""

import io
import json
import logging
import os
import subprocess
import sys
from pathlib import Path

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskaffinity.logfile import logging_to
from taskaffinity.runs.conclude import graphml
from taskaffinity.text import ESCAPES, PrintableStream, file_name, one_line, printable

EVIL = ["\x1b]0;owned\x07", "\x1b[2J", "a\x9bm", "\u202egnp.exe", "\ud800", "\x00", "a\r", "\u2028"]


@pytest.mark.parametrize("name", EVIL, ids=ascii)
def test_control_characters_are_escaped(name: str) -> None:
    said = printable(name)
    assert said.isprintable()
    assert "\\u" in said
    said.encode()


@given(st.text())
def test_one_line_is_one_printable_line_and_its_escapes_are_those_of_json(text: str) -> None:
    said = one_line(text)
    assert len(said.splitlines()) <= 1
    plain = printable(text).replace("\\", "\\\\").replace("\\\\u", "\\u") if "\\" not in text else None
    if plain is not None and '"' not in text and "\n" not in text and "\t" not in text:
        assert json.loads(f'"{plain}"') == text


@given(st.text())
def test_a_file_name_stays_in_its_folder(text: str) -> None:
    name = file_name(text)
    assert Path(name).name == name
    assert not name.startswith(".")
    assert len(name.encode()) < 500


def test_ordinary_names_stay_as_they_are() -> None:
    for name in ("depth_zbuffer", "a+b", "Größe, 1.5 – 2", "日本語", "tab\tand\nline"):
        assert printable(name) == name
    assert file_name("depth_zbuffer+normal") == "depth_zbuffer+normal"


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_what_an_encoding_lacks_is_escaped_so_that_json_stays_json(encoding: str) -> None:
    within = io.TextIOWrapper(io.BytesIO(), encoding)
    stream = PrintableStream(within)
    value = {"name": "→ é 😀 \x7f"}
    stream.write(json.dumps(value, ensure_ascii=False))
    within.flush()
    assert json.loads(within.buffer.getvalue().decode(encoding)) == value  # type: ignore[attr-defined]
    assert within.errors == ESCAPES


def test_a_stream_of_text_refuses_bytes() -> None:
    with pytest.raises(TypeError):
        PrintableStream(io.StringIO()).write(b"")  # type: ignore[arg-type]


def test_a_name_cannot_forge_a_line_of_the_log(tmp_path: Path) -> None:
    forged = "x\n2030-01-01 00:00:00,000 ERROR forged\x1b[2J"
    with logging_to(tmp_path / "run.log"):
        logging.getLogger("taskaffinity.test").info("task %s", forged)
    lines = (tmp_path / "run.log").read_text().splitlines()
    assert len([line for line in lines if line[:4].isdigit()]) == 1
    assert "\x1b" not in "".join(lines)


def test_a_graph_with_any_name_is_xml() -> None:
    graph = nx.DiGraph()
    graph.add_edge("a\x1b<&", "b\x00", affinity=0.5)
    again = nx.read_graphml(io.BytesIO(graphml(graph)))
    assert len(again.nodes) == 2


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_commands_print_any_name_in_any_encoding(tmp_path: Path, encoding: str) -> None:
    table = tmp_path / "t.csv"
    table.write_text("target,sources,affinity\ngröße→,self,.5\ngröße→,b,.4\n", "utf-8")
    for options in ([], ["--json"]):
        words = ["-m", "taskaffinity", "solve", str(table), "--budget", "1", *options]
        environment = {**os.environ, "PYTHONIOENCODING": encoding}
        said = subprocess.check_output([sys.executable, *words], env=environment).decode(encoding)
        assert "gr" in said
    assert json.loads(said)["sources"] == ["größe→"]


def test_a_name_that_would_change_the_terminal_is_refused_without_being_sent_to_it(tmp_path: Path) -> None:
    table = tmp_path / "t.csv"
    table.write_text('target,sources,affinity\n"\x1b[2Jnormal",self,.5\n', "utf-8")
    words = ["-m", "taskaffinity", "solve", str(table), "--budget", "1"]
    done = subprocess.run([sys.executable, *words], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1
    assert "\x1b" not in done.stdout + done.stderr
