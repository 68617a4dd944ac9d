// The Python face of pooling: each function for one, two and three spatial dims.
#include "ops/function.hpp"
#include "ops/pooling.hpp"

namespace pyad {

namespace {

/// None, or nothing between the brackets, is the kernel size.
Dims stride_of(Args& a, int i) { return a.given(i) ? a.dims(i) : Dims{}; }

Answer one_or_pair(Tensors y) {
  if (y.size() == 1) return std::move(y[0]);
  return y;
}

template <int N>
Answer max_pool_row(Args& a) {
  PoolWindow w{a.dims(1), stride_of(a, 2), a.dims(3), a.dims(4), a.flag(5)};
  return one_or_pair(max_pool(a.op(), N, a.tensor(0), w, a.flag(6)));
}
template <int N>
Answer max_pool_pair(Args& a) {
  PoolWindow w{a.dims(1), stride_of(a, 2), a.dims(3), a.dims(4), a.flag(5)};
  return max_pool(a.op(), N, a.tensor(0), w, true);
}
template <int N>
Answer avg_pool_row(Args& a) {
  PoolWindow w{a.dims(1), stride_of(a, 2), a.dims(3), {1}, a.flag(4)};
  std::optional<int64_t> divisor;
  if (N > 1 && a.given(6)) divisor = a.integer(6);
  return avg_pool(a.op(), N, a.tensor(0), w, a.flag(5), divisor);
}
template <int N>
Answer adaptive_avg_row(Args& a) {
  return adaptive_avg_pool(a.op(), N, a.tensor(0), a.dims(1));
}
template <int N>
Answer adaptive_max_row(Args& a) {
  return one_or_pair(adaptive_max_pool(a.op(), N, a.tensor(0), a.dims(1), a.flag(2)));
}
template <int N>
Answer adaptive_max_pair(Args& a) {
  return adaptive_max_pool(a.op(), N, a.tensor(0), a.dims(1), true);
}
template <int N>
Answer lp_row(Args& a) {
  PoolWindow w{a.dims(2), stride_of(a, 3), {0}, {1}, a.flag(4)};
  return lp_pool(a.op(), N, a.tensor(0), a.real(1), w);
}
template <int N>
Answer unpool_row(Args& a) {
  PoolWindow w{a.dims(2), stride_of(a, 3), a.dims(4)};
  return max_unpool(a.op(), N, a.tensor(0), a.tensor(1), w, a.given(5) ? a.dims(5) : Dims{});
}

#define PYAD_PAIR " -> (Tensor, Tensor)"
#define PYAD_MAYBE_PAIR " -> Tensor | (Tensor, Tensor) if return_indices"
#define PYAD_MAX_SIGNATURE                                                                       \
  "input: Tensor, kernel_size: ints, stride: ints? = None, padding: ints = 0, dilation: ints = " \
  "1, ceil_mode: bool = False, return_indices: bool = False"
constexpr const char* kMaxDoc =
    R"doc(Largest elements of windows.

Args:
  input: (N, C, ...) or (C, ...).
  kernel_size: of a window, one int or one for each spatial dim.
  stride: from one window to the next; default kernel_size.
  padding: of minus infinity on both sides, at most half a window.
  dilation: step within a window.
  ceil_mode: whether a last window that is not whole counts.
  return_indices: whether the places of the maxima in their planes are returned too.

Returns:
  A tensor, or a pair.

Raises:
  ShapeError: windows that do not fit.)doc";
constexpr const char* kMaxDerivative = "the cotangent at the places of the maxima";
constexpr const char* kMaxKinks = "ties: the first element of the window";

constexpr const char* kAvg1Signature =
    "input: Tensor, kernel_size: ints, stride: ints? = None, padding: ints = 0, ceil_mode: bool = "
    "False, count_include_pad: bool = True";
constexpr const char* kAvgSignature =
    "input: Tensor, kernel_size: ints, stride: ints? = None, padding: ints = 0, ceil_mode: bool = "
    "False, count_include_pad: bool = True, divisor_override: int? = None";
constexpr const char* kAvgDoc =
    R"doc(Means of windows.

Args:
  input: (N, C, ...) or (C, ...), floating.
  kernel_size: of a window, one int or one for each spatial dim.
  stride: from one window to the next; default kernel_size.
  padding: zeros on both sides, at most half a window.
  ceil_mode: whether a last window that is not whole counts.
  count_include_pad: whether zeros of the padding count in the means.
  divisor_override: divides the sums instead of the count (two and three dims).

Returns:
  A tensor.

Raises:
  ShapeError: windows that do not fit.)doc";
constexpr const char* kSpread = "the cotangent spread over the windows";
constexpr const char* kLinear = "constant weights";

constexpr const char* kAdaptiveSignature = "input: Tensor, output_size: ints|None";
#define PYAD_ADAPTIVE_MAX_SIGNATURE \
  "input: Tensor, output_size: ints|None, return_indices: bool = False"
constexpr const char* kAdaptiveAvgDoc =
    R"doc(Means of windows that divide the input into `output_size` parts.

Args:
  input: (N, C, ...) or (C, ...), floating.
  output_size: one int or one for each spatial dim; None keeps the input's size.

Returns:
  A tensor with those spatial sizes.)doc";
constexpr const char* kAdaptiveMaxDoc =
    R"doc(Largest elements of windows that divide the input into `output_size` parts.

Args:
  input: (N, C, ...) or (C, ...).
  output_size: one int or one for each spatial dim; None keeps the input's size.
  return_indices: whether the places of the maxima in their planes are returned too.

Returns:
  A tensor, or a pair.)doc";

constexpr const char* kLpSignature =
    "input: Tensor, norm_type: float, kernel_size: ints, stride: ints? = None, ceil_mode: bool = "
    "False";
constexpr const char* kLpDoc =
    R"doc(Power sums of windows, (sum of x^p)^(1/p).

Args:
  input: (N, C, ...) or (C, ...), floating.
  norm_type: p.
  kernel_size: of a window, one int or one for each spatial dim.
  stride: from one window to the next; default kernel_size.
  ceil_mode: whether a last window that is not whole counts.

Returns:
  A tensor.)doc";

constexpr const char* kUnpoolSignature =
    "input: Tensor, indices: Tensor, kernel_size: ints, stride: ints? = None, padding: ints = 0, "
    "output_size: ints? = None";
constexpr const char* kUnpoolDoc =
    R"doc(Elements put back where the maxima of a pooling were, zeros elsewhere.

Args:
  input: (N, C, ...) or (C, ...), floating.
  indices: int64, as max_pool gives them.
  kernel_size, stride, padding: of the pooling.
  output_size: spatial sizes, or the whole shape, where several are possible.

Returns:
  A tensor.

Raises:
  ShapeError: an index outside of the result.
  ValueError: an impossible output_size.)doc";

#define PYAD_MAX_ROWS(N, FLAGS)                                                            \
  {"max_pool" #N "d",                                                                      \
   PYAD_MAX_SIGNATURE PYAD_MAYBE_PAIR,                                                     \
   kMaxDoc,                                                                                \
   Kind::kGeneral,                                                                         \
   FLAGS,                                                                                  \
   max_pool_row<N>,                                                                        \
   kMaxDerivative,                                                                         \
   kMaxKinks},                                                                             \
  {                                                                                        \
    "max_pool" #N "d_with_indices", PYAD_MAX_SIGNATURE PYAD_PAIR, kMaxDoc, Kind::kGeneral, \
        N == 1 ? kInModule | in("nn.functional") : in("nn.functional"), max_pool_pair<N>,  \
        kMaxDerivative, kMaxKinks                                                          \
  }
#define PYAD_OTHER_ROWS(N, AVG_SIGNATURE, FLAGS)                                              \
  {"avg_pool" #N "d", AVG_SIGNATURE, kAvgDoc, Kind::kLinear, FLAGS,                           \
   avg_pool_row<N>,   kSpread,       kLinear},                                                \
      {"adaptive_avg_pool" #N "d",                                                            \
       kAdaptiveSignature,                                                                    \
       kAdaptiveAvgDoc,                                                                       \
       Kind::kLinear,                                                                         \
       FLAGS,                                                                                 \
       adaptive_avg_row<N>,                                                                   \
       kSpread,                                                                               \
       kLinear},                                                                              \
      {"adaptive_max_pool" #N "d",                                                            \
       PYAD_ADAPTIVE_MAX_SIGNATURE PYAD_MAYBE_PAIR,                                           \
       kAdaptiveMaxDoc,                                                                       \
       Kind::kGeneral,                                                                        \
       in("nn.functional"),                                                                   \
       adaptive_max_row<N>,                                                                   \
       kMaxDerivative,                                                                        \
       kMaxKinks},                                                                            \
      {"adaptive_max_pool" #N "d_with_indices",                                               \
       PYAD_ADAPTIVE_MAX_SIGNATURE PYAD_PAIR,                                                 \
       kAdaptiveMaxDoc,                                                                       \
       Kind::kGeneral,                                                                        \
       in("nn.functional"),                                                                   \
       adaptive_max_pair<N>,                                                                  \
       kMaxDerivative,                                                                        \
       kMaxKinks},                                                                            \
      {"lp_pool" #N "d",                                                                      \
       kLpSignature,                                                                          \
       kLpDoc,                                                                                \
       Kind::kComposite,                                                                      \
       in("nn.functional"),                                                                   \
       lp_row<N>,                                                                             \
       "(x / y)^(p - 1)",                                                                     \
       "as PyTorch's formula: NaN where a window's sum is 0"},                                \
  {                                                                                           \
    "max_unpool" #N "d", kUnpoolSignature, kUnpoolDoc, Kind::kComposite, in("nn.functional"), \
        unpool_row<N>, "the cotangent picked at the places", kLinear                          \
  }

const Function kRows[] = {
    PYAD_MAX_ROWS(1, kInModule | in("nn.functional")),
    PYAD_MAX_ROWS(2, kInModule | in("nn.functional")),
    PYAD_MAX_ROWS(3, kInModule | in("nn.functional")),
    PYAD_OTHER_ROWS(1, kAvg1Signature, kInModule | in("nn.functional")),
    PYAD_OTHER_ROWS(2, kAvgSignature, in("nn.functional")),
    PYAD_OTHER_ROWS(3, kAvgSignature, in("nn.functional")),
};

#undef PYAD_PAIR
#undef PYAD_MAYBE_PAIR
#undef PYAD_MAX_SIGNATURE
#undef PYAD_ADAPTIVE_MAX_SIGNATURE
#undef PYAD_MAX_ROWS
#undef PYAD_OTHER_ROWS

const Rows rows(kRows);

}  // namespace

}  // namespace pyad
