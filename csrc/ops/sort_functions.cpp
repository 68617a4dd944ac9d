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

#define PYAD_SORT_ARGS                                                                        \
  "\n\nNaN counts as the largest value, and equal values keep their order.\n\nArgs:\n  dim: " \
  "the dim to sort along.\n  descending: largest first.\n  stable: taken as in PyTorch; the " \
  "order of equal values is kept anyway.\n"
#define PYAD_BAD_DIM "Raises:\n  IndexError: dim is out of range.\n"
#define PYAD_QUANTILE_ARGS                                                                      \
  "\n\nArgs:\n  q: a number or a vector of numbers in [0, 1].\n  dim: the dim to reduce; None " \
  "for all elements.\n  keepdim: keep the reduced dim with size 1.\n  interpolation: between "  \
  "two elements: 'linear', 'lower', 'higher', 'midpoint' or 'nearest'.\nReturns:\n  The "       \
  "quantiles; those of a vector q along a first dim.\nRaises:\n  RuntimeError: q is outside "   \
  "[0, 1] or of another dtype, input is empty or not floating.\n"
#define PYAD_RANK_ARGS                                                                            \
  "  dim: the dim to reduce.\n  keepdim: keep the reduced dim with size 1.\nReturns:\n  A named " \
  "tuple (values, indices).\n"

const Function kRows[] = {
    {"sort",
     "input: Tensor, dim: int = -1, descending: bool = False, stable: bool = False -> (values: "
     "Tensor, indices: Tensor)",
     "Elements in order along a dim, and where they came from." PYAD_SORT_ARGS
     "Returns:\n  A named tuple (values, indices).\n" PYAD_BAD_DIM,
     Kind::kGeneral, kEverywhere,
     [](Args& a) -> Answer { return named(sort(a.tensor(0), a.integer(1), a.flag(2))); }, kPut,
     kEqual},
    {"argsort", "input: Tensor, dim: int = -1, descending: bool = False, stable: bool = False",
     "Indices that sort along a dim." PYAD_SORT_ARGS "Returns:\n  int64.\n" PYAD_BAD_DIM,
     Kind::kPlain, kEverywhere,
     [](Args& a) -> Answer { return sort(detach(a.tensor(0)), a.integer(1), a.flag(2))[1]; }},
    {"msort", "input: Tensor",
     "Elements in ascending order along the first dim.\n\nNaN counts as the largest value.",
     Kind::kComposite, kEverywhere,
     [](Args& a) -> Answer { return sort(a.tensor(0), 0, false)[0]; }, kPut, kEqual},
    {"topk",
     "input: Tensor, k: int, dim: int? = None, largest: bool = True, sorted: bool = True -> "
     "(values: Tensor, indices: Tensor)",
     "The k largest (or smallest) elements along a dim.\n\nNaN counts as the largest "
     "value.\n\nArgs:\n  k: how many.\n  dim: the dim to reduce to size k; None for the last.\n  "
     "largest: False for the smallest.\n  sorted: taken as in PyTorch; the result is in order "
     "anyway.\nReturns:\n  A named tuple (values, indices); of equal values the first.\n"
     "Raises:\n  IndexError: dim is out of range.\n  RuntimeError: there are fewer than k "
     "elements.\n",
     Kind::kGeneral, kEverywhere,
     [](Args& a) -> Answer {
       return named(topk(a.tensor(0), a.integer(1), a.given(2) ? a.integer(2) : -1, a.flag(3)));
     },
     kPut, kEqual},
    {"kthvalue",
     "input: Tensor, k: int, dim: int = -1, keepdim: bool = False -> (values: Tensor, indices: "
     "Tensor)",
     "The k-th smallest element along a dim.\n\nNaN counts as the largest value.\n\nArgs:\n  k: "
     "counted from 1.\n" PYAD_RANK_ARGS
     "Raises:\n  IndexError: dim is out of range.\n  RuntimeError: k is out of range.\n",
     Kind::kGeneral, kEverywhere,
     [](Args& a) -> Answer {
       return named(kthvalue(a.tensor(0), a.integer(1), a.integer(2), a.flag(3)));
     },
     kPut, kEqual},
    {"median",
     "input: Tensor, dim: int? = None, keepdim: bool = False -> Tensor | (values: Tensor, indices: "
     "Tensor) if dim",
     "The median, the lower of two; NaN if any element is.\n\nArgs:\n  dim: the dim to reduce; "
     "None for all elements.\n  keepdim: keep the reduced dim with size 1.\nReturns:\n  A "
     "tensor, or with dim a named tuple (values, indices).\n" PYAD_BAD_DIM,
     Kind::kGeneral, kEverywhere, median_call<false>, "1 at the median",
     "all elements: equals share evenly; along a dim: the element at the returned index"},
    {"nanmedian",
     "input: Tensor, dim: int? = None, keepdim: bool = False -> Tensor | (values: Tensor, indices: "
     "Tensor) if dim",
     "The median of the elements that are not NaN, the lower of two.\n\nArgs:\n  dim: the dim to "
     "reduce; None for all elements.\n  keepdim: keep the reduced dim with size 1.\nReturns:\n  A "
     "tensor, or with dim a named tuple (values, indices).\n" PYAD_BAD_DIM,
     Kind::kGeneral, kEverywhere, median_call<true>, "1 at the median",
     "all elements: equals share evenly; along a dim: the element at the returned index"},
    {"mode",
     "input: Tensor, dim: int = -1, keepdim: bool = False -> (values: Tensor, indices: Tensor)",
     "The most frequent value along a dim, the smallest of several.\n\nArgs:\n" PYAD_RANK_ARGS
         PYAD_BAD_DIM,
     Kind::kGeneral, kEverywhere,
     [](Args& a) -> Answer { return named(most_frequent(a.tensor(0), a.integer(1), a.flag(2))); },
     kPut, "the element at the returned index"},
    {"quantile",
     "input: Tensor, q: Operand, dim: int? = None, keepdim: bool = False, *, interpolation: str = "
     "'linear'",
     "Quantiles; NaN where any element is." PYAD_QUANTILE_ARGS, Kind::kComposite, kEverywhere,
     quantile_call<false>, "the weights of the two elements around", kEqual},
    {"nanquantile",
     "input: Tensor, q: Operand, dim: int? = None, keepdim: bool = False, *, interpolation: str = "
     "'linear'",
     "Quantiles of the elements that are not NaN." PYAD_QUANTILE_ARGS, Kind::kComposite,
     kEverywhere, quantile_call<true>, "the weights of the two elements around", kEqual},
};

#undef PYAD_SORT_ARGS
#undef PYAD_BAD_DIM
#undef PYAD_QUANTILE_ARGS
#undef PYAD_RANK_ARGS

const Rows rows(kRows);

}  // namespace

}  // namespace pyad
