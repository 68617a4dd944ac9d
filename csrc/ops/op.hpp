// What a tensor op other than an elementwise one is: the kinds `Linear`, `Bilinear`, `General`,
// `Plain`, and `call<Op>`.
//
// Note [Op structs]
// An op is a struct with static functions over an attribute struct `Attr` (dims, flags ...) and its
// input tensors:
//
//   forward(attr, in)      the value: kernels on plain data, no recording; a Tensor, or Tensors
//   Linear:    transpose(attr, b, i)         the cotangent of input i from b.g(); its jvp is the
//                                            forward of the tangents
//   Bilinear:  transpose(attr, b, i, other)  the same, with the other input; its jvp is the
//                                            product rule
//   General:   vjp(attr, b)                  whatever is needed, from saved values; its jvp is
//                                            the transpose, unless one is written: jvp(attr, t)
//   Plain:     nothing more: not differentiable (indices, comparisons)
//
// Rules are written with ops (functions.hpp), never with kernels, so that recording them gives the
// next order. `inputs` is the number of tensor inputs (-1: any number), `outputs` likewise; `save`
// says which inputs and outputs a node keeps (save_in(i) | save_out(k)); what is not listed there
// cannot be read in a rule. `view` marks ops whose result shows the input's memory. `diff_outputs`
// is a mask of the outputs that carry gradients (values yes, indices no). `writes` says which inputs
// a plain op writes into, and returns. An op whose cotangents
// have kernels of their own is `Fused` (fused.hpp), which says when they run.
#pragma once

#include <concepts>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include "core/run_log.hpp"
#include "core/tensor.hpp"
#include "graph/node.hpp"
#include "ops/attributes.hpp"
#include "ops/batching.hpp"
#include "ops/elementwise/kind.hpp"
#include "ops/record.hpp"

namespace pyad {

struct NoAttr {};

template <Kind KIND, OpName NAME, int INPUTS, int OUTPUTS>
struct OpBase {
  static constexpr Kind kind = KIND;
  static constexpr const char* name = NAME.text;
  static constexpr int inputs = INPUTS;
  static constexpr int outputs = OUTPUTS;
  static constexpr unsigned save = 0;
  static constexpr bool view = false;
  static constexpr unsigned diff_outputs = ~0u;
  /// Inputs whose memory it writes; it returns them.
  static constexpr unsigned writes = 0;
  static constexpr bool random = false;
  /// Whether it only moves elements, of any dtype: Note [Stored dtypes]. Views do.
  static constexpr bool moves = false;
  /// Whether any number of dims may stand before those that the op speaks of (softmax over the last
  /// dim), so that a batch is one dim more. Ops whose attributes name dims need not say it.
  static constexpr bool leading_free = false;
  using Attr = NoAttr;
};
template <OpName NAME, int INPUTS = 1, int OUTPUTS = 1>
struct Linear : OpBase<Kind::kLinear, NAME, INPUTS, OUTPUTS> {};
template <OpName NAME>
struct Bilinear : OpBase<Kind::kBilinear, NAME, 2, 1> {
  static constexpr unsigned save = save_in(0) | save_in(1);
};
template <OpName NAME, int INPUTS = 1, int OUTPUTS = 1>
struct General : OpBase<Kind::kGeneral, NAME, INPUTS, OUTPUTS> {};
template <OpName NAME, int INPUTS = 1, int OUTPUTS = 1>
struct Plain : OpBase<Kind::kPlain, NAME, INPUTS, OUTPUTS> {};

/// `Backward` with the values the node kept.
class Rule : public Backward {
 public:
  Rule(const Backward& b, const Saved* saved, unsigned mask, unsigned diff_outputs)
      : Backward(b), saved_(saved), mask_(mask), diff_outputs_(diff_outputs) {}
  /// Of a call that is at hand, with all that its arrays know.
  Rule(const Backward& b, Inputs in, Inputs out, unsigned mask, unsigned diff_outputs)
      : Backward(b), in_(in), out_(out), mask_(mask), diff_outputs_(diff_outputs) {}
  /// Saved input `i` (must be in the op's `save`), with its ancestry.
  Tensor in(int i) const {
    if (!saved_) [[unlikely]]
      return at_hand(in_, i, i);
    Tensor x = saved_at(i).unpack(node().inputs()[i].edge);
    if (mode.dual_levels > 0) attach_kept_tangents(node(), i, x);
    return x;
  }
  /// Saved output `k`; those without gradients (places ...) come without ancestry.
  Tensor out(int k = 0) const {
    if (!saved_) [[unlikely]]
      return at_hand(out_, k, 8 + k);
    if (!(diff_outputs_ >> k & 1)) return saved_at(8 + k).plain();
    Node* self = const_cast<Node*>(&node());
    Tensor y = saved_at(8 + k).unpack(Edge{Ref<Node>(self), static_cast<uint32_t>(k)});
    if (mode.dual_levels > 0) attach_kept_tangents(node(), 8 + k, y);
    return y;
  }
  /// All that is saved, without ancestry.
  Tensors kept() const {
    Tensors all;
    for (int i = 0; i < __builtin_popcount(mask_); ++i) all.push_back(saved_[i].plain());
    return all;
  }

 private:
  void need_saved(int bit) const {
    if (!(mask_ >> bit & 1))
      fail(ErrorKind::kRuntime, node().name(),
           ": internal error, a rule reads a value it does not save");
  }
  [[gnu::cold]] const Tensor& at_hand(Inputs from, int i, int bit) const {
    need_saved(bit);
    return from[static_cast<size_t>(i)];
  }
  const Saved& saved_at(int bit) const {
    need_saved(bit);
    int at = 0;
    for (unsigned before = mask_ & ((1u << bit) - 1); before; before &= before - 1) ++at;
    return saved_[at];
  }
  const Saved* saved_ = nullptr;
  Inputs in_, out_;
  unsigned mask_, diff_outputs_;
};

/// Whether values alone are wanted of a rule: nothing is recorded and no tangent can be attached.
inline bool plain_values() { return !mode.grad && mode.levels == 0; }

/// What a jvp rule sees: primal inputs, their tangents (undefined: zero), primal outputs.
class Tangents {
 public:
  Tangents(Inputs in, const Tensors& tangents, const Tensors& out)
      : in_(in), tangents_(tangents), out_(out) {}
  const Tensor& in(int i) const { return in_[static_cast<size_t>(i)]; }
  const Tensor& out(int k = 0) const { return out_[static_cast<size_t>(k)]; }
  bool has(int i) const { return tangents_[static_cast<size_t>(i)].defined(); }
  /// Tangent of input `i`; zeros when it has none.
  Tensor t(int i) const { return has(i) ? tangents_[static_cast<size_t>(i)] : zeros_like(in(i)); }

 private:
  Inputs in_;
  const Tensors& tangents_;
  const Tensors& out_;
};

// clang-format off
/// An omission in an op struct is a compile error here.
template <class Op>
concept TensorOp = requires(const typename Op::Attr& attr, Inputs in) { Op::forward(attr, in); } &&
    (Op::kind == Kind::kPlain ||
     (Op::kind == Kind::kLinear && requires(const typename Op::Attr& a, Rule& r, int i) { { Op::transpose(a, r, i) } -> std::same_as<Tensor>; }) ||
     (Op::kind == Kind::kBilinear && requires(const typename Op::Attr& a, Rule& r, int i, const Tensor& o) { { Op::transpose(a, r, i, o) } -> std::same_as<Tensor>; }) ||
     (Op::kind == Kind::kGeneral && requires(const typename Op::Attr& a, Rule& r) { Op::vjp(a, r); }));
// clang-format on

template <class Op>
const OpInfo& op_info();

namespace detail {

/// The same op on arrays with one dim more.
Tensors call_with_batch(const OpInfo& op, const void* attr, const Examples& in, bool names_axes);

template <class Op>
OpInfo describe() {
  static_assert(TensorOp<Op>);
  using Attr = typename Op::Attr;
  OpInfo info;
  info.name = Op::name;
  info.kind = Op::kind;
  info.inputs = Op::inputs;
  info.outputs = Op::outputs;
  info.save = Op::save;
  info.diff_outputs = Op::diff_outputs;
  info.view = Op::view;
  info.moves = Op::view || Op::moves;
  info.random = Op::random;
  info.writes = Op::writes;
  info.attr = info.kept = attr_info<Attr>();
  if constexpr (std::is_same_v<decltype(Op::forward(std::declval<const Attr&>(), Inputs())),
                               Tensor>) {
    info.forward = [](const void* a, Inputs in) {
      return Op::forward(*static_cast<const Attr*>(a), in);
    };
  } else {
    info.forward_many = [](const void* a, Inputs in) {
      return Op::forward(*static_cast<const Attr*>(a), in);
    };
  }
  if constexpr (Op::kind == Kind::kLinear) {
    info.transpose = [](const void* a, Rule& b, int i, const Tensor&) {
      return Op::transpose(*static_cast<const Attr*>(a), b, i);
    };
  } else if constexpr (Op::kind == Kind::kBilinear) {
    info.transpose = [](const void* a, Rule& b, int i, const Tensor& other) {
      return Op::transpose(*static_cast<const Attr*>(a), b, i, other);
    };
  } else if constexpr (Op::kind == Kind::kGeneral) {
    info.vjp = [](const void* a, Rule& b) { Op::vjp(*static_cast<const Attr*>(a), b); };
    if constexpr (requires(const Attr& attr, Tangents& t) { Op::jvp(attr, t); }) {
      info.jvp = [](const void* a, Tangents& t) {
        const Attr& attr = *static_cast<const Attr*>(a);
        if constexpr (std::is_same_v<decltype(Op::jvp(attr, t)), Tensor>) {
          Tensors out;
          out.push_back(Op::jvp(attr, t));
          return out;
        } else {
          return Op::jvp(attr, t);
        }
      };
    }
  }
  if constexpr (requires(const Attr& attr, const Examples& in) { Op::batch(attr, in); }) {
    info.batch = [](const void* a, const Examples& in) {
      const Attr& attr = *static_cast<const Attr*>(a);
      if constexpr (std::is_same_v<decltype(Op::batch(attr, in)), Tensor>) {
        Tensors out;
        out.push_back(Op::batch(attr, in));
        return out;
      } else {
        return Op::batch(attr, in);
      }
    };
  } else if constexpr (names_dims<Attr> || Op::leading_free) {
    info.batch = [](const void* a, const Examples& in) {
      const Attr more = with_batch(*static_cast<const Attr*>(a), in.size());
      return call_with_batch(op_info<Op>(), &more, in, names_axes<Attr>);
    };
  }
  if constexpr (requires(const Attr& attr, Inputs in) { Op::compose(attr, in); }) {
    info.compose = [](const void* a, Inputs in) {
      return Op::compose(*static_cast<const Attr*>(a), in);
    };
  }
  if constexpr (requires(const Attr& attr, const Tensor& y) { Op::has_square(attr, y); }) {
    info.has_square = [](const void* a, const Tensor& y) {
      return Op::has_square(*static_cast<const Attr*>(a), y);
    };
  }
  return info;
}

template <class Op>
struct Described {
  OpInfo info = describe<Op>();
  Described() { enter_op(info); }
};
template <class Op>
inline const Described<Op> described;

}  // namespace detail

template <class Op>
const OpInfo& op_info() {
  return detail::described<Op>.info;
}

template <class Op>
Tensors call_many(const typename Op::Attr& attr, Inputs in) {
  return call_op(op_info<Op>(), &attr, in);
}
template <class Op>
Tensor call(const typename Op::Attr& attr, Inputs in) {
  return call_op_one(op_info<Op>(), &attr, in);
}
/// The kernels alone, on plain arrays: nothing is recorded or batched.
template <class Op>
Tensor run_plain(const typename Op::Attr& attr, Inputs in) {
  const Running now(op_info<Op>(), &attr, in);
  Tensor y = Op::forward(attr, in);
  now.gave(y);
  return y;
}
template <class Op, class... T>
  requires(std::same_as<T, Tensor> && ...)
Tensor call(const typename Op::Attr& attr, const Tensor& first, const T&... rest) {
  const Tensor in[] = {first, rest...};
  return call<Op>(attr, Inputs(in));
}

}  // namespace pyad
