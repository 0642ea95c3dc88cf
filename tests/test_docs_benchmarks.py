"""The site has a page for every file of results, with the numbers of the file."""

import json

import pytest
from result_charts import draw_chart
from result_pages import (
    ROOT,
    question_of,
    read_lines,
    result_files,
    result_page,
    rows_of,
    script_of,
)


@pytest.mark.parametrize("path", result_files(), ids=lambda path: path.stem)
def test_a_file_of_results_has_a_question_and_a_page_with_its_numbers(path):
    lines = read_lines(path)
    question, _ = question_of(script_of(path, lines))
    page = result_page(path, None)
    assert page.startswith(f"# {question}\n")
    rows = rows_of(lines)
    assert {row.title for row in rows} == {line["title"] for line in lines}
    table = [line for line in page.splitlines() if line.startswith("| ")]
    assert len(table) == len(rows) + 1


def lines_with(**results):
    where = {"cpu": "AMD EPYC", "cores": 2}
    line = {"title": "t", "command": "python benchmarks/bench_pcen.py", "date": "2026-11-30"}
    one = line | {"where": where, "setting": {"clips": 1, "rounds": 3}, "results": results}
    return [one, one | {"setting": {"clips": 8, "rounds": 3}}]


def test_rows_have_the_settings_that_differ_and_all_numbers():
    lines = lines_with(
        ours={"median_ms": 1.5, "p10_ms": 1.0, "p90_ms": 2.0}, times_as_fast=2.0, ok=True
    )
    first, own, *_ = rows_of(lines)
    assert (first.rival, first.setting) == ("ours", "clips=1")
    assert first.numbers == {"median_ms": 1.5, "p10_ms": 1.0, "p90_ms": 2.0}
    assert (own.rival, own.numbers) == ("", {"times_as_fast": 2.0})


def test_metrics_come_with_their_intervals():
    (row, _) = rows_of(
        lines_with(vgg={"metrics": {"accuracy": 0.5}, "intervals": {"accuracy": [0.4, 0.6]}})
    )
    assert row.numbers == {"accuracy": 0.5, "accuracy_interval": [0.4, 0.6]}


def test_a_page_names_command_processor_and_date(tmp_path):
    path = tmp_path / "pcen.jsonl"
    path.write_text("\n".join(map(json.dumps, lines_with(ours={"median_ms": 1.0}))), "utf-8")
    page = result_page(path, "pcen.png")
    assert "2026-11-30, AMD EPYC, 2 cores" in page
    assert page.count("python benchmarks/bench_pcen.py") == 1
    assert "In all rows: `rounds=3`." in page
    assert "](pcen.png)" in page


def test_a_chart_is_drawn_where_there_is_something_to_compare(tmp_path):
    pytest.importorskip("matplotlib")
    assert draw_chart(tmp_path / "a.png", rows_of(lines_with(ours={"median_ms": 1.0})))
    assert (tmp_path / "a.png").stat().st_size > 1000
    assert not draw_chart(tmp_path / "b.png", rows_of(lines_with(ours={"count": 1})))


def test_the_question_is_the_first_line_of_the_program():
    question, rest = question_of(ROOT / "benchmarks/bench_pcen.py")
    assert question == (
        "Is the learned `PCEN`, in blocks of frames, faster than a scan over frames?"
    )
    assert "python benchmarks" not in rest
