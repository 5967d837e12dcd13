"""The site: links lead to where pages lie in it. `make docs` builds all of it, strictly."""

import re
from pathlib import Path
from types import ModuleType

import pytest
from support.scripts import module_of

pytest.importorskip("mkdocs", reason="pip install '.[docs]' has mkdocs")

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def site() -> ModuleType:
    return module_of(ROOT / "docs" / "site.py")


@pytest.mark.parametrize(
    ("place", "name", "link", "expected"),
    [
        ("README.md", "index.md", "[data](docs/data.md#rooms)", "[data](data.md#rooms)"),
        ("README.md", "index.md", "![a](docs/images/a.png)", "![a](images/a.png)"),
        ("docs/cluster.md", "cluster.md", "[b](../benchmarks/README.md#gpu)", "[b](benchmarks.md#gpu)"),
        ("docs/running.md", "running.md", "[tiny](../examples/tiny.yaml)", "tiny"),
        ("docs/running.md", "running.md", "[formats](formats.md)", "[formats](formats.md)"),
        ("docs/running.md", "running.md", "[here](#resuming)", "[here](#resuming)"),
        ("README.md", "index.md", "[web](https://example.org/a.md)", "[web](https://example.org/a.md)"),
    ],
)
def test_links_lead_to_pages_of_the_site(site: ModuleType, place: str, name: str, link: str, expected: str):
    found = site.LINK.fullmatch(link)
    assert site.relinked(found, site.PurePosixPath(place), name) == expected


def test_every_public_module_is_on_a_page(site: ModuleType):
    listed = [module for package in site.packages() for module in site.modules_of(package)]
    assert len(listed) == len(set(listed))
    for file in (ROOT / "taskaffinity").rglob("[!_]*.py"):
        module = ".".join(file.relative_to(ROOT).with_suffix("").parts)
        hidden = module.startswith(site.WITHOUT) or re.search(r"\._", module)
        assert hidden or module in listed
    assert "taskaffinity.sources._contract" in listed  # its names are public in taskaffinity.sources
