// The Python face of the cumulative ops.
#include "ops/function.hpp"
#include "ops/scan.hpp"
#include "ops/shape.hpp"

namespace pyad {

namespace {

Tensor cast_input(Args& a) { return a.given(2) ? to_dtype(a.tensor(0), a.dtype(2)) : a.tensor(0); }

const Function kRows[] = {
    {"cumsum", "input: Tensor, dim: int, *, dtype: dtype? = None",
     "Running sums along a dim.\n\nArgs:\n  dim: the dim to run along.\n  dtype: type to convert "
     "to first; integers and bools are summed as int64.\nRaises:\n  IndexError: dim is out of "
     "range.\n",
     Kind::kLinear, kEverywhere | kInPlace,
     [](Args& a) -> Answer { return cumsum(cast_input(a), a.integer(1)); },
     "reversed running sums of g", "smooth"},
    {"cumprod", "input: Tensor, dim: int, *, dtype: dtype? = None",
     "Running products along a dim.\n\nArgs:\n  dim: the dim to run along.\n  dtype: type to "
     "convert to first; integers and bools are multiplied as int64.\nRaises:\n  IndexError: dim "
     "is out of range.\n",
     Kind::kGeneral, kEverywhere | kInPlace,
     [](Args& a) -> Answer { return cumprod(cast_input(a), a.integer(1)); },
     "products of the other elements, summed", "smooth; right at zeros, too"},
    {"cummax", "input: Tensor, dim: int",
     "Running maxima along a dim and their indices, the last of equals; NaN stays.\n\nArgs:\n  "
     "dim: the dim to run along.\nReturns:\n  A named tuple (values, indices).\nRaises:\n  "
     "IndexError: dim is out of range.\n",
     Kind::kGeneral, kEverywhere,
     [](Args& a) -> Answer { return Answer(cummax(a.tensor(0), a.integer(1)), "values indices"); },
     "1 at the index", "the element at the returned index"},
    {"cummin", "input: Tensor, dim: int",
     "Running minima along a dim and their indices, the last of equals; NaN stays.\n\nArgs:\n  "
     "dim: the dim to run along.\nReturns:\n  A named tuple (values, indices).\nRaises:\n  "
     "IndexError: dim is out of range.\n",
     Kind::kGeneral, kEverywhere,
     [](Args& a) -> Answer { return Answer(cummin(a.tensor(0), a.integer(1)), "values indices"); },
     "1 at the index", "the element at the returned index"},
    {"logcumsumexp", "input: Tensor, dim: int",
     "log(cumsum(exp(input))) along a dim, without overflow.\n\nArgs:\n  dim: the dim to run "
     "along.\nRaises:\n  TypeError: the dtype is not floating.\n  IndexError: dim is out of "
     "range.\n",
     Kind::kGeneral, kEverywhere,
     [](Args& a) -> Answer { return logcumsumexp(a.tensor(0), a.integer(1)); },
     "sums of g exp(x - y)", "smooth"},
};

}  // namespace

std::span<const Function> scan_functions() { return kRows; }

}  // namespace pyad
