// Norms of the differences of all pairs of rows, without the differences; and what such norms give
// to the gradients of the rows. Matrices are dense; batches follow each other.
#pragma once

#include <cstdint>

#include "core/dtype.hpp"
#include "kernels/distance_kernels.hpp"

namespace pyad {

struct PairSizes {
  int64_t batches, rows, m, others;  // x (batches, rows, m), y transposed (batches, m, others)
};

/// out (batches, rows, others); and whether a row (of batches * rows) has squares that may have
/// left the range of the type, or are NaN, which only the Euclidean norm says.
void pair_norms(PairNorm norm, DType dtype, const PairSizes& n, const void* x, const void* y,
                void* out, bool* beyond);
/// By the weights w, of the shape of the norms: gx (batches, rows, m) and gy (batches, m, others),
/// either of which may be null. Not for the largest difference.
void pull_pair_norms(PairNorm norm, DType dtype, const PairSizes& n, const void* x, const void* y,
                     const void* w, void* gx, void* gy);

}  // namespace pyad
