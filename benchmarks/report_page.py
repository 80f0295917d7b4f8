"""How large is the page of an audit of 500 groups, and how soon does it open?

The audit is made up: two models, one attribute of so many groups, two metrics, every verdict; the page of it
is written as `datatools report` writes it. Headless Chromium opens it from disk in fresh profiles, and the
table has the median seconds until its load event is over, its script is done and something is painted. Both
numbers stand beside their limits, 5 MB and 2 s, as shares of them.

    PYTHONPATH=. python benchmarks/report_page.py   # the audit is made with what the tests make theirs with
"""

import argparse
import statistics
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from datatools.fairness.estimates import Verdict
from datatools.fairness.result import AuditResult
from datatools.report import facts, outline, summary
from datatools.report.document import Report
from datatools.report.formats import html
from tests.browser import chromium, opened
from tests.unit.report import builders

if TYPE_CHECKING:
    from playwright.sync_api import Browser

GROUPS = 500
LIMIT_BYTES = 5_000_000
LIMIT_S = 2.0
# The script stands at the end of the page, so the load event comes after it; painting may come later.
_TIMES = """() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done([
  performance.getEntriesByType("navigation")[0].loadEventEnd,
  ...performance.getEntriesByName("first-contentful-paint").map((paint) => paint.startTime)]))))"""


def audit(n_groups: int) -> AuditResult:
    """Give an audit of two models and one attribute of so many groups; every fourth has a gap."""
    verdicts: tuple[Verdict, ...] = ("gap", "equivalent", "insufficient data", "insufficient data")
    groups = [
        builders.group(f"group {n}", 0.93 - 0.0001 * n, 0.01, 40, 0.01 - 0.0001 * n, verdicts[n % 4])
        for n in range(n_groups)
    ]
    found = builders.audit()
    models = [
        model.model_copy(update={"attributes": [builders.attribute("country", groups)]})
        for model in found.models
    ]
    return found.model_copy(update={"models": models})


def page(n_groups: int) -> bytes:
    """Give the page of such an audit."""
    result, nothing = audit(n_groups), facts.nothing()
    made = summary.summarise(result, nothing)
    report = Report(title="Many groups", summary=made, audit=result, facts=nothing)
    return html.render(outline.of(report)).encode()


def opening_s(browser: "Browser", path: Path) -> float:
    """Open a page in a fresh profile; give the seconds until it stands and can be used."""
    with opened(browser, path, width_px=1400) as shown:
        times_ms: list[float] = shown.evaluate(_TIMES)
    return max(times_ms) / 1000


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--groups", type=int, default=GROUPS)
    parser.add_argument("--times", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        path = Path(folder) / "index.html"
        path.write_bytes(page(options.groups))
        opening_s(browser, path)  # the first reads the browser itself from disk
        median_s = statistics.median(opening_s(browser, path) for _ in range(options.times))
        size = path.stat().st_size
    print(f"{options.groups} groups of two models, the median of {options.times} openings\n")
    print("| | | share of the limit |\n|---|---|---|")
    print(f"| size, MB | {size / 1e6:.2f} | {size / LIMIT_BYTES:.2f} |")
    print(f"| seconds until it is open | {median_s:.2f} | {median_s / LIMIT_S:.2f} |")


if __name__ == "__main__":
    main()
