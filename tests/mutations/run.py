"""Breaks the code on purpose, one mutation at a time, and reports which test notices.

    make mutations                              # all, two at a time
    make mutations ARGS="--only NAME"           # one; again for another
    make mutations ARGS="--only masks"          # a group

Each mutation is applied to a copy of the sources in a temporary folder, never to the working
tree, and the tests it names run against that copy; `guard.py`, loaded into pytest, refuses any
other `kapre_like`. First all named tests run on an unchanged copy: what fails there kills
nothing. Exits 0 if every mutation was killed by a failing test.
"""

import argparse
import concurrent.futures
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

from mutations.table import MUTATIONS, Mutation

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Far beyond what any needs: one that hangs is not killed, it is broken.
LIMIT_S = 600
# All named tests one after another.
UNCHANGED_LIMIT_S = 2400
UNCHANGED = Mutation("unchanged", "none", "", "", "", ())


def sources(path: str) -> str:
    """Returns the path in the copy of a file: `models/` is in `kapre_like/models` there."""
    return f"kapre_like/{path}" if path.startswith("models/") else path


def copy_to(folder: pathlib.Path) -> None:
    """The package as it is installed, and links to all that tests read beside it."""
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "kapre_like", folder / "kapre_like", ignore=ignored)
    shutil.copytree(ROOT / "models", folder / "kapre_like" / "models", ignore=ignored)
    shutil.copytree(ROOT / "tests", folder / "tests", ignore=ignored)
    for name in ("docs", "examples", "pyproject.toml", "setup.cfg", "README.md"):
        (folder / name).symlink_to(ROOT / name)


def apply(mutation: Mutation, folder: pathlib.Path) -> None:
    """Changes the copy; raises if the text is not there exactly once."""
    if not mutation.path:
        return
    path = folder / sources(mutation.path)
    text = path.read_text(encoding="utf-8")
    if text.count(mutation.old) != 1:
        found = text.count(mutation.old)
        raise SystemExit(
            f"{mutation.name}: stale mutation, its text stands {found} times in {mutation.path}"
        )
    path.write_text(text.replace(mutation.old, mutation.new), encoding="utf-8")


def pytest_on(
    folder: pathlib.Path, tests: tuple[str, ...], limit: int
) -> subprocess.CompletedProcess:
    """The named tests of `make test` against the copy; the first failure ends it."""
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(folder), str(folder / "tests")]),
        "PYTHONSAFEPATH": "1",
        "KAPRE_LIKE_MUTANT": str(folder),
        "TF_NUM_INTRAOP_THREADS": "1",
        "OMP_NUM_THREADS": "1",
    }
    program = [
        sys.executable, "-m", "pytest", "-p", "mutations.guard", "-p", "no:cacheprovider",
        "-x", "-q", "-rf", "--tb=line", "-m", "not slow", *(f"tests/{test}" for test in tests),
    ]  # fmt: skip
    return subprocess.run(
        program, cwd=folder, env=environment, capture_output=True, text=True, timeout=limit
    )


def killer(mutation: Mutation) -> tuple[str, bool]:
    """Runs one mutation: which test failed or what else happened, and whether that counts."""
    tests, limit = mutation.tests, LIMIT_S
    if mutation is UNCHANGED:
        limit = UNCHANGED_LIMIT_S
        tests = tuple(dict.fromkeys(test for other in MUTATIONS for test in other.tests))
    with tempfile.TemporaryDirectory(prefix="mutant-") as name:
        folder = pathlib.Path(name)
        copy_to(folder)
        apply(mutation, folder)
        try:
            done = pytest_on(folder, tests, limit)
        except subprocess.TimeoutExpired:
            return f"nothing within {limit} s", False
    failed = re.search(r"^FAILED tests/(\S+)", done.stdout, re.MULTILINE)
    if done.returncode == 1 and failed:
        return failed[1], True
    if done.returncode == 0:
        return "SURVIVED", False
    return f"pytest broke (exit {done.returncode}): {(done.stdout + done.stderr)[-800:]}", False


def timed(mutation: Mutation) -> tuple[Mutation, str, bool, float]:
    """`killer` with the seconds it took."""
    start = time.monotonic()
    return mutation, *killer(mutation), time.monotonic() - start


def main(arguments: list[str] | None = None) -> int:
    """Runs the mutations of the command line; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--only", action="append", metavar="NAME", help="a mutation or a group")
    parser.add_argument("--jobs", type=int, default=2, help="how many run at a time")
    parser.add_argument(
        "--skip-unchanged", action="store_true", help="do not run the tests unchanged first"
    )
    options = parser.parse_args(arguments)
    wanted = options.only or []
    chosen = [m for m in MUTATIONS if not wanted or {m.name, m.group} & set(wanted)]
    if unknown := set(wanted) - {word for m in MUTATIONS for word in (m.name, m.group)}:
        parser.error(f"no such mutation: {', '.join(sorted(unknown))}")
    if not options.skip_unchanged and not wanted:
        chosen = [UNCHANGED, *chosen]
    survivors = []
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for mutation, what, killed, seconds in pool.map(timed, chosen):
            if mutation is UNCHANGED:
                killed, what = not killed and what == "SURVIVED", f"tests on unchanged: {what}"
            print(f"{'ok  ' if killed else 'BAD '} {seconds:4.0f} s  {mutation.name}: {what}")
            sys.stdout.flush()
            survivors += [] if killed else [mutation.name]
    mutants = [m for m in chosen if m is not UNCHANGED]
    print(f"{len(mutants) - len(set(survivors) - {'unchanged'})} of {len(mutants)} killed")
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main())
