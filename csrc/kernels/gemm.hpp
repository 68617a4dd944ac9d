// Matrix products on plain memory, and the batched product of tensors that `matmul` and `linear`
// are made of.
#pragma once

#include <cstdint>

#include "core/tensor.hpp"

namespace pyad {

/// A matrix in memory, or the transpose of one: any strides, in elements.
template <class T>
struct MatrixView {
  const T* data;
  int64_t row_stride;
  int64_t col_stride;
  MatrixView transposed() const { return {data, col_stride, row_stride}; }
};

/// C = alpha A B + beta C, C being m x n with rows `ldc` apart; with beta = 0 C is not read.
/// `bias`, of n elements or null, is added to every row. For float and double. Threads are used for
/// large products; call it unlocked then, after `load_blas()`.
template <class T>
void gemm(int64_t m, int64_t n, int64_t k, T alpha, const MatrixView<T>& a, const MatrixView<T>& b,
          T beta, T* c, int64_t ldc, const T* bias = nullptr);

/// out = op(a) op(b) (+ bias on every row) where op transposes the last two dims if asked. `out` is
/// contiguous and has the broadcast batch dims; a and b have at least 2 dims and any strides; all
/// of one dtype (not bool).
void batched_product(const Tensor& out, const Tensor& a, bool transpose_a, const Tensor& b,
                     bool transpose_b, const Tensor* bias = nullptr);

}  // namespace pyad
