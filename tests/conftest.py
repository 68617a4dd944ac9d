"""What every test shares: versions in the header, a seeded generator, and the check for leaks.

PyTorch is the oracle of most tests; a run without it fails here rather than skips.
"""

from __future__ import annotations

import gc
import platform
import warnings

import numpy as np
import pytest
import torch

import pyad

with warnings.catch_warnings():
    # What torch's first dual tensor imports warns of torch's own deprecations.
    warnings.simplefilter("ignore")
    import torch._decomp.decompositions_for_jvp

with warnings.catch_warnings():
    # Said once in a process: not in whichever test comes first.
    warnings.simplefilter("ignore")
    _leaf = pyad.ones(1, requires_grad=True)
    (_leaf * _leaf).backward(create_graph=True)
    _leaf.grad = None
    del _leaf

LEFT = pytest.StashKey[bool]()


def pytest_report_header(config):
    core = pyad._core
    return (
        f"pyad {pyad.__version__} ({core.isa()}, {core.get_num_threads()} threads), "
        f"numpy {np.__version__}, torch {torch.__version__}, {platform.machine()}"
    )


def pytest_collection_finish(session):
    # What is alive by now stays: later collections need not look at it again.
    gc.collect()
    gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if report.failed:
        item.stash[LEFT] = True
    return report


@pytest.fixture(autouse=True)
def no_leaks(request):
    """After every test the engine has as many nodes, tensors, buffers and bytes as before."""
    before = pyad._core.live_counts()  # nothing collectable: the test before this one saw to that
    yield
    if request.node.stash.get(LEFT, False):
        return  # the traceback of a failure holds its tensors
    if pyad._core.live_counts() != before:
        gc.collect()
    after = pyad._core.live_counts()
    # Fewer may be alive than before: what an earlier failure held has gone meanwhile.
    leaked = {k: after[k] - before[k] for k in before if after[k] > before[k]}
    assert not leaked, f"alive after the test: {leaked}"
    assert pyad.is_grad_enabled()
    assert pyad._core.levels() == 0


@pytest.fixture
def rng():
    return np.random.default_rng(0)
