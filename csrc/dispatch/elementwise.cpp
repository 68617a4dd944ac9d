// Elementwise ops: promotion and execution. One path serves them all; the op's record
// (ElementwiseInfo) tells what differs.
#include <algorithm>
#include <array>
#include <bit>

#include "core/host.hpp"
#include "core/interrupt.hpp"
#include "core/layout.hpp"
#include "core/run_log.hpp"
#include "dispatch/batch.hpp"
#include "dispatch/elementwise.hpp"
#include "dispatch/inplace.hpp"
#include "dispatch/integers.hpp"
#include "dispatch/stored.hpp"
#include "dispatch/tangent.hpp"
#include "graph/node.hpp"
#include "kernels/strided.hpp"
#include "ops/elementwise/expr.hpp"
#include "ops/elementwise/info.hpp"
#include "ops/functions.hpp"
#include "ops/roots.hpp"
#include "ops/shape.hpp"

namespace pyad {

namespace {

[[noreturn]] void reject_dtype(const ElementwiseInfo& op, DType t) {
  if (t == DType::kBool) {
    fail(
        ErrorKind::kType, op.name,
        ": not defined for bool tensors; use logical_not / logical_xor or convert with .to(int64)");
  }
  fail(ErrorKind::kType, op.name, ": expects integer or bool tensors, got ", t,
       "; convert with .to(int64)");
}

[[gnu::cold, gnu::noinline]] Tensor kept_result(const Dims& sizes, const LoopOperand* operands,
                                                int n, DType dtype) {
  const Tensor* tensors[5];
  for (int k = 0; k < n; ++k) tensors[k] = operands[k].tensor;
  return empty_strided(sizes, result_strides(sizes, {tensors, static_cast<size_t>(n)}), dtype);
}

}  // namespace

/// A number to the power of a tensor, which PyTorch always makes row-major, is no exception here.
Tensor broadcast_result(const char* op, const LoopOperand* operands, int n, DType dtype) {
  const Dims* sizes = nullptr;
  Dims joined;
  bool rows = true;
  for (int k = 0; k < n; ++k) {
    if (!operands[k].tensor) continue;
    const Dims& s = operands[k].tensor->sizes();
    rows = rows && keeps_rows(*operands[k].tensor);
    if (!sizes) {
      sizes = &s;
    } else if (!(*sizes == s)) {
      joined = broadcast_sizes(op, *sizes, s);
      sizes = &joined;
    }
  }
  if (!rows) return kept_result(*sizes, operands, n, dtype);
  return empty(sizes ? *sizes : Dims{}, dtype);
}

void describe(const Running& now, const ElementwiseInfo& op, std::span<const Operand> in,
              const double* params, DType dtype, const Tensor& target) {
  ElementwiseCall call{op.id, dtype, 0, -1, {}, {}};
  Tensors arrays;
  for (size_t i = 0; i < in.size(); ++i) {
    if (!in[i].tensor) {
      call.numbers |= 1 << i;
      call.number[i] = in[i].number;
      continue;
    }
    if (target.defined() && in[i].tensor->is(target)) call.into = static_cast<int>(arrays.size());
    arrays.push_back(*in[i].tensor);
  }
  if (target.defined() && call.into < 0) {
    call.into = static_cast<int>(arrays.size());
    arrays.push_back(target);
  }
  if (params) std::copy_n(params, op.num_params, call.params.begin());
  now.is(op, &call, arrays);
}

namespace {

/// `target`: where the result goes, or undefined for a new array.
Tensor run(const ElementwiseInfo& op, std::span<const Operand> in, const double* params,
           DType dtype, const Tensor& target = {}) {
  const Running now;
  if (now.logged()) [[unlikely]]
    describe(now, op, in, params, dtype, target);
  if (op.compares && !is_floating(dtype) && (!in[0].tensor || !in[1].tensor))
    if (Tensor y = compare_beyond(op, in, dtype); y.defined()) {
      now.gave(y);
      return y;
    }
  if (op.rejects_negative_exponent && !is_floating(dtype) && !in[1].tensor &&
      in[1].number.as_double() < 0) {
    fail(ErrorKind::kRuntime, op.name, ": integers to a negative integer power (",
         in[1].number.as_double(), ") are no integers; convert with .to(float32)");
  }
  LoopOperand operands[kMaxArity];
  uint64_t numbers[kMaxArity];
  int n = 0;
  for (const Operand& x : in) {
    if (x.tensor) {
      operands[n] = {x.tensor->bytes(), x.tensor};
    } else {
      x.number.store(dtype, &numbers[n], op.name,
                     op.writes_operands ? Door::kWrite : Door::kOperator);
      operands[n] = {&numbers[n], nullptr};
    }
    ++n;
  }
  ElementwiseKernel kernel = op.kernels.forward[static_cast<int>(dtype)];
  if (!kernel) reject_dtype(op, dtype);
  if (op.rejects_zero && !is_floating(dtype)) check_divisor(op, in[0], in[1], dtype);
  if (target.defined()) {
    Whole whole;
    target.impl()->storage->prepare_write(op.name);
    for (int k = 0; k < n; ++k)
      if (operands[k].tensor) operands[k].data = operands[k].tensor->bytes();
    run_elementwise(kernel, operands, n, item_size(dtype), target, params, op.cost);
    now.gave(target);
    return target;
  }
  const DType result = op.result == Result::kBool ? DType::kBool : dtype;
  Tensor y = op.row_major && in[0].tensor ? empty(in[0].tensor->sizes(), result)
                                          : broadcast_result(op.name, operands, n, result);
  run_elementwise(kernel, operands, n, item_size(dtype), y, params, op.cost);
  now.gave(y);
  return y;
}

}  // namespace

/// Dtype in which the op computes: PyTorch's promotion (dimensioned tensors, then 0-d tensors, then
/// numbers, by category).
DType compute_dtype(const ElementwiseInfo& op, std::span<const Operand> in) {
  // Tensors of one floating dtype: nothing promotes them further.
  const Tensor* first = nullptr;
  bool one = true;
  for (const Operand& x : in) {
    if (!x.tensor) continue;
    if (!first) first = x.tensor;
    one = one && x.tensor->dtype() == first->dtype();
  }
  if (one && first && is_floating(first->dtype())) [[likely]]
    return first->dtype();
  bool any[3] = {false, false, false};  // by priority: dimensioned, 0-d, number
  DType best[3] = {DType::kBool, DType::kBool, DType::kBool};
  for (const Operand& x : in) {
    int p = x.tensor ? (x.tensor->dim() == 0 ? 1 : 0) : 2;
    DType t = x.tensor ? x.tensor->dtype() : x.number.dtype();
    best[p] = any[p] ? promote(best[p], t) : t;
    any[p] = true;
  }
  DType result = DType::kBool;
  bool have = false;
  for (int p = 0; p < 3; ++p) {
    if (!any[p]) continue;
    if (!have) {
      result = best[p];
      have = true;
    } else if (category(best[p]) > category(result)) {
      result = best[p];  // of a number it is the default one: Scalar::dtype
    }
  }
  if (op.compares && !is_floating(result)) {  // exact: the answer has no dtype to keep
    result = promote(result, promote(best[0], best[1]));
  }
  if (op.accept == Accept::kFloating && !is_floating(result)) result = default_dtype();
  return result;
}

namespace {

/// a^b for an odd number b that is even as a float: the sign of a is put back.
[[gnu::cold, gnu::noinline]] Tensor odd_power(DType dtype, const ElementwiseInfo& op,
                                              std::span<const Operand> in) {
  static const ElementwiseInfo& copysign = *find_elementwise("copysign");
  const Scalar b = in[1].number;
  const double even = dtype == DType::kFloat32 ? double{b.as<float>()} : b.as<double>();
  const Operand nearest[] = {in[0], Operand(even)};
  const Tensor base = to_dtype(*in[0].tensor, dtype), size = elementwise(op, nearest);
  const Operand signs[] = {size, base};
  return elementwise(copysign, signs);
}

/// `elementwise` where the dtype is known; every call goes through here.
[[gnu::always_inline]] inline Tensor elementwise_as(DType dtype, const ElementwiseInfo& op,
                                                    std::span<const Operand> in,
                                                    const double* params) {
  if (is_stored(dtype)) [[unlikely]]
    return elementwise_stored(op, dtype, in, params);
  if (op.rejects_negative_exponent && !in[1].tensor && in[1].number.hides_odd(dtype)) [[unlikely]]
    return odd_power(dtype, op, in);
  if (levels_possible()) {
    int batch = -1, dual = -1;
    for (const Operand& x : in) {
      if (!x.tensor) continue;
      batch = std::max(batch, batch_level_of(*x.tensor));
      dual = std::max(dual, dual_level_of({x.tensor, 1}));
    }
    if (batch >= 0) return elementwise_batched(op, dtype, in, params, batch);
    if (dual >= 0 && op.squares != Squares::kNever) {
      if (Tensor y = square_dual(op, in, dual); y.defined()) return y;
    }
    if (mode.grad && op.squares != Squares::kNever && is_root_square(op, in))
      return root_square(*in[0].tensor);
    if (dual >= 0) return run_dual(op, in, params, dual);
  }
  bool wanted = false, mixed = false;
  for (const Operand& x : in) {
    if (!x.tensor) continue;
    wanted = wanted || x.tensor->requires_grad();
    mixed = mixed || x.tensor->dtype() != dtype;
  }
  wanted = wanted && mode.grad;
  if (wanted && op.squares != Squares::kNever && is_root_square(op, in)) [[unlikely]]
    return root_square(*in[0].tensor);
  std::array<Tensor, kMaxArity> cast;
  std::array<Operand, kMaxArity> same;
  if (mixed) {
    if (!op.kernels.forward[static_cast<int>(dtype)]) reject_dtype(op, dtype);
    for (size_t i = 0; i < in.size(); ++i) {
      same[i] = in[i];
      if (!in[i].tensor || in[i].tensor->dtype() == dtype) continue;
      cast[i] = to_dtype(*in[i].tensor, dtype);
      same[i] = Operand(cast[i]);
    }
    in = std::span<const Operand>(same.data(), in.size());
  }
  Tensor y = run(op, in, params, dtype);
  if (wanted && is_floating(y.dtype())) record(op, in, y, params);
  return y;
}

/// `elementwise_in_place` likewise.
bool in_place_as(DType dtype, const ElementwiseInfo& op, std::span<const Operand> in,
                 const Tensor& target, const double* params) {
  if (op.result == Result::kBool || dtype != target.dtype() || is_stored(dtype)) return false;
  if (op.rejects_negative_exponent && !in[1].tensor && in[1].number.hides_odd(dtype)) return false;
  if (mode.grad) {
    const TensorExtra* extra = target.impl()->extra.get();
    if (target.requires_grad() || (extra && extra->base.defined() && extra->base.requires_grad()))
      return false;
  }
  const Storage& storage = *target.impl()->storage;
  if (!is_dense(target) || storage.buffer->count > 1 || storage.readonly || levels_possible())
    return false;
  for (const Operand& x : in) {
    if (!x.tensor) continue;
    const Tensor& t = *x.tensor;
    if (t.dtype() != target.dtype() || (mode.grad && t.requires_grad())) return false;
    if (same_layout(t, target)) {
      if (may_overlap(t, target) && t.bytes() != target.bytes()) return false;
    } else if (!broadcasts_to(t.sizes(), target.sizes()) || may_overlap(t, target)) {
      return false;
    }
  }
  run(op, in, params, dtype, target);
  return true;
}

}  // namespace

Tensor elementwise_with(const ElementwiseInfo& op, std::span<const Operand> in,
                        std::span<const Scalar> params, const Tensor* target) {
  double bits[kMaxParams] = {};
  const DType dtype = compute_dtype(op, in);
  for (size_t k = 0; k < params.size(); ++k) {
    const Scalar v = params[k];
    if (is_floating(dtype)) {
      if (op.writes_params) (void)v.in(dtype, op.name, Door::kWrite);
      bits[k] = v.as_double();  // checked, and kept as it came
    } else if (op.writes_params) {
      bits[k] = std::bit_cast<double>(v.in(dtype, op.name, Door::kWrite).as_int());
    }
  }
  if (target && in_place_as(dtype, op, in, *target, bits)) return *target;
  return elementwise_as(dtype, op, in, bits);
}

Tensor elementwise_in(const ElementwiseInfo& op, DType dtype, std::span<const Operand> in,
                      const double* params) {
  return elementwise_as(dtype, op, in, params);
}

/// The operands of a call that is data.
class CallOperands {
 public:
  CallOperands(const ElementwiseCall& call, Inputs in) {
    size_t next = 0;
    n_ = static_cast<size_t>(elementwise_ops()[static_cast<size_t>(call.op)].inputs);
    for (size_t i = 0; i < n_; ++i)
      operands_[i] = call.numbers >> i & 1 ? Operand(call.number[i]) : Operand(in[next++]);
  }
  std::span<const Operand> all() const { return {operands_.data(), n_}; }

 private:
  size_t n_;
  std::array<Operand, kMaxArity> operands_;
};

Tensor call_elementwise(const void* attr, Inputs in) {
  const auto& call = *static_cast<const ElementwiseCall*>(attr);
  const ElementwiseInfo& op = elementwise_ops()[static_cast<size_t>(call.op)];
  return elementwise_in(op, call.dtype, CallOperands(call, in).all(), call.params.data());
}

Tensors run_elementwise_call(const void* attr, Inputs in) {
  const auto& call = *static_cast<const ElementwiseCall*>(attr);
  const ElementwiseInfo& op = elementwise_ops()[static_cast<size_t>(call.op)];
  return {run(op, CallOperands(call, in).all(), call.params.data(), call.dtype)};
}

Tensor elementwise(const ElementwiseInfo& op, std::span<const Operand> in, const double* params) {
  return elementwise_as(compute_dtype(op, in), op, in, params);
}

bool elementwise_in_place(const ElementwiseInfo& op, std::span<const Operand> in,
                          const Tensor& target, const double* params) {
  return in_place_as(compute_dtype(op, in), op, in, target, params);
}

Expr apply_named(const ElementwiseInfo& op, std::initializer_list<const Expr*> in) {
  std::array<Operand, kMaxArity> operands;
  size_t n = 0;
  bool numbers = true;
  for (const Expr* x : in) {
    operands[n++] = x->operand();
    numbers = numbers && x->is_number();
  }
  if (numbers) {  // constants among themselves: computed in double
    for (size_t i = 0; i < n; ++i) operands[i] = Operand(operands[i].number);
    Tensor values[kMaxArity];
    for (size_t i = 0; i < n; ++i) {
      values[i] = scalar_tensor(operands[i].number, DType::kFloat64);
      operands[i] = Operand(values[i]);
    }
    return Expr(elementwise(op, {operands.data(), n}, nullptr).item().as_double());
  }
  return Expr(elementwise(op, {operands.data(), n}, nullptr));
}

}  // namespace pyad
