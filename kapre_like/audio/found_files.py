"""Resolves the paths of a table to existing files, as far as these can be found."""

import re
import unicodedata
import warnings
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from kapre_like.audio.folder import AUDIO_SUFFIXES

# Matches a suffix that a sound file can have. `.001` is a part of the name.
_SUFFIX = re.compile(r"\.(3gp|[a-z][a-z0-9]{1,4})", re.IGNORECASE)


def resolve(owner: Path, cells: Iterable[str], audio_root: str | Path | None) -> list[str]:
    """Returns the absolute paths of the files of a table.

    A missing file is searched with another suffix, with another spelling (a.WAV, an umlaut of
    two code points) and with the slashes of another system. One warning reports the files that
    are found this way. The path of a file that is not found is kept, and reading it raises an
    error.

    Args:
        owner: The table or folder, for messages.
        cells: Paths as in the table.
        audio_root: The folder that relative paths start from. `None` uses the folder of the
            table.

    Raises:
        ValueError: If `audio_root` is not a folder.

    Warns:
        UserWarning: If files were found under another name, or if several files match.
    """
    base = owner.resolve().parent
    if audio_root is not None:
        base = Path(audio_root).expanduser().absolute()
        if not base.is_dir():
            raise ValueError(f"{audio_root}: no such folder. Correct --audio-root.")
    cells = [cell.strip() for cell in cells]
    paths = [str(base / Path(cell).expanduser()) for cell in cells]
    missing = [row for row, path in enumerate(paths) if not Path(path).exists()]
    if missing:
        taken = {path for row, path in enumerate(paths) if row not in set(missing)}
        _look(owner, cells, paths, missing, base, taken)
    return paths


def _look(
    owner: Path,
    cells: list[str],
    paths: list[str],
    missing: list[int],
    base: Path,
    taken: set[str],
) -> None:
    """Replaces missing files in `paths` by the files that are found, and warns of it."""
    found, several = [], []
    look = lru_cache(maxsize=None)(_by_stem)
    for row in missing:
        path = base / Path(cells[row].replace("\\", "/")).expanduser()
        names = [str(path)] if path.exists() else _alike(path, look(path.parent))
        names = [name for name in names if name not in taken]
        if len(names) == 1:
            paths[row] = names[0]
            found.append(f"{cells[row]}: {Path(names[0]).name}")
        elif names:
            several.append(f"{cells[row]}: {', '.join(Path(name).name for name in names)}")
    messages = (
        (found, "but was found with another suffix or spelling"),
        (several, "and several others match; correct the table"),
    )
    for rows, words in messages:
        if rows:
            text = f"{len(rows)} {'row names' if len(rows) == 1 else 'rows name'} a file"
            warnings.warn(
                f"{owner}: {text} that does not exist, {words} (such as {rows[0]})",
                UserWarning,
                stacklevel=4,
            )


def _by_stem(folder: Path) -> dict[str, list[str]]:
    """Returns the sound files of a folder by their case-folded name without its suffix."""
    stems: dict[str, list[str]] = {}
    try:
        files = sorted(folder.iterdir())
    except OSError:
        return {}
    for file in files:
        if file.suffix.lower() in AUDIO_SUFFIXES:
            stems.setdefault(_folded(file.stem), []).append(str(file))
    return stems


def _alike(path: Path, stems: dict[str, list[str]]) -> list[str]:
    """Returns files of the same name, with an added suffix or with another suffix."""
    whole = stems.get(_folded(path.name), [])
    if whole or not _SUFFIX.fullmatch(path.suffix):
        return whole
    same = stems.get(_folded(path.stem), [])
    # A file that only differs in the case of letters has priority.
    return [name for name in same if _folded(Path(name).name) == _folded(path.name)] or same


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()
