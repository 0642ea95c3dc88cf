"""`audio.processes`: results in order, errors as they were, processes that end."""

import functools
import math
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from process_tools import end_in_a_child, pid

from kapre_like.audio import processes
from kapre_like.audio.processes import in_order


@pytest.fixture
def at_once(monkeypatch):
    """Processes from the second item on, whose chunks hold a few items."""
    monkeypatch.setattr(processes, "_TRIAL_S", 0.0)
    monkeypatch.setattr(processes, "_WORTH_S", 0.0)
    monkeypatch.setattr(processes, "_MAX_ITEMS", 3)


def test_little_work_stays_in_this_process():
    assert set(in_order(pid, range(50))) == {os.getpid()}


def test_long_work_runs_in_the_given_number_of_processes(at_once):
    pids = set(in_order(pid, range(200), workers=3))
    assert os.getpid() in pids
    assert len(pids) <= 4
    assert len(pids) > 1


def test_one_worker_is_this_process(at_once):
    assert set(in_order(pid, range(50), workers=1)) == {os.getpid()}


@pytest.mark.parametrize("count", [0, 1, 2, 3, 50])
def test_results_come_in_order(at_once, count):
    power = functools.partial(math.pow, 2.0)
    assert list(in_order(power, range(count), workers=2)) == [2.0**n for n in range(count)]


def test_an_error_is_raised_where_it_belongs(at_once):
    results = in_order(math.sqrt, [4.0] * 20 + [-1.0] + [9.0] * 20, workers=2)
    got = []
    with pytest.raises(ValueError, match=r"math domain|nonnegative") as error:
        got += iter(lambda: next(results), None)
    # Of the chunk with the error nothing is returned.
    assert got[:17] == [2.0] * 17
    assert "Traceback" in "".join(error.value.__notes__)


def test_a_process_that_dies_is_an_error(at_once):
    with pytest.raises(ChildProcessError, match="ended with code 7 while it computed"):
        list(in_order(end_in_a_child, [os.getpid()] * 8, workers=2))


def test_processes_end_with_an_unfinished_loop(at_once):
    results = in_order(pid, range(500), workers=2)
    pids = {next(results) for _ in range(60)} - {os.getpid()}
    results.close()
    assert pids
    assert not any(_alive(one) for one in pids)


PARENT = """
import os, sys, time
from kapre_like.audio import processes
processes._TRIAL_S = processes._WORTH_S = 0.0
from process_tools import slow_pid
for pid in processes.in_order(slow_pid, range(10_000), workers=2):
    if pid != os.getpid():
        print(pid, flush=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is of POSIX")
def test_processes_end_when_their_parent_is_killed():
    places = os.pathsep.join([str(Path(__file__).parent), *filter(None, sys.path)])
    parent = subprocess.Popen(
        [sys.executable, "-P", "-c", PARENT],
        stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": places},
    )  # fmt: skip
    pids = {int(parent.stdout.readline()) for _ in range(12)}
    parent.kill()
    parent.wait()
    parent.stdout.close()
    deadline = time.monotonic() + 20
    while any(_alive(one) for one in pids) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(_alive(one) for one in pids)


def _alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")
    # A process that ended but was not waited for does not count.
    return not (stat.exists() and stat.read_text().rpartition(")")[2].split()[0] == "Z")
