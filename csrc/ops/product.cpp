// matmul and linear: shapes, rules, and the products named after their ranks.
#include "ops/product.hpp"

#include "kernels/gemm.hpp"
#include "kernels/strided.hpp"
#include "ops/functions.hpp"
#include "ops/reduce.hpp"
#include "ops/shape.hpp"

namespace pyad {

namespace {

Tensor product(const Tensor& a, bool transpose_a, const Tensor& b, bool transpose_b) {
  return call<Matmul>({transpose_a, transpose_b}, a, b);
}

/// A vector as a matrix of one row or one column.
Tensor as_row(const Tensor& x) {
  return alias(x, {{1, x.size(0)}, {x.size(0), x.stride(0)}, x.offset()});
}
Tensor as_column(const Tensor& x) {
  return alias(x, {{x.size(0), 1}, {x.stride(0), 1}, x.offset()});
}

/// All leading dims as one: (..., n) -> (rows, n).
Tensor rows_of(const Tensor& x) {
  if (x.dim() == 2) return x;
  int64_t n = x.size(-1);
  int64_t rows = 1;
  for (int i = 0; i + 1 < x.dim(); ++i) rows *= x.size(i);
  return reshape(x, {rows, n});
}

void check_dtypes(const char* op, const Tensor& a, const Tensor& b) {
  if (a.dtype() != b.dtype()) {
    fail(ErrorKind::kType, op, ": the factors must have one dtype, got ", a, " and ", b,
         "; convert one with .to(", promote(a.dtype(), b.dtype()), ")");
  }
  if (a.dtype() == DType::kBool) {
    fail(ErrorKind::kType, op, ": bool tensors cannot be multiplied as matrices, got ", a, " and ",
         b, "; convert them with .to(int64)");
  }
}

void check_dim(const char* op, const Tensor& x, int dim, const char* what) {
  if (x.dim() != dim) {
    fail(ErrorKind::kShape, op, ": ", what, " must have ", dim, dim == 1 ? " dim" : " dims",
         ", got shape ", x.sizes(), "; matmul takes every rank");
  }
}

}  // namespace

Tensor Matmul::forward(const Attr& attr, Inputs in) {
  const Tensor& a = in[0];
  const Tensor& b = in[1];
  if (a.dim() == 2 && b.dim() == 2) {
    Tensor y =
        empty({a.size(attr.transpose_a ? 1 : 0), b.size(attr.transpose_b ? 0 : 1)}, a.dtype());
    batched_product(y, a, attr.transpose_a, b, attr.transpose_b);
    return y;
  }
  bool row = a.dim() == 1, column = b.dim() == 1;
  Tensor x = row ? as_row(a) : a, z = column ? as_column(b) : b;
  Dims batch = x.dim() == 2 && z.dim() == 2
                   ? Dims{}
                   : broadcast_sizes("matmul", Dims(x.sizes().data(), x.dim() - 2),
                                     Dims(z.sizes().data(), z.dim() - 2));
  Dims full = batch, sizes = batch;
  int64_t m = x.size(attr.transpose_a ? -1 : -2), n = z.size(attr.transpose_b ? -2 : -1);
  full.push_back(m);
  full.push_back(n);
  if (!row) sizes.push_back(m);
  if (!column) sizes.push_back(n);
  Tensor y = empty(sizes, a.dtype());
  Tensor shown = alias(y, {full, contiguous_strides(full), 0});
  batched_product(shown, x, attr.transpose_a, z, attr.transpose_b);
  return y;
}

Tensor Matmul::transpose(const Attr& attr, Rule& r, int i, const Tensor& other) {
  const Tensor& g = r.g();
  auto [ta, tb] = attr;
  int dim_a = r.sizes(0).size(), dim_b = r.sizes(1).size();
  if (dim_a == 1 && dim_b == 1) return g * other;
  if (dim_a == 1) {
    if (i == 0) {  // op(b) g
      if (dim_b == 2) return product(other, tb, g, false);
      return squeeze(product(other, tb, unsqueeze(g, -1), false), {-1});
    }
    Tensor column = unsqueeze(other, -1), row = unsqueeze(g, -2);
    return tb ? product(unsqueeze(g, -1), false, unsqueeze(other, -2), false)
              : product(column, false, row, false);
  }
  if (dim_b == 1) {
    if (i == 0) {
      return ta ? product(unsqueeze(other, -1), false, unsqueeze(g, -2), false)
                : product(unsqueeze(g, -1), false, unsqueeze(other, -2), false);
    }
    if (dim_a == 2 || ta) {
      if (dim_a == 2) return product(other, !ta, g, false);
      return squeeze(product(other, false, unsqueeze(g, -1), false), {-1});
    }
    return product(rows_of(other), true, reshape(g, {-1}), false);
  }
  if (i == 0) return ta ? product(other, tb, g, true) : product(g, false, other, !tb);
  if (dim_b == 2 && dim_a > 2 &&
      !ta) {  // one matrix for a whole batch: its cotangent is one product over all rows
    Tensor x = rows_of(other), gx = rows_of(g);
    return tb ? product(gx, true, x, false) : product(x, true, gx, false);
  }
  return tb ? product(g, true, other, ta) : product(other, !ta, g, false);
}

// What is the same for all examples stays one matrix, whose product with all of them is one.
Tensor Matmul::batch(const Attr& attr, const Examples& in) {
  const int dim_a = in.rank(0), dim_b = in.rank(1), dims = std::max(dim_a, dim_b);
  const auto [ta, tb] = attr;
  if (!in.batched(1) && dim_b <= 2 && !ta) return call<Matmul>(attr, in[0], in[1]);
  if (!in.batched(0) && dim_a == 2 && dim_b == 1) return call<Matmul>({false, !ta}, in[1], in[0]);
  if (!in.batched(0) && dim_a == 1 && dim_b == 1) return call<Matmul>({}, in[1], in[0]);
  if (dim_a == 2 && dim_b == 1) {  // rows: of a matrix that all share by strides of 0, one product
    const Examples turned({unsqueeze(in[1], -2), in[0]}, {in.batched(1), in.batched(0)}, in.size());
    return squeeze(Matmul::batch({false, !ta}, turned), {-2});
  }
  // Vectors as matrices, leading dims side by side.
  const int n = std::max(dims, 2);
  auto matrix = [&](int i, int at) {
    Tensor x = in[i];
    if (in.rank(i) == 1) x = unsqueeze(x, at);
    return in.batched(i) ? with_ones_at(x, 1, n + 1) : x;
  };
  Tensor y = call<Matmul>(attr, matrix(0, -2), matrix(1, -1));
  Dims ones;
  if (dim_a == 1) ones.push_back(-2);
  if (dim_b == 1) ones.push_back(-1);
  return ones.empty() ? y : squeeze(y, ones);
}

Tensor LinearWithBias::batch(const Attr&, const Examples& in) {
  if (!in.batched(1) && !in.batched(2)) return call<LinearWithBias>({}, in[0], in[1], in[2]);
  const Examples factors({in[0], in[1]}, {in.batched(0), in.batched(1)}, in.size());
  Tensor y = !in.batched(0) && !in.batched(1) ? product(in[0], false, in[1], true)
             : in.rank(0) == 1
                 ? squeeze(Matmul::batch({false, true},
                                         Examples({unsqueeze(in[0], -2), in[1]},
                                                  {in.batched(0), in.batched(1)}, in.size())),
                           {-2})
                 : Matmul::batch({false, true}, factors);
  const int n = in.rank(0) + 1;
  return y + (in.batched(2) ? with_ones_at(in[2], 1, n) : in[2]);
}

Tensor LinearWithBias::forward(const Attr&, Inputs in) {
  const Tensor& x = in[0];
  const Tensor& w = in[1];
  Tensor bias = contiguous_values(in[2]);
  Dims sizes = x.sizes();
  sizes[sizes.size() - 1] = w.size(0);
  Tensor y = empty(sizes, x.dtype());
  if (x.dim() == 1) {
    batched_product(as_row(y), as_row(x), false, w, true, &bias);
  } else {
    batched_product(y, x, false, w, true, &bias);
  }
  return y;
}

void LinearWithBias::vjp(const Attr&, Rule& b) {
  const Tensor& g = b.g();
  bool vector = b.sizes(0).size() == 1;
  if (b.needs(0)) b.give(0, product(g, false, b.in(1), false));
  if (b.needs(1)) {
    Tensor x = b.in(0);
    b.give(1, vector ? product(unsqueeze(g, -1), false, unsqueeze(x, 0), false)
                     : product(rows_of(g), true, rows_of(x), false));
  }
  if (b.needs(2)) b.give(2, vector ? g : sum(rows_of(g), {0}));
}

Tensor LinearWithBias::jvp(const Attr&, Tangents& t) {
  Tensor y;
  auto add = [&](const Tensor& part) { y = y.defined() ? y + part : part; };
  if (t.has(0)) add(product(t.t(0), false, t.in(1), true));
  if (t.has(1)) add(product(t.in(0), false, t.t(1), true));
  if (t.has(2)) add(expand(t.t(2), t.out().sizes()));
  return y;
}

Tensor matmul(const Tensor& a, const Tensor& b, const char* op) {
  if (a.dim() == 0 || b.dim() == 0) {
    fail(ErrorKind::kShape, op, ": both factors need at least one dim, got shapes ", a.sizes(),
         " and ", b.sizes(), "; multiply by a number with *");
  }
  check_dtypes(op, a, b);
  int64_t inner_a = a.size(-1), inner_b = b.size(b.dim() == 1 ? -1 : -2);
  if (inner_a != inner_b) {
    fail(ErrorKind::kShape, op, ": ", a.sizes(), " @ ", b.sizes(), ": inner sizes ", inner_a,
         " and ", inner_b, " differ; transpose or reshape one of them");
  }
  if (a.dim() > 2 && b.dim() > 2)
    broadcast_sizes(op, Dims(a.sizes().data(), a.dim() - 2), Dims(b.sizes().data(), b.dim() - 2));
  return product(a, false, b, false);
}

Tensor matmul(const Tensor& a, bool transpose_a, const Tensor& b, bool transpose_b) {
  check_dtypes("matmul", a, b);
  int64_t inner_a = a.size(transpose_a ? -2 : -1), inner_b = b.size(transpose_b ? -1 : -2);
  if (inner_a != inner_b) {
    fail(ErrorKind::kShape, "matmul: ", a.sizes(), transpose_a ? "^T" : "", " @ ", b.sizes(),
         transpose_b ? "^T" : "", ": inner sizes ", inner_a, " and ", inner_b, " differ");
  }
  return product(a, transpose_a, b, transpose_b);
}

Tensor mm(const Tensor& a, const Tensor& b) {
  check_dim("mm", a, 2, "the first matrix");
  check_dim("mm", b, 2, "the second matrix");
  return matmul(a, b, "mm");
}

Tensor mv(const Tensor& a, const Tensor& x) {
  check_dim("mv", a, 2, "the matrix");
  check_dim("mv", x, 1, "the vector");
  return matmul(a, x, "mv");
}

Tensor dot(const Tensor& x, const Tensor& y) {
  check_dim("dot", x, 1, "the first vector");
  check_dim("dot", y, 1, "the second vector");
  return matmul(x, y, "dot");
}

Tensor bmm(const Tensor& a, const Tensor& b) {
  check_dim("bmm", a, 3, "the first stack of matrices");
  check_dim("bmm", b, 3, "the second stack of matrices");
  if (a.size(0) != b.size(0)) {
    fail(ErrorKind::kShape, "bmm: ", a.sizes(), " @ ", b.sizes(), ": batch sizes ", a.size(0),
         " and ", b.size(0), " differ; matmul broadcasts them");
  }
  return matmul(a, b, "bmm");
}

Tensor outer(const Tensor& x, const Tensor& y) {
  check_dim("outer", x, 1, "the first vector");
  check_dim("outer", y, 1, "the second vector");
  return mul(unsqueeze(x, 1), y);
}

Tensor inner(const Tensor& x, const Tensor& y) {
  if (x.dim() == 0 || y.dim() == 0) return x * y;
  check_dtypes("inner", x, y);
  if (x.size(-1) != y.size(-1)) {
    fail(ErrorKind::kShape, "inner: last sizes of ", x.sizes(), " and ", y.sizes(), " differ");
  }
  if (x.dim() == 1 && y.dim() == 1) return product(x, false, y, false);
  Dims sizes = x.sizes();
  sizes.erase(sizes.size() - 1);
  for (int i = 0; i + 1 < y.dim(); ++i) sizes.push_back(y.size(i));
  auto flat = [](const Tensor& t) { return t.dim() == 1 ? unsqueeze(t, 0) : rows_of(t); };
  return reshape(product(flat(x), false, flat(y), true), sizes);
}

Tensor add_product(const char* op, const Tensor& input, const Tensor& a, const Tensor& b,
                   Scalar beta, Scalar alpha) {
  check_dtypes(op, a, b);
  if (input.dtype() != a.dtype()) {
    fail(ErrorKind::kType, op, ": input must have the dtype of the factors, got ", input, " and ",
         a, "; convert it with .to(", a.dtype(), ")");
  }
  alpha = alpha.in(a.dtype(), op, Door::kWrite);
  beta = beta.in(a.dtype(), op, Door::kWrite);
  Tensor y = matmul(a, b, op);
  if (!broadcasts_to(input.sizes(), y.sizes())) {
    fail(ErrorKind::kShape, op, ": input of shape ", input.sizes(),
         " does not broadcast to the product's shape ", y.sizes());
  }
  if (alpha.as_double() != 1) y = mul(y, Operand(alpha));
  if (beta.as_double() == 0) return y;
  return add(beta.as_double() == 1 ? input : mul(input, Operand(beta)), y);
}

Tensor linear(const Tensor& x, const Tensor& w, const Tensor& bias) {
  if (x.dim() == 0 || (w.dim() != 2 && w.dim() != 1)) {
    fail(ErrorKind::kShape,
         "linear: expects an input of shape (..., in) and a weight of shape (out, in), got ",
         x.sizes(), " and ", w.sizes());
  }
  check_dtypes("linear", x, w);
  if (bias.defined()) check_dtypes("linear", x, bias);
  if (x.size(-1) != w.size(-1)) {
    fail(ErrorKind::kShape, "linear: input ", x.sizes(), " and weight ", w.sizes(),
         ": inner sizes ", x.size(-1), " and ", w.size(-1),
         " differ; the weight has shape (out, in)");
  }
  if (w.dim() == 1) {
    Tensor y = product(x, false, w, false);
    return bias.defined() ? y + bias : y;
  }
  if (!bias.defined())
    return x.dim() == 1 ? product(w, false, x, false) : product(x, false, w, true);
  if (bias.dim() == 1 && bias.size(0) == w.size(0) && is_floating(x.dtype()))
    return call<LinearWithBias>({}, x, w, bias);
  Dims sizes = x.sizes();
  sizes[sizes.size() - 1] = w.size(0);
  if (!broadcasts_to(bias.sizes(), sizes)) {
    fail(ErrorKind::kShape, "linear: bias ", bias.sizes(), " does not fit weight ", w.sizes(),
         "; it must have shape (", w.size(0), ",)");
  }
  return (x.dim() == 1 ? product(w, false, x, false) : product(x, false, w, true)) + bias;
}

Tensor bilinear(const Tensor& x1, const Tensor& x2, const Tensor& w, const Tensor& bias) {
  if (w.dim() != 3 || x1.dim() == 0 || x1.dim() != x2.dim() || x1.size(-1) != w.size(1) ||
      x2.size(-1) != w.size(2)) {
    fail(ErrorKind::kShape,
         "bilinear: expects inputs (..., in1) and (..., in2) and a weight (out, in1, in2), got ",
         x1.sizes(), ", ", x2.sizes(), " and ", w.sizes());
  }
  for (int i = 0; i + 1 < x1.dim(); ++i) {
    if (x1.size(i) != x2.size(i)) {
      fail(ErrorKind::kShape, "bilinear: leading sizes of ", x1.sizes(), " and ", x2.sizes(),
           " differ");
    }
  }
  const Tensor in[] = {x1, w, x2};
  Tensor y = einsum("...i,oij,...j->...o", in);
  return bias.defined() ? y + bias : y;
}

Tensor tensordot(const Tensor& first, const Tensor& second, const Dims& dims_a,
                 const Dims& dims_b) {
  Tensor a = first, b = second;
  check_dtypes("tensordot", a, b);
  if (dims_a.size() != dims_b.size()) {
    fail(ErrorKind::kShape, "tensordot: ", dims_a.size(),
         " dims of the first factor cannot be paired with ", dims_b.size(), " of the second");
  }
  if (!dims_a.empty() && (a.dim() == 0 || b.dim() == 0)) {
    fail(ErrorKind::kIndex, "tensordot: shapes ", a.sizes(), " and ", b.sizes(), " have no dims ",
         dims_a, " and ", dims_b);
  }
  Dims left, right, sizes, order_a, order_b;
  int64_t k = 1, m = 1, n = 1;
  for (int i = 0; i < dims_a.size(); ++i) {
    int p = wrap_dim("tensordot", dims_a[i], a.dim()),
        q = wrap_dim("tensordot", dims_b[i], b.dim());
    if (left.contains(p) || right.contains(q))
      fail(ErrorKind::kRuntime, "tensordot: a dim appears twice in ", dims_a, " or ", dims_b);
    if (a.size(p) != b.size(q) && a.size(p) != 1 && b.size(q) != 1) {
      fail(ErrorKind::kShape, "tensordot: ", a.sizes(), " over dims ", dims_a, " and ", b.sizes(),
           " over dims ", dims_b, ": sizes ", a.size(p), " and ", b.size(q), " differ");
    }
    // A dim of size 1 goes with any other, as if it were repeated.
    if (a.size(p) != 1 && b.size(q) == 1) a = to_dtype(sum(a, {p}, true), a.dtype());
    if (a.size(p) == 1 && b.size(q) != 1) b = to_dtype(sum(b, {q}, true), b.dtype());
    left.push_back(p);
    right.push_back(q);
    k *= a.size(p);
  }
  for (int i = 0; i < a.dim(); ++i) {
    if (left.contains(i)) continue;
    order_a.push_back(i);
    sizes.push_back(a.size(i));
    m *= a.size(i);
  }
  for (int i = 0; i < left.size(); ++i) order_a.push_back(left[i]);
  for (int i = 0; i < right.size(); ++i) order_b.push_back(right[i]);
  for (int i = 0; i < b.dim(); ++i) {
    if (right.contains(i)) continue;
    order_b.push_back(i);
    sizes.push_back(b.size(i));
    n *= b.size(i);
  }
  return reshape(product(reshape(permute(a, order_a), {m, k}), false,
                         reshape(permute(b, order_b), {k, n}), false),
                 sizes);
}

}  // namespace pyad
