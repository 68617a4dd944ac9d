// Bodies and rules of the layers.
#include "ops/layer.hpp"

#include <cstring>

#include "kernels/index.hpp"
#include "kernels/layer.hpp"
#include "kernels/strided.hpp"
#include "ops/checks.hpp"
#include "ops/functions.hpp"
#include "ops/index.hpp"
#include "ops/loss.hpp"
#include "ops/reduce.hpp"
#include "ops/shape.hpp"
#include "ops/standardized.hpp"

namespace pyad {

Tensor Embedding::forward(const Attr& attr, Inputs in) {
  Tensor weight = contiguous_values(in[0]), index = contiguous_values(in[1]);
  int64_t width = weight.size(1), n = index.numel();
  Dims sizes = index.sizes();
  sizes.push_back(width);
  Tensor y = empty(sizes, weight.dtype());
  auto row = static_cast<size_t>(width) * item_size(weight.dtype());
  gather_rows(weight.bytes(), static_cast<int64_t>(row), index.data<int64_t>(), n, y.bytes());
  if (attr.hide) {
    const int64_t* p = index.data<int64_t>();
    for (int64_t i = 0; i < n; ++i)
      if (p[i] == attr.padding) std::memset(y.bytes() + static_cast<size_t>(i) * row, 0, row);
  }
  return y;
}

void Embedding::vjp(const Attr& attr, Rule& b) {
  if (b.needs(0))
    b.give(0, call<EmbeddingTranspose>({b.sizes(0)[0], attr.padding}, b.g(), b.in(1)));
}

Tensor EmbeddingTranspose::forward(const Attr& attr, Inputs in) {
  Tensor g = contiguous_values(in[0]), index = contiguous_values(in[1]);
  int64_t width = g.size(-1);
  Tensor out = zeros({attr.rows, width}, g.dtype());
  scatter_add_rows(g.dtype(), g.bytes(), width, index.data<int64_t>(), index.numel(), out.bytes(),
                   attr.rows);
  if (attr.padding >= 0) {
    auto row = static_cast<size_t>(width) * item_size(g.dtype());
    std::memset(out.bytes() + static_cast<size_t>(attr.padding) * row, 0, row);
  }
  return out;
}

Tensor EmbeddingTranspose::transpose(const Attr& attr, Rule& b, int) {
  return call<Embedding>({attr.padding, attr.padding >= 0}, b.g(), b.in(1));
}

namespace {

/// x, and no gradient (nor tangent) where the index says padding.
Tensor hide_padding(const Tensor& x, const Tensor& index, int64_t padding, bool zeros) {
  if (padding < 0) return x;
  Tensor here = unsqueeze(eq(index, Scalar(padding)), -1);
  return zeros ? where(here, 0.0, x) : where(here, detach(x), x);
}

}  // namespace

Tensor Embedding::batch(const Attr& attr, const Examples& in) {
  if (!in.batched(0)) return call<Embedding>(attr, in[0], in[1]);
  Tensor index = in.front(1);
  Tensor rows = call<Embedding>({-1}, in.merged(0), offset_positions(index, in.size_of(0, 0)));
  return hide_padding(rows, index, attr.padding, attr.hide);
}

Tensor EmbeddingTranspose::batch(const Attr& attr, const Examples& in) {
  Tensor index = in.front(1), g = hide_padding(in.front(0), index, attr.padding, true);
  return in.split(
      call<EmbeddingTranspose>({attr.rows * in.size(), -1}, g, offset_positions(index, attr.rows)));
}

Tensor embedding(const Tensor& index, const Tensor& weight, bool has_padding, int64_t padding) {
  if (weight.dim() != 2) {
    fail(ErrorKind::kShape, "embedding: weight must have shape (rows, width), got ",
         weight.sizes());
  }
  Tensor t = index_tensor("embedding", index);
  int64_t rows = weight.size(0);
  if (has_padding && (padding < -rows || padding >= rows)) {
    fail(ErrorKind::kValue, "embedding: padding_idx ", padding, " must be within the ", rows,
         " rows of weight");
  }
  check_indices("embedding", contiguous_values(peek(t)), rows);
  if (has_padding && padding < 0) padding += rows;
  return call<Embedding>({has_padding ? padding : -1}, weight, t);
}

namespace {

struct Rows {
  int64_t rows = 1, n = 1;
  Rows(const Tensor& x, int dims) {
    for (int i = 0; i < x.dim(); ++i) (i < x.dim() - dims ? rows : n) *= x.size(i);
  }
};

Dims last_dims(int dims) {
  Dims d;
  for (int i = 0; i < dims; ++i) d.push_back(i - dims);
  return d;
}

}  // namespace

Tensors LayerNorm::forward(const Attr& attr, Inputs in) {
  Tensor x = contiguous_values(in[0]), weight = contiguous_or_none(in[1]),
         bias = contiguous_or_none(in[2]);
  Rows r(x, attr.dims);
  Tensor y = empty(x.sizes(), x.dtype()), mean = empty({r.rows}, x.dtype()),
         rstd = empty({r.rows}, x.dtype());
  layer_norm_rows({x, r.rows, r.n, weight, attr.eps}, bias, y, mean, rstd);
  return {y, mean, rstd};
}

void LayerNorm::pull(const Attr& attr, Rule& b) {
  if (!b.g().defined()) return;
  Tensor x = contiguous_values(b.in(0));
  Rows r(x, attr.dims);
  auto result = [&](int i) { return b.needs(i) ? empty(b.sizes(i), x.dtype()) : Tensor(); };
  Tensor g[3] = {result(0), result(1), result(2)};
  layer_norm_rows_pull({x, r.rows, r.n, contiguous_or_none(b.in(1)), attr.eps},
                       contiguous_values(b.g()), b.out(1), b.out(2), g[0], g[1], g[2]);
  for (int i = 0; i < 3; ++i)
    if (g[i].defined()) b.give(i, std::move(g[i]));
}

Tensors LayerNorm::compose(const Attr& attr, Inputs in) {
  Tensor y = standardized(in[0], last_dims(attr.dims), attr.eps);
  if (in[1].defined()) y = y * in[1];
  return {in[2].defined() ? y + in[2] : y, Tensor(), Tensor()};
}

Tensors LayerNorm::batch(const Attr& attr, const Examples& in) {
  const Tensor x = in.front(0);
  const bool same = !in.batched(1) && !in.batched(2);
  const Tensor plain[] = {x, same ? in[1] : Tensor(), same ? in[2] : Tensor()};
  Tensor y = call_many<LayerNorm>(attr, plain)[0];
  if (!same && in[1].defined()) y = y * in.beside(1, x.dim());
  if (!same && in[2].defined()) y = y + in.beside(2, x.dim());
  return {y, Tensor(), Tensor()};
}

Tensor layer_norm(const Tensor& x, const Dims& shape, const Tensor& weight, const Tensor& bias,
                  double eps) {
  need_normalized_shape("layer_norm", x, shape, weight, bias);
  const Tensor in[] = {x, weight, bias};
  return call_many<LayerNorm>({shape.size(), eps}, in)[0];
}

}  // namespace pyad
