// `Fused`: a kind of general op that is an expression of other ops, with kernels of its own for
// speed (attention, recurrent layers, normalisations, losses, softmax, distances).
//
// Such an op writes what is fast and says once, in `compose`, which expression it stands for; its
// rules in forward mode, and of every higher order, and its batches are those of the expression.
//
//   struct Attention : Fused<Attention, "attention", 3, 2> {
//     static constexpr unsigned save = ...;         // all inputs, and what `pull` reads
//     static constexpr unsigned diff_outputs = 1;   // the second output is only saved
//     struct Attr { double scale; };
//     static Tensors forward(const Attr&, Inputs in);  // kernels
//     static void pull(const Attr&, Rule& b);          // kernels: cotangents, values only
//     static Tensors compose(const Attr&, Inputs in);  // the same outputs by recorded ops
//   };
//
// `compose` may leave outputs undefined that carry no gradient. Inputs that the call left out are
// undefined in it as they are in `forward`.
//
// An op whose result alone says its derivatives (softmax) does not keep its inputs for an
// expression: in place of `compose` it writes `rule`, the recorded cotangents, and `jvp`.
#pragma once

#include "ops/op.hpp"

namespace pyad {

/// An expression without its type: `attr` points to the op's attributes.
using Expression = Tensors (*)(const void* attr, Inputs in);

/// The cotangents of a fused op's inputs by differentiating its expression at the saved inputs
/// (csrc/dispatch/fused.cpp).
void pull_expression(Rule& b, int n_inputs, int n_outputs, Expression compose, const void* attr);
/// Tells a log of a fused op's pull.
[[gnu::cold]] void describe_pull(const Running& now, const OpInfo& op, const void* attr,
                                 const Rule& b);
/// The tangents of its outputs, in the same way.
Tensors push_expression(const Tangents& t, int n_inputs, Expression compose, const void* attr);

template <class Self, OpName NAME, int INPUTS, int OUTPUTS = 1>
struct Fused : General<NAME, INPUTS, OUTPUTS> {
  static_assert(INPUTS > 0 && INPUTS <= 8 && OUTPUTS > 0);
  template <class Attr>
  static void vjp(const Attr& attr, Rule& b) {
    if (plain_values()) {
      const Running now;
      if (now.logged()) [[unlikely]]
        describe_pull(now, op_info<Self>(), &attr, b);
      Self::pull(attr, b);
      now.gave(b.given());
    } else if constexpr (requires { Self::rule(attr, b); }) {
      Self::rule(attr, b);
    } else {
      constexpr unsigned all = (1u << INPUTS) - 1;
      static_assert((Self::save & all) == all,
                    "a fused op saves its inputs: its expression asks for them");
      pull_expression(b, INPUTS, b.node().n_outputs(), &expression<Attr>, &attr);
    }
  }
  template <class Attr>
  static Tensors jvp(const Attr& attr, Tangents& t) {
    return push_expression(t, INPUTS, &expression<Attr>, &attr);
  }

 protected:
  template <class Attr>
  static Tensors expression(const void* attr, Inputs in) {
    return Self::compose(*static_cast<const Attr*>(attr), in);
  }
};

}  // namespace pyad
