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
# Files of an adapter that PEFT saved in the folder of the weights.
ADAPTER_FILES = ("adapter_config.json", "adapter_model.safetensors", "adapter_model.bin")
_PREPROCESSOR = "preprocessor_config.json"
# Seconds to wait for a connection to the hub.
_PATIENCE = 0.8
_NAME = re.compile(r"[\w.-]+(/[\w.-]+)?")


def is_hub_name(name: Any) -> bool:
    """Returns whether a text has the form of a name on the hub, such as `"owner/network"`."""
    text = str(name) if isinstance(name, str | Path) else ""
    return bool(_NAME.fullmatch(text)) and not text.startswith(".")


def adapter_names(language: str) -> tuple[str, str]:
    """Returns the file names of one language's adapter in a multilingual checkpoint."""
    return f"adapter.{language}.safetensors", f"adapter.{language}.bin"


def find_checkpoint(
    path_or_name: str | Path, *, owner: str = "checkpoint", language: str | None = None
) -> Path:
    """Returns the folder of a checkpoint, and downloads it if necessary.

    A name in Hugging Face's cache is read from there, without a connection.

    Args:
        path_or_name: A folder, or a name on the hub such as `"owner/network"`.
        owner: Name of the caller, for error messages.
        language: Language whose adapter is downloaded too, see `adapter_names`.

    Raises:
        ValueError: If it is neither, or if the hub cannot be reached or does not have it.
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
        rule = "an existing folder, or a name on the hub such as 'owner/network'"
        _check.fail(owner, "path_or_name", rule, path_or_name)
    return _from_hub(name, partial(_snapshot, language=language), owner)


def read_hub_config(name: str | Path, *, owner: str = "checkpoint") -> dict[str, Any]:
    """Returns the `config.json` of a name on the hub, without downloading weights.

    Raises:
        ValueError: If the hub cannot be reached, or does not have the name or the file.
        ImportError: If `huggingface_hub` is not installed.
    """
    folder = _from_hub(str(name), _configuration, owner)
    return read_config(folder, owner=owner)


def cached_checkpoint(name: str) -> Path | None:
    """Returns the folder of a name that is complete in Hugging Face's cache, or `None`."""
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

    Different weights with the same name have different digests.
    """
    digest = hashlib.sha256()
    for path in sorted(find_checkpoint(path_or_name).iterdir()):
        is_config = path.name in ("config.json", ADAPTER_FILES[0])
        if is_config or path.suffix in (".safetensors", ".bin"):
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
            f"{owner}: there is no folder {name!r}, and to download a name from the hub "
            "huggingface_hub is needed: `pip install huggingface_hub`."
        ) from error

    def fetch(file: str, *, local_files_only: bool = False, **kwargs: Any) -> Path | None:
        try:
            return Path(
                hf_hub_download(name, file, local_files_only=local_files_only, **kwargs)
            )
        except LocalEntryNotFoundError:
            # The file is not in the cache, and the hub cannot be reached.
            if local_files_only:
                return None
            raise
        except EntryNotFoundError:
            return None

    log = logging.getLogger("huggingface_hub")
    level = log.level
    try:
        # huggingface_hub logs every retry. The error that is raised below reports it once.
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
        why = "The hub has it, but without config.json, weights or this language."
        raise _unreachable(owner, name, why)
    return folder


def _ask_hub() -> None:
    """Raises a `ConnectionError` if the hub, or the proxy, does not accept a connection soon.

    Without a network, huggingface_hub retries for half a minute. The connection is made in a
    thread, because the lookup of a host name has no timeout.
    """
    from huggingface_hub import constants

    if constants.HF_HUB_OFFLINE:
        raise ConnectionError("HF_HUB_OFFLINE is set")
    hub = urllib.parse.urlsplit(constants.ENDPOINT)
    proxy = urllib.request.getproxies().get(hub.scheme)
    if proxy and not urllib.request.proxy_bypass(hub.hostname):
        hub = urllib.parse.urlsplit(proxy if "//" in proxy else f"//{proxy}")
    address = hub.hostname, hub.port or (80 if hub.scheme == "http" else 443)
    result: queue.SimpleQueue[OSError | None] = queue.SimpleQueue()

    def ask() -> None:
        try:
            socket.create_connection(address, timeout=_PATIENCE).close()
            result.put(None)
        except OSError as error:
            result.put(error)

    threading.Thread(target=ask, daemon=True).start()
    try:
        error = result.get(timeout=_PATIENCE)
    except queue.Empty:
        raise ConnectionError(f"no connection within {_PATIENCE} s") from None
    if error is not None:
        raise ConnectionError(str(error)) from error


def _configuration(fetch: Callable[..., Path | None]) -> Path | None:
    """Returns the folder with the configuration, if there is one."""
    config = fetch("config.json")
    return None if config is None else config.parent


def _snapshot(fetch: Callable[..., Path | None], *, language: str | None = None) -> Path | None:
    """Returns the folder with all files; `None` without a configuration or weights."""
    config = fetch("config.json")
    if config is None:
        return None
    # Pass the commit, so that all files have the same version.
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
        f"{owner}: {name!r} is not a folder on this machine, is not in Hugging Face's cache, "
        "and cannot be downloaded from the hub (no connection, or no such name). Check the "
        f"name, go online, or give a folder that `save_pretrained` wrote. {reason}"
    )


def read_config(folder: Path, *, owner: str = "checkpoint") -> dict[str, Any]:
    """Returns the content of a folder's `config.json`.

    Raises:
        ValueError: If it does not exist, or is not JSON.
    """
    if not (folder / "config.json").is_file() and (folder / ADAPTER_FILES[0]).is_file():
        raise ValueError(
            f"{owner}: {folder} has only a PEFT adapter. Copy its adapter_config.json and "
            "adapter_model.safetensors into the folder with the config.json and the weights "
            "of its network, or merge it with PEFT's `merge_and_unload()`."
        )
    if not (folder / "config.json").is_file():
        raise ValueError(
            f"{owner}: {folder} has no config.json, so it is not a Hugging Face checkpoint. "
            "`save_pretrained` of transformers writes one."
        )
    return _read_json(folder / "config.json", owner)


def read_preprocessor(folder: Path, *, owner: str = "checkpoint") -> dict[str, Any]:
    """Returns the content of a folder's `preprocessor_config.json`; empty if there is none."""
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
        raise ValueError(f"{owner}: {path} is JSON, but not an object with keys and values.")
    return values
