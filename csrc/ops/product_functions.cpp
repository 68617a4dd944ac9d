// The Python face of the matrix products.
#include <vector>

#include "ops/function.hpp"
#include "ops/product.hpp"

namespace pyad {

namespace {

constexpr const char* kFactors = "g b^T, a^T g";
constexpr const char* kNone = "smooth";

void need_dims(const char* op, const Tensor& x, int dim, const char* what) {
  if (x.dim() != dim)
    fail(ErrorKind::kShape, op, ": ", what, " must have ", dim, dim == 1 ? " dim" : " dims",
         ", got shape ", x.sizes());
}

template <int A, int B>
Answer add_ranked(Args& a) {
  need_dims(a.op(), a.tensor(1), A, A == 1 ? "the first vector" : "the first matrix");
  need_dims(a.op(), a.tensor(2), B, B == 1 ? "the vector" : "the second matrix");
  if (A == 3 && a.tensor(1).size(0) != a.tensor(2).size(0)) {
    fail(ErrorKind::kShape, a.op(), ": batch sizes of ", a.tensor(1).sizes(), " and ",
         a.tensor(2).sizes(), " differ");
  }
  return add_product(a.op(), a.tensor(0), a.tensor(1), a.tensor(2), a.number(3), a.number(4));
}

const Function kRows[] = {
    {"matmul", "input: Tensor, other: Tensor",
     R"doc(Matrix product; vectors, matrices and stacks of matrices, whose leading dims broadcast.

Args:
  input: (..., m, k) or (k,).
  other: (..., k, n) or (k,).

Returns:
  (..., m, n), without m or n where a vector came in.

Raises:
  ShapeError: inner sizes differ, or leading dims do not broadcast.
  TypeError: dtypes differ, or are bool.)doc",
     Kind::kBilinear, kEverywhere,
     [](Args& a) -> Answer { return matmul(a.tensor(0), a.tensor(1)); }, kFactors, kNone},
    {"mm", "input: Tensor, mat2: Tensor",
     R"doc(Product of two matrices.

Args:
  input: (m, k).
  mat2: (k, n).

Returns:
  (m, n).

Raises:
  ShapeError: not two matrices, or inner sizes differ.)doc",
     Kind::kBilinear, kEverywhere, [](Args& a) -> Answer { return mm(a.tensor(0), a.tensor(1)); },
     kFactors, kNone},
    {"mv", "input: Tensor, vec: Tensor",
     R"doc(Matrix times vector.

Args:
  input: (m, k).
  vec: (k,).

Returns:
  (m,).

Raises:
  ShapeError: other ranks, or inner sizes differ.)doc",
     Kind::kBilinear, kEverywhere, [](Args& a) -> Answer { return mv(a.tensor(0), a.tensor(1)); },
     "g x^T, a^T g", kNone},
    {"dot", "input: Tensor, tensor: Tensor",
     R"doc(Dot product of two vectors.

Args:
  input: (n,).
  tensor: (n,).

Returns:
  A 0-d tensor.

Raises:
  ShapeError: not two vectors of one size.)doc",
     Kind::kBilinear, kEverywhere, [](Args& a) -> Answer { return dot(a.tensor(0), a.tensor(1)); },
     "g y, g x", kNone},
    {"vdot", "input: Tensor, other: Tensor",
     R"doc(Dot product of two vectors.

Returns:
  A 0-d tensor.

Raises:
  ShapeError: not two vectors of one size.)doc",
     Kind::kBilinear, kEverywhere, [](Args& a) -> Answer { return dot(a.tensor(0), a.tensor(1)); },
     "g y, g x", kNone},
    {"bmm", "input: Tensor, mat2: Tensor",
     R"doc(Products of two stacks of matrices.

Args:
  input: (b, m, k).
  mat2: (b, k, n).

Returns:
  (b, m, n).

Raises:
  ShapeError: other ranks, or sizes differ.)doc",
     Kind::kBilinear, kEverywhere, [](Args& a) -> Answer { return bmm(a.tensor(0), a.tensor(1)); },
     kFactors, kNone},
    {"outer", "input: Tensor, vec2: Tensor",
     R"doc(All products of an element of one vector and one of the other.

Args:
  input: (m,).
  vec2: (n,).

Returns:
  (m, n).

Raises:
  ShapeError: not two vectors.)doc",
     Kind::kComposite, kEverywhere,
     [](Args& a) -> Answer { return outer(a.tensor(0), a.tensor(1)); }, "g y, g^T x", kNone},
    {"ger", "input: Tensor, vec2: Tensor",
     R"doc(Alias of outer.

Raises:
  ShapeError: not two vectors.)doc",
     Kind::kComposite, kEverywhere,
     [](Args& a) -> Answer { return outer(a.tensor(0), a.tensor(1)); }, "g y, g^T x", kNone},
    {"inner", "input: Tensor, other: Tensor",
     R"doc(Dot products over the last dims.

Args:
  input: (..., k).
  other: (..., k).

Returns:
  The leading dims of both, one after the other.

Raises:
  ShapeError: last sizes differ.)doc",
     Kind::kComposite, kEverywhere,
     [](Args& a) -> Answer { return inner(a.tensor(0), a.tensor(1)); }, "g y, g^T x", kNone},
    {"addmm", "input: Tensor, mat1: Tensor, mat2: Tensor, *, beta: Number = 1, alpha: Number = 1",
     R"doc(beta * input + alpha * (mat1 @ mat2).

Args:
  input: broadcasts to (m, n); not read where beta is 0.
  mat1: (m, k).
  mat2: (k, n).

Returns:
  (m, n).

Raises:
  ShapeError: shapes do not fit.)doc",
     Kind::kComposite, kEverywhere | kInPlace, add_ranked<2, 2>, "beta g, alpha g b^T, alpha a^T g",
     kNone},
    {"addmv", "input: Tensor, mat: Tensor, vec: Tensor, *, beta: Number = 1, alpha: Number = 1",
     R"doc(beta * input + alpha * (mat @ vec).

Args:
  input: broadcasts to (m,); not read where beta is 0.
  mat: (m, k).
  vec: (k,).

Returns:
  (m,).

Raises:
  ShapeError: shapes do not fit.)doc",
     Kind::kComposite, kEverywhere | kInPlace, add_ranked<2, 1>, "beta g, alpha g x^T, alpha a^T g",
     kNone},
    {"baddbmm",
     "input: Tensor, batch1: Tensor, batch2: Tensor, *, beta: Number = 1, alpha: Number = 1",
     R"doc(beta * input + alpha * (batch1 @ batch2).

Args:
  input: broadcasts to (b, m, n); not read where beta is 0.
  batch1: (b, m, k).
  batch2: (b, k, n).

Returns:
  (b, m, n).

Raises:
  ShapeError: shapes do not fit.)doc",
     Kind::kComposite, kEverywhere | kInPlace, add_ranked<3, 3>, "beta g, alpha g b^T, alpha a^T g",
     kNone},
    {"einsum", "equation: str, operands: Tensors",
     R"doc(Sums of products in Einstein's notation, contracted from left to right, or in an order of fewer multiplications.

Args:
  equation: 'ij,jk->ik'; letters, '...', repeated letters for diagonals. Without '->' the result
    has the letters that
    are written once, in alphabetical order.
  operands: one for each term.

Returns:
  A tensor with a dim for each output subscript; int64 where integers are summed over a subscript
    of one operand alone.

Raises:
  ValueError: the equation is malformed or does not fit the operands.)doc",
     Kind::kComposite, kInModule, [](Args& a) -> Answer { return einsum(a.text(0), a.tensors(1)); },
     "einsum with roles exchanged", kNone},
    {"tensordot", "a: Tensor, b: Tensor, dims_a: ints, dims_b: ints",
     R"doc(Sums over pairs of dims.

Args:
  dims_a: dims of a.
  dims_b: the dims of b they are paired with.

Returns:
  The remaining dims of a, then of b.

Raises:
  ShapeError: sizes of a pair differ.)doc",
     Kind::kComposite, kInModule,
     [](Args& a) -> Answer { return tensordot(a.tensor(0), a.tensor(1), a.dims(2), a.dims(3)); },
     "tensordot with roles exchanged", kNone},
    {"linear", "input: Tensor, weight: Tensor, bias: Tensor? = None",
     R"doc(input @ weight.T + bias.

Args:
  input: (..., in).
  weight: (out, in).
  bias: (out,).

Returns:
  (..., out).

Raises:
  ShapeError: sizes do not fit.
  TypeError: dtypes differ.)doc",
     Kind::kGeneral, in("nn.functional"),
     [](Args& a) -> Answer { return linear(a.tensor(0), a.tensor(1), a.tensor_or_none(2)); },
     "g w, g^T x, sum of g over rows", kNone},
    {"bilinear", "input1: Tensor, input2: Tensor, weight: Tensor, bias: Tensor? = None",
     R"doc(y[o] = input1^T weight[o] input2 + bias[o].

Args:
  input1: (..., in1).
  input2: (..., in2).
  weight: (out, in1, in2).
  bias: (out,).

Returns:
  (..., out).

Raises:
  ShapeError: sizes do not fit.)doc",
     Kind::kComposite, in("nn.functional"),
     [](Args& a) -> Answer {
       return bilinear(a.tensor(0), a.tensor(1), a.tensor(2), a.tensor_or_none(3));
     },
     "by its products", kNone},
};

const Rows rows(kRows);

}  // namespace

}  // namespace pyad
