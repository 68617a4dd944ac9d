// Exchange with NumPy: arrays in (copied or shared), arrays out (shared).
#pragma once

#include "bind/number.hpp"
#include "bind/object.hpp"

namespace pyad::bind {

/// numpy(), __array__(), tolist(), item().
extern PyMethodDef numpy_methods[];

/// Whether pyad has the dtype of an array, and which it is.
bool array_dtype(PyObject* array, DType* out);
/// Copy of a NumPy array; its dtype is kept. TypeError for dtypes that pyad does not have.
Tensor tensor_from_array(const char* op, PyObject* array);
/// A tensor on the memory of a NumPy array.
Tensor share_array(const char* op, PyObject* array);

}  // namespace pyad::bind
