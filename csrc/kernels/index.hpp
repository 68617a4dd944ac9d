// Gathers and scatters: rows at positions, elements along a dim, positions of non-zero elements.
// Indices are int64 and checked here, each before its element is read or written, so that no caller
// can reach outside an array. What may not be left half done asks `check_indices` first.
//
// Separate from the strided walks because addresses come from data.
#pragma once

#include <cstdint>

#include "core/tensor.hpp"

namespace pyad {

/// What a kernel does with the elements that indices point to.
enum class Move : uint8_t { kGet, kPut, kAdd };

/// Raises IndexError, naming `op`, unless every index (contiguous int64) is in [0, size).
void check_indices(const char* op, const Tensor& index, int64_t size);
/// Whether all indices are in [0, size); nothing raised.
bool indices_in_range(const Tensor& index, int64_t size);

/// Moves rows between `indexed` (any layout) and `rows` (contiguous, of the shape that `indexed`
/// has with the dims [dim, dim + count) replaced by the shape of `positions`). Positions count in
/// the row-major order of those dims.
void move_rows(const char* op, Move move, const Tensor& indexed, int dim, int count,
               const Tensor& positions, const Tensor& rows);
/// Moves elements between `indexed` (any layout) and `values` (any layout, of the shape of
/// `index`): element i, j, k of `values` belongs to element i, index[i, j, k], k of `indexed` when
/// dim is 1.
void move_elements(const char* op, Move move, const Tensor& indexed, int dim, const Tensor& index,
                   const Tensor& values);

/// out[i] = x[index[i]] for rows of `row_bytes` bytes; indices must have been checked.
void gather_rows(const void* x, int64_t row_bytes, const int64_t* index, int64_t n, void* out);
/// out[index[i]] += g[i] for rows of `row` elements; indices must have been checked to be below
/// `places`.
void scatter_add_rows(DType dtype, const void* g, int64_t row, const int64_t* index, int64_t n,
                      void* out, int64_t places);

/// Row-major positions of the elements that are not zero, (n,) int64.
Tensor nonzero_positions(const Tensor& x);
/// Adds `x` into the elements of `target` (same shape and dtype), also where several of them are
/// one element of memory.
void add_overlapping(const Tensor& target, const Tensor& x);

}  // namespace pyad
