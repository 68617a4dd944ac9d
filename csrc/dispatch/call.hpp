// The way of an op call: tangents, recording, execution. One template for every op that is not
// elementwise.
//
// Nothing active costs two branches: no open forward-mode level, and no input that asks for a
// gradient.
#pragma once

#include <array>
#include <type_traits>

#include "dispatch/tangent.hpp"
#include "graph/node.hpp"
#include "ops/functions.hpp"
#include "ops/op.hpp"

namespace pyad {

namespace detail {

/// Inputs of a node: inline when their number is fixed, else a vector.
template <int N>
class InputsOf : public FixedNode<N> {
 public:
  InputsOf(int, int n_outputs) : FixedNode<N>(n_outputs) {}
  InputSlot* slots() { return this->slots_; }
};
template <>
class InputsOf<kAny> : public Node, public Pooled<InputsOf<kAny>> {
 public:
  InputsOf(int n, int n_outputs) : Node(n, n_outputs, nullptr), storage_(static_cast<size_t>(n)) {
    set_inputs(storage_.data(), n);
  }
  InputSlot* slots() { return storage_.data(); }

 private:
  std::vector<InputSlot> storage_;
};

/// Note [Squares of roots] in ops/roots.hpp.
template <class Op>
constexpr bool has_square_output =
    requires(const typename Op::Attr& attr, const Tensor& y) { Op::has_square(attr, y); };

template <class Op>
class OpNode final : public InputsOf<Op::inputs> {
 public:
  static constexpr int kSaves = __builtin_popcount(Op::save);
  static constexpr bool kSquare = has_square_output<Op>;

  OpNode(const typename Op::Attr& attr, int n_inputs, int n_outputs)
      : InputsOf<Op::inputs>(n_inputs, n_outputs), attr_(attr) {}

  const char* name() const override { return Op::name; }
  bool has_saved() const override { return kSaves > 0; }
  void release_saved() noexcept override {
    if constexpr (kSaves > 0)
      for (Saved& s : saved_) s.drop();
  }
  void backward(Backward& b) override {
    Rule rule(b, saved_.data(), Op::save, Op::diff_outputs);
    if constexpr (Op::kind == Kind::kLinear) {
      if (!rule.g().defined() && this->n_outputs() == 1) return;
      for (int i = 0; i < this->n_inputs(); ++i)
        if (rule.needs(i)) rule.give(i, Op::transpose(attr_, rule, i));
    } else if constexpr (Op::kind == Kind::kBilinear) {
      if (!rule.g().defined()) return;
      for (int i = 0; i < 2; ++i)
        if (rule.needs(i)) rule.give(i, Op::transpose(attr_, rule, i, rule.in(1 - i)));
    } else if constexpr (Op::kind == Kind::kGeneral) {
      Op::vjp(attr_, rule);
    }
  }
  bool has_square() const override { return kSquare && this->n_outputs() == 2; }
  Tensor fold_square(const Tensor* grads) override {
    if constexpr (kSquare) {
      Tensor own[2] = {grads[0], grads[1]};
      Backward b(*this, own, nullptr);
      Tensor part = Rule(b, saved_.data(), Op::save, Op::diff_outputs).out() * grads[1];
      return grads[0].defined() ? graph_arithmetic.add(grads[0], part) : part;
    } else {
      return grads[0];
    }
  }
  void save(Inputs in, const Tensors& out) {
    int at = 0;
    for (int bit = 0; bit < 16; ++bit) {
      if (!(Op::save >> bit & 1)) continue;
      const Tensor& x = bit < 8 ? in[static_cast<size_t>(bit)] : out[static_cast<size_t>(bit - 8)];
      if (x.defined()) saved_[static_cast<size_t>(at)].keep(x);
      ++at;
    }
  }

 private:
  typename Op::Attr attr_;
  std::array<Saved, kSaves> saved_;
};

template <class Op>
Tensors forward_of(const typename Op::Attr& attr, Inputs in) {
  if constexpr (std::is_same_v<decltype(Op::forward(attr, in)), Tensor>) {
    Tensors out;
    out.push_back(Op::forward(attr, in));
    return out;
  } else {
    return Op::forward(attr, in);
  }
}

/// Marks `y` as a view of `x`, if it shows the memory of `x` (Note [Views and in-place writes]).
void set_base(const Tensor& y, const Tensor& x);

/// The node of an op on `in`; `out` may be empty when the op saves no output.
template <class Op>
Ref<Node> record(const typename Op::Attr& attr, Inputs in, const Tensors& out, int n_outputs) {
  auto* node = new OpNode<Op>(attr, static_cast<int>(in.size()), n_outputs);
  Ref<Node> hold(node);
  InputSlot* slots = node->slots();
  for (size_t i = 0; i < in.size(); ++i)
    if (in[i].defined()) node->connect(slots[i], in[i]);
  node->save(in, out);
  return hold;
}

template <class Op>
Tensors jvp_of(const typename Op::Attr& attr, Inputs in, const Tensors& tangents,
               const Tensors& out) {
  if constexpr (Op::kind == Kind::kPlain) {
    return Tensors(out.size());
  } else if constexpr (Op::kind == Kind::kLinear) {
    Tensors full(tangents);
    for (size_t i = 0; i < full.size(); ++i)
      if (!full[i].defined() && in[i].defined())
        full[i] = is_floating(in[i].dtype()) ? zeros_like(in[i]) : in[i];
    return call_many<Op>(attr, full);
  } else if constexpr (Op::kind == Kind::kBilinear) {
    Tensor sum;
    for (size_t i = 0; i < 2; ++i) {
      if (!tangents[i].defined()) continue;
      const Tensor pair[] = {i == 0 ? tangents[0] : in[0], i == 1 ? tangents[1] : in[1]};
      Tensor part = call<Op>(attr, Inputs(pair));
      sum = sum.defined() ? graph_arithmetic.add(sum, part) : part;
    }
    return {sum};
  } else {
    Tangents t(in, tangents, out);
    if constexpr (std::is_same_v<decltype(Op::jvp(attr, t)), Tensor>) {
      return {Op::jvp(attr, t)};
    } else {
      return Op::jvp(attr, t);
    }
  }
}

template <class Op>
Tensors call_dual(const typename Op::Attr& attr, Inputs in, int level) {
  Tensors primals, tangents;
  for (const Tensor& x : in) {
    primals.push_back(x.defined() ? primal_at(x, level) : Tensor());
    tangents.push_back(x.defined() ? tangent_at(x, level) : Tensor());
  }
  uint64_t first = next_node_number();
  Tensors out = call_many<Op>(attr, primals);
  Tensors t_out = jvp_of<Op>(attr, primals, tangents, out);
  if constexpr (Op::save != 0) {
    for (const Tensor& y : out) {
      Node* node = y.defined() ? node_of(y) : nullptr;
      if (!node || node->seq() < first) continue;
      for (int bit = 0; bit < 16; ++bit) {
        if (!(Op::save >> bit & 1)) continue;
        const Tensors& from = bit < 8 ? tangents : t_out;
        auto i = static_cast<size_t>(bit % 8);
        if (i < from.size() && from[i].defined()) keep_tangent(*node, bit, level, from[i]);
      }
      break;
    }
  }
  for (size_t k = 0; k < out.size(); ++k)
    if (k < t_out.size() && t_out[k].defined() && (Op::diff_outputs >> k & 1))
      out[k] = make_dual(out[k], t_out[k], level);
  if constexpr (Op::view) {
    for (Tensor& y : out)
      set_base(y, in[0]);  // the original, not the stripped primal: writes must reach its tangents
  }
  return out;
}

}  // namespace detail

template <class Op>
Tensors call_many(const typename Op::Attr& attr, Inputs in) {
  static_assert(TensorOp<Op>);
  if (duals_possible()) {
    if (int level = dual_level_of(in); level >= 0) return detail::call_dual<Op>(attr, in, level);
  }
  Tensors out = detail::forward_of<Op>(attr, in);
  if constexpr (Op::view) {
    for (Tensor& y : out) detail::set_base(y, in[0]);
  }
  if constexpr (Op::kind != Kind::kPlain) {
    bool wanted = false;
    if (mode.grad)
      for (const Tensor& x : in) wanted = wanted || (x.defined() && x.requires_grad());
    if (wanted) {
      int n_out = static_cast<int>(out.size());
      if constexpr (detail::has_square_output<Op>) n_out += Op::has_square(attr, out[0]) ? 1 : 0;
      Ref<Node> hold = detail::record<Op>(attr, in, out, n_out);
      Node* node = hold.get();
      for (size_t k = 0; k < out.size(); ++k)
        if ((Op::diff_outputs >> k & 1) && out[k].defined() && is_floating(out[k].dtype()))
          set_history(out[k], node, static_cast<int>(k));
    }
  }
  return out;
}

template <class Op>
Tensor call(const typename Op::Attr& attr, Inputs in) {
  // What a sweep does most: one result, nothing to remember. No lists are made for it.
  if constexpr (!Op::view && std::is_same_v<decltype(Op::forward(attr, in)), Tensor>) {
    static_assert(TensorOp<Op>);
    bool wanted = duals_possible();
    if (Op::kind != Kind::kPlain && mode.grad)
      for (const Tensor& x : in) wanted = wanted || (x.defined() && x.requires_grad());
    if (!wanted) return Op::forward(attr, in);
  }
  return std::move(call_many<Op>(attr, in)[0]);
}

/// Instantiates `call` and `call_many` for every op of a list; the returned addresses keep them
/// alive.
template <class... Ops>
auto instantiate(List<Ops...>) {
  return std::array<const void*, 2 * sizeof...(Ops)>{
      reinterpret_cast<const void*>(
          static_cast<Tensor (*)(const typename Ops::Attr&, Inputs)>(&call<Ops>))...,
      reinterpret_cast<const void*>(&call_many<Ops>)...};
}

}  // namespace pyad
