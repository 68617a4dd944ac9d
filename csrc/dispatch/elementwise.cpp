// Elementwise ops: promotion, execution, recording, differentiation. One node type and one path
// serve them all; the op's record (ElementwiseInfo) tells what differs.
#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

#include "core/host.hpp"
#include "core/interrupt.hpp"
#include "core/layout.hpp"
#include "core/run_log.hpp"
#include "dispatch/batch.hpp"
#include "dispatch/idle.hpp"
#include "dispatch/inplace.hpp"
#include "dispatch/integers.hpp"
#include "dispatch/stored.hpp"
#include "dispatch/tangent.hpp"
#include "graph/node.hpp"
#include "kernels/elementwise_driver.hpp"
#include "kernels/strided.hpp"
#include "ops/elementwise/expr.hpp"
#include "ops/elementwise/info.hpp"
#include "ops/functions.hpp"
#include "ops/roots.hpp"
#include "ops/shape.hpp"

namespace pyad {

namespace {

constexpr int kMaxArity = 3;

[[noreturn]] void reject_dtype(const ElementwiseInfo& op, DType t) {
  if (t == DType::kBool) {
    fail(
        ErrorKind::kType, op.name,
        ": not defined for bool tensors; use logical_not / logical_xor or convert with .to(int64)");
  }
  fail(ErrorKind::kType, op.name, ": expects integer or bool tensors, got ", t,
       "; convert with .to(int64)");
}

/// The saved values a rule reads: each undefined, a number, or a tensor.
using RuleValues = std::array<Operand, 4>;

class ElementwiseNode final : public Node {
 public:
  /// Node, input slots, saved values and parameters in one block.
  static ElementwiseNode* make(const ElementwiseInfo& op, int n_saved) {
    size_t bytes = block_size(op, n_saved);
    return new (pool_alloc(bytes)) ElementwiseNode(op, n_saved);
  }
  ~ElementwiseNode() override {
    for (int i = 0; i < op_.arity; ++i) slots()[i].~InputSlot();
    for (int i = 0; i < n_saved_; ++i) saved()[i].~Saved();
  }
  static void operator delete(ElementwiseNode* p, std::destroying_delete_t) noexcept {
    size_t bytes = block_size(p->op_, p->n_saved_);
    p->~ElementwiseNode();
    pool_free(p, bytes);
  }

  const char* name() const override { return op_.name; }
  bool has_saved() const override { return n_saved_ > 0; }
  void release_saved() noexcept override {
    for (int i = 0; i < n_saved_; ++i) saved()[i].drop();
  }
  void backward(Backward& b) override;
  bool has_square() const override { return op_.root; }
  Tensor fold_square(const Tensor* grads) override;

  InputSlot* slots() { return reinterpret_cast<InputSlot*>(this + 1); }
  Saved* saved() { return reinterpret_cast<Saved*>(slots() + op_.arity); }
  double* params() { return reinterpret_cast<double*>(saved() + n_saved_); }
  unsigned mask = 0;  // which of a, b, c, y are saved, in this order

 private:
  struct Unpacked {
    std::array<Tensor, 4> held;
    RuleValues v;
  };
  [[gnu::always_inline]] inline void unpack(Unpacked& u);
  Ref<Node> twin();
  static size_t block_size(const ElementwiseInfo& op, int n_saved) {
    return sizeof(ElementwiseNode) + sizeof(InputSlot) * static_cast<size_t>(op.arity) +
           sizeof(Saved) * static_cast<size_t>(n_saved) +
           sizeof(double) * static_cast<size_t>(op.num_params);
  }
  ElementwiseNode(const ElementwiseInfo& op, int n_saved)
      : Node(op.arity, op.root ? 2 : 1, nullptr), op_(op), n_saved_(n_saved) {
    for (int i = 0; i < op.arity; ++i) new (slots() + i) InputSlot;
    for (int i = 0; i < n_saved; ++i) new (saved() + i) Saved;
    set_inputs(slots(), op.arity);
  }
  const ElementwiseInfo& op_;
  int n_saved_;
};
static_assert(sizeof(ElementwiseNode) % alignof(InputSlot) == 0);

[[gnu::cold, gnu::noinline]] Tensor kept_result(const Dims& sizes, const LoopOperand* operands,
                                                int n, DType dtype) {
  const Tensor* tensors[5];
  for (int k = 0; k < n; ++k) tensors[k] = operands[k].tensor;
  return empty_strided(sizes, result_strides(sizes, {tensors, static_cast<size_t>(n)}), dtype);
}

/// An array for the result: of the common shape, laid out as Note [Layouts of results] says. A
/// number to the power of a tensor, which PyTorch always makes row-major, is no exception here.
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

/// Cotangent (or tangent) g times the derivative for input `i`, by kernel: nothing is recorded.
Tensor pull_by_kernel(const ElementwiseInfo& op, int i, const Tensor& g, const RuleValues& v,
                      const double* params) {
  const Running now(op.name, "pull");
  LoopOperand operands[5];
  uint64_t numbers[5];
  int n = 0;
  operands[n++] = {g.bytes(), &g};
  unsigned need = op.rules[i].saves;
  for (int k = 0; k < 4; ++k) {
    if (!(need >> k & 1)) continue;
    if (v[static_cast<size_t>(k)].tensor) {
      const Tensor& t = *v[static_cast<size_t>(k)].tensor;
      operands[n] = {t.bytes(), &t};
    } else {
      v[static_cast<size_t>(k)].number.store(g.dtype(), &numbers[n]);
      operands[n] = {&numbers[n], nullptr};
    }
    ++n;
  }
  Tensor out = broadcast_result(op.name, operands, n, g.dtype());
  run_elementwise(op.kernels.pull[i][wide_index(g.dtype())], operands, n, item_size(g.dtype()), out,
                  params, op.cost);
  return out;
}

Expr as_expr(const Operand& x) { return x.tensor ? Expr(*x.tensor) : Expr(x.number.as_double()); }

/// The same by recorded ops.
Tensor pull_by_ops(const ElementwiseInfo& op, int i, const Tensor& g, const RuleValues& v,
                   const double* params) {
  // A number in front (2**x) could meet only bools and numbers in a rule, which would then choose
  // the default dtype.
  Expr first =
      v[0].tensor || op.arity == 1 ? as_expr(v[0]) : Expr(scalar_tensor(v[0].number, g.dtype()));
  Expr r = op.rules[i].pull(Expr(g), first, as_expr(v[1]), as_expr(v[2]), as_expr(v[3]), params);
  return r.is_number() ? full_like(g, Scalar(r.number()), g.dtype()) : r.tensor();
}

bool needs_ops(const Tensor& x) {
  return (mode.grad && x.requires_grad()) || (levels_possible() && at_level(x));
}

Tensor pull(const ElementwiseInfo& op, int i, const Tensor& g, const RuleValues& v,
            const double* params);

int innermost_batch(unsigned saves, const Tensor& g, const RuleValues& v) {
  int level = batch_level_of(g);
  for (size_t k = 0; k < 4; ++k)
    if (saves >> k & 1 && v[k].tensor) level = std::max(level, batch_level_of(*v[k].tensor));
  return level;
}

/// `pull` on all examples of a batch, their dims lined up.
[[gnu::noinline]] Tensor pull_batched(const ElementwiseInfo& op, int i, const Tensor& g,
                                      const RuleValues& v, const double* params, int level) {
  const unsigned saves = op.rules[i].saves;
  int dims = g.dim();
  for (size_t k = 0; k < 4; ++k)
    if (saves >> k & 1 && v[k].tensor) dims = std::max(dims, v[k].tensor->dim());
  auto all_of = [&](const Tensor& x) {
    Tensor all = examples_of(x, level);
    return all.defined() ? with_ones_at(all, 1, dims + 1) : x;
  };
  Tensor held[4];
  RuleValues all = v;
  for (size_t k = 0; k < 4; ++k) {
    if (!(saves >> k & 1) || !v[k].tensor) continue;
    held[k] = all_of(*v[k].tensor);
    all[k] = Operand(held[k]);
  }
  return make_batched(pull(op, i, all_of(g), all, params), level);
}

Tensor pull(const ElementwiseInfo& op, int i, const Tensor& g, const RuleValues& v,
            const double* params) {
  const auto& rule = op.rules[i];
  if (rule.constant) {
    if (rule.factor == 1) return g;
    if (rule.factor == 0) return zeros_like(g);  // not 0 * g: an infinite g must not make NaN
    static const ElementwiseInfo& mul = *find_elementwise("mul");
    static const ElementwiseInfo& neg = *find_elementwise("neg");
    if (rule.factor == -1) {
      const Operand in[] = {g};
      return elementwise(neg, in);
    }
    const Operand in[] = {g, Operand(rule.factor)};
    return elementwise(mul, in);
  }
  if (mode.batch_levels > 0) [[unlikely]] {
    const int level = innermost_batch(rule.saves, g, v);
    if (level >= 0) return pull_batched(op, i, g, v, params, level);
  }
  bool by_ops = needs_ops(g);
  for (size_t k = 0; k < 4 && !by_ops; ++k)
    if (rule.saves >> k & 1 && v[k].tensor) by_ops = needs_ops(*v[k].tensor);
  return by_ops ? pull_by_ops(op, i, g, v, params) : pull_by_kernel(op, i, g, v, params);
}

/// The node again, for a result that leads past hooks on this one: those there are, and those there
/// will be.
[[gnu::noinline]] Ref<Node> ElementwiseNode::twin() {
  ElementwiseNode* node = make(op_, n_saved_);
  Ref<Node> hold(node);
  node->mask = mask;
  std::copy_n(params(), op_.num_params, node->params());
  for (int i = 0; i < op_.arity; ++i)
    if (const InputSlot& own = slots()[i]; own.edge)
      node->connect(node->slots()[i], own.edge, own.dtype, own.sizes.unpack());
  for (int i = 0; i < n_saved_; ++i) node->saved()[i] = saved()[i];
  return hold;
}

inline void ElementwiseNode::unpack(Unpacked& u) {
  auto& [held, v] = u;
  bool history = mode.grad || duals_possible();
  int at = 0;
  for (int k = 0; k < 4; ++k) {
    if (!(mask >> k & 1)) continue;
    Saved& s = saved()[at++];
    auto kk = static_cast<size_t>(k);
    if (!s.is_tensor()) {
      v[kk] = Operand(s.number());
      continue;
    }
    if (!history) {
      held[kk] = s.plain();
    } else if (k < 3) {
      held[kk] = s.unpack(slots()[k].edge);
    } else {
      held[kk] = s.unpack(Edge{op_.by_operands && mode.grad ? twin() : Ref<Node>(this), 0});
    }
    if (duals_possible()) attach_kept_tangents(*this, k, held[kk]);
    v[kk] = Operand(held[kk]);
  }
}

/// Note [Squares of roots] in ops/roots.hpp.
Tensor ElementwiseNode::fold_square(const Tensor* grads) {
  const bool recording = mode.grad;
  Unpacked u;
  unpack(u);
  Tensor y = u.held[3];
  if (!y.defined()) {
    GradModeGuard off(false);
    y = elementwise(op_, std::span(u.v).first(1), nullptr);
    if (recording) set_history(y, this);  // the one that is watched
  }
  static const ElementwiseInfo& mul = *find_elementwise("mul");
  const Operand in[] = {y, grads[1]};
  Tensor part = elementwise(mul, in);
  return grads[0].defined() ? graph_arithmetic.add(grads[0], part) : part;
}

void ElementwiseNode::backward(Backward& b) {
  const bool of_square = op_.root && b.g(1).defined();
  if (!b.g().defined() && !of_square) return;
  Unpacked u;
  unpack(u);
  const RuleValues& v = u.v;
  const bool idle = mode.idle && (op_.selects || mode.idle->of_result.choice.defined());
  for (int i = 0; i < op_.arity; ++i) {
    if (!b.needs(i)) continue;
    if (!op_.rules[i].exists) {
      fail(ErrorKind::kNotImplemented, op_.name, ": has no derivative with respect to operand ", i,
           "; .detach() it");
    }
    Tensor g;
    if (b.g().defined()) g = pull(op_, i, b.g(), v, params());
    if (of_square) [[unlikely]] {
      static const ElementwiseInfo& mul = *find_elementwise("mul");
      const Operand in[] = {b.g(1), v[static_cast<size_t>(i)]};
      Tensor part = elementwise(mul, in);
      g = g.defined() ? graph_arithmetic.add(g, part) : part;
    }
    if (idle) [[unlikely]]
      g = settled(*mode.idle, b, i, std::move(g), op_.selects ? v[0].tensor : nullptr);
    b.give(i, std::move(g));
  }
}

void record(const ElementwiseInfo& op, std::span<const Operand> in, const Tensor& y,
            const double* params) {
  unsigned mask = 0;
  for (int i = 0; i < op.arity; ++i) {
    const Operand& x = in[static_cast<size_t>(i)];
    if (x.tensor && x.tensor->requires_grad()) mask |= op.rules[i].saves;
  }
  auto* node = ElementwiseNode::make(op, __builtin_popcount(mask));
  Ref<Node> hold(node);
  node->mask = mask;
  std::copy_n(params, op.num_params, node->params());
  InputSlot* slots = node->slots();
  Saved* saved = node->saved();
  for (int i = 0; i < op.arity; ++i) {
    const Operand& x = in[static_cast<size_t>(i)];
    if (x.tensor) {
      if (x.tensor->requires_grad() && op.rules[i].exists) {
        node->connect(slots[i], *x.tensor);
      }
      if (mask >> i & 1) (saved++)->keep(*x.tensor);
    } else if (mask >> i & 1) {
      (saved++)->keep(x.number);
    }
  }
  if (mask & 8) saved->keep(y);
  set_history(y, node);
}

/// `target`: where the result goes, or undefined for a new array.
Tensor run(const ElementwiseInfo& op, std::span<const Operand> in, const double* params,
           DType dtype, const Tensor& target = {}) {
  const Running now(op.name);
  if (op.compares && !is_floating(dtype) && (!in[0].tensor || !in[1].tensor))
    if (Tensor y = compare_beyond(op, in, dtype); y.defined()) return y;
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
    return target;
  }
  const DType result = op.result == Result::kBool ? DType::kBool : dtype;
  Tensor y = op.row_major && in[0].tensor ? empty(in[0].tensor->sizes(), result)
                                          : broadcast_result(op.name, operands, n, result);
  run_elementwise(kernel, operands, n, item_size(dtype), y, params, op.cost);
  return y;
}

/// Whether `x` is a root itself: what roots of roots tell would be as long as their chain.
bool is_told(const Tensor& x) {
  const TensorExtra* extra = x.impl()->extra.get();
  return extra && std::any_of(extra->tangents.begin(), extra->tangents.end(),
                              [](const Tangent& t) { return static_cast<bool>(t.root); });
}

/// Adds operand `x` of a root and its tangent to what the root tells of its square.
void keep_half(Ref<Object>& half, const Operand& x, const Tensor& t) {
  if (!x.tensor) return;
  if (!half) half = Ref<Object>(new RootTangent);
  auto& told = static_cast<RootTangent&>(*half);
  const int k = told.x[0].defined() ? 1 : 0;
  told.x[k] = private_handle(*x.tensor);  // the root may be written over its operand
  told.t[k] = t;
}

/// Forward mode: see Note [Forward-mode levels].
Tensor run_dual(const ElementwiseInfo& op, std::span<const Operand> in, const double* params,
                int level) {
  std::array<Tensor, kMaxArity> primal, tangent;
  std::array<Operand, kMaxArity> operands;
  for (size_t i = 0; i < in.size(); ++i) {
    operands[i] = in[i];
    if (!in[i].tensor) continue;
    primal[i] = primal_at(*in[i].tensor, level);
    tangent[i] = tangent_at(*in[i].tensor, level);
    operands[i] = Operand(primal[i]);
  }
  uint64_t first = next_node_number();
  Tensor y = elementwise(op, std::span(operands).first(in.size()), params);
  auto* node = static_cast<ElementwiseNode*>(node_of(y));
  if (node && node->seq() < first) node = nullptr;
  if (!is_floating(y.dtype())) return y;
  // Rules see operands in the dtype of the result, as recording does.
  RuleValues v;
  for (size_t i = 0; i < in.size(); ++i) {
    if (in[i].tensor && primal[i].dtype() != y.dtype()) primal[i] = to_dtype(primal[i], y.dtype());
    v[i] = in[i].tensor ? Operand(primal[i]) : in[i];
  }
  const Tensor own = op.root ? for_own_rule(y) : y;
  v[3] = Operand(own);
  bool followed = false, told = false, constant = true;
  if (op.root) {
    for (size_t i = 0; i < in.size(); ++i) {
      if (!in[i].tensor) continue;
      followed = followed || is_followed(primal[i]);
      told = told || is_told(*in[i].tensor);
    }
  }
  const bool corners = followed && (op.rules[0].saves & 8) && any_equal(contiguous_values(y), 0);
  // The slopes of a power have no derivative where its base is 0: Note [Derivatives of a power].
  const bool power = op.squares == Squares::kByTwo && in[0].tensor && in[1].tensor &&
                     (is_followed(primal[0]) || is_followed(primal[1]));
  Ref<Object> tells;
  Tensor sum, moving;
  for (size_t i = 0; i < in.size(); ++i) {
    if (!tangent[i].defined() || !op.rules[i].exists) continue;
    Tensor t = tangent[i].dtype() == y.dtype() ? tangent[i] : to_dtype(tangent[i], y.dtype());
    if (node && (node->mask >> i & 1)) keep_tangent(*node, static_cast<int>(i), level, t);
    Tensor part = pull(op, static_cast<int>(i), t, v, params);
    if (corners) [[unlikely]] {
      part = moved(t, part);
      constant = constant && is_constant(t);
      Tensor some = ne(detach(t), 0);
      moving = moving.defined() ? logical_or(moving, some) : some;
    } else if (power) {
      part = moved(t, part);
    }
    if (followed && !told) keep_half(tells, v[i], t);
    sum = sum.defined() ? graph_arithmetic.add(sum, part) : part;
  }
  if (!sum.defined()) return y;
  if (sum.sizes() != y.sizes()) sum = expand(sum, y.sizes());
  Tensor for_rule = sum;
  if (corners) [[unlikely]] {
    RootTangents both = at_corners(y, sum, moving, constant);
    sum = both.value;
    for_rule = both.for_rule;
    if (tells) static_cast<RootTangent&>(*tells).for_rule = for_rule;
  }
  if (node && (node->mask & 8)) keep_tangent(*node, 3, level, for_rule);
  return make_dual(y, sum, level, std::move(tells));
}

/// The square of a root in forward mode, if the op is that: Note [Tangents of roots].
Tensor square_dual(const ElementwiseInfo& op, std::span<const Operand> in, int level) {
  Object* told = in[0].tensor ? root_at(*in[0].tensor, level) : nullptr;
  if (!told || !squares_first(op, in)) return {};
  if (op.squares == Squares::kByItself && root_at(*in[1].tensor, level) != told) return {};
  const Tensor half = static_cast<RootTangent*>(told)->half_square();
  if (!half.defined()) return {};
  const Tensor r = primal_at(*in[0].tensor, level);
  const Operand same[] = {r, op.squares == Squares::kByItself ? Operand(r) : in.back()};
  const auto operands = std::span(same).first(in.size());
  if (mode.grad && r.requires_grad() && !is_root_square(op, operands)) return {};
  Tensor y = elementwise(op, operands);
  Tensor t = half * 2.0;
  return make_dual(y, t.sizes() == y.sizes() ? t : expand(t, y.sizes()), level);
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
