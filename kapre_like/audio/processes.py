"""Processes many clips in worker processes, in order, with few clips in memory at a time.

Python computes in one thread at a time, and half of the time for a short clip is spent in
Python. So worker processes read and compute the clips, and return small results.

The workers are programs with pipes instead of `multiprocessing`. So a script needs no guard
around its main part, and workers inherit nothing from TensorFlow's threads. A worker ends when
its pipe is closed, also if its parent is killed.
"""

import functools
import os
import pickle
import queue
import signal
import subprocess
import sys
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

# Seconds of work that measure the time per item, and minimum seconds of remaining work for
# which processes are started. Starting a process takes a third of a second.
_TRIAL_S, _WORTH_S = 0.25, 1.0
# Seconds of work and maximum number of items in a chunk, which limit the items in memory.
_CHUNK_S, _MAX_ITEMS = 0.1, 64
# Without these variables, libraries would start a thread per core in each process.
_POOLS = ("OPENBLAS_NUM", "OMP_NUM", "MKL_NUM", "VECLIB_MAXIMUM")
_ONE_THREAD = {f"{pool}_THREADS": "1" for pool in _POOLS}


def cores() -> int:
    """Returns the number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def in_order(
    function: Callable[[Item], Result], items: Sequence[Item], *, workers: int | None = None
) -> Iterator[Result]:
    """Yields `function(item)` for each item, in order.

    The first items are computed in this process. If much work remains after a moment, worker
    processes compute the rest.

    Args:
        function: A function of a module, or a `functools.partial` of one, because it is pickled
            by name. Its results are pickled.
        items: Items that can be pickled.
        workers: Int > 0, number of processes. 1 uses this process only. `None` uses one per
            core.

    Raises:
        Exception: The error of the function for the first item that failed.
        ChildProcessError: If a process died.
    """
    workers = workers or cores()
    spent, done = 0.0, 0
    for item in items:
        if workers > 1 and spent > _TRIAL_S and spent / done * (len(items) - done) > _WORTH_S:
            break
        began = time.perf_counter()
        result = function(item)
        spent, done = spent + time.perf_counter() - began, done + 1
        yield result
    left = len(items) - done
    if left:
        size = min(_MAX_ITEMS, round(_CHUNK_S * done / spent), -(-left // (4 * workers)))
        chunks = _chunks(items, done, max(1, size))
        yield from _in_processes(function, chunks, min(workers, left))


def _chunks(items: Sequence[Item], begin: int, size: int) -> Iterator[Sequence[Item]]:
    return (items[start : start + size] for start in range(begin, len(items), size))


def _in_processes(
    function: Callable[[Item], Result], chunks: Iterator[Sequence[Item]], workers: int
) -> Iterator[Result]:
    idle: queue.SimpleQueue[_Process] = queue.SimpleQueue()
    pool = ThreadPoolExecutor(workers)  # threads that wait for the processes
    processes = []
    try:
        for _ in range(workers):
            processes.append(_Process(function))
            idle.put(processes[-1])
        pending: deque[Any] = deque()
        for chunk in chunks:
            pending.append(pool.submit(_one_chunk, idle, chunk))
            if len(pending) > 2 * workers:
                yield from pending.popleft().result()
        while pending:
            yield from pending.popleft().result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        for process in processes:
            process.end()
        pool.shutdown()


def _one_chunk(idle: "queue.SimpleQueue[_Process]", chunk: Sequence[Any]) -> list[Any]:
    process = idle.get()
    try:
        return process.results(chunk)
    finally:
        idle.put(process)


class _Process:
    """A worker process that applies one function to chunks of items."""

    def __init__(self, function: Callable[[Any], Any]) -> None:
        # -P, because the current folder must not shadow the installed package.
        command = [sys.executable, "-P", "-m", "kapre_like.audio.processes"]
        # The worker must be able to import the same modules as this process.
        places = os.pathsep.join(place for place in sys.path if place)
        self._popen = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, **_ONE_THREAD, "PYTHONPATH": places},
        )
        self._send(function)

    def _send(self, value: Any) -> None:
        with suppress(OSError):  # it died, and reading its answer raises a better error
            pickle.dump(value, self._popen.stdin, protocol=pickle.HIGHEST_PROTOCOL)
            self._popen.stdin.flush()

    def results(self, chunk: Sequence[Any]) -> list[Any]:
        """Returns the results of a chunk, or raises the error of the function."""
        self._send(chunk)
        try:
            good, answer = pickle.load(self._popen.stdout)
        except (EOFError, pickle.UnpicklingError):
            raise ChildProcessError(_death(self._popen.wait(), chunk)) from None
        if good:
            return answer
        raise answer

    def end(self) -> None:
        """Kills the process."""
        self._popen.kill()
        with suppress(OSError):
            self._popen.stdin.close()
        self._popen.wait()
        self._popen.stdout.close()


def _death(code: int, chunk: Sequence[Any]) -> str:
    reason = f"was killed by signal {-code}" if code < 0 else f"ended with code {code}"
    hint = " The memory may be too small." if code == -9 else ""
    return f"a process {reason} while it computed these items: {list(chunk)!r:.300}.{hint}"


def _serve() -> None:
    """Reads a function and then chunks from stdin until it is closed, and writes results."""
    # The parent handles an interrupt, and ends this process.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # printed text must not mix with the answers
    with suppress(EOFError, BrokenPipeError):
        function = pickle.load(sys.stdin.buffer)
        while True:
            answers.write(_answer(function, pickle.load(sys.stdin.buffer)))
            answers.flush()


def _answer(function: Callable[[Any], Any], chunk: Sequence[Any]) -> bytes:
    """Returns the pickled results, or the pickled error."""
    dump = functools.partial(pickle.dumps, protocol=pickle.HIGHEST_PROTOCOL)
    try:
        return dump((True, [function(item) for item in chunk]))
    except Exception as error:
        error.add_note(traceback.format_exc())
        try:
            answer = dump((False, error))
            pickle.loads(answer)
        except Exception:  # not every error can be pickled and unpickled
            return dump((False, RuntimeError(f"{type(error).__name__}: {error}")))
        return answer


if __name__ == "__main__":
    _serve()
