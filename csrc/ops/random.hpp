// Random tensors laid out as another tensor is, and dropout.
#pragma once

#include "core/layout.hpp"
#include "graph/levels.hpp"
#include "ops/function.hpp"
#include "ops/op.hpp"
#include "ops/shape.hpp"

namespace pyad {

// Note [Draws under batches]
// Inside `vmap` a draw is refused, the same for all examples, or one for each, as its `randomness`
// says; then one draw makes the numbers of all examples. Laws whose parameters are tensors are drawn
// for all examples of these; "the same for all" has no meaning where the parameters differ.

/// How a draw is to be made: at the innermost level of a batch that wants one an example, or none.
/// Raises where the innermost batch refuses to draw.
const Level* drawing_level(const char* op);

/// The dtype in which numbers of `dtype` are drawn. Integers that are stored only are refused: their
/// range is not that of what they are computed in.
DType drawable(const char* op, DType dtype);

/// Tells a log of a draw.
[[gnu::cold]] void describe_draw(const Running& now, const char* op, const Tensor& drawn);

/// A tensor of `sizes` that `draw` fills.
template <class F>
Tensor drawn(const char* op, const Dims& sizes, DType dtype, F&& draw) {
  if (mode.batch_levels > 0) {
    if (const Level* level = drawing_level(op)) {
      Dims more = sizes;
      more.insert(0, level->size);
      const OuterLevels outside(level->number);
      return put_on(drawn(op, more, dtype, draw), level->number);
    }
  }
  const Running now;
  Tensor t = empty(sizes, drawable(op, dtype));
  draw(t);
  t = to_dtype(t, dtype);
  if (now.logged()) [[unlikely]]
    describe_draw(now, op, t);
  return t;
}

/// A tensor laid out as `model`; `draw` fills it in the order of its memory, seeing it contiguous.
template <class F>
Tensor drawn_like(const char* op, const Tensor& model, DType dtype, F&& draw) {
  if (mode.batch_levels > 0) return drawn(op, model.sizes(), dtype, draw);
  const Running now;
  Tensor t = empty_like(model, drawable(op, dtype));
  draw(unrolled(t));
  t = to_dtype(t, dtype);
  if (now.logged()) [[unlikely]]
    describe_draw(now, op, t);
  return t;
}

/// What `draw` makes of a tensor of parameters, of all examples where there are several.
template <class F>
Tensor drawn_from(const char* op, const Tensor& parameters, F&& draw) {
  if (mode.batch_levels == 0) {
    const Running now;
    Tensor t = draw(parameters);
    if (now.logged()) [[unlikely]]
      describe_draw(now, op, t);
    return t;
  }
  if (const Level* level = drawing_level(op)) {
    Tensor all = spread_examples(parameters, level->number);
    const OuterLevels outside(level->number);
    return put_on(drawn_from(op, all, draw), level->number);
  }
  if (parameters.is_batched()) {
    fail(ErrorKind::kRuntime, "vmap: ", op,
         ": randomness='same' draws one number for all examples, but their parameters differ; use "
         "randomness='different'");
  }
  return draw(parameters);
}

/// x times `scale` where input 1 (bool, of the same shape) is set, times 0 elsewhere.
struct Dropout : Linear<"dropout", 2> {
  static constexpr bool leading_free = true;
  static constexpr unsigned save = save_in(1);
  struct Attr {
    double scale;
  };
  static Tensor forward(const Attr& attr, Inputs in);
  static Tensor transpose(const Attr& attr, Rule& b, int i);
};

/// Input 1, draws of the Dirichlet law with concentrations input 0 along the last dim, which move
/// with these as Note [Slopes of quantiles] in kernels/math says: a component as a draw of its beta
/// law, the others in proportion.
struct DirichletDraw : General<"dirichlet_draw", 2> {
  static constexpr bool leading_free = true;
  static constexpr unsigned save = save_in(0) | save_in(1);
  static Tensor forward(const Attr& attr, Inputs in);
  static void vjp(const Attr& attr, Rule& b);
  static Tensor jvp(const Attr& attr, Tangents& t);
};
/// The slopes of that, of each component over 1 less itself: of inputs 0 and 1.
struct DirichletSlopes : General<"dirichlet_slopes", 2> {
  static constexpr bool leading_free = true;
  static Tensor forward(const Attr& attr, Inputs in);
  [[noreturn]] static void vjp(const Attr& attr, Rule& b);
  [[noreturn]] static Tensor jvp(const Attr& attr, Tangents& t);
};
inline Tensor dirichlet_draw(const Tensor& concentration, const Tensor& drawn) {
  return call<DirichletDraw>({}, concentration, drawn);
}

/// Elements are zeroed with probability p, the others scaled by 1 / (1 - p).
Tensor dropout(const Tensor& x, double p);

/// Whole features (x[i, j]) at once, and dropout that keeps mean and variance after SELU.
Tensor special_dropout(const char* op, const Tensor& x, double p, bool features, bool alpha);
/// x times a slope where it is not positive: uniform in [lower, upper) or their mean.
Tensor rrelu(const Tensor& x, double lower, double upper, bool training);

}  // namespace pyad
