// Copies that lie as the input of a layer does.
#include "ops/beside.hpp"

#include "kernels/strided.hpp"
#include "ops/shape.hpp"

namespace pyad {

namespace {

Tensor with_channels_last(const Tensor& y) {
  Tensor out = empty_strided(y.sizes(), channels_last_strides(y.sizes()), y.dtype());
  copy_into(out, y);
  return out;
}

}  // namespace

Tensor values_beside(const Tensor& x, const Tensor& y) {
  return x.dim() == y.dim() && channels_lie_last(x) ? with_channels_last(y) : y;
}

Tensor dense_beside(const Tensor& x, const Tensor& y) {
  const bool images = (x.dim() == 4 || x.dim() == 5) && !x.is_contiguous();
  const bool dense = images && has_strides(x, channels_last_strides(x.sizes()));
  return dense ? with_channels_last(y) : values_beside(x, y);
}

Tensor copy_beside(const Tensor& x, const Tensor& y) {
  const Dims strides = x.dim() == y.dim() && channels_lie_last(x) ? channels_last_strides(y.sizes())
                                                                  : contiguous_strides(y.sizes());
  const bool fresh = y.impl()->storage.get() != x.impl()->storage.get();
  return fresh && has_strides(y, strides) ? y : clone_with(y, strides);
}

Tensor lines_beside(const Tensor& x, const Tensor& y) {
  if (x.dim() != 3 || x.impl()->row_major) return y;
  auto image = [](const Tensor& t) {
    return alias(t, {{t.size(0), t.size(1), 1, t.size(2)},
                     {t.stride(0), t.stride(1), t.size(2) * t.stride(2), t.stride(2)},
                     t.offset()});
  };
  Tensor out = values_beside(image(x), image(y));
  return alias(out, {y.sizes(), {out.stride(0), out.stride(1), out.stride(3)}, out.offset()});
}

}  // namespace pyad
