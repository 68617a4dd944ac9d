// Ops that rearrange or copy elements without being views (conversion, flip, roll, pad, triangles),
// and, by inclusion, the views and joins: the whole family that moves elements and computes
// nothing.
#pragma once

#include <string_view>

#include <vector>

#include "core/tensor.hpp"
#include "ops/join.hpp"
#include "ops/op.hpp"
#include "ops/view.hpp"

namespace pyad {

struct ToDType : Linear<"to"> {
  static constexpr bool moves = true;
  static constexpr bool leading_free = true;
  struct Attr {
    DType dtype;
  };
  static Tensor forward(const Attr& attr, Inputs in);
  static Tensor transpose(const Attr& attr, Rule& b, int i);
};

struct Clone : Linear<"clone"> {
  static constexpr bool moves = true;
  struct Attr {
    Dims strides = {};  // of the copy; none: row-major
  };
  static Tensor batch(const Attr& attr, const Examples& in);
  static Tensor forward(const Attr& attr, Inputs in);
  static Tensor transpose(const Attr& attr, Rule& b, int i);
};

struct Flip : Linear<"flip"> {
  static constexpr bool moves = true;
  struct Attr {
    Axes dims;
  };
  static Tensor forward(const Attr& attr, Inputs in);
  static Tensor transpose(const Attr& attr, Rule& b, int i);
};

struct Roll : Linear<"roll"> {
  static constexpr bool moves = true;
  struct Attr {
    Dims shifts;
    Axes dims;
  };
  static Tensor forward(const Attr& attr, Inputs in);
  static Tensor transpose(const Attr& attr, Rule& b, int i);
};

/// Keeps a triangle, zeros the rest.
struct Triangle : Linear<"triangle"> {
  static constexpr bool moves = true;
  static constexpr bool leading_free = true;
  struct Attr {
    int64_t diagonal;
    bool upper;
  };
  static Tensor forward(const Attr& attr, Inputs in);
  static Tensor transpose(const Attr& attr, Rule& b, int i);
};

/// Adds `before[k]` and `after[k]` elements of `value` around dim k; negative counts crop.
struct ConstantPad : General<"constant_pad"> {
  static constexpr bool moves = true;
  struct Attr {
    Dims before;
    Dims after;
    Scalar value;
  };
  static Tensor batch(const Attr& attr, const Examples& in);
  static Tensor forward(const Attr& attr, Inputs in);
  static void vjp(const Attr& attr, Rule& b);
};

/// `x` itself when it has the dtype already; the gradient is cast back.
Tensor to_dtype(const Tensor& x, DType dtype);
/// A copy, laid out as `x` (Note [Layouts of results]).
Tensor clone(const Tensor& x);
/// A copy with the given dense strides.
Tensor clone_with(const Tensor& x, const Dims& strides);
/// A row-major copy.
Tensor contiguous_clone(const Tensor& x);
/// `x` itself when it is contiguous.
Tensor contiguous(const Tensor& x);
Tensor flip(const Tensor& x, const Dims& dims);
Tensor roll(const Tensor& x, const Dims& shifts, const Dims& dims = {});
Tensor rot90(const Tensor& x, int64_t k = 1, const Dims& dims = {0, 1});
Tensor tril(const Tensor& x, int64_t diagonal = 0);
Tensor triu(const Tensor& x, int64_t diagonal = 0);
Tensor diag(const Tensor& x, int64_t diagonal = 0);
Tensor repeat(const Tensor& x, const Dims& repeats);
Tensor tile(const Tensor& x, const Dims& repeats);
Tensor repeat_interleave(const Tensor& x, int64_t repeats, int64_t dim);
/// A count for each index of `dim`, or one for all.
Tensor repeat_interleave(const Tensor& x, const Tensor& repeats, int64_t dim);
/// `pairs` as in torch.nn.functional.pad: (before, after) of the last dim first; mode constant,
/// reflect, replicate or circular.
Tensor pad(const Tensor& x, const Dims& pairs, std::string_view mode = "constant",
           Scalar value = Scalar(0.0));
/// All brought to their common shape.
Tensors broadcast_tensors(Inputs xs);

/// A vector of these int64.
Tensor indices(std::vector<int64_t> values);

}  // namespace pyad
