// Orders along a dim: sort, argsort, topk. Values are gathered at the order, which makes them
// differentiable.
#pragma once

#include "core/tensor.hpp"

namespace pyad {

/// Where the elements along `dim` stand in order; NaN is the largest, equals keep their order.
Tensor argsort(const char* op, const Tensor& x, int64_t dim, bool descending);

/// The first k of that order, and the values there.
struct Ordered {
  Tensor values, indices;
};
Ordered sort(const char* op, const Tensor& x, int64_t dim, bool descending);
Ordered topk(const Tensor& x, int64_t k, int64_t dim, bool largest);

}  // namespace pyad
