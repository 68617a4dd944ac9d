"""Cases of pooling: maxima, averages, fixed and adaptive, power averages, and unpooling."""

from __future__ import annotations

import numpy as np

from op_cases.tools import distinct, n, nn, on, positive

_SHAPES = {1: (2, 3, 9), 2: (2, 3, 7, 6), 3: (1, 2, 5, 6, 4)}
_rng = np.random.default_rng(11)


def _each(*numbers):
    """The same numbers for any rank: one for each spatial dim, by its place."""
    return lambda dims: tuple(numbers[k % len(numbers)] for k in range(dims))


def _max(dims):
    name, x = f"max_pool{dims}d", [distinct(*_SHAPES[dims])]
    some = _each(3, 2)(dims)
    return (
        on(
            x,
            n(name, 2),
            n(name, 3, 1, 1),
            n(name, 3, stride=2, padding=1, ceil_mode=True),
            n(name, some, stride=_each(1, 2)(dims), dilation=_each(1, 2)(dims)),
            lambda p, x: getattr(nn(p), name)(x, 2, return_indices=True)[0],
        )
        # Windows that are long, that leave elements out, and a batch of one that is not written.
        + on([distinct(*_SHAPES[dims][1:])], n(name, some), n(name, 2, 3))
    )


def _avg(dims):
    name, x = f"avg_pool{dims}d", [_SHAPES[dims]]
    cases = on(
        x,
        n(name, 2),
        n(name, 3, 1, 1),
        n(name, 3, stride=2, padding=1, ceil_mode=True),
        n(name, 3, stride=2, padding=1, ceil_mode=True, count_include_pad=False),
        n(name, _each(3, 2)(dims), stride=_each(1, 3)(dims), padding=_each(1, 0)(dims)),
        n(name, 4, 5),
    ) + on([_SHAPES[dims][1:]], n(name, 2))
    if dims > 1:
        cases += on(x, n(name, 2, divisor_override=3), n(name, 3, 2, 1, divisor_override=-2))
    return cases


def _indices(dims):
    """Places in planes twice as large, none of them twice."""
    shape = _SHAPES[dims]
    count = int(np.prod(shape[2:]))
    size = int(np.prod([2 * s for s in shape[2:]]))
    planes = [_rng.permutation(size)[:count] for _ in range(shape[0] * shape[1])]
    return np.stack(planes).reshape(shape).astype(np.int64)


def _sized(dims):
    size = [2 * s for s in _SHAPES[dims][2:]]
    return lambda p, x, i: getattr(nn(p), f"max_unpool{dims}d")(x, i, 2, output_size=size)


def _pair(name, *args, **kwargs):
    return lambda p, x: tuple(getattr(nn(p), name)(x, *args, **kwargs))


ROWS: dict = {}
for _dims in (1, 2, 3):
    _shape = _SHAPES[_dims]
    ROWS |= {
        f"max_pool{_dims}d": _max(_dims),
        f"max_pool{_dims}d_with_indices": on(
            [distinct(*_shape)],
            _pair(f"max_pool{_dims}d_with_indices", 2),
            _pair(f"max_pool{_dims}d", 3, 2, 1, return_indices=True),
        ),
        f"avg_pool{_dims}d": _avg(_dims),
        f"adaptive_avg_pool{_dims}d": on(
            [_shape],
            n(f"adaptive_avg_pool{_dims}d", 1),
            n(f"adaptive_avg_pool{_dims}d", 3),
            n(f"adaptive_avg_pool{_dims}d", 11),
            n(f"adaptive_avg_pool{_dims}d", _each(2, 5)(_dims)),
            n(f"adaptive_avg_pool{_dims}d", (None, 4, 2)[:_dims] if _dims > 1 else 4),
        )
        + on([_shape[1:]], n(f"adaptive_avg_pool{_dims}d", 2)),
        f"adaptive_max_pool{_dims}d": on(
            [distinct(*_shape)],
            n(f"adaptive_max_pool{_dims}d", 1),
            n(f"adaptive_max_pool{_dims}d", 3),
            n(f"adaptive_max_pool{_dims}d", 8),
            n(f"adaptive_max_pool{_dims}d", _each(2, 5)(_dims)),
        ),
        f"adaptive_max_pool{_dims}d_with_indices": on(
            [distinct(*_shape)],
            _pair(f"adaptive_max_pool{_dims}d_with_indices", 3),
            _pair(f"adaptive_max_pool{_dims}d", 4, return_indices=True),
        ),
        f"lp_pool{_dims}d": on(
            [positive(*_shape)],
            n(f"lp_pool{_dims}d", 2, 2),
            n(f"lp_pool{_dims}d", 1, 3, 2),
            n(f"lp_pool{_dims}d", 3, 2, stride=3, ceil_mode=True),
        ),
        f"max_unpool{_dims}d": on(
            [_shape, _indices(_dims)], n(f"max_unpool{_dims}d", 2), _sized(_dims)
        ),
    }
# Also as functions of the module itself.
ROWS["max_pool2d"] += on([distinct(2, 3, 6, 6)], lambda p, x: p.max_pool2d(x, 2))
ROWS["avg_pool1d"] += on([(2, 3, 6)], lambda p, x: p.avg_pool1d(x, 2))

RTOL = {
    # Sums of windows, then powers, in another order than PyTorch's.
    f"lp_pool{_dims}d": {"float32": 1e-5}
    for _dims in (1, 2, 3)
}
