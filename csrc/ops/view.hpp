// Views: ops whose result shows the memory of their input in another geometry. They cost a handle
// and, when recorded, a node.
//
// Note [Logical views]
// A rule and a tangent must be right for arrays of any layout, not only for the array the view was
// taken of. So the attributes of a view op say what is meant (sizes, an order of dims, a range for
// each dim) and `forward` works the strides out from its input. Where no strides do (a reshape of a
// transposed tangent) `forward` copies; as_strided, which *is* about memory, keeps the geometry of
// the array it was called on and replays it (Note [Geometry of as_strided]).
#pragma once

#include "core/tensor.hpp"
#include "ops/op.hpp"

namespace pyad {

/// A view where strides allow it, else a copy.
struct Reshape : Linear<"view"> {
  static constexpr bool view = true;
  struct Attr {
    Sizes sizes;
  };
  static Tensor forward(const Attr& attr, Inputs in);
  static Tensor transpose(const Attr& attr, Rule& b, int i);
};

/// Dim k of the result is dim `order[k]` of the input.
struct Permute : Linear<"permute"> {
  static constexpr bool view = true;
  struct Attr {
    Order order;
  };
  static Tensor forward(const Attr& attr, Inputs in);
  static Tensor transpose(const Attr& attr, Rule& b, int i);
};

struct Expand : Linear<"expand"> {
  static constexpr bool view = true;
  struct Attr {
    Dims sizes;
  };
  static Tensor batch(const Attr& attr, const Examples& in);
  static Tensor forward(const Attr& attr, Inputs in);
  static Tensor transpose(const Attr& attr, Rule& b, int i);
};

/// Slices, integers and new axes at once: `x[1:3, None, 0]`. Trailing dims that are taken whole are
/// not listed.
struct Slice : Linear<"slice"> {
  static constexpr bool view = true;
  /// Three numbers for each entry: start, step, size; step 0 marks an integer (size kOne) or a new
  /// axis (size kNew).
  struct Attr {
    static constexpr int64_t kOne = -1, kNew = -2;
    Dims entries;
  };
  static Tensor batch(const Attr& attr, const Examples& in);
  static Tensor forward(const Attr& attr, Inputs in);
  static Tensor transpose(const Attr& attr, Rule& b, int i);
};
/// Zeros of `sizes` with the input in the place that the slice shows.
struct SliceTranspose : Linear<"slice_backward"> {
  struct Attr {
    Dims entries;
    Sizes sizes;
  };
  static Tensor batch(const Attr& attr, const Examples& in);
  static Tensor forward(const Attr& attr, Inputs in);
  static Tensor transpose(const Attr& attr, Rule& b, int i);
};

struct Diagonal : Linear<"diagonal"> {
  static constexpr bool view = true;
  struct Attr {
    int64_t offset;
    Axis dim1, dim2;
  };
  static Tensor forward(const Attr& attr, Inputs in);
  static Tensor transpose(const Attr& attr, Rule& b, int i);
};
/// Zeros of `sizes` with the last dim of the input on a diagonal.
struct DiagonalTranspose : Linear<"diagonal_backward"> {
  struct Attr {
    Diagonal::Attr diagonal;
    Sizes sizes;
  };
  static Tensor forward(const Attr& attr, Inputs in);
  static Tensor transpose(const Attr& attr, Rule& b, int i);
};

// Note [Geometry of as_strided]
// as_strided reads memory, so its meaning depends on where the values of its input lie: `base`
// below. Applied to the very array it was called on it is an alias. Applied to anything else (a
// tangent, a cotangent of its own transpose) the values are first laid out as `base` says, in a
// buffer of the storage's extent. The transpose adds the cotangent into such a buffer, element by
// element of the view, and reads it back as `base` says. An element of memory that `base` shows n
// times counts as the mean of its n values, in both directions, which keeps the two transposes of
// each other.
struct AsStrided : Linear<"as_strided"> {
  static constexpr bool view = true;
  struct Attr {
    Layout base;
    Layout view;
  };
  static Tensor batch(const Attr& attr, const Examples& in);
  static Tensor forward(const Attr& attr, Inputs in);
  static Tensor transpose(const Attr& attr, Rule& b, int i);
};
struct AsStridedTranspose : Linear<"as_strided_backward"> {
  using Attr = AsStrided::Attr;
  static Tensor batch(const Attr& attr, const Examples& in);
  static Tensor forward(const Attr& attr, Inputs in);
  static Tensor transpose(const Attr& attr, Rule& b, int i);
};
/// A contiguous copy of input 0 (laid out as `base`), the part that `view` shows replaced by
/// input 1.
struct AsStridedScatter : Linear<"as_strided_scatter", 2> {
  using Attr = AsStrided::Attr;
  static Tensor batch(const Attr& attr, const Examples& in);
  static Tensor forward(const Attr& attr, Inputs in);
  static Tensor transpose(const Attr& attr, Rule& b, int i);
};

/// Strides that show `x`'s elements, in order, as `sizes` (same count); false when there are none.
bool view_strides(const Tensor& x, const Dims& sizes, Dims* strides);
/// Resolves one -1; raises ShapeError unless `sizes` has `numel` elements.
Dims infer_sizes(const char* op, const Dims& sizes, int64_t numel, const Dims& from);

/// A view, or a copy where that is impossible; one size may be -1.
Tensor reshape(const Tensor& x, const Dims& sizes);
/// A view; raises ShapeError where it is impossible.
Tensor view(const Tensor& x, const Dims& sizes);
Tensor permute(const Tensor& x, const Dims& order);
/// Swaps two dims.
Tensor transpose(const Tensor& x, int64_t dim0, int64_t dim1);
/// `.mT`: swaps the last two dims.
Tensor matrix_transpose(const Tensor& x);
/// `.T`: all dims in reverse order.
Tensor reverse_dims(const Tensor& x);
/// Broadcasts to `sizes`; -1 keeps a size.
Tensor expand(const Tensor& x, const Dims& sizes);
/// Drops dims of size 1: all of them, or those of `dims`.
Tensor squeeze(const Tensor& x);
Tensor squeeze(const Tensor& x, const Dims& dims);
Tensor unsqueeze(const Tensor& x, int64_t dim);
Tensor flatten(const Tensor& x, int64_t start_dim = 0, int64_t end_dim = -1);
Tensor unflatten(const Tensor& x, int64_t dim, const Dims& sizes);
Tensor movedim(const Tensor& x, const Dims& source, const Dims& destination);
Tensor narrow(const Tensor& x, int64_t dim, int64_t start, int64_t length);
/// `x[start:start+length:step]` along `dim`, bounds known to be right.
Tensor slice(const Tensor& x, int dim, int64_t start, int64_t length, int64_t step = 1);
Tensor select(const Tensor& x, int64_t dim, int64_t index);
Tensor diagonal(const Tensor& x, int64_t offset = 0, int64_t dim1 = 0, int64_t dim2 = 1);
Tensor diag_embed(const Tensor& x, int64_t offset = 0, int64_t dim1 = -2, int64_t dim2 = -1);
/// The offset of `layout` counts from the start of the storage.
Tensor as_strided(const Tensor& x, const Layout& layout);
/// Contiguous array of `base`'s shape: its values, where `layout` (of the same storage) does not
/// show `src`.
Tensor as_strided_scatter(const Tensor& base, const Tensor& src, const Layout& layout);

}  // namespace pyad
