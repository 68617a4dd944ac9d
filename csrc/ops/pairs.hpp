// Functions of pairs of tensors or of their elements: distances, combinations, cross and Kronecker
// products, differences of neighbours, and matrices that are put together. All are made of other
// ops.
#pragma once

#include "core/tensor.hpp"
#include "ops/op.hpp"

namespace pyad {

Tensor trace(const Tensor& x);
/// `before` and `after` may be undefined.
Tensor diff(const Tensor& x, int64_t n, int64_t dim, const Tensor& before, const Tensor& after);
/// Distances of the rows of x (..., p, m) and y (..., r, m).
Tensor cdist(const Tensor& x, const Tensor& y, double p, bool products);
Tensor dist(const Tensor& x, const Tensor& y, double p);
Tensor cross(const Tensor& x, const Tensor& y, int64_t dim);
Tensor kron(const Tensor& x, const Tensor& y);
/// Row and column numbers of a triangle, (2, n).
Tensor triangle_indices(const char* op, int64_t rows, int64_t columns, int64_t offset, bool upper,
                        DType dtype);
Tensor cartesian_prod(Inputs xs);
Tensor combinations(const Tensor& x, int64_t r, bool replacement);
Tensor block_diag(Inputs xs);
/// `fweights` and `aweights` may be undefined.
Tensor cov(const Tensor& x, double correction, const Tensor& fweights, const Tensor& aweights);
Tensor corrcoef(const Tensor& x);
/// `x` may be undefined.
Tensor trapezoid(const Tensor& y, const Tensor& x, double dx, int64_t dim);

}  // namespace pyad
