// See batching.hpp.
#include "ops/batching.hpp"

#include "ops/op.hpp"
#include "ops/view.hpp"

namespace pyad {

Tensor Examples::front(int i) const {
  const Tensor& x = (*this)[i];
  if (!x.defined() || batched(i)) return x;
  Dims sizes = x.sizes();
  sizes.insert(0, size_);
  return expand(x, sizes);
}

Tensors Examples::fronts() const {
  Tensors all;
  for (int i = 0; i < count(); ++i) all.push_back(front(i));
  return all;
}

Tensor Examples::merged(int i) const { return flatten(front(i), 0, 1); }

Tensor Examples::split(const Tensor& y) const {
  return unflatten(y, 0, {size_, size_ == 0 ? 0 : y.size(0) / size_});
}

Tensor with_ones_at(const Tensor& x, int at, int n) {
  if (x.dim() >= n) return x;
  Dims sizes = x.sizes();
  while (sizes.size() < n) sizes.insert(at, 1);
  return reshape(x, sizes);
}

Tensors detail::call_with_batch(const OpInfo& op, const void* attr, const Examples& in,
                                bool names_axes) {
  Tensors all = in.fronts();
  // A 0-d example counts as one of one dim, which `attr` may name.
  const bool bare = names_axes && in.count() > 0 && in.rank(0) == 0;
  if (bare)
    for (Tensor& x : all)
      if (x.defined()) x = with_ones_at(x, 1, 2);
  Tensors out = call_op(op, attr, all);
  if (bare)
    for (Tensor& y : out)
      if (y.defined() && y.dim() > 1) y = squeeze(y, {1});
  return out;
}

}  // namespace pyad
