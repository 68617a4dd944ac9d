// See checks.hpp.
#include "ops/checks.hpp"

#include <cmath>
#include <utility>

#include "core/error.hpp"

namespace pyad {

void need_floating(const char* op, const Tensor& x) {
  if (!is_floating(x.dtype()))
    fail(ErrorKind::kType, op, ": expects a floating input, got ", x,
         "; convert it with .to(float32)");
}

void need_normalized_shape(const char* op, const Tensor& x, const Dims& shape, const Tensor& weight,
                           const Tensor& bias) {
  need_floating(op, x);
  const int n = shape.size();
  bool fits = n >= 1 && n <= x.dim();
  for (int i = 0; fits && i < n; ++i) fits = shape[i] == x.size(x.dim() - n + i);
  if (!fits) {
    fail(ErrorKind::kShape, op, ": normalized_shape ", shape,
         " must be the last sizes of the input, whose shape is ", x.sizes());
  }
  for (const auto& [t, name] : {std::pair(&weight, "weight"), std::pair(&bias, "bias")}) {
    if (!t->defined()) continue;
    if (!(t->sizes() == shape))
      fail(ErrorKind::kShape, op, ": ", name, " must have shape ", shape, ", got ", t->sizes());
    if (t->dtype() != x.dtype()) {
      fail(ErrorKind::kType, op, ": ", name, " must have the input's dtype ", x.dtype(), ", got ",
           t->dtype(), "; convert it with .to(", x.dtype(), ")");
    }
  }
}

bool all_normal(const Tensor& x_any) {
  const Tensor& x = read_values(x_any);
  return visit_floating("all_normal", x.dtype(), [&]<class T>(std::type_identity<T>) {
    const T* p = x.data<T>();
    bool good = true;
    for (int64_t i = 0; i < x.numel(); ++i) good = good && std::isnormal(p[i]);
    return good;
  });
}

}  // namespace pyad
