// Recurrent layers (LSTM, GRU, tanh and relu), one op a layer and direction over the whole
// sequence, and the cells of one step.
#pragma once

#include <memory>
#include <vector>

#include "core/tensor.hpp"
#include "kernels/recurrent.hpp"
#include "ops/fused.hpp"

namespace pyad {

/// How many sequences each step of packed ones holds, falling.
struct PackedSteps {
  std::vector<int64_t> sizes, offsets;
  int64_t total = 0;
};

/// Inputs x, h0, c0, w_ih, w_hh, b_ih, b_hh, w_hr; h0, c0, both biases and w_hr may be undefined.
/// Outputs y, h_n (undefined when x is one step: it is y), c_n (LSTM) and what is kept for the way
/// back. x is (steps, batch, input); (rows, input) when packed, or one step.
struct RecurrentLayer : Fused<RecurrentLayer, "recurrent_layer", 8, 4> {
  static constexpr unsigned save = 0xff | save_out(0) | save_out(3);
  static constexpr unsigned diff_outputs = 7;
  struct Attr {
    Cell cell;
    bool reverse = false;
    bool one_step = false;
    std::shared_ptr<const PackedSteps> packed;
  };
  static Tensors forward(const Attr& attr, Inputs in);
  static void pull(const Attr& attr, Rule& b);
  static Tensors compose(const Attr& attr, Inputs in);
};

struct RecurrentOptions {
  bool biases = true;
  int64_t layers = 1;
  double dropout = 0;
  bool train = false;
  bool bidirectional = false;
  bool batch_first = false;
};

/// Stacked layers. `hx` is (), or the first states (layers * directions, batch, size): h, and c of
/// an LSTM; `params` are those of layer after layer, w_ih, w_hh, (b_ih, b_hh,) (w_hr) for each
/// direction. With `batch_sizes` (1-d integers) the input is packed. Returns y, h_n (, c_n).
Tensors recurrent(const char* op, Cell cell, const Tensor& input, Inputs hx, Inputs params,
                  const RecurrentOptions& options, const Tensor& batch_sizes);
/// One step: h' (, c') from input (batch, input) or (input,), the states, and w_ih, w_hh, b_ih,
/// b_hh.
Tensors recurrent_cell(const char* op, Cell cell, const Tensor& input, Inputs hx, Inputs params);

}  // namespace pyad
