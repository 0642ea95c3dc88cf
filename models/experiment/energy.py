"""Reads the energy counters of the processor, if the machine has any.

Linux provides the counters of Intel and AMD processors (RAPL) as files. They measure the whole
processor package, including other programs. On many systems only the administrator can read
them, and virtual machines often have none. Then no energy is reported, because it is never
estimated from times.

Source: https://www.kernel.org/doc/html/latest/power/powercap/powercap.html
"""

from pathlib import Path

POWERCAP = Path("/sys/class/powercap")


class Meter:
    """Measures the energy since its construction.

    Args:
        root: The folder that contains the counters.
    """

    def __init__(self, root: Path = POWERCAP) -> None:
        # `intel-rapl:0` is a processor. `intel-rapl:0:1` is a part of it and already included.
        zones = [zone for zone in root.glob("intel-rapl:*") if zone.name.count(":") == 1]
        self._zones = [zone for zone in zones if not _is_platform(zone)]
        self._before = [_read(zone, "energy_uj") for zone in self._zones]

    def joules(self) -> float | None:
        """Returns the energy since the start; `None` if a counter is missing or unreadable."""
        total, pairs = 0.0, zip(self._zones, self._before, strict=True)
        for zone, before in pairs:
            now = _read(zone, "energy_uj")
            if before is None or now is None:
                return None
            if now < before:  # the counter wrapped around
                wrap = _read(zone, "max_energy_range_uj")
                if wrap is None:
                    return None
                now += wrap
            total += 1e-6 * (now - before)
        return total if self._zones else None


def _is_platform(zone: Path) -> bool:
    """Returns whether a zone measures the whole machine, which includes the processors."""
    try:
        return (zone / "name").read_text().strip() == "psys"
    except (OSError, ValueError):
        return False


def _read(zone: Path, name: str) -> int | None:
    try:
        return int((zone / name).read_text())
    except (OSError, ValueError):
        return None
