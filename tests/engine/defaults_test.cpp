// What a caller in C++ leaves out has the value that PyTorch gives it: the same shape and elements
// as with the argument spelt.
#include "check.hpp"
#include "ops/join.hpp"
#include "ops/reduce.hpp"
#include "ops/shape.hpp"
#include "ops/sort.hpp"
#include "ops/view.hpp"

namespace pyad {
namespace {

/// A square, so that any dim would do.
Tensor square() { return view(test::vec({4, 2, 7, 1, 9, 3, 8, 6, 5}), {3, 3}); }

bool same(const Tensor& a, const Tensor& b) {
  if (a.sizes() != b.sizes() || a.dtype() != b.dtype()) return false;
  Tensor p = contiguous(to_dtype(a, DType::kFloat64)), q = contiguous(to_dtype(b, DType::kFloat64));
  for (int64_t i = 0; i < p.numel(); ++i)
    if (p.data<double>()[i] != q.data<double>()[i]) return false;
  return true;
}
bool same(const Tensors& a, const Tensors& b) {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i)
    if (!same(a[i], b[i])) return false;
  return true;
}

TEST(defaults_of_joins) {
  Tensor x = square();
  const Tensor parts[] = {x, x};
  CHECK(same(concat(parts), concat(parts, 0)));
  CHECK(same(stack(parts), stack(parts, 0)));
  CHECK(same(split(x, 2), split(x, 2, 0)));
  CHECK(same(split_with_sizes(x, {1, 2}), split_with_sizes(x, {1, 2}, 0)));
  CHECK(same(chunk(x, 3), chunk(x, 3, 0)));
  CHECK(same(unbind(x), unbind(x, 0)));
}

TEST(defaults_of_shapes) {
  Tensor x = square();
  CHECK(same(rot90(x), rot90(x, 1, {0, 1})));
  CHECK(same(tril(x), tril(x, 0)));
  CHECK(same(triu(x), triu(x, 0)));
  CHECK(same(diag(x), diag(x, 0)));
}

TEST(defaults_of_orders) {
  Tensor x = square();
  CHECK(same(sort(x), sort(x, -1, false)));
  CHECK(same(topk(x, 2), topk(x, 2, -1, true)));
  CHECK(same(kthvalue(x, 2), kthvalue(x, 2, -1, false)));
}

TEST(defaults_of_reductions) {
  Tensor x = square();
  CHECK(same(sum(x), sum(x, {0, 1}, false)));
  CHECK(same(mean(x), mean(x, {0, 1}, false)));
  CHECK(same(prod(x, 1), prod(x, 1, false)));
  CHECK(same(amax(x), amax(x, {0, 1}, false)));
  CHECK(same(amin(x), amin(x, {0, 1}, false)));
  CHECK(same(argmax(x, 1), argmax(x, 1, false)));
  CHECK(same(max_at(x, 1), max_at(x, 1, false)));
  CHECK(same(count_nonzero(x), count_nonzero(x, {0, 1})));
  CHECK(same(var(x), var(x, {0, 1}, 1, false)));
  CHECK(same(vector_norm(x), vector_norm(x, 2, {0, 1}, false)));
}

}  // namespace
}  // namespace pyad
