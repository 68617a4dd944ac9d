// The Python object of a tensor: layout, making one, telling whether something is one, and turning
// engine errors into exceptions.
//
// `Tensor` is a plain CPython heap type (tensor_type.cpp) because a number slot of such a type
// costs a tenth of a call through pybind11; the type_caster below lets pybind11 functions take and
// return tensors all the same.
#pragma once

#include <Python.h>
#include <pybind11/pybind11.h>

#include <utility>

#include "core/tensor.hpp"

namespace pyad::bind {

namespace py = pybind11;

struct PyTensor {
  PyObject_HEAD Tensor tensor;
  PyObject* weakrefs;
  PyObject* attributes;  // the instance's dict, or null
};

/// pyad.Tensor; set when the module is made.
extern PyTypeObject* tensor_type;

inline bool is_tensor_exact(PyObject* o) { return Py_TYPE(o) == tensor_type; }
inline bool is_tensor(PyObject* o) {
  return is_tensor_exact(o) || PyType_IsSubtype(Py_TYPE(o), tensor_type);
}
/// The tensor inside `o`, which must be one.
inline const Tensor& tensor_of(PyObject* o) { return reinterpret_cast<PyTensor*>(o)->tensor; }

/// New reference: the living Python object of this array, or a new one; None for an undefined
/// tensor.
PyObject* wrap(Tensor t);
/// A new object of `type` (Tensor or a subclass) around `t`, which must have no Python object yet.
PyObject* wrap_as(PyTypeObject* type, Tensor t);

/// Sets the Python exception for the C++ exception being handled; to be called in a catch block.
void set_python_error() noexcept;
/// Throws the Python error that is set, as an engine error that passes through C++ frames
/// (ErrorKind::kHost).
[[noreturn]] void throw_python_error();

/// Runs `f` and returns its result; on a C++ exception sets the Python error and returns
/// `on_error`.
template <class F, class R>
inline R guarded(F&& f, R on_error) noexcept {
  try {
    return f();
  } catch (...) {
    set_python_error();
    return on_error;
  }
}
template <class F>
inline PyObject* guarded(F&& f) noexcept {
  try {
    return f();
  } catch (...) {
    set_python_error();
    return nullptr;
  }
}

/// An owned reference that is dropped at the end of the scope.
class Owned {
 public:
  Owned() = default;
  explicit Owned(PyObject* p) : p_(p) {}
  Owned(Owned&& o) noexcept : p_(std::exchange(o.p_, nullptr)) {}
  Owned& operator=(Owned&& o) noexcept {
    std::swap(p_, o.p_);
    return *this;
  }
  ~Owned() { Py_XDECREF(p_); }
  PyObject* get() const { return p_; }
  PyObject* release() { return std::exchange(p_, nullptr); }
  explicit operator bool() const { return p_ != nullptr; }

 private:
  PyObject* p_ = nullptr;
};
/// `p`, or the pending Python error as an exception.
inline PyObject* checked(PyObject* p) {
  if (!p) throw_python_error();
  return p;
}

/// pyad.<dtype> object for a dtype (new reference), and back; `dtype_from` takes pyad dtypes, NumPy
/// dtypes and Python types.
PyObject* wrap_dtype(DType t);
DType dtype_from(const char* op, PyObject* o);
bool is_dtype(PyObject* o);
/// The dtype with a name of PyTorch's or NumPy's; false if there is none.
bool dtype_named(const char* name, DType* out);

// What the files of this folder add to the module.
void bind_errors(py::module_& m);
void bind_dtypes(py::module_& m);
void bind_tensor_type(py::module_& m);
void bind_functions(py::module_& m);
void bind_creation(py::module_& m);
void bind_numpy(py::module_& m);
void bind_random(py::module_& m);
void bind_autograd(py::module_& m);
void bind_batch(py::module_& m);
void bind_optim(py::module_& m);
void bind_value(py::module_& m);
void bind_package(py::module_& m);

}  // namespace pyad::bind

namespace pybind11::detail {
/// Tensors in signatures of pybind11 functions.
template <>
struct type_caster<pyad::Tensor> {
  PYBIND11_TYPE_CASTER(pyad::Tensor, const_name("pyad.Tensor"));
  bool load(handle src, bool) {
    if (src.is_none()) return true;
    if (!pyad::bind::is_tensor(src.ptr())) return false;
    value = pyad::bind::tensor_of(src.ptr());
    return true;
  }
  static handle cast(pyad::Tensor t, return_value_policy, handle) {
    return pyad::bind::wrap(std::move(t));
  }
};
/// Dtypes likewise.
template <>
struct type_caster<pyad::DType> {
  PYBIND11_TYPE_CASTER(pyad::DType, const_name("pyad.dtype"));
  bool load(handle src, bool) {
    if (!pyad::bind::is_dtype(src.ptr())) return false;
    value = pyad::bind::dtype_from("dtype", src.ptr());
    return true;
  }
  static handle cast(pyad::DType t, return_value_policy, handle) {
    return pyad::bind::wrap_dtype(t);
  }
};
}  // namespace pybind11::detail
