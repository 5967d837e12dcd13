import hashlib
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from taskaffinity.plots.labels import DisplayLabel
from taskaffinity.plots.paint import Picture
from taskaffinity.plots.slide import Column, SlideInfo
from taskaffinity.report.findings import Findings
from taskaffinity.report.page import (
    ASSETS,
    LIBRARIES,
    SCRIPTS,
    STYLES,
    interval,
    percent,
    render,
    significant,
)

SECTIONS = ["answer", "taxonomy", "curve", "matrix", "tree", "targets", "sanity", "run"]
LARGEST = 5_000_000


class Reader(HTMLParser):
    """Gathers ids, sections, references to elsewhere, and tags that are left open."""

    VOID = ("meta", "link", "input", "img", "br")

    def __init__(self, page: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.sections: list[str] = []
        self.urls: list[str] = []
        self.controls: list[str] = []
        self.open: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.ids += [str(found["id"])] if "id" in found else []
        self.sections += [str(found.get("id"))] if tag == "section" else []
        self.urls += [str(found[name]) for name in ("src", "href") if name in found]
        self.controls += [str(found["aria-controls"])] if "aria-controls" in found else []
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.fixture(scope="module")
def page(run: Path) -> str:
    return (run / "report.html").read_text("utf-8")


@pytest.fixture(scope="module")
def read(page: str) -> Reader:
    return Reader(page)


def test_sections_stand_in_their_order_and_tags_are_closed(read: Reader) -> None:
    assert read.sections == SECTIONS
    assert read.open == []


def test_ids_are_there_once_and_links_lead_to_them(read: Reader) -> None:
    assert len(set(read.ids)) == len(read.ids)
    assert set(read.controls) <= set(read.ids)
    assert {url.removeprefix("#") for url in read.urls if url.startswith("#")} <= set(read.ids)


def test_nothing_is_fetched_from_elsewhere(read: Reader, page: str) -> None:
    assert all(url.startswith(("#", "data:")) for url in read.urls)
    assert "sourceMappingURL" not in page
    assert "default-src 'none'" in page


def test_it_is_small(page: str) -> None:
    assert len(page.encode()) < LARGEST


def test_its_document_can_be_read_back(page: str) -> None:
    found = re.search(r'<script type="application/json" id="document">(.*?)</script>', page, re.DOTALL)
    assert found
    assert json.loads(found[1])["name"] == "made_up"


def test_names_cannot_break_out_of_the_page(findings: Findings) -> None:
    evil = "</script><script>alert(1)</script>"
    labels = {**findings.labels, "normal": DisplayLabel(evil, "3D")}
    page = render(replace(findings, name=evil, labels=labels, config=evil), [], 2, 3)
    assert "<script>alert" not in page
    assert Reader(page).open == []


def test_a_page_without_taxonomy_tree_or_sanity_is_whole(findings: Findings) -> None:
    bare = replace(findings, curve=[], tree=None, sanity=None, data=None, forecast=None, config=None)
    read = Reader(render(bare, [], 1, None))
    assert read.sections == ["answer", "matrix", "targets", "run"]
    assert {url.removeprefix("#") for url in read.urls if url.startswith("#")} <= set(read.ids)


def test_pictures_are_in_the_page_with_their_words(findings: Findings) -> None:
    pixels = np.zeros((8, 8, 3), np.uint8)
    columns = [
        Column("Input", "", [Picture(pixels)]),
        Column("Best transfer", "Denoising", [Picture(text="bath <60 %>")], [0.123456]),
    ]
    slide = SlideInfo("normal", "Surface normals", "error", ["a/0/0"], columns)
    page = render(findings, [slide], 2, 3)
    assert page.count("data:image/webp;base64,") == 1
    assert 'alt="Input, test image 1"' in page
    assert "bath &lt;60 %&gt;" in page
    assert '<span class="loss">0.123</span>' in page


def test_all_our_styles_and_scripts_are_in_the_page() -> None:
    assert {file.stem for file in (ASSETS / "css").iterdir()} == set(STYLES)
    assert {file.stem for file in (ASSETS / "js").iterdir()} == set(SCRIPTS)


@pytest.mark.parametrize("name", LIBRARIES)
def test_libraries_are_those_of_the_list_and_carry_their_licence(name: str, page: str) -> None:
    content = (ASSETS / f"vendor/{name}.min.js").read_bytes()
    told = (ASSETS / "vendor/README.md").read_text("utf-8")
    assert hashlib.sha256(content).hexdigest() in told
    assert b"</script" not in content.lower()
    licence = (ASSETS / f"vendor/licences/{name}.txt").read_text("utf-8")
    assert "Permission is hereby granted" in licence or "Apache License" in licence
    assert licence.splitlines()[0] in page


def test_numbers_are_written_for_people() -> None:
    assert (percent(0.876), percent(None), percent(float("nan")), percent(0.876, 1)) == (
        "88 %",
        "–",
        "–",
        "87.6 %",
    )
    assert (interval(0.1, 0.25), interval(None, 0.2), interval(0.0012, 0.0034, False)) == (
        "[10–25]", "", "[0.0012–0.0034]",
    )  # fmt: skip
    assert (significant(0.0123456), significant(None)) == ("0.0123", "–")
