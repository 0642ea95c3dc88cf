"""Files and folders that are there whole or not at all; the standard library is enough."""

import errno
import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# No room on the disk, in the user's share of it, or below the limit for one file.
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def why_full(error: BaseException) -> str:
    """Returns the system's words if an error comes of a full disk, else "".

    Libraries wrap the system's error, or quote it in one of their own.
    """
    seen: list[BaseException] = []
    todo: list[BaseException | None] = [error]
    while todo:
        one = todo.pop()
        if one is None or one in seen:
            continue
        seen.append(one)
        todo += [one.__cause__, one.__context__]
        for number in _FULL:
            if getattr(one, "errno", None) == number or os.strerror(number) in str(one):
                return os.strerror(number)
    return ""


@contextmanager
def replacing(path: str | Path) -> Iterator[Path]:
    """Yields a temporary path; what the block has written there then takes the place of `path`.

    The temporary path is in the same folder and ends in the name of `path`, since some writers
    choose the format by it. The block writes a file there or makes a folder. If it raises,
    `path` is as it was, and nothing is left beside it.

    Args:
        path: File or folder to write, in a folder that exists.

    Raises:
        ValueError: If there is no such folder, or a file would replace a folder.
        OSError: If the disk refuses, with the name of `path` in the message.
    """
    path = Path(path)
    _check_parent(path)
    own = f"{os.getpid()}-{threading.get_ident()}"
    new, old = (path.with_name(f".{kind}-{own}-{path.name}") for kind in ("new", "old"))
    try:
        yield new
        if not new.is_dir():
            check_file(path)
        elif path.exists():
            # No system replaces a folder with something in it: it steps aside first.
            path.rename(old)
        try:
            new.replace(path)
        except OSError:
            if old.exists():
                old.rename(path)
            raise
    except OSError as error:
        named = _named(error, new, path)
        if named is error:
            raise
        raise named from error
    except Exception as error:
        if words := why_full(error):
            number = next(n for n in _FULL if os.strerror(n) == words)
            raise OSError(number, words, str(path)) from error
        raise
    finally:
        for left in (new, old):
            _remove(left)


def check_file(path: str | Path) -> None:
    """Refuses a path that no file can be written to; before long work, not after it.

    Raises:
        ValueError: If its folder does not exist, or it is a folder itself.
    """
    path = Path(path)
    _check_parent(path)
    if path.is_dir():
        raise ValueError(f"{path}: is a folder. Name a file to write.")


def _check_parent(path: Path) -> None:
    if not path.parent.is_dir():
        raise ValueError(f"{path}: its folder does not exist. Make the folder first.")


def _named(error: OSError, new: Path, path: Path) -> OSError:
    """The error under the name that the user knows; an error about another file as it is."""
    about = "" if error.filename is None else os.fspath(error.filename)
    if error.errno is None:
        # A library's own words, such as HDF5's; its other classes say what they mean.
        return OSError(f"{path}: {error}") if type(error) is OSError else error
    if about and Path(about) != new and new not in Path(about).parents:
        return error
    return OSError(error.errno, error.strerror, str(path))


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
