// Rules of softmax and log_softmax.
#include "ops/softmax.hpp"

#include "kernels/softmax.hpp"
#include "kernels/strided.hpp"
#include "ops/functions.hpp"
#include "ops/reduce.hpp"

namespace pyad {

namespace {
/// Note [Zero cotangents]: a row without a softmax, of which nothing is asked, gives nothing.
Tensor chain(const Tensor& g, const Tensor& y) {
  static const ElementwiseInfo& op = *find_elementwise("chain");
  const Operand in[] = {g, y};
  return elementwise(op, in);
}
}  // namespace

template <OpName NAME, bool LOG>
Tensor SoftmaxOp<NAME, LOG>::forward(const Attr& attr, Inputs in) {
  return softmax_forward(contiguous_values(in[0]), attr.dim, LOG);
}

template <OpName NAME, bool LOG>
void SoftmaxOp<NAME, LOG>::vjp(const Attr& attr, Rule& b) {
  if (!plain_values()) return plain_vjp(attr, b);
  using Pull = std::conditional_t<LOG, LogSoftmaxPull, SoftmaxPull>;
  b.give(0, call<Pull>(attr, b.g(), b.out()));
}

template <OpName NAME, bool LOG>
void SoftmaxOp<NAME, LOG>::plain_vjp(const Attr& attr, Rule& b) {
  Tensor g = b.g(), y = b.out();
  if constexpr (LOG) {
    b.give(0, g - chain(sum(g, {attr.dim}, true), exp(y)));
  } else {
    b.give(0, chain(g - sum(chain(g, y), {attr.dim}, true), y));
  }
}

template <OpName NAME, bool LOG>
Tensor SoftmaxOp<NAME, LOG>::jvp(const Attr& attr, Tangents& t) {
  const Tensor& y = t.out();
  if constexpr (LOG) {
    return t.t(0) - sum(chain(t.t(0), exp(y)), {attr.dim}, true);
  } else {
    return chain(t.t(0) - sum(chain(t.t(0), y), {attr.dim}, true), y);
  }
}

template <OpName NAME, bool LOG>
Tensor SoftmaxPullOp<NAME, LOG>::forward(const Attr& attr, Inputs in) {
  return softmax_pull(contiguous_values(in[0]), contiguous_values(in[1]), attr.dim, LOG);
}

template struct SoftmaxOp<"softmax", false>;
template struct SoftmaxOp<"log_softmax", true>;
template struct SoftmaxPullOp<"softmax_backward", false>;
template struct SoftmaxPullOp<"log_softmax_backward", true>;

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
