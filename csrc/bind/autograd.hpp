// Gradients as Python sees them: what tensors have for it (autograd_tensor.cpp), sweeps and levels
// (autograd.cpp), nodes (autograd_node.cpp), hooks (autograd_hooks.cpp), custom functions
// (autograd_function.cpp), grad-mode contexts (autograd_mode.cpp).
#pragma once

#include <Python.h>

#include <initializer_list>
#include <vector>

#include "bind/object.hpp"
#include "graph/mode.hpp"
#include "graph/node.hpp"

namespace pyad::bind {

/// Methods and properties for the Tensor type.
extern PyMethodDef autograd_methods[];
extern PyGetSetDef autograd_getset[];

/// What a Tensor object keeps alive beyond the engine, for tp_traverse; see Note [Cycles through
/// hooks].
int traverse_autograd(const Tensor& t, visitproc visit, void* arg);
/// tp_clear.
void clear_autograd(Tensor& t);

/// The Python object of a graph node. A custom function's is its `ctx`, which the node owns (and
/// which knows the node only as long as it lives); any other owns the node.
struct PyNode {
  PyObject_HEAD Node* node;
  bool owns;
  PyObject* metadata;
  PyObject* weakrefs;
};
extern PyTypeObject* node_type;
/// New reference to the one living object of `node`, or a new one; None for null.
PyObject* wrap_node(Node* node);

/// Around every call from a sweep into Python: what the callee does to the mode ends with it.
class HostCall {
 public:
  HostCall() { mode.unwatched = false; }

 private:
  ModeGuard put_back_;
};

/// `fn(tensor)` and its kin as hooks of the graph; each registers and returns a RemovableHandle.
PyObject* register_grad_hook(PyObject* tensor, PyObject* fn);
PyObject* register_leaf_hook(PyObject* tensor, PyObject* fn);
PyObject* register_node_hook(Node& node, PyObject* fn, bool before);

/// Arguments of a METH_FASTCALL|METH_KEYWORDS call by name: missing ones are null. Throws
/// TypeError.
void parse_named(const char* op, std::initializer_list<const char*> names, PyObject* const* args,
                 Py_ssize_t nargs, PyObject* kwnames, PyObject** out);
/// A tensor, or a sequence of tensors (and None, where `none` is welcome), as a list; empty for
/// null.
std::vector<Tensor> as_tensors(const char* op, const char* parameter, PyObject* o, bool none);
/// Truth of an optional argument.
bool as_flag(PyObject* o, bool when_missing);

// The parts of bind_autograd.
void init_node_type(py::module_& m);
void init_hook_type(py::module_& m);
void init_function_types(py::module_& m);
void init_mode_types(py::module_& m);
void init_checkpoint(py::module_& m);

/// Raises for the root of a sweep into `.grad` that is an example of a batch, and inside the function
/// of a transform.
void refuse_backward(const Tensor& root);
/// Once in a process: what a backward that is recorded ties together.
void warn_of_cycles();

}  // namespace pyad::bind
