"""The file: a ZIP with the entries of a pack and nothing else, read to memory; nothing is ever extracted to a folder.

What `zipfile` forgives is refused here: other names, other kinds of entries, bytes before them, over each other or
behind them, sizes that are not as they were told.
"""

from __future__ import annotations

import io
import os
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path

from ..errors import SeglamError
from . import limits

NAMES = re.compile(r"(?:manifest|signature|revocations)\.json|procedures/[0-9a-f]{64}\.json")
_ENDING = struct.Struct("<4sHHHHIIH")
_ENCRYPTED = 0x1 | 0x40 | 0x2000
_FOLDER = 0x10
_LOCAL = 30  # bytes before the name of an entry
_BLOCK = 1 << 16
_LONGEST_SHOWN = 80
_BROKEN = (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, OSError, RuntimeError, ValueError,
           struct.error, OverflowError, KeyError)  # fmt: skip


def refused(code: str, **facts: object) -> SeglamError:
    """The error of a pack that is not taken, its texts shortened: they are somebody else's."""
    return SeglamError(code, **{name: shown(fact) for name, fact in facts.items()})


def shown(fact: object) -> str:
    r"""A text of a pack as it may be shown: on one line, with nothing hidden in it, and short.

    >>> shown("a\x00b\u202ec")
    'a\\x00b\\u202ec'
    """
    text = str(fact)
    plain = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text[: 2 * _LONGEST_SHOWN])
    return plain if max(len(plain), len(text)) <= 2 * _LONGEST_SHOWN else plain[:_LONGEST_SHOWN] + "…"


def read_file(path: Path) -> bytes:
    """The bytes of a pack.

    Raises
    ------
    SeglamError : E-PACK-FILE where it is no file that can be read, E-PACK-SIZE where it is too large.
    """
    try:
        # a pipe is not waited for
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        with os.fdopen(handle, "rb") as file:
            found = os.fstat(handle)
            if not stat.S_ISREG(found.st_mode):
                raise refused("E-PACK-FILE", path=path, why="it is not a file")
            size = found.st_size
            data = file.read(size + 1) if size <= limits.FILE else b""
    except OSError as error:
        raise refused("E-PACK-FILE", path=path, why=(error.strerror or "it cannot be read").lower()) from None
    except ValueError as error:  # a path with a NUL
        raise refused("E-PACK-FILE", path=path, why=error) from None
    if size > limits.FILE:
        raise refused("E-PACK-SIZE", what="the file", size=limits.readable(size), limit=limits.readable(limits.FILE))
    return data


def entries(data: bytes, path: Path) -> dict[str, bytes]:
    """What a pack holds, name -> bytes.

    Raises
    ------
    SeglamError : E-PACK-FILE, E-PACK-NAME, E-PACK-ENTRY, E-PACK-SIZE.
    """
    _check_ending(data, path)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            found = archive.infolist()
            _check_all(found, archive.start_dir)
            return _read(archive, found)
    except SeglamError:
        raise
    except _BROKEN as error:
        raise refused("E-PACK-FILE", path=path, why=f"it is damaged ({error})") from None


def _check_ending(data: bytes, path: Path) -> None:
    """Refuse what is no plain ZIP of a bearable list of entries, before anything is made of that list."""
    at = len(data) - _ENDING.size
    if at < 0 or not data.startswith(b"PK\x03\x04"):
        raise refused("E-PACK-FILE", path=path, why="it is no pack")
    mark, disk, first, here, count, size, start, comment = _ENDING.unpack_from(data, at)
    if mark != b"PK\x05\x06" or comment:
        raise refused("E-PACK-FILE", path=path, why="it is cut short, or something follows its end")
    if count > limits.ENTRIES or size > limits.DIRECTORY:
        raise refused("E-PACK-SIZE", what="the pack", size=f"{count:,} entries", limit=f"{limits.ENTRIES:,}")
    # the mark of a larger kind of ZIP would have zipfile believe another list
    if disk or first or here != count or start + size != at or data[at - 20 : at - 16] == b"PK\x06\x07":
        raise refused("E-PACK-FILE", path=path, why="its list of entries is not where it says")


def _check_all(found: list[zipfile.ZipInfo], ending: int) -> None:
    names: set[str] = set()
    for info in found:
        _check_one(info)
        if info.orig_filename in names:
            raise refused("E-PACK-NAME", name=info.orig_filename, why="is there twice")
        names.add(info.orig_filename)
    if len(found) > limits.ENTRIES:
        raise refused("E-PACK-SIZE", what="the pack", size=f"{len(found):,} entries", limit=f"{limits.ENTRIES:,}")
    _check_places(found, ending)
    if "manifest.json" not in names:
        raise refused("E-PACK-ENTRY", name="manifest.json", why="is missing")
    _check_size("the pack", sum(i.file_size for i in found), sum(i.compress_size for i in found), limits.TOTAL)


def _check_one(info: zipfile.ZipInfo) -> None:
    name, mode = info.orig_filename, info.external_attr >> 16
    if not NAMES.fullmatch(name) or info.filename != name:
        raise refused("E-PACK-NAME", name=name, why="is no name of a pack's entry")
    if info.flag_bits & _ENCRYPTED:
        raise refused("E-PACK-ENTRY", name=name, why="is encrypted")
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise refused("E-PACK-ENTRY", name=name, why="is packed in another way than stored or deflate")
    if (stat.S_IFMT(mode) not in (0, stat.S_IFREG)) or info.external_attr & _FOLDER or info.is_dir():
        raise refused("E-PACK-ENTRY", name=name, why="is a link or a folder")
    _check_size(name, info.file_size, info.compress_size, limits.ENTRY)


def _check_places(found: list[zipfile.ZipInfo], ending: int) -> None:
    """Two entries of the same bytes are how a small file becomes a large one."""
    end = 0
    for info in sorted(found, key=lambda info: info.header_offset):
        if info.header_offset < end:
            raise refused("E-PACK-ENTRY", name=info.orig_filename, why="lies over another one")
        end = info.header_offset + _LOCAL + len(info.orig_filename) + info.compress_size
    if end > ending:
        raise refused("E-PACK-ENTRY", name="the last one", why="reaches beyond the entries")


def _check_size(what: str, size: int, packed: int, limit: int) -> None:
    if size > limit:
        raise refused("E-PACK-SIZE", what=what, size=limits.readable(size), limit=limits.readable(limit))
    if size > limits.RATIO * max(packed, 1):
        told = f"{limits.readable(size)} in {limits.readable(packed)}"
        raise refused("E-PACK-SIZE", what=what, size=told, limit=f"{limits.RATIO} times its size in the file")


def _read(archive: zipfile.ZipFile, found: list[zipfile.ZipInfo]) -> dict[str, bytes]:
    """Every entry; bytes are counted as they come, whatever was told of them."""
    held: dict[str, bytes] = {}
    for info in found:
        parts, size = [], 0
        with archive.open(info) as entry:
            while part := entry.read(_BLOCK):
                size += len(part)
                _check_size(info.orig_filename, size, info.compress_size, limits.ENTRY)
                parts.append(part)
        held[info.orig_filename] = b"".join(parts)
        if size != info.file_size:
            raise refused("E-PACK-ENTRY", name=info.orig_filename, why="is not of the size it says")
    return held


def packed(held: Mapping[str, bytes]) -> bytes:
    """The file of these entries, the same for the same entries.

    >>> entries(packed({"manifest.json": b"{}"}), Path("a.seglam"))
    {'manifest.json': b'{}'}
    """
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(held):
            info = zipfile.ZipInfo(name)  # of 1980: when it was made is in the manifest
            info.external_attr, info.create_system = 0o600 << 16, 3
            small = len(zlib.compress(held[name])) * limits.RATIO // 2 < len(held[name])
            info.compress_type = zipfile.ZIP_STORED if small else zipfile.ZIP_DEFLATED  # or it would look like a bomb
            archive.writestr(info, held[name])
    return out.getvalue()
