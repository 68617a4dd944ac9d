// How an array lies in memory, and how a new one shall lie that is made of others. It is separate
// from `Dims` because it is PyTorch's choice, not arithmetic.
//
// Note [Layouts of results]
// Results of elementwise ops, copies, conversions and `*_like` keep the order in which their
// operands step through memory, without gaps: the rules, down to the strides of dims of size one,
// are PyTorch's, because what is drawn in the order of memory (dropout), and what `view` allows,
// depends on them. Nearly all arrays are row-major (`TensorImpl::row_major`), and what is made of
// row-major arrays is row-major: that is looked up, nothing is computed.
// Whoever reads a result by its address must ask for `contiguous_values` first.
#pragma once

#include <span>

#include "core/tensor.hpp"

namespace pyad {

/// Whether the elements fill a range of memory, each with a place of its own; `contiguous` is the
/// case in which they do so in the order of the dims.
bool is_dense(const Dims& sizes, const Dims& strides);
inline bool is_dense(const Tensor& x) {
  return x.is_contiguous() || is_dense(x.sizes(), x.strides());
}
/// Whether two arrays have one shape and are dense in the same order, so that a flat walk serves
/// both.
bool same_layout(const Tensor& a, const Tensor& b);

/// The dims of the common shape `sizes` from the widest step through memory to the narrowest. The
/// first operand for which two dims differ decides; broadcast dims decide nothing.
Dims memory_order(const Dims& sizes, std::span<const Tensor* const> operands);
Dims memory_order(const Tensor& x);

/// Strides of a new array shaped and ordered as `x` (of a copy, of `*_like`).
Dims kept_strides(const Tensor& x);
/// Whether `x` steps through memory by `strides`; dims of size one do not count.
bool has_strides(const Tensor& x, const Dims& strides);
/// Whether an operand leaves the dims of an elementwise result in their order, as all but
/// permuted arrays do: then the result is row-major.
bool keeps_rows(const Dims& sizes, const Dims& strides);
inline bool keeps_rows(const Tensor& x) {
  return x.impl()->row_major || keeps_rows(x.sizes(), x.strides());
}
/// Strides of the result of an elementwise op. Null operands are numbers.
Dims result_strides(const Dims& sizes, std::span<const Tensor* const> operands);
/// Whether the channels of images (4 dims) or volumes (5) lie side by side, gaps or none, as PyTorch
/// sees it; and strides by which they do, without gaps. Joining and padding keep that order and no
/// other.
bool channels_lie_last(const Tensor& x);
Dims channels_last_strides(const Dims& sizes);
/// An array without values, so ordered if all of `parts` are, else row-major.
Tensor empty_beside(const Dims& sizes, DType dtype, std::span<const Tensor> parts);
/// Strides of the gradient of `x`: those of `x` if it is dense, else row-major.
Dims gradient_strides(const Tensor& x);
/// Whether `g` has them.
bool lies_as_gradient(const Tensor& g, const Tensor& x);

/// `x` with its dims in another order.
Tensor reordered(const Tensor& x, const Dims& order);
/// A dense array seen with its dims in the order of its memory, which makes it contiguous.
Tensor unrolled(const Tensor& x);

}  // namespace pyad
