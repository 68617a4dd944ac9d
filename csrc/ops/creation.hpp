// What rows that make tensors have in common: the options at the end of their signatures, and what is
// done about them.
#pragma once

#include "ops/function.hpp"

namespace pyad {

#define PYAD_PLACE_OPTIONS "device: device? = None, layout: layout? = None"
#define PYAD_TENSOR_OPTIONS "dtype: dtype? = None, requires_grad: bool = False, " PYAD_PLACE_OPTIONS
#define PYAD_LIKE_OPTIONS                                                     \
  "dtype: dtype? = None, requires_grad: bool = False, memory_format: str? = " \
  "None, " PYAD_PLACE_OPTIONS

inline DType dtype_or(const Args& a, int i, DType otherwise) {
  return a.given(i) ? a.dtype(i) : otherwise;
}

inline Dims checked_sizes(const Args& a, int i) {
  checked_numel(a.op(), a.dims(i));
  return a.dims(i);
}

/// `y`, which asks for gradients if parameter `i`, requires_grad, says so.
inline Answer finished(const Args& a, int i, Tensor y) {
  if (a.flag(i)) {
    if (!is_floating(y.dtype())) {
      fail(ErrorKind::kRuntime, a.op(),
           ": only tensors of floating dtype can require gradients, got ", y.dtype());
    }
    y.impl()->requires_grad = true;
  }
  return y;
}

}  // namespace pyad
