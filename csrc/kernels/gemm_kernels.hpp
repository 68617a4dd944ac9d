// The table of matrix-product kernels that is compiled once per instruction set (Note [Instruction
// sets]).
#pragma once

#include <cstdint>

#include "kernels/isa_select.hpp"

namespace pyad {

/// C = alpha A B + beta C for an A of m x k and a B of k x n, both with any strides; C has unit
/// column stride. `bias`, of n elements or null, is added to every row. With beta = 0, C is not
/// read.
template <class T>
struct GemmCall {
  int64_t m, n, k;
  T alpha;
  const T* a;
  int64_t a_row, a_col;
  const T* b;
  int64_t b_row, b_col;
  T beta;
  T* c;
  int64_t c_row;
  const T* bias;
};

struct GemmKernels {
  void (*f32)(const GemmCall<float>&);
  void (*f64)(const GemmCall<double>&);
};

PYAD_DECLARE_ISA_FILL(fill_gemm, GemmKernels)

}  // namespace pyad
