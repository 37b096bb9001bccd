"""What is remembered for a while only: the newest entries, so that memory stays bounded."""

from collections import OrderedDict
from typing import TypeVar

K = TypeVar("K")
V = TypeVar("V")
_MOST = 10_000


class Recent(OrderedDict[K, V]):
    """A dictionary that drops its oldest entry when it has too many."""

    def __init__(self, most: int = _MOST) -> None:
        super().__init__()
        self._most = most

    def __setitem__(self, key: K, value: V) -> None:
        super().__setitem__(key, value)
        self.move_to_end(key)
        if len(self) > self._most:
            self.popitem(last=False)


class Seen:
    """The ids of interactions and messages seen lately: Discord may send an event twice."""

    def __init__(self, most: int = _MOST) -> None:
        self._ids: Recent[int, None] = Recent(most)

    def again(self, number: int) -> bool:
        """Whether an id was seen before; it is from now on."""
        known = number in self._ids
        self._ids[number] = None
        return known

    def forget(self, number: int) -> None:
        """Treat an id as new once more."""
        self._ids.pop(number, None)
