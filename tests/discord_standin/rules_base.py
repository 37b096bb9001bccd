"""What Discord's rules are written with: the answer to what breaks one, the simplest checks."""

from collections.abc import Mapping
from typing import Any

Json = Mapping[str, Any]


class RejectedError(Exception):
    """An answer other than 2xx."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status, self.code, self.message = status, code, message

    @property
    def body(self) -> dict[str, Any]:
        return {"code": self.code, "message": self.message}


def invalid(message: str) -> RejectedError:
    return RejectedError(400, 50035, f"Invalid Form Body: {message}")


def only(payload: Json, allowed: set[str], where: str) -> None:
    if unknown := set(payload) - allowed:
        raise invalid(f"{where}: unknown {sorted(unknown)}")


def text(value: object, most: int, where: str, least: int = 0) -> int:
    """The length of a text, counted as strictly as one can."""
    if value is None and least == 0:
        return 0
    if not isinstance(value, str):
        raise invalid(f"{where}: a string")
    size = len(value.encode("utf-16-le")) // 2
    if not least <= len(value.strip()) <= size <= most:
        raise invalid(f"{where}: between {least} and {most}, not {size}")
    return len(value.strip())
