"""The report: one file, nothing outside it, no sideways scrolling on a phone or a desk."""

import html
import json
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser

import pytest
from small_corpus import write_corpus

from kapre_like.models import compare

BOTH = ["fake_family:Level", "fake_family:Guess"]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
QUIET = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
# A page may not be wider than its window; a box that scrolls by itself may hold more.
PROBE = """
<!DOCTYPE html><body>%s<pre id="found"></pre><script>
addEventListener("load", () => {
  const found = [...document.querySelectorAll("iframe")].map((frame) => {
    const page = frame.contentDocument, root = page.documentElement;
    const wide = [...page.querySelectorAll("svg, p, h1, h2, h3, dd, li, figure")].filter(
      (e) => !e.closest(".scroll") && !e.parentElement.closest("svg") &&
             e.getBoundingClientRect().right > root.clientWidth + 1);
    return {asked: frame.width, width: root.clientWidth, scroll: root.scrollWidth,
            height: root.scrollHeight, svgs: page.querySelectorAll("svg").length,
            thin: [...page.querySelectorAll("figure > svg")].filter(
              (e) => e.getBoundingClientRect().height < 80).length,
            wide: wide.map((e) => e.outerHTML.slice(0, 80))};
  });
  document.getElementById("found").textContent = JSON.stringify(found);
});
</script></body>
"""


@pytest.fixture(
    scope="module", params=["classify", pytest.param("regress", marks=pytest.mark.slow)]
)
def report(request, tmp_path_factory):
    """The text of a report with hostile names in it, and with a skipped file."""
    folder = tmp_path_factory.mktemp(request.param)
    manifest = write_corpus(
        folder / "corpus", classes=("low", "mid", "high"), speakers=4,
        note="<script>alert(1)</script> & a_very_long_name_without_any_blank_" + 12 * "in_it_",
    )  # fmt: skip
    (folder / "corpus" / "mid_1_1.flac").write_bytes(b"no sound at all")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", ":".join(sys.path))
        compare(
            manifest,
            models=BOTH,
            out=folder / "c",
            task=request.param,
            label_column="score" if request.param == "regress" else "label",
            folds=3 if request.param == "regress" else None,
            on_error="skip",
            command="kapre-like compare '<b>data</b>' " + "--very-long-flag " * 20,
        )
    return request.param, (folder / "c" / "report.html").read_text("utf-8")


class Links(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.links = [], []

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.links += [
            value for name, value in attributes
            if name in {"src", "href", "xlink:href", "action", "data", "srcset"}
        ]  # fmt: skip


def test_the_report_needs_no_other_file_and_no_script(report):
    page = Links()
    page.feed(report[1])
    assert {"script", "link", "iframe", "img", "object"} & set(page.tags) == set()
    outside = [link for link in page.links if not link.startswith(("#", "data:image/png"))]
    assert outside == []
    assert not re.search(r"@import|url\((?!#)", report[1])


def test_names_from_outside_are_text_and_not_markup(report):
    assert "<b>data</b>" not in report[1]
    assert "&lt;b&gt;data&lt;/b&gt;" in report[1]


def test_the_report_says_all_that_was_found(report):
    task, text = report
    words = [
        "Side by side", "Accuracy against cost", "Learning curves", "What the features say",
        "An example", "Skipped files: 1", "mid_1_1.flac", "How this was made", "peak memory",
        "time to train", "versions", "processor",
    ]  # fmt: skip
    words += (
        ["Which class is taken for which", "macro F1"]
        if task == "classify"
        else ["True against predicted", "Pearson&#39;s r", "Each fold", "3 folds"]
    )
    assert [word for word in words if word not in text] == []


@pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed: apt install chromium")
def test_the_report_fits_a_phone_and_a_desk(report, tmp_path):
    frame = '<iframe width="%d" height="800" style="border:0" srcdoc="%s"></iframe>'
    frames = "".join(frame % (width, html.escape(report[1])) for width in (360, 1440))
    (tmp_path / "probe.html").write_text(PROBE % frames, "utf-8")
    done = subprocess.run(
        [CHROMIUM, *QUIET, f"--user-data-dir={tmp_path / 'profile'}", "--dump-dom",
         "--virtual-time-budget=5000", (tmp_path / "probe.html").as_uri()],
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    found = re.search(r'<pre id="found">(.*?)</pre>', done.stdout, re.DOTALL)
    assert found, done.stderr
    seen = json.loads(html.unescape(found[1]))
    assert [frame["asked"] for frame in seen] == ["360", "1440"]
    for frame in seen:
        assert frame["scroll"] <= frame["width"], frame
        assert frame["wide"] == []
        assert frame["thin"] == 0
        assert frame["svgs"] >= 7
    assert seen[0]["height"] > seen[1]["height"]  # columns became one
