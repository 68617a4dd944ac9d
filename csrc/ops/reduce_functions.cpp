// The Python face of reductions and softmax. PyTorch's overloads (max of a tensor, along a dim, of
// two tensors) are told apart here.
#include <cmath>
#include <limits>
#include <vector>

#include "ops/function.hpp"
#include "ops/functions.hpp"
#include "ops/reduce.hpp"
#include "ops/shape.hpp"
#include "ops/softmax.hpp"

namespace pyad {

namespace {

Tensor cast_argument(Args& a, int i, const Tensor& x) {
  return a.given(i) ? to_dtype(x, a.dtype(i)) : x;
}

/// The result in the dtype asked for: integers are reduced as int64, and wrap where they leave it.
Tensor cast_result(Args& a, int i, const Tensor& y) { return cast_argument(a, i, y); }

/// sum(dtype=) of integers as floats, or the other way round: the elements are converted first.
Answer sum_call(Args& a) {
  return cast_result(a, 3, sum(cast_argument(a, 3, a.tensor(0)), a.dims(1), a.flag(2)));
}

Tensor nan_to_zero(const Tensor& x) { return is_floating(x.dtype()) ? where(ne(x, x), 0.0, x) : x; }

Answer nansum_call(Args& a) {
  // Before an integer dtype makes something else of NaN.
  return cast_result(a, 3,
                     sum(cast_argument(a, 3, nan_to_zero(a.tensor(0))), a.dims(1), a.flag(2)));
}

Answer nanmean_call(Args& a) {
  Tensor x = cast_argument(a, 3, a.tensor(0));
  if (!is_floating(x.dtype())) return mean(x, a.dims(1), a.flag(2));  // which refuses
  Tensor count = sum(to_dtype(eq(x, x), x.dtype()), a.dims(1), a.flag(2));
  return sum(nan_to_zero(x), a.dims(1), a.flag(2)) / count;
}

int64_t dim_argument(Args& a, int i) {
  if (a.number(i).category != Category::kInteger) {
    fail(ErrorKind::kType, a.op(), "(): argument 'dim' must be int");
  }
  return a.integer(i);
}

/// max and min: of all elements, along a dim, or of two tensors.
template <bool LARGEST>
Answer extreme_call(Args& a) {
  const Tensor& x = a.tensor(0);
  Operand second = a.given(1) ? a.operand(1) : Operand();
  const Tensor* other = a.given(3) ? &a.tensor(3) : second.tensor;
  if (other) {
    if (a.given(1) && (a.given(3) || a.flag(2))) {
      fail(ErrorKind::kType, a.op(), "(): takes either another tensor or dim and keepdim");
    }
    return LARGEST ? maximum(x, *other) : minimum(x, *other);
  }
  if (!a.given(1)) return LARGEST ? amax(x) : amin(x);
  int64_t dim = dim_argument(a, 1);
  return Answer(LARGEST ? max_at(x, dim, a.flag(2)) : min_at(x, dim, a.flag(2)));
}

template <bool LARGEST>
Answer arg_call(Args& a) {
  const Tensor& x = a.tensor(0);
  if (a.given(1)) {
    return LARGEST ? argmax(x, a.integer(1), a.flag(2)) : argmin(x, a.integer(1), a.flag(2));
  }
  Tensor y = LARGEST ? argmax(x) : argmin(x);
  return a.flag(2) ? reshape(y, Dims::filled(x.dim(), 1)) : y;
}

/// all and any; of no dims (an empty tuple) the elements themselves, as in PyTorch.
template <Tensor (*FUNCTION)(const Tensor&, const Dims&, bool)>
Answer truth_call(Args& a) {
  if (a.given(1) && a.dims(1).empty()) return ne(a.tensor(0), 0);
  return FUNCTION(a.tensor(0), a.dims(1), a.flag(2));
}

double correction_argument(Args& a) { return a.given(4) ? a.real(4) : a.flag(2) ? 1 : 0; }

template <bool ROOT>
Tensor spread(Args& a) {
  double correction = correction_argument(a);
  return ROOT ? standard_deviation(a.tensor(0), a.dims(1), correction, a.flag(3))
              : var(a.tensor(0), a.dims(1), correction, a.flag(3));
}

template <bool ROOT>
Answer spread_and_mean(Args& a) {
  return Answer(std::vector<Tensor>{spread<ROOT>(a), mean(a.tensor(0), a.dims(1), a.flag(3))});
}

constexpr double kInf = std::numeric_limits<double>::infinity();

/// torch.norm: the order is a number, 'fro' (the root of the sum of squares), or 'inf'.
Answer norm_call(Args& a) {
  Tensor x = cast_argument(a, 4, a.tensor(0));
  double p = 2;
  if (!a.text(1).empty()) {
    const std::string& order = a.text(1);
    if (order == "inf" || order == "-inf") {
      p = order == "inf" ? kInf : -kInf;
    } else if (order != "fro") {
      fail(ErrorKind::kValue, "norm: unknown order '", order,
           "'; use a number, 'fro', 'inf' or '-inf'");
    }
  } else if (a.given(1)) {
    p = a.real(1);
  }
  return vector_norm(x, p, a.dims(2), a.flag(3));
}

template <Tensor (*FUNCTION)(const Tensor&, int64_t), bool NEGATE>
Answer softmax_call(Args& a) {
  Tensor x = cast_argument(a, 2, a.tensor(0));
  if (NEGATE) x = neg(x);
  if (a.given(1)) return FUNCTION(x, a.integer(1));
  fail(ErrorKind::kType, a.op(),
       "(): give the dim along which the values sum to 1, such as dim=-1");
}

const Function kRows[] = {
    {"sum", "input: Tensor, dim: dims? = None, keepdim: bool = False, *, dtype: dtype? = None",
     R"doc(Sum of elements.

Args:
  dim: one dim or several; None for all.
  keepdim: keep reduced dims with size 1.
  dtype: type to convert to first; integers and bools are summed as int64.

Raises:
  IndexError: a dim is out of range.)doc",
     Kind::kLinear, kEverywhere, sum_call, "1", "smooth"},
    {"mean", "input: Tensor, dim: dims? = None, keepdim: bool = False, *, dtype: dtype? = None",
     R"doc(Mean of elements.

Args:
  dim: one dim or several; None for all.
  keepdim: keep reduced dims with size 1.
  dtype: type to convert to first.

Raises:
  TypeError: the dtype is not floating.
  IndexError: a dim is out of range.)doc",
     Kind::kLinear, kEverywhere,
     [](Args& a) -> Answer { return mean(cast_argument(a, 3, a.tensor(0)), a.dims(1), a.flag(2)); },
     "1/n", "smooth"},
    {"nansum", "input: Tensor, dim: dims? = None, keepdim: bool = False, *, dtype: dtype? = None",
     R"doc(Sum of elements that are not NaN.

Args:
  dim: one dim or several; None for all.
  keepdim: keep reduced dims with size 1.
  dtype: type to convert to first.

Raises:
  IndexError: a dim is out of range.)doc",
     Kind::kComposite, kEverywhere, nansum_call, "1, and 0 at NaN", "smooth"},
    {"nanmean", "input: Tensor, dim: dims? = None, keepdim: bool = False, *, dtype: dtype? = None",
     R"doc(Mean of elements that are not NaN.

Args:
  dim: one dim or several; None for all.
  keepdim: keep reduced dims with size 1.
  dtype: type to convert to first.

Raises:
  IndexError: a dim is out of range.)doc",
     Kind::kComposite, kEverywhere, nanmean_call, "1/n, and 0 at NaN", "smooth"},
    {"prod", "input: Tensor, dim: int? = None, keepdim: bool = False, *, dtype: dtype? = None",
     R"doc(Product of elements.

Args:
  dim: the dim to reduce; None for all elements.
  keepdim: keep the reduced dim with size 1.
  dtype: type to convert to first; integers and bools are multiplied as int64.

Raises:
  IndexError: a dim is out of range.)doc",
     Kind::kGeneral, kEverywhere,
     [](Args& a) -> Answer {
       Tensor x = cast_argument(a, 3, a.tensor(0));
       return cast_result(a, 3, a.given(1) ? prod(x, a.integer(1), a.flag(2)) : prod(x));
     },
     "product of the other elements", "smooth; right at zeros, too"},
    {"amax", "input: Tensor, dim: dims? = None, keepdim: bool = False",
     R"doc(Largest elements; NaN wins.

Args:
  dim: one dim or several; None for all.
  keepdim: keep reduced dims with size 1.

Raises:
  IndexError: a dim is out of range.
  IndexError: a reduced dim has size 0.)doc",
     Kind::kGeneral, kEverywhere,
     [](Args& a) -> Answer { return amax(a.tensor(0), a.dims(1), a.flag(2)); },
     "1 at the largest element", "ties share evenly"},
    {"amin", "input: Tensor, dim: dims? = None, keepdim: bool = False",
     R"doc(Smallest elements; NaN wins.

Args:
  dim: one dim or several; None for all.
  keepdim: keep reduced dims with size 1.

Raises:
  IndexError: a dim is out of range.
  IndexError: a reduced dim has size 0.)doc",
     Kind::kGeneral, kEverywhere,
     [](Args& a) -> Answer { return amin(a.tensor(0), a.dims(1), a.flag(2)); },
     "1 at the smallest element", "ties share evenly"},
    {"max",
     "input: Tensor, dim: Operand? = None, keepdim: bool = False, *, other: Tensor? = None -> "
     "Tensor | (values: Tensor, indices: Tensor) if dim",
     R"doc(Largest element; along a dim (values, indices); of two tensors their maximum.

Args:
  dim: the dim to reduce, or another tensor to compare with.
  keepdim: keep the reduced dim with size 1.
  other: another tensor to compare with.

Returns:
  A tensor, or with dim a named tuple (values, indices).

Raises:
  IndexError: a dim is out of range.
  IndexError: a reduced dim has size 0.)doc",
     Kind::kGeneral, kEverywhere, extreme_call<true>, "1 at the largest element",
     "all elements: ties share evenly; along a dim: the element at the returned index"},
    {"min",
     "input: Tensor, dim: Operand? = None, keepdim: bool = False, *, other: Tensor? = None -> "
     "Tensor | (values: Tensor, indices: Tensor) if dim",
     R"doc(Smallest element; along a dim (values, indices); of two tensors their minimum.

Args:
  dim: the dim to reduce, or another tensor to compare with.
  keepdim: keep the reduced dim with size 1.
  other: another tensor to compare with.

Returns:
  A tensor, or with dim a named tuple (values, indices).

Raises:
  IndexError: a dim is out of range.
  IndexError: a reduced dim has size 0.)doc",
     Kind::kGeneral, kEverywhere, extreme_call<false>, "1 at the smallest element",
     "all elements: ties share evenly; along a dim: the element at the returned index"},
    {"argmax", "input: Tensor, dim: int? = None, keepdim: bool = False",
     R"doc(Index of the largest element, the first of equals; NaN wins.

Args:
  dim: the dim to reduce; None for all elements.
  keepdim: keep the reduced dim with size 1.

Returns:
  int64; without dim the index in row-major order.

Raises:
  IndexError: a dim is out of range.
  IndexError: a reduced dim has size 0.)doc",
     Kind::kPlain, kEverywhere, arg_call<true>},
    {"argmin", "input: Tensor, dim: int? = None, keepdim: bool = False",
     R"doc(Index of the smallest element, the first of equals; NaN wins.

Args:
  dim: the dim to reduce; None for all elements.
  keepdim: keep the reduced dim with size 1.

Returns:
  int64; without dim the index in row-major order.

Raises:
  IndexError: a dim is out of range.
  IndexError: a reduced dim has size 0.)doc",
     Kind::kPlain, kEverywhere, arg_call<false>},
    {"all", "input: Tensor, dim: dims? = None, keepdim: bool = False",
     R"doc(Whether all elements are non-zero.

Args:
  dim: one dim or several; None for all.
  keepdim: keep reduced dims with size 1.

Raises:
  IndexError: a dim is out of range.)doc",
     Kind::kPlain, kEverywhere, truth_call<all>},
    {"any", "input: Tensor, dim: dims? = None, keepdim: bool = False",
     R"doc(Whether any element is non-zero.

Args:
  dim: one dim or several; None for all.
  keepdim: keep reduced dims with size 1.

Raises:
  IndexError: a dim is out of range.)doc",
     Kind::kPlain, kEverywhere, truth_call<any>},
    {"count_nonzero", "input: Tensor, dim: dims? = None",
     R"doc(Number of elements that are not zero, as int64.

Args:
  dim: one dim or several; None for all.

Raises:
  IndexError: a dim is out of range.)doc",
     Kind::kPlain, kEverywhere,
     [](Args& a) -> Answer { return count_nonzero(a.tensor(0), a.dims(1)); }},
    {"var",
     "input: Tensor, dim: dims? = None, unbiased: bool = True, keepdim: bool = False, *, "
     "correction: Number? = None",
     R"doc(Variance.

Args:
  dim: one dim or several; None for all.
  keepdim: keep reduced dims with size 1.
  correction: the sum of squares is divided by n - correction; 1 unless given.
  unbiased: False is correction=0.

Raises:
  TypeError: the dtype is not floating.
  IndexError: a dim is out of range.)doc",
     Kind::kGeneral, kEverywhere, [](Args& a) -> Answer { return spread<false>(a); },
     "2 (x - mean) / (n - correction)", "smooth"},
    {"std",
     "input: Tensor, dim: dims? = None, unbiased: bool = True, keepdim: bool = False, *, "
     "correction: Number? = None",
     R"doc(Standard deviation.

Args:
  dim: one dim or several; None for all.
  keepdim: keep reduced dims with size 1.
  correction: the sum of squares is divided by n - correction; 1 unless given.
  unbiased: False is correction=0.

Raises:
  TypeError: the dtype is not floating.
  IndexError: a dim is out of range.)doc",
     Kind::kGeneral, kEverywhere, [](Args& a) -> Answer { return spread<true>(a); },
     "(x - mean) / ((n - correction) std)", "0 where all elements are equal"},
    {"var_mean",
     "input: Tensor, dim: dims? = None, unbiased: bool = True, keepdim: bool = False, *, "
     "correction: Number? = None -> (Tensor, Tensor)",
     R"doc(Variance and mean, as a tuple.

Args:
  dim: one dim or several; None for all.
  keepdim: keep reduced dims with size 1.
  correction: the sum of squares is divided by n - correction; 1 unless given.
  unbiased: False is correction=0.

Raises:
  TypeError: the dtype is not floating.
  IndexError: a dim is out of range.)doc",
     Kind::kComposite, kInModule, spread_and_mean<false>, "as var and mean", "smooth"},
    {"std_mean",
     "input: Tensor, dim: dims? = None, unbiased: bool = True, keepdim: bool = False, *, "
     "correction: Number? = None -> (Tensor, Tensor)",
     R"doc(Standard deviation and mean, as a tuple.

Args:
  dim: one dim or several; None for all.
  keepdim: keep reduced dims with size 1.
  correction: the sum of squares is divided by n - correction; 1 unless given.
  unbiased: False is correction=0.

Raises:
  TypeError: the dtype is not floating.
  IndexError: a dim is out of range.)doc",
     Kind::kComposite, kInModule, spread_and_mean<true>, "as std and mean",
     "0 where all elements are equal"},
    {"logsumexp", "input: Tensor, dim: dims, keepdim: bool = False",
     R"doc(log(sum(exp(input))), without overflow.

Args:
  dim: one dim or several; None for all.
  keepdim: keep reduced dims with size 1.

Raises:
  IndexError: a dim is out of range.)doc",
     Kind::kGeneral, kEverywhere | in("special"),
     [](Args& a) -> Answer { return logsumexp(a.tensor(0), a.dims(1), a.flag(2)); }, "softmax(x)",
     "smooth"},
    {"norm",
     "input: Tensor, p: Number|str? = 'fro', dim: dims? = None, keepdim: bool = False, dtype: "
     "dtype? = None",
     R"doc(Norm of the elements taken as a vector: (sum |x|^p)^(1/p).

Args:
  dim: one dim or several; None for all.
  keepdim: keep reduced dims with size 1.
  p: the order: a number, inf, -inf, 0 (number of non-zeros); 'fro' is 2.
  dtype: type to convert to first.

Raises:
  TypeError: the dtype is not floating.
  IndexError: a dim is out of range.)doc",
     Kind::kGeneral, kEverywhere, norm_call, "sign(x) (|x| / norm)^(p - 1)",
     "0 at zeros; for p = inf ties share evenly"},
    {"softmax", "input: Tensor, dim: int? = None, dtype: dtype? = None",
     R"doc(exp(x) / sum(exp(x)) along a dim, without overflow.

Args:
  dim: the dim along which the result sums to 1.
  dtype: type to convert to first.

Raises:
  TypeError: the dtype is not floating, or dim is missing.
  IndexError: a dim is out of range.)doc",
     Kind::kGeneral, kEverywhere | in("special"), softmax_call<softmax, false>, "y (g - sum(g y))",
     "smooth"},
    {"log_softmax", "input: Tensor, dim: int? = None, dtype: dtype? = None",
     R"doc(log(softmax(x)) along a dim, accurate where softmax underflows.

Args:
  dim: the dim along which exp of the result sums to 1.
  dtype: type to convert to first.

Raises:
  TypeError: the dtype is not floating, or dim is missing.
  IndexError: a dim is out of range.)doc",
     Kind::kGeneral, kEverywhere | in("special"), softmax_call<log_softmax, false>,
     "g - exp(y) sum(g)", "smooth"},
    {"softmin", "input: Tensor, dim: int? = None, dtype: dtype? = None",
     R"doc(softmax(-x) along a dim.

Args:
  dim: the dim along which the result sums to 1.
  dtype: type to convert to first.

Raises:
  TypeError: the dtype is not floating, or dim is missing.
  IndexError: a dim is out of range.)doc",
     Kind::kComposite, in("steps"), softmax_call<softmax, true>, "-y (g - sum(g y))", "smooth"},
};

const Rows rows(kRows);

}  // namespace

}  // namespace pyad
