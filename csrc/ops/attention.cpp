// Body, rule and checks of attention.
#include "ops/attention.hpp"

#include <cmath>
#include <limits>

#include "kernels/attention.hpp"
#include "kernels/strided.hpp"
#include "ops/functions.hpp"
#include "ops/product.hpp"
#include "ops/reduce.hpp"
#include "ops/shape.hpp"
#include "ops/softmax.hpp"
#include "ops/view.hpp"

namespace pyad {

namespace {

Dims with_last(Dims sizes, int64_t rows, int64_t columns) {
  sizes[sizes.size() - 2] = rows;
  sizes[sizes.size() - 1] = columns;
  return sizes;
}

constexpr double kHidden = -std::numeric_limits<double>::infinity();

}  // namespace

Tensors Attention::forward(const Attr& attr, Inputs in) {
  const Tensor &q = in[0], &k = in[1], &v = in[2];
  Tensor out = empty(with_last(q.sizes(), q.size(-2), v.size(-1)), q.dtype());
  Tensor weights = empty(with_last(q.sizes(), q.size(-2), k.size(-2)), q.dtype());
  if (k.size(-2) == 0) return {zeros(out.sizes(), out.dtype()), weights};
  if (out.numel() > 0 || weights.numel() > 0)
    attention({q, k, v, in[3], attr.causal, attr.scale}, out, weights);
  return {out, weights};
}

void Attention::pull(const Attr& attr, Rule& b) {
  if (!b.g().defined()) return;
  Tensor q = b.in(0), k = b.in(1), v = b.in(2), mask = b.in(3), weights = b.out(1);
  auto result = [&](int i) {
    if (!b.needs(i)) return Tensor();
    return weights.numel() == 0 ? zeros(b.sizes(i), b.dtype(i)) : empty(b.sizes(i), b.dtype(i));
  };
  AttentionCotangents to{result(0), result(1), result(2), result(3)};
  if (weights.numel() > 0)
    attention_pull({q, k, v, mask, attr.causal, attr.scale}, weights, b.g(), to);
  for (int i = 0; const Tensor* g : {&to.query, &to.key, &to.value, &to.mask}) {
    if (g->defined()) b.give(i, *g);
    ++i;
  }
}

Tensors Attention::compose(const Attr& attr, Inputs in) {
  const Tensor &q = in[0], &k = in[1];
  Tensor scores = matmul(q, matrix_transpose(k)) * attr.scale;
  if (attr.causal) {
    Tensor visible = tril(ones({q.size(-2), k.size(-2)}, DType::kBool));
    scores = where(visible, scores, Scalar(kHidden));
  }
  if (in[3].defined()) scores = scores + in[3];
  if (k.size(-2) == 0) return {matmul(scores, in[2]), Tensor()};
  // A row in which nothing is visible has no softmax; its weights are zeros.
  Tensor seen = gt(amax(detach(scores), {-1}, true), Scalar(kHidden));
  Tensor nan = ne(detach(scores), detach(scores));
  seen = logical_or(seen, any(nan, {-1}, true));
  Tensor weights = where(seen, softmax(where(seen, scores, Scalar(0.0)), -1), Scalar(0.0));
  return {matmul(weights, in[2]), Tensor()};
}

namespace {

void check_inputs(const char* op, const Tensor& q, const Tensor& k, const Tensor& v) {
  for (const auto& [t, name] :
       {std::pair(&q, "query"), std::pair(&k, "key"), std::pair(&v, "value")}) {
    if (!is_floating(t->dtype()))
      fail(ErrorKind::kType, op, ": expects floating tensors, but ", name, " is ", *t);
    if (t->dtype() != q.dtype()) {
      fail(ErrorKind::kType, op, ": query, key and value must have one dtype, got ", q.dtype(),
           ", ", k.dtype(), " and ", v.dtype());
    }
    if (t->dim() < 2)
      fail(ErrorKind::kShape, op, ": ", name, " must have two dims or more, got shape ",
           t->sizes());
  }
  if (q.size(-1) != k.size(-1)) {
    fail(ErrorKind::kShape, op, ": query ", q.sizes(), " and key ", k.sizes(),
         " must have equal last sizes");
  }
  if (k.size(-2) != v.size(-2)) {
    fail(ErrorKind::kShape, op, ": key ", k.sizes(), " and value ", v.sizes(),
         " must agree in the size before the last: one value for each key");
  }
}

/// Key or value with every head repeated for the heads of query that it serves.
Tensor for_each_head(const char* op, const Tensor& x, const Tensor& query) {
  if (x.dim() < 3 || query.dim() < 3 || x.size(-3) == 0 || query.size(-3) % x.size(-3) != 0) {
    fail(ErrorKind::kShape, op, ": with enable_gqa the heads of query ", query.sizes(),
         " must be a multiple of those of key and value, got ", x.sizes());
  }
  int64_t times = query.size(-3) / x.size(-3);
  if (times == 1) return x;
  Tensor wide = unsqueeze(x, -3);
  Dims sizes = wide.sizes();
  sizes[sizes.size() - 3] = times;
  return flatten(expand(wide, sizes), -4, -3);
}

Dims leading(const Tensor& x) { return Dims(x.sizes().data(), x.dim() - 2); }

}  // namespace

Tensor scaled_dot_product_attention(const Tensor& query, const Tensor& key_in,
                                    const Tensor& value_in, const Tensor& mask_in,
                                    const AttentionOptions& options) {
  const char* op = "scaled_dot_product_attention";
  check_inputs(op, query, key_in, value_in);
  if (mask_in.defined() && options.causal) {
    fail(ErrorKind::kRuntime, op,
         ": Explicit attn_mask should not be set when is_causal=True; give one of the two");
  }
  Tensor key = options.grouped ? for_each_head(op, key_in, query) : key_in;
  Tensor value = options.grouped ? for_each_head(op, value_in, query) : value_in;
  Tensor mask = mask_in;
  if (mask.defined() && mask.dtype() == DType::kBool) {
    mask = to_dtype(where(mask, Scalar(0.0), Scalar(kHidden)), query.dtype());
  } else if (mask.defined() && mask.dtype() != query.dtype()) {
    fail(ErrorKind::kType, op, ": attn_mask must be bool or have the dtype of query, ",
         query.dtype(), ", got ", mask.dtype());
  }
  Dims batch = broadcast_sizes(op, leading(query), leading(key));
  batch = broadcast_sizes(op, batch, leading(value));
  auto spread = [&](const Tensor& x, int64_t rows, int64_t columns) {
    Dims sizes = batch;
    sizes.push_back(rows);
    sizes.push_back(columns);
    return x.sizes() == sizes ? x : expand(x, sizes);
  };
  if (mask.defined()) {
    Dims whole = batch;
    whole.push_back(query.size(-2));
    whole.push_back(key.size(-2));
    if (!broadcasts_to(mask.sizes(), whole)) {
      fail(ErrorKind::kShape, op, ": attn_mask ", mask.sizes(),
           " cannot be broadcast to the scores, whose shape is ", whole);
    }
    mask = spread(mask, query.size(-2), key.size(-2));
  }
  double scale =
      options.has_scale ? options.scale : 1.0 / std::sqrt(static_cast<double>(query.size(-1)));
  const Tensor in[] = {spread(query, query.size(-2), query.size(-1)),
                       spread(key, key.size(-2), key.size(-1)),
                       spread(value, value.size(-2), value.size(-1)), mask};
  return std::move(call_many<Attention>({options.causal, scale}, in)[0]);
}

}  // namespace pyad
