// `builtin`: the Python callable behind every row of the op table; module function, method and
// in-place method alike.
//
// One vectorcall type replaces hundreds of C functions: the object knows its row. With
// Py_TPFLAGS_METHOD_DESCRIPTOR the same object in the type's dictionary is called with `self`
// first, without a bound method being made.
#pragma once

#include <memory>
#include <string>

#include "bind/parse.hpp"
#include "ops/function.hpp"

namespace pyad::bind {

struct Callable {
  const Function* row = nullptr;  // a tensor function; or
  const ElementwiseInfo* elementwise =
      nullptr;  // an elementwise op; or both: the op for plain calls, the row for the rest
  const ElementwiseInfo* scalar = nullptr;  // the op for calls with a Value among the arguments
  bool method = false;                      // of Tensor, and so bound by it
  bool inplace = false;                     // the result is written into the first argument
  bool writes = false;                      // the call writes into it, or this does
  Signature signature;
  std::string doc;
  std::string home;                    // its name in pyad._core
  std::unique_ptr<Callable> overload;  // asked next, where the arguments do not fit
  mutable PyObject* names = nullptr;   // the type of results with names, once there was one
  Callable(const char* name, const char* text) : signature(name, text) {}
};

/// Makes the type; call before `make_callable`.
void init_callable_type(py::module_& m);
/// What pickle calls for results that are named tuples.
void bind_named_results(py::module_& m);
/// New reference to a Python callable for `c`, which lives as long as the process.
PyObject* make_callable(std::unique_ptr<Callable> c);

/// Whether `o` is one.
bool is_callable_of_table(PyObject* o);
/// Gives a callable a further overload.
void add_overload(PyObject* callable, std::unique_ptr<Callable> c);

/// The elementwise op applied to Python operands (tensors or numbers): what number slots call.
/// Returns NotImplemented (new reference) when an operand is of a foreign type.
PyObject* binary_operator(const ElementwiseInfo& op, PyObject* a, PyObject* b);
/// As above, writing into `self`.
PyObject* inplace_operator(const ElementwiseInfo& op, PyObject* self, PyObject* other);

}  // namespace pyad::bind
