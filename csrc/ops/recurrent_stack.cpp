// Stacks of recurrent layers, and single cells: what is asked of their arguments, and how layers
// and directions are joined.
#include "ops/checks.hpp"
#include "ops/functions.hpp"
#include "ops/random.hpp"
#include "ops/recurrent.hpp"
#include "ops/shape.hpp"

namespace pyad {

namespace {

void check_same_dtype(const char* op, const Tensor& x, const Tensor& t, const char* name) {
  if (!t.defined() || t.dtype() == x.dtype()) return;
  fail(ErrorKind::kType, op, ": ", name, " must have the input's dtype ", x.dtype(), ", got ",
       t.dtype(), "; convert it with .to(", x.dtype(), ")");
}

void check_sizes(const char* op, const Tensor& t, const Dims& sizes, const char* name) {
  if (t.defined() && !(t.sizes() == sizes))
    fail(ErrorKind::kShape, op, ": ", name, " must have shape ", sizes, ", got ", t.sizes());
}

/// The parameters of one layer and direction; undefined where there are none.
struct LayerParams {
  Tensor w_ih, w_hh, b_ih, b_hh, w_hr;

  void check(const char* op, Cell cell, const Tensor& x, int64_t input, int64_t out) const {
    if (w_ih.dim() != 2 || w_hh.dim() != 2) {
      fail(ErrorKind::kShape, op, ": weights must be matrices, got shapes ", w_ih.sizes(), " and ",
           w_hh.sizes());
    }
    int64_t gates = w_hh.size(0), n = gates / gate_count(cell);
    if (gates % gate_count(cell) != 0)
      fail(ErrorKind::kShape, op, ": the rows of weight_hh, of shape ", w_hh.sizes(),
           ", must be a multiple of ", gate_count(cell));
    check_sizes(op, w_ih, {gates, input}, "weight_ih");
    check_sizes(op, w_hh, {gates, out}, "weight_hh");
    check_sizes(op, b_ih, {gates}, "bias_ih");
    check_sizes(op, b_hh, {gates}, "bias_hh");
    if (w_hr.defined()) {
      check_sizes(op, w_hr, {out, n}, "weight_hr");
      if (out >= n)
        fail(ErrorKind::kValue, op, ": the projection, to ", out,
             ", must be smaller than the hidden size ", n);
    } else {
      check_sizes(op, w_hh, {gate_count(cell) * out, out}, "weight_hh");
    }
    check_same_dtype(op, x, w_ih, "weight_ih");
    check_same_dtype(op, x, w_hh, "weight_hh");
    check_same_dtype(op, x, b_ih, "bias_ih");
    check_same_dtype(op, x, b_hh, "bias_hh");
    check_same_dtype(op, x, w_hr, "weight_hr");
  }
};

std::shared_ptr<const PackedSteps> packed_steps(const char* op, const Tensor& batch_sizes,
                                                const Tensor& data) {
  if (batch_sizes.dim() != 1 || category(batch_sizes.dtype()) != Category::kInteger)
    fail(ErrorKind::kShape, op, ": batch_sizes must be a 1-d tensor of integers, got ",
         batch_sizes);
  auto steps = std::make_shared<PackedSteps>();
  Tensor t = to_dtype(batch_sizes, DType::kInt64);
  t = contiguous(t);
  const int64_t* p = read_values(t).data<int64_t>();
  for (int64_t i = 0; i < t.numel(); ++i) {
    if (p[i] < 1 || (i > 0 && p[i] > p[i - 1]) || p[i] > data.size(0) - steps->total)
      fail(ErrorKind::kValue, op,
           ": batch_sizes must be positive, must not rise, and must sum to the input's rows, ",
           data.size(0), "; use pack_padded_sequence");
    steps->sizes.push_back(p[i]);
    steps->offsets.push_back(steps->total);
    steps->total += p[i];
  }
  if (steps->sizes.empty() || steps->total != data.size(0))
    fail(ErrorKind::kValue, op, ": batch_sizes sum to ", steps->total, ", but the input has ",
         data.size(0), " rows; use pack_padded_sequence");
  return steps;
}

}  // namespace

Tensors recurrent(const char* op, Cell cell, const Tensor& input, Inputs hx, Inputs params,
                  const RecurrentOptions& o, const Tensor& batch_sizes) {
  need_floating(op, input);
  bool lstm = cell == Cell::kLstm, packed = batch_sizes.defined();
  if (input.dim() != (packed ? 2 : 3)) {
    fail(ErrorKind::kShape, op, ": expects an input of ", packed ? 2 : 3, " dims, got shape ",
         input.sizes());
  }
  if (!(o.dropout >= 0 && o.dropout <= 1))
    fail(ErrorKind::kValue, op, ": dropout must be between 0 and 1, got ", o.dropout);
  int64_t directions = o.bidirectional ? 2 : 1;
  if (o.layers < 1 || o.layers > static_cast<int64_t>(params.size()))
    fail(ErrorKind::kValue, op, ": ", o.layers, " layers do not fit ", params.size(),
         " parameters");
  auto each = static_cast<int64_t>(o.biases ? 4 : 2);
  auto count = static_cast<int64_t>(params.size());
  bool projected = lstm && count == (each + 1) * o.layers * directions;
  if (projected) ++each;
  if (count != each * o.layers * directions) {
    fail(ErrorKind::kValue, op, ": expects ", each, " parameters for each of ", o.layers,
         " layers and ", directions, " directions, got ", count);
  }
  size_t states = lstm ? 2 : 1;
  if (!hx.empty() && hx.size() != states)
    fail(ErrorKind::kValue, op, ": expects ", states, " initial states, got ", hx.size());
  RecurrentLayer::Attr attr{cell, false, false, nullptr};
  if (packed) attr.packed = packed_steps(op, batch_sizes, input);

  bool swapped = o.batch_first && !packed;
  Tensor x = swapped ? transpose(input, 0, 1) : input;
  if (!packed && x.size(0) == 0)
    fail(ErrorKind::kRuntime, op, ": Expected sequence length to be larger than 0 in RNN");
  int64_t batch = packed ? attr.packed->sizes[0] : x.size(1);
  auto layer_params = [&](int64_t k) {
    const Tensor* p = params.data() + k * each;
    LayerParams l{p[0], p[1], {}, {}, {}};
    if (o.biases) l.b_ih = p[2], l.b_hh = p[3];
    if (projected) l.w_hr = p[each - 1];
    return l;
  };
  // All is checked before anything runs: random numbers must not be drawn for a call that fails.
  int64_t out = params[1].dim() == 2 ? params[1].size(1) : -1;
  int64_t n = params[1].dim() == 2 ? params[1].size(0) / gate_count(cell) : -1;
  for (int64_t k = 0; k < o.layers * directions; ++k)
    layer_params(k).check(op, cell, x, k < directions ? x.size(-1) : out * directions, out);
  for (size_t i = 0; i < hx.size(); ++i) {
    check_sizes(op, hx[i], {o.layers * directions, batch, i == 0 ? out : n},
                i == 0 ? "the initial h" : "the initial c");
    check_same_dtype(op, x, hx[i], "the initial state");
  }
  auto state = [&](size_t i, int64_t k) { return i < hx.size() ? select(hx[i], 0, k) : Tensor(); };

  Tensors h_n, c_n;
  for (int64_t layer = 0; layer < o.layers; ++layer) {
    Tensors sides;
    for (int64_t side = 0; side < directions; ++side) {
      int64_t k = layer * directions + side;
      LayerParams p = layer_params(k);
      attr.reverse = side == 1;
      const Tensor in[] = {
          x, state(0, k), lstm ? state(1, k) : Tensor(), p.w_ih, p.w_hh, p.b_ih, p.b_hh, p.w_hr};
      Tensors y = call_many<RecurrentLayer>(attr, in);
      sides.push_back(y[0]);
      h_n.push_back(y[1]);
      c_n.push_back(y[2]);
    }
    x = directions == 2 ? concat(sides, -1) : sides[0];
    if (o.dropout > 0 && o.train && layer + 1 < o.layers) x = dropout(x, o.dropout);
  }
  auto join = [](const Tensors& t) { return t.size() == 1 ? unsqueeze(t[0], 0) : stack(t, 0); };
  Tensors result = {swapped ? transpose(x, 0, 1) : x, join(h_n)};
  if (lstm) result.push_back(join(c_n));
  return result;
}

Tensors recurrent_cell(const char* op, Cell cell, const Tensor& input, Inputs hx, Inputs params) {
  need_floating(op, input);
  if (input.dim() != 1 && input.dim() != 2)
    fail(ErrorKind::kShape, op, ": expects an input of shape (batch, input) or (input,), got ",
         input.sizes());
  bool lstm = cell == Cell::kLstm, single = input.dim() == 1;
  LayerParams p{params[0], params[1], params[2], params[3], {}};
  if (p.b_ih.defined() != p.b_hh.defined()) {  // one of them is zero
    Tensor& missing = p.b_ih.defined() ? p.b_hh : p.b_ih;
    missing = zeros_like(p.b_ih.defined() ? p.b_ih : p.b_hh);
  }
  p.check(op, cell, input, input.size(-1), p.w_hh.dim() == 2 ? p.w_hh.size(1) : -1);
  if (!hx.empty() && hx.size() != (lstm ? 2 : 1))
    fail(ErrorKind::kValue, op, ": expects ", lstm ? 2 : 1, " states, got ", hx.size());
  Tensor states[2];
  for (size_t i = 0; i < hx.size(); ++i) {
    if (!hx[i].defined()) continue;
    Dims sizes = input.sizes();
    sizes[sizes.size() - 1] = p.w_hh.size(1);
    check_sizes(op, hx[i], sizes, i == 0 ? "the state h" : "the state c");
    check_same_dtype(op, input, hx[i], "the state");
    states[i] = single ? unsqueeze(hx[i], 0) : hx[i];
  }
  RecurrentLayer::Attr attr{cell, false, false, nullptr};
  attr.one_step = true;
  const Tensor in[] = {single ? unsqueeze(input, 0) : input,
                       states[0],
                       states[1],
                       p.w_ih,
                       p.w_hh,
                       p.b_ih,
                       p.b_hh,
                       Tensor()};
  Tensors y = call_many<RecurrentLayer>(attr, in);
  auto out = [&](const Tensor& t) { return single ? squeeze(t, {0}) : t; };
  if (lstm) return {out(y[0]), out(y[2])};
  return {out(y[0])};
}

}  // namespace pyad
