// Walking strided arrays: merging dims, copying, converting. Everything non-contiguous becomes
// contiguous here, so that kernels see plain runs of elements.
#pragma once

#include <cstdint>

#include "core/tensor.hpp"

namespace pyad {

/// Up to kOperands arrays walked together: common sizes, strides in elements for each (0 where
/// broadcast).
struct StridedLoop {
  static constexpr int kOperands = 6;
  int n_dims = 0;
  int n_operands = 0;
  int64_t sizes[kMaxDims];
  int64_t strides[kOperands][kMaxDims];

  explicit StridedLoop(const Dims& sizes);
  /// Adds an operand, aligned at the last dim; size-1 and missing dims get stride 0.
  void add(const Dims& sizes, const Dims& strides);
  /// Puts the dims into another order.
  void reorder(const Dims& order);
  /// Drops size-1 dims and merges neighbours that every operand steps over as one.
  void merge();
};

/// out[i] = in[i * step], by a loop that the compiler knows the step of where that makes vectors.
template <class T>
inline void copy_steps(T* __restrict out, const T* __restrict in, int64_t step, int64_t n) {
  if (step == 2) {
    for (int64_t i = 0; i < n; ++i) out[i] = in[2 * i];
  } else {
    for (int64_t i = 0; i < n; ++i) out[i] = in[i * step];
  }
}

/// Calls `f` with an unsigned type of the size of an element: to move elements, the size is enough.
template <class F>
decltype(auto) visit_item(size_t item, F&& f) {
  switch (item) {
    case 1:
      return f(std::type_identity<uint8_t>{});
    case 2:
      return f(std::type_identity<uint16_t>{});
    case 4:
      return f(std::type_identity<uint32_t>{});
    case 8:
      return f(std::type_identity<uint64_t>{});
    default:
      fail(ErrorKind::kRuntime, "no dtype has elements of ", item, " bytes");
  }
}

/// Sets the elements of a dense array to the one at `value`.
void fill_values(const Tensor& t, const void* value);
/// Copies `x` into contiguous memory at `out`.
void copy_to_contiguous(const Tensor& x, void* out);
/// Writes `x`, broadcast, into the elements of `target` (same dtype); memory of the two must not
/// overlap partly.
void copy_into(const Tensor& target, const Tensor& x);
/// out[r * out_row + c] = in[r + c * in_column] for elements of `item` bytes. `out` is to stay in
/// the cache, with rows that do not all meet in one place of it.
void turn_block(void* out, int64_t out_row, const void* in, int64_t in_column, int64_t rows,
                int64_t columns, size_t item);
/// The values of `x` in another dtype, laid out as `x`.
Tensor convert(const Tensor& x, DType dtype);
/// `x` itself if contiguous, else a contiguous copy; no history.
Tensor contiguous_values(const Tensor& x);
/// The same; of no tensor, none.
inline Tensor contiguous_or_none(const Tensor& x) { return x.defined() ? contiguous_values(x) : x; }
/// `x` itself if it has these dense strides, else a copy that has; no history.
Tensor values_with(const Tensor& x, const Dims& strides);
/// Whether the memory ranges of the two can touch.
bool may_overlap(const Tensor& a, const Tensor& b);

}  // namespace pyad
