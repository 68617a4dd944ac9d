"""Files: nested state in the safetensors format, which cannot carry code.

Note [What a file says]
Tensors stand in the file under their own names (a nested one under its path, joined by dots), so
every reader of safetensors finds the tensors of a state dict where it expects them. All the rest
(containers, numbers, text, which tensors are one and the same) is one JSON text in the file's
metadata, under "pyad". In it a value is null, a bool, an int, a float or a text for itself, or a
list whose first item names its kind (see `_Writer.node`). A file without that text, written by
another library, loads as a dict of its tensors.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
from collections import Counter, OrderedDict
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from pyad import _core
from pyad._core import Tensor
from pyad._device import device

if TYPE_CHECKING:
    from typing import TypeAlias

    File: TypeAlias = str | os.PathLike[str] | Any

__all__ = ["load", "save"]

MAX_DEPTH = 200
KEY = "pyad"
VERSION = 1
# The dtypes of tensors in the format.
CODES = {
    "BF16": _core.bfloat16,
    "F16": _core.float16,
    "F32": _core.float32,
    "F64": _core.float64,
    "I8": _core.int8,
    "I16": _core.int16,
    "I32": _core.int32,
    "I64": _core.int64,
    "U8": _core.uint8,
    "BOOL": _core.bool,
}
NAMES = frozenset(dtype.name for dtype in CODES.values())
# bfloat16 among NumPy's arrays, which have no such dtype: two bytes of any meaning.
BFLOAT16 = np.dtype("V2")


def _safetensors() -> Any:
    try:
        import safetensors
        import safetensors.numpy
    except ImportError as error:
        raise ImportError(
            "pyad.save and pyad.load need the package safetensors: pip install safetensors "
            "(or pip install 'pyad-engine[files]')"
        ) from error
    return safetensors


class _Writer:
    """Takes a value apart into arrays with names and a description."""

    def __init__(self, value: Any) -> None:
        self.arrays: dict[str, np.ndarray[Any, Any]] = {}
        self._objects: dict[int, int] = {}  # id of a tensor -> its number
        self._memory: dict[Any, str] = {}  # where elements lie -> the name they have
        self._open: set[int] = set()  # containers that are being described
        self._alive: list[Any] = []  # ids stay unique while their objects live
        self.tree = self.node(value, ())

    def node(self, value: Any, path: tuple[Any, ...]) -> Any:
        """The description of a value: a plain one is itself, others are [kind, ...]."""
        kind = type(value)
        if value is None or kind in (bool, int, float, str):
            return value
        if isinstance(value, Tensor):
            return self._tensor(value, path)
        if kind in (list, tuple, dict, Counter) or isinstance(value, OrderedDict):
            return self._container(value, path)
        if kind is _core.Size:
            return ["size", *value]
        if kind is _core.dtype:
            return ["dtype", value.name]
        if kind is device:
            return ["device", str(value)]
        if kind is bytes:
            import base64

            return ["bytes", base64.b64encode(value).decode("ascii")]
        if kind is complex:
            return ["complex", value.real, value.imag]
        if kind is np.ndarray and value.dtype.name in NAMES:
            return ["array", self._name(np.array(value, order="C"), path)]
        if isinstance(value, np.generic) and value.dtype.kind in "biuf":
            return ["number", value.dtype.name, value.item()]
        raise TypeError(
            f"save: cannot store an object of type {kind.__module__}.{kind.__qualname__}"
            f"{_at(path)}; files hold tensors, numbers, text, None, lists, tuples and dicts (of a "
            "module or an optimizer, save its state_dict())"
        )

    def _container(self, value: Any, path: tuple[Any, ...]) -> list[Any]:
        if id(value) in self._open:
            raise ValueError(f"save: a container holds itself{_at(path)}")
        if len(path) >= MAX_DEPTH:
            raise ValueError(f"save: containers are nested deeper than {MAX_DEPTH} levels")
        kind: Any = type(value)
        self._open.add(id(value))
        try:
            if isinstance(value, list | tuple):
                name = "list" if kind is list else "tuple"
                return [name, *(self.node(v, (*path, i)) for i, v in enumerate(value))]
            items = []
            for key, v in value.items():
                if key is not None and type(key) not in (str, int, bool, float):
                    raise TypeError(
                        f"save: a dict{_at(path)} has a key of type {type(key).__name__}; keys "
                        "must be text or numbers"
                    )
                items.append([key, self.node(v, (*path, key))])
            return [_KINDS.get(kind, "ordered"), items]
        finally:
            self._open.discard(id(value))

    def _tensor(self, x: Tensor, path: tuple[Any, ...]) -> list[Any]:
        number = self._objects.setdefault(id(x), len(self._objects))
        self._alive.append(x)
        place = (x.data_ptr(), x.dtype.name, x.shape, x.stride())
        name = self._memory.get(place) if x.numel() > 0 else None
        if name is None or len(path) == 1:
            values = _elements(x.detach().contiguous())
            written = self._name(values, path)
            name = name or written  # of a tied weight both names are there, one is read
            self._memory.setdefault(place, name)
        return ["tensor", name, number, int(x.requires_grad)]

    def _name(self, array: np.ndarray[Any, Any], path: tuple[Any, ...]) -> str:
        wanted = ".".join(str(key) for key in path) or "tensor"
        wanted = wanted.encode("utf-8", "replace").decode("utf-8")
        name, n = wanted, 1
        while name in self.arrays or name == "__metadata__":
            n += 1
            name = f"{wanted}#{n}"
        self.arrays[name] = array
        return name


def _elements(x: Tensor) -> np.ndarray[Any, Any]:
    """The memory of a tensor as an array, also of a dtype that NumPy does not have."""
    if x.dtype == _core.bfloat16:
        return _core.same_bits(x, _core.int16).numpy().view(BFLOAT16)
    return x.numpy()


_KINDS = {dict: "dict", Counter: "counter"}  # else ordered: a state dict is of such a type


def _at(path: tuple[Any, ...]) -> str:
    return f" at {''.join(f'[{key!r}]' for key in path)}" if path else ""


class _Reader:
    """Puts a value together from its description and the file's arrays."""

    def __init__(self, source: _Source) -> None:
        self._source = source
        self._memory: dict[str, Tensor] = {}
        self._objects: dict[int, tuple[str, Tensor]] = {}

    def value(self, node: Any, depth: int = 0) -> Any:
        """The value a description stands for; ValueError when it stands for none."""
        if node is None or isinstance(node, bool | int | float | str):
            return node
        if not isinstance(node, list) or not node or depth > MAX_DEPTH:
            raise ValueError("a node is not of a known kind")
        kind, rest = node[0], node[1:]
        if kind in ("list", "tuple"):
            values = [self.value(n, depth + 1) for n in rest]
            return values if kind == "list" else tuple(values)
        if kind in ("dict", "ordered", "counter"):
            (items,) = rest
            made: dict[Any, Any] = {}
            for key, n in items:
                if key is not None and not isinstance(key, str | int | float):
                    raise ValueError("a key is neither text nor a number")
                made[key] = self.value(n, depth + 1)
            return (
                made if kind == "dict" else {"ordered": OrderedDict, "counter": Counter}[kind](made)
            )
        if kind == "tensor":
            return self._tensor(*rest)
        if kind == "array":
            (name,) = rest
            return _elements(self._source.tensor(name))
        if kind == "size":
            if not all(type(n) is int for n in rest):
                raise ValueError("a size is no number")
            return _core.Size(rest)
        if kind == "device":
            (name,) = rest
            try:
                return device(name)
            except RuntimeError as error:
                raise ValueError(str(error)) from None
        if kind == "dtype":
            (name,) = rest
            if name not in NAMES:
                raise ValueError(f"there is no dtype {name!r}")
            return _core.dtype_named(name)
        if kind == "bytes":
            import base64

            (text,) = rest
            return base64.b64decode(text, validate=True)
        if kind == "complex":
            real, imag = rest
            return complex(real, imag)
        if kind == "number":
            name, number = rest
            made_type = np.dtype(name)
            if made_type.kind not in "biuf" or not isinstance(number, int | float):
                raise ValueError("a number is none")
            return made_type.type(number)
        raise ValueError(f"there is no kind {kind!r}")

    def _tensor(self, name: Any, number: Any, requires_grad: Any) -> Tensor:
        if not isinstance(name, str) or not isinstance(number, int):
            raise ValueError("a tensor has no name")
        if number in self._objects:
            known, x = self._objects[number]
            if known != name:
                raise ValueError("a tensor has two names")
            return x
        if name in self._memory:
            x = self._memory[name].detach()
        else:
            x = self._memory[name] = self._source.tensor(name)
        if requires_grad:
            x.requires_grad_()
        self._objects[number] = (name, x)
        return x


class _Source:
    """The tensors of a file whose form the library has checked; each is read when asked for."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        size = int.from_bytes(stream.read(8), "little")
        header = json.loads(stream.read(size))
        self.metadata: dict[str, str] = header.pop("__metadata__", None) or {}
        self._entries: dict[str, Any] = header
        self._start = 8 + size

    def names(self) -> list[str]:
        """Names of the tensors, in the order of the file's header."""
        return list(self._entries)

    def tensor(self, name: str) -> Tensor:
        """A new tensor with the values that the file has under a name."""
        entry = self._entries[name]
        dtype = CODES.get(entry["dtype"])
        if dtype is None:
            raise TypeError(
                f"load: tensor {name!r} has dtype {entry['dtype']}, which pyad does not have; "
                "write the file with float32 instead"
            )
        start, end = entry["data_offsets"]
        x = _core.empty(tuple(entry["shape"]), dtype=dtype)
        if end - start != x.nbytes:
            raise ValueError(f"tensor {name!r} has {end - start} bytes, not {x.nbytes}")
        if x.nbytes:
            self._stream.seek(self._start + start)
            view = _elements(x).reshape(-1).view(np.uint8)
            if self._stream.readinto(view) != x.nbytes:  # type: ignore[attr-defined]
                raise ValueError(f"the file ends within tensor {name!r}")
        if dtype is _core.bool and x.nbytes:
            values = x.numpy().view(np.uint8)
            np.not_equal(values, 0, out=x.numpy())  # a byte of another value is no bool
        return x


def save(obj: Any, f: File) -> None:
    """Writes nested state into a file; an older file is replaced at once or, on failure, kept.

    Args:
        obj: Tensors, NumPy arrays, numbers, text, bytes, None, dtypes, and lists, tuples, dicts,
            OrderedDicts and Counters of them. Tensors that are one stay one.
        f: A path, or a file open for writing bytes.

    Raises:
        TypeError: Something of another type is in it; the text says where.
        ValueError: A container holds itself or is nested too deep.
        OSError: The file cannot be written; the error names the path that was given.
        ImportError: The package safetensors is missing.

    Example:
        >>> import os, tempfile
        >>> import pyad
        >>> path = os.path.join(tempfile.mkdtemp(), "state.safetensors")
        >>> pyad.save({"step": 3, "w": pyad.ones(2)}, path)
        >>> pyad.load(path)
        {'step': 3, 'w': tensor([1., 1.])}
    """
    _safetensors()
    writer = _Writer(obj)
    text = json.dumps({"version": VERSION, "tree": writer.tree}, separators=(",", ":"))
    pieces = _file_pieces(writer.arrays, {"format": "pt", KEY: text})
    if hasattr(f, "write"):
        data = b"".join(pieces)
        while data:  # unbuffered files and pipes take what they can
            taken = f.write(data)
            if not isinstance(taken, int) or taken >= len(data):
                return
            if taken <= 0:
                raise OSError(f"save: {type(f).__name__}.write took nothing of {len(data)} bytes")
            data = data[taken:]
        return
    try:
        _write(os.fsdecode(f), pieces)
    except OSError as error:
        if error.errno is None:
            raise
        # The user knows the path that was given, not the file that is written first.
        raise OSError(error.errno, os.strerror(error.errno), os.fsdecode(f)) from error


def _file_pieces(
    arrays: dict[str, np.ndarray[Any, Any]], metadata: dict[str, str]
) -> list[bytes | memoryview]:
    """A file of the format, in pieces: the header, then the elements of each array.

    Written here because the library's writer takes either all of it in memory at once, or a path,
    beside which it leaves files of its own when it is killed.
    """
    codes = {dtype.name: code for code, dtype in CODES.items()} | {BFLOAT16.name: "BF16"}
    # Wider elements come first, so that all are aligned; the rest of the order is the library's.
    order = ["int64", "float64", "float32", "int32", BFLOAT16.name, "float16", "int16"]
    order += ["int8", "uint8", "bool"]
    names = sorted(arrays, key=lambda name: (order.index(arrays[name].dtype.name), name))
    header: dict[str, Any] = {"__metadata__": metadata}
    at = 0
    for name in names:
        array = arrays[name]
        entry = {"dtype": codes[array.dtype.name], "shape": list(array.shape)}
        header[name] = {**entry, "data_offsets": [at, at + array.nbytes]}
        at += array.nbytes
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)
    pieces: list[bytes | memoryview] = [len(text).to_bytes(8, "little"), text]
    pieces += [arrays[n].reshape(-1).view(np.uint8).data for n in names if arrays[n].size]
    return pieces


# Note [Where a file is written]
# An older file stays whole until the new one is: that is written without a name beside it, gets a
# name and takes the old one's place in one step, so that a process that is killed leaves either the
# one or the other, and no third. A link stays a link: the file that it points to is replaced. What
# is no file (a pipe, a device), or cannot be replaced because its folder is closed to us, is
# written as it is. Where the system has no files without names, the new one has one for a while;
# what such a process left when it was killed goes with the next save.
def _write(path: str, pieces: list[bytes | memoryview]) -> None:
    import stat

    found: os.stat_result | None = None
    with contextlib.suppress(FileNotFoundError):
        found = os.stat(path)
    system = os.path.abspath(path).startswith(("/dev/", "/proc/"))
    if found is not None and (system or not stat.S_ISREG(found.st_mode)):
        with open(path, "wb") as stream:
            stream.writelines(pieces)
        return
    target = Path(os.path.realpath(path))
    try:
        _replace(target, pieces, None if found is None else found.st_mode & 0o777)
    except PermissionError:
        if found is None:
            raise
        with open(target, "wb") as stream:
            stream.writelines(pieces)


def _replace(target: Path, pieces: list[bytes | memoryview], mode: int | None) -> None:
    """Writes a new file and puts it in the place of `target` at once."""
    temporary = _temporary(target)
    handle = None
    if hasattr(os, "O_TMPFILE"):
        with contextlib.suppress(OSError):  # not every file system has them
            handle = os.open(target.parent, os.O_TMPFILE | os.O_WRONLY, 0o666)
    nameless = handle is not None
    if handle is None:
        handle = os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666)
    try:
        with open(handle, "wb") as stream:
            stream.writelines(pieces)
            stream.flush()
            if mode is not None:
                os.fchmod(handle, mode)
            os.fsync(handle)
            if nameless:
                # The folder's number makes Python use the call that follows /proc's links.
                os.link(f"/proc/self/fd/{handle}", temporary, src_dir_fd=0, follow_symlinks=True)
        os.replace(temporary, target)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise
    _sync_folder(target.parent)


def _temporary(target: Path) -> Path:
    """A free name beside `target` that tells whose it is; names of the dead are freed."""
    import secrets
    import socket

    begin = f".{target.name[:50]}.{socket.gethostname()[:30]}."
    with contextlib.suppress(OSError):
        for other in os.listdir(target.parent):
            writer = other.removeprefix(begin).partition(".")[0]
            if other.startswith(begin) and writer.isdigit() and not _lives(int(writer)):
                os.unlink(target.parent / other)
    return target.parent / f"{begin}{os.getpid()}.{secrets.token_hex(4)}"


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        pass  # somebody else's
    return True


def _sync_folder(folder: Path) -> None:
    """Makes the new name last; not every system has folders that can be opened."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def load(
    f: File, map_location: Any = None, *, weights_only: bool | None = None, mmap: bool | None = None
) -> Any:
    """Reads what `save` wrote, or a safetensors file of another library as a dict of its tensors.

    Args:
        f: A path, or a file open for reading bytes.
        map_location: "cpu" or None.
        weights_only: Accepted: a file holds nothing else.
        mmap: Accepted.

    Returns:
        The state: equal containers, numbers and text, and new tensors.

    Raises:
        RuntimeError: The file is no safetensors file, is cut off, or contradicts itself.
        TypeError: It holds a dtype that pyad does not have.
        FileNotFoundError: There is no such file.
        ImportError: The package safetensors is missing.

    Example:
        >>> import io
        >>> import pyad
        >>> f = io.BytesIO()
        >>> pyad.save([pyad.arange(3), ("a", 1.5)], f)
        >>> _ = f.seek(0)
        >>> pyad.load(f)
        [tensor([0, 1, 2]), ('a', 1.5)]
    """
    if map_location is not None and not str(map_location).startswith("cpu"):
        raise RuntimeError(
            f"load: pyad computes on the CPU; there is no device {str(map_location)!r}"
        )
    library = _safetensors()
    if hasattr(f, "read"):
        data = f.read()
        if not isinstance(data, bytes | bytearray):
            raise TypeError("load: the file must be open for reading bytes (mode 'rb')")
        with _explained("the file", bytes(data[:4])):
            library.deserialize(bytes(data))
            return _assemble(_Source(io.BytesIO(data)))
    path = os.fsdecode(f)
    with open(path, "rb") as stream:  # the system's own errors for what is no readable file
        start = stream.read(4)
        with _explained(path, start):
            with library.safe_open(path, framework="np"):
                stream.seek(0)
            return _assemble(_Source(stream))


def _assemble(source: _Source) -> Any:
    if KEY not in source.metadata:
        return {name: source.tensor(name) for name in source.names()}
    described = json.loads(source.metadata[KEY])
    if not isinstance(described, dict) or "tree" not in described:
        raise ValueError("its description is no object with a tree")
    if described.get("version") != VERSION:
        raise ValueError(f"its version is {described.get('version')!r}, not {VERSION}")
    return _Reader(source).value(described["tree"])


@contextlib.contextmanager
def _explained(name: str, start: bytes) -> Iterator[None]:
    """Turns whatever a malformed file leads to into a RuntimeError that says so."""
    try:
        yield
    except (KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except TypeError as error:
        if str(error).startswith("load: tensor"):
            raise
        raise _malformed(name, start, error) from error
    except BaseException as error:  # panics of the library are no Exceptions
        if isinstance(error, GeneratorExit):
            raise
        raise _malformed(name, start, error) from error


def _malformed(name: str, start: bytes, error: BaseException) -> RuntimeError:
    if start[:2] == b"PK" or start[:1] == b"\x80":
        return RuntimeError(
            f"load: {name} is a pickle file, which could run any code, so it is not read; load it "
            "with PyTorch and write it with safetensors.torch.save_file"
        )
    return RuntimeError(
        f"load: {name} is no complete safetensors file: {type(error).__name__}: {error}"
    )
