"""Finds the folder of a checkpoint, and reads its JSON files."""

import hashlib
import json
import logging
import queue
import re
import socket
import threading
import urllib.parse
import urllib.request
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from kapre_like import _check
from kapre_like.models.checkpoints.weight_files import WEIGHTS, shard_names

TOKENIZER_FILES = (
    "vocab.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
)
# Of an adapter that PEFT wrote beside the weights.
ADAPTER_FILES = ("adapter_config.json", "adapter_model.safetensors", "adapter_model.bin")
_PREPROCESSOR = "preprocessor_config.json"
# Seconds in which the hub must take a connection.
_PATIENCE = 0.8
_NAME = re.compile(r"[\w.-]+(/[\w.-]+)?")


def is_hub_name(name: Any) -> bool:
    """Returns whether a text has the form of a name on the hub, such as `"owner/network"`."""
    text = str(name) if isinstance(name, str | Path) else ""
    return bool(_NAME.fullmatch(text)) and not text.startswith(".")


def adapter_names(language: str) -> tuple[str, str]:
    """Returns the names of the files of one language of a multilingual checkpoint."""
    return f"adapter.{language}.safetensors", f"adapter.{language}.bin"


def find_checkpoint(
    path_or_name: str | Path, *, owner: str = "checkpoint", language: str | None = None
) -> Path:
    """Returns the folder of a checkpoint, and downloads it if necessary.

    A name that Hugging Face's cache already holds is taken from there and asks no network.

    Args:
        path_or_name: A folder, or a name on the hub such as `"owner/network"`.
        owner: Who asks, for messages.
        language: Whose adapter is downloaded too, see `adapter_names`.

    Raises:
        ValueError: If it is neither, or the hub cannot be reached or does not know it.
        ImportError: If it is a name, and `huggingface_hub` is not installed.
    """
    if not isinstance(path_or_name, str | Path) or not str(path_or_name):
        rule = "a folder, or a name on the Hugging Face hub"
        _check.fail(owner, "path_or_name", rule, path_or_name)
    path = Path(path_or_name)
    if path.is_dir():
        return path
    name = str(path_or_name)
    if path.exists() or not is_hub_name(name):
        rule = "a folder that exists, or a name on the hub such as 'owner/network'"
        _check.fail(owner, "path_or_name", rule, path_or_name)
    return _from_hub(name, partial(_snapshot, language=language), owner)


def read_hub_config(name: str | Path, *, owner: str = "checkpoint") -> dict[str, Any]:
    """Returns the `config.json` of a name on the hub, without downloading weights.

    Raises:
        ValueError: If the hub cannot be reached, does not know it, or has no such file.
        ImportError: If `huggingface_hub` is not installed.
    """
    folder = _from_hub(str(name), _configuration, owner)
    return read_config(folder, owner=owner)


def cached_checkpoint(name: str) -> Path | None:
    """Returns the folder of a name that Hugging Face's cache holds whole; `None` without."""
    try:
        from huggingface_hub import hf_hub_download
        from huggingface_hub.errors import EntryNotFoundError
    except ImportError:
        return None

    def fetch(file: str, **kwargs: Any) -> Path | None:
        try:
            return Path(hf_hub_download(name, file, local_files_only=True, **kwargs))
        except EntryNotFoundError:
            return None

    return _snapshot(fetch)


def checkpoint_digest(path_or_name: str | Path) -> str:
    """Returns a digest of a checkpoint's configuration and weights, 16 hex digits.

    Other weights under the same name have another digest.
    """
    digest = hashlib.sha256()
    for path in sorted(find_checkpoint(path_or_name).iterdir()):
        told = path.name in ("config.json", ADAPTER_FILES[0])
        if told or path.suffix in (".safetensors", ".bin"):
            with path.open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()[:16]


def _from_hub(name: str, wanted: Callable[..., Path | None], owner: str) -> Path:
    """Returns the folder that `wanted` finds for a name, in the cache or on the hub."""
    try:
        from huggingface_hub import hf_hub_download
        from huggingface_hub.errors import EntryNotFoundError, LocalEntryNotFoundError
    except ImportError as error:
        raise ImportError(
            f"{owner}: there is no folder {name!r}, and a name on the hub needs "
            "huggingface_hub: `pip install huggingface_hub`."
        ) from error

    def fetch(file: str, *, local_files_only: bool = False, **kwargs: Any) -> Path | None:
        try:
            return Path(
                hf_hub_download(name, file, local_files_only=local_files_only, **kwargs)
            )
        except LocalEntryNotFoundError:
            # The cache may have it even if the hub cannot be reached.
            if local_files_only:
                return None
            raise
        except EntryNotFoundError:
            return None

    log = logging.getLogger("huggingface_hub")
    level = log.level
    try:
        # huggingface_hub logs every retry; the error raised below reports the failure once.
        log.setLevel(logging.ERROR)
        folder = wanted(partial(fetch, local_files_only=True))
        if folder is None:
            _ask_hub()
            folder = wanted(fetch)
    except (OSError, ValueError) as error:
        raise _unreachable(owner, name, f"{type(error).__name__}: {error}") from error
    finally:
        log.setLevel(level)
    if folder is None:
        why = "The hub has it, but with no config.json, no weights or no such language."
        raise _unreachable(owner, name, why)
    return folder


def _ask_hub() -> None:
    """Raises a `ConnectionError` if the hub, or the proxy before it, takes no connection soon.

    Without a network huggingface_hub tries again for half a minute. It is asked in a thread,
    because looking up a host's name knows no time limit.
    """
    from huggingface_hub import constants

    if constants.HF_HUB_OFFLINE:
        raise ConnectionError("HF_HUB_OFFLINE is set")
    hub = urllib.parse.urlsplit(constants.ENDPOINT)
    proxy = urllib.request.getproxies().get(hub.scheme)
    if proxy and not urllib.request.proxy_bypass(hub.hostname):
        hub = urllib.parse.urlsplit(proxy if "//" in proxy else f"//{proxy}")
    address = hub.hostname, hub.port or (80 if hub.scheme == "http" else 443)
    said: queue.SimpleQueue[OSError | None] = queue.SimpleQueue()

    def ask() -> None:
        try:
            socket.create_connection(address, timeout=_PATIENCE).close()
            said.put(None)
        except OSError as error:
            said.put(error)

    threading.Thread(target=ask, daemon=True).start()
    try:
        error = said.get(timeout=_PATIENCE)
    except queue.Empty:
        raise ConnectionError(f"no connection within {_PATIENCE} s") from None
    if error is not None:
        raise ConnectionError(str(error)) from error


def _configuration(fetch: Callable[..., Path | None]) -> Path | None:
    """Returns the folder with the configuration, if there is one."""
    config = fetch("config.json")
    return None if config is None else config.parent


def _snapshot(fetch: Callable[..., Path | None], *, language: str | None = None) -> Path | None:
    """Returns the folder with all files, if it has configuration and weights."""
    config = fetch("config.json")
    if config is None:
        return None
    # Name the commit, so that all files are of the same version.
    fetch = partial(fetch, revision=config.parent.name)
    weights = next((path for path in map(fetch, WEIGHTS) if path), None)
    if weights is None:
        return None
    if weights.suffix == ".json":
        for file in shard_names(weights):
            fetch(file)
    for other in (_PREPROCESSOR, *TOKENIZER_FILES):
        fetch(other)
    if fetch(ADAPTER_FILES[0]):
        for file in ADAPTER_FILES[1:]:
            fetch(file)
    if language is not None and not any(map(fetch, adapter_names(language))):
        return None
    return config.parent


def _unreachable(owner: str, name: str, reason: str) -> ValueError:
    # Some error messages of the hub have many lines.
    reason = " ".join(reason.split())
    return ValueError(
        f"{owner}: {name!r} is no folder here, is not in Hugging Face's cache, and "
        "cannot be fetched from the hub (no connection, or no such name). Check the name, go "
        f"online, or give a folder that `save_pretrained` wrote. {reason}"
    )


def read_config(folder: Path, *, owner: str = "checkpoint") -> dict[str, Any]:
    """Returns the content of a folder's `config.json`.

    Raises:
        ValueError: If there is none, or it is not JSON.
    """
    if not (folder / "config.json").is_file() and (folder / ADAPTER_FILES[0]).is_file():
        raise ValueError(
            f"{owner}: {folder} is a PEFT adapter alone. Put its adapter_config.json and "
            "adapter_model.safetensors beside the config.json and the weights of the network "
            "that it belongs to, or merge it with PEFT's `merge_and_unload()`."
        )
    if not (folder / "config.json").is_file():
        raise ValueError(
            f"{owner}: {folder} has no config.json, so it is no Hugging Face checkpoint. "
            "`save_pretrained` of transformers writes one."
        )
    return _read_json(folder / "config.json", owner)


def read_preprocessor(folder: Path, *, owner: str = "checkpoint") -> dict[str, Any]:
    """Returns the content of a folder's `preprocessor_config.json`; empty without."""
    path = folder / _PREPROCESSOR
    return _read_json(path, owner) if path.is_file() else {}


def read_tokenizer(folder: Path, *, owner: str = "checkpoint") -> dict[str, Any] | None:
    """Returns a folder's `TOKENIZER_FILES` by name; `None` without a vocabulary."""
    paths = [folder / name for name in TOKENIZER_FILES if (folder / name).is_file()]
    files = {path.name: _read_json(path, owner) for path in paths}
    return files if "vocab.json" in files else None


def _read_json(path: Path, owner: str) -> dict[str, Any]:
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        reason = str(error).splitlines()[0]
        raise ValueError(f"{owner}: {path} is not JSON: {reason}.") from error
    if not isinstance(values, dict):
        raise ValueError(f"{owner}: {path} is JSON, but no table of names and values.")
    return values
