"""`torch.version`, and a text that compares as version numbers do.

Programs ask `torch.__version__ >= "1.10"`, which as text would be wrong for "1.9", and split it.
"""

from __future__ import annotations

import re
from typing import Any

from pyad._core import __version__ as _own

__all__ = ["TorchVersion", "__version__", "cuda", "debug", "git_version", "hip", "xpu"]

# The release whose names and numbers pyad follows.
_FOLLOWED = "2.13.0"
_TEXT = re.compile(
    r"v?(\d+(?:\.\d+)*)(?:[-_.]?(a|alpha|b|beta|c|rc|pre|preview)[-_.]?(\d*))?"
    r"(?:[-_.]?(?:post|rev|r)[-_.]?(\d*))?(?:[-_.]?(dev)[-_.]?(\d*))?(?:\+([a-z0-9._-]+))?",
    re.IGNORECASE,
)
_STAGES = {"a": 1, "alpha": 1, "b": 2, "beta": 2, "c": 3, "rc": 3, "pre": 3, "preview": 3}


def _key(version: Any) -> tuple[Any, ...] | None:
    """What orders version numbers, or None if this is none."""
    if isinstance(version, tuple | list):
        version = ".".join(map(str, version))
    match = _TEXT.fullmatch(str(version).strip())
    if match is None:
        return None
    numbers, stage, count, post, dev, dev_count, local = match.groups()
    release = [int(n) for n in numbers.split(".")]
    while release and release[-1] == 0:
        release.pop()
    if stage is not None:
        before = (_STAGES[stage.lower()], int(count or 0))
    else:  # a development release of a version comes before all of its others
        before = (0, 0) if dev is not None and post is None else (4, 0)
    return (
        release,
        before,
        -1 if post is None else int(post or 0),
        int(dev_count or 0) if dev is not None else float("inf"),
        [] if local is None else _local(local),
    )


def _local(text: str) -> list[tuple[int, int, str]]:
    parts = re.split(r"[._-]", text.lower())
    return [(1, int(p), "") if p.isdigit() else (0, 0, p) for p in parts]


class TorchVersion(str):
    """A text that is compared with texts and tuples as version numbers are.

    Example:
        >>> from pyad._programs.version import TorchVersion
        >>> version = TorchVersion("2.13.0+pyad0.1.0")
        >>> version >= "2.2", version > (1, 9), version < "2.13", version.split(".")[0]
        (True, True, False, '2')
    """

    __slots__ = ()

    def _keys(self, other: Any) -> tuple[Any, Any]:
        mine, theirs = _key(str(self)), _key(other)
        return (str(self), str(other)) if mine is None or theirs is None else (mine, theirs)

    def __lt__(self, other: Any) -> bool:
        a, b = self._keys(other)
        return bool(a < b)

    def __le__(self, other: Any) -> bool:
        a, b = self._keys(other)
        return bool(a <= b)

    def __gt__(self, other: Any) -> bool:
        a, b = self._keys(other)
        return bool(a > b)

    def __ge__(self, other: Any) -> bool:
        a, b = self._keys(other)
        return bool(a >= b)

    def __eq__(self, other: object) -> bool:
        a, b = self._keys(other)
        return bool(a == b)

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return str.__hash__(self)


__version__ = TorchVersion(f"{_FOLLOWED}+pyad{_own}")
cuda: str | None = None
hip: str | None = None
xpu: str | None = None
debug = False
git_version = "none: pyad, which is not built of PyTorch's sources"
