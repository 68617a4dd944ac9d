// Dropout and its kin.
#include "ops/random.hpp"

#include <cmath>
#include <cstring>
#include <utility>

#include "core/host.hpp"
#include "kernels/random.hpp"
#include "kernels/strided.hpp"
#include "ops/functions.hpp"
#include "ops/shape.hpp"

namespace pyad {

Tensor Dropout::forward(const Attr& attr, Inputs in) {
  Tensor x = in[0], mask = in[1], y;
  if (x.impl()->row_major && mask.impl()->row_major) {
    y = empty(x.sizes(), x.dtype());
  } else {
    const Tensor* operands[] = {&x, &mask};
    y = empty_strided(x.sizes(), result_strides(x.sizes(), operands), x.dtype());
    x = values_with(x, y.strides());
    mask = values_with(mask, y.strides());
  }
  const auto* keep = reinterpret_cast<const uint8_t*>(mask.bytes());
  Unlocked unlocked(static_cast<double>(x.numel()));
  if (x.dtype() == DType::kFloat32) {
    apply_mask(x.data<float>(), keep, y.data<float>(), x.numel(), attr.scale);
  } else {
    apply_mask(x.data<double>(), keep, y.data<double>(), x.numel(), attr.scale);
  }
  return y;
}

Tensor Dropout::transpose(const Attr& attr, Rule& b, int) {
  return call<Dropout>(attr, b.g(), b.in(1));
}

namespace {

void check_floating(const char* op, const Tensor& x) {
  if (!is_floating(x.dtype())) {
    fail(ErrorKind::kRuntime, op, ": result type float32 can't be cast to ", x.dtype(),
         ", the input's; convert it with .to(pyad.float32)");
  }
}

void draw_mask(const Tensor& t, double p) {
  fill_bernoulli(default_generator(), reinterpret_cast<uint8_t*>(t.bytes()), t.numel(), p);
}

}  // namespace

Tensor dropout(const Tensor& x, double p) {
  check_floating("dropout", x);
  Tensor keep = drawn_like(x, DType::kBool, [&](const Tensor& t) {
    if (p == 1) {
      std::memset(t.bytes(), 0, static_cast<size_t>(t.numel()));
    } else {
      draw_mask(t, 1 - p);
    }
  });
  double scale = 1;
  if (p != 1) {
    scale = x.dtype() == DType::kFloat32 ? static_cast<double>(1.0f / static_cast<float>(1 - p))
                                         : 1 / (1 - p);
  }
  return call<Dropout>({scale}, x, keep);
}

Tensor special_dropout(const char* op, const Tensor& x, double p, bool features, bool alpha) {
  check_floating(op, x);
  if (features && x.dim() < 2) {
    fail(ErrorKind::kRuntime, op,
         ": Feature dropout requires at least 2 dimensions in the input, got shape ", x.sizes());
  }
  // Selections, not products: a dropped infinity is 0.
  if (p == 1) return where(zeros(Dims{}, DType::kBool), x, 0.0);
  Tensor mask;
  if (features) {
    Dims sizes = Dims::filled(x.dim(), 1);
    sizes[0] = x.size(0);
    sizes[1] = x.size(1);
    mask = empty(sizes, DType::kBool);
    draw_mask(mask, 1 - p);
    if (!x.is_contiguous()) {  // the result has the layout of x, not of the mask
      Tensor whole = empty_like(x, DType::kBool);
      copy_into(whole, expand(mask, x.sizes()));
      mask = whole;
    }
  } else {
    mask = drawn_like(x, DType::kBool, [&](const Tensor& t) { draw_mask(t, 1 - p); });
  }
  if (!alpha) return where(mask, mul(x, div(scalar_tensor(1.0, x.dtype()), Scalar(1 - p))), 0.0);
  Tensor noise = convert(mask, x.dtype());
  // The dropped take SELU's value at minus infinity; a and b bring mean and variance back.
  constexpr double kFloor = 1.7580993408473766;
  double a = 1 / std::sqrt((kFloor * kFloor * p + 1) * (1 - p));
  Tensor dropped = mul(add(noise, Scalar(-1.0)), Scalar(kFloor * a));
  return add(where(mask, mul(x, Scalar(a)), 0.0), add(dropped, Scalar(kFloor * a * p)));
}

Tensor rrelu(const Tensor& x, double lower, double upper, bool training) {
  Tensor values = contiguous_values(x), slopes = empty(x.sizes(), x.dtype());
  visit_floating("rrelu", x.dtype(), [&]<class T>(std::type_identity<T>) {
    const Ref<Buffer> held = values.impl()->storage->buffer;  // a handler of Ctrl-C may write
    const T* in = values.data<T>();
    T* out = slopes.data<T>();
    if (training) {
      fill_slopes(default_generator(), out, x.numel(), in, lower, upper);
    } else {
      T mean = static_cast<T>((lower + upper) / 2);
      for (int64_t i = 0; i < x.numel(); ++i) out[i] = in[i] <= 0 ? mean : T(1);
    }
  });
  return mul(training ? contiguous(x) : x, slopes);
}

}  // namespace pyad
