"""Cases of the convolutions: every way the kernels lay a correlation out, and its options."""

from __future__ import annotations

from op_cases.tools import X, f, m, n, nn, on

# input, weight; and with a bias
_LINE = [(2, 3, 11), (4, 3, 3)]
_GRID = [(2, 3, 7, 6), (4, 3, 3, 2)]
_CUBE = [(2, 2, 4, 5, 3), (3, 2, 2, 3, 2)]
_LINE_BACK = [(2, 3, 5), (3, 4, 3)]
_GRID_BACK = [(2, 3, 4, 3), (3, 2, 3, 2)]
_CUBE_BACK = [(2, 2, 2, 3, 2), (2, 3, 2, 3, 2)]

ROWS: dict = {
    "conv1d": on(
        _LINE,
        f("conv1d"),
        f("conv1d", stride=2, padding=1),
        f("conv1d", padding="same", dilation=2),
        n("conv1d", padding=(4,), dilation=3),
    )
    + on([*_LINE, (4,)], f("conv1d"), n("conv1d", padding="valid"))
    + on([(3, 11), (4, 3, 3), (4,)], f("conv1d", padding=2))
    + on([(2, 4, 9), (6, 2, 3), (6,)], f("conv1d", groups=2)),
    "conv2d": on(
        _GRID,
        f("conv2d"),
        f("conv2d", padding=(2, 1)),
        f("conv2d", stride=(2, 3), padding=3),
        f("conv2d", padding="same", dilation=(1, 2)),
        n("conv2d", stride=2, dilation=(2, 1), padding=1),
    )
    + on([*_GRID, (4,)], f("conv2d", padding=1), n("conv2d", stride=3))
    + on([(3, 7, 6), (4, 3, 3, 2), (4,)], f("conv2d", padding=1))
    + on([(5, 4, 3, 3), (4, 1, 3, 3), (4,)], f("conv2d", padding=1, groups=4))
    + on([(5, 3, 2, 2), (4, 3, 2, 2), (4,)], f("conv2d"))
    + on([(9, 3, 2, 2), (20, 3, 3, 3)], f("conv2d", padding=1))
    + on([(2, 3, 5, 5), (4, 3, 1, 1), (4,)], f("conv2d"), f("conv2d", stride=2))
    + on([(0, 3, 5, 5), (4, 3, 3, 3), (4,)], f("conv2d")),
    "conv3d": on(
        _CUBE,
        f("conv3d"),
        f("conv3d", stride=(1, 2, 1), padding=1),
        f("conv3d", padding="same", dilation=(2, 1, 2)),
    )
    + on([*_CUBE, (3,)], f("conv3d", padding=(0, 1, 2), dilation=(1, 2, 2))),
    "conv_transpose1d": on(
        _LINE_BACK,
        f("conv_transpose1d"),
        f("conv_transpose1d", stride=3, padding=1, output_padding=2),
        f("conv_transpose1d", padding=4, dilation=4),
    )
    + on([*_LINE_BACK, (4,)], n("conv_transpose1d", stride=2))
    + on([(4, 5), (4, 2, 3), (4,)], f("conv_transpose1d", groups=2)),
    "conv_transpose2d": on(
        _GRID_BACK,
        f("conv_transpose2d"),
        f("conv_transpose2d", stride=2, padding=1, output_padding=(1, 0)),
        f("conv_transpose2d", stride=(1, 4), dilation=(2, 1)),
    )
    + on([*_GRID_BACK, (2,)], n("conv_transpose2d", stride=2, padding=(1, 0)))
    + on([(2, 3, 1, 1), (3, 2, 4, 4), (2,)], f("conv_transpose2d"))
    + on([(2, 4, 3, 3), (4, 1, 2, 2), (2,)], f("conv_transpose2d", stride=3, groups=2)),
    "conv_transpose3d": on(
        _CUBE_BACK, f("conv_transpose3d"), f("conv_transpose3d", stride=2, padding=1)
    )
    + on([*_CUBE_BACK, (3,)], f("conv_transpose3d", stride=(1, 2, 3), dilation=(2, 1, 1))),
    "im2col": on(
        [(2, 3, 5, 6)],
        lambda p, x: nn(p).unfold(x, (2, 3)),
        lambda p, x: nn(p).unfold(x, 2, dilation=2, padding=(1, 3), stride=(1, 2)),
    )
    + on([(3, 5, 6)], lambda p, x: nn(p).unfold(x, 3, stride=2)),
    "col2im": on(
        [(2, 12, 20)],
        lambda p, x: nn(p).fold(x, (5, 6), 2),
    )
    + on([(12, 12)], lambda p, x: nn(p).fold(x, (5, 6), (2, 2), 2, (1, 0), (2, 1)))
    + on([(1, 4, 4)], lambda p, x: nn(p).fold(x, 4, (2, 2), stride=2)),
    "unfold": on(X, m("unfold", 1, 2, 1), m("unfold", -1, 3, 2), m("unfold", 0, 3, 5))
    + on([()], m("unfold", 0, 1, 1)),
    "pixel_shuffle": on([(2, 8, 3, 2)], f("pixel_shuffle", 2), n("pixel_shuffle", 1))
    + on([(9, 2, 2)], f("pixel_shuffle", 3)),
    "pixel_unshuffle": on([(2, 2, 6, 4)], f("pixel_unshuffle", 2), n("pixel_unshuffle", 1)),
    "channel_shuffle": on([(2, 6, 3, 2)], f("channel_shuffle", 2), n("channel_shuffle", 3)),
}
