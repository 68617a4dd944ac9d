// What the forward and the backward driver of recurrent layers share: weights laid out for a step's
// product, and the state before a step.
#pragma once

#include <algorithm>

#include "core/buffer.hpp"
#include "kernels/gemm.hpp"
#include "kernels/parallel.hpp"
#include "kernels/recurrent.hpp"
#include "kernels/recurrent_kernels.hpp"

namespace pyad {

template <class T>
const RecurrentLoops<T>& recurrent_loops();

template <class T>
T* data_or_null(const Tensor& x) {
  return x.defined() ? x.data<T>() : nullptr;
}

/// Memory for the time of a call.
template <class T>
class Scratch {
 public:
  explicit Scratch(int64_t n) : buffer_(allocate_buffer(static_cast<size_t>(n) * sizeof(T))) {}
  T* data() const { return static_cast<T*>(buffer_->data); }
  T* zeroed(int64_t n) const {
    std::fill_n(data(), n, T(0));
    return data();
  }

 private:
  Ref<Buffer> buffer_;
};

/// The right factor of a step's products: a k x n matrix, or the transpose of an n x k one, in
/// panels that a tile reads from end to end. Few rows do not pay for packing.
template <class T>
class StepFactor {
 public:
  static constexpr int64_t kPanel = 256 / sizeof(T);
  static constexpr int64_t kWorthPacking = 4;  // rows of the left factor

  StepFactor(MatrixView<T> w, int64_t k, int64_t n, int64_t rows)
      : w_(w),
        k_(k),
        n_(n),
        packed_(rows >= kWorthPacking && (w.col_stride != 1 || n > kPanel)),
        room_(packed_ ? (n + kPanel - 1) / kPanel * kPanel * k : 0) {}
  /// Copies the weights.
  void pack() {
    if (!packed_) return;
    T* out = room_.data();
    if (w_.col_stride != 1) return recurrent_loops<T>().pack(w_.data, n_, k_, kPanel, out);
    for (int64_t q = 0; q < n_; q += kPanel, out += kPanel * k_) {
      int64_t width = std::min(kPanel, n_ - q);
      for (int64_t p = 0; p < k_; ++p)
        std::copy_n(w_.data + p * w_.row_stride + q, width, out + p * kPanel);
    }
  }
  /// c = a w (+ c, or + bias); a is rows x k, both with contiguous rows.
  void times(int64_t rows, const T* a, T* c, bool add, const T* bias = nullptr) const {
    T beta = add ? T(1) : T(0);
    MatrixView<T> left{a, k_, 1};
    if (!packed_) return gemm<T>(rows, n_, k_, T(1), left, w_, beta, c, n_, bias);
    const T* panel = room_.data();
    for (int64_t q = 0; q < n_; q += kPanel, panel += kPanel * k_) {
      gemm<T>(rows, std::min(kPanel, n_ - q), k_, T(1), left, {panel, kPanel, 1}, beta, c + q, n_,
              bias ? bias + q : nullptr);
    }
  }

 private:
  MatrixView<T> w_;
  int64_t k_, n_;
  bool packed_;
  Scratch<T> room_;
};

/// The step before step `t` in the order of the layer; -1 for the first.
inline int64_t step_before(const RecurrentShape& s, int64_t t) {
  if (s.reverse) return t + 1 < s.steps ? t + 1 : -1;
  return t - 1;
}

/// Calls f(begin, end, h, c) for the rows of step `t` within [r0, r1), h and c being the states
/// before it at row `begin`: those of another step, and initial ones (null: zero) for sequences
/// that start here.
template <class T, class F>
void with_state_before(const RecurrentShape& s, int64_t t, int64_t r0, int64_t r1, const T* y,
                       const T* cells, const T* h0, const T* c0, F&& f) {
  int64_t end = std::min(r1, s.rows(t)), before = step_before(s, t);
  int64_t m = before < 0 ? 0 : std::min(end, s.rows(before));
  if (r0 < m) {
    int64_t at = s.offset(before) + r0;
    f(r0, m, y + at * s.out, cells ? cells + at * s.hidden : nullptr);
  }
  int64_t begin = std::max(r0, m);
  if (begin < end) {
    f(begin, end, h0 ? h0 + begin * s.out : nullptr, c0 ? c0 + begin * s.hidden : nullptr);
  }
}

/// A sequence is one part of a parallel_for however long it is; its steps ask as often as this.
inline constexpr int64_t kStepsPerPoll = 16;

/// Sequences that a thread should at least have.
inline int64_t sequences_worth_a_thread(const RecurrentShape& s) {
  double each = static_cast<double>(s.steps) * static_cast<double>(s.gates() * s.out);
  return std::max<int64_t>(4, static_cast<int64_t>(1e6 / std::max(each, 1.0)));
}
/// Calls body(begin, end) on parts of the sequences, on threads. A few are never cut: a product with
/// weights that are not packed rounds by the number of its rows.
template <class T, class F>
void over_sequences(const RecurrentShape& s, F&& body) {
  if (s.batch < StepFactor<T>::kWorthPacking) return body(int64_t{0}, s.batch);
  parallel_for(s.batch, sequences_worth_a_thread(s), body);
}
inline double elements_worth(const RecurrentShape& s) {
  return static_cast<double>(s.total) * static_cast<double>(s.gates()) *
         static_cast<double>(s.input + s.out) / 24;
}

}  // namespace pyad
