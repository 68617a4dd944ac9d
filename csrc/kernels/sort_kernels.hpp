// The loops of sorting short lines as a table of function pointers, filled once per instruction
// set.
#pragma once

#include <cstdint>

#include "kernels/isa.hpp"

namespace pyad {

/// Lines up to this length are sorted by counting, for each element, those that go before it.
inline constexpr int kShortLine = 64;

/// rank[i] = number of keys before key i, equal keys in their order. Both arrays have room for
/// kShortLine entries; keys from `n` on are the largest of their type.
struct SortKernels {
  void (*rank32)(const int32_t* keys, int n, int32_t* rank);
  void (*rank64)(const int64_t* keys, int n, int64_t* rank);
};

const SortKernels& sort_kernels();

}  // namespace pyad
