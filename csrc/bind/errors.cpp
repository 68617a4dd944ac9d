// Engine errors as Python exceptions.
#include <new>

#include "bind/object.hpp"

namespace pyad::bind {

namespace {

PyObject* g_shape_error = nullptr;

PyObject* exception_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kValue:
      return PyExc_ValueError;
    case ErrorKind::kType:
      return PyExc_TypeError;
    case ErrorKind::kIndex:
      return PyExc_IndexError;
    case ErrorKind::kShape:
      return g_shape_error ? g_shape_error : PyExc_RuntimeError;
    case ErrorKind::kMemory:
      return PyExc_MemoryError;
    case ErrorKind::kNotImplemented:
      return PyExc_NotImplementedError;
    default:
      return PyExc_RuntimeError;
  }
}

}  // namespace

void set_python_error() noexcept {
  try {
    throw;
  } catch (py::error_already_set& e) {
    e.restore();
  } catch (const Error& e) {
    if (e.kind() == ErrorKind::kHost || e.kind() == ErrorKind::kInterrupted) {
      if (!PyErr_Occurred())
        PyErr_SetString(PyExc_RuntimeError, "pyad: an exception was lost on its way");
      return;
    }
    PyErr_SetString(exception_of(e.kind()), e.what());
  } catch (const std::bad_alloc&) {
    PyErr_NoMemory();
  } catch (const std::exception& e) {
    PyErr_SetString(PyExc_RuntimeError, e.what());
  } catch (...) {
    PyErr_SetString(PyExc_RuntimeError, "pyad: unknown C++ exception");
  }
}

void throw_python_error() { throw Error(ErrorKind::kHost, "Python exception"); }

void bind_errors(py::module_& m) {
  Owned bases(checked(PyTuple_Pack(2, PyExc_RuntimeError, PyExc_ValueError)));
  g_shape_error =
      checked(PyErr_NewExceptionWithDoc("pyad.ShapeError",
                                        "Shapes that do not fit together. Both a RuntimeError, as "
                                        "PyTorch raises here, and a ValueError, as NumPy does.",
                                        bases.get(), nullptr));
  m.attr("ShapeError") = py::reinterpret_borrow<py::object>(g_shape_error);
  py::register_exception_translator([](std::exception_ptr p) {
    try {
      if (p) std::rethrow_exception(p);
    } catch (const Error&) {
      set_python_error();
    }
  });
}

}  // namespace pyad::bind
