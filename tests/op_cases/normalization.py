"""Cases of batch, group, instance, root-mean-square and local response normalisation."""

from __future__ import annotations

import numpy as np

from op_cases.tools import fixed, n, nn, on, positive

X = (4, 6, 5)


def running(channels):
    return [fixed(np.linspace(-0.3, 0.4, channels)), fixed(positive(channels))]


def given(name, **kwargs):
    """The running statistics come as tensors; copies, because training changes them."""

    def call(p, x, mean, var, *affine):
        return getattr(nn(p), name)(x, mean.clone(), var.clone(), *affine, **kwargs)

    return call


ROWS = {
    "batch_norm": on(
        [X, (6,), (6,)], lambda p, x, w, b: nn(p).batch_norm(x, None, None, w, b, True)
    )
    + on([(7, 5), (5,), (5,)], lambda p, x, w, b: nn(p).batch_norm(x, None, None, w, b, True))
    + on([(3, 4, 2, 3)], lambda p, x: nn(p).batch_norm(x, None, None, training=True, eps=1e-3))
    + on([X, *running(6), (6,), (6,)], given("batch_norm"), given("batch_norm", training=True))
    + on([X, *running(6)], given("batch_norm")),
    "instance_norm": on([X], n("instance_norm"), n("instance_norm", eps=1e-3))
    + on([X, (6,), (6,)], lambda p, x, w, b: nn(p).instance_norm(x, weight=w, bias=b))
    + on([X, *running(6), (6,), (6,)], given("instance_norm", use_input_stats=False))
    + on([X, *running(6)], given("instance_norm", momentum=0.5)),
    "group_norm": on([X, (6,), (6,)], lambda p, x, w, b: nn(p).group_norm(x, 3, w, b))
    + on([X], n("group_norm", 1), n("group_norm", 6), n("group_norm", 2, eps=1e-3))
    + on([(3, 8), (8,)], lambda p, x, w: nn(p).group_norm(x, 2, w)),
    "rms_norm": on([X, (5,)], lambda p, x, w: p.rms_norm(x, (5,), w))
    + on([X], n("rms_norm", (6, 5)), n("rms_norm", [5], eps=1e-3)),
    "local_response_norm": on([X], n("local_response_norm", 3), n("local_response_norm", 2, 0.1))
    + on([X], n("local_response_norm", 9, alpha=0.5, beta=0.5, k=2.0)),
}
