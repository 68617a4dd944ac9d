// Places of extreme values, for one instruction set: the first of equals, and a NaN before
// everything, as in PyTorch.
#include <type_traits>

#include "kernels/reduce_kernels.hpp"

namespace pyad::inline PYAD_ISA {
namespace {

template <class T>
inline bool same(T a, T b) {
  return (a == b) | ((a != a) & (b != b));
}

// Looks block by block, so that the comparison is a vector loop, and then inside the block that has
// it.
template <class T>
void find_rows(const void* in, int64_t rows, int64_t n, const void* values, int64_t* index) {
  constexpr int64_t kBlock = 128;
  const T* x = static_cast<const T*>(in);
  const T* v = static_cast<const T*>(values);
  for (int64_t r = 0; r < rows; ++r, x += n) {
    T value = v[r];
    int64_t i = 0;
    for (; i + kBlock <= n; i += kBlock) {
      unsigned found = 0;
      for (int64_t k = 0; k < kBlock; ++k) found |= same(x[i + k], value) ? 1u : 0u;
      if (found) break;
    }
    while (i < n - 1 && !same(x[i], value)) ++i;
    index[r] = i;
  }
}

template <class T, bool MAX>
void arg_columns(const void* in, int64_t n, int64_t columns, int64_t step, void* values,
                 int64_t* index) {
  using Index = std::conditional_t<sizeof(T) == 8, int64_t,
                                   int32_t>;  // as wide as an element, where that is wide enough
  constexpr int64_t kChunk = 256, kRows = int64_t{1} << 30;
  for (int64_t start = 0; start < columns; start += kChunk) {
    int64_t m = columns - start < kChunk ? columns - start : kChunk;
    const T* x = static_cast<const T*>(in) + start;
    T best[kChunk];
    Index at[kChunk];
    T* __restrict v = static_cast<T*>(values) + start;
    int64_t* __restrict where = index + start;
    for (int64_t base = 0; base < n; base += kRows) {
      int64_t rows = n - base < kRows ? n - base : kRows;
      for (int64_t j = 0; j < m; ++j) {
        best[j] = x[base * step + j];
        at[j] = 0;
      }
      for (int64_t r = 1; r < rows; ++r) {
        const T* p = x + (base + r) * step;
        Index place = static_cast<Index>(r);
        for (int64_t j = 0; j < m; ++j) {
          T a = best[j], b = p[j];
          bool better = (MAX ? b > a : b < a) | ((b != b) & (a == a));
          best[j] = better ? b : a;
          at[j] = better ? place : at[j];
        }
      }
      for (int64_t j = 0; j < m; ++j) {
        T a = v[j], b = best[j];
        if (base == 0 || (MAX ? b > a : b < a) || (b != b && a == a)) {
          v[j] = b;
          where[j] = base + at[j];
        }
      }
    }
  }
}

template <class T>
void set(ReduceKernels* k, int type) {
  k->find[type] = find_rows<T>;
  k->arg_max[type] = arg_columns<T, true>;
  k->arg_min[type] = arg_columns<T, false>;
}

}  // namespace

void fill_reduce_arg(ReduceKernels* k) {
  set<uint8_t>(k, dtype_index<bool>);
  set<uint8_t>(k, dtype_index<uint8_t>);
  set<int32_t>(k, dtype_index<int32_t>);
  set<int64_t>(k, dtype_index<int64_t>);
  set<float>(k, dtype_index<float>);
  set<double>(k, dtype_index<double>);
}

}  // namespace pyad::inline PYAD_ISA
