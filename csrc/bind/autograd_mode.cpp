// The contexts no_grad, enable_grad, set_grad_enabled and inference_mode: entering and leaving,
// which happens around every optimizer step and must cost little. Their use as decorators is
// Python's (pyad/autograd/grad_mode.py), which subclasses these.
#include <Python.h>

#include "bind/autograd.hpp"

namespace pyad::bind {

namespace {

struct PyModeContext {
  PyObject_HEAD bool target;  // the mode inside
  bool at_once;               // set_grad_enabled acts when made
  bool was;                   // the mode when made
  uint8_t depth;              // times entered and not left
  uint64_t before;            // the mode before each entry, one bit each
};

PyModeContext* as_context(PyObject* o) { return reinterpret_cast<PyModeContext*>(o); }

PyObject* make(PyTypeObject* type, bool target, bool at_once) {
  auto* o = reinterpret_cast<PyModeContext*>(type->tp_alloc(type, 0));
  if (!o) return nullptr;
  o->target = target;
  o->at_once = at_once;
  o->was = mode.grad;
  if (at_once) mode.grad = target;
  return reinterpret_cast<PyObject*>(o);
}

/// `@no_grad` without parentheses: the function is the only argument.
PyObject* decorate(Owned context, PyObject* fn) {
  return context ? PyObject_CallOneArg(context.get(), fn) : nullptr;
}

int count(PyObject* args, PyObject* kwargs) {
  return static_cast<int>(PyTuple_GET_SIZE(args) + (kwargs ? PyDict_GET_SIZE(kwargs) : 0));
}

template <bool TARGET>
PyObject* new_fixed(PyTypeObject* type, PyObject* args, PyObject* kwargs) {
  int n = count(args, kwargs);
  if (n == 0) return make(type, TARGET, false);
  PyObject* fn = PyTuple_GET_SIZE(args) == 1 ? PyTuple_GET_ITEM(args, 0) : nullptr;
  if (n == 1 && fn && PyCallable_Check(fn)) return decorate(Owned(make(type, TARGET, false)), fn);
  PyErr_Format(PyExc_TypeError, "%s() takes no arguments (%d given)", type->tp_name, n);
  return nullptr;
}

PyObject* new_set_grad(PyTypeObject* type, PyObject* args, PyObject* kwargs) {
  int value = 0;
  static const char* names[] = {"mode", nullptr};
  if (!PyArg_ParseTupleAndKeywords(args, kwargs, "p:set_grad_enabled", const_cast<char**>(names),
                                   &value))
    return nullptr;
  return make(type, value != 0, true);
}

PyObject* new_inference(PyTypeObject* type, PyObject* args, PyObject* kwargs) {
  PyObject* value = Py_True;
  static const char* names[] = {"mode", nullptr};
  if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|O:inference_mode", const_cast<char**>(names),
                                   &value))
    return nullptr;
  if (!PyBool_Check(value) && PyCallable_Check(value))
    return decorate(Owned(make(type, false, false)), value);
  int on = PyObject_IsTrue(value);
  // inference_mode(False) means "not inference": recording, as in PyTorch.
  return on < 0 ? nullptr : make(type, on == 0, false);
}

void dealloc(PyObject* self) {
  PyTypeObject* type = Py_TYPE(self);
  type->tp_free(self);
  Py_DECREF(type);
}

PyObject* enter(PyObject* self, PyObject*) {
  PyModeContext* o = as_context(self);
  if (o->depth == 64) {
    PyErr_SetString(PyExc_RuntimeError,
                    "a grad-mode context was entered 64 times without being left");
    return nullptr;
  }
  o->before = o->before << 1 | static_cast<uint64_t>(o->at_once ? o->was : mode.grad);
  ++o->depth;
  mode.grad = o->target;
  Py_RETURN_NONE;
}

PyObject* leave(PyObject* self, PyObject* const*, Py_ssize_t) {
  PyModeContext* o = as_context(self);
  if (o->depth == 0) {
    PyErr_SetString(PyExc_RuntimeError, "a grad-mode context was left without having been entered");
    return nullptr;
  }
  mode.grad = o->before & 1;
  o->before >>= 1;
  --o->depth;
  Py_RETURN_FALSE;
}

/// The context is to be a decorator: what making it changed is taken back.
PyObject* undo(PyObject* self, PyObject*) {
  if (as_context(self)->at_once) mode.grad = as_context(self)->was;
  Py_RETURN_NONE;
}

PyObject* get_target(PyObject* self, void*) { return PyBool_FromLong(as_context(self)->target); }

PyMethodDef g_methods[] = {
    {"__enter__", enter, METH_NOARGS, "__enter__($self)\n--\n\nSwitches the mode."},
    {"__exit__", reinterpret_cast<PyCFunction>(reinterpret_cast<void*>(leave)), METH_FASTCALL,
     "Switches back."},
    {"_undo", undo, METH_NOARGS, "_undo($self)\n--\n\nTakes back what making the context changed."},
    {nullptr, nullptr, 0, nullptr}};
PyGetSetDef g_getset[] = {
    {"mode", get_target, nullptr, "Whether ops are recorded inside.", nullptr},
    {nullptr, nullptr, nullptr, nullptr, nullptr}};

void add_type(py::module_& m, const char* name, newfunc make_new, const char* doc) {
  std::string full = std::string("pyad._core.") + name;
  static std::vector<std::unique_ptr<std::string>> names;  // the types keep pointers to them
  names.push_back(std::make_unique<std::string>(full));
  PyType_Slot slots[] = {{Py_tp_new, reinterpret_cast<void*>(make_new)},
                         {Py_tp_dealloc, reinterpret_cast<void*>(dealloc)},
                         {Py_tp_methods, g_methods},
                         {Py_tp_getset, g_getset},
                         {Py_tp_doc, const_cast<char*>(doc)},
                         {0, nullptr}};
  PyType_Spec spec = {names.back()->c_str(), sizeof(PyModeContext), 0,
                      Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE, slots};
  m.attr(name) = py::reinterpret_steal<py::object>(checked(PyType_FromSpec(&spec)));
}

}  // namespace

void init_mode_types(py::module_& m) {
  add_type(m, "NoGrad", new_fixed<false>, "Context inside which nothing is recorded.");
  add_type(m, "EnableGrad", new_fixed<true>, "Context inside which ops are recorded.");
  add_type(m, "SetGradEnabled", new_set_grad,
           "Switches recording at once, and back at the end of a with block.");
  add_type(m, "InferenceMode", new_inference,
           "Context inside which nothing is recorded, unless its argument is False.");
}

}  // namespace pyad::bind
