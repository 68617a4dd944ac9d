"""What programs say about devices and types works as in PyTorch, on the one device there is."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest
import torch

import pyad
from alike import both


def test_devices() -> None:
    def program(lib):
        d = lib.device("cuda" if lib.cuda.is_available() else "cpu")
        x = lib.ones(2, device=d)
        named = [lib.device(t) for t in ("cpu", "cpu:0", "cuda:1")] + [lib.device("cuda", 2)]
        seen = [
            repr(d),
            str(d),
            d.type,
            d.index,
            [(str(n), repr(n), n.type, n.index) for n in named],
        ]
        seen += [x.device == d, x.device == lib.device("cpu"), x.device != lib.device("cuda")]
        seen += [x.device.type, str(x.device), lib.device(d) == d, len({d, x.device})]
        seen += [x.to(d) is x, x.to(device=d) is x, x.to(d, lib.float64).dtype == lib.float64]
        seen += [x.cpu() is x, x.is_cuda, x.is_cpu, x.get_device(), x.is_complex(), x.is_meta]
        seen += [x.is_quantized, x.is_pinned(), lib.get_default_device() == d]
        seen += [lib.cuda.device_count(), pickle.loads(pickle.dumps(d)) == copy.deepcopy(d)]
        m = lib.nn.Linear(2, 2).to(d).to(device="cpu").to(d, lib.float64)
        seen += [str(m.weight.device), str(m.weight.dtype)[-7:], next(m.parameters()).device == d]
        lib.cuda.manual_seed(1)
        lib.cuda.manual_seed_all(1)
        if lib is pyad:  # PyTorch's test database, once imported, forbids its own
            lib.backends.cudnn.deterministic = True
            lib.backends.cudnn.benchmark = False
        lib.set_default_device("cpu")
        with lib.device("cpu"):
            seen += [lib.zeros(1).device.type]
        lib.set_default_device(None)
        return seen

    both(program)
    assert not pyad.backends.mps.is_available()
    assert not pyad.backends.cuda.is_built()


TO = {
    "device": lambda x, lib: x.to(lib.device("cpu")),
    "text": lambda x, lib: x.to("cpu"),
    "device by name": lambda x, lib: x.to(device="cpu"),
    "device, None": lambda x, lib: x.to("cpu", None),
    "device, None, flag": lambda x, lib: x.to("cpu", None, True),
    "device, flag by name": lambda x, lib: x.to("cpu", non_blocking=True),
    "no dtype by name": lambda x, lib: x.to("cpu", dtype=None),
    "dtype": lambda x, lib: x.to(lib.float32),
    "dtype, flag": lambda x, lib: x.to(lib.float32, True),
    "dtype by name": lambda x, lib: x.to(dtype=lib.float64),
    "device, dtype": lambda x, lib: x.to("cpu", lib.float32),
    "device, dtype by name": lambda x, lib: x.to(device="cpu", dtype=lib.float64),
    "other": lambda x, lib: x.to(lib.ones(1, dtype=lib.float32)),
    "other by name": lambda x, lib: x.to(tensor=lib.ones(1, dtype=lib.float64)),
}


@pytest.mark.parametrize("name", TO)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_only_a_named_dtype_changes_a_module(dtype, name) -> None:
    def program(lib):
        m = lib.nn.BatchNorm1d(2).to(getattr(lib, dtype))
        assert TO[name](m, lib) is m
        return [str(v.dtype).split(".")[1] for v in m.state_dict().values()]

    both(program)


@pytest.mark.parametrize("name", [n for n in TO if n != "other by name"])
@pytest.mark.parametrize("dtype", ["float32", "float64", "int32"])
def test_only_a_named_dtype_changes_a_tensor(dtype, name) -> None:
    def program(lib):
        x = lib.ones(2, dtype=getattr(lib, dtype))
        y = TO[name](x, lib)
        return str(y.dtype).split(".")[1], y is x

    both(program)


def test_other_devices_are_refused() -> None:
    for call in (
        lambda: pyad.ones(2).to("cuda"),
        lambda: pyad.ones(2).to(pyad.device("cuda")),
        lambda: pyad.tensor([1.0], device="cuda"),
        lambda: pyad.nn.Linear(2, 2).to("cuda:0"),
        lambda: pyad.set_default_device("cuda"),
        lambda: pyad.device("nonsense"),
        lambda: pyad.device("cpu:x"),
        lambda: pyad.device("cuda:0", 1),
        lambda: pyad.device("cuda").__enter__(),
    ):
        with pytest.raises(RuntimeError, match=r"device|must not include"):
            call()
    for call in (pyad.ones(2).cuda, pyad.cuda.synchronize, pyad.cuda.current_device):
        with pytest.raises(AssertionError, match="is_available"):
            call()
    assert pyad.cuda.empty_cache() is None


def test_types() -> None:
    def program(lib):
        x = lib.ones(2)
        name = lib.__name__

        def plain(t):
            return t.replace(name, "lib")

        kinds = ("Float", "Double", "Int", "Long", "Byte", "Bool")
        dtypes = (lib.float32, lib.float64, lib.int32, lib.int64, lib.uint8, lib.bool)
        seen = [plain(x.to(d).type()) for d in dtypes]
        seen += [plain(x.type(lib.float64).type()), plain(x.type(f"{name}.LongTensor").type())]
        seen += [x.type(lib.float32) is x, plain(x.type(dtype=lib.int32).type())]
        seen += [plain(x.type(getattr(lib, k + "Tensor")).type()) for k in kinds]
        seen += [isinstance(x, lib.FloatTensor), isinstance(x, lib.LongTensor)]
        seen += [lib.FloatTensor([1, 2]).tolist(), lib.LongTensor([[1]]).tolist()]
        seen += [tuple(lib.DoubleTensor(2, 3).shape), tuple(lib.IntTensor().shape)]
        seen += [lib.BoolTensor([True]).tolist(), plain(lib.typename(x)), lib.typename(3)]
        m = lib.nn.Linear(1, 1)
        seen += [plain(m.type(lib.float64).weight.type()), plain(m.float().bias.type())]
        for dtype in (lib.float32, lib.float64):
            f = lib.finfo(dtype)
            seen += [f.eps, f.max, f.min, f.tiny, f.bits, f.smallest_normal, f.resolution, f.dtype]
            seen += [repr(f)]
        seen += [lib.finfo().bits]
        for dtype in (lib.uint8, lib.int32, lib.int64):
            i = lib.iinfo(dtype)
            seen += [i.min, i.max, i.bits, i.dtype, repr(i)]
        for bad in (lambda: lib.finfo(lib.int64), lambda: lib.iinfo(lib.float32)):
            with pytest.raises(TypeError):
                bad()
        with pytest.raises(ValueError, match="invalid type"):
            x.type("what")
        seen += [lib.inf, lib.pi, lib.e, lib.newaxis, lib.nan != lib.nan]
        seen += [x.shape == lib.Size([2]), isinstance(x.shape, lib.Size), lib.Size([2, 3]).numel()]
        s, more = lib.ones(2, 3, 4).shape, (5,)
        seen += [s.numel(), s[1:].numel(), (s + more).numel(), (s * 2).numel(), s[0], s[-1]]
        seen += [isinstance(part, lib.Size) for part in (s, s[:2], s + more, more, x.stride())]
        seen += [isinstance(x.size(), lib.Size), pickle.loads(pickle.dumps(s)) == copy.copy(s)]
        seen += [type(pickle.loads(pickle.dumps(s))) is lib.Size, hash(s) == hash((2, 3, 4))]
        return seen

    both(program)


def test_a_size_is_made_of_whole_numbers() -> None:
    def program(lib):
        items = (lib.tensor(2), np.int64(3), True)
        made = [lib.Size(items), lib.Size(list(items)), lib.Size(np.array([2, 3])), lib.Size()]
        made += [lib.Size(lib.tensor([2, 3])), lib.Size(iter([4]))]
        for bad in ((2.5,), ("2",), (None,), (lib.tensor(2.5),), 5, ([2],)):
            with pytest.raises(TypeError):
                lib.Size(bad)
        if lib is pyad:  # PyTorch keeps the integers of NumPy
            assert {type(n) for s in made for n in s} == {int}
        return [(tuple(s), s.numel()) for s in made]

    both(program)


def test_formats() -> None:
    def program(lib):
        x = lib.tensor(1.23456)
        seen = [f"{x:.2f}", f"{x:8.1e}", f"{lib.tensor(3):>4d}", f"{lib.tensor([1, 2])}"]
        with pytest.raises(TypeError, match="unsupported format string"):
            f"{lib.ones(2):.2f}"
        return seen

    both(program)


def test_memory_formats_change_nothing() -> None:
    x = pyad.tensor(np.arange(6.0).reshape(2, 3)).t()
    assert x.contiguous(memory_format=pyad.contiguous_format).is_contiguous()
    assert x.clone(memory_format=pyad.preserve_format).tolist() == x.tolist()
    assert x.share_memory_() is x
    assert x.pin_memory() is x
    assert not x.is_shared()
    assert torch.ones(1).is_shared() is False
