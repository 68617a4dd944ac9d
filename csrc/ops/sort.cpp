// Orders are stable sorts of indices, row by row.
#include "ops/sort.hpp"

#include <algorithm>
#include <numeric>

#include "kernels/strided.hpp"
#include "ops/functions.hpp"
#include "ops/index.hpp"
#include "ops/shape.hpp"
#include "ops/view.hpp"

namespace pyad {

namespace {

/// NaN is larger than everything, as in PyTorch and NumPy.
template <class T>
bool before(T a, T b) {
  if constexpr (std::is_floating_point_v<T>) return a < b || (b != b && a == a);
  return a < b;
}

template <class T>
void order_rows(const T* x, int64_t* out, int64_t rows, int64_t n, bool descending) {
  for (int64_t r = 0; r < rows; ++r, x += n, out += n) {
    std::iota(out, out + n, int64_t{0});
    if (descending)
      std::stable_sort(out, out + n, [x](int64_t i, int64_t j) { return before(x[j], x[i]); });
    else
      std::stable_sort(out, out + n, [x](int64_t i, int64_t j) { return before(x[i], x[j]); });
  }
}

}  // namespace

Tensor argsort(const char* op, const Tensor& x, int64_t dim, bool descending) {
  if (x.dim() == 0) {
    if (dim != 0 && dim != -1)
      fail(ErrorKind::kIndex, op, ": dim ", dim, " is out of range for a 0-d tensor");
    return zeros({}, DType::kInt64);
  }
  int64_t d = wrap_dim(op, dim, x.dim());
  GradModeGuard off(false);
  Tensor values = contiguous_values(movedim(detach(x), {d}, {-1}));
  Tensor order = empty(values.sizes(), DType::kInt64);
  int64_t n = values.size(values.dim() - 1), rows = n > 0 ? values.numel() / n : 0;
  visit_dtype(values.dtype(), [&]<class T>(std::type_identity<T>) {
    order_rows(values.data<T>(), order.data<int64_t>(), rows, n, descending);
  });
  return contiguous_values(movedim(order, {-1}, {d}));
}

Ordered sort(const char* op, const Tensor& x, int64_t dim, bool descending) {
  Tensor order = argsort(op, x, dim, descending);
  if (x.dim() == 0) return {clone(x), order};
  return {gather(x, dim, order), order};
}

Ordered topk(const Tensor& x, int64_t k, int64_t dim, bool largest) {
  int64_t n = x.dim() == 0 ? 1 : x.size(wrap_dim("topk", dim, x.dim()));
  if (k < 0 || k > n) {
    fail(ErrorKind::kRuntime, "topk: selected index k out of range: k is ", k, ", dim ", dim,
         " has size ", n);
  }
  Tensor order = argsort("topk", x, dim, largest);
  if (x.dim() == 0) {
    if (k == 1) return {clone(x), order};
    return {reshape(x, {1}), reshape(order, {1})};
  }
  Tensor first = contiguous_values(narrow(order, dim, 0, k));
  return {gather(x, dim, first), first};
}

}  // namespace pyad
