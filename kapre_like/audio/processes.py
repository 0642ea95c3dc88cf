"""Work on many clips in several processes: in order, with few of them in memory at a time.

Python computes in one thread at a time, and of a short clip half of the work is Python's. So
long work goes to processes of their own, which read and compute, and return small results.

They are programs started with pipes, and not `multiprocessing`: a script needs no guard around
its main part, nothing is inherited from TensorFlow's threads, and a process ends when the end
of its pipe is closed, also because its parent was killed.
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

# Seconds of work after which it is known how long an item takes; and how much work has to be
# left, because starting a process takes a third of a second.
_TRIAL_S, _WORTH_S = 0.25, 1.0
# Seconds of work that a process is given at once, and items at most: so a few are in memory.
_CHUNK_S, _MAX_ITEMS = 0.1, 64
# Libraries would start a thread per core in each process.
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
    """Yields `function(item)` of each item, in order.

    Begins in this process. If much work is left after a moment, processes do the rest.

    Args:
        function: Of a module, or a `functools.partial` of one, since its name is what the
            processes are told. Its results are pickled.
        items: What can be pickled.
        workers: Int > 0, processes; 1 stays in this process. `None`: one per core.

    Raises:
        Exception: What the function raised, for the first such item.
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
    """A process that applies one function to what it is sent."""

    def __init__(self, function: Callable[[Any], Any]) -> None:
        # -P: the current folder must not shadow the installed package.
        command = [sys.executable, "-P", "-m", "kapre_like.audio.processes"]
        # It can import what this process can.
        places = os.pathsep.join(place for place in sys.path if place)
        self._popen = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, **_ONE_THREAD, "PYTHONPATH": places},
        )
        self._send(function)

    def _send(self, value: Any) -> None:
        with suppress(OSError):  # it died, which reading its answer says better
            pickle.dump(value, self._popen.stdin, protocol=pickle.HIGHEST_PROTOCOL)
            self._popen.stdin.flush()

    def results(self, chunk: Sequence[Any]) -> list[Any]:
        """Returns the results of a chunk, or raises what the function raised."""
        self._send(chunk)
        try:
            good, answer = pickle.load(self._popen.stdout)
        except (EOFError, pickle.UnpicklingError):
            raise ChildProcessError(_death(self._popen.wait(), chunk)) from None
        if good:
            return answer
        raise answer

    def end(self) -> None:
        """Ends the process, whatever it does."""
        self._popen.kill()
        with suppress(OSError):
            self._popen.stdin.close()
        self._popen.wait()
        self._popen.stdout.close()


def _death(code: int, chunk: Sequence[Any]) -> str:
    reason = f"was killed by signal {-code}" if code < 0 else f"ended with code {code}"
    hint = " Is there memory enough?" if code == -9 else ""
    return f"a process {reason} while it worked on these: {list(chunk)!r:.300}.{hint}"


def _serve() -> None:
    """Reads a function and then chunks from stdin, until it is closed; writes results."""
    # An interrupt is for the parent, which ends this process.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what is printed must not come between the answers
    with suppress(EOFError, BrokenPipeError):
        function = pickle.load(sys.stdin.buffer)
        while True:
            answers.write(_answer(function, pickle.load(sys.stdin.buffer)))
            answers.flush()


def _answer(function: Callable[[Any], Any], chunk: Sequence[Any]) -> bytes:
    """The pickled results, or the error."""
    dump = functools.partial(pickle.dumps, protocol=pickle.HIGHEST_PROTOCOL)
    try:
        return dump((True, [function(item) for item in chunk]))
    except Exception as error:
        error.add_note(traceback.format_exc())
        try:
            answer = dump((False, error))
            pickle.loads(answer)
        except Exception:  # not every error can be pickled, or read again
            return dump((False, RuntimeError(f"{type(error).__name__}: {error}")))
        return answer


if __name__ == "__main__":
    _serve()
