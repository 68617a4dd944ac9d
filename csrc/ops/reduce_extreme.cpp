// Extremes, their places, and the questions all, any, how many.
#include "kernels/reduce.hpp"
#include "kernels/strided.hpp"
#include "ops/functions.hpp"
#include "ops/index.hpp"
#include "ops/reduce.hpp"
#include "ops/shape.hpp"

namespace pyad {

namespace {

/// Raises unless every reduced dim has elements: an extreme of nothing does not exist.
void check_not_empty(const char* op, const Tensor& x, const Dims& dims, bool full,
                     ErrorKind kind = ErrorKind::kShape) {
  if (x.numel() > 0) return;
  if (full) {
    fail(kind, op, ": a tensor of shape ", x.sizes(),
         " has no elements to choose from; give the dim to reduce");
  }
  for (int64_t d : dims) {
    if (x.size(static_cast<int>(d)) == 0) {
      fail(ErrorKind::kIndex, op, ": dim ", d, " of shape ", x.sizes(),
           " has size 0 and so no element to choose");
    }
  }
}

/// 1 / number of ties where x is extreme, else 0; shape of x. NaN ties with NaN.
Tensor tie_shares(const Tensor& x, const Tensor& y, const Dims& dims) {
  GradModeGuard off(false);
  Tensor same = eq(x, y);
  Tensor nan = ne(y, y);
  if (any_true(nan)) same = logical_or(same, logical_and(ne(x, x), nan));
  Tensor mask = to_dtype(same, x.dtype());
  return mask / sum(mask, dims, true);
}

Tensor drop_tangents(const Tensor& x) { return detach(x); }

}  // namespace

template <OpName NAME, bool LARGEST>
Tensor Extreme<NAME, LARGEST>::forward(const Attr& attr, Inputs in) {
  return reduce(LARGEST ? Reduction::kMax : Reduction::kMin, in[0], attr.dims, attr.keepdim);
}
template <OpName NAME, bool LARGEST>
void Extreme<NAME, LARGEST>::vjp(const Attr& attr, Rule& b) {
  Tensor x = drop_tangents(b.in(0));
  Dims kept = reduced_sizes(x.sizes(), attr.dims, true);
  b.give(0, reshape(b.g(), kept) * tie_shares(x, reshape(drop_tangents(b.out()), kept), attr.dims));
}

template <OpName NAME, bool LARGEST>
Tensors ExtremeAt<NAME, LARGEST>::forward(const Attr& attr, Inputs in) {
  Tensor x = contiguous_values(in[0]);
  Dims sizes = reduced_sizes(x.sizes(), Dims{attr.dim}, attr.keepdim);
  if (x.numel() == 0) return {empty(sizes, x.dtype()), empty(sizes, DType::kInt64)};
  ValuesAndPlaces y = reduce_arg(LARGEST, x, span_at(x.sizes(), attr.dim), sizes);
  return {std::move(y.values), std::move(y.places)};
}
template <OpName NAME, bool LARGEST>
void ExtremeAt<NAME, LARGEST>::vjp(const Attr& attr, Rule& b) {
  if (!b.g().defined()) return;
  const Dims& sizes = b.sizes(0);
  if (sizes.empty()) return b.give(0, b.g());
  Dims kept = reduced_sizes(sizes, Dims{attr.dim}, true);
  b.give(0, scatter(zeros(sizes, b.dtype(0)), attr.dim, reshape(b.out(1), kept),
                    reshape(b.g(), kept)));
}

template <OpName NAME, bool LARGEST>
Tensor ArgExtreme<NAME, LARGEST>::forward(const Attr& attr, Inputs in) {
  Tensor x = contiguous_values(in[0]);
  if (attr.dim >= 0) {
    Dims sizes = reduced_sizes(x.sizes(), Dims{attr.dim}, attr.keepdim);
    if (x.numel() == 0) return empty(sizes, DType::kInt64);
    return reduce_arg(LARGEST, x, span_at(x.sizes(), attr.dim), sizes).places;
  }
  Dims sizes = Dims::filled(attr.keepdim ? x.dim() : 0, 1);
  return reduce_arg(LARGEST, x, {1, x.numel(), 1}, sizes).places;
}

namespace {

/// PyTorch answers questions about uint8 in uint8.
Tensor truth(const Tensor& x, Tensor y) {
  return x.dtype() == DType::kUInt8 ? convert(y, DType::kUInt8) : y;
}

}  // namespace

template <OpName NAME, bool LARGEST>
Tensor ArgExtreme<NAME, LARGEST>::batch(const Attr& attr, const Examples& in) {
  const Tensor& x = in[0];
  if (attr.dim >= 0 && in.rank(0) > 0) return call<ArgExtreme>({attr.dim + 1, attr.keepdim}, x);
  Tensor places = call<ArgExtreme>(
      {1, false}, reshape(x, {in.size(), x.numel() / std::max<int64_t>(in.size(), 1)}));
  if (!attr.keepdim) return places;
  return with_ones_at(places, 1, x.dim());
}

Tensor All::forward(const Attr& attr, Inputs in) {
  return truth(in[0], reduce(Reduction::kAll, in[0], attr.dims, attr.keepdim));
}
Tensor Any::forward(const Attr& attr, Inputs in) {
  return truth(in[0], reduce(Reduction::kAny, in[0], attr.dims, attr.keepdim));
}
bool any_true(const Tensor& mask) {
  GradModeGuard off(false);
  return any(detach(peek(mask))).item().as_bool();
}

Tensor CountNonzero::forward(const Attr& attr, Inputs in) {
  return reduce(Reduction::kCountNonzero, in[0], attr.dims, attr.keepdim);
}

template struct Extreme<"amax", true>;
template struct Extreme<"amin", false>;
template struct ExtremeAt<"max", true>;
template struct ExtremeAt<"min", false>;
template struct ArgExtreme<"argmax", true>;
template struct ArgExtreme<"argmin", false>;

namespace {

template <class Op>
Tensor extreme(const Tensor& x, const Dims& dims, bool keepdim) {
  Dims wrapped = wrap_dims(Op::name, dims, x.dim());
  check_not_empty(Op::name, x, wrapped, dims.empty());
  return call<Op>({std::move(wrapped), keepdim}, x);
}

template <class Op>
OneDimAttr one_dim(const Tensor& x, int64_t dim, bool keepdim) {
  OneDimAttr attr{wrap_dim(Op::name, dim, x.dim()), keepdim};
  if (x.dim() > 0) check_not_empty(Op::name, x, Dims{attr.dim}, false);
  return attr;
}

template <class Op>
Tensors extreme_at(const Tensor& x, int64_t dim, bool keepdim) {
  const Tensor in[] = {x};
  return call_many<Op>(one_dim<Op>(x, dim, keepdim), in);
}

}  // namespace

Tensor amax(const Tensor& x, const Dims& dims, bool keepdim) {
  return extreme<AMax>(x, dims, keepdim);
}
Tensor amin(const Tensor& x, const Dims& dims, bool keepdim) {
  return extreme<AMin>(x, dims, keepdim);
}
Tensors max_at(const Tensor& x, int64_t dim, bool keepdim) {
  return extreme_at<MaxAt>(x, dim, keepdim);
}
Tensors min_at(const Tensor& x, int64_t dim, bool keepdim) {
  return extreme_at<MinAt>(x, dim, keepdim);
}
Tensor argmax(const Tensor& x, int64_t dim, bool keepdim) {
  return call<ArgMax>(one_dim<ArgMax>(x, dim, keepdim), x);
}
Tensor argmin(const Tensor& x, int64_t dim, bool keepdim) {
  return call<ArgMin>(one_dim<ArgMin>(x, dim, keepdim), x);
}
Tensor argmax(const Tensor& x) {
  check_not_empty("argmax", x, {}, true, ErrorKind::kIndex);
  return call<ArgMax>({-1, false}, x);
}
Tensor argmin(const Tensor& x) {
  check_not_empty("argmin", x, {}, true, ErrorKind::kIndex);
  return call<ArgMin>({-1, false}, x);
}

Tensor all(const Tensor& x, const Dims& dims, bool keepdim) {
  return call<All>({wrap_dims("all", dims, x.dim()), keepdim}, x);
}
Tensor any(const Tensor& x, const Dims& dims, bool keepdim) {
  return call<Any>({wrap_dims("any", dims, x.dim()), keepdim}, x);
}
Tensor count_nonzero(const Tensor& x, const Dims& dims) {
  return call<CountNonzero>({wrap_dims("count_nonzero", dims, x.dim()), false}, x);
}

}  // namespace pyad
