// The reduction loops by which `reduce.cpp` is driven: a table of function pointers, filled once
// per instruction set.
//
// Separate from reduce.hpp because isa units see plain pointers only (Note [Instruction sets]).
#pragma once

#include <cstdint>

#include "core/dtype_list.hpp"
#include "kernels/isa.hpp"

namespace pyad {

/// What is done with the elements: mapped, then combined. Those marked (m) also see one number of
/// their output, the shift.
enum class Reduction : uint8_t {
  kSum,
  kProd,
  kMax,
  kMin,
  kSumAbs,
  kSumSquares,
  kSumPow,  // |x|^p
  kMaxAbs,
  kMinAbs,
  kCountNonzero,
  kAll,
  kAny,
  kSumDeviation,         // (m) x - m
  kSumSquaredDeviation,  // (m) (x - m)^2
  kSumExp,               // (m) exp(x - m)
  kSumSmallerExp,        // (m) exp(x - m), where x is not m
};
inline constexpr int kNumReductions = 16;
inline constexpr int kNumReduceTypes = kNumDTypes;

/// out[r] = reduction of the contiguous run in[r * step, r * step + n), n >= 1; shift of row r is
/// shift[r * shift_step].
using ReduceRows = void (*)(const void* in, int64_t rows, int64_t step, int64_t n,
                            const void* shift, int64_t shift_step, void* out, double p);
/// out[j] = reduction over r of in[r * step + j], j < columns, n >= 1; shift[j] likewise.
using ReduceColumns = void (*)(const void* in, int64_t n, int64_t step, int64_t columns,
                               const void* shift, void* out, double p);
/// index[r] = first place in row r that holds value[r] (a NaN is found by any NaN).
using FindRows = void (*)(const void* in, int64_t rows, int64_t n, const void* values,
                          int64_t* index);
/// values[j], index[j] = first largest (smallest) of column j; a NaN wins.
using ArgColumns = void (*)(const void* in, int64_t n, int64_t columns, int64_t step, void* values,
                            int64_t* index);

struct ReduceKernels {
  ReduceRows rows[kNumReductions][kNumReduceTypes];
  ReduceColumns columns[kNumReductions][kNumReduceTypes];
  FindRows find[kNumReduceTypes];
  ArgColumns arg_max[kNumReduceTypes];
  ArgColumns arg_min[kNumReduceTypes];
};

const ReduceKernels& reduce_kernels();

}  // namespace pyad
