"""Reading a store: what is new in its archive and in its segments, wherever a compaction has put it meanwhile."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from .archive import Archive, Volume, defined, missing
from .lines import SKIPPED
from .segments import Damage, Part, Place, Segment, definitions, parts


def unread(
    archive: Archive, places: dict[str, Place], damage: Damage, without: str = ""
) -> Iterator[tuple[Segment, Part]]:
    """Every sound line after `places`, which move on, with its segment.

    Parameters
    ----------
    without : a kernel whose own segments are stepped over.

    Raises
    ------
    OSError : the store cannot be listed.
    """
    for volumes, segments in _settled(archive, damage):
        for volume, segment in _behind(volumes, places, without):
            part = missing(volume, segment.name, places.get(segment.name, Place()), damage)
            places[segment.name] = part.place
            yield segment, part
        for segment in _present(segments, volumes, without):
            for part in parts(segment, places.get(segment.name, Place()), damage):
                places[segment.name] = part.place
                yield segment, part


def defining(
    archive: Archive, places: dict[str, Place], damage: Damage
) -> Iterator[tuple[str, list[bytes], int, bytes]]:
    """As `unread`, but only definitions.

    Yields
    ------
    Name of a segment or volume, its definitions, a clock that was reached, and the last line of any kind or b"".
    """
    for volumes, segments in _settled(archive, damage):
        for volume in volumes:
            yield _of_volume(volume, places, damage)
        for segment in _present(segments, volumes, ""):
            lines, place, final = definitions(segment, places.get(segment.name, Place()), damage)
            places[segment.name] = place
            yield segment.name, lines, 0, final


def _settled(archive: Archive, damage: Damage) -> Iterator[tuple[list[Volume], list[Segment]]]:
    """What there is, and once more where a compaction moved a segment before it was read."""
    while True:
        yield archive.sources(damage)
        if archive.settled():
            return


def _behind(volumes: Iterable[Volume], places: dict[str, Place], without: str) -> Iterator[tuple[Volume, Segment]]:
    """Archived segments that were not read to their end."""
    for volume in volumes:
        for name, kept in volume.segments.items():
            segment = Segment(str(volume.path), name, kept.place.offset)
            if places.get(name, Place()).offset < kept.place.offset and segment.kernel != without:
                yield volume, segment


def _present(segments: Iterable[Segment], volumes: Iterable[Volume], without: str) -> Iterator[Segment]:
    """Segments to read; one that is archived as well, and holds no more than the archive, is not among them."""
    kept = {name: kept.place.offset for volume in volumes for name, kept in volume.segments.items()}
    for segment in segments:
        if segment.kernel != without and not (segment.name in kept and segment.size <= kept[segment.name]):
            yield segment


def _of_volume(volume: Volume, places: dict[str, Place], damage: Damage) -> tuple[str, list[bytes], int, bytes]:
    """The definitions of a volume: in one go where nothing of it was read before, as at the opening of a store."""
    behind = list(_behind([volume], places, ""))
    lines: list[bytes] = []
    if behind and len(behind) == len(volume.segments) and not any(name in places for name in volume.segments):
        lines = defined(volume, damage)
        places.update((name, kept.place) for name, kept in volume.segments.items())
    else:
        for _, segment in behind:
            part = missing(volume, segment.name, places.get(segment.name, Place()), damage)
            places[segment.name] = part.place
            lines += [line for line in part.lines if not line.startswith(SKIPPED)]
    return volume.path.name, lines, volume.clock if behind else 0, b""
