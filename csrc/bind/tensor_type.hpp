// What the files that make up pyad.Tensor share: number and mapping slots (tensor_slots.cpp),
// properties and methods (tensor_methods.cpp), the type itself (tensor_type.cpp).
#pragma once

#include <string>

#include <Python.h>

#include <vector>

#include "bind/object.hpp"
#include "ops/elementwise/info.hpp"

namespace pyad::bind {

/// Slots for PyType_FromSpec, appended to `slots`.
void add_operator_slots(std::vector<PyType_Slot>& slots);
void add_index_slots(std::vector<PyType_Slot>& slots);

extern PyMethodDef tensor_methods[];
extern PyGetSetDef tensor_getset[];

/// pyad.Size (size.cpp), and a new one.
void bind_size(py::module_& m);
void bind_run_log(py::module_& m);
PyObject* wrap_sizes(const Dims& d);
bool is_size(PyObject* o);

/// What `x.device` is; the package sets it once.
void set_device(PyObject* device);

/// The Python function that makes the text of repr(); set by the package.
extern PyObject* repr_function;

/// `x[key]` and `x[key] = value`.
PyObject* get_item(PyObject* self, PyObject* key);
int set_item(PyObject* self, PyObject* key, PyObject* value);

/// Documentation of a method, from its row: Note [Own faces].
std::string own_face_doc(const char* name);

}  // namespace pyad::bind
