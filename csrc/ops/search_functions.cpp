// The Python face of comparison of whole tensors, sets of values, counts, and search in sorted
// rows.
#include <cmath>
#include <vector>

#include "ops/function.hpp"
#include "ops/functions.hpp"
#include "ops/reduce.hpp"
#include "ops/search.hpp"
#include "ops/shape.hpp"

namespace pyad {

namespace {

#define PYAD_CLOSE                                                                             \
  "input: Tensor, other: Tensor, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = " \
  "False"

Tensor close(Args& a) {
  return isclose(a.op(), a.tensor(0), a.tensor(1), a.real(2), a.real(3), a.flag(4));
}

Answer unique_call(Args& a) {
  const Tensor& x = a.tensor(0);
  if (a.given(4) && x.dim() != 1) {
    // Rows of a dim are compared as a whole.
    return Answer(a.flag(2) || a.flag(3)
                      ? Answer(unique_rows(x, a.integer(4), a.flag(2), a.flag(3)))
                      : Answer(unique_rows(x, a.integer(4), false, false)[0]));
  }
  Tensors y = unique(x, true, a.flag(2), a.flag(3));
  if (y.size() == 1) return y[0];
  return Answer(std::move(y));
}

Answer unique_consecutive_call(Args& a) {
  const Tensor& x = a.tensor(0);
  if (a.given(3) && x.dim() != 1) {
    fail(ErrorKind::kNotImplemented, "unique_consecutive: dim of a tensor of shape ", x.sizes(),
         "; only vectors have one here");
  }
  Tensors y = unique(x, false, a.flag(1), a.flag(2));
  if (y.size() == 1) return y[0];
  return Answer(std::move(y));
}

/// A number as a tensor that is compared with `like`, exactly: in its dtype if it has a place
/// there.
Tensor operand_tensor(const Operand& x, const Operand& like, const char* op) {
  if (x.tensor) return *x.tensor;
  DType own = x.number.dtype();
  if (like.tensor && category(own) <= category(like.tensor->dtype()) &&
      x.number.fits(like.tensor->dtype()))
    own = like.tensor->dtype();
  return scalar_tensor(x.number, own, op);
}

/// Whether x is an integer of more than 64 bits, which is none of the integers of `others`.
bool is_beyond(const Operand& x, const Operand& others) {
  return !x.tensor && x.number.beyond && others.tensor && !is_floating(others.tensor->dtype());
}

Answer isin_call(Args& a) {
  Operand x = a.operand(0), set = a.operand(1);
  if (!x.tensor && !set.tensor)
    fail(ErrorKind::kType, "isin(): at least one of elements and test_elements must be a Tensor");
  if (is_beyond(set, x) || is_beyond(x, set))
    return full(x.tensor ? x.tensor->sizes() : Dims(), Scalar(a.flag(3)), DType::kBool);
  return isin(operand_tensor(x, set, a.op()), operand_tensor(set, x, a.op()), a.flag(3));
}

/// Places among sorted rows; a number may be of a wider dtype than they are.
Tensor look_up(Args& a, const Tensor& rows, const Operand& x, bool right, const Tensor& sorter) {
  Operand found = x;
  if (is_beyond(x, rows)) found.number = Scalar(std::copysign(HUGE_VAL, x.number.as_double()));
  Tensor v = operand_tensor(found, rows, a.op());
  return searchsorted(a.op(), rows, v, a.flag(2), right, sorter);
}

Answer searchsorted_call(Args& a) {
  bool right = a.flag(3);
  if (a.given(4)) {
    const std::string& side = a.text(4);
    if (side != "left" && side != "right") {
      fail(ErrorKind::kRuntime, "searchsorted: side can only be 'left' or 'right', got '", side,
           "'");
    }
    if (right && side == "left") {
      fail(ErrorKind::kRuntime,
           "searchsorted: side and right can't be set to opposites, got side of left while right "
           "was True");
    }
    right = side == "right";
  }
  const Tensor& rows = a.tensor(0);
  return look_up(a, rows, a.operand(1), right, a.tensor_or_none(5));
}

Answer bucketize_call(Args& a) {
  const Tensor& edges = a.tensor(1);
  if (edges.dim() != 1) {
    fail(ErrorKind::kRuntime, "bucketize: boundaries tensor must be 1 dimension, but got shape ",
         edges.sizes());
  }
  return look_up(a, edges, a.operand(0), a.flag(3), Tensor());
}

const Function kRows[] = {
    {"isclose", PYAD_CLOSE,
     R"doc(Whether elements are equal but for rounding: |a - b| <= atol + rtol |b|.

Args:
  equal_nan: whether NaN is close to NaN.

Returns:
  bool tensor of the broadcast shape.

Raises:
  ShapeError: shapes do not broadcast.
  RuntimeError: dtypes differ.)doc",
     Kind::kPlain, kEverywhere, [](Args& a) -> Answer { return close(a); }},
    {"allclose", PYAD_CLOSE " -> bool",
     R"doc(Whether all elements are close; see isclose.

Returns:
  A bool.)doc",
     Kind::kPlain, kEverywhere,
     [](Args& a) -> Answer {
       return Answer::boolean(
           allclose(a.op(), a.tensor(0), a.tensor(1), a.real(2), a.real(3), a.flag(4)));
     }},
    {"equal", "input: Tensor, other: Tensor -> bool",
     R"doc(Whether two tensors have one shape and equal elements.

Returns:
  A bool.)doc",
     Kind::kPlain, kEverywhere,
     [](Args& a) -> Answer { return Answer::boolean(equal(a.tensor(0), a.tensor(1))); }},
    {"isin",
     "elements: Operand, test_elements: Operand, *, assume_unique: bool = False, invert: bool = "
     "False",
     R"doc(Whether each element is among the test elements.

Args:
  test_elements: a tensor of any shape, or a number.
  assume_unique: taken as in PyTorch, without effect.
  invert: True where it is not.

Returns:
  bool tensor of the shape of elements.)doc",
     Kind::kPlain, kInModule, isin_call},
    {"unique",
     "input: Tensor, sorted: bool = True, return_inverse: bool = False, return_counts: bool = "
     "False, dim: int? = None -> Tensor | Tensors",
     R"doc(The different values, in ascending order.

Every NaN is a value of its own.

Args:
  sorted: taken as in PyTorch; the result is in order anyway.
  return_inverse: also where each element is among the values.
  return_counts: also how often each value occurs.
  dim: compare the slices of a dim instead of single elements.

Returns:
  A vector (with dim, the slices), or a tuple with the indices asked for (int64).

Raises:
  IndexError: dim is out of range.)doc",
     Kind::kPlain, kEverywhere | kShapeOfValues, unique_call},
    {"unique_consecutive",
     "input: Tensor, return_inverse: bool = False, return_counts: bool = False, dim: int? = None "
     "-> Tensor | Tensors",
     R"doc(The values, of equal neighbours the first.

Args:
  return_inverse: also where each element is among the values.
  return_counts: also how long each run is.
  dim: of a vector only.

Returns:
  A vector, or a tuple with the indices asked for (int64).

Raises:
  NotImplementedError: dim of a tensor of several dims.)doc",
     Kind::kPlain, kEverywhere | kShapeOfValues, unique_consecutive_call},
    {"bincount", "input: Tensor, weights: Tensor? = None, minlength: int = 0",
     R"doc(How often each of the numbers 0, 1, 2 ... occurs.

Args:
  input: vector of integers, not negative.
  weights: what each element counts; floating weights are summed as they are, others as float64.
  minlength: least length of the result.

Returns:
  int64 vector, or with weights a floating one.

Raises:
  RuntimeError: an element is negative, or weights has another shape.
  TypeError: input is not integral.)doc",
     Kind::kPlain, kEverywhere | kShapeOfValues,
     [](Args& a) -> Answer { return bincount(a.tensor(0), a.tensor_or_none(1), a.integer(2)); }},
    {"histc", "input: Tensor, bins: int = 100, min: Number = 0, max: Number = 0",
     R"doc(How many elements lie in each of `bins` equal parts of [min, max].

Elements outside and NaN are not counted.

Args:
  bins: number of parts.
  min, max: the ends; where they are equal, the smallest and largest element.

Returns:
  A vector of input's dtype.

Raises:
  RuntimeError: bins is not positive, max is below min, or an end is not finite.
  TypeError: input is not floating.)doc",
     Kind::kPlain, kEverywhere,
     [](Args& a) -> Answer { return histc(a.tensor(0), a.integer(1), a.real(2), a.real(3)); }},
    {"searchsorted",
     "sorted_sequence: Tensor, input: Operand, *, out_int32: bool = False, right: bool = False, "
     "side: str? = None, sorter: Tensor? = None",
     R"doc(Where elements would have to be inserted into sorted rows to keep them sorted.

Args:
  sorted_sequence: a vector, or rows with the leading dims of input.
  out_int32: int32 instead of int64.
  right: behind equal elements instead of before them.
  side: 'left' or 'right', the same in words.
  sorter: indices that sort the rows.

Returns:
  A tensor of input's shape.

Raises:
  RuntimeError: the shapes or dtypes do not fit.)doc",
     Kind::kPlain, kInModule, searchsorted_call},
    {"bucketize",
     "input: Operand, boundaries: Tensor, *, out_int32: bool = False, right: bool = False",
     R"doc(The number of the bucket that each element falls into.

Args:
  boundaries: vector in ascending order.
  out_int32: int32 instead of int64.
  right: whether a bucket's left end belongs to it, instead of its right.

Returns:
  A tensor of input's shape.

Raises:
  RuntimeError: boundaries is no vector, or dtypes differ.)doc",
     Kind::kPlain, kInModule, bucketize_call},
};

#undef PYAD_CLOSE

const Rows rows(kRows);

}  // namespace

}  // namespace pyad
