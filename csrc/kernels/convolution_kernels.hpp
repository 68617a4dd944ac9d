// The loops of convolutions as a table of function pointers, filled once per instruction set.
//
// They know nothing of convolutions: a band is a few rows of a matrix product whose right factor is
// read through a list of offsets, `dots` its mirror image for the cotangent of the left factor.
#pragma once

#include <cstdint>

#include "kernels/isa_select.hpp"

namespace pyad {

/// Where the p-th column of the left factor and the p-th row of the right one begin.
struct Pair {
  int64_t a, b;
};

/// c[i, q] = bias[i] + sum over p of a[i * a_row + pairs[p].a] b[pairs[p].b + q], for `rows` rows
/// and n columns.
template <class T>
struct BandCall {
  int64_t rows, n, k;  // rows: at most BandKernels::max_rows
  const T* a;
  int64_t a_row;
  const T* b;
  const Pair* pairs;  // k of them
  const T* bias;      // or null
  T* c;
  int64_t c_row;
};

/// out[i, j] = sum over q of g[i, q] x[offsets[j] + q], for m rows, `taps` offsets and n columns;
/// added to what is there if `add`.
template <class T>
struct DotsCall {
  int64_t m, taps, n;
  const T* g;
  int64_t g_row;
  const T* x;
  const int64_t* offsets;
  T* out;
  int64_t out_row;
  bool add;
};

/// to[r, i] = from[r, i]: `rows` rows of n elements; one of the two steps is 1.
template <class T>
struct CopyCall {
  int64_t rows, n;
  const T* from;
  int64_t from_row, from_step;
  T* to;
  int64_t to_row, to_step;
};

template <class T>
struct ConvolutionLoops {
  int64_t max_rows;
  void (*band)(const BandCall<T>&);
  void (*dots)(const DotsCall<T>&);
  void (*copy)(const CopyCall<T>&);
};

struct ConvolutionKernels {
  ConvolutionLoops<float> f32;
  ConvolutionLoops<double> f64;
};

PYAD_DECLARE_ISA_FILL(fill_convolution, ConvolutionKernels)

}  // namespace pyad
