"""Versions of packages, and facts about the machine, read without importing large packages."""

import os
import platform
from importlib import metadata
from pathlib import Path

from kapre_like.audio.processes import cores

# Packages whose version can change a number.
_PACKAGES = (
    "kapre-like", "numpy", "scipy", "scikit-learn", "pandas", "soundfile", "soxr", "catboost",
    "tensorflow", "keras",
)  # fmt: skip


def versions() -> dict[str, str]:
    """Returns the versions of Python and of the installed packages that affect results."""
    found = {"python": platform.python_version()}
    for name in _PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def machine() -> dict[str, str | int]:
    """Returns the processor, its usable cores, memory in GB and the system."""
    return {
        "processor": _processor(),
        "cores": cores(),
        "memory_gb": _memory_gb(),
        "system": f"{platform.system()} {platform.machine()}",
    }


def peak_memory_mb() -> float:
    """Returns the peak memory of this process in MB (10^6 bytes).

    On Linux it is read from `/proc`, because `ru_maxrss` starts at the size of the parent
    process there. Elsewhere it is `ru_maxrss`.
    """
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024 / 1e6
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if platform.system() == "Darwin" else peak * 1024 / 1e6


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _memory_gb() -> int:
    try:
        return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9)
    except (AttributeError, ValueError, OSError):
        return 0
