"""What mkdocs needs beside the pages of this folder: pages from elsewhere, and one for each Python package.

mkdocs calls `on_files` and `on_page_markdown` (``hooks`` in mkdocs.yml). Tables of commands and config
keys are not made here: ``docs/reference.py`` writes them into the pages, which can be read without a site.
"""

import ast
import re
from pathlib import Path, PurePosixPath
from posixpath import normpath, relpath

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "taskaffinity"
PAGES = {  # of the repository, and what they are called in the site
    "README.md": "index.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
    "benchmarks/README.md": "benchmarks.md",
    "results/reference/README.md": "reference-run.md",
}
WITHOUT = ("taskaffinity.cli", "taskaffinity.report")  # programs and templates: nothing to import from them
LINK = re.compile(r"(!?)\[(?P<text>[^\]]*)\]\((?P<target>[^)\s]+)\)")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that lie elsewhere, and those of the Python packages."""
    for place, name in PAGES.items():
        files.append(File.generated(config, name, abs_src_path=str(ROOT / place)))
    pages = {package: modules for package in packages() if (modules := modules_of(package))}
    for package, modules in pages.items():
        files.append(File.generated(config, page_of(package), content=page_text(package, modules)))
    files.append(File.generated(config, "api/index.md", content=index_text(list(pages))))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Let links lead to where pages lie in the site; those to files that are not in it become plain text."""
    name = page.file.src_uri
    place = {site: repository for repository, site in PAGES.items()}.get(name, f"docs/{name}")
    return LINK.sub(lambda link: relinked(link, PurePosixPath(place), name), markdown)


def relinked(link: re.Match[str], place: PurePosixPath, name: str) -> str:
    """Return a link of the page at `place` in the repository, as the page `name` of the site has it."""
    target, hash_sign, anchor = link["target"].partition("#")
    if not target or ":" in target:
        return link[0]
    file = normpath(place.parent / target)
    site = PAGES.get(file, file.removeprefix("docs/") if file.startswith("docs/") else None)
    if site is None:
        return link["text"]
    return f"{link[1]}[{link['text']}]({relpath(site, PurePosixPath(name).parent)}{hash_sign}{anchor})"


def packages() -> list[str]:
    """Name the package and those below it."""
    folders = sorted(file.parent.relative_to(ROOT) for file in PACKAGE.rglob("__init__.py"))
    names = [".".join(folder.parts) for folder in folders]
    return [name for name in names if not name.startswith(WITHOUT)]


def modules_of(package: str) -> list[str]:
    """Name the package if it defines something, its public modules, and others that it exports names of."""
    folder = ROOT.joinpath(*package.split("."))
    body = ast.parse((folder / "__init__.py").read_text("utf-8")).body
    itself = [package] if any(isinstance(node, ast.FunctionDef | ast.ClassDef) for node in body) else []
    sources = {str(node.module) for node in body if isinstance(node, ast.ImportFrom)}
    published = sorted(module for module in sources if module.startswith(f"{package}._"))
    return [*itself, *published, *(f"{package}.{file.stem}" for file in sorted(folder.glob("[!_]*.py")))]


def page_of(package: str) -> str:
    """Return the page of a package."""
    return f"api/{package}.md"


def page_text(package: str, modules: list[str]) -> str:
    """Write the page of a package; mkdocstrings fills it in."""
    return f"# {package}\n\n{purpose_of(package)}\n\n" + "\n".join(f"::: {module}\n" for module in modules)


def index_text(names: list[str]) -> str:
    """Write the page that leads to those of all packages."""
    lines = [f"| [{name}]({name}.md) | {purpose_of(name)} |" for name in names]
    return "\n".join(["# Python", "", "| package | what it is |", "| --- | --- |", *lines, ""])


def purpose_of(package: str) -> str:
    """Return the first line of the docstring of a package."""
    file = ROOT.joinpath(*package.split("."), "__init__.py")
    return (ast.get_docstring(ast.parse(file.read_text("utf-8"))) or "").partition("\n")[0]
