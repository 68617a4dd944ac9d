// What several families ask of their arguments, each with one text.
#pragma once

#include "core/tensor.hpp"

namespace pyad {

/// Raises unless the input is of a floating dtype.
void need_floating(const char* op, const Tensor& x);

/// Raises unless `shape` is that of the last dims of `x`, and a parameter that is given has this
/// shape and the dtype of `x`.
void need_normalized_shape(const char* op, const Tensor& x, const Dims& shape, const Tensor& weight,
                           const Tensor& bias);

/// Whether all elements of a contiguous floating array are normal numbers, by which one may divide.
bool all_normal(const Tensor& x);

}  // namespace pyad
