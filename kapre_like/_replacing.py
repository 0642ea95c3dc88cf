"""Atomic writing of files and folders, with the standard library only."""

import errno
import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# The disk is full, the user's quota is used up, or a file is too large.
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def why_full(error: BaseException) -> str:
    """Returns the system's message if a full disk caused an error, else "".

    Libraries wrap the system's error, or quote it in their own message.
    """
    seen: list[BaseException] = []
    todo: list[BaseException | None] = [error]
    while todo:
        current = todo.pop()
        if current is None or current in seen:
            continue
        seen.append(current)
        todo += [current.__cause__, current.__context__]
        for number in _FULL:
            if getattr(current, "errno", None) == number or os.strerror(number) in str(current):
                return os.strerror(number)
    return ""


@contextmanager
def replacing(path: str | Path) -> Iterator[Path]:
    """Yields a temporary path, which replaces `path` when the block ends without an error.

    The block writes a file or makes a folder at the temporary path. It is in the same folder,
    and ends in the name of `path`, because some writers derive the format from the name. If
    the block raises, `path` is unchanged, and the temporary path is removed.

    Args:
        path: File or folder to write, in a folder that exists.

    Raises:
        ValueError: If the folder does not exist, or a file would replace a folder.
        OSError: If writing fails; the message names `path`.
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
            # A system call cannot replace a nonempty folder, so rename the old one first.
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
        for leftover in (new, old):
            _remove(leftover)


def check_file(path: str | Path) -> None:
    """Checks before long work that a file can be written to a path.

    Raises:
        ValueError: If its folder does not exist, or the path is a folder.
    """
    path = Path(path)
    _check_parent(path)
    if path.is_dir():
        raise ValueError(f"{path}: is a folder. Name a file to write.")


def _check_parent(path: Path) -> None:
    if not path.parent.is_dir():
        raise ValueError(f"{path}: its folder does not exist. Make the folder first.")


def _named(error: OSError, new: Path, path: Path) -> OSError:
    """Returns the error with `path` in place of the temporary path, or `error` itself."""
    about = "" if error.filename is None else os.fspath(error.filename)
    if error.errno is None:
        # A library's own message, such as HDF5's. Subclasses of `OSError` are kept.
        return OSError(f"{path}: {error}") if type(error) is OSError else error
    if about and Path(about) != new and new not in Path(about).parents:
        return error
    return OSError(error.errno, error.strerror, str(path))


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
