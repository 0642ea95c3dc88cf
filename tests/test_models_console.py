"""The two streams of the command line, watched and unwatched."""

import os
import subprocess
import sys
import warnings

import pytest

from kapre_like.models.cli.console import Console, one_line, plain_table


def test_results_and_progress_go_to_different_streams(capsys):
    console = Console()
    console.progress("reading")
    console.result("42")
    console.trouble("a.wav: no such file.\n  Check the path.")
    out, err = capsys.readouterr()
    assert out == "42\n"
    assert err == "reading\na.wav: no such file. Check the path.\n"


def test_a_watched_terminal_gets_every_line_too(capsys):
    pytest.importorskip("rich")
    console = Console(rich=True)
    console.progress("epoch 1 [of 2]")
    console.progress("epoch 2 [of 2]")
    console.close()
    err = capsys.readouterr().err
    assert "epoch 1 [of 2]\n" in err  # brackets are text, not markup
    assert "epoch 2 [of 2]\n" in err


def test_a_table_lines_up():
    lines = plain_table(
        ["", "boosted", "vgg"], [["accuracy", "97.0 %", "9 %"], ["f1", "1", "2"]]
    )
    assert lines == [
        "          boosted  vgg",
        "--------  -------  ---",
        "accuracy   97.0 %  9 %",
        "f1              1    2",
    ]


def test_white_space_of_any_kind_becomes_one_blank():
    assert one_line("a\n\tb   c\n") == "a b c"


def test_warnings_are_put_back_as_they_were(capsys):
    before, filters = warnings.showwarning, warnings.filters[:]
    restore = Console().show_warnings()
    warnings.warn("not ours", UserWarning, stacklevel=1)
    restore()
    assert capsys.readouterr().err == ""
    assert warnings.showwarning is before
    assert warnings.filters == filters


@pytest.mark.parametrize(("level", "heard"), [(None, False), ("3", False), ("0", True)])
def test_only_messages_of_c_libraries_are_suppressed(level, heard):
    code = (
        "import os, sys\nfrom kapre_like.models.cli.console import native_stderr_silenced\n"
        "with native_stderr_silenced():\n"
        "    os.write(2, b'noise')\n    sys.stderr.write('ours')\n"
        "os.write(2, b' after')\nsys.stderr.write(' it')\n"
    )
    environment = {k: v for k, v in os.environ.items() if k != "TF_CPP_MIN_LOG_LEVEL"}
    if level is not None:
        environment["TF_CPP_MIN_LOG_LEVEL"] = level
    done = subprocess.run(
        [sys.executable, "-P", "-c", code], capture_output=True, text=True, env=environment
    )
    assert done.stderr.replace("noise", "") == "ours after it"
    assert ("noise" in done.stderr) == heard
