// The Python face of functions of pairs: distances, combinations, cross and Kronecker products ...
#include <algorithm>
#include <vector>

#include "ops/function.hpp"
#include "ops/functions.hpp"
#include "ops/pairs.hpp"
#include "ops/product.hpp"
#include "ops/reduce.hpp"
#include "ops/shape.hpp"

namespace pyad {

namespace {

template <bool UPPER>
Answer triangle_call(Args& a) {
  return triangle_indices(a.op(), a.integer(0), a.integer(1), a.integer(2), UPPER,
                          a.given(3) ? a.dtype(3) : DType::kInt64);
}

/// torch.cross: without a dim the first of size 3.
Answer cross_call(Args& a) {
  const Tensor &x = a.tensor(0), &y = a.tensor(1);
  if (a.given(2)) return cross(x, y, a.integer(2));
  for (int k = 0; k < x.dim(); ++k)
    if (x.size(k) == 3) return cross(x, y, k);
  fail(ErrorKind::kRuntime, "cross: no dimension of size 3 in input, got shape ", x.sizes());
}

Answer cdist_call(Args& a) {
  const Tensor &x = a.tensor(0), &y = a.tensor(1);
  const std::string& mode = a.text(3);
  bool never = mode == "donot_use_mm_for_euclid_dist", always = mode == "use_mm_for_euclid_dist";
  if (!never && !always && mode != "use_mm_for_euclid_dist_if_necessary") {
    fail(ErrorKind::kValue, "cdist: '", mode, "' is not a valid value for compute_mode");
  }
  constexpr int64_t kMany = 25;
  bool many = x.dim() >= 2 && y.dim() >= 2 && (x.size(-2) > kMany || y.size(-2) > kMany);
  return cdist(x, y, a.real(2), a.real(2) == 2 && (always || (many && !never)));
}

Answer aminmax_call(Args& a) {
  Dims dim;
  if (a.given(1)) dim.push_back(a.integer(1));
  const Tensor& x = a.tensor(0);
  Tensor low = amin(x, dim, a.flag(2)), high = amax(x, dim, a.flag(2));
  if (!a.given(1) && a.flag(2)) {
    low = reshape(low, Dims::filled(x.dim(), 1));
    high = reshape(high, Dims::filled(x.dim(), 1));
  }
  return Answer({low, high});
}

/// hsplit, vsplit and dsplit: along the dim that NumPy gives them.
template <int DIM, int LEAST>
Answer split_call(Args& a) {
  const Tensor& x = a.tensor(0);
  if (x.dim() < LEAST) {
    fail(ErrorKind::kRuntime, a.op(), " requires a tensor with at least ", LEAST,
         " dimension, but got a tensor with ", x.dim(), " dimensions!");
  }
  int d = DIM == 1 && x.dim() == 1 ? 0 : DIM;
  int64_t size = x.size(d);
  if (a.bare(1)) {
    int64_t n = a.dims(1)[0];
    if (n <= 0 || size % n != 0) {
      fail(ErrorKind::kRuntime, a.op(), ": attempted to split along dimension ", d,
           ", but the size of the dimension ", size, " is not divisible by the split_size ", n,
           "!");
    }
    return Answer(split_with_sizes(x, Dims::filled(static_cast<int>(n), size / n), d));
  }
  Tensors parts;
  int64_t start = 0;
  const Dims& where = a.dims(1);
  for (int k = 0; k <= where.size(); ++k) {
    int64_t bound = k < where.size() ? where[k] : size;
    int64_t end = std::clamp<int64_t>(bound < 0 ? bound + size : bound, 0, size);
    parts.push_back(slice(x, d, std::min(start, end), std::max<int64_t>(end - start, 0)));
    start = end;
  }
  return Answer(std::move(parts));
}

Answer float_power_call(Args& a) {
  auto wide = [](const Operand& x, Tensor* own) -> Operand {
    if (!x.tensor) return x;
    *own = to_dtype(*x.tensor, DType::kFloat64);
    return *own;
  };
  Tensor base, exponent;
  if (!a.operand(0).tensor && !a.operand(1).tensor)
    fail(ErrorKind::kType, "float_power(): at least one operand must be a Tensor");
  Operand x = wide(a.operand(0), &base), y = wide(a.operand(1), &exponent);
  return pow(x, y);
}

Answer positive_call(Args& a) {
  const Tensor& x = a.tensor(0);
  if (x.dtype() == DType::kBool) {
    fail(ErrorKind::kRuntime,
         "The `+` operator, on a bool tensor is not supported; convert it with .to(int)");
  }
  return x;
}

Answer trapezoid_call(Args& a) {
  if (a.given(1) && a.given(2))
    fail(ErrorKind::kType, a.op(), "(): takes either x or dx, not both");
  return trapezoid(a.tensor(0), a.tensor_or_none(1), a.given(2) ? a.real(2) : 1, a.integer(3));
}

const Function kRows[] = {
    {"trace", "input: Tensor",
     R"doc(Sum of the diagonal of a matrix.

Raises:
  ShapeError: input is no matrix.)doc",
     Kind::kComposite, kEverywhere, [](Args& a) -> Answer { return trace(a.tensor(0)); },
     "1 on the diagonal", "smooth"},
    {"diff",
     "input: Tensor, n: int = 1, dim: int = -1, prepend: Tensor? = None, append: Tensor? = None",
     R"doc(Differences of neighbours along a dim.

Args:
  n: how often.
  prepend, append: joined to the input first.

Raises:
  IndexError: dim is out of range.
  RuntimeError: n is negative, or the input has no dim.)doc",
     Kind::kComposite, kEverywhere,
     [](Args& a) -> Answer {
       return diff(a.tensor(0), a.integer(1), a.integer(2), a.tensor_or_none(3),
                   a.tensor_or_none(4));
     },
     "differences of the cotangent", "smooth"},
    {"cdist",
     "x1: Tensor, x2: Tensor, p: float = 2.0, compute_mode: str = "
     "'use_mm_for_euclid_dist_if_necessary'",
     R"doc(Distances of all pairs of rows.

Args:
  x1: (..., P, M).
  x2: (..., R, M).
  p: the order of the norm.
  compute_mode: whether Euclidean distances may be computed from a matrix product, which is faster
    and rounds more; by default with more than 25 rows.

Returns:
  (..., P, R).

Raises:
  RuntimeError: the shapes or dtypes do not fit, or p is negative.
  ValueError: there is no such mode.)doc",
     Kind::kComposite, kInModule, cdist_call, "that of the norm", "0 at distance 0"},
    {"dist", "input: Tensor, other: Tensor, p: Number = 2",
     R"doc(The p-norm of the difference of two tensors.

Raises:
  ShapeError: the shapes do not broadcast.)doc",
     Kind::kComposite, kEverywhere,
     [](Args& a) -> Answer { return dist(a.tensor(0), a.tensor(1), a.real(2)); },
     "that of the norm", "0 where the tensors are equal"},
    {"cross", "input: Tensor, other: Tensor, dim: int? = None",
     R"doc(Cross products of vectors of three elements.

Args:
  dim: the dim of the vectors; None for the first of size 3.

Raises:
  RuntimeError: the dim does not have size 3.)doc",
     Kind::kComposite, kEverywhere, cross_call, "cross products with the cotangent", "smooth"},
    {"kron", "input: Tensor, other: Tensor",
     "Kronecker product: every element of input times the whole of other.", Kind::kComposite,
     kEverywhere, [](Args& a) -> Answer { return kron(a.tensor(0), a.tensor(1)); },
     "sums of products", "smooth"},
    {"tril_indices",
     "row: int, col: int, offset: int = 0, *, dtype: dtype? = None, device: str? = None",
     R"doc(Indices of the lower triangle of a matrix.

Args:
  row, col: the shape of the matrix.
  offset: 0 for the main diagonal, above it positive.
  dtype: int64 or int32.

Returns:
  A (2, n) tensor: rows, columns.

Raises:
  RuntimeError: a size is negative.)doc",
     Kind::kPlain, kInModule, triangle_call<false>},
    {"triu_indices",
     "row: int, col: int, offset: int = 0, *, dtype: dtype? = None, device: str? = None",
     R"doc(Indices of the upper triangle of a matrix.

Args:
  row, col: the shape of the matrix.
  offset: 0 for the main diagonal, above it positive.
  dtype: int64 or int32.

Returns:
  A (2, n) tensor: rows, columns.

Raises:
  RuntimeError: a size is negative.)doc",
     Kind::kPlain, kInModule, triangle_call<true>},
    {"cartesian_prod", "tensors: Tensors",
     R"doc(All tuples with one element of each vector.

Returns:
  (tuples, vectors); of one vector, itself.

Raises:
  RuntimeError: a tensor is no vector, or dtypes differ.)doc",
     Kind::kComposite, kInModule, [](Args& a) -> Answer { return cartesian_prod(a.tensors(0)); },
     "sums of the cotangent", "smooth"},
    {"combinations", "input: Tensor, r: int = 2, with_replacement: bool = False",
     R"doc(All ways to choose r elements of a vector, in order.

Returns:
  (ways, r).

Raises:
  RuntimeError: input is no vector, or r is negative.)doc",
     Kind::kComposite, kInModule,
     [](Args& a) -> Answer { return combinations(a.tensor(0), a.integer(1), a.flag(2)); },
     "sums of the cotangent", "smooth"},
    {"block_diag", "tensors: Tensors",
     R"doc(Matrices along the diagonal of a larger one, zeros elsewhere.

Raises:
  RuntimeError: a tensor has more than 2 dims.)doc",
     Kind::kComposite, kInModule, [](Args& a) -> Answer { return block_diag(a.tensors(0)); },
     "the blocks of the cotangent", "smooth"},
    {"cov",
     "input: Tensor, *, correction: int = 1, fweights: Tensor? = None, aweights: Tensor? = None",
     R"doc(Covariances of variables, which are the rows.

Args:
  correction: sums are divided by n - correction.
  fweights: how often each observation counts (integers).
  aweights: its weight.

Raises:
  RuntimeError: input has more than 2 dims, or weights do not fit.)doc",
     Kind::kComposite, kEverywhere,
     [](Args& a) -> Answer {
       return cov(a.tensor(0), a.real(1), a.tensor_or_none(2), a.tensor_or_none(3));
     },
     "that of its parts", "smooth"},
    {"corrcoef", "input: Tensor",
     R"doc(Correlations of variables, which are the rows.

Raises:
  RuntimeError: input has more than 2 dims.)doc",
     Kind::kComposite, kEverywhere, [](Args& a) -> Answer { return corrcoef(a.tensor(0)); },
     "that of its parts", "smooth"},
    {"trapezoid", "y: Tensor, x: Tensor? = None, *, dx: Number? = None, dim: int = -1",
     R"doc(Integral by the trapezoidal rule.

Args:
  y: values.
  x: where they are taken; a vector, or a tensor that broadcasts to y.
  dx: their distance, without x.
  dim: the dim to integrate along.

Raises:
  RuntimeError: x does not fit y.)doc",
     Kind::kComposite, kInModule, trapezoid_call, "half the widths beside each value", "smooth"},
    {"trapz", "y: Tensor, x: Tensor? = None, *, dx: Number? = None, dim: int = -1",
     R"doc(Integral by the trapezoidal rule.

Args:
  y: values.
  x: where they are taken; a vector, or a tensor that broadcasts to y.
  dx: their distance, without x.
  dim: the dim to integrate along.

Raises:
  RuntimeError: x does not fit y.)doc",
     Kind::kComposite, kInModule, trapezoid_call, "half the widths beside each value", "smooth"},
    {"aminmax",
     "input: Tensor, *, dim: int? = None, keepdim: bool = False -> (min: Tensor, max: Tensor)",
     R"doc(Smallest and largest elements.

Returns:
  A named tuple (min, max).

Raises:
  IndexError: dim is out of range.)doc",
     Kind::kComposite, kEverywhere, aminmax_call, "1 at the extreme elements", "ties share evenly"},
    {"hsplit", "input: Tensor, indices_or_sections: ints -> Tensors",
     R"doc(Parts along dim 1, of a vector along dim 0.

Args:
  indices_or_sections: the number of equal parts, or the list of indices at which to cut.

Returns:
  A tuple of views.

Raises:
  RuntimeError: there are too few dims, or the parts would not be equal.)doc",
     Kind::kComposite, kEverywhere, split_call<1, 1>, "the cotangents joined", "smooth"},
    {"vsplit", "input: Tensor, indices_or_sections: ints -> Tensors", R"doc(Parts along dim 0.

Args:
  indices_or_sections: the number of equal parts, or the list of indices at which to cut.

Returns:
  A tuple of views.

Raises:
  RuntimeError: there are too few dims, or the parts would not be equal.)doc",
     Kind::kComposite, kEverywhere, split_call<0, 2>, "the cotangents joined", "smooth"},
    {"dsplit", "input: Tensor, indices_or_sections: ints -> Tensors", R"doc(Parts along dim 2.

Args:
  indices_or_sections: the number of equal parts, or the list of indices at which to cut.

Returns:
  A tuple of views.

Raises:
  RuntimeError: there are too few dims, or the parts would not be equal.)doc",
     Kind::kComposite, kEverywhere, split_call<2, 3>, "the cotangents joined", "smooth"},
    {"float_power", "input: Operand, exponent: Operand",
     "The power, computed and returned as float64.", Kind::kComposite, kEverywhere,
     float_power_call, "as pow", "as pow"},
    {"positive", "input: Tensor", R"doc(The input itself.

Raises:
  RuntimeError: it is bool.)doc",
     Kind::kComposite, kEverywhere, positive_call, "1", "smooth"},
};

const Rows rows(kRows);

}  // namespace

}  // namespace pyad
