"""Training steps of multilayer perceptrons: forward, loss, backward and update on one fixed batch.

Three sizes, from all overhead to all arithmetic, and one network over batches of four sizes. The
steps themselves, one spelling a peer, are in `mlp_peers` and `mlp_best`; here are the sizes, the
inputs, the reference and the targets.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence

from benchmarks.case import PYAD, Candidate, Case, Target, Tolerance, ratio
from benchmarks.cases import mlp_best, mlp_peers
from benchmarks.cases.mlp_peers import Data, Problem

BUILDERS: Mapping[str, Callable[[Data], Candidate]] = {
    PYAD: functools.partial(mlp_peers.torchlike, PYAD),
    "torch": functools.partial(mlp_peers.torchlike, "torch"),
    "torch-fused": functools.partial(mlp_peers.torchlike, "torch", fused=True),
    "jax": mlp_best.jax_step,
    "jax-scan": mlp_best.jax_scan,
    "mlx": mlp_peers.mlx,
    "numpy": mlp_peers.numpy,
    "numpy-out": mlp_best.numpy_out,
    "floor": mlp_peers.floor_candidate,
}

_FLOAT32_STEPS = Tolerance(
    2e-5,
    "float32 against a float64 reference over five steps: each matrix product rounds at 6e-8 of"
    " terms that cancel, and the update is a difference of weights a hundred times its size",
)
_FLOAT32_ADAM = Tolerance(
    5e-5,
    "as for SGD; besides, Adam divides by the size of each gradient, which turns the rounding of a"
    " gradient near zero into a step of full size",
)
_MLX_ADAM = Tolerance(
    2e-3, "MLX takes 1 - 0.999 in float32, 1e-5 of itself off, which then moves whole units"
)
_NUMPY_ADAM = Tolerance(
    1e-3,
    "NumPy's products on two threads add in another order on some processors; one gradient near"
    " zero that changes its sign is a step of full size",
)
_LOOSER = {"mlx": _MLX_ADAM, "numpy": _NUMPY_ADAM, "numpy-out": _NUMPY_ADAM}


def _case(
    name: str,
    title: str,
    problem: Problem,
    targets: tuple[Target, ...],
    threads: tuple[int, ...] = (1,),
    family: str = "Training steps",
    peers: Sequence[str] = tuple(BUILDERS),
) -> Case:
    return Case(
        name=name,
        title=title,
        family=family,
        data=lambda: mlp_peers.make(problem),
        reference=mlp_peers.reference,
        builders={peer: BUILDERS[peer] for peer in peers},
        tolerance=_FLOAT32_STEPS if problem.optimizer == "sgd" else _FLOAT32_ADAM,
        looser={} if problem.optimizer == "sgd" else _LOOSER,
        targets=targets,
        threads=threads,
    )


_TINY = Problem((4, 32, 2), batch=1, loss="mse", optimizer="sgd", rate=1e-2)
_SMALL_SGD = Problem((64, 64, 10), batch=32, loss="cross_entropy", optimizer="sgd", rate=0.1)
_SMALL_ADAM = Problem((64, 64, 10), batch=32, loss="cross_entropy", optimizer="adam", rate=1e-3)
_LARGE_SGD = Problem(
    (784, 512, 512, 10), batch=128, loss="cross_entropy", optimizer="sgd", rate=0.1
)
_LARGE_ADAM = Problem(
    (784, 512, 512, 10), batch=128, loss="cross_entropy", optimizer="adam", rate=1e-3
)

_AS_FAST_AS_FUSED = (ratio("torch-fused", 1.0, "1.0 × torch, fused"),)

CASES = (
    _case(
        "mlp-tiny",
        "MLP 4-32-2, batch 1, SGD step",
        _TINY,
        (ratio("torch", 1 / 7, "1/7 of torch"), ratio("numpy", 1.0, "1.0 × NumPy by hand")),
    ),
    _case(
        "mlp-small-sgd",
        "MLP 64-64-10, batch 32, SGD step",
        _SMALL_SGD,
        (ratio("torch", 1 / 4, "1/4 of torch"), ratio("numpy", 1.1, "1.1 × NumPy by hand")),
    ),
    _case("mlp-small-adam", "MLP 64-64-10, batch 32, Adam step", _SMALL_ADAM, ()),
    _case(
        "mlp-large-sgd",
        "MLP 784-512-512-10, batch 128, SGD step",
        _LARGE_SGD,
        _AS_FAST_AS_FUSED,
        threads=(1, 2),
    ),
    _case(
        "mlp-large-adam",
        "MLP 784-512-512-10, batch 128, Adam step",
        _LARGE_ADAM,
        _AS_FAST_AS_FUSED,
        threads=(1, 2),
    ),
    *(
        _case(
            f"mlp-batch-{batch}",
            f"MLP 64-64-10, Adam step, batch {batch:,}",
            Problem((64, 64, 10), batch=batch, loss="cross_entropy", optimizer="adam", rate=1e-3),
            (ratio("torch-fused", 1.0, "1.0 × torch, fused"),),
            family="Batch sizes",
            peers=(PYAD, "torch-fused", "jax", "numpy-out"),
        )
        for batch in (1, 256, 4_096, 32_768)
    ),
)
