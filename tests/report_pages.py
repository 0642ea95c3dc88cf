"""Looks at pages in Chromium: what a person with a phone, a keyboard or a reader would meet."""

import html
import json
import re
import shutil
import subprocess
from pathlib import Path

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
_QUIET = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
_PROBE = """
<!DOCTYPE html><body>%s<pre id="found"></pre><script>%s</script></body>
"""
_LOOK = Path(__file__).with_name("report_pages.js")


def seen(views, folder, *, dark=False):
    """Returns what `look` in `report_pages.js` finds in pages.

    Args:
        views: Pairs of the text of a page and a width in pixels.
        folder: Where Chromium may write.
        dark: Whether the user prefers dark pages.
    """
    frame = '<iframe width="%d" height="800" style="border:0" srcdoc="%s"></iframe>'
    frames = "".join(frame % (width, html.escape(page)) for page, width in views)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "probe.html").write_text(_PROBE % (frames, _LOOK.read_text("utf-8")), "utf-8")
    scheme = ["--blink-settings=preferredColorScheme=0"] if dark else []
    done = subprocess.run(
        [CHROMIUM, *_QUIET, *scheme, f"--user-data-dir={folder / 'profile'}", "--dump-dom",
         "--virtual-time-budget=5000", (folder / "probe.html").as_uri()],
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    found = re.search(r'<pre id="found">(.*?)</pre>', done.stdout, re.DOTALL)
    assert found, done.stderr
    assert found[1], done.stderr
    return json.loads(html.unescape(found[1]))


def faults(view):
    """Returns what is wrong with a view, by the name of the check; empty if nothing is."""
    lists = ("wide", "faint", "strokes", "unnamed", "twice", "dangling", "tables", "unseen")
    wrong = {name: view[name][:5] for name in lists if view[name]}
    wrong |= {name: view[name] for name in ("thin", "jumps") if view[name]}
    if view["scroll"] > view["width"]:
        wrong["scroll"] = view["scroll"]
    if view["levels"].count(1) != 1 or view["language"] != "en" or view["skip"] != "skip":
        wrong["page"] = view["levels"], view["language"], view["skip"]
    return wrong
