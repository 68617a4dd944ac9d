// The Python face of sorting, selection by rank and the statistics made of ranks: median, quantile
// ...
#include <vector>

#include "ops/function.hpp"
#include "ops/functions.hpp"
#include "ops/shape.hpp"
#include "ops/sort.hpp"

namespace pyad {

namespace {

constexpr const char* kPut = "the cotangent put back at the indices";
constexpr const char* kEqual = "among equal values, the element at the returned index";

Answer named(Tensors y) { return Answer(std::move(y)); }

template <bool SKIP_NAN>
Answer median_call(Args& a) {
  if (!a.given(1)) return median(a.tensor(0), SKIP_NAN);
  return named(median_at(a.tensor(0), a.integer(1), a.flag(2), SKIP_NAN));
}

template <bool SKIP_NAN>
Answer quantile_call(Args& a) {
  const Tensor& x = a.tensor(0);
  Operand q = a.operand(1);
  Tensor levels = q.tensor ? *q.tensor : full({}, q.number, x.dtype());
  Dims dim;
  if (a.given(2)) dim.push_back(a.integer(2));
  return quantile(x, levels, dim, a.flag(3), a.text(4), SKIP_NAN);
}

const Function kRows[] = {
    {"sort",
     "input: Tensor, dim: int = -1, descending: bool = False, stable: bool = False -> (values: "
     "Tensor, indices: Tensor)",
     R"doc(Elements in order along a dim, and where they came from.

NaN counts as the largest value, and equal values keep their order.

Args:
  dim: the dim to sort along.
  descending: largest first.
  stable: taken as in PyTorch; the order of equal values is kept anyway.

Returns:
  A named tuple (values, indices).

Raises:
  IndexError: dim is out of range.)doc",
     Kind::kGeneral, kEverywhere,
     [](Args& a) -> Answer { return named(sort(a.tensor(0), a.integer(1), a.flag(2))); }, kPut,
     kEqual},
    {"argsort", "input: Tensor, dim: int = -1, descending: bool = False, stable: bool = False",
     R"doc(Indices that sort along a dim.

NaN counts as the largest value, and equal values keep their order.

Args:
  dim: the dim to sort along.
  descending: largest first.
  stable: taken as in PyTorch; the order of equal values is kept anyway.

Returns:
  int64.

Raises:
  IndexError: dim is out of range.)doc",
     Kind::kPlain, kEverywhere,
     [](Args& a) -> Answer { return sort(detach(a.tensor(0)), a.integer(1), a.flag(2))[1]; }},
    {"msort", "input: Tensor",
     R"doc(Elements in ascending order along the first dim.

NaN counts as the largest value.)doc",
     Kind::kComposite, kEverywhere,
     [](Args& a) -> Answer { return sort(a.tensor(0), 0, false)[0]; }, kPut, kEqual},
    {"topk",
     "input: Tensor, k: int, dim: int? = None, largest: bool = True, sorted: bool = True -> "
     "(values: Tensor, indices: Tensor)",
     R"doc(The k largest (or smallest) elements along a dim.

NaN counts as the largest value.

Args:
  k: how many.
  dim: the dim to reduce to size k; None for the last.
  largest: False for the smallest.
  sorted: taken as in PyTorch; the result is in order anyway.

Returns:
  A named tuple (values, indices); of equal values the first.

Raises:
  IndexError: dim is out of range.
  RuntimeError: there are fewer than k elements.)doc",
     Kind::kGeneral, kEverywhere,
     [](Args& a) -> Answer {
       return named(topk(a.tensor(0), a.integer(1), a.given(2) ? a.integer(2) : -1, a.flag(3)));
     },
     kPut, kEqual},
    {"kthvalue",
     "input: Tensor, k: int, dim: int = -1, keepdim: bool = False -> (values: Tensor, indices: "
     "Tensor)",
     R"doc(The k-th smallest element along a dim.

NaN counts as the largest value.

Args:
  k: counted from 1.
  dim: the dim to reduce.
  keepdim: keep the reduced dim with size 1.

Returns:
  A named tuple (values, indices).

Raises:
  IndexError: dim is out of range.
  RuntimeError: k is out of range.)doc",
     Kind::kGeneral, kEverywhere,
     [](Args& a) -> Answer {
       return named(kthvalue(a.tensor(0), a.integer(1), a.integer(2), a.flag(3)));
     },
     kPut, kEqual},
    {"median",
     "input: Tensor, dim: int? = None, keepdim: bool = False -> Tensor | (values: Tensor, indices: "
     "Tensor) if dim",
     R"doc(The median, the lower of two; NaN if any element is.

Args:
  dim: the dim to reduce; None for all elements.
  keepdim: keep the reduced dim with size 1.

Returns:
  A tensor, or with dim a named tuple (values, indices).

Raises:
  IndexError: dim is out of range.)doc",
     Kind::kGeneral, kEverywhere, median_call<false>, "1 at the median",
     "all elements: equals share evenly; along a dim: the element at the returned index"},
    {"nanmedian",
     "input: Tensor, dim: int? = None, keepdim: bool = False -> Tensor | (values: Tensor, indices: "
     "Tensor) if dim",
     R"doc(The median of the elements that are not NaN, the lower of two.

Args:
  dim: the dim to reduce; None for all elements.
  keepdim: keep the reduced dim with size 1.

Returns:
  A tensor, or with dim a named tuple (values, indices).

Raises:
  IndexError: dim is out of range.)doc",
     Kind::kGeneral, kEverywhere, median_call<true>, "1 at the median",
     "all elements: equals share evenly; along a dim: the element at the returned index"},
    {"mode",
     "input: Tensor, dim: int = -1, keepdim: bool = False -> (values: Tensor, indices: Tensor)",
     R"doc(The most frequent value along a dim, the smallest of several.

Args:
  dim: the dim to reduce.
  keepdim: keep the reduced dim with size 1.

Returns:
  A named tuple (values, indices).

Raises:
  IndexError: dim is out of range.)doc",
     Kind::kGeneral, kEverywhere,
     [](Args& a) -> Answer { return named(most_frequent(a.tensor(0), a.integer(1), a.flag(2))); },
     kPut, "the element at the returned index"},
    {"quantile",
     "input: Tensor, q: Operand, dim: int? = None, keepdim: bool = False, *, interpolation: str = "
     "'linear'",
     R"doc(Quantiles; NaN where any element is.

Args:
  q: a number or a vector of numbers in [0, 1].
  dim: the dim to reduce; None for all elements.
  keepdim: keep the reduced dim with size 1.
  interpolation: between two elements: 'linear', 'lower', 'higher', 'midpoint' or 'nearest'.

Returns:
  The quantiles; those of a vector q along a first dim.

Raises:
  RuntimeError: q is outside [0, 1] or of another dtype, input is empty or not floating.)doc",
     Kind::kComposite, kEverywhere, quantile_call<false>, "the weights of the two elements around",
     kEqual},
    {"nanquantile",
     "input: Tensor, q: Operand, dim: int? = None, keepdim: bool = False, *, interpolation: str = "
     "'linear'",
     R"doc(Quantiles of the elements that are not NaN.

Args:
  q: a number or a vector of numbers in [0, 1].
  dim: the dim to reduce; None for all elements.
  keepdim: keep the reduced dim with size 1.
  interpolation: between two elements: 'linear', 'lower', 'higher', 'midpoint' or 'nearest'.

Returns:
  The quantiles; those of a vector q along a first dim.

Raises:
  RuntimeError: q is outside [0, 1] or of another dtype, input is empty or not floating.)doc",
     Kind::kComposite, kEverywhere, quantile_call<true>, "the weights of the two elements around",
     kEqual},
};

const Rows rows(kRows);

}  // namespace

}  // namespace pyad
