// Engine errors as Python exceptions.
#include <cxxabi.h>

#include <algorithm>
#include <cstring>
#include <new>
#include <string_view>

#include "bind/guarded_as.hpp"
#include "bind/host_hooks.hpp"
#include "bind/object.hpp"
#include "dispatch/batch.hpp"
#include "graph/levels.hpp"

namespace pyad::bind {

namespace {

PyObject* g_shape_error = nullptr;
PyObject* g_range_error = nullptr;
PyObject* g_batch_error = nullptr;

PyObject* exception_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kValue:
      return PyExc_ValueError;
    case ErrorKind::kType:
    case ErrorKind::kNoKernel:
      return PyExc_TypeError;
    case ErrorKind::kIndex:
      return PyExc_IndexError;
    case ErrorKind::kShape:
      return g_shape_error ? g_shape_error : PyExc_RuntimeError;
    case ErrorKind::kRange:
      return g_range_error ? g_range_error : PyExc_RuntimeError;
    case ErrorKind::kBatched:
      return g_batch_error ? g_batch_error : PyExc_RuntimeError;
    case ErrorKind::kMemory:
      return PyExc_MemoryError;
    case ErrorKind::kNotImplemented:
      return PyExc_NotImplementedError;
    default:
      return PyExc_RuntimeError;
  }
}

/// What is said of values that a batched handle has not: it may have left its function.
const char* text_of_batched(const Error& e) {
  const auto open = open_levels();
  if (std::any_of(open.begin(), open.end(), [](const Level& l) { return l.batch; }))
    return e.what();
  return "vmap: a batched tensor left the function that vmap transforms (by a variable outside, a "
         "list, a global) and is used after it; return it instead";
}

/// An exception with several bases, under its name in the module; never freed.
PyObject* add_exception(py::module_& m, const char* name, Owned bases, const char* doc) {
  PyObject* made = checked(PyErr_NewExceptionWithDoc(name, doc, bases.get(), nullptr));
  m.attr(std::strrchr(name, '.') + 1) = py::reinterpret_borrow<py::object>(made);
  return made;
}

}  // namespace

void set_python_error() noexcept {
  try {
    throw;
  } catch (const abi::__forced_unwind&) {
    stay_for_ever();
  } catch (py::error_already_set& e) {
    e.restore();
  } catch (const BatchRefusal& e) {
    PyErr_SetString(exception_of(ErrorKind::kBatched), e.what());
  } catch (const Error& e) {
    if (e.kind() == ErrorKind::kHost || e.kind() == ErrorKind::kInterrupted) {
      if (!PyErr_Occurred())
        PyErr_SetString(PyExc_RuntimeError, "pyad: an exception was lost on its way");
      return;
    }
    PyErr_SetString(exception_of(e.kind()),
                    e.kind() == ErrorKind::kBatched ? text_of_batched(e) : e.what());
  } catch (const py::cast_error&) {
    if (!PyErr_Occurred()) PyErr_SetString(PyExc_TypeError, "an object of the wrong type");
  } catch (const std::bad_alloc&) {
    PyErr_NoMemory();
  } catch (const std::exception& e) {
    PyErr_SetString(PyExc_RuntimeError, e.what());
  } catch (...) {
    PyErr_SetString(PyExc_RuntimeError, "pyad: unknown C++ exception");
  }
}

void set_python_error_of(const char* op) noexcept {
  try {
    throw;
  } catch (const Error& e) {
    constexpr std::string_view kOutOfMemory = "out of memory";
    if (e.kind() != ErrorKind::kMemory || std::string_view(e.what()).substr(0, 13) != kOutOfMemory)
      return set_python_error();
    PyErr_Format(PyExc_MemoryError, "%s: %s", op, e.what());
  } catch (...) {
    set_python_error();
  }
}

void throw_python_error() { throw Error(ErrorKind::kHost, "Python exception"); }

void bind_errors(py::module_& m) {
  g_shape_error = add_exception(
      m, "pyad.ShapeError", Owned(checked(PyTuple_Pack(2, PyExc_RuntimeError, PyExc_ValueError))),
      "Shapes that do not fit together. Both a RuntimeError, as PyTorch "
      "raises here, and a ValueError, as NumPy does.");
  g_range_error = add_exception(
      m, "pyad.RangeError",
      Owned(checked(PyTuple_Pack(3, PyExc_RuntimeError, PyExc_OverflowError, PyExc_ValueError))),
      "A number that has no place in the dtype it should get. Both a "
      "RuntimeError, as PyTorch raises here, and an OverflowError, as "
      "NumPy does; a ValueError, too, as PyTorch raises for an int of "
      "more than 64 bits among indices.");
  g_batch_error =
      add_exception(m, "pyad._core.BatchError", Owned(checked(PyTuple_Pack(1, PyExc_RuntimeError))),
                    "What a batch cannot run and a single example could; internal.");
  py::register_exception_translator([](std::exception_ptr p) {
    try {
      if (p) std::rethrow_exception(p);
    } catch (const Error&) {
      set_python_error();
    }
  });
}

}  // namespace pyad::bind
