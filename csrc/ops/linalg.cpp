// See linalg.hpp: kernels, rules and the checks of arguments.
#include "ops/linalg.hpp"

#include "kernels/lapack.hpp"
#include "kernels/strided.hpp"
#include "ops/functions.hpp"
#include "ops/product.hpp"
#include "ops/shape.hpp"
#include "ops/view.hpp"

namespace pyad {

namespace {

Tensor turned(const Tensor& x) { return transpose(x, -2, -1); }

Dims batch_of(const Tensor& x) { return Dims(x.sizes().data(), x.dim() - 2); }

int64_t count_of(const Tensor& x) {
  int64_t count = 1;
  for (int i = 0; i + 2 < x.dim(); ++i) count *= x.size(i);
  return count;
}

void check_matrix(const char* op, const Tensor& x, const char* what, bool square) {
  if (x.dim() < 2) {
    fail(ErrorKind::kRuntime, op, ": ", what, " must have at least 2 dims, got shape ", x.sizes());
  }
  if (square && x.size(-1) != x.size(-2)) {
    fail(ErrorKind::kRuntime, op, ": ", what, " must be batches of square matrices, got shape ",
         x.sizes());
  }
  if (!is_floating(x.dtype())) {
    fail(ErrorKind::kRuntime, op, ": ", what, " must be of a floating dtype, got ", x.dtype(),
         "; convert it with .to(pyad.float64)");
  }
}

/// The lower triangle with half of the diagonal.
Tensor half_lower(const Tensor& x) { return (tril(x) + tril(x, -1)) * 0.5; }

/// L^-1 x, or L^-T x.
Tensor solved(const Tensor& factor, const Tensor& x, bool transpose) {
  return call<SolveTriangular>({false, transpose, false}, factor, x);
}

}  // namespace

Tensors Cholesky::forward(const Attr& attr, Inputs in) {
  const Tensor& a = in[0];
  Tensor y = empty(a.sizes(), a.dtype()), info = zeros(batch_of(a), DType::kInt32);
  copy_into(y, a);
  auto* failed = info.data<int32_t>();
  const int64_t n = a.size(-1), count = count_of(a);
  visit_floating("cholesky", a.dtype(), [&]<class T>(std::type_identity<T>) {
    factor_cholesky(y.data<T>(), n, count, failed);
  });
  for (int64_t i = 0; attr.check && i < count; ++i) {
    if (failed[i] == 0) continue;
    const std::string at = info.dim() > 0 ? cat(" (batch element ", i, ")") : std::string();
    fail(ErrorKind::kRuntime, "linalg.cholesky", at,
         ": the factorization could not be completed because the input is not positive-definite "
         "(the leading minor of order ",
         failed[i], " is not positive-definite)");
  }
  return {y, info};
}

void Cholesky::vjp(const Attr&, Rule& b) {
  if (!b.g().defined()) return;
  const Tensor factor = b.out();
  // L^-T P L^-1, with P half of L^T g below and mirrored above.
  Tensor lower = half_lower(matmul(factor, true, b.g(), false));
  Tensor middle = (lower + turned(lower)) * 0.5;
  Tensor left = solved(factor, middle, true);
  b.give(0, turned(solved(factor, turned(left), true)));
}

Tensors Cholesky::jvp(const Attr&, Tangents& t) {
  const Tensor& factor = t.out();
  Tensor da = (t.t(0) + turned(t.t(0))) * 0.5;
  Tensor inner = solved(factor, turned(solved(factor, da, false)), false);
  return {matmul(factor, half_lower(inner)), Tensor()};
}

Tensor SolveTriangular::forward(const Attr& attr, Inputs in) {
  const Tensor a = contiguous_values(in[0]);
  const Tensor& b = in[1];
  Tensor x = empty(b.sizes(), b.dtype());
  copy_into(x, b);
  visit_floating("solve_triangular", b.dtype(), [&]<class T>(std::type_identity<T>) {
    const Ref<Buffer> held = a.impl()->storage->buffer;  // a handler of Ctrl-C may write
    solve_triangles(Triangular{attr.upper, attr.transpose, attr.unit}, a.data<T>(), x.data<T>(),
                    b.size(-2), b.size(-1), count_of(b));
  });
  return x;
}

namespace {

/// What counts of a change of A.
Tensor triangle_of(const SolveTriangular::Attr& attr, const Tensor& x) {
  return attr.upper ? triu(x, attr.unit ? 1 : 0) : tril(x, attr.unit ? -1 : 0);
}

}  // namespace

void SolveTriangular::vjp(const Attr& attr, Rule& b) {
  const Tensor a = b.in(0);
  Tensor gb = call<SolveTriangular>({attr.upper, !attr.transpose, attr.unit}, a, b.g());
  if (b.needs(0)) {
    const Tensor x = b.out();
    Tensor outer = attr.transpose ? matmul(x, false, gb, true) : matmul(gb, false, x, true);
    b.give(0, neg(triangle_of(attr, outer)));
  }
  if (b.needs(1)) b.give(1, gb);
}

Tensor SolveTriangular::jvp(const Attr& attr, Tangents& t) {
  Tensor change;
  if (t.has(0)) change = neg(matmul(triangle_of(attr, t.t(0)), attr.transpose, t.out(), false));
  if (t.has(1)) change = change.defined() ? change + t.t(1) : t.t(1);
  return call<SolveTriangular>(attr, t.in(0), change);
}

Tensors cholesky(const Tensor& a, bool upper, bool check) {
  check_matrix(check ? "cholesky" : "cholesky_ex", a, "the input", true);
  const Tensor in[] = {upper ? turned(a) : a};
  Tensors out = call_many<Cholesky>({check}, in);
  if (upper) out[0] = turned(out[0]);
  return out;
}

Tensor solve_triangular(const char* op, const Tensor& a, const Tensor& b, bool upper, bool left,
                        bool unit, bool transpose) {
  check_matrix(op, a, "A", true);
  check_matrix(op, b, "B", false);
  if (a.dtype() != b.dtype()) {
    fail(ErrorKind::kRuntime, op, ": A and B must have one dtype, got ", a.dtype(), " and ",
         b.dtype(), "; convert one with .to(", promote(a.dtype(), b.dtype()), ")");
  }
  if (!left) return turned(solve_triangular(op, a, turned(b), upper, true, unit, !transpose));
  if (a.size(-1) != b.size(-2)) {
    fail(ErrorKind::kRuntime, op, ": A and B do not fit, got shapes ", a.sizes(), " and ",
         b.sizes());
  }
  Dims sizes = broadcast_sizes(op, batch_of(a), batch_of(b)), rights = sizes;
  sizes.push_back(a.size(-2));
  sizes.push_back(a.size(-1));
  rights.push_back(b.size(-2));
  rights.push_back(b.size(-1));
  return call<SolveTriangular>({upper, transpose, unit}, expand(a, sizes), expand(b, rights));
}

Tensor cholesky_solve(const Tensor& b, const Tensor& factor, bool upper) {
  const char* op = "cholesky_solve";
  Tensor half = solve_triangular(op, factor, b, upper, true, false, upper);
  return solve_triangular(op, factor, half, upper, true, false, !upper);
}

Tensor cholesky_inverse(const Tensor& factor, bool upper) {
  const char* op = "cholesky_inverse";
  check_matrix(op, factor, "the input", true);
  const int64_t n = factor.size(-1);
  Tensor identity = diag(ones({n}, factor.dtype()));
  Tensor half = solve_triangular(op, factor, identity, upper, true, false, upper);
  return matmul(half, true, half, false);
}

}  // namespace pyad
