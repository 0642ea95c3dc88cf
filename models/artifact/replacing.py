"""Files that are there whole or not at all."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yields a temporary path beside `path`; at the end moves it over `path` in one step.

    If the block raises, `path` is as it was and nothing is left beside it.
    """
    check_folder(path)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        yield temporary
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def check_folder(path: Path) -> None:
    """Refuses a file in a folder that does not exist; before long work, not after it."""
    if not path.parent.is_dir():
        raise ValueError(f"{path}: its folder does not exist. Make the folder first.")
    if path.is_dir():
        raise ValueError(f"{path}: is a folder. Name a file to write.")
