// The loops of recurrent cells as a table of function pointers, filled once per instruction set.
#pragma once

#include <cstdint>

#include "kernels/isa_select.hpp"

namespace pyad {

/// Rows of one width, `step` elements apart; 0 repeats one row (of zeros, where nothing is given).
template <class T>
struct CellRows {
  const T* data;
  int64_t step;
};

/// Loops over `rows` rows of `n` units. Gates of a row stand side by side, each n wide: i f g o of
/// an LSTM, r z n of a GRU.
template <class T>
struct RecurrentLoops {
  /// Activates the gates in place; then c = f c_prev + i g, h = o tanh(c).
  void (*lstm)(int64_t rows, int64_t n, T* gates, CellRows<T> c_prev, T* c, T* tanh_c, T* h);
  /// Given dh + gy and dc: the cotangents of the gates before activation; dc becomes c_prev's.
  void (*lstm_pull)(int64_t rows, int64_t n, const T* gates, CellRows<T> c_prev, const T* tanh_c,
                    CellRows<T> gy, const T* dh, T* dc, T* dgates);
  /// Activates the input's gates in place, given the state's, whose last part is kept in `hn`; then
  /// h = n + z (h_prev - n).
  void (*gru)(int64_t rows, int64_t n, T* gates, const T* state, CellRows<T> h_prev, T* hn, T* h);
  /// Cotangents of both parts of the gates; dh becomes the direct part of h_prev's.
  void (*gru_pull)(int64_t rows, int64_t n, const T* gates, const T* hn, CellRows<T> h_prev,
                   CellRows<T> gy, T* dh, T* dgates, T* dstate);
  /// h = tanh(h), or relu(h).
  void (*plain)(int64_t count, bool relu, T* h);
  void (*plain_pull)(int64_t rows, int64_t n, bool relu, const T* h, CellRows<T> gy, const T* dh,
                     T* dgates);
  /// The transpose of a matrix of `rows` x `cols` in panels: panel q is cols x `panel` and holds
  /// the rows from q * panel on.
  void (*pack)(const T* w, int64_t rows, int64_t cols, int64_t panel, T* out);
};

struct RecurrentKernels {
  RecurrentLoops<float> f32;
  RecurrentLoops<double> f64;
};

PYAD_DECLARE_ISA_FILL(fill_recurrent, RecurrentKernels)

}  // namespace pyad
