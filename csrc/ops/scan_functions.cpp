// The Python face of the cumulative ops.
#include "ops/function.hpp"
#include "ops/scan.hpp"
#include "ops/shape.hpp"

namespace pyad {

namespace {

Tensor cast(Args& a, const Tensor& x) { return a.given(2) ? to_dtype(x, a.dtype(2)) : x; }

/// dtype= is that of the elements and of the result; between them integers are int64.
template <Tensor (*FUNCTION)(const Tensor&, int64_t)>
Answer scan_call(Args& a) {
  return cast(a, FUNCTION(cast(a, a.tensor(0)), a.integer(1)));
}

const Function kRows[] = {
    {"cumsum", "input: Tensor, dim: int, *, dtype: dtype? = None",
     R"doc(Running sums along a dim.

Args:
  dim: the dim to run along.
  dtype: type to convert to first; integers and bools are summed as int64.

Raises:
  IndexError: dim is out of range.)doc",
     Kind::kLinear, kEverywhere | kInPlace, scan_call<cumsum>, "reversed running sums of g",
     "smooth"},
    {"cumprod", "input: Tensor, dim: int, *, dtype: dtype? = None",
     R"doc(Running products along a dim.

Args:
  dim: the dim to run along.
  dtype: type to convert to first; integers and bools are multiplied as int64.

Raises:
  IndexError: dim is out of range.)doc",
     Kind::kGeneral, kEverywhere | kInPlace, scan_call<cumprod>,
     "products of the other elements, summed", "smooth; right at zeros, too"},
    {"cummax", "input: Tensor, dim: int -> (values: Tensor, indices: Tensor)",
     R"doc(Running maxima along a dim and their indices, the last of equals; NaN stays.

Args:
  dim: the dim to run along.

Returns:
  A named tuple (values, indices).

Raises:
  IndexError: dim is out of range.)doc",
     Kind::kGeneral, kEverywhere,
     [](Args& a) -> Answer { return Answer(cummax(a.tensor(0), a.integer(1))); }, "1 at the index",
     "the element at the returned index"},
    {"cummin", "input: Tensor, dim: int -> (values: Tensor, indices: Tensor)",
     R"doc(Running minima along a dim and their indices, the last of equals; NaN stays.

Args:
  dim: the dim to run along.

Returns:
  A named tuple (values, indices).

Raises:
  IndexError: dim is out of range.)doc",
     Kind::kGeneral, kEverywhere,
     [](Args& a) -> Answer { return Answer(cummin(a.tensor(0), a.integer(1))); }, "1 at the index",
     "the element at the returned index"},
    {"logcumsumexp", "input: Tensor, dim: int",
     R"doc(log(cumsum(exp(input))) along a dim, without overflow.

Args:
  dim: the dim to run along.

Raises:
  TypeError: the dtype is not floating.
  IndexError: dim is out of range.)doc",
     Kind::kGeneral, kEverywhere,
     [](Args& a) -> Answer { return logcumsumexp(a.tensor(0), a.integer(1)); },
     "sums of g exp(x - y)", "smooth"},
};

const Rows rows(kRows);

}  // namespace

}  // namespace pyad
