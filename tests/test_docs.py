"""Documentation that cannot rot: help, reference tables, links, examples, what is said of terminals."""

import re
from pathlib import Path

import pytest
from support import program
from support.scripts import module_of

from taskaffinity.config import load
from taskaffinity.errors import DataError
from taskaffinity.pipeline import check_input

ROOT = Path(__file__).parents[1]
DOCS = sorted((ROOT / "docs").glob("*.md"))
PAGES = [*DOCS, *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md"))]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
EXAMPLES = sorted((ROOT / "examples").glob("*.yaml"))
LINK = re.compile(r"\]\(([^)\s]+)\)")


REFERENCE = module_of(ROOT / "docs" / "reference.py")
COMMANDS = REFERENCE.commands()
PARAMETERS = [
    (f"{words} {name}", p) for words, c in COMMANDS.items() for name, p in REFERENCE.parameters_of(c)
]


class TestReference:
    @pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
    def test_every_command_says_what_it_does(self, command: object):
        assert (getattr(command, "help", None) or "").strip()

    @pytest.mark.parametrize("parameter", [p for _, p in PARAMETERS], ids=[name for name, _ in PARAMETERS])
    def test_every_option_has_help(self, parameter: object):
        assert (getattr(parameter, "help", None) or "").strip()

    def test_every_command_has_its_section(self):
        headings = re.findall(r"^## taskaffinity (.+)$", (ROOT / "docs/commands.md").read_text(), re.M)
        assert sorted(headings) == sorted(COMMANDS)

    def test_every_command_and_config_key_has_its_part(self):
        marked = {found["name"] for page in DOCS for found in REFERENCE.PART.finditer(page.read_text())}
        assert marked == set(REFERENCE.parts())

    @pytest.mark.parametrize("page", DOCS, ids=lambda page: page.name)
    def test_parts_are_as_the_code_has_them(self, page: Path):
        text = page.read_text()
        assert REFERENCE.filled(text) == text, "run `python docs/reference.py`"

    def test_a_part_holds_names_defaults_and_bounds(self):
        source = REFERENCE.parts()["config source"]()
        assert "| `weight_decay` | number from 0 | `0.1` | decoupled weight decay |" in source
        assert "`--normaliser ahp\\|bradley-terry`" in REFERENCE.parts()["command affinity"]()


def _text(page: Path) -> str:
    """The words of a page; those of a notebook's cells, whose JSON escapes line ends."""
    text = page.read_text("utf-8")
    return text.replace("\\n", "\n") if page.suffix == ".ipynb" else text


def _anchors(page: Path) -> set[str]:
    """The names that GitHub gives to headings."""
    headings = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", [*PAGES, *NOTEBOOKS], ids=lambda page: page.name)
def test_every_link_resolves(page: Path):
    broken = []
    for link in LINK.findall(_text(page)):
        if link.startswith(("http://", "https://")):
            continue
        file, _, anchor = link.partition("#")
        target = (page.parent / file).resolve() if file else page
        if not target.exists() or (anchor and anchor not in _anchors(target)):
            broken.append(link)
    assert broken == []


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.stem)
def test_every_example_is_a_valid_config(file: Path):
    config = load(file)
    if config.data.kind != "rooms":
        with pytest.raises(DataError, match=r"data\.path: there is no folder"):
            check_input(config)


class TestTerminal:
    """What docs/commands.md says of terminals."""

    @pytest.mark.parametrize(
        ("typed", "offered"), [("taskaffinity sol", "solve"), ("taskaffinity solve --obj", "--objective")]
    )
    def test_the_tab_key_completes(self, typed: str, offered: str):
        asked = {"COMP_WORDS": typed, "COMP_CWORD": str(typed.count(" "))}
        done = program.run(_TASKAFFINITY_COMPLETE="complete_bash", **asked)
        assert done.stdout.split() == [offered]

    def test_completion_installs_into_the_shells_own_file(self, tmp_path: Path):
        program.run("--install-completion", "bash", check=True, HOME=str(tmp_path), SHELL="/bin/bash")
        assert "taskaffinity" in (tmp_path / ".bashrc").read_text()

    def test_no_colour_where_none_is_wanted(self, frames: Path):
        wish = {"FORCE_COLOR": "1", "NO_COLOR": "1"}
        done = program.run("data", "check", frames, check=True, **wish)
        assert not re.search(r"\x1b\[[0-9;]*3[0-7]", done.stdout + done.stderr)
