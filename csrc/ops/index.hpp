// Indexing: what `x[...]` means, gathers and scatters.
//
// Note [Index expressions]
// `x[a, 1:3, None, mask, ..., i]` is taken in two steps. Slices, integers (and 0-d integer
// tensors), None and the ellipsis are one strided view (`Slice`). Index tensors and masks that
// remain are one gather: a mask of k dims stands for k index tensors, the index tensors are
// broadcast together, checked, and joined by `flatten_indices` into positions in the row-major
// order of the dims they index; `index_get` then reads rows at those positions. As in PyTorch the
// new dims stand where the indexed dims stood if those are neighbours, else in front.
#pragma once

#include <span>

#include "core/tensor.hpp"
#include "ops/elementwise/info.hpp"
#include "ops/op.hpp"

namespace pyad {

/// One entry of an index expression.
struct IndexItem {
  enum class Is : uint8_t { kSlice, kInteger, kNewAxis, kEllipsis, kTensor };
  Is is = Is::kSlice;
  bool has_start = false, has_stop = false;  // of a slice; False stands for None
  int64_t start = 0, stop = 0, step = 1;     // an integer is `start`
  Tensor tensor;                             // integer index, or mask (bool; uint8 as in PyTorch)

  static IndexItem whole() { return {}; }
  static IndexItem integer(int64_t i) {
    IndexItem item;
    item.is = Is::kInteger;
    item.start = i;
    return item;
  }
  static IndexItem new_axis() {
    IndexItem item;
    item.is = Is::kNewAxis;
    return item;
  }
  static IndexItem ellipsis() {
    IndexItem item;
    item.is = Is::kEllipsis;
    return item;
  }
  static IndexItem of(Tensor t) {
    IndexItem item;
    item.is = Is::kTensor;
    item.tensor = std::move(t);
    return item;
  }
};

/// Rows of input 0 at the positions of input 1 (int64): dims [dim, dim + count) count as one.
struct IndexGet : Linear<"index", 2> {
  static constexpr bool moves = true;
  static constexpr unsigned save = save_in(1);
  struct Attr {
    int dim;
    int count;
  };
  static Tensor batch(const Attr& attr, const Examples& in);
  static Tensor forward(const Attr& attr, Inputs in);
  static Tensor transpose(const Attr& attr, Rule& b, int i);
};
/// Zeros of `sizes` with the rows of input 0 added at the positions of input 1.
struct IndexGetTranspose : Linear<"index_backward", 2> {
  static constexpr unsigned save = save_in(1);
  struct Attr {
    int dim;
    int count;
    Dims sizes;
  };
  static Tensor batch(const Attr& attr, const Examples& in);
  static Tensor forward(const Attr& attr, Inputs in);
  static Tensor transpose(const Attr& attr, Rule& b, int i);
};
/// Copy of input 0 with the rows of input 1 written (or added) at the positions of input 2. Of rows
/// with one position the last stands, and it alone gets the gradient of that position.
struct IndexPut : Linear<"index_put", 3> {
  static constexpr unsigned save = save_in(2);
  struct Attr {
    int dim;
    int count;
    bool accumulate;
    bool keeps_layout = false;  // of input 0, as PyTorch's `index_put` does and no other
  };
  static Tensor batch(const Attr& attr, const Examples& in);
  static Tensor forward(const Attr& attr, Inputs in);
  static Tensor transpose(const Attr& attr, Rule& b, int i);
};
/// The gradient g of what was written at `positions` (among `places`): zero for what was written
/// over. The positions' dims are those of g up to `after` further ones.
Tensor only_standing(const Tensor& g, const Tensor& positions, int64_t places, int after);

/// Positions (B, ...) among `places` rows of each of B examples, as positions among the rows of all.
Tensor offset_positions(const Tensor& positions, int64_t places);

/// result[i][j] = in0[in1[i][j]][j] for dim 0, and so on.
struct Gather : Linear<"gather", 2> {
  static constexpr bool moves = true;
  static constexpr unsigned save = save_in(1);
  struct Attr {
    Axis dim;
  };
  static Tensor batch(const Attr& attr, const Examples& in);
  static Tensor forward(const Attr& attr, Inputs in);
  static Tensor transpose(const Attr& attr, Rule& b, int i);
};
struct GatherTranspose : Linear<"gather_backward", 2> {
  static constexpr unsigned save = save_in(1);
  struct Attr {
    Axis dim;
    Sizes sizes;
  };
  static Tensor batch(const Attr& attr, const Examples& in);
  static Tensor forward(const Attr& attr, Inputs in);
  static Tensor transpose(const Attr& attr, Rule& b, int i);
};
/// Copy of input 0 with the elements of input 1 written (or added) where input 2 says.
struct Scatter : Linear<"scatter", 3> {
  static constexpr unsigned save = save_in(2);
  struct Attr {
    Axis dim;
    bool accumulate;
  };
  static Tensor forward(const Attr& attr, Inputs in);
  static Tensor transpose(const Attr& attr, Rule& b, int i);
};
/// Joins broadcast index tensors over dims of `sizes` into row-major positions; raises IndexError
/// where one is out of range.
struct FlattenIndices : Plain<"flatten_indices", kAny> {
  struct Attr {
    Dims sizes;
    const char* op = "index";  // for the error
  };
  static Tensor batch(const Attr& attr, const Examples& in);
  static Tensor forward(const Attr& attr, Inputs in);
};
/// Positions of the elements that are not zero: (n, dim).
struct NonZero : Plain<"nonzero"> {
  static Tensor batch(const Attr& attr, const Examples& in);
  static Tensor forward(const Attr& attr, Inputs in);
};
/// Row-major positions of the elements that are not zero: (n,).
struct FlatNonZero : Plain<"flat_nonzero"> {
  static Tensor batch(const Attr& attr, const Examples& in);
  static Tensor forward(const Attr& attr, Inputs in);
};
struct OneHot : Plain<"one_hot"> {
  static constexpr bool leading_free = true;
  struct Attr {
    int64_t classes;
  };
  static Tensor forward(const Attr& attr, Inputs in);
};

/// What an index expression asks of an array: a view, and then perhaps a gather.
struct IndexPlan {
  Dims entries;         // of Slice; empty: the array as it is
  bool trivial = true;  // the view shows the whole array unchanged
  Tensors groups;       // index tensors, int64; empty: basic indexing only
  Dims dims;  // group k indexes the dims [dims[k], dims[k] + counts[k]) of the view as one
  Dims counts;
};
/// Reads an index expression for an array of shape `sizes`; raises IndexError/ValueError, naming
/// `op`.
IndexPlan plan_index(const char* op, const Dims& sizes, std::span<const IndexItem> items);
/// The part of it that looks at no element, for one mask over the first dims.
void check_mask(const char* op, const Dims& sizes, const Tensor& mask);

/// A gather or scatter made ready: `view` is what the plan shows, with the indexed dims together.
struct IndexTarget {
  Tensor view;
  Dims order;        // the permutation that brought the dims together; empty: none
  Tensor positions;  // undefined: basic indexing only
  int dim = 0;
  int count = 0;
  /// Shape of what is read or written.
  Dims sizes() const;
};
IndexTarget prepare_index(const char* op, const Tensor& x, std::span<const IndexItem> items);
/// A tensor of one element that fills places of another, in that one's dtype: its number is held to the rules
/// for numbers (docs/numbers.md).
Tensor filling(const char* op, const Tensor& value, DType dtype);
/// `value` expanded to `sizes`; PyTorch's rule for assignments: surplus leading dims of size 1 are
/// dropped.
Tensor fit_value(const char* op, const Tensor& value, const Dims& sizes);
/// `x`, or a copy of it where several elements share memory (an expanded tensor), so that parts of
/// it can be replaced.
Tensor distinct(const Tensor& x);
/// Integer tensor as int64; raises TypeError for others.
Tensor index_tensor(const char* op, const Tensor& index);

/// `x[items]`.
Tensor index(const Tensor& x, std::span<const IndexItem> items);
/// Copy of `x` with `x[items] = value` (or `+=`) done to it.
Tensor index_put(const Tensor& x, std::span<const IndexItem> items, const Tensor& value,
                 bool accumulate = false);

Tensor gather(const Tensor& x, int64_t dim, const Tensor& index);
Tensor scatter(const Tensor& x, int64_t dim, const Tensor& index, const Operand& src);
Tensor scatter_add(const Tensor& x, int64_t dim, const Tensor& index, const Tensor& src);
Tensor index_select(const Tensor& x, int64_t dim, const Tensor& index);
Tensor index_add(const Tensor& x, int64_t dim, const Tensor& index, const Tensor& source,
                 Scalar alpha = Scalar(int64_t{1}));
Tensor index_copy(const Tensor& x, int64_t dim, const Tensor& index, const Tensor& source);
Tensor index_fill(const Tensor& x, int64_t dim, const Tensor& index, const Operand& value);
Tensor take(const Tensor& x, const Tensor& index);
Tensor take_along_dim(const Tensor& x, const Tensor& indices, int64_t dim);
Tensor masked_fill(const Tensor& x, const Tensor& mask, const Operand& value);
Tensor masked_select(const Tensor& x, const Tensor& mask);
/// Elements of `source`, in order, where `mask` is true.
Tensor masked_scatter(const Tensor& x, const Tensor& mask, const Tensor& source);
/// int64 of shape x.shape + (classes,); -1 classes: one more than the largest index.
Tensor one_hot(const Tensor& x, int64_t classes = -1);
Tensor nonzero(const Tensor& x);
/// As `nonzero`, but one 1-d tensor for each dim.
Tensors nonzero_tuple(const Tensor& x);

}  // namespace pyad
