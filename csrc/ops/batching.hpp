// Examples of batches and how to reach them, and what a batching rule sees: Note [Batch rules] in
// dispatch/batch.hpp.
#pragma once

#include <span>
#include <vector>

#include "core/tensor.hpp"
#include "graph/levels.hpp"

namespace pyad {

using Tensors = std::vector<Tensor>;

/// The inputs of a call, those of a batch with all examples along their first dim.
class Examples {
 public:
  /// `mask`: which inputs are of the batch.
  Examples(Tensors in, std::vector<bool> mask, int64_t size)
      : in_(std::move(in)), mask_(std::move(mask)), size_(size) {}
  int count() const { return static_cast<int>(in_.size()); }
  /// How many examples.
  int64_t size() const { return size_; }
  /// Undefined where the call left the input out.
  const Tensor& operator[](int i) const { return in_[static_cast<size_t>(i)]; }
  bool batched(int i) const { return mask_[static_cast<size_t>(i)]; }
  /// Dims of one example of input `i`.
  int rank(int i) const { return (*this)[i].dim() - (batched(i) ? 1 : 0); }
  /// Size of dim `d` of one example, from the front.
  int64_t size_of(int i, int d) const { return (*this)[i].size(d + (batched(i) ? 1 : 0)); }
  /// Input `i` with the examples in front, repeated if it is the same for all.
  Tensor front(int i) const;
  /// Input `i` as it lines up with `n` dims of all examples, by broadcasting.
  Tensor beside(int i, int n) const;
  /// All of them so, with the examples in front.
  Tensors fronts() const;
  /// Input `i` with the examples of the batch merged into its first dim.
  Tensor merged(int i) const;
  /// A result whose first dim holds examples and what `merged` merged into them.
  Tensor split(const Tensor& y) const;

 private:
  Tensors in_;
  std::vector<bool> mask_;
  int64_t size_;
};

/// `x` with dims of size 1 after its first `at`, until it has `n` dims.
Tensor with_ones_at(const Tensor& x, int at, int n);

/// All examples with the dims of each as one.
Tensor rows_of_examples(const Tensor& x);

/// `x` with its examples at `level` as first dim; undefined if it has none there.
Tensor examples_of(const Tensor& x, int level);
/// The same, repeated for every example if it is the same for all.
Tensor spread_examples(const Tensor& x, int level);
/// The handle at `level` on examples along `dim` of `x`.
Tensor batched(const Tensor& x, int64_t dim, int level);

/// The way back from `spread_examples`: the handle at `level`, which may lie below batches that
/// `all` is an example of.
Tensor put_on(const Tensor& all, int level);
/// Innermost open batch level that one of the tensors is an example at, or -1. Raises for a handle
/// that left its `vmap`.
int batch_level_of(const Tensor& x);
int batch_level_of(std::span<const Tensor> xs);

}  // namespace pyad
