"""The report in Debian's Chromium, where it and playwright are installed."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support import program

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

ROOT = Path(__file__).parents[2]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
SIZES = {"desktop": {"width": 1280, "height": 900}, "phone": {"width": 390, "height": 844}}

pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="chromium is not installed (apt-get install chromium)"
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield started
        started.close()


class Opened:
    """A page that was opened, with what it said and asked for."""

    def __init__(self, browser: Any, file: Path, **options: Any) -> None:
        self.context = browser.new_context(**options)
        self.page = self.context.new_page()
        self.said: list[str] = []
        self.asked: list[str] = []
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.goto(file.as_uri())
        self.page.wait_for_selector("html[data-ready]")


@pytest.fixture
def opened(browser: Any, run: Path) -> Iterator[Opened]:
    made = Opened(browser, run / "report.html", viewport=SIZES["desktop"])
    yield made
    made.context.close()


def graph(page: Any) -> dict[str, int]:
    """Count what the graph shows."""
    return page.evaluate(
        "({nodes: report.graph.cy().nodes().length, bought: report.graph.cy().$('.bought').length})"
    )


def nameless(page: Any) -> list[str]:
    """List what can be used or seen and has no accessible name."""
    found: list[str] = page.evaluate("""() => [...document.querySelectorAll(
        "button, select, input, [role=img], [role=region], [role=tabpanel], [role=tablist], img, section")]
        .filter((e) => !(e.getAttribute("aria-label") || e.getAttribute("aria-labelledby") || e.alt
            || e.labels?.length || e.textContent.trim()))
        .map((e) => e.outerHTML.slice(0, 100))""")
    return found


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_opens_quietly_asks_for_nothing_and_fits(browser: Any, run: Path, size: str, theme: str) -> None:
    made = Opened(browser, run / "report.html", viewport=SIZES[size], color_scheme=theme)
    made.page.mouse.wheel(0, 20_000)
    made.page.wait_for_timeout(100)
    assert made.said == []
    assert [url for url in made.asked if not url.startswith("data:")] == [(run / "report.html").as_uri()]
    assert made.page.evaluate("document.documentElement.scrollWidth") <= SIZES[size]["width"]
    made.context.close()


def test_the_slider_changes_graph_and_answer(opened: Opened) -> None:
    page = opened.page
    slider = page.get_by_role("slider", name="Budget")
    slider.focus()
    page.keyboard.press("Home")
    assert page.locator("#budget-value").inner_text() == "1"
    assert graph(page)["bought"] == 1
    assert page.locator(".answer:visible h2").inner_text() == "With a budget of 1, supervise"
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    assert graph(page)["bought"] == 4
    assert page.locator(".answer:visible").count() == 1
    assert page.locator(".answer:visible .supervised .chip").count() == 4
    assert slider.get_attribute("aria-valuetext") == "budget 4"
    assert opened.said == []


def test_the_order_changes_the_answer(opened: Opened) -> None:
    page = opened.page
    assert page.locator(".answer:visible").get_attribute("data-order") == "2"
    page.get_by_role("radio", name="1", exact=True).check()
    assert page.locator(".answer:visible").get_attribute("data-order") == "1"
    assert (
        page.evaluate("report.graph.cy().edges().length")
        == 5 - page.locator(".answer:visible .supervised button.chip").count()
    )


def test_a_click_on_a_target_shows_its_panel(opened: Opened) -> None:
    page = opened.page
    page.evaluate("void report.graph.cy().$id('denoising').emit('tap')")
    assert page.locator(".panel:visible").get_attribute("data-target") == "denoising"
    page.locator(".answer:visible button.chip[data-target=normal]").first.click()
    assert page.locator(".panel:visible h3").inner_text() == "Surface normals"
    assert page.locator(".panel:visible .ranked svg").count() == 1
    assert page.evaluate("document.activeElement.dataset.target") == "normal"


def test_tabs_are_moved_through_by_keyboard(opened: Opened) -> None:
    page = opened.page
    page.get_by_role("tab", name="Autoencoding").focus()
    page.keyboard.press("ArrowRight")
    assert page.get_by_role("tab", selected=True).inner_text() == "Denoising"
    page.keyboard.press("End")
    assert page.locator(".panel:visible").get_attribute("data-target") == "segment_semantic"
    assert page.locator(".tab[tabindex='-1']").count() == 4


def test_the_matrix_is_sorted_and_shown_before_and_after(opened: Opened) -> None:
    page = opened.page
    page.get_by_text("The same as a table").nth(1).click()
    first = page.locator("#matrix-table tbody th").first
    page.get_by_label("Order").select_option("target:normal")
    assert first.inner_text() == "Surface normals"
    page.get_by_role("radio", name="Mean test loss, before").check()
    row = page.evaluate("report.data.matrix.views.loss[report.data.matrix.sources.indexOf('normal')]")
    shown = float(page.locator("#matrix-table tbody tr").first.locator("td").first.inner_text())
    assert shown == pytest.approx(min(value for value in row), rel=0.01)
    assert opened.said == []


def test_the_button_turns_light_and_dark_and_charts_follow(opened: Opened) -> None:
    page = opened.page
    ground = "getComputedStyle(document.body).backgroundColor"
    before, ink = page.evaluate(ground), page.locator("#sanity-chart svg text").first.get_attribute("fill")
    page.get_by_role("button", name="Dark colours").click()
    assert page.evaluate(ground) != before
    assert page.locator("#sanity-chart svg text").first.get_attribute("fill") != ink
    page.get_by_role("button", name="Light colours").click()
    assert page.evaluate(ground) == before


def test_everything_one_can_use_or_see_has_a_name(opened: Opened) -> None:
    assert nameless(opened.page) == []
    assert opened.page.get_by_role("img", name="Graph of the taxonomy").count() == 1


def test_on_paper_every_panel_is_there_in_light_colours(opened: Opened) -> None:
    page = opened.page
    page.get_by_role("button", name="Dark colours").click()
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    assert page.locator(".panel:visible").count() == 5
    assert page.locator(".panel .ranked svg").count() == 5
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.locator(".controls:visible").count() == 0
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"


@pytest.fixture(scope="module")
def kitchen(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of a run on the kitchen's frames: its config, with fewer tasks and updates."""
    out = tmp_path_factory.mktemp("real") / "kitchen"
    program.run(
        "run", ROOT / "examples" / "kitchen.yaml", "--out", out,
        "--set", f"data.path={real_data / 'rgbd-kitchen'}",
        "--set", "tasks.names=[autoencoding,depth_zbuffer,normal,fixated_pose]",
        "--set", "source.updates=6", "--set", "scratch.updates=4", "--set", "transfer.updates=4",
        "--set", "data.crops=1", check=True,
    )  # fmt: skip
    return out / "report.html"


@pytest.fixture
def default() -> Path:
    """The report of the default run, as it is in the repository."""
    return ROOT / "results" / "reference" / "report.html"


@pytest.mark.parametrize(("name", "theme"), [("default", "light"), ("default", "dark"), ("kitchen", "light")])
def test_reports_of_real_runs_do_as_the_made_up_one(
    browser: Any, request: pytest.FixtureRequest, name: str, theme: str
) -> None:
    report: Path = request.getfixturevalue(name)
    recorded = [json.loads((report.parent / f"taxonomy/budget-{b}.json").read_text()) for b in (1, 2)]
    made = Opened(browser, report, viewport=SIZES["desktop"], color_scheme=theme)
    page = made.page
    page.get_by_role("slider", name="Budget").focus()
    page.keyboard.press("Home")
    bought = [graph(page)["bought"]]
    page.keyboard.press("ArrowRight")
    bought.append(graph(page)["bought"])
    assert bought == [len(taxonomy["sources"]) for taxonomy in recorded]
    page.evaluate("void report.graph.cy().$id('depth_zbuffer').emit('tap')")
    panel = page.locator(".panel:visible")
    assert panel.get_attribute("data-target") == "depth_zbuffer"
    assert panel.locator("img").count() >= 1
    assert nameless(page) == []
    assert made.said == []
    made.context.close()
