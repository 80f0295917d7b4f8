"""Open a page of ours in headless Chromium, and see to it that it sends and complains of nothing."""

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
]


@contextmanager
def chromium() -> "Iterator[Browser]":
    """Start a browser, or skip where there is none."""
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    found = next(filter(None, map(shutil.which, _NAMES)), None)
    if found is None:
        pytest.skip(f"there is none of {', '.join(_NAMES)}")
    with api.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=found, args=_FLAGS)
        yield browser
        browser.close()


@contextmanager
def opened(
    browser: "Browser",
    index: Path,
    *,
    width_px: int = 1200,
    still: bool = False,
    dark: bool = False,
    broken_storage: bool = False,
) -> "Iterator[Page]":
    """Open a page from disk in a fresh profile.

    Afterwards every address that it asked for is a file beside it, and its console is empty.
    """
    context = browser.new_context(
        viewport={"width": width_px, "height": 800},
        reduced_motion="reduce" if still else "no-preference",
        color_scheme="dark" if dark else "light",
    )
    if broken_storage:
        context.add_init_script("Storage.prototype.setItem = () => { throw new Error('full'); }")
    page = context.new_page()
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(index.as_uri())
    yield page
    beside = index.parent.as_uri()
    assert [url for url in asked if not url.startswith((beside, "blob:"))] == []
    assert said == []
    context.close()


def press(page: "Page", keys: str) -> None:
    """Press keys one after the other; their names stand apart by blanks."""
    for key in keys.split():
        page.keyboard.press(key)


def saved(page: "Page", folder: Path) -> Path:
    """Press s and give the file that the page hands out."""
    with page.expect_download() as waiting:
        page.keyboard.press("s")
    path = folder / waiting.value.suggested_filename
    waiting.value.save_as(path)
    return path


def wait_until(page: "Page", condition: str, timeout_s: float = 10) -> None:
    """Wait until an expression is true; playwright's own wait is refused by pages that forbid eval."""
    ends = time.monotonic() + timeout_s
    while not page.evaluate(condition):
        assert time.monotonic() < ends, f"not true after {timeout_s} s: {condition}"
        page.wait_for_timeout(50)
