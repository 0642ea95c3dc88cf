"""The Python of docs/transcripts.md prints what its comments promise."""

import pathlib
import re

PAGE = pathlib.Path(__file__).resolve().parents[1] / "docs/transcripts.md"


def test_its_python_runs_from_top_to_bottom(capsys):
    names = {}
    text = PAGE.read_text(encoding="utf-8")
    for code in re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        exec(compile(code, PAGE.name, "exec"), names)
    out = capsys.readouterr().out
    assert "one two [('one', 0.0, 0.1), ('two', 0.16, 0.26)]" in out
    assert "WER 25%, CER 6%" in out
    assert "00:00:00,000 --> 00:00:00,260\none two" in out
