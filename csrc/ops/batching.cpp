// See batching.hpp.
#include "ops/batching.hpp"

#include <algorithm>

#include "core/error.hpp"
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

Tensor Examples::beside(int i, int n) const {
  return batched(i) ? with_ones_at((*this)[i], 1, n) : (*this)[i];
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

Tensor rows_of_examples(const Tensor& x) {
  int64_t n = 1;
  for (int d = 1; d < x.dim(); ++d) n *= x.size(d);
  return reshape(x, {x.size(0), n});
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

Tensor examples_of(const Tensor& x, int level) {
  if (!x.defined() || !x.is_batched()) return {};
  const Batch& batch = x.impl()->extra->batch;
  if (batch.level == level) return batch.all;
  // A more inner batch: its examples are in front, those asked for come behind.
  Tensor inner = examples_of(batch.all, level);
  return inner.defined() ? make_batched(transpose(inner, 0, 1), batch.level) : Tensor();
}

Tensor spread_examples(const Tensor& x, int level) {
  if (!x.defined()) return {};
  Tensor all = examples_of(x, level);
  if (all.defined()) return all;
  Dims sizes = x.sizes();
  sizes.insert(0, find_level(level)->size);
  return expand(x, sizes);
}

Tensor batched(const Tensor& x, int64_t dim, int level) {
  return put_on(movedim(x, {dim}, {0}), level);
}

Tensor put_on(const Tensor& all, int level) {
  if (!all.is_batched() || all.impl()->extra->batch.level < level) return make_batched(all, level);
  const Batch& inner = all.impl()->extra->batch;
  return make_batched(put_on(transpose(inner.all, 0, 1), level), inner.level);
}

int batch_level_of(const Tensor& x) {
  if (!x.defined() || !x.is_batched()) return -1;
  const int level = x.impl()->extra->batch.level;
  if (!is_open_level(level)) {
    fail(ErrorKind::kRuntime,
         "vmap: a batched tensor left the function that vmap transforms (by a variable outside, a "
         "list, a global) and is used after it; return it instead");
  }
  return level;
}

int batch_level_of(std::span<const Tensor> xs) {
  int level = -1;
  for (const Tensor& x : xs) level = std::max(level, batch_level_of(x));
  return level;
}

}  // namespace pyad
