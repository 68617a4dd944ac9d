// Dropout and its kin.
#include "ops/random.hpp"

#include <cmath>
#include <cstring>
#include <utility>

#include "core/host.hpp"
#include "kernels/random.hpp"
#include "kernels/strided.hpp"
#include "ops/functions.hpp"
#include "ops/reduce.hpp"
#include "ops/shape.hpp"
#include "ops/view.hpp"

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
  visit_floating("dropout", x.dtype(), [&]<class T>(std::type_identity<T>) {
    apply_mask(x.data<T>(), keep, y.data<T>(), x.numel(), attr.scale);
  });
  return y;
}

Tensor Dropout::transpose(const Attr& attr, Rule& b, int) {
  return call<Dropout>(attr, b.g(), b.in(1));
}

namespace {

Tensor slopes(const Tensor& concentration, const Tensor& drawn) {
  return call<DirichletSlopes>({}, concentration, drawn);
}

[[noreturn]] void no_second_derivative() {
  fail(ErrorKind::kNotImplemented,
       "_sample_dirichlet: draws of the Dirichlet and beta laws have no second derivative");
}

}  // namespace

Tensor DirichletSlopes::forward(const Attr&, Inputs in) {
  static const ElementwiseInfo& op = *find_elementwise("dirichlet_slope");
  const GradModeGuard off(false);
  const Tensor a = detach(in[0]), x = detach(in[1]);
  const Tensor total = expand(sum(a, {-1}, true), a.sizes());
  const Operand operands[] = {x, a, total};
  return elementwise(op, operands);
}
void DirichletSlopes::vjp(const Attr&, Rule&) { no_second_derivative(); }
Tensor DirichletSlopes::jvp(const Attr&, Tangents&) { no_second_derivative(); }

Tensor DirichletDraw::forward(const Attr&, Inputs in) {
  Tensor y = empty(in[1].sizes(), in[1].dtype());
  copy_into(y, in[1]);
  return y;
}

void DirichletDraw::vjp(const Attr&, Rule& b) {
  if (!b.needs(0)) return;
  const Tensor &g = b.g(), x = b.in(1);
  b.give(0, slopes(b.in(0), x) * (g - sum(x * g, {-1}, true)));
}

Tensor DirichletDraw::jvp(const Attr&, Tangents& t) {
  const Tensor& x = t.in(1);
  Tensor moved = slopes(t.in(0), x) * t.t(0);
  return moved - x * sum(moved, {-1}, true);
}

const Level* drawing_level(const char* op) {
  const std::span<const Level> open = open_levels();
  for (size_t i = open.size(); i-- > 0;) {
    if (!open[i].batch) continue;
    if (open[i].randomness == Randomness::kError) {
      fail(ErrorKind::kRuntime, "vmap: ", op,
           ": called random operation while in randomness error mode. Please either use the 'same' "
           "or "
           "'different' randomness flags on vmap or perform the randomness operation out of vmap");
    }
    if (open[i].randomness == Randomness::kDifferent) return &open[i];
  }
  return nullptr;
}

DType drawable(const char* op, DType dtype) {
  if (is_stored(dtype) && !is_floating(dtype))
    fail(ErrorKind::kType, op, ": draws no ", dtype, "; draw int32 and convert with .to(", dtype,
         ")");
  return computed_in(dtype);
}

void describe_draw(const Running& now, const char* op, const Tensor& drawn) {
  const OpInfo& record = derived_record(op, [](const void* name) {
    OpInfo info;
    info.name = static_cast<const char*>(name);
    info.part = "draw";
    info.inputs = 0;
    info.random = true;
    info.outside = true;
    return info;
  });
  now.is(record, nullptr, {});
  now.gave(drawn);
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
  Tensor keep = drawn_like("dropout", x, DType::kBool, [&](const Tensor& t) {
    if (p == 1) {
      std::memset(t.bytes(), 0, static_cast<size_t>(t.numel()));
    } else {
      draw_mask(t, 1 - p);
    }
  });
  double scale = 1;
  if (p != 1) {
    scale = computed_in(x.dtype()) == DType::kFloat32
                ? static_cast<double>(1.0f / static_cast<float>(1 - p))
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
    mask = drawn(op, sizes, DType::kBool, [&](const Tensor& t) { draw_mask(t, 1 - p); });
    if (!x.is_contiguous() &&
        mode.batch_levels == 0) {  // the result has the layout of x, not of the mask
      Tensor whole = empty_like(x, DType::kBool);
      copy_into(whole, expand(mask, x.sizes()));
      mask = whole;
    }
  } else {
    mask = drawn_like(op, x, DType::kBool, [&](const Tensor& t) { draw_mask(t, 1 - p); });
  }
  if (!alpha) return where(mask, mul(x, div(scalar_tensor(1.0, x.dtype()), Scalar(1 - p))), 0.0);
  Tensor noise = to_dtype(mask, x.dtype());
  // The dropped take SELU's value at minus infinity; a and b bring mean and variance back.
  constexpr double kFloor = 1.7580993408473766;
  double a = 1 / std::sqrt((kFloor * kFloor * p + 1) * (1 - p));
  Tensor dropped = mul(add(noise, Scalar(-1.0)), Scalar(kFloor * a));
  return add(where(mask, mul(x, Scalar(a)), 0.0), add(dropped, Scalar(kFloor * a * p)));
}

Tensor rrelu(const Tensor& x, double lower, double upper, bool training) {
  if (!training) return where(le(detach(x), 0), mul(x, (lower + upper) / 2), x);
  Tensor slopes = drawn_from("rrelu", detach(x), [&](const Tensor& of) {
    Tensor values = contiguous_values(of), made = empty(of.sizes(), of.dtype());
    visit_floating("rrelu", of.dtype(), [&]<class T>(std::type_identity<T>) {
      const Ref<Buffer> held = values.impl()->storage->buffer;  // a handler of Ctrl-C may write
      fill_slopes(default_generator(), made.data<T>(), of.numel(), values.data<T>(), lower, upper);
    });
    return made;
  });
  return mul(contiguous(x), slopes);
}

}  // namespace pyad
