"""The report: one file, nothing outside it, for every eye, screen and keyboard."""

import base64
import io
import re
import sys
from functools import cache
from html.parser import HTMLParser

import pytest
import soundfile
from report_pages import CHROMIUM, faults, seen
from sample_comparison import bare, sample
from small_corpus import write_corpus

from kapre_like.models import compare
from kapre_like.models.experiment.report import write_report
from kapre_like.models.experiment.report.worst_errors import _seconds_each, errors

BOTH = ["fake_family:Level", "fake_family:Guess"]


@pytest.fixture(
    scope="module", params=["classify", pytest.param("regress", marks=pytest.mark.slow)]
)
def report(no_cold_start, request, tmp_path_factory):
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


KINDS = {
    "five": {"folds": 3},
    "fifty": {"n_classes": 50, "verdict": "no_better_than_guessing"},
    "scores": {"task": "regress", "verdict": "undecided"},
}


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """Pages of made-up comparisons: whole, with null for what is optional, and without it."""
    written = {}
    for kind, words in KINDS.items():
        folder = tmp_path_factory.mktemp(kind)
        whole = sample(folder / "data", **words)
        made = {"": whole}
        if kind == "five":
            made["null"] = bare(whole)
        if kind == "scores":
            made["absent"] = bare(whole, absent=True)
        for name, one in made.items():
            path = folder / f"{name}.html"
            write_report(one.result, one.stages, path, predictions=one.predictions)
            written[f"{kind} {name}".strip()] = path.read_text("utf-8")
    return written


class Links(HTMLParser):
    """Collects tags, addresses, headings, and the text outside of scripts and styles."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.links, self.text, self._open = [], [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self._open.append(tag)
        self.links += [
            value for name, value in attributes
            if name in {"src", "href", "xlink:href", "action", "data", "srcset"}
        ]  # fmt: skip

    def handle_endtag(self, tag):
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data):
        if not {"script", "style"} & set(self._open):
            self.text.append(data)


@cache
def text_of(page):
    return " ".join(" ".join(Links(page).text).split())


def test_the_report_needs_no_other_file(report, pages):
    inside = ("#", "data:image/png;base64,", "data:audio/flac;base64,")
    for text in (report[1], *pages.values()):
        page = Links(text)
        assert {"link", "iframe", "object", "embed", "base"} & set(page.tags) == set()
        assert [link for link in page.links if not link.startswith(inside)] == []
        assert not re.search(r"@import|url\((?!#)|https?://(?!www\.w3\.org)", text)
        assert len(text) < 10_000_000


def test_the_script_is_in_the_page_and_no_header_is_a_button_without_it(report):
    page = Links(report[1])
    assert page.tags.count("script") == 1
    assert "button" not in page.tags


def test_names_from_outside_are_text_and_not_markup(report, pages):
    for text in (report[1], pages["five"]):
        assert "<b>data</b>" not in text
        assert "&lt;b&gt;data&lt;/b&gt;" in text
    assert "a/&lt;i&gt;copy&lt;/i&gt;.wav" in pages["five"]


def test_the_report_has_all_results(report):
    task, text = report
    words = [
        "The answer", "The evidence", "The data", "Metrics", "Accuracy against cost",
        "What it costs", "Training curves", "Most important features", "An example",
        "Skipped files: 1", "mid_1_1.flac", "Settings and versions", "peak memory", "versions",
        "processor",
    ]  # fmt: skip
    words += (
        ["Confused classes", "macro F1"]
        if task == "classify"
        else ["True against predicted", "Pearson&#39;s r", "Each fold", "3 folds"]
    )
    assert [word for word in words if word not in text] == []


BOTH_TASKS = [
    "best single feature",
    "beats guessing",
    "advised",
    "compute the features",
    "99th percentile",
    "5 files, first time",
    "clips per second",
    "energy per clip",
    "price per month",
    "The budget: 20 minutes",
    "Would more recordings help?",
    "Training curves",
    "The worst errors",
    "Each group",
    "Most important features",
    "level at 105 to 195 Hz",
    "Identical recordings",
    "Nearly identical",
    "several labels",
    "Rows that repeat another: 3",
    "into one split",
]
CLASSES = [
    "majority class",
    "class prior",
    "Cascades of two models",
    "boosted, then vgg: send 18 % of clips",
    "-7.4 points [-11.0, -3.0]",
    "Each class",
    "Precision against recall",
    "Is the confidence calibrated?",
    "calibration error (ECE)",
    "Brier score",
    "Answering only when sure",
    "AUROC",
    "boosted: thresholds",
    "Sounds that belong to no class",
    "white noise",
]


def test_every_part_of_a_comparison_is_shown(pages):
    missing = [word for word in BOTH_TASKS + CLASSES if word not in text_of(pages["five"])]
    assert missing == []
    words = ["mean", "median", "True against predicted", "Prediction intervals", "± 1.7"]
    words += [word for word in BOTH_TASKS if word != "advised"]
    assert [word for word in words if word not in text_of(pages["scores"])] == []


@pytest.mark.parametrize("name", ["five null", "scores absent"])
def test_what_a_comparison_lacks_is_left_out(pages, name):
    text = text_of(pages[name])
    assert "Metrics" in text
    absent = ["best single feature", "The worst errors", "budget", "recordings help", "Copies"]
    assert [word for word in absent if word in text] == []


def test_no_value_of_python_is_on_any_page(pages):
    for name, page in pages.items():
        found = re.findall(r"\b(?:None|nan|NaN|True(?! against)|False|inf)\b", text_of(page))
        assert found == [], name


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("five", "Recommended: boosted"),
        ("fifty", "No better than guessing"),
        ("scores", "Undecided"),
    ],
)
def test_the_verdict_comes_after_the_summary_of_the_data(pages, name, label):
    text = text_of(pages[name])
    assert f"The answer {label}" in text
    assert text.index("test groups") < text.index(label) < text.index("Models and baselines")
    if name == "scores":
        assert "About 14 more test groups would decide." in text


def test_the_table_names_what_its_intervals_resample(pages):
    assert "They resample the 4 test groups as wholes" in text_of(pages["five"])


def test_fifty_classes_have_bars_and_their_worst_confusions_in_place_of_a_matrix(pages):
    assert 'class="matrix"' in pages["five"]
    assert 'class="matrix"' not in pages["fifty"]
    assert "most frequently confused pairs" in pages["fifty"]
    assert pages["fifty"].count('class="bar"') >= 50 * 9


def test_worst_errors_have_sound_and_picture(pages):
    for name in ("five", "scores"):
        audio = re.findall(r'<audio[^>]*src="data:audio/flac;base64,([^"]*)"', pages[name])
        assert len(audio) == 30
        sound, rate = soundfile.read(io.BytesIO(base64.b64decode(audio[0])))
        assert (rate, len(sound)) == (8000, 4000)
        assert abs(sound).max() == pytest.approx(0.3, abs=0.05)  # the tone's level, and noise
        assert pages[name].count("<img ") == 30


def test_many_long_errors_stay_within_the_size_of_a_page():
    clips = {f"model {n}": [{}] * 10 for n in range(20)}
    seconds = _seconds_each(clips, 48000)
    assert seconds * 2 * 24000 * 200 / 6e6 >= 1 or seconds == 1.0
    assert _seconds_each({"one": [{}] * 10}, 16000) == 6.0


def test_a_missing_clip_is_a_note_in_the_report(tmp_path):
    one = sample(tmp_path / "data")
    for entry in one.result["worst"]["vgg"]:
        entry["path"] = str(tmp_path / "gone.wav")
    section = errors({**one.result, "worst": {"vgg": one.result["worst"]["vgg"]}})
    clips = section.blocks[1].clips
    assert {clip.sound for clip in clips} == {""}
    assert "could not be read again" in clips[0].text


@pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed: apt install chromium")
def test_the_report_fits_a_phone_and_a_desk_whatever_the_names(report, tmp_path):
    views = seen([(report[1], width) for width in (360, 1440)], tmp_path)
    assert [view["asked"] for view in views] == ["360", "1440"]
    assert [faults(view) for view in views] == [{}, {}]
    assert all(view["svgs"] >= 5 for view in views)
    assert views[0]["height"] > views[1]["height"]  # columns became one


@pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed: apt install chromium")
def test_the_table_of_the_answer_is_whole_on_a_tablet_and_a_desk(pages, tmp_path):
    asked = [(name, width) for name in ("five", "scores") for width in (768, 1440)]
    views = seen([(pages[name], width) for name, width in asked], tmp_path)
    assert [view["cut"] for view in views] == [[]] * len(asked)


@pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed: apt install chromium")
def test_confusions_and_errors_of_a_model_are_in_one_row(pages, tmp_path):
    views = seen([(pages["scores"], width) for width in (768, 1100, 1440)], tmp_path)
    for view in views:
        [tops] = view["rows"]
        assert len(tops) >= 4
        assert tops[::2] == tops[1::2]


@pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed: apt install chromium")
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_everybody_can_use_the_report(pages, dark, tmp_path):
    asked = [("scores", 360), ("five", 768), ("five", 1440)]
    asked = [("five", 360), ("scores", 768), ("fifty", 1440)] if dark else asked
    views = seen([(pages[name], width) for name, width in asked], tmp_path, dark=dark)
    assert {view["dark"] for view in views} == {dark}
    assert [faults(view) for view in views] == [{}] * len(asked)
    for view in views:
        assert view["sorted"]["aria"] == ["descending", "ascending"]
        assert view["sorted"]["first"] == sorted(view["sorted"]["first"], reverse=True)
        assert view["sorted"]["second"] == sorted(view["sorted"]["second"])
