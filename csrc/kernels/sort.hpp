// Sorting along a dim, and what is chosen by rank: the k first, the k-th, the median, the most
// frequent.
//
// Note [Order of values]
// Numbers are compared by keys: unsigned integers in the same order, in which -0 and 0 are one key
// and every NaN the largest. A descending order is the ascending one of the complement. So NaN
// comes last when ascending and first when descending, and equal values keep their order either
// way, which is PyTorch's stable sort.
#pragma once

#include <cstdint>

#include "core/tensor.hpp"
#include "kernels/reduce.hpp"

namespace pyad {

enum class Rank : uint8_t {
  kGiven,      // the k-th smallest, counted from 1
  kMedian,     // the lower median; the first NaN if there is one
  kNanMedian,  // the lower median of what is not NaN
  kMode,       // the most frequent value, the smallest of several; its last place
};

/// Contiguous `x` sorted along `dim`, and the places its elements came from.
ValuesAndPlaces sort_lines(const Tensor& x, int dim, bool descending);
/// The first `k` of that, without sorting the rest.
ValuesAndPlaces top_lines(const Tensor& x, int dim, int64_t k, bool descending);
/// One element of each line (which must not be empty), and its place; both of shape `sizes`.
ValuesAndPlaces rank_lines(const Tensor& x, int dim, Rank rank, int64_t k, const Dims& sizes);

}  // namespace pyad
