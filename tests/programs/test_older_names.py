"""What PyTorch has no answer to compare with: gradients of `vander`, refusals, remarks."""

from __future__ import annotations

import pytest

import pyad


def test_vander_is_differentiable():
    x = pyad.tensor([1.0, 2.0, 3.0], dtype=pyad.float64, requires_grad=True)
    weights = pyad.tensor([3.0, -1.0, 2.0, 7.0], dtype=pyad.float64)
    (pyad.vander(x, 4) * weights).sum().backward()
    assert x.grad.tolist() == [9 * t**2 - 2 * t + 2 for t in (1.0, 2.0, 3.0)]


def test_in_place_views_of_recorded_tensors_say_what_to_write():
    x = pyad.ones(2, 3, requires_grad=True) * 2
    with pytest.raises(RuntimeError, match=r"unsqueeze_: .* use x = x.unsqueeze"):
        x.unsqueeze_(0)
    assert x.shape == (2, 3)


def test_tensorboard_says_what_to_install():
    import pyad.utils.tensorboard as tensorboard

    with pytest.raises(ImportError, match="pip install tensorboardX"):
        _ = tensorboard.SummaryWriter
    with pytest.raises(AttributeError):
        _ = tensorboard.no_such


def test_jit_says_once_that_it_compiles_nothing(monkeypatch):
    import pyad.jit

    monkeypatch.setattr(pyad.jit, "_said", set())
    with pytest.warns(UserWarning, match=r"jit.script: pyad compiles no"):
        assert pyad.jit.script(abs) is abs
    assert pyad.jit.trace(abs, 1) is abs  # not said again: a warning would be an error here
    layer = pyad.nn.ReLU()
    assert pyad.jit.freeze(layer) is layer


def test_names_there_in_part_say_so():
    from pyad._programs.names import resolve

    for name in ("torch.jit.script", "torch.distributed.init_process_group", "torch.distributed"):
        assert resolve(name).state == "partly", name
        assert resolve(name).remark, name


def double(rank, factor):
    if rank == factor:
        raise ValueError(f"no {rank}")


def test_processes():
    mp = pyad.multiprocessing
    assert mp.start_processes(double, (5,), nprocs=2, start_method="fork") is None
    with pytest.raises(mp.ProcessRaisedException, match="ValueError: no 1"):
        mp.start_processes(double, (1,), nprocs=2, start_method="fork")
    assert mp.get_sharing_strategy() in mp.get_all_sharing_strategies()


def test_data_parallel_calls_the_module():
    layer = pyad.nn.Linear(2, 1)
    x = pyad.ones(3, 2)
    called = pyad.nn.parallel.data_parallel(layer, x)
    assert called.tolist() == layer(x).tolist()
    wrapped = pyad.nn.parallel.DistributedDataParallel(layer)
    with wrapped.no_sync():
        assert wrapped(x).tolist() == called.tolist()


def test_switches_of_backends_can_be_set(monkeypatch):
    cudnn = pyad.backends.cudnn
    monkeypatch.setattr(cudnn, "benchmark", True)
    assert pyad.backends.cudnn.benchmark is True
    with cudnn.flags(benchmark=False):
        assert not cudnn.benchmark
    assert cudnn.benchmark
