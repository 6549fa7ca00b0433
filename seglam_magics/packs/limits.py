"""How much a pack may hold; what is beyond is refused before it is read."""

from __future__ import annotations

FILE = 50_000_000  # bytes of the file
ENTRIES = 5_000
ENTRY = 1_000_000  # bytes of one entry as it is read
TOTAL = 200_000_000  # bytes of all entries as they are read
RATIO = 100  # bytes read to bytes in the file; JSON seldom packs better than 20
DIRECTORY = ENTRIES * 200  # bytes of the list of entries: longest name, fixed part, and room for dates of other tools
DEPTH = 32  # of JSON
DIGITS = 300  # of a number, so that each is also a float


def readable(size: int) -> str:
    """Bytes as people write them.

    >>> readable(50_000_000), readable(12)
    ('50 MB', '12 bytes')
    """
    return f"{size / 1e6:.3g} MB" if size >= 1e6 else f"{size:,} bytes"  # noqa: PLR2004 - a million
