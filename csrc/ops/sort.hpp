// Sorting, selection by rank, and the statistics made of ranks.
//
// Note [Values at places]
// These ops return values and the places they were taken from. Where the values change, the places
// do not, so the cotangent is put back at the places and a tangent is taken from them: rules made
// of gathers, differentiable again.
#pragma once

#include <string_view>
#include <vector>

#include "core/tensor.hpp"
#include "kernels/sort.hpp"
#include "ops/op.hpp"

namespace pyad {

struct SortAttr {
  Axis dim;
  int64_t k;  // how many of each line
  bool descending;
};
template <OpName NAME>
struct Sorted : General<NAME, 1, 2> {
  static constexpr unsigned save = save_out(1);
  static constexpr unsigned diff_outputs = 1;
  using Attr = SortAttr;
  static Tensors forward(const Attr& attr, Inputs in);
  static void vjp(const Attr& attr, Rule& b);
};
using Sort = Sorted<"sort">;
using TopK = Sorted<"topk">;

struct RankAttr {
  Axis dim;
  bool keepdim;
  int64_t k;
};
/// One element of each line.
template <OpName NAME, Rank RANK>
struct AtRank : General<NAME, 1, 2> {
  static constexpr unsigned save = save_out(1);
  static constexpr unsigned diff_outputs = 1;
  using Attr = RankAttr;
  static Tensors forward(const Attr& attr, Inputs in);
  static void vjp(const Attr& attr, Rule& b);
};
using KthValue = AtRank<"kthvalue", Rank::kGiven>;
using MedianAt = AtRank<"median", Rank::kMedian>;
using NanMedianAt = AtRank<"nanmedian", Rank::kNanMedian>;
using MostFrequent = AtRank<"mode", Rank::kMode>;

struct MedianAttr {
  bool of_rows = false;
};
/// Of all elements, or of each row of a matrix; those equal to the result share the cotangent
/// evenly.
template <OpName NAME, Rank RANK>
struct MedianOfAll : General<NAME> {
  static constexpr unsigned save = save_in(0) | save_out(0);
  using Attr = MedianAttr;
  static Tensor batch(const Attr& attr, const Examples& in);
  static Tensor forward(const Attr& attr, Inputs in);
  static void vjp(const Attr& attr, Rule& b);
};
using Median = MedianOfAll<"median_all", Rank::kMedian>;
using NanMedian = MedianOfAll<"nanmedian_all", Rank::kNanMedian>;

/// (values, int64 places), equal values in their order.
Tensors sort(const Tensor& x, int64_t dim = -1, bool descending = false);
Tensors topk(const Tensor& x, int64_t k, int64_t dim = -1, bool largest = true);
Tensors kthvalue(const Tensor& x, int64_t k, int64_t dim = -1, bool keepdim = false);
Tensors median_at(const Tensor& x, int64_t dim, bool keepdim, bool skip_nan);
Tensor median(const Tensor& x, bool skip_nan);
/// torch.mode.
Tensors most_frequent(const Tensor& x, int64_t dim = -1, bool keepdim = false);
/// `q` a 0-d or 1-d tensor of x's dtype; no dims: of all elements.
Tensor quantile(const Tensor& x, const Tensor& q, const Dims& dim, bool keepdim,
                std::string_view interpolation, bool skip_nan);

}  // namespace pyad
