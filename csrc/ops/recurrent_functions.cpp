// The Python face of the recurrent layers.
#include "ops/function.hpp"
#include "ops/recurrent.hpp"

namespace pyad {

namespace {

#define PYAD_STACK_SIGNATURE(HX, RESULT)                                                \
  "input: Tensor, hx: " HX                                                              \
  ", params: Tensors, has_biases: bool, num_layers: int, dropout: float, train: bool, " \
  "bidirectional: bool, batch_first: bool = False, batch_sizes: Tensor? = None" RESULT
#define PYAD_CELL_SIGNATURE(HX, RESULT) \
  "input: Tensor, hx: " HX              \
  ", w_ih: Tensor, w_hh: Tensor, b_ih: Tensor? = None, b_hh: Tensor? = None" RESULT

template <Cell CELL>
Answer stack_of(Args& a) {
  RecurrentOptions o{a.flag(3), a.integer(4), a.real(5), a.flag(6), a.flag(7), a.flag(8)};
  if constexpr (CELL == Cell::kLstm) {
    return recurrent(a.op(), CELL, a.tensor(0), a.tensors(1), a.tensors(2), o, a.tensor_or_none(9));
  } else {
    const Tensor h[] = {a.tensor_or_none(1)};
    Inputs hx(h, h[0].defined() ? 1 : 0);
    return recurrent(a.op(), CELL, a.tensor(0), hx, a.tensors(2), o, a.tensor_or_none(9));
  }
}

template <Cell CELL>
Answer cell_of(Args& a) {
  const Tensor params[] = {a.tensor(2), a.tensor(3), a.tensor_or_none(4), a.tensor_or_none(5)};
  if constexpr (CELL == Cell::kLstm) {
    return recurrent_cell(a.op(), CELL, a.tensor(0), a.tensors(1), params);
  } else {
    const Tensor h[] = {a.tensor_or_none(1)};
    return std::move(recurrent_cell(a.op(), CELL, a.tensor(0), h, params)[0]);
  }
}

constexpr const char* kPull = "backpropagation through time";

const Function kRows[] = {
    {"gru", PYAD_STACK_SIGNATURE("Tensor?", " -> (Tensor, Tensor)"),
     R"doc(Gated recurrent layers over whole sequences.

Args:
  input: (steps, batch, size), or packed rows (rows, size).
  hx: h at the start; zero where left out.
  params: of layer after layer and direction after direction: weight_ih, weight_hh, bias_ih,
    bias_hh.
  has_biases: whether the last two are among them.
  num_layers: how many layers.
  dropout: probability, between layers.
  train: whether dropout acts.
  bidirectional: whether each layer also runs backward.
  batch_first: whether input is (batch, steps, size).
  batch_sizes: of each step, for packed rows.

Returns:
  The results of all steps, and the last states.

Raises:
  ShapeError: shapes do not fit.
  TypeError: dtypes do not fit.
  ValueError: the number of parameters is wrong.)doc",
     Kind::kGeneral, kInModule, stack_of<Cell::kGru>, kPull, "smooth"},
    {"gru_cell", PYAD_CELL_SIGNATURE("Tensor?", ""), R"doc(One step of a gated recurrent unit.

Args:
  input: (batch, size) or (size,).
  hx: what the last step returned.
  w_ih: (gates, size).
  w_hh: (gates, hidden).
  b_ih: (gates,).
  b_hh: (gates,).

Returns:
  The state after the step.

Raises:
  ShapeError: shapes do not fit.
  TypeError: dtypes do not fit.)doc",
     Kind::kGeneral, kInModule, cell_of<Cell::kGru>, kPull, "smooth"},
    {"lstm", PYAD_STACK_SIGNATURE("Tensors", " -> (Tensor, Tensor, Tensor)"),
     R"doc(LSTM layers over whole sequences.

Args:
  input: (steps, batch, size), or packed rows (rows, size).
  hx: () or (h, c) at the start; zero where left out.
  params: of layer after layer and direction after direction: weight_ih, weight_hh, bias_ih,
    bias_hh.
  has_biases: whether the last two are among them.
  num_layers: how many layers.
  dropout: probability, between layers.
  train: whether dropout acts.
  bidirectional: whether each layer also runs backward.
  batch_first: whether input is (batch, steps, size).
  batch_sizes: of each step, for packed rows.

Returns:
  The results of all steps, and the last states.

Raises:
  ShapeError: shapes do not fit.
  TypeError: dtypes do not fit.
  ValueError: the number of parameters is wrong.)doc",
     Kind::kGeneral, kInModule, stack_of<Cell::kLstm>, kPull, "smooth"},
    {"lstm_cell", PYAD_CELL_SIGNATURE("Tensors", " -> (Tensor, Tensor)"),
     R"doc(One step of an LSTM; the state is (h, c), or () for zeros.

Args:
  input: (batch, size) or (size,).
  hx: what the last step returned.
  w_ih: (gates, size).
  w_hh: (gates, hidden).
  b_ih: (gates,).
  b_hh: (gates,).

Returns:
  The state after the step.

Raises:
  ShapeError: shapes do not fit.
  TypeError: dtypes do not fit.)doc",
     Kind::kGeneral, kInModule, cell_of<Cell::kLstm>, kPull, "smooth"},
    {"rnn_relu", PYAD_STACK_SIGNATURE("Tensor?", " -> (Tensor, Tensor)"),
     R"doc(Layers h' = relu(W x + b + U h + c) over whole sequences.

Args:
  input: (steps, batch, size), or packed rows (rows, size).
  hx: h at the start; zero where left out.
  params: of layer after layer and direction after direction: weight_ih, weight_hh, bias_ih,
    bias_hh.
  has_biases: whether the last two are among them.
  num_layers: how many layers.
  dropout: probability, between layers.
  train: whether dropout acts.
  bidirectional: whether each layer also runs backward.
  batch_first: whether input is (batch, steps, size).
  batch_sizes: of each step, for packed rows.

Returns:
  The results of all steps, and the last states.

Raises:
  ShapeError: shapes do not fit.
  TypeError: dtypes do not fit.
  ValueError: the number of parameters is wrong.)doc",
     Kind::kGeneral, kInModule, stack_of<Cell::kRelu>, kPull, "0 where relu's argument is 0"},
    {"rnn_relu_cell", PYAD_CELL_SIGNATURE("Tensor?", ""),
     R"doc(One step h' = relu(W x + b + U h + c).

Args:
  input: (batch, size) or (size,).
  hx: what the last step returned.
  w_ih: (gates, size).
  w_hh: (gates, hidden).
  b_ih: (gates,).
  b_hh: (gates,).

Returns:
  The state after the step.

Raises:
  ShapeError: shapes do not fit.
  TypeError: dtypes do not fit.)doc",
     Kind::kGeneral, kInModule, cell_of<Cell::kRelu>, kPull, "0 where relu's argument is 0"},
    {"rnn_tanh", PYAD_STACK_SIGNATURE("Tensor?", " -> (Tensor, Tensor)"),
     R"doc(Layers h' = tanh(W x + b + U h + c) over whole sequences.

Args:
  input: (steps, batch, size), or packed rows (rows, size).
  hx: h at the start; zero where left out.
  params: of layer after layer and direction after direction: weight_ih, weight_hh, bias_ih,
    bias_hh.
  has_biases: whether the last two are among them.
  num_layers: how many layers.
  dropout: probability, between layers.
  train: whether dropout acts.
  bidirectional: whether each layer also runs backward.
  batch_first: whether input is (batch, steps, size).
  batch_sizes: of each step, for packed rows.

Returns:
  The results of all steps, and the last states.

Raises:
  ShapeError: shapes do not fit.
  TypeError: dtypes do not fit.
  ValueError: the number of parameters is wrong.)doc",
     Kind::kGeneral, kInModule, stack_of<Cell::kTanh>, kPull, "smooth"},
    {"rnn_tanh_cell", PYAD_CELL_SIGNATURE("Tensor?", ""),
     R"doc(One step h' = tanh(W x + b + U h + c).

Args:
  input: (batch, size) or (size,).
  hx: what the last step returned.
  w_ih: (gates, size).
  w_hh: (gates, hidden).
  b_ih: (gates,).
  b_hh: (gates,).

Returns:
  The state after the step.

Raises:
  ShapeError: shapes do not fit.
  TypeError: dtypes do not fit.)doc",
     Kind::kGeneral, kInModule, cell_of<Cell::kTanh>, kPull, "smooth"},
};

const Rows rows(kRows);

}  // namespace

}  // namespace pyad
