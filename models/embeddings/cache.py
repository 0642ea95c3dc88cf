"""Cache of embeddings on disk: one small file per clip and network, shared by processes.

Where: `$KAPRE_LIKE_CACHE`, else `$XDG_CACHE_HOME/kapre_like`, else `~/.cache/kapre_like`, and
in it `embeddings/NETWORK/XX/CLIP.npz`. A file holds an array per depth: means, deviations,
then maxima. The folder may be deleted at any time. `KAPRE_LIKE_CACHE=off` keeps nothing.
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

# Increase this when a change of the code changes embeddings. Old files are then ignored.
VERSION = 2
_OFF = "off"
# Errors of NumPy and zipfile for a file that is truncated, empty or of another kind.
_DAMAGED = (OSError, ValueError, TypeError, KeyError, EOFError, zipfile.BadZipFile, zlib.error)


def cache_folder(owner: str, cache: Any) -> Path | None:
    """Resolves an argument `cache` to a folder; `None` if nothing is cached.

    Args:
        owner: Who asks, for messages.
        cache: A folder; `True` for the usual one, see above; `False` for none.

    Raises:
        ValueError: If it is none of these.
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
        # Prefix each part with its length, so that different lists have different bytes.
        whole.update(f"{len(raw)}:".encode() + raw)
    return whole.hexdigest()[:32]


class EmbeddingCache:
    """The cached embeddings of one network.

    Args:
        folder: As from `cache_folder`.
        network: Text that identifies the network and its weights.

    Attributes:
        trouble: Why the cache cannot be written; `None` without problems.
    """

    def __init__(self, folder: Path | None, network: str) -> None:
        self._folder = folder and folder / "embeddings" / digest(VERSION, network)
        self.trouble: str | None = None

    def read(self, clip: str, depths: list[str]) -> dict[str, np.ndarray] | None:
        """Returns the arrays of a clip by depth; `None` if one is missing or damaged."""
        if self._folder is None:
            return None
        return _read(self._path(clip), depths)

    def write(self, clip: str, arrays: dict[str, np.ndarray]) -> None:
        """Writes the arrays of a clip, and keeps those of other depths.

        If two processes write the same clip at once, the later one wins. A reader always finds
        a complete file.
        """
        if self._folder is None or self.trouble:
            return
        path = self._path(clip)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            arrays = {**(_read(path, None) or {}), **arrays}
            with replacing(path) as new:
                np.savez(new, **arrays)
        except OSError as error:
            # Without a cache the next run takes longer, but the embeddings are still correct.
            self.trouble = f"cannot keep embeddings in {self._folder}: {error.strerror}"

    def _path(self, clip: str) -> Path:
        return self._folder / clip[:2] / f"{clip}.npz"


def _read(path: Path, depths: list[str] | None) -> dict[str, np.ndarray] | None:
    """Reads the arrays of some depths, or of all, and verifies their checksums."""
    try:
        # Read the bytes first, because NumPy does not close a damaged file.
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as file:
            arrays = {name: file[name] for name in (file.files if depths is None else depths)}
    except _DAMAGED:
        return None
    sound = all(a.dtype == np.float32 and a.ndim == 1 and len(a) for a in arrays.values())
    return arrays if sound else None
