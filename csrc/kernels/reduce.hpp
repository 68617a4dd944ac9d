// Reductions of arrays of any layout: which loop runs over which dims. The loops themselves are in
// isa/reduce_*.cpp.
#pragma once

#include "core/tensor.hpp"
#include "kernels/reduce_kernels.hpp"

namespace pyad {

/// Type of a reduction's result: int64 for sums, products and counts of integers, bool for all and
/// any, else that of the input.
DType reduction_dtype(Reduction r, DType t);

/// Fresh contiguous array: `x` reduced over `dims` (wrapped, ascending; not empty unless `x` is
/// 0-d). An empty reduction gives the reduction's unit. `shift` is a contiguous array of the
/// result's shape, for the reductions that take one.
Tensor reduce(Reduction r, const Tensor& x, const Dims& dims, bool keepdim,
              const Tensor* shift = nullptr, double p = 0);

/// A contiguous array seen as (outer, n, inner), reduced or scanned along the middle.
struct Span3 {
  int64_t outer = 1, n = 1, inner = 1;
};
inline Span3 span_at(const Dims& sizes, int dim) {
  Span3 s;
  for (int i = 0; i < sizes.size(); ++i) (i < dim ? s.outer : i == dim ? s.n : s.inner) *= sizes[i];
  return s;
}

/// Extreme values of contiguous `x` along the middle and their places, both of shape `sizes` (outer
/// * inner elements). n >= 1.
struct ValuesAndPlaces {
  Tensor values, places;
};
ValuesAndPlaces reduce_arg(bool largest, const Tensor& x, const Span3& span, const Dims& sizes);

}  // namespace pyad
