// The recurrent layer as an op: kernels forward and backward, and the expression it stands for.
#include "ops/recurrent.hpp"

#include "kernels/strided.hpp"
#include "ops/functions.hpp"
#include "ops/product.hpp"
#include "ops/reduce.hpp"
#include "ops/shape.hpp"

namespace pyad {

namespace {

enum In { kX, kH0, kC0, kWih, kWhh, kBih, kBhh, kWhr };

RecurrentShape shape_of(const RecurrentLayer::Attr& attr, Inputs in) {
  const Tensor& x = in[kX];
  RecurrentShape s{};
  s.cell = attr.cell;
  s.reverse = attr.reverse;
  s.input = x.size(-1);
  s.hidden = in[kWhh].size(0) / gate_count(attr.cell);
  s.out = in[kWhh].size(1);
  if (attr.packed) {
    s.steps = static_cast<int64_t>(attr.packed->sizes.size());
    s.batch = attr.packed->sizes[0];
    s.total = attr.packed->total;
    s.batch_sizes = attr.packed->sizes.data();
    s.offsets = attr.packed->offsets.data();
  } else {
    s.steps = attr.one_step ? 1 : x.size(0);
    s.batch = x.size(-2);
    s.total = s.steps * s.batch;
  }
  return s;
}

Dims with_last(const Tensor& x, int64_t size) {
  Dims d = x.sizes();
  d[d.size() - 1] = size;
  return d;
}

RecurrentData data_of(Inputs in) {
  RecurrentData d;
  Tensor* to[] = {&d.x, &d.h0, &d.c0, &d.w_ih, &d.w_hh, &d.b_ih, &d.b_hh, &d.w_hr};
  for (size_t i = 0; i < 8; ++i) *to[i] = contiguous_or_none(in[i]);
  return d;
}

}  // namespace

Tensors RecurrentLayer::forward(const Attr& attr, Inputs in) {
  RecurrentShape s = shape_of(attr, in);
  RecurrentData d = data_of(in);
  DType dtype = d.x.dtype();
  d.y = empty(with_last(d.x, s.out), dtype);
  if (!attr.one_step) d.h_n = empty({s.batch, s.out}, dtype);
  if (attr.cell == Cell::kLstm) d.c_n = empty({s.batch, s.hidden}, dtype);
  if (s.kept() > 0) d.kept = empty({s.kept()}, dtype);
  if (s.total > 0) recurrent_forward(s, d);
  return {d.y, d.h_n, d.c_n, d.kept};
}

void RecurrentLayer::pull(const Attr& attr, Rule& b) {
  if (!b.g(0).defined() && !b.g(1).defined() && !b.g(2).defined()) return;
  Tensors in;
  for (int i = 0; i < 8; ++i) in.push_back(b.in(i));
  RecurrentShape s = shape_of(attr, in);
  RecurrentData d = data_of(in);
  d.y = b.out(0);
  if (s.kept() > 0) d.kept = b.out(3);
  RecurrentPull p;
  p.gy = contiguous_or_none(b.g(0));
  p.gh_n = contiguous_or_none(b.g(1));
  p.gc_n = contiguous_or_none(b.g(2));
  DType dtype = d.x.dtype();
  Tensor* to[] = {&p.gx, &p.gh0, &p.gc0, &p.gw_ih, &p.gw_hh, nullptr, nullptr, &p.gw_hr};
  for (int i = 0; i < 8; ++i) {
    if (!to[i] || !b.needs(i)) continue;
    *to[i] = s.total > 0 ? empty(b.sizes(i), dtype) : zeros(b.sizes(i), dtype);
  }
  p.dgates = empty({s.total, s.gates()}, dtype);
  p.dstate = attr.cell == Cell::kGru ? empty({s.total, s.gates()}, dtype) : p.dgates;
  if (s.total > 0) recurrent_pull(s, d, p);
  for (int i = 0; i < 8; ++i)
    if (to[i] && b.needs(i)) b.give(i, std::move(*to[i]));
  Tensor bias;
  if (b.needs(kBih)) b.give(kBih, bias = sum(p.dgates, {0}));
  if (b.needs(kBhh)) {
    bool same = bias.defined() && attr.cell != Cell::kGru;
    b.give(kBhh, same ? bias : sum(p.dstate, {0}));
  }
}

namespace {

/// One step as an expression: the new h and c of rows whose gates' input part is `gx`.
std::pair<Tensor, Tensor> step(Cell cell, int64_t n, const Tensor& gx, const Tensor& h,
                               const Tensor& c, Inputs in) {
  Tensor gh = linear(h, in[kWhh], in[kBhh]);
  auto part = [n](const Tensor& g, int k) { return slice(g, 1, k * n, n); };
  switch (cell) {
    case Cell::kLstm: {
      Tensor g = gx + gh;
      Tensor next = sigmoid(part(g, 1)) * c + sigmoid(part(g, 0)) * tanh(part(g, 2));
      Tensor y = sigmoid(part(g, 3)) * tanh(next);
      if (in[kWhr].defined()) y = linear(y, in[kWhr], Tensor());
      return {y, next};
    }
    case Cell::kGru: {
      Tensor r = sigmoid(part(gx, 0) + part(gh, 0)), z = sigmoid(part(gx, 1) + part(gh, 1));
      Tensor fresh = tanh(part(gx, 2) + r * part(gh, 2));
      return {fresh + z * (h - fresh), Tensor()};
    }
    case Cell::kTanh:
      return {tanh(gx + gh), Tensor()};
    default:
      return {relu(gx + gh), Tensor()};
  }
}

/// The first rows of `whole` replaced.
Tensor replace_first(const Tensor& whole, const Tensor& rows) {
  int64_t n = rows.size(0), all = whole.size(0);
  if (n == all) return rows;
  const Tensor parts[] = {rows, slice(whole, 0, n, all - n)};
  return concat(parts, 0);
}

}  // namespace

Tensors RecurrentLayer::compose(const Attr& attr, Inputs in) {
  RecurrentShape s = shape_of(attr, in);
  DType dtype = in[kX].dtype();
  Tensor x = reshape(in[kX], {s.total, s.input});
  Tensor gx = linear(x, in[kWih], in[kBih]);
  Tensor h = in[kH0].defined() ? in[kH0] : zeros({s.batch, s.out}, dtype), c;
  bool lstm = attr.cell == Cell::kLstm;
  if (lstm) c = in[kC0].defined() ? in[kC0] : zeros({s.batch, s.hidden}, dtype);
  Tensors steps(static_cast<size_t>(s.steps));
  for (int64_t k = 0; k < s.steps; ++k) {
    int64_t t = s.reverse ? s.steps - 1 - k : k, rows = s.rows(t);
    Tensor now = slice(gx, 0, s.offset(t), rows), h_now = slice(h, 0, 0, rows);
    auto [y, next] =
        step(attr.cell, s.hidden, now, h_now, lstm ? slice(c, 0, 0, rows) : Tensor(), in);
    steps[static_cast<size_t>(t)] = y;
    h = replace_first(h, y);
    if (lstm) c = replace_first(c, next);
  }
  Tensor y = reshape(concat(steps, 0), with_last(in[kX], s.out));
  return {y, attr.one_step ? Tensor() : h, c, Tensor()};
}

}  // namespace pyad
