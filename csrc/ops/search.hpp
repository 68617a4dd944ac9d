// Comparison of whole tensors, sets of values, counts, search in sorted rows. Nothing here has a
// derivative, so these are plain functions and no ops of the graph.
#pragma once

#include "core/tensor.hpp"
#include "ops/op.hpp"

namespace pyad {

/// |x - y| <= atol + rtol |y|, or x = y, which infinities need.
Tensor isclose(const char* op, const Tensor& x, const Tensor& y, double rtol, double atol,
               bool equal_nan);
bool allclose(const char* op, const Tensor& x, const Tensor& y, double rtol, double atol,
              bool equal_nan);
/// One shape and equal elements.
bool equal(const Tensor& x, const Tensor& y);
Tensor isin(const Tensor& x, const Tensor& set, bool invert);
/// (values), and if asked (inverse), (counts). Unless `sorted` only neighbours are compared.
Tensors unique(const Tensor& x, bool sorted, bool inverse, bool counts);
/// The same with the slices of `dim` for values.
Tensors unique_rows(const Tensor& x, int64_t dim, bool inverse, bool counts);
/// `weights` may be undefined.
Tensor bincount(const Tensor& x, const Tensor& weights, int64_t minlength);
Tensor histc(const Tensor& x, int64_t bins, double low, double high);
/// `rows` is a vector or has x's leading dims; `sorter` may be undefined.
Tensor searchsorted(const char* op, const Tensor& rows, const Tensor& x, bool int32, bool right,
                    const Tensor& sorter);

}  // namespace pyad
