// Rules of sorting and selection by rank.
#include "ops/sort.hpp"

#include <cmath>
#include <type_traits>

#include "core/layout.hpp"
#include "kernels/strided.hpp"
#include "ops/functions.hpp"
#include "ops/index.hpp"
#include "ops/reduce.hpp"
#include "ops/scan.hpp"
#include "ops/shape.hpp"

namespace pyad {

namespace {

/// Values and places in the dense layout of x, as PyTorch's are: those of the same memory as rows.
Tensors sorted_as_it_lies(const SortAttr& attr, const Tensor& x) {
  const Dims order = memory_order(x);
  int dim = 0;
  while (order[dim] != attr.dim) ++dim;
  ValuesAndPlaces y = sort_lines(contiguous_values(reordered(x, order)), dim, attr.descending);
  const Layout kept{x.sizes(), kept_strides(x), 0};
  return {alias(y.values, kept), alias(y.places, kept)};
}

}  // namespace

template <OpName NAME>
Tensors Sorted<NAME>::forward(const Attr& attr, Inputs in) {
  if (std::is_same_v<Sorted, Sort> && !in[0].is_contiguous()) return sorted_as_it_lies(attr, in[0]);
  ValuesAndPlaces y = top_lines(contiguous_values(in[0]), attr.dim, attr.k, attr.descending);
  return {std::move(y.values), std::move(y.places)};
}
template <OpName NAME>
void Sorted<NAME>::vjp(const Attr& attr, Rule& b) {
  if (!b.g().defined()) return;
  if (b.sizes(0).empty()) return b.give(0, b.g());
  b.give(0, call<GatherTranspose>({attr.dim, b.sizes(0)}, b.g(), b.out(1)));
}
template struct Sorted<"sort">;
template struct Sorted<"topk">;

template <OpName NAME, Rank RANK>
Tensors AtRank<NAME, RANK>::forward(const Attr& attr, Inputs in) {
  Dims sizes = reduced_sizes(in[0].sizes(), Dims{attr.dim}, attr.keepdim);
  ValuesAndPlaces y = rank_lines(contiguous_values(in[0]), attr.dim, RANK, attr.k, sizes);
  return {std::move(y.values), std::move(y.places)};
}
template <OpName NAME, Rank RANK>
void AtRank<NAME, RANK>::vjp(const Attr& attr, Rule& b) {
  if (!b.g().defined()) return;
  const Dims& sizes = b.sizes(0);
  if (sizes.empty()) return b.give(0, b.g());
  Dims kept = reduced_sizes(sizes, Dims{attr.dim}, true);
  b.give(0,
         call<GatherTranspose>({attr.dim, sizes}, reshape(b.g(), kept), reshape(b.out(1), kept)));
}
template struct AtRank<"kthvalue", Rank::kGiven>;
template struct AtRank<"median", Rank::kMedian>;
template struct AtRank<"nanmedian", Rank::kNanMedian>;
template struct AtRank<"mode", Rank::kMode>;

namespace {

Dims last_dim(const MedianAttr& attr) { return attr.of_rows ? Dims{1} : Dims{}; }

/// A number for each row, beside the elements of the rows.
Tensor beside_rows(const MedianAttr& attr, const Tensor& y) {
  return attr.of_rows ? unsqueeze(y, 1) : y;
}

/// 1 / number of elements equal to y at each of them, else 0. NaN equals NaN.
Tensor shares(const MedianAttr& attr, const Tensor& x, const Tensor& result) {
  GradModeGuard off(false);
  const Tensor y = beside_rows(attr, result);
  Tensor same = logical_or(eq(x, y), logical_and(ne(x, x), ne(y, y)));
  Tensor mask = to_dtype(same, x.dtype());
  return mask / sum(mask, last_dim(attr), attr.of_rows);
}

}  // namespace

template <OpName NAME, Rank RANK>
Tensor MedianOfAll<NAME, RANK>::forward(const Attr& attr, Inputs in) {
  const Tensor x = contiguous_values(in[0]);
  const Dims sizes = attr.of_rows ? Dims{x.size(0)} : Dims{};
  if (x.numel() == 0) return full(sizes, std::nan(""), x.dtype());
  const int64_t rows = attr.of_rows ? x.size(0) : 1, n = x.numel() / rows;
  return rank_lines(alias(x, {{rows, n}, {n, 1}, x.offset()}), 1, RANK, 0, sizes).values;
}
template <OpName NAME, Rank RANK>
void MedianOfAll<NAME, RANK>::vjp(const Attr& attr, Rule& b) {
  b.give(0, beside_rows(attr, b.g()) * shares(attr, detach(b.in(0)), detach(b.out())));
}
template <OpName NAME, Rank RANK>
Tensor MedianOfAll<NAME, RANK>::batch(const Attr& attr, const Examples& in) {
  if (attr.of_rows) return in.split(call<MedianOfAll>(attr, in.merged(0)));
  return call<MedianOfAll>({true}, rows_of_examples(in[0]));
}
template struct MedianOfAll<"median_all", Rank::kMedian>;
template struct MedianOfAll<"nanmedian_all", Rank::kNanMedian>;

Tensors sort(const Tensor& x, int64_t dim, bool descending) {
  int d = wrap_dim("sort", dim, x.dim());
  const Tensor in[] = {x};
  return call_many<Sort>({d, x.dim() > 0 ? x.size(d) : 1, descending}, in);
}

Tensors topk(const Tensor& x, int64_t k, int64_t dim, bool largest) {
  int d = wrap_dim("topk", dim, x.dim());
  int64_t n = x.dim() > 0 ? x.size(d) : 1;
  if (k < 0 || k > n) {
    fail(ErrorKind::kRuntime, "topk: selected index k out of range: k is ", k, " but dim ", d,
         " of shape ", x.sizes(), " has ", n, " elements");
  }
  if (x.dim() == 0) k = 1;  // as in PyTorch, one number is all there is
  const Tensor in[] = {x};
  return call_many<TopK>({d, k, largest}, in);
}

namespace {

template <class Op>
Tensors at_rank(const Tensor& x, int64_t dim, bool keepdim, int64_t k) {
  int d = wrap_dim(Op::name, dim, x.dim());
  if (x.dim() > 0 && x.size(d) == 0) {
    fail(ErrorKind::kIndex, Op::name, ": dim ", d, " of shape ", x.sizes(),
         " has size 0 and so no element to choose");
  }
  const Tensor in[] = {x};
  return call_many<Op>({d, keepdim, k}, in);
}

}  // namespace

Tensors kthvalue(const Tensor& x, int64_t k, int64_t dim, bool keepdim) {
  int d = wrap_dim("kthvalue", dim, x.dim());
  int64_t n = x.dim() > 0 ? x.size(d) : 1;
  if (k < 1 || k > n) {
    fail(ErrorKind::kRuntime, "kthvalue: selected number k out of range for dimension ", d,
         ": k is ", k, ", counted from 1, and shape ", x.sizes(), " has ", n, " elements there");
  }
  return at_rank<KthValue>(x, d, keepdim, k);
}
Tensors median_at(const Tensor& x, int64_t dim, bool keepdim, bool skip_nan) {
  return skip_nan ? at_rank<NanMedianAt>(x, dim, keepdim, 0)
                  : at_rank<MedianAt>(x, dim, keepdim, 0);
}
Tensor median(const Tensor& x, bool skip_nan) {
  if (x.numel() == 0 && !is_floating(x.dtype())) {
    fail(ErrorKind::kIndex, skip_nan ? "nanmedian" : "median", ": a tensor of shape ", x.sizes(),
         " has no elements to choose from");
  }
  return skip_nan ? call<NanMedian>({}, x) : call<Median>({}, x);
}
Tensors most_frequent(const Tensor& x, int64_t dim, bool keepdim) {
  return at_rank<MostFrequent>(x, dim, keepdim, 0);
}

Tensor quantile(const Tensor& x, const Tensor& q, const Dims& dim, bool keepdim,
                std::string_view interpolation, bool skip_nan) {
  const char* op = skip_nan ? "nanquantile" : "quantile";
  if (!is_floating(x.dtype())) {
    fail(ErrorKind::kRuntime, op, "() input tensor must be either float or double dtype, got ",
         x.dtype());
  }
  if (q.dtype() != x.dtype()) {
    fail(ErrorKind::kRuntime, op, "() q tensor must be same dtype as the input tensor: ", q.dtype(),
         " against ", x.dtype());
  }
  if (q.dim() > 1) {
    fail(ErrorKind::kRuntime, op, "() q must be a scalar or 1D tensor, got shape ", q.sizes());
  }
  if (x.numel() == 0) {
    fail(ErrorKind::kRuntime, op, "() input tensor must be non-empty, got shape ", x.sizes());
  }
  need_kernels(op, x.dtype());
  bool linear = interpolation == "linear", lower = interpolation == "lower",
       higher = interpolation == "higher", midpoint = interpolation == "midpoint";
  if (!linear && !lower && !higher && !midpoint && interpolation != "nearest") {
    fail(ErrorKind::kRuntime, op,
         "() interpolation must be one of linear, lower, higher, midpoint or nearest, but got ",
         std::string(interpolation));
  }
  {
    GradModeGuard off(false);
    const Tensor levels = detach(peek(q));
    if (!all(logical_and(ge(levels, 0.0), le(levels, 1.0))).item().as_bool())
      fail(ErrorKind::kRuntime, op, "() q values must be in the range [0, 1]");
  }
  // The sorted dim last; the quantiles come there, and move to the front in the end.
  int d = dim.empty() ? 0 : wrap_dim(op, dim[0], x.dim());
  Tensor lines = dim.empty() || x.dim() == 0 ? reshape(x, {x.numel()}) : movedim(x, {d}, {-1});
  Tensor sorted = sort(lines, -1, false)[0];
  int64_t n = sorted.size(-1);
  // Ranks keep the history of q: between two elements the quantile moves with it.
  Tensor ranks, nans, flat = reshape(q, {q.numel()});
  {
    GradModeGuard off(false);
    Tensor plain = detach(sorted);
    nans = sum(to_dtype(ne(plain, plain), plain.dtype()), {-1}, true);
  }
  Dims shape = nans.sizes();
  shape[shape.size() - 1] = q.numel();
  if (skip_nan) {
    ranks = flat * (static_cast<double>(n - 1) - nans);
    ranks = where(lt(ranks, 0.0), 0.0, ranks);
  } else {
    ranks = where(gt(nans, 0.0), static_cast<double>(n - 1), flat * static_cast<double>(n - 1));
  }
  ranks = expand(ranks, shape);
  auto rounded = [&](const char* how) {
    Tensor values = detach(ranks);
    const Operand in[] = {values};
    return elementwise(*find_elementwise(how), in);
  };
  auto at = [&](const Tensor& r) { return gather(sorted, -1, to_dtype(r, DType::kInt64)); };
  Tensor y;
  if (lower || higher || interpolation == "nearest") {
    y = at(rounded(lower ? "floor" : higher ? "ceil" : "round"));
  } else {
    Tensor below = rounded("floor"), weight = midpoint ? full({}, 0.5, x.dtype()) : ranks - below;
    if (midpoint) weight = where(eq(below, detach(ranks)), 0.0, weight);
    Tensor under = at(below), over = at(rounded("ceil"));
    const Operand in[] = {under, over, weight};
    y = elementwise(*find_elementwise("lerp"), in);
  }
  // y: (..., q). With a vector q its dim comes first.
  if (keepdim) {
    Dims kept = x.sizes();
    if (dim.empty() || x.dim() == 0) {
      for (int64_t& s : kept) s = 1;
      y = reshape(y, [&] {
        Dims s = kept;
        s.push_back(q.numel());
        return s;
      }());
    } else {
      y = unsqueeze(y, d);  // before the last: where the dim was
    }
  }
  if (q.dim() == 0) return squeeze(y, {-1});
  return movedim(y, {-1}, {0});
}

}  // namespace pyad
