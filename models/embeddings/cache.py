"""Cache of embeddings on disk: one small file per clip and network, shared by processes.

The folder is `$KAPRE_LIKE_CACHE`, else `$XDG_CACHE_HOME/kapre_like`, else
`~/.cache/kapre_like`. It has the files `embeddings/NETWORK/XX/CLIP.npz`. A file contains an
array per depth: means, standard deviations, then maxima. The folder can be deleted at any
time. `KAPRE_LIKE_CACHE=off` disables the cache.
"""

import hashlib
import io
import os
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from kapre_like import _check
from kapre_like._replacing import replacing

# Increase this number when a change of the code changes embeddings. Then old files are ignored.
VERSION = 2
_OFF = "off"
# Errors of NumPy and zipfile for a file that is truncated, empty or of another format.
_DAMAGED = (OSError, ValueError, TypeError, KeyError, EOFError, zipfile.BadZipFile, zlib.error)


def cache_folder(owner: str, cache: Any) -> Path | None:
    """Resolves an argument `cache` to a folder; `None` if nothing is cached.

    Args:
        owner: Name of the caller, for error messages.
        cache: A folder; `True` for the default folder, see above; `False` for no cache.

    Raises:
        ValueError: If it is not one of these.
    """
    if isinstance(cache, str | Path) and str(cache):
        return Path(cache).expanduser()
    if not isinstance(cache, bool):
        _check.fail(owner, "cache", "True, False or a folder", cache)
    named = os.environ.get("KAPRE_LIKE_CACHE", "")
    if not cache or named == _OFF:
        return None
    if named:
        return Path(named).expanduser()
    home = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(home) if home else Path("~/.cache").expanduser()) / "kapre_like"


def digest(*parts: Any) -> str:
    """Returns a digest of texts, numbers or bytes: 32 hexadecimal digits."""
    whole = hashlib.sha256()
    for part in parts:
        raw = part if isinstance(part, bytes) else repr(part).encode()
        # Prefix each part with its length, so that different lists hash different bytes.
        whole.update(f"{len(raw)}:".encode() + raw)
    return whole.hexdigest()[:32]


class EmbeddingCache:
    """The cached embeddings of one network.

    Args:
        folder: As from `cache_folder`.
        network: Text that identifies the network and its weights.

    Attributes:
        problem: Why the cache cannot be written; `None` if it can.
    """

    def __init__(self, folder: Path | None, network: str) -> None:
        self._folder = folder and folder / "embeddings" / digest(VERSION, network)
        self.problem: str | None = None

    def read(self, clip: str, depths: list[str]) -> dict[str, np.ndarray] | None:
        """Returns the arrays of a clip by depth; `None` if one is missing or damaged."""
        if self._folder is None:
            return None
        return _read(self._path(clip), depths)

    def write(self, clip: str, arrays: dict[str, np.ndarray]) -> None:
        """Adds the arrays of a clip to its file, which may have arrays of other depths.

        If two processes write the same clip at once, the later one wins. A reader never sees an
        incomplete file.
        """
        if self._folder is None or self.problem:
            return
        path = self._path(clip)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            arrays = {**(_read(path, None) or {}), **arrays}
            with replacing(path) as new:
                np.savez(new, **arrays)
        except OSError as error:
            # No error, because the embeddings are correct without a cache.
            self.problem = f"cannot save embeddings in {self._folder}: {error.strerror}"

    def _path(self, clip: str) -> Path:
        return self._folder / clip[:2] / f"{clip}.npz"


def _read(path: Path, depths: list[str] | None) -> dict[str, np.ndarray] | None:
    """Reads the arrays of some depths, or of all, and verifies the file's checksums."""
    try:
        # Read the bytes first, because NumPy does not close a damaged file.
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as file:
            arrays = {name: file[name] for name in (file.files if depths is None else depths)}
    except _DAMAGED:
        return None
    sound = all(a.dtype == np.float32 and a.ndim == 1 and len(a) for a in arrays.values())
    return arrays if sound else None
