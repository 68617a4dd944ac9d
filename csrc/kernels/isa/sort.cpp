// Ranks of short lines, for one instruction set: n^2 comparisons without a branch are faster than
// n log n with them.
#include "kernels/sort_kernels.hpp"

namespace pyad::inline PYAD_ISA {
namespace {

template <class K, int LANES>
void rank(const K* keys, int n, K* out) {
  for (int first = 0; first < n; first += LANES) {
    K own[LANES], count[LANES];
    for (int l = 0; l < LANES; ++l) {
      own[l] = keys[first + l];
      count[l] = 0;
    }
    int stop = first + LANES < n ? first + LANES : n;
    for (int j = 0; j < first; ++j) {
      K k = keys[j];
      for (int l = 0; l < LANES; ++l) count[l] += k <= own[l] ? 1 : 0;
    }
    for (int j = first; j < stop; ++j) {
      K k = keys[j];
      for (int l = 0; l < LANES; ++l)
        count[l] += (k < own[l]) | ((k == own[l]) & (j < first + l)) ? 1 : 0;
    }
    for (int j = stop; j < n; ++j) {
      K k = keys[j];
      for (int l = 0; l < LANES; ++l) count[l] += k < own[l] ? 1 : 0;
    }
    for (int l = 0; l < LANES; ++l) out[first + l] = count[l];
  }
}

}  // namespace

void fill_sort(SortKernels* k) {
  k->rank32 = rank<int32_t, 16>;
  k->rank64 = rank<int64_t, 8>;
}

}  // namespace pyad::inline PYAD_ISA
