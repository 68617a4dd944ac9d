"""Cases of resampling: every mode, larger and smaller, by size and by scale."""

from __future__ import annotations

import warnings

from op_cases.tools import n, nn, on

_SHAPES = {1: (2, 3, 7), 2: (2, 3, 5, 6), 3: (1, 2, 4, 5, 3)}
_LINEAR = {1: "linear", 2: "bilinear", 3: "trilinear"}


def _moved(dims):
    calls = []
    for mode in ("nearest", "nearest-exact", "area"):
        calls += [
            n("interpolate", size=11, mode=mode),
            n("interpolate", size=(3, 8, 2)[:dims], mode=mode),
            n("interpolate", scale_factor=2, mode=mode),
            n("interpolate", scale_factor=0.6, mode=mode),
            n("interpolate", scale_factor=(1.7, 2.5, 0.5)[:dims], mode=mode),
            n("interpolate", scale_factor=1.4, mode=mode, recompute_scale_factor=True),
        ]
    return calls


def _smooth(dims):
    calls = []
    for mode in (_LINEAR[dims], "bicubic") if dims == 2 else (_LINEAR[dims],):
        for corners in (False, True, None):
            calls += [
                n("interpolate", size=11, mode=mode, align_corners=corners),
                n("interpolate", size=(3, 8, 2)[:dims], mode=mode, align_corners=corners),
                n("interpolate", size=1, mode=mode, align_corners=corners),
                n("interpolate", scale_factor=2, mode=mode, align_corners=corners),
                n("interpolate", scale_factor=0.6, mode=mode, align_corners=corners),
                n(
                    "interpolate",
                    scale_factor=1.7,
                    mode=mode,
                    align_corners=corners,
                    recompute_scale_factor=True,
                ),
            ]
    return calls


def _old(name, *args, **kwargs):
    """A function that PyTorch warns of."""

    def call(p, x):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return getattr(nn(p), name)(x, *args, **kwargs)

    return call


_SMALLER = [
    n("interpolate", mode=mode, antialias=True, **settings)
    for mode in ("bilinear", "bicubic")
    for settings in (
        {"size": (2, 3)},
        {"size": (9, 4), "align_corners": True},
        {"scale_factor": 0.45},
        {"scale_factor": (1.6, 0.3), "align_corners": True},
    )
]

ROWS: dict = {
    "interpolate": on([(2, 3, 12, 17)], *_SMALLER)
    + [case for dims in (1, 2, 3) for case in on([_SHAPES[dims]], *_moved(dims), *_smooth(dims))],
    "upsample": on(
        [_SHAPES[2]],
        _old("upsample", scale_factor=2),
        _old("upsample", (4, 9), mode="bilinear", align_corners=True),
    ),
    "upsample_nearest": on(
        [_SHAPES[2]], _old("upsample_nearest", 9), _old("upsample_nearest", None, 3)
    ),
    "upsample_bilinear": on([_SHAPES[2]], _old("upsample_bilinear", scale_factor=2)),
}

RTOL = {
    # Weights are computed in float32 as PyTorch does, and its sums may be fused.
    name: {"float32": 2e-5}
    for name in ("interpolate", "upsample", "upsample_bilinear")
}
