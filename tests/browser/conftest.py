"""Chromium, driven as a person would: real servers, real sockets."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.needs import chromium
from tests.servers import Site

DESKTOP = {"viewport": {"width": 1280, "height": 800}}
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True, "device_scale_factor": 2}


@pytest.fixture(scope="module")
def browser():
    """Not for the whole session: while Playwright is there, its event loop runs and tests of coroutines cannot."""
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=chromium(),
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"],
        )
        yield launched
        launched.close()


@pytest.fixture(scope="session")
def _collected(tmp_path_factory):
    """Static files as production has them: hashed names, module imports rewritten."""
    folder = tmp_path_factory.mktemp("static")
    Site("sqlite://", STATIC_ROOT=str(folder)).manage("collectstatic", "--noinput", "--verbosity", "0")
    return str(folder)


@pytest.fixture
def play(small_site, _collected):
    """A site whose page works in a browser."""
    small_site.env["STATIC_ROOT"] = _collected
    return small_site


class Visitor:
    """A person with a browser of their own: cookies, storage, and what went wrong in the console."""

    def __init__(self, context: BrowserContext, base: str) -> None:
        self.context, self.base = context, base
        self.page: Page = context.new_page()
        self.errors: list[str] = []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))

    def visit(self, address: str, *, state: str = "live") -> Page:
        self.page.goto(self.base + address)
        self.connection(state)
        if self.page.get_by_role("button", name="Got it").is_visible():
            self.page.get_by_role("button", name="Got it").click()
        return self.page

    def connection(self, state: str, seconds: float = 20) -> None:
        """Wait until the page says that its connection is in this state."""
        self.page.wait_for_selector(f'#connection[data-state="{state}"]', timeout=seconds * 1000)

    def cell(self, x: int, y: int) -> int:
        """The colour that the page holds for a cell."""
        return self.page.evaluate("([x, y]) => window.placesite.state().cells.colorAt(x, y)", [x, y])

    def sees(self, x: int, y: int, color: int, seconds: float = 10) -> None:
        self.page.wait_for_function(
            "([x, y, c]) => window.placesite.state().cells?.colorAt(x, y) === c",
            arg=[x, y, color],
            timeout=seconds * 1000,
        )

    def where(self, x: int, y: int) -> tuple[float, float]:
        """The middle of a cell on the screen, CSS px."""
        return tuple(
            self.page.evaluate(
                "([x, y]) => { const v = window.placesite.state().view;"
                " return [(x + 0.5) * v.k + v.x, (y + 0.5) * v.k + v.y]; }",
                [x, y],
            )
        )

    def choose(self, color: int) -> None:
        self.page.locator("#palette [role=radio], #palette input").nth(color).click(force=True)

    def click(self, x: int, y: int) -> None:
        self.page.mouse.click(*self.where(x, y))

    def place(self, x: int, y: int, color: int) -> None:
        """Choose the colour, select the cell, confirm it."""
        self.choose(color)
        self.click(x, y)
        self.page.locator("#place").click()


@pytest.fixture
def visitors(browser: Browser):
    """Makes visitors; afterwards none of their pages may have had an error."""
    made: list[Visitor] = []

    def make(base: str, **options) -> Visitor:
        made.append(Visitor(browser.new_context(**{**DESKTOP, **options}), base))
        return made[-1]

    yield make
    for visitor in made:
        visitor.context.close()
    assert [error for visitor in made for error in visitor.errors] == []
