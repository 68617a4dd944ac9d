// Copies that lie as the input of a layer does.
#include "ops/beside.hpp"

#include "kernels/strided.hpp"
#include "ops/shape.hpp"

namespace pyad {

Tensor values_beside(const Tensor& x, const Tensor& y) {
  if (x.dim() != y.dim() || !channels_lie_last(x)) return y;
  Tensor out = empty_strided(y.sizes(), channels_last_strides(y.sizes()), y.dtype());
  copy_into(out, y);
  return out;
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
