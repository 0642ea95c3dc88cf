"""Runs the code of a page of docs/ from top to bottom, and compares what it prints.

- A block `python` is executed; the pages share one namespace from top to bottom.
- A block `text` next behind it is what it prints.
- A block `console` has commands behind `$ `, and below each what it prints on both streams.
- `<!-- slow -->` above a block leaves it to the tests marked `slow`.

Words must be equal. `...` matches any text. A whole number must be equal; a number with a
decimal point comes out of a training or a rounding, which differ between processors, and may be
off by a fifth or by 0.1. Times and sizes (`s`, `ms`, `MB`, `kB`) are not compared.

As a program it puts what is printed into pages: `python tests/page_runner.py docs/commands.md`.
What the page shows already stays as it is, where it may differ.
"""

import contextlib
import io
import linecache
import os
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

import keras

from kapre_like.models.cli.main import main

ROOT = Path(__file__).resolve().parents[1]
_BLOCK = re.compile(r"(<!-- slow -->\n)?^```(\w+)[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
_NUMBER = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?")
_UNIT = re.compile(r" (?:s|ms|MB|kB)\b")


class Runner:
    """Runs the blocks of a page one after the other.

    Attributes:
        ran: How many blocks ran.
    """

    def __init__(self, *, slow=False, write=False):
        self.ran = 0
        self._slow, self._write = slow, write
        self._names, self._printed = {}, None

    def page(self, text):
        """Runs a page; returns it, with what was printed if `write`.

        Raises:
            AssertionError: If a block prints something else than the page shows.
        """
        return _BLOCK.sub(self._block, text)

    def _block(self, found):
        late, language, code = found.groups()
        printed, self._printed = self._printed, None
        if late and not self._slow:
            return found[0]
        if language == "text" and printed is not None:
            shown = self._shown(code, printed)
            return found[0].replace(code, f"{shown.rstrip()}\n")
        if language == "python":
            self._printed = self._python(code)
        elif language == "console":
            return found[0].replace(code, self._console(code))
        return found[0]

    def _shown(self, expected, printed, where=""):
        """What the page shows, or is to show, of what was printed."""
        try:
            check_printed(expected, printed, where)
        except AssertionError:
            if not self._write:
                raise
            return printed
        return expected

    def _python(self, code):
        self.ran += 1
        out = io.StringIO()
        file = f"<block {self.ran} of a page>"
        # TensorFlow reads the source of functions that it traces.
        linecache.cache[file] = len(code), None, code.splitlines(keepends=True), file
        with contextlib.redirect_stdout(out):
            exec(compile(code, file, "exec"), self._names)
        for expected in re.findall(r"^\s*print\(.*\)  # (.*)$", code, re.MULTILINE):
            assert expected in _plain(out.getvalue()), (
                f"{expected!r} is not in {out.getvalue()!r}"
            )
        return out.getvalue()

    def _console(self, block):
        """Runs the commands of a block and compares what each prints."""
        self.ran += 1
        before, *parts = re.split(r"^\$ ", block, flags=re.MULTILINE)
        assert not before.strip(), "a block of commands begins with `$ `"
        return "".join(f"$ {self._command(part)}" for part in parts)

    def _command(self, part):
        typed, command, expected = _command_and_output(part)
        shown = self._shown(expected, _run_command(command), command).rstrip()
        return f"{typed}\n{shown}\n" if shown else f"{typed}\n"


def run_page(path, *, slow=False):
    """Runs a page in the working folder; returns how many blocks ran."""
    # A page may show names of layers, which Keras counts for the whole process.
    keras.utils.clear_session()
    runner = Runner(slow=slow)
    runner.page(Path(path).read_text("utf-8"))
    return runner.ran


def check_printed(expected, got, where=""):
    """Raises unless a program printed the output in the page."""
    expected, got = (re.sub(r"-{3,}", "---", _plain(text)).strip() for text in (expected, got))
    pattern, numbers, rest = "", [], expected
    while rest:
        number = _NUMBER.match(rest)
        if rest.startswith("..."):
            pattern, rest = pattern + r"[\s\S]*?", rest[3:]
        elif number:
            rest = rest[number.end() :]
            pattern += rf"({_NUMBER.pattern})"
            numbers.append(None if _UNIT.match(rest) else number[0])
        elif rest[0].isspace():
            pattern, rest = pattern + r"\s+", rest.lstrip()
        else:
            pattern, rest = pattern + re.escape(rest[0]), rest[1:]
    found = re.fullmatch(pattern, got)
    assert found, f"{where}\nthe page has:\n{expected}\nprinted was:\n{got}"
    for shown, number in zip(numbers, found.groups(), strict=True):
        assert shown is None or _near(shown, number), f"{where}\n{shown} is {number} in:\n{got}"


def _near(expected, got):
    if "." not in expected:
        return expected == got
    expected, got = (float(text.replace(",", "")) for text in (expected, got))
    return abs(expected - got) <= max(0.1, 0.2 * abs(expected))


def _plain(text):
    """Without the brackets that TensorFlow puts around shapes."""
    return re.sub(r"TensorShape\(\[(.*?)\]\)", r"(\1)", text)


def _command_and_output(part):
    """A command as typed and in one line, and the lines below it."""
    lines = part.splitlines()
    last = next(i for i, line in enumerate(lines) if not line.endswith("\\"))
    typed = "\n".join(lines[: last + 1])
    command = " ".join(line.rstrip("\\").strip() for line in lines[: last + 1])
    return typed, command, "\n".join(lines[last + 1 :])


def _run_command(command):
    """What a command prints on both streams; `kapre-like` runs in this process."""
    if command.startswith("kapre-like ") and not set("|<>") & set(command):
        words = shlex.split(command)[1:]
        return _run_here([file for word in words for file in _files(word)], command)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {command}"], env=environment, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
    )  # fmt: skip
    assert done.returncode == 0, f"{command}\n{done.stdout}"
    return done.stdout


def _run_here(words, command):
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        code = main(words)
    assert code == 0, f"{command}\n{out.getvalue()}"
    return out.getvalue()


def _files(word):
    """What a shell makes of a word with a pattern."""
    return sorted(map(str, Path().glob(word))) if "*" in word else [word]


def _write(paths):
    """Puts what the code of pages prints into the pages."""
    os.environ["COLUMNS"] = "100"
    for path in paths:
        with tempfile.TemporaryDirectory() as folder:
            os.environ["KAPRE_LIKE_CACHE"] = f"{folder}/cache"
            (Path(folder) / "examples").symlink_to(ROOT / "examples")
            with contextlib.chdir(folder):
                text = Runner(slow=True, write=True).page(path.read_text("utf-8"))
        path.write_text(text, "utf-8")


if __name__ == "__main__":
    _write([Path(word).resolve() for word in sys.argv[1:]])
