// Recurrent layers over whole sequences, on plain memory: forward, and the cotangents of
// everything.
//
// Note [Recurrent layers]
// The input's part of all gates is one product over all steps; what is left to a step is the
// product of the state with its weights, packed once, and one pass over the cells. Backward, a step
// is again one pass and one product; the cotangents of the weights are products over all steps.
// Sequences of different lengths come packed: step t holds the first `rows(t)` sequences, longest
// first, and lies at row `offset(t)`.
#pragma once

#include <cstdint>

#include "core/tensor.hpp"

namespace pyad {

enum class Cell : uint8_t { kLstm, kGru, kTanh, kRelu };
constexpr int gate_count(Cell c) { return c == Cell::kLstm ? 4 : c == Cell::kGru ? 3 : 1; }

struct RecurrentShape {
  Cell cell;
  bool reverse;
  int64_t steps, batch, total;  // total: rows of all steps
  int64_t input, hidden, out;   // out: hidden, or the size of the projection
  const int64_t* batch_sizes;   // of each step, or null: all are `batch`
  const int64_t* offsets;
  int64_t rows(int64_t t) const { return batch_sizes ? batch_sizes[t] : batch; }
  int64_t offset(int64_t t) const { return offsets ? offsets[t] : t * batch; }
  int64_t gates() const { return gate_count(cell) * hidden; }
  bool projected() const { return out != hidden; }
  /// Elements kept for the way back: the gates, and what belongs to them.
  int64_t kept() const {
    switch (cell) {
      case Cell::kLstm:
        return total * hidden * (projected() ? 7 : 6);
      case Cell::kGru:
        return total * hidden * 4;
      default:
        return 0;
    }
  }
};

/// Contiguous arrays; undefined ones are absent (a state that is zero, biases, the projection).
struct RecurrentData {
  Tensor x, h0, c0, w_ih, w_hh, b_ih, b_hh, w_hr;
  Tensor y, h_n, c_n, kept;  // h_n may be undefined when there is one step: it is y
};
/// Fills y, h_n, c_n and kept.
void recurrent_forward(const RecurrentShape& s, const RecurrentData& d);

struct RecurrentPull {
  Tensor gy, gh_n, gc_n;                     // undefined: zero
  Tensor gx, gh0, gc0, gw_ih, gw_hh, gw_hr;  // undefined: not wanted
  Tensor dgates;  // (total, gates): filled; its sum over rows is the cotangent of b_ih
  Tensor dstate;  // the same for b_hh; `dgates` itself unless the cell is a GRU's
};
void recurrent_pull(const RecurrentShape& s, const RecurrentData& d, const RecurrentPull& p);

}  // namespace pyad
