// Rules of softmax and log_softmax.
#include "ops/softmax.hpp"

#include <algorithm>

#include "kernels/softmax.hpp"
#include "kernels/softmax_kernels.hpp"
#include "kernels/strided.hpp"
#include "ops/functions.hpp"
#include "ops/reduce.hpp"

namespace pyad {

namespace {
/// A row without a softmax, of which nothing is asked, gives nothing: 0 times what is no number.
Tensor chain(const Tensor& g, const Tensor& y) {
  static const ElementwiseInfo& op = *find_elementwise("chain");
  const Operand in[] = {g, y};
  return elementwise(op, in);
}
Tensor expm1(const Tensor& x) {
  static const ElementwiseInfo& op = *find_elementwise("expm1");
  const Operand in[] = {x};
  return elementwise(op, in);
}

// Note [Cotangents of softmax]; a mask, where there is one.
template <bool LOG>
Tensor dominant(const Tensor& y) {
  Tensor mask = gt(detach(y), LOG ? kLogDominant : kDominant);
  const bool* p = read_values(mask).data<bool>();
  return std::find(p, p + mask.numel(), true) == p + mask.numel() ? Tensor() : mask;
}

/// v, less that of the dominant place.
template <bool LOG>
Tensor relative(const Tensor& v, const Tensor& y, int dim) {
  Tensor mask = dominant<LOG>(y);
  if (!mask.defined()) return v;
  mask = logical_and(mask, eq(detach(v) - detach(v), 0.0));
  return v - sum(where(mask, v, 0.0), {dim}, true);
}
}  // namespace

template <OpName NAME, bool LOG>
Tensor SoftmaxOp<NAME, LOG>::forward(const Attr& attr, Inputs in) {
  return softmax_forward(contiguous_values(in[0]), attr.dim, LOG);
}

template <OpName NAME, bool LOG>
void SoftmaxOp<NAME, LOG>::pull(const Attr& attr, Rule& b) {
  b.give(0, softmax_pull(contiguous_values(b.g()), contiguous_values(b.out()), attr.dim, LOG));
}

template <OpName NAME, bool LOG>
void SoftmaxOp<NAME, LOG>::rule(const Attr& attr, Rule& b) {
  Tensor g = b.g(), y = b.out();
  if constexpr (LOG) {
    Tensor total = sum(g, {attr.dim}, true), gx = g - chain(total, exp(y));
    Tensor mask = dominant<LOG>(y);
    if (mask.defined()) {
      mask = logical_and(mask, eq(detach(total) - detach(total), 0.0));
      Tensor others = sum(where(mask, 0.0, g), {attr.dim}, true);
      gx = where(mask, (0.0 - others) - chain(total, expm1(y)), gx);
    }
    b.give(0, gx);
  } else {
    g = relative<LOG>(g, y, attr.dim);
    b.give(0, chain(g - sum(chain(g, y), {attr.dim}, true), y));
  }
}

template <OpName NAME, bool LOG>
Tensor SoftmaxOp<NAME, LOG>::jvp(const Attr& attr, Tangents& t) {
  const Tensor& y = t.out();
  Tensor v = relative<LOG>(t.t(0), y, attr.dim);
  if constexpr (LOG) {
    return v - sum(chain(v, exp(y)), {attr.dim}, true);
  } else {
    return chain(v - sum(chain(v, y), {attr.dim}, true), y);
  }
}

template struct SoftmaxOp<"softmax", false>;
template struct SoftmaxOp<"log_softmax", true>;

namespace {

template <class Op>
Tensor normalised(const Tensor& x, int64_t dim) {
  int wrapped = wrap_dim(Op::name, dim, x.dim());
  if (!is_floating(x.dtype())) {
    fail(ErrorKind::kType, Op::name, ": expects a floating dtype, got ", x.dtype(),
         "; give dtype=float32");
  }
  return call<Op>({wrapped}, x);
}

}  // namespace

Tensor softmax(const Tensor& x, int64_t dim) { return normalised<Softmax>(x, dim); }
Tensor log_softmax(const Tensor& x, int64_t dim) { return normalised<LogSoftmax>(x, dim); }

}  // namespace pyad
