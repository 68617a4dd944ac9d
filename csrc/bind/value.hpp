// `pyad.Value` as the rest of bind sees it: its type, and the table's functions applied to it.
#pragma once

#include <pybind11/pybind11.h>

#include <cstdint>

namespace pyad {

namespace detail {
extern PyTypeObject* value_type;
}

/// A Value, or an instance of a subclass.
inline bool is_value(PyObject* o) {
  return Py_TYPE(o) == detail::value_type || PyType_IsSubtype(Py_TYPE(o), detail::value_type);
}

/// Applies elementwise op `id` to `n` operands, at least one of them a Value and the others Values
/// or numbers. `params` are the op's numeric parameters, or null for their defaults. Returns a new
/// reference (a Value; True or False for a predicate), or null with a Python exception set.
PyObject* value_call(int id, PyObject* const* args, Py_ssize_t n, const double* params);

/// The same with the arguments of a Python call: operands and parameters, by position or name
/// (vectorcall's convention).
PyObject* value_function(int id, PyObject* const* args, Py_ssize_t n, PyObject* names);

/// Adds `Value` and `live_values` to the module.
void bind_value(pybind11::module_& m);

}  // namespace pyad
