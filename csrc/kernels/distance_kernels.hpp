// Loops over the pairs of rows of two matrices, as a table of function pointers, filled once per
// instruction set. The second matrix comes transposed: y (m, r), so that a row of results is made
// of whole vectors.
#pragma once

#include <cstdint>

#include "kernels/isa.hpp"

namespace pyad {

/// Sums of squares between these have all their digits.
template <class T>
struct SquareRange {
  static constexpr T low = sizeof(T) == 4 ? T(0x1p-80) : T(0x1p-916);
  static constexpr T high = sizeof(T) == 4 ? T(0x1p126) : T(0x1p1022);
};

enum class PairNorm : unsigned char { kSum, kEuclid, kMax };

struct DistanceKernels {
  /// out (rows, r): the norms of x[i] - y[:, j]; and which rows have a sum of squares that may have
  /// left the range of the type, or is NaN.
  using Forward = void (*)(const void* x, const void* y, int64_t rows, int64_t m, int64_t r,
                           void* out, bool* beyond);
  Forward forward[3][2];  // by norm, then float32 and float64
  /// gx (rows, m): the sums over j of w[i, j] s(x[i] - y[:, j]), s the sign for the sum of sizes,
  /// the difference itself for the Euclidean norm.
  using PullRows = void (*)(const void* x, const void* y, const void* w, int64_t rows, int64_t m,
                            int64_t r, void* gx);
  PullRows pull_rows[2][2];
  /// gy (m, r), columns from `begin` to `end`: minus the sums over i of the same.
  using PullColumns = void (*)(const void* x, const void* y, const void* w, int64_t rows, int64_t m,
                               int64_t r, int64_t begin, int64_t end, void* gy);
  PullColumns pull_columns[2][2];
};

}  // namespace pyad
