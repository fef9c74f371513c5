"""What can be done to the bytes of a connection, in Toxiproxy's vocabulary."""

from __future__ import annotations

import asyncio
import contextlib
import random
from dataclasses import dataclass, field
from typing import AsyncIterator, Dict, List, Sequence

STREAMS = ("upstream", "downstream")
"""What the client sends, and what it gets back."""

ATTRIBUTES: Dict[str, Dict[str, float]] = {
    "latency": {"latency": 1000, "jitter": 0},
    "bandwidth": {"rate": 10},
    "slicer": {"average_size": 64, "size_variation": 32, "delay": 1000},
    "limit_data": {"bytes": 0},
    "timeout": {"timeout": 0},
    "reset_peer": {"timeout": 0},
}
"""The attributes of each type with their defaults: milliseconds; KB/s; bytes, bytes, microseconds; bytes."""


class Cut(Exception):
    """The connection ends here; `reset`: with an RST instead of in order."""

    def __init__(self, reset: bool = False) -> None:
        super().__init__("reset" if reset else "closed")
        self.reset = reset


@dataclass
class Toxic:
    """One toxic of a proxy. `struck` counts the pieces of data it has met."""

    name: str
    type: str
    stream: str
    attributes: Dict[str, float]
    struck: int = 0
    removed: asyncio.Event = field(default_factory=asyncio.Event, repr=False)

    @classmethod
    def read(cls, wanted: Dict[str, object]) -> Toxic:
        """Raises KeyError, ValueError or TypeError when it is no toxic."""
        kind, stream = str(wanted["type"]), str(wanted.get("stream", "downstream"))
        if kind not in ATTRIBUTES:
            raise ValueError("type %r is not one of %s" % (kind, ", ".join(ATTRIBUTES)))
        if stream not in STREAMS:
            raise ValueError("stream %r is neither upstream nor downstream" % stream)
        given = wanted.get("attributes") or {}
        if not isinstance(given, dict) or not set(given) <= set(ATTRIBUTES[kind]):
            raise ValueError("%s has the attributes %s" % (kind, ", ".join(ATTRIBUTES[kind])))
        attributes = {**ATTRIBUTES[kind], **{key: float(value) for key, value in given.items()}}
        if any(value < 0 for value in attributes.values()):
            raise ValueError("an attribute is negative")
        return cls(str(wanted.get("name") or kind), kind, stream, attributes)

    def plain(self) -> Dict[str, object]:
        return {
            "name": self.name,
            "type": self.type,
            "stream": self.stream,
            "attributes": self.attributes,
            "struck": self.struck,
        }


async def poisoned(chunk: bytes, toxics: Sequence[Toxic], passed: int, dice: random.Random) -> AsyncIterator[bytes]:
    """The pieces of `chunk` that get through, each when its time has come; `passed` bytes went before.

    Raises Cut where the connection is to end.
    """
    pieces: List[bytes] = [chunk]
    pause = 0.0
    for toxic in toxics:
        toxic.struck += 1
        if toxic.type in ("timeout", "reset_peer"):
            await _stop(toxic)
        elif toxic.type == "latency":
            jitter = toxic.attributes["jitter"]
            await asyncio.sleep(max(0.0, toxic.attributes["latency"] + dice.uniform(-jitter, jitter)) / 1e3)
        elif toxic.type == "bandwidth":
            await asyncio.sleep(len(chunk) / (max(toxic.attributes["rate"], 1e-3) * 1e3))
        elif toxic.type == "slicer":
            pieces = [part for piece in pieces for part in _sliced(piece, toxic.attributes, dice)]
            pause = toxic.attributes["delay"] / 1e6
    room = min((int(t.attributes["bytes"]) - passed for t in toxics if t.type == "limit_data"), default=None)
    for piece in pieces:
        if room is not None:
            piece, room = piece[: max(room, 0)], room - len(piece)
        if piece:
            yield piece
        if room is not None and room <= 0:
            raise Cut
        if pause:
            await asyncio.sleep(pause)


async def _stop(toxic: Toxic) -> None:
    """Nothing gets through. What was held back is lost, so removing the toxic ends the connection, too."""
    wait = toxic.attributes["timeout"] / 1e3
    if toxic.type == "reset_peer":
        await asyncio.sleep(wait)
        raise Cut(reset=True)
    with contextlib.suppress(asyncio.TimeoutError):  # its time is up, which ends the connection as its removal does
        await asyncio.wait_for(toxic.removed.wait(), wait or None)
    raise Cut


def _sliced(piece: bytes, attributes: Dict[str, float], dice: random.Random) -> List[bytes]:
    average, variation = int(attributes["average_size"]), int(attributes["size_variation"])
    parts = []
    while piece:
        size = max(1, average + dice.randint(-variation, variation))
        parts.append(piece[:size])
        piece = piece[size:]
    return parts
