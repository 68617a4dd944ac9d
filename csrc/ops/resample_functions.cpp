// The Python face of resampling.
#include "ops/function.hpp"
#include "ops/resample.hpp"

namespace pyad {

namespace {

InterpolateOptions read(Args& a) {
  InterpolateOptions o;
  if (a.given(1)) {
    o.size = a.dims(1);
    if (a.bare(1)) o.size = Dims{o.size[0]};
  }
  if (a.given(2)) o.scale = a.reals(2);
  if ((a.given(1) && o.size.empty()) || (a.given(2) && o.scale.empty()))
    fail(ErrorKind::kValue, a.op(), ": size and scale_factor must hold numbers, got ()");
  return o;
}

#define PYAD_SIZE_OR_SCALE "input: Tensor, size: ints? = None, scale_factor: floats? = None"

const Function kRows[] = {
    {"interpolate",
     PYAD_SIZE_OR_SCALE
     ", mode: str = 'nearest', align_corners: bool? = None, recompute_scale_factor: bool? = None, "
     "antialias: bool = False",
     R"doc(Brings the grids of a batch to another size.

Args:
  input: (N, C, ...) with one to three spatial dims.
  size: of the result, one int or one for each spatial dim.
  scale_factor: instead of size, how many times larger.
  mode: 'nearest', 'nearest-exact', 'linear' (3D input), 'bilinear', 'bicubic' (4D), 'trilinear'
    (5D) or 'area'.
  align_corners: whether the centres of the corner elements stay where they are, rather than the
    corners.
  recompute_scale_factor: whether the scale is computed anew from the rounded size.
  antialias: whether all elements that a result stands for have weight in it ('bilinear' and
    'bicubic').

Returns:
  (N, C, *size).

Raises:
  ValueError: not exactly one of size and scale_factor, or of a wrong length.
  ShapeError: an empty grid.
  NotImplementedError: an unknown mode, or one for another number of dims.)doc",
     Kind::kLinear, in("nn.functional"),
     [](Args& a) -> Answer {
       InterpolateOptions o = read(a);
       o.mode = a.text(3);
       if (a.given(4)) o.align_corners = a.flag(4);
       o.recompute_scale = a.given(5) && a.flag(5);
       o.antialias = a.flag(6);
       return interpolate(a.op(), a.tensor(0), o);
     },
     "the transposed map", "constant weights"},
    {"upsample", PYAD_SIZE_OR_SCALE ", mode: str = 'nearest', align_corners: bool? = None",
     R"doc(The older name of `interpolate`.

Args:
  input: (N, C, ...) with one to three spatial dims.
  size, scale_factor, mode, align_corners: as of `interpolate`.

Returns:
  (N, C, *size).)doc",
     Kind::kLinear, in("nn.functional"),
     [](Args& a) -> Answer {
       InterpolateOptions o = read(a);
       o.mode = a.text(3);
       if (a.given(4)) o.align_corners = a.flag(4);
       return interpolate(a.op(), a.tensor(0), o);
     },
     "the transposed map", "constant weights"},
    {"upsample_nearest", PYAD_SIZE_OR_SCALE,
     R"doc(`interpolate` with mode='nearest'.

Args:
  input: (N, C, ...) with one to three spatial dims.
  size, scale_factor: as of `interpolate`.

Returns:
  (N, C, *size).)doc",
     Kind::kLinear, in("nn.functional"),
     [](Args& a) -> Answer { return interpolate(a.op(), a.tensor(0), read(a)); },
     "the transposed map", "constant weights"},
    {"upsample_bilinear", PYAD_SIZE_OR_SCALE,
     R"doc(`interpolate` with mode='bilinear' and align_corners=True.

Args:
  input: (N, C, H, W).
  size, scale_factor: as of `interpolate`.

Returns:
  (N, C, *size).)doc",
     Kind::kLinear, in("nn.functional"),
     [](Args& a) -> Answer {
       InterpolateOptions o = read(a);
       o.mode = "bilinear";
       o.align_corners = true;
       return interpolate(a.op(), a.tensor(0), o);
     },
     "the transposed map", "constant weights"},
};

#undef PYAD_SIZE_OR_SCALE

const Rows rows(kRows);

}  // namespace

}  // namespace pyad
