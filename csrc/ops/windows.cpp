// Windows of signals: what a piece of a signal is multiplied with before it is transformed.
#include <algorithm>
#include <cmath>

#include "kernels/strided.hpp"
#include "ops/creation.hpp"

namespace pyad {

namespace {

constexpr double kPi = 3.14159265358979323846;

/// Parameters `window_length` and `periodic` come first, `options` and the next say the dtype and
/// whether gradients are asked for. `at` is the window at a place from 0 to 1. A periodic window is one
/// longer without its last element, so that copies of it join.
template <class F>
Answer window(Args& a, int options, F&& at) {
  const int64_t n = a.integer(0), last = a.flag(1) ? n : n - 1;
  if (n < 0) fail(ErrorKind::kRuntime, a.op(), ": requires non-negative window_length, got ", n);
  const DType dtype = dtype_or(a, options, default_dtype());
  if (!is_floating(dtype))
    fail(ErrorKind::kRuntime, a.op(), ": expects floating point dtypes, got ", dtype);
  checked_numel(a.op(), Dims{n});
  Tensor y = empty(Dims{n}, DType::kFloat64);
  double* p = y.data<double>();
  for (int64_t i = 0; i < n; ++i)
    p[i] = n == 1 ? 1 : at(static_cast<double>(i) / static_cast<double>(last));
  return finished(a, options + 1, convert(y, dtype));
}

/// alpha - beta cos(2 pi t)
Answer raised_cosine(Args& a, int options, double alpha, double beta) {
  return window(a, options, [&](double t) { return alpha - beta * std::cos(2 * kPi * t); });
}
Answer hann(Args& a) { return raised_cosine(a, 2, 0.5, 0.5); }
Answer hamming(Args& a) { return raised_cosine(a, 4, a.real(2), a.real(3)); }
Answer bartlett(Args& a) {
  return window(a, 2, [](double t) { return 1 - std::fabs(2 * t - 1); });
}
Answer blackman(Args& a) {
  return window(a, 2, [](double t) {
    return 0.42 - 0.5 * std::cos(2 * kPi * t) + 0.08 * std::cos(4 * kPi * t);
  });
}
Answer kaiser(Args& a) {
  const double beta = a.real(2), whole = std::cyl_bessel_i(0, std::fabs(beta));
  return window(a, 3, [&](double t) {
    const double x = 2 * t - 1;
    return std::cyl_bessel_i(0, std::fabs(beta) * std::sqrt(std::max(0.0, 1 - x * x))) / whole;
  });
}

#define PYAD_LENGTH "window_length: int, periodic: bool = True"
#define PYAD_OPTIONS ", *, " PYAD_TENSOR_OPTIONS
const Function kRows[] = {
    {"hann_window", PYAD_LENGTH PYAD_OPTIONS,
     R"doc(Window of Hann: (1 - cos(2 pi t)) / 2, t from 0 to 1; arguments as for hamming_window.)doc",
     Kind::kPlain, kInModule, hann},
    {"hamming_window", PYAD_LENGTH ", alpha: float = 0.54, beta: float = 0.46" PYAD_OPTIONS,
     R"doc(Window of Hamming: alpha - beta cos(2 pi t), t from 0 to 1.

Args:
  window_length: how many elements.
  periodic: whether copies of it join, for transforms; else it is symmetric, for filters.
  alpha, beta: numbers.
  dtype: a floating type. Default: the default one.
  requires_grad: whether gradients are asked for.

Returns:
  A vector.

Raises:
  RuntimeError: window_length is negative, or dtype not floating.)doc",
     Kind::kPlain, kInModule, hamming},
    {"bartlett_window", PYAD_LENGTH PYAD_OPTIONS,
     R"doc(Window of Bartlett: 1 - |2 t - 1|, t from 0 to 1; arguments as for hamming_window.)doc",
     Kind::kPlain, kInModule, bartlett},
    {"blackman_window", PYAD_LENGTH PYAD_OPTIONS,
     R"doc(Window of Blackman, of two cosines; arguments as for hamming_window.)doc", Kind::kPlain,
     kInModule, blackman},
    {"kaiser_window", PYAD_LENGTH ", beta: float = 12.0" PYAD_OPTIONS,
     R"doc(Window of Kaiser, whose beta trades its width for what leaks; arguments as for hamming_window.)doc",
     Kind::kPlain, kInModule, kaiser},
};
#undef PYAD_LENGTH
#undef PYAD_OPTIONS

const Rows rows(kRows);

}  // namespace

}  // namespace pyad
