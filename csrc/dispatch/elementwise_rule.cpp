// Rules of elementwise ops in sweeps: their nodes, and cotangents by kernel or by recorded ops.
#include <array>
#include <bit>

#include "core/run_log.hpp"
#include "dispatch/batch.hpp"
#include "dispatch/elementwise.hpp"
#include "dispatch/idle.hpp"
#include "dispatch/op_node.hpp"
#include "dispatch/tangent.hpp"
#include "ops/elementwise/expr.hpp"
#include "ops/functions.hpp"

namespace pyad {

namespace {

/// The attributes of a pull as a call that is data; its inputs are g and the values that are arrays.
struct ElementwisePull {
  int op = 0;
  int input = 0;
  unsigned numbers = 0;  // which of a, b, c, y are numbers
  std::array<Scalar, 4> number{};
  std::array<double, kMaxParams> params{};
};

Tensor pull_by_kernel(const ElementwiseInfo& op, int i, const Tensor& g, const RuleValues& v,
                      const double* params);

OpInfo describe_elementwise_pull(const void* op) {
  OpInfo info;
  info.name = static_cast<const OpInfo*>(op)->name;
  info.part = "pull";
  info.inputs = kAny;
  info.attr = attr_info<ElementwisePull>();
  info.forward = [](const void* attr, Inputs in) {
    const auto& pull = *static_cast<const ElementwisePull*>(attr);
    const ElementwiseInfo& op = elementwise_ops()[static_cast<size_t>(pull.op)];
    const unsigned need = op.rules[pull.input].saves;
    RuleValues v;
    size_t next = 1;
    for (size_t k = 0; k < 4; ++k)
      if (need >> k & 1)
        v[k] = pull.numbers >> k & 1 ? Operand(pull.number[k]) : Operand(in[next++]);
    return pull_by_kernel(op, pull.input, in[0], v, pull.params.data());
  };
  return info;
}

[[gnu::cold, gnu::noinline]] void describe_pull(const Running& now, const ElementwiseInfo& op,
                                                int i, const Tensor& g, const RuleValues& v,
                                                const double* params) {
  ElementwisePull pull{op.id, i};
  Tensors arrays{g};
  for (size_t k = 0; k < 4; ++k) {
    if (!(op.rules[i].saves >> k & 1)) continue;
    if (v[k].tensor) {
      arrays.push_back(*v[k].tensor);
    } else {
      pull.numbers |= 1u << k;
      pull.number[k] = v[k].number;
    }
  }
  if (params) std::copy_n(params, op.num_params, pull.params.begin());
  now.is(derived_record(static_cast<const OpInfo*>(&op), describe_elementwise_pull), &pull, arrays);
}

/// Cotangent (or tangent) g times the derivative for input `i`, by kernel: nothing is recorded.
Tensor pull_by_kernel(const ElementwiseInfo& op, int i, const Tensor& g, const RuleValues& v,
                      const double* params) {
  const Running now;
  if (now.logged()) [[unlikely]]
    describe_pull(now, op, i, g, v, params);
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
  now.gave(out);
  return out;
}

Expr as_expr(const Operand& x) { return x.tensor ? Expr(*x.tensor) : Expr(x.number.as_double()); }

/// The same by recorded ops.
Tensor pull_by_ops(const ElementwiseInfo& op, int i, const Tensor& g, const RuleValues& v,
                   const double* params) {
  // A number in front (2**x) could meet only bools and numbers in a rule, which would then choose
  // the default dtype.
  Expr first =
      v[0].tensor || op.inputs == 1 ? as_expr(v[0]) : Expr(scalar_tensor(v[0].number, g.dtype()));
  Expr r = op.rules[i].pull(Expr(g), first, as_expr(v[1]), as_expr(v[2]), as_expr(v[3]), params);
  return r.is_number() ? full_like(g, Scalar(r.number()), g.dtype()) : r.tensor();
}

bool needs_ops(const Tensor& x) {
  return (mode.grad && x.requires_grad()) || (levels_possible() && at_level(x));
}

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

}  // namespace

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

namespace {

/// The node again, for a result that leads past hooks on this one: those there are, and those there
/// will be.
[[gnu::noinline]] Ref<Node> twin(OpNode& of) {
  OpNode* node = OpNode::make(of.op(), of.attr(), of.mask(), of.n_inputs(), of.n_outputs());
  Ref<Node> hold(node);
  for (int i = 0; i < of.n_inputs(); ++i)
    if (const InputSlot& own = of.slots()[i]; own.edge)
      node->connect(node->slots()[i], own.edge, own.dtype, own.sizes.unpack());
  for (int i = 0; i < std::popcount(of.mask()); ++i) node->saved()[i] = of.saved()[i];
  return hold;
}

struct Unpacked {
  std::array<Tensor, 4> held;
  RuleValues v;
};

[[gnu::always_inline]] inline void unpack(OpNode& node, const ElementwiseInfo& op, Unpacked& u) {
  auto& [held, v] = u;
  const unsigned mask = node.mask();
  bool history = mode.grad || duals_possible();
  int at = 0;
  for (int k = 0; k < 4; ++k) {
    if (!(mask >> k & 1)) continue;
    Saved& s = node.saved()[at++];
    auto kk = static_cast<size_t>(k);
    if (!s.is_tensor()) {
      v[kk] = Operand(s.number());
      continue;
    }
    if (!history) {
      held[kk] = s.plain();
    } else if (k < 3) {
      held[kk] = s.unpack(node.slots()[k].edge);
    } else {
      held[kk] = s.unpack(Edge{op.by_operands && mode.grad ? twin(node) : Ref<Node>(&node), 0});
    }
    if (duals_possible()) attach_kept_tangents(node, k, held[kk]);
    v[kk] = Operand(held[kk]);
  }
}

}  // namespace

/// Note [Squares of roots] in ops/roots.hpp.
Tensor OpNode::elementwise_square(const Tensor* grads) {
  const auto& op = static_cast<const ElementwiseInfo&>(op_);
  const bool recording = mode.grad;
  Unpacked u;
  unpack(*this, op, u);
  Tensor y = u.held[3];
  if (!y.defined()) {
    GradModeGuard off(false);
    y = elementwise(op, std::span(u.v).first(1), nullptr);
    if (recording) set_history(y, this);  // the one that is watched
  }
  static const ElementwiseInfo& mul = *find_elementwise("mul");
  const Operand in[] = {y, grads[1]};
  Tensor part = elementwise(mul, in);
  return grads[0].defined() ? graph_arithmetic.add(grads[0], part) : part;
}

void OpNode::elementwise_backward(Backward& b) {
  const auto& op = static_cast<const ElementwiseInfo&>(op_);
  const bool of_square = op.root && b.g(1).defined();
  if (!b.g().defined() && !of_square) return;
  Unpacked u;
  unpack(*this, op, u);
  const RuleValues& v = u.v;
  const bool idle = mode.idle && (op.selects || mode.idle->of_result.choice.defined());
  for (int i = 0; i < op.inputs; ++i) {
    if (!b.needs(i)) continue;
    if (!op.rules[i].exists) {
      fail(ErrorKind::kNotImplemented, op.name, ": has no derivative with respect to operand ", i,
           "; .detach() it");
    }
    Tensor g;
    if (b.g().defined()) g = pull(op, i, b.g(), v, static_cast<const double*>(attr()));
    if (of_square) [[unlikely]] {
      static const ElementwiseInfo& mul = *find_elementwise("mul");
      const Operand in[] = {b.g(1), v[static_cast<size_t>(i)]};
      Tensor part = elementwise(mul, in);
      g = g.defined() ? graph_arithmetic.add(g, part) : part;
    }
    if (idle) [[unlikely]]
      g = settled(*mode.idle, b, i, std::move(g), op.selects ? v[0].tensor : nullptr);
    b.give(i, std::move(g));
  }
}

void record(const ElementwiseInfo& op, std::span<const Operand> in, const Tensor& y,
            const double* params) {
  unsigned mask = 0;
  for (int i = 0; i < op.inputs; ++i) {
    const Operand& x = in[static_cast<size_t>(i)];
    if (x.tensor && x.tensor->requires_grad()) mask |= op.rules[i].saves;
  }
  OpNode* node = OpNode::make(op, params, mask, op.inputs, op.root ? 2 : 1);
  Ref<Node> hold(node);
  InputSlot* slots = node->slots();
  Saved* saved = node->saved();
  for (int i = 0; i < op.inputs; ++i) {
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

}  // namespace pyad
