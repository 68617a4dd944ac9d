// Python and NumPy numbers. What of NumPy an object is, is told by the identity of its type: a name
// can be anybody's.
#pragma once

#include "bind/object.hpp"

namespace pyad::bind {

/// Whether `o` is a Python or NumPy number (not a tensor); its value in `out`.
bool as_number(PyObject* o, Scalar* out);
/// Whether `o` is a NumPy scalar of any kind; false while nobody has imported NumPy.
bool is_numpy_scalar(PyObject* o);
bool is_numpy_bool(PyObject* o);
/// Whether `o` is a NumPy scalar or array that `float` would take, but only in part or as text: a
/// complex number, a span of time, raw bytes.
bool is_no_real_number(PyObject* o);
/// `PyFloat_AsDouble`, with a TypeError for what is no real number.
double as_double(PyObject* o);
/// Whether `o` is a NumPy array (of any dtype), and whether it is one of no subclass.
bool is_ndarray(PyObject* o);
bool is_ndarray_exact(PyObject* o);
/// The dtype of a NumPy scalar, where pyad has it.
bool numpy_scalar_dtype(PyObject* o, DType* out);

}  // namespace pyad::bind
