"""The documentation in a browser: on a phone and on a desktop, light and dark, with search and copying."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

pytest.importorskip("furo", reason="the site takes the extra docs")
pytest.importorskip("sphinx_copybutton", reason="the site takes the extra docs")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium to look at the site with")


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    """The built site, with our own page beside it that loads the others into a frame."""
    out = tmp_path_factory.mktemp("site")
    places = ["-d", str(out / "doctrees"), str(ROOT / "docs"), str(out / "html")]
    subprocess.run([sys.executable, "-m", "sphinx", "-q", *places], check=True, cwd=ROOT, capture_output=True)
    return out / "html"


def seen(site: Path, pages: list[str], script: str, width: int = 1280, scheme: str = "light") -> dict[str, Any]:
    """The results of the script, a function body with `page` and `view`, for each page in a frame of this width."""
    frame = _FRAME.replace("WIDTH", str(width)).replace("PAGES", json.dumps(pages)).replace("SCRIPT", script)
    (site / "frame.html").write_text(frame, encoding="utf-8")
    command = [str(CHROMIUM), "--headless", "--no-sandbox", "--disable-gpu", "--allow-file-access-from-files"]
    command += ["--window-size=1600,900", f"--blink-settings=preferredColorScheme={int(scheme == 'light')}"]
    command += [f"--user-data-dir={site.parent / 'profile'}", "--virtual-time-budget=600000", "--dump-dom"]
    command += [(site / "frame.html").as_uri()]
    done = subprocess.run(command, check=True, capture_output=True, timeout=300)
    found: dict[str, Any] = json.loads(html.unescape(re.search(r"<title>(\{.*?\})</title>", done.stdout.decode())[1]))
    assert list(found) == pages
    return found


def pages_of(site: Path) -> list[str]:
    left_out = {"frame.html", "genindex.html", "search.html"}
    return sorted(str(page.relative_to(site)) for page in site.rglob("*.html") if page.name not in left_out)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280], ids=["phone", "desktop"])
def test_each_page_can_be_read(site, width, scheme):
    found = seen(site, pages_of(site), _LOOK, width, scheme)
    assert len(found) > 30
    assert {name for name, page in found.items() if page["dark"] != (scheme == "dark")} == set()
    assert {name: page["wide"] for name, page in found.items() if page["wide"] > width} == {}
    assert {name: page["cut"] for name, page in found.items() if page["cut"]} == {}
    assert {name: page["narrow"] for name, page in found.items() if page["narrow"]} == {}
    assert {name: page["options"] for name, page in found.items() if page["options"]} == {}
    assert {name: page["faint"] for name, page in found.items() if page["faint"]} == {}


def test_the_first_page_has_the_logo_and_the_picture(site):
    look = """return {
      logo: page.querySelector(".sidebar-logo").naturalWidth,
      icon: page.querySelector("link[rel~=icon]") !== null,
      picture: page.querySelector("svg.picture").getBoundingClientRect().width,
    }"""
    found = seen(site, ["index.html"], look, 390)["index.html"]
    assert found["logo"] > 0
    assert found["icon"]
    assert 300 < found["picture"] < 390


@pytest.mark.parametrize(
    ("page", "starts", "copied"),
    [
        ("tutorial.html", '>>> Region == "UK"', 'Region == "UK"\nLength == "MEDIUM"\nHashtag == "#cat"'),
        ("checking.html", "$ cat mistakes.json", "cat mistakes.json\nquerydsl check mistakes.json\necho $?"),
    ],
)
def test_the_copy_button_copies_only_typed_text(site, page, starts, copied):
    look = f"""
    const block = [...page.querySelectorAll("pre")].find((one) => one.textContent.startsWith({json.dumps(starts)}));
    let copied = null;
    page.execCommand = () => {{ copied = page.querySelector("body > textarea").value; return true }};
    block.parentElement.querySelector("button.copybtn").click();
    return copied"""
    assert seen(site, [page], look)[page].strip() == copied


def test_search_finds_the_words_that_people_use(site):
    words = ["resume", "Excel", "pagination", "timezone", "sampling", "cite", "quota", "cron", "memory", "credentials"]
    words += ["time+zone", "interrupted", "duplicates", "comments", "rate+limit"]
    look = "return page.querySelectorAll('#search-results li > a').length"
    found = seen(site, [f"search.html?q={word}" for word in words], look)
    assert {page for page, results in found.items() if not results} == set()


#: Loads one page after the other into a frame with the width of a screen, and keeps the results of the script in the
#: title.
_FRAME = """<!DOCTYPE html><title></title>
<iframe style="width: WIDTHpx; height: 800px; border: 0"></iframe>
<script>
const frame = document.querySelector("iframe");
const look = (page, view) => { SCRIPT };
const load = (name) => new Promise((done) => { frame.onload = done; frame.src = name; });
const wait = (seconds) => new Promise((done) => setTimeout(done, 1000 * seconds));
(async () => {
  const found = {};
  for (const name of PAGES) {
    await load(name);
    await wait(3);
    found[name] = look(frame.contentDocument, frame.contentWindow);
  }
  document.title = JSON.stringify(found);
})();
</script>"""

#: How wide a page is, whether it is dark, lines of code that are cut off, cells of a word a line, options whose hyphens
#: became a dash, and text that is hard to see. Output in columns may scroll on a phone.
#: Contrast is that of WCAG, level AA.
_LOOK = """
const numbers = (colour) => colour.match(/[\\d.]+/g).map(Number);
const light = (colour) => {
  const [r, g, b] = numbers(colour).map((one) => one / 255)
    .map((one) => one <= 0.03928 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const behind = (element) => {
  for (let one = element; one; one = one.parentElement) {
    const colour = view.getComputedStyle(one).backgroundColor;
    if ((numbers(colour)[3] ?? 1) > 0.5) return colour;
  }
  return "rgb(255, 255, 255)";
};
const contrast = (one) => {
  const style = view.getComputedStyle(one);
  const [a, b] = [light(one instanceof view.SVGElement ? style.fill : style.color), light(behind(one))];
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
};
const content = page.querySelector(".content");
const all = (selectors) => [...content.querySelectorAll(selectors)].filter((one) => one.textContent.trim());
const dashed = /(^|\\s)[\u2013\u2014][a-z]\\S*/g;
const start = (one) => one.textContent.trim().slice(0, 60);
return {
  wide: Math.max(page.documentElement.scrollWidth, content.scrollWidth),
  dark: light(behind(page.body)) < 0.5,
  cut: all(view.innerWidth < 500 ? "div:not(.highlight-text) > .highlight > pre" : "pre")
    .filter((one) => one.scrollWidth > one.clientWidth + 1).map(start),
  narrow: all("td, th").filter((one) => one.clientWidth < 100 && one.textContent.trim().split(/\\s+/).length > 1
    && one.querySelector("p").getBoundingClientRect().height > 40).map(start),
  options: content.textContent.match(dashed) ?? [],
  faint: all("h1, h2, h3, p, li, td, th, a, code, pre, pre span, dt, dt span, svg text")
    .filter((one) => contrast(one) < 4.5 && one.getBoundingClientRect().width > 0)
    .map((one) => one.className + " " + contrast(one).toFixed(2) + " " + start(one)),
};
"""
