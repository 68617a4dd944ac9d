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
     "Matrix product; vectors, matrices and stacks of matrices, whose leading dims "
     "broadcast.\n\nArgs:\n  input: (..., m, k) or (k,).\n  "
     "other: (..., k, n) or (k,).\nReturns:\n  (..., m, n), without m or n where a vector came "
     "in.\nRaises:\n  ShapeError: inner sizes differ, or "
     "leading dims do not broadcast.\n  TypeError: dtypes differ, or are bool.",
     Kind::kBilinear, kEverywhere,
     [](Args& a) -> Answer { return matmul(a.tensor(0), a.tensor(1)); }, kFactors, kNone},
    {"mm", "input: Tensor, mat2: Tensor",
     "Product of two matrices.\n\nArgs:\n  input: (m, k).\n  mat2: (k, n).\nReturns:\n  (m, "
     "n).\nRaises:\n  ShapeError: not two matrices, or inner "
     "sizes differ.",
     Kind::kBilinear, kEverywhere, [](Args& a) -> Answer { return mm(a.tensor(0), a.tensor(1)); },
     kFactors, kNone},
    {"mv", "input: Tensor, vec: Tensor",
     "Matrix times vector.\n\nArgs:\n  input: (m, k).\n  vec: (k,).\nReturns:\n  (m,).\nRaises:\n  "
     "ShapeError: other ranks, or inner sizes differ.",
     Kind::kBilinear, kEverywhere, [](Args& a) -> Answer { return mv(a.tensor(0), a.tensor(1)); },
     "g x^T, a^T g", kNone},
    {"dot", "input: Tensor, tensor: Tensor",
     "Dot product of two vectors.\n\nArgs:\n  input: (n,).\n  tensor: (n,).\nReturns:\n  A 0-d "
     "tensor.\nRaises:\n  ShapeError: not two vectors of one "
     "size.",
     Kind::kBilinear, kEverywhere, [](Args& a) -> Answer { return dot(a.tensor(0), a.tensor(1)); },
     "g y, g x", kNone},
    {"vdot", "input: Tensor, other: Tensor",
     "Dot product of two vectors.\n\nReturns:\n  A 0-d tensor.\nRaises:\n  ShapeError: not two "
     "vectors of one size.",
     Kind::kBilinear, kEverywhere, [](Args& a) -> Answer { return dot(a.tensor(0), a.tensor(1)); },
     "g y, g x", kNone},
    {"bmm", "input: Tensor, mat2: Tensor",
     "Products of two stacks of matrices.\n\nArgs:\n  input: (b, m, k).\n  mat2: (b, k, "
     "n).\nReturns:\n  (b, m, n).\nRaises:\n  ShapeError: other "
     "ranks, or sizes differ.",
     Kind::kBilinear, kEverywhere, [](Args& a) -> Answer { return bmm(a.tensor(0), a.tensor(1)); },
     kFactors, kNone},
    {"outer", "input: Tensor, vec2: Tensor",
     "All products of an element of one vector and one of the other.\n\nArgs:\n  input: (m,).\n  "
     "vec2: (n,).\nReturns:\n  (m, n).\nRaises:\n  "
     "ShapeError: not two vectors.",
     Kind::kComposite, kEverywhere,
     [](Args& a) -> Answer { return outer(a.tensor(0), a.tensor(1)); }, "g y, g^T x", kNone},
    {"ger", "input: Tensor, vec2: Tensor",
     "Alias of outer.\n\nRaises:\n  ShapeError: not two vectors.", Kind::kComposite, kEverywhere,
     [](Args& a) -> Answer { return outer(a.tensor(0), a.tensor(1)); }, "g y, g^T x", kNone},
    {"inner", "input: Tensor, other: Tensor",
     "Dot products over the last dims.\n\nArgs:\n  input: (..., k).\n  other: (..., "
     "k).\nReturns:\n  The leading dims of both, one after the "
     "other.\nRaises:\n  ShapeError: last sizes differ.",
     Kind::kComposite, kEverywhere,
     [](Args& a) -> Answer { return inner(a.tensor(0), a.tensor(1)); }, "g y, g^T x", kNone},
    {"addmm", "input: Tensor, mat1: Tensor, mat2: Tensor, *, beta: Number = 1, alpha: Number = 1",
     "beta * input + alpha * (mat1 @ mat2).\n\nArgs:\n  input: broadcasts to (m, n); not read "
     "where beta is 0.\n  mat1: (m, k).\n  mat2: (k, "
     "n).\nReturns:\n  (m, n).\nRaises:\n  ShapeError: shapes do not fit.",
     Kind::kComposite, kEverywhere | kInPlace, add_ranked<2, 2>, "beta g, alpha g b^T, alpha a^T g",
     kNone},
    {"addmv", "input: Tensor, mat: Tensor, vec: Tensor, *, beta: Number = 1, alpha: Number = 1",
     "beta * input + alpha * (mat @ vec).\n\nArgs:\n  input: broadcasts to (m,); not read where "
     "beta is 0.\n  mat: (m, k).\n  vec: "
     "(k,).\nReturns:\n  (m,).\nRaises:\n  ShapeError: shapes do not fit.",
     Kind::kComposite, kEverywhere | kInPlace, add_ranked<2, 1>, "beta g, alpha g x^T, alpha a^T g",
     kNone},
    {"baddbmm",
     "input: Tensor, batch1: Tensor, batch2: Tensor, *, beta: Number = 1, alpha: Number = 1",
     "beta * input + alpha * (batch1 @ batch2).\n\nArgs:\n  input: broadcasts to (b, m, n); not "
     "read where beta is 0.\n  batch1: (b, m, k).\n  "
     "batch2: (b, k, n).\nReturns:\n  (b, m, n).\nRaises:\n  ShapeError: shapes do not fit.",
     Kind::kComposite, kEverywhere | kInPlace, add_ranked<3, 3>, "beta g, alpha g b^T, alpha a^T g",
     kNone},
    {"einsum", "equation: str, operands: Tensors",
     "Sums of products in Einstein's notation, contracted from left to right, or in an order of "
     "fewer multiplications.\n\nArgs:\n  "
     "equation: 'ij,jk->ik'; letters, '...', repeated letters for "
     "diagonals. Without '->' the result has the letters that\n    are written once, in "
     "alphabetical order.\n  operands: one for each "
     "term.\nReturns:\n  A tensor with a dim for each output subscript; int64 where integers are "
     "summed "
     "over a subscript of one operand alone.\nRaises:\n  ValueError: "
     "the equation is malformed or does not fit the "
     "operands.",
     Kind::kComposite, kInModule, [](Args& a) -> Answer { return einsum(a.text(0), a.tensors(1)); },
     "einsum with roles exchanged", kNone},
    {"tensordot", "a: Tensor, b: Tensor, dims_a: ints, dims_b: ints",
     "Sums over pairs of dims.\n\nArgs:\n  dims_a: dims of a.\n  dims_b: the dims of b they are "
     "paired with.\nReturns:\n  The remaining dims of a, then "
     "of b.\nRaises:\n  ShapeError: sizes of a pair differ.",
     Kind::kComposite, kInModule,
     [](Args& a) -> Answer { return tensordot(a.tensor(0), a.tensor(1), a.dims(2), a.dims(3)); },
     "tensordot with roles exchanged", kNone},
    {"linear", "input: Tensor, weight: Tensor, bias: Tensor? = None",
     "input @ weight.T + bias.\n\nArgs:\n  input: (..., in).\n  weight: (out, in).\n  bias: "
     "(out,).\nReturns:\n  (..., out).\nRaises:\n  ShapeError: "
     "sizes do not fit.\n  TypeError: dtypes differ.",
     Kind::kGeneral, in("nn.functional"),
     [](Args& a) -> Answer { return linear(a.tensor(0), a.tensor(1), a.tensor_or_none(2)); },
     "g w, g^T x, sum of g over rows", kNone},
    {"bilinear", "input1: Tensor, input2: Tensor, weight: Tensor, bias: Tensor? = None",
     "y[o] = input1^T weight[o] input2 + bias[o].\n\nArgs:\n  input1: (..., in1).\n  input2: (..., "
     "in2).\n  weight: (out, in1, in2).\n  bias: "
     "(out,).\nReturns:\n  (..., out).\nRaises:\n  ShapeError: sizes do not fit.",
     Kind::kComposite, in("nn.functional"),
     [](Args& a) -> Answer {
       return bilinear(a.tensor(0), a.tensor(1), a.tensor(2), a.tensor_or_none(3));
     },
     "by its products", kNone},
};

const Rows rows(kRows);

}  // namespace

}  // namespace pyad
