// Matrix products and what is made of them: matmul of all ranks, linear, einsum, tensordot.
//
// Note [Transposes are flags]
// `Matmul` takes two flags that transpose the last two dims of its operands. The cotangents of a
// product are again products of transposed factors, so the family is closed under differentiation,
// to any order, without one transposed view being made; the kernels read either orientation in
// place.
#pragma once

#include <string_view>

#include "core/tensor.hpp"
#include "ops/op.hpp"

namespace pyad {

/// Product over the last dim of input 0 and the last but one of input 1 (the last, if it is a
/// vector); leading dims broadcast.
struct Matmul : Bilinear<"matmul"> {
  struct Attr {
    bool transpose_a = false;  // for an input of at least 2 dims
    bool transpose_b = false;
  };
  static Tensor batch(const Attr& attr, const Examples& in);
  static Tensor forward(const Attr& attr, Inputs in);
  static Tensor transpose(const Attr& attr, Rule& b, int i, const Tensor& other);
};

/// x w^T + bias, with w of (n, k) and bias of (n,).
struct LinearWithBias : General<"linear", 3> {
  static Tensor batch(const Attr& attr, const Examples& in);
  static constexpr unsigned save = save_in(0) | save_in(1);
  static Tensor forward(const Attr& attr, Inputs in);
  static void vjp(const Attr& attr, Rule& b);
  static Tensor jvp(const Attr& attr, Tangents& t);
};

/// torch.matmul. `op` names the caller in errors.
Tensor matmul(const Tensor& a, const Tensor& b, const char* op = "matmul");
/// Matrices and stacks of them only, with the flags of Note [Transposes are flags].
Tensor matmul(const Tensor& a, bool transpose_a, const Tensor& b, bool transpose_b);
Tensor mm(const Tensor& a, const Tensor& b);
Tensor mv(const Tensor& a, const Tensor& x);
Tensor dot(const Tensor& x, const Tensor& y);
Tensor bmm(const Tensor& a, const Tensor& b);
Tensor outer(const Tensor& x, const Tensor& y);
/// Products over the last dims of both.
Tensor inner(const Tensor& x, const Tensor& y);
/// beta * input + alpha * (a @ b); input is not read where beta is 0. `dims` is what a and b must
/// have (0: any, as matmul).
Tensor add_product(const char* op, const Tensor& input, const Tensor& a, const Tensor& b,
                   Scalar beta, Scalar alpha);
/// x w^T + bias; bias may be undefined.
Tensor linear(const Tensor& x, const Tensor& w, const Tensor& bias);
/// y[..., o] = sum x1[..., i] w[o, i, j] x2[..., j] + bias[o]
Tensor bilinear(const Tensor& x1, const Tensor& x2, const Tensor& w, const Tensor& bias);
/// Sums over the pairs (dims_a[k], dims_b[k]).
Tensor tensordot(const Tensor& a, const Tensor& b, const Dims& dims_a, const Dims& dims_b);
/// torch.einsum; operands are contracted from left to right.
Tensor einsum(std::string_view equation, Inputs operands);

}  // namespace pyad
