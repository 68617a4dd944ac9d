// What elementwise ops ask before they compute with integers.
#include "dispatch/integers.hpp"

#include <cmath>

#include "kernels/strided.hpp"

namespace pyad {

void check_divisor(const ElementwiseInfo& op, const Operand& a, const Operand& b, DType dtype) {
  bool zero = false;
  if (a.tensor && a.tensor->numel() == 0) return;  // nothing is divided
  if (b.tensor) {
    Tensor values = contiguous_values(*b.tensor);
    visit_dtype(dtype, [&]<class T>(std::type_identity<T>) {
      const T* p = values.data<T>();
      for (int64_t i = 0; i < values.numel(); ++i) zero = zero || p[i] == T(0);
    });
  } else {
    zero = b.number.as_int() == 0;
  }
  if (zero) {
    fail(ErrorKind::kRuntime, op.name,
         ": ZeroDivisionError: an integer tensor was divided by zero; use a floating dtype to get "
         "inf");
  }
}

Tensor compare_beyond(const ElementwiseInfo& op, std::span<const Operand> in, DType dtype) {
  double values[2] = {0, 0};
  const Tensor* x = nullptr;
  for (size_t i = 0; i < 2; ++i) {
    if (in[i].tensor) {
      x = in[i].tensor;
    } else if (!in[i].number.fits(dtype)) {
      values[i] = in[i].number.as_double() > 0 ? HUGE_VAL : -HUGE_VAL;
    }
  }
  if (values[0] == values[1] || !x) return Tensor();
  const void* operands[2] = {&values[0], &values[1]};
  bool answer = false;
  op.kernels.forward[static_cast<int>(DType::kFloat64)](operands, &answer, 1, 3, nullptr);
  return full_like(*x, Scalar(answer), DType::kBool);
}

}  // namespace pyad
