"""pyad.save and pyad.load; pickles and deep copies of tensors and generators."""

from __future__ import annotations

import builtins
import collections
import copy
import io
import itertools
import json
import math
import os
import pathlib
import pickle
import struct

import hypothesis
import hypothesis.strategies as st
import numpy as np
import pytest
import safetensors
import safetensors.numpy
import safetensors.torch
import torch

import pyad
from pyad import nn


def round_trip(value):
    file = io.BytesIO()
    pyad.save(value, file)
    file.seek(0)
    return pyad.load(file)


def assert_same(mine, theirs):
    assert type(mine) is type(theirs)
    if isinstance(theirs, pyad.Tensor):
        assert (mine.dtype, mine.shape) == (theirs.dtype, theirs.shape)
        assert mine.numpy().tobytes() == theirs.detach().contiguous().numpy().tobytes()
    elif isinstance(theirs, np.ndarray):
        assert mine.dtype == theirs.dtype
        np.testing.assert_array_equal(mine, theirs)
    elif isinstance(theirs, dict):
        assert list(mine) == list(theirs)
        assert [type(k) for k in mine] == [type(k) for k in theirs]
        for key in theirs:
            assert_same(mine[key], theirs[key])
    elif isinstance(theirs, (list, tuple)):
        assert len(mine) == len(theirs)
        for m, t in zip(mine, theirs):
            assert_same(m, t)
    elif isinstance(theirs, float) and math.isnan(theirs):
        assert math.isnan(mine)
    else:
        assert mine == theirs
        assert str(mine) == str(theirs)  # tells 0.0 from -0.0


DTYPES = [pyad.float32, pyad.float64, pyad.int32, pyad.int64, pyad.uint8, pyad.bool]

VALUES = {
    "tensor": lambda: pyad.rand(3, 2),
    "0-d": lambda: pyad.tensor(2.5),
    "empty": lambda: pyad.zeros(0, 3),
    "none": lambda: None,
    "numbers": lambda: [
        0,
        -1,
        2**80,
        True,
        False,
        1.5,
        -0.0,
        math.inf,
        -math.inf,
        math.nan,
        1e-320,
    ],
    "complex": lambda: [1 + 2j],
    "text": lambda: ["", "ä\n\0\u2028", "\ud800", "__metadata__", '"'],
    "bytes": lambda: [b"", b"\0\xff"],
    "containers": lambda: [[], (), {}, ([], ({},)), collections.OrderedDict(b=1, a=2)],
    "counter": lambda: collections.Counter({30: 2, 10: 1}),
    "keys": lambda: {1: "a", "1": "b", 2.5: "c", None: "d", -3: "e"},
    "bool key": lambda: {True: 1, False: 2},
    "dtypes": lambda: DTYPES,
    "all dtypes": lambda: {d.name: pyad.tensor([0, 1, 1]).to(d) for d in DTYPES},
    "special floats": lambda: pyad.tensor([math.nan, math.inf, -math.inf, -0.0]),
    "transposed": lambda: pyad.arange(6).reshape(2, 3).T,
    "expanded": lambda: pyad.ones(1).expand(4),
    "arrays": lambda: [np.arange(3), np.float32(1.5), np.int8(3), np.bool_(True)],
    "clashing names": lambda: {"a": {"b": pyad.ones(1)}, "a.b": pyad.zeros(1)},
    "the reserved name": lambda: {"__metadata__": pyad.ones(1)},
    "odd names": lambda: {"": pyad.ones(1), "\ud800": pyad.zeros(1), "ü": pyad.ones(2)},
    "many": lambda: {f"p{i}": pyad.full((i,), i) for i in range(40)},
}


@pytest.mark.parametrize("name", VALUES)
def test_round_trips(name, tmp_path):
    value = VALUES[name]()
    assert_same(round_trip(value), value)
    path = tmp_path / "state.safetensors"
    pyad.save(value, path)
    assert_same(pyad.load(str(path)), value)
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


leaves = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(),
    st.binary(),
    st.builds(lambda n: pyad.arange(float(n)), st.integers(0, 4)),
)
keys = st.one_of(st.text(), st.integers(), st.booleans(), st.none())
values = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.lists(inner, max_size=4).map(tuple),
        st.dictionaries(keys, inner, max_size=4),
        st.dictionaries(keys, inner, max_size=4).map(collections.OrderedDict),
    ),
    max_leaves=20,
)


@hypothesis.settings(max_examples=150, deadline=None)
@hypothesis.given(values)
def test_any_state_round_trips(value):
    assert_same(round_trip(value), value)


def model(lib):
    return lib.nn.Sequential(lib.nn.Linear(3, 4), lib.nn.Tanh(), lib.nn.Linear(4, 2))


def trained(steps=2, state=None):
    """A model after some steps of Adam with a schedule; `state` is where they begin."""
    pyad.manual_seed(1)
    m = model(pyad)
    optimizer = pyad.optim.Adam(m.parameters(), lr=0.1)
    start = 0
    if state is not None:
        m.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        pyad.set_rng_state(state["rng"])
        start = state["step"]
    for _ in range(start, steps):
        loss = m(pyad.rand(5, 3)).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return {
        "model": m.state_dict(),
        "optimizer": optimizer.state_dict(),
        "rng": pyad.get_rng_state(),
        "step": steps,
    }


def test_training_resumes(tmp_path):
    path = tmp_path / "checkpoint.safetensors"
    pyad.save(trained(2), path)
    resumed = trained(5, pyad.load(path))
    whole = trained(5)
    assert_same(dict(resumed["model"]), dict(whole["model"]))
    assert_same(resumed["optimizer"], whole["optimizer"])
    assert_same(resumed["rng"], whole["rng"])


def test_shared_tensors_stay_shared():
    x = pyad.arange(4.0)
    value = round_trip({"a": x, "b": [x, x.view(4)], "c": x.view(2, 2), "d": x[1:]})
    assert value["a"] is value["b"][0]
    value["a"][0] = 9
    assert value["b"][1].tolist() == [9, 1, 2, 3]
    assert value["c"].tolist() == [[0, 1], [2, 3]]
    assert value["d"].tolist() == [1, 2, 3]


def test_tied_weights_have_both_names(tmp_path):
    path = tmp_path / "tied.safetensors"
    m = nn.Sequential(nn.Linear(3, 3), nn.Linear(3, 3))
    m[1].weight = m[0].weight
    pyad.save(m.state_dict(), path)
    assert set(safetensors.torch.load_file(path)) == set(m.state_dict())
    loaded = pyad.load(path)
    assert loaded["0.weight"].data_ptr() == loaded["1.weight"].data_ptr()


def test_tensors_are_saved_without_history():
    x = pyad.ones(2).requires_grad_()
    leaf, result, parameter = round_trip([x, x * 2, nn.Parameter(pyad.ones(1))])
    assert [leaf.requires_grad, result.requires_grad] == [True, True]
    assert [leaf.is_leaf, result.is_leaf] == [True, True]
    assert type(parameter) is pyad.Tensor


def test_loaded_memory_is_its_own():
    x = round_trip(pyad.ones(3))
    y = x.requires_grad_().square()
    with pyad.no_grad():
        x.add_(1)
    y.sum().backward()
    assert x.grad.tolist() == [2, 2, 2]


# -- other libraries ------------------------------------------------------------------------------


def test_torch_reads_our_files(tmp_path):
    path = tmp_path / "model.safetensors"
    mine, theirs = model(pyad), model(torch)
    pyad.save(mine.state_dict(), path)
    theirs.load_state_dict(safetensors.torch.load_file(path))
    for (name, p), q in zip(mine.named_parameters(), theirs.parameters()):
        assert p.tolist() == q.tolist(), name


def test_we_read_files_of_torch(tmp_path):
    path = tmp_path / "model.safetensors"
    mine, theirs = model(pyad), model(torch)
    safetensors.torch.save_file(theirs.state_dict(), path)
    mine.load_state_dict(pyad.load(path))
    for (name, p), q in zip(mine.named_parameters(), theirs.parameters()):
        assert p.tolist() == q.tolist(), name
    loaded = pyad.load(io.BytesIO(path.read_bytes()))
    assert set(loaded) == set(theirs.state_dict())


def test_nested_tensors_have_dotted_names(tmp_path):
    path = tmp_path / "a.safetensors"
    pyad.save({"model": {"weight": pyad.ones(1)}, "list": [pyad.zeros(2)]}, path)
    assert set(safetensors.numpy.load_file(path)) == {"model.weight", "list.0"}


@pytest.mark.parametrize("dtype", [torch.uint16, torch.uint32, torch.float8_e4m3fn])
def test_unknown_dtypes(dtype, tmp_path):
    path = tmp_path / "a.safetensors"
    safetensors.torch.save_file({"w": torch.ones(2).to(dtype)}, path)
    with pytest.raises(TypeError, match="load: tensor 'w' has dtype"):
        pyad.load(path)


# -- what cannot be saved -------------------------------------------------------------------------


class Point(collections.namedtuple("Point", "x y")):
    pass


@pytest.mark.parametrize(
    ("value", "match"),
    [
        (object(), "of type builtins.object;"),
        ({"a": [1, {2}]}, r"of type builtins.set at \['a'\]\[1\]"),
        (len, "builtin_function_or_method"),
        (nn.Linear(1, 1), "save its state_dict"),
        (Point(1, 2), "Point"),
        (np.array(["a"]), "ndarray"),
        ({(1, 2): 3}, "has a key of type tuple"),
        (collections.defaultdict(int), "defaultdict"),
    ],
    ids=lambda v: str(type(v).__name__),
)
def test_bad_types(value, match, tmp_path):
    path = tmp_path / "old.safetensors"
    pyad.save(1, path)
    with pytest.raises(TypeError, match=match):
        pyad.save(value, path)
    assert pyad.load(path) == 1
    assert len(list(tmp_path.iterdir())) == 1


def test_bad_structures():
    endless = []
    endless.append(endless)
    with pytest.raises(ValueError, match="a container holds itself"):
        pyad.save(endless, io.BytesIO())
    deep = []
    for _ in range(300):
        deep = [deep]
    with pytest.raises(ValueError, match="nested deeper than 200"):
        pyad.save(deep, io.BytesIO())
    same = [1]
    assert round_trip([same, same]) == [[1], [1]]


def test_writing_is_atomic(tmp_path, monkeypatch):
    path = tmp_path / "state.safetensors"
    pyad.save({"w": pyad.ones(2)}, path)
    path.chmod(0o640)

    def fail(*args):
        raise OSError("no space left")

    for broken in ("replace", "fsync"):
        with monkeypatch.context() as m:
            m.setattr(os, broken, fail)
            with pytest.raises(OSError, match="no space left"):
                pyad.save({"w": pyad.zeros(2)}, path)
        assert pyad.load(path)["w"].tolist() == [1, 1]
        assert list(tmp_path.iterdir()) == [path]
    pyad.save({"w": pyad.zeros(2)}, path)
    assert path.stat().st_mode & 0o777 == 0o640
    with pytest.raises(FileNotFoundError):
        pyad.save(1, tmp_path / "missing" / "a")


def test_missing_package(monkeypatch):
    original = builtins.__import__

    def without(name, *args):
        if name.startswith("safetensors"):
            raise ImportError(name)
        return original(name, *args)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ImportError, match="pip install safetensors"):
        pyad.save(1, io.BytesIO())
    with pytest.raises(ImportError, match="pip install safetensors"):
        pyad.load(io.BytesIO())


# -- files that lie -------------------------------------------------------------------------------


def raw(header, data=b""):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


def described(tree, header=None, data=b""):
    text = tree if isinstance(tree, str) else json.dumps({"version": 1, "tree": tree})
    return raw({"__metadata__": {"pyad": text}, **(header or {})}, data)


ENTRY = {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}
BAD_FILES = {
    "empty": b"",
    "short": b"\0\0\0",
    "no header": struct.pack("<Q", 100),
    "huge header": struct.pack("<Q", 2**63) + b"{}",
    "large header": struct.pack("<Q", 2**40) + b"{}",
    "no json": raw(b"hello"),
    "no object": raw([1, 2]),
    "deep json": raw(b"[" * 100_000),
    "bad utf-8": raw(b'{"\xff": 1}'),
    "entry": raw({"w": 5}),
    "dtype": raw({"w": {**ENTRY, "dtype": "F99"}}, bytes(8)),
    "cut off": raw({"w": ENTRY}, bytes(7)),
    "too long": raw({"w": ENTRY}, bytes(9)),
    "offsets": raw({"w": {**ENTRY, "data_offsets": [8, 0]}}, bytes(8)),
    "far offsets": raw({"w": {**ENTRY, "data_offsets": [2**60, 2**60 + 8]}}, bytes(8)),
    "negative offsets": raw({"w": {**ENTRY, "data_offsets": [-8, 0]}}, bytes(8)),
    "shape": raw({"w": {**ENTRY, "shape": [3]}}, bytes(8)),
    "negative shape": raw({"w": {**ENTRY, "shape": [-2]}}, bytes(8)),
    "overflow": raw({"w": {**ENTRY, "shape": [2**62, 2**62]}}, bytes(8)),
    "overlap": raw({"w": ENTRY, "v": {**ENTRY, "data_offsets": [4, 12]}}, bytes(12)),
    "hole": raw({"w": ENTRY, "v": {**ENTRY, "data_offsets": [12, 20]}}, bytes(20)),
    "metadata": raw({"__metadata__": {"pyad": 5}}),
    "tree": described("not json"),
    "tree type": described("[]"),
    "no tree": described("{}"),
    "version": described('{"version": 99, "tree": 1}'),
    "deep tree": described('{"version": 1, "tree": ' + "[" * 100_000),
    "nested tree": described('{"version":1,"tree":' + '["list",' * 500 + "1" + "]" * 501 + "}"),
    "empty node": described([]),
    "kind": described(["os.system", "true"]),
    "object node": described({"a": 1}),
    "dict": described(["dict", 5]),
    "dict items": described(["dict", [1, 2]]),
    "dict keys": described(["dict", [[[1], 2]]]),
    "counter": described(["counter", 1, 2]),
    "tensor": described(["tensor"]),
    "tensor name": described(["tensor", "missing", 0, 0]),
    "tensor kind": described(["tensor", ["w"], 0, 0], {"w": ENTRY}, bytes(8)),
    "tensor number": described(["tensor", "w", [], 0], {"w": ENTRY}, bytes(8)),
    "two names": described(
        ["list", ["tensor", "w", 0, 0], ["tensor", "v", 0, 0]],
        {"w": ENTRY, "v": {**ENTRY, "data_offsets": [8, 16]}},
        bytes(16),
    ),
    "integers with gradients": described(
        ["tensor", "w", 0, 1], {"w": {**ENTRY, "dtype": "I32"}}, bytes(8)
    ),
    "array": described(["array", "missing"]),
    "dtype name": described(["dtype", "object"]),
    "bytes": described(["bytes", "%%%"]),
    "bytes type": described(["bytes", 5]),
    "complex": described(["complex", "a", None]),
    "number type": described(["number", "O", 1]),
    "number": described(["number", "float32", [1]]),
    "number range": described(["number", "int8", 1000]),
    "pickle": pickle.dumps({"a": 1}),
    "torch": b"PK\x03\x04" + bytes(50),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_bad_files(name, tmp_path):
    path = tmp_path / "bad.safetensors"
    path.write_bytes(BAD_FILES[name])
    with pytest.raises(RuntimeError, match=r"load: .*bad\.safetensors is "):
        pyad.load(path)
    with pytest.raises(RuntimeError, match="load: the file is "):
        pyad.load(io.BytesIO(BAD_FILES[name]))


def test_pickles_are_named():
    with pytest.raises(RuntimeError, match="is a pickle file, which could run any code"):
        pyad.load(io.BytesIO(BAD_FILES["torch"]))


def test_every_cut_is_noticed():
    file = io.BytesIO()
    pyad.save({"a": pyad.arange(3), "b": [1, "x"]}, file)
    whole = file.getvalue()
    for n in range(len(whole)):
        with pytest.raises(RuntimeError, match="load: the file is no complete safetensors file"):
            pyad.load(io.BytesIO(whole[:n]))


EXAMPLE = io.BytesIO()
pyad.save(
    {
        "a": pyad.arange(3),
        "b": [1, "x", None, 2.5],
        "c": (pyad.ones(2, dtype=pyad.bool),),
        "d": b"bytes",
        "e": np.ones(2),
        "f": np.float32(2),
        "g": pyad.float64,
    },
    EXAMPLE,
)


@hypothesis.settings(max_examples=400, deadline=None)
@hypothesis.given(st.data())
def test_damaged_files_never_crash(data):
    damaged = bytearray(EXAMPLE.getvalue())
    for _ in range(data.draw(st.integers(1, 6))):
        place = data.draw(st.integers(0, len(damaged) - 1))
        how = data.draw(st.integers(0, 2))
        if how == 0:
            damaged[place] = data.draw(st.integers(0, 255))
        elif how == 1:
            del damaged[place : place + data.draw(st.integers(1, 8))]
        else:
            damaged[place:place] = data.draw(st.binary(min_size=1, max_size=8))
        hypothesis.assume(damaged)
    try:
        pyad.load(io.BytesIO(bytes(damaged)))
    except (RuntimeError, TypeError) as error:
        assert str(error).startswith("load: ")  # noqa: PT017


@hypothesis.settings(max_examples=300, deadline=None)
@hypothesis.given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats()
        | st.sampled_from(
            ["list", "tuple", "dict", "ordered", "counter", "tensor", "array", "number", "w", ""]
        ),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=2),
        max_leaves=12,
    )
)
def test_invented_descriptions_never_crash(tree):
    try:
        pyad.load(io.BytesIO(described(tree, {"w": ENTRY}, bytes(8))))
    except RuntimeError as error:
        assert str(error).startswith("load: ")  # noqa: PT017


def test_bytes_that_are_no_bools():
    file = raw({"w": {"dtype": "BOOL", "shape": [3], "data_offsets": [0, 3]}}, b"\0\x01\xff")
    x = pyad.load(io.BytesIO(file))["w"]
    assert x.tolist() == [False, True, True]
    assert x.sum().item() == 2


def test_arguments_of_load(tmp_path):
    path = tmp_path / "a"
    pyad.save([1], path)
    assert pyad.load(path, map_location="cpu", weights_only=True, mmap=False) == [1]
    with path.open("rb") as file:
        assert pyad.load(file) == [1]
    with pytest.raises(RuntimeError, match="there is no device 'cuda:0'"):
        pyad.load(path, "cuda:0")
    with pytest.raises(FileNotFoundError):
        pyad.load(tmp_path / "missing")
    with pytest.raises(IsADirectoryError):
        pyad.load(tmp_path)
    with pytest.raises(TypeError, match="open for reading bytes"):
        pyad.load(io.StringIO("text"))
    with pytest.raises(TypeError):
        pyad.load(5.5)
    assert isinstance(path, pathlib.Path)


# -- pickle and deepcopy --------------------------------------------------------------------------


def copies(lib, x):
    return [copy.deepcopy(x), pickle.loads(pickle.dumps(x)), copy.copy(x)]


@pytest.mark.parametrize(
    "make",
    [
        lambda lib: lib.arange(6.0).reshape(2, 3),
        lambda lib: lib.arange(6.0).reshape(2, 3).T,
        lambda lib: lib.arange(6)[2:4],
        lambda lib: lib.tensor(True),
        lambda lib: lib.zeros(0, 2),
        lambda lib: lib.ones(2).requires_grad_(),
        lambda lib: lib.nn.Parameter(lib.ones(2)),
        lambda lib: lib.nn.Parameter(lib.ones(2), requires_grad=False),
    ],
)
def test_copies_of_tensors(make):
    theirs, mine = (copies(lib, make(lib)) for lib in (torch, pyad))
    for m, t in zip(mine, theirs):
        assert m.detach().numpy().tolist() == t.detach().numpy().tolist()
        assert str(m.dtype).split(".")[1] == str(t.dtype).split(".")[1]
        assert (m.requires_grad, m.is_leaf) == (t.requires_grad, t.is_leaf)
        assert type(m).__name__ == type(t).__name__


def test_copies_of_gradients():
    for lib in (torch, pyad):
        x = lib.ones(2).requires_grad_()
        (x * x).sum().backward()
        assert copy.deepcopy(x).grad.tolist() == [2, 2]
        assert copy.deepcopy(x).grad is not x.grad
        assert pickle.loads(pickle.dumps(x)).grad is None
        with pytest.raises(RuntimeError, match="Only Tensors created explicitly by the user"):
            copy.deepcopy(x * 2)
        both = copy.deepcopy([x, x])
        assert both[0] is both[1]


def test_copies_of_views_share_memory():
    for lib in (torch, pyad):
        x = lib.arange(6.0).reshape(2, 3)
        base, row, turned, again = copy.deepcopy([x, x[1], x.T, x])
        row[0] = 9
        assert base is again
        assert base.tolist() == [[0, 1, 2], [9, 4, 5]]
        assert turned.tolist() == [[0, 9], [1, 4], [2, 5]]
        assert x.tolist() == [[0, 1, 2], [3, 4, 5]]
        assert copy.deepcopy(x.T).stride() == (1, 3)
        assert copy.deepcopy(lib.ones(1).expand(3)).stride() == (0,)
        p = lib.nn.Parameter(lib.ones(3))
        apart = copy.deepcopy({"p": p, "values": p.detach()})
        with lib.no_grad():
            apart["p"].zero_()
        assert apart["values"].tolist() == [1, 1, 1]
        w = lib.ones(2).requires_grad_()
        (w * w).sum().backward()
        leaf, gradient = copy.deepcopy([w, w.grad])
        assert leaf.grad is gradient
        assert gradient.tolist() == [2, 2]


def test_copies_of_generators():
    g = pyad.Generator().manual_seed(5)
    pyad.rand(3, generator=g)
    others = [copy.deepcopy(g), pickle.loads(pickle.dumps(g))]
    expected = pyad.rand(4, generator=g).tolist()
    for other in others:
        assert pyad.rand(4, generator=other).tolist() == expected


def test_copies_of_modules():
    m = model(pyad)
    m(pyad.rand(2, 3)).sum().backward()
    for other in (copy.deepcopy(m), pickle.loads(pickle.dumps(m))):
        assert_same(dict(other.state_dict()), dict(m.state_dict()))
        assert other[0].weight is not m[0].weight
    assert copy.deepcopy(m)[0].weight.grad is None


def test_pickles_refuse_other_types():
    _, arguments = pyad.ones(1).__reduce_ex__(2)[:2]
    with pytest.raises(TypeError, match="expects a subclass of Tensor"):
        pyad._core.rebuild_tensor(int, *arguments[1:])


def test_package_of_the_format():
    assert safetensors.__version__


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("missing/x.pt", FileNotFoundError),
        ("file/x.pt", NotADirectoryError),
        ("folder", IsADirectoryError),
        ("n" * 300, OSError),
    ],
)
@pytest.mark.parametrize("form", [str, pathlib.Path])
def test_errors_of_writing_name_the_path_that_was_given(tmp_path, path, kind, form):
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    wanted = str(tmp_path / path)
    with pytest.raises(kind) as raised:
        pyad.save({"a": pyad.ones(2)}, form(wanted))
    assert raised.value.filename == wanted
    assert wanted in str(raised.value)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["file", "folder"]


class Sip:
    """Takes a few bytes of each write, as pipes do."""

    def __init__(self, most):
        self.most, self.bytes = most, b""

    def write(self, data):
        self.bytes += data[: self.most]
        return min(self.most, len(data))


def test_files_that_take_a_part_of_what_is_written(tmp_path):
    state = {"w": pyad.arange(50.0), "step": 3}
    f = Sip(7)
    pyad.save(state, f)
    again = pyad.load(io.BytesIO(f.bytes))
    assert again["step"] == 3
    assert again["w"].tolist() == state["w"].tolist()
    with pytest.raises(OSError, match="took nothing"):
        pyad.save(state, Sip(0))


NAMED = {
    "max": lambda lib, x: x.max(0),
    "min": lambda lib, x: x.min(1, keepdim=True),
    "sort": lambda lib, x: x.sort(1),
    "topk": lambda lib, x: x.topk(2),
    "median": lambda lib, x: x.median(0),
    "mode": lambda lib, x: x.mode(0),
    "kthvalue": lambda lib, x: x.kthvalue(2),
    "cummax": lambda lib, x: x.cummax(0),
    "aminmax": lambda lib, x: x.aminmax(),
}


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("name", NAMED)
def test_results_with_names_are_pickled(name, protocol):
    x = pyad.arange(12.0).reshape(3, 4).sin()
    y = NAMED[name](pyad, x)
    for again in (pickle.loads(pickle.dumps(y, protocol)), copy.copy(y), copy.deepcopy(y)):
        assert type(again) is type(y)
        assert again._fields == y._fields
        assert all((a == b).all() for a, b in zip(again, y, strict=True))


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_shapes_are_pickled_by_every_protocol(protocol):
    for size in (pyad.Size([1]), pyad.Size(), pyad.ones(2, 3).shape):
        again = pickle.loads(pickle.dumps(size, protocol))
        assert type(again) is pyad.Size
        assert again == size


@pytest.mark.parametrize("shape", [(2, 3), (2, 3, 4), (2, 1, 3, 4)])
def test_pickles_keep_the_order_of_memory(shape):
    for order in itertools.permutations(range(len(shape))):
        ours, theirs = (
            lib.arange(math.prod(shape)).reshape(shape).permute(order) for lib in (pyad, torch)
        )
        parameter = nn.Parameter(ours.float())
        for again in (
            pickle.loads(pickle.dumps(ours)),
            copy.deepcopy(ours),
            copy.deepcopy(parameter),
            pickle.loads(pickle.dumps(parameter)),
        ):
            assert ours.stride() == theirs.stride()
            steps = [(a, b) for a, b, n in zip(again.stride(), ours.stride(), ours.shape) if n > 1]
            assert all(a == b for a, b in steps)
            assert again.tolist() == theirs.tolist()
            assert again._base is None
    # What has gaps is stored without them.
    part = pickle.loads(pickle.dumps(pyad.arange(8).reshape(2, 4)[:, ::2]))
    assert (part.stride(), part.tolist()) == ((2, 1), [[0, 2], [4, 6]])
