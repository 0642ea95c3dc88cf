"""Progress of long work: lines for a plain log, counts for a log with `counted`."""

import io
import sys

import pytest
from small_corpus import write_corpus

from kapre_like.audio import read_dataset
from kapre_like.features.table import feature_table
from kapre_like.models.artifact.progress import Forwarded, Piped, Progress, count_line
from kapre_like.models.cli.console import Console
from kapre_like.models.experiment import clips


class Counts:
    def __init__(self):
        self.lines, self.seen = [], []

    def __call__(self, line):
        self.lines.append(line)

    def counted(self, what, done, total):
        self.seen.append((what, done, total))


def test_short_work_writes_nothing_to_a_plain_log():
    lines = []
    progress = Progress(lines.append, "reading", 3)
    assert list(progress.over("abc")) == ["a", "b", "c"]
    assert (progress.done, lines) == (3, [])


def test_long_work_logs_clips_rate_and_time_left():
    lines = []
    progress = Progress(lines.append, "reading", 4, every=1e-9)
    progress.advance(1)
    progress.advance(2)
    assert [line.partition(" clips")[0] for line in lines] == [
        "reading: 1 of 4",
        "reading: 3 of 4",
    ]
    assert count_line("reading", 50, 200, 10.0) == (
        "reading: 50 of 200 clips, 5 per second, 30 s left"
    )
    assert count_line("reading", 36000, 720000, 60.0).endswith(
        "600 per second, 19 min 0 s left"
    )
    assert count_line("predicting", 7, None, 2.0) == "predicting: 7 clips, 3.5 per second"
    assert count_line("reading", 200, 200, 10.0) == "reading: 200 of 200 clips, 20 per second"


def test_a_log_with_counted_gets_every_step_and_a_type_does_not():
    log = Counts()
    Progress(log, "reading", 2).reach(2)
    assert (log.seen, log.lines) == ([("reading", 2, 2)], [])
    Progress(str, "reading", 2).advance()  # families take `str` for a log that says nothing


def test_counts_of_a_worker_arrive_in_its_parent(monkeypatch):
    pipe, log = io.StringIO(), Counts()
    monkeypatch.setattr(sys, "stdout", pipe)
    worker = Piped()
    worker("training on 4 clips")
    for part in (2, 3):
        for done in range(1, part + 1):
            Progress(worker, "computing features", part).reach(done)
    forward = Forwarded(log)
    for line in pipe.getvalue().splitlines():
        forward(line)
    assert log.lines == ["training on 4 clips"]
    assert log.seen == [
        ("computing features", n, of) for of in (2, 3) for n in range(1, of + 1)
    ]
    plain = []
    forward = Forwarded(plain.append)
    for line in pipe.getvalue().splitlines():
        forward(line)
    assert plain == ["training on 4 clips"]


def test_reading_and_features_count_every_clip(tmp_path):
    manifest, log, steps = write_corpus(tmp_path / "d", speakers=2), Counts(), []
    clips.read_clips(
        manifest, task="classify", sample_rate=8000, on_error="fail", log=log, columns={}
    )
    assert log.seen == [("reading", n, 8) for n in range(1, 9)]
    table = read_dataset(manifest)
    feature_table(table, {"sample_rate": 8000}, progress=lambda *step: steps.append(step))
    assert steps == [(n, 8) for n in range(1, 9)]


def test_a_watched_terminal_shows_bars_and_keeps_every_line(capsys):
    pytest.importorskip("rich")
    console = Console(rich=True)
    console.progress("reading 3 clips")
    progress = Progress(console.progress, "reading [all]", 3)
    for _ in range(3):
        progress.advance()
    Progress(console.progress, "predicting", None).advance()
    console.progress("done")
    console.close()
    err = capsys.readouterr().err
    assert "reading 3 clips\n" in err
    assert err.rstrip().endswith("done")


def test_an_unwatched_log_counts_by_lines(capsys):
    Progress(Console().progress, "reading", 2, every=1e-9).advance()
    assert capsys.readouterr().err.startswith("reading: 1 of 2 clips, ")
