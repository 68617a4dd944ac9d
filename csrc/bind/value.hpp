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

/// Applies elementwise op `id` to the arguments of a Python call (vectorcall's convention):
/// operands, at least one of them a Value and the others Values or numbers, then the op's numeric
/// parameters; all by position or name. Returns a new reference (a Value; True or False for a
/// predicate), or null with a Python exception set.
PyObject* value_function(int id, PyObject* const* args, Py_ssize_t n, PyObject* names);

/// The same for just the operands, `n` of them, with the parameters already read; null: defaults.
PyObject* value_call(int id, PyObject* const* args, Py_ssize_t n, const double* params);

/// Adds `Value` and `live_values` to the module.
void bind_value(pybind11::module_& m);

}  // namespace pyad
