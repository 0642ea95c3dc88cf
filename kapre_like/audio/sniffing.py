"""Detects the format of a file from its first bytes, to choose a decoder."""

from typing import NamedTuple


class Kind(NamedTuple):
    """A detected format.

    Attributes:
        name: Name of the format in messages; "" if it is unknown.
        sndfile: Whether libsndfile may try to open the file. It opens files with some suffixes
            as raw formats, so it must not open formats that it does not support.
        quiet: Whether libsndfile decodes it without libmpg123, which writes to stderr.
    """

    name: str
    sndfile: bool
    quiet: bool


_UNKNOWN = Kind("", True, False)
_QUICKTIME = {b"ftyp", b"moov", b"mdat", b"wide", b"pnot"}
# Formats that only FFmpeg supports, by their first bytes.
_FFMPEG = (
    (b"\x1aE\xdf\xa3", "Matroska or WebM"),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "Windows Media"),
    (b"#!AMR", "AMR"),
    (b"\x0b\x77", "AC-3"),
    (b"\x77\x0b", "AC-3"),
    (b"wvpk", "WavPack"),
    (b"MAC ", "Monkey's Audio"),
    (b"TTA1", "True Audio"),
    (b"MPCK", "Musepack"),
    (b"MP+", "Musepack"),
    (b"tBaK", "TAK"),
    (b"DSD ", "DSD"),
    (b"FRM8", "DSD"),
    (b".RMF", "RealMedia"),
    (b".ra\xfd", "RealAudio"),
    (b"FLV\x01", "Flash Video"),
    (b"ADIF", "AAC"),
    (b"\x7f\xfe\x80\x01", "DTS"),
    (b"\x00\x00\x01\xba", "MPEG video"),
    (b"ajkg", "Shorten"),
    (b"qoaf", "QOA"),
    (b"OFR ", "OptimFROG"),
    (b"#!SILK", "SILK"),
    (b"#EXTM3U", "a playlist"),
)
# Formats that libsndfile decodes without libmpg123, unless they contain MP3.
_SNDFILE = (
    (b"fLaC", "FLAC"),
    (b"OggS", "Ogg"),
    (b"FORM", "AIFF"),
    (b".snd", "AU"),
    (b"dns.", "AU"),
    (b"caff", "CAF"),
    (b"riff", "W64"),
    (b"NIST_1A", "NIST SPHERE"),
    (b"Creative Voice File", "VOC"),
)
_WAV = (b"RIFF", b"RIFX", b"RF64", b"BW64")


def tag_size(head: bytes) -> int:
    """Returns the number of bytes of an ID3v2 tag at the beginning; 0 without one."""
    if len(head) < 10 or not head.startswith(b"ID3"):
        return 0
    size = 0
    for byte in head[6:10]:
        size = size << 7 | byte & 0x7F
    return 10 + size + (10 if head[5] & 0x10 else 0)


def kind_of(head: bytes) -> Kind:
    """Returns the format of a file.

    Args:
        head: The first bytes after the ID3v2 tag, at least 400 if the file is that long.
    """
    if head[4:8] in _QUICKTIME:
        return Kind("MPEG-4 or QuickTime", False, False)
    if len(head) > 1 and head[0] == 0xFF and head[1] & 0xF6 == 0xF0:
        return Kind("AAC", False, False)
    if head[:1] == b"G" and head[188:189] == head[376:377] == b"G":
        return Kind("MPEG transport stream", False, False)
    for magic, name in _FFMPEG:
        if head.startswith(magic):
            return Kind(name, False, False)
    if head[:4] in _WAV:
        return _riff(head)
    for magic, name in _SNDFILE:
        if head.startswith(magic):
            return Kind(name, True, True)
    return _UNKNOWN


def _riff(head: bytes) -> Kind:
    if head[8:12] == b"WAVE":
        at = head.find(b"fmt ", 12) + 8
        # 0x50 and 0x55 mean that it contains MPEG audio, which libmpg123 decodes.
        return Kind("WAV", True, at >= 20 and head[at : at + 2] not in (b"\x50\0", b"\x55\0"))
    if head[8:12] == b"AVI ":
        return Kind("AVI", False, False)
    return _UNKNOWN


def is_text(head: bytes) -> bool:
    """Returns whether bytes are plain text. Headerless recordings never are."""
    printable = bytes(range(32, 127)) + b"\t\n\r"
    return bool(head) and not head.translate(None, printable)
