// `Node`: the Python object of a graph node, what `grad_fn` returns.

#include <Python.h>
#include <structmember.h>

#include <cctype>
#include <string>

#include "bind/autograd.hpp"

namespace pyad::bind {

PyTypeObject* node_type = nullptr;

namespace {

/// `log_softmax` becomes `LogSoftmaxBackward0`, as PyTorch writes it.
std::string display_name(const Node& node) {
  if (const char* full = node.full_name()) return full;
  if (node.is_accumulator()) return node.name();
  std::string text;
  bool upper = true;
  for (const char* p = node.name(); *p; ++p) {
    if (*p == '_') {
      upper = true;
    } else {
      text += upper ? static_cast<char>(std::toupper(static_cast<unsigned char>(*p))) : *p;
      upper = false;
    }
  }
  return text + "Backward0";
}

PyNode* as_node(PyObject* o) { return reinterpret_cast<PyNode*>(o); }

Node& living(PyObject* self) {
  Node* node = as_node(self)->node;
  if (!node) {
    fail(ErrorKind::kRuntime, Py_TYPE(self)->tp_name,
         ": this graph node is gone, or was never made (nothing required grad); keep a tensor that "
         "leads to it");
  }
  return *node;
}

void dealloc(PyObject* self) {
  PyNode* o = as_node(self);
  PyTypeObject* type = Py_TYPE(self);
  PyObject_GC_UnTrack(self);
  if (o->weakrefs) PyObject_ClearWeakRefs(self);
  Py_CLEAR(o->metadata);
  if (o->owns && o->node) {
    if (o->node->extras().host_object == o) o->node->extras().host_object = nullptr;
    Ref<Node>::adopt(std::exchange(o->node, nullptr)).reset();
  }
  type->tp_free(self);
  Py_DECREF(type);
}

struct Visit {
  visitproc visit;
  void* arg;
};
int visit_object(void* object, void* context) {
  auto* v = static_cast<Visit*>(context);
  return v->visit(static_cast<PyObject*>(object), v->arg);
}

int traverse(PyObject* self, visitproc visit, void* arg) {
  PyNode* o = as_node(self);
  Py_VISIT(Py_TYPE(self));
  Py_VISIT(o->metadata);
  if (o->owns && o->node && o->node->count == 1) {
    Visit v{visit, arg};
    return o->node->visit_host(visit_object, &v);
  }
  return 0;
}
int clear(PyObject* self) {
  PyNode* o = as_node(self);
  Py_CLEAR(o->metadata);
  if (o->owns && o->node && o->node->count == 1) o->node->drop_host();
  return 0;
}

PyObject* repr(PyObject* self) {
  return guarded([&]() -> PyObject* {
    Node* node = as_node(self)->node;
    std::string name = node ? display_name(*node) : Py_TYPE(self)->tp_name;
    return PyUnicode_FromFormat("<%s object at %p>", name.c_str(), self);
  });
}

PyObject* name(PyObject* self, PyObject*) {
  return guarded(
      [&]() -> PyObject* { return PyUnicode_FromString(display_name(living(self)).c_str()); });
}

PyObject* next_functions(PyObject* self, void*) {
  return guarded([&]() -> PyObject* {
    Node& node = living(self);
    Owned tuple(checked(PyTuple_New(node.n_inputs())));
    for (int i = 0; i < node.n_inputs(); ++i) {
      const Edge& edge = node.inputs()[i].edge;
      Owned next(wrap_node(edge.node.get()));
      Owned nr(checked(PyLong_FromUnsignedLong(edge.nr)));
      PyTuple_SET_ITEM(tuple.get(), i, checked(PyTuple_Pack(2, next.get(), nr.get())));
    }
    return tuple.release();
  });
}

PyObject* variable(PyObject* self, void*) {
  return guarded([&]() -> PyObject* {
    Node& node = living(self);
    if (!node.is_accumulator()) {
      PyErr_Format(PyExc_AttributeError, "'%s' object has no attribute 'variable'",
                   display_name(node).c_str());
      return nullptr;
    }
    return wrap(static_cast<Accumulate&>(node).leaf());
  });
}

PyObject* metadata(PyObject* self, void*) {
  PyNode* o = as_node(self);
  if (!o->metadata) o->metadata = PyDict_New();
  return Py_XNewRef(o->metadata);
}

PyObject* register_hook(PyObject* self, PyObject* fn) {
  return guarded([&] { return register_node_hook(living(self), fn, false); });
}
PyObject* register_prehook(PyObject* self, PyObject* fn) {
  return guarded([&] { return register_node_hook(living(self), fn, true); });
}
PyObject* sequence_nr(PyObject* self, PyObject*) {
  return guarded([&] { return PyLong_FromUnsignedLongLong(living(self).seq()); });
}

}  // namespace

PyObject* wrap_node(Node* node) {
  if (!node) Py_RETURN_NONE;
  NodeExtras& extras = node->extras();
  // Not an object that is being freed: what runs meanwhile (callbacks of weak references) gets
  // another.
  auto* living = static_cast<PyObject*>(extras.host_object);
  if (living && Py_REFCNT(living) > 0) return Py_NewRef(living);
  auto* o = reinterpret_cast<PyNode*>(checked(node_type->tp_alloc(node_type, 0)));
  o->node = Ref<Node>(node).detach();
  o->owns = true;
  extras.host_object = o;
  return reinterpret_cast<PyObject*>(o);
}

namespace {

/// What waits with a gradient that only its leaf knows, or null.
Object* gradients_attributes(const TensorImpl& p) {
  if (!p.extra || !p.extra->grad.defined()) return nullptr;
  const TensorImpl& g = *p.extra->grad.impl();
  return g.count == 1 && g.extra ? g.extra->attributes.get() : nullptr;
}

}  // namespace

int traverse_autograd(const Tensor& t, visitproc visit, void* arg) {
  TensorImpl& p = *t.impl();
  if (p.count != 1) return 0;
  Visit v{visit, arg};
  if (Object* kept = gradients_attributes(p)) {
    if (int stop = kept->visit_host(visit_object, &v)) return stop;
  }
  if (p.extra && p.extra->hooks && p.extra->hooks->count == 1) {
    if (int stop = p.extra->hooks->visit_host(visit_object, &v)) return stop;
  }
  if (p.node && p.node->count == 1) return p.node->visit_host(visit_object, &v);
  return 0;
}

void clear_autograd(Tensor& t) {
  TensorImpl& p = *t.impl();
  if (p.count != 1) return;
  if (Object* kept = gradients_attributes(p)) kept->drop_host();
  if (p.extra && p.extra->hooks && p.extra->hooks->count == 1) p.extra->hooks->drop_host();
  if (p.node && p.node->count == 1) p.node->drop_host();
}

void init_node_type(py::module_& m) {
  static PyMethodDef methods[] = {
      {"name", name, METH_NOARGS,
       "name($self)\n--\n\nName of the node: the op's, followed by Backward0."},
      {"register_hook", register_hook, METH_O,
       "register_hook($self, fn)\n--\n\nCalls fn(grad_inputs, grad_outputs) after the node's rule; "
       "what it returns, if not None, "
       "replaces grad_inputs."},
      {"register_prehook", register_prehook, METH_O,
       "register_prehook($self, fn)\n--\n\nCalls fn(grad_outputs) before the node's rule; what it "
       "returns, if not None, replaces "
       "grad_outputs."},
      {"_sequence_nr", sequence_nr, METH_NOARGS,
       "_sequence_nr($self)\n--\n\nThe node's creation number."},
      {nullptr, nullptr, 0, nullptr}};
  static PyGetSetDef getset[] = {
      {"next_functions", next_functions, nullptr,
       "For each input, the node its gradient goes to and the output of that node.", nullptr},
      {"variable", variable, nullptr, "The leaf whose gradient this node accumulates.", nullptr},
      {"metadata", metadata, nullptr, "A dict for the user.", nullptr},
      {nullptr, nullptr, nullptr, nullptr, nullptr}};
  static PyMemberDef members[] = {
      {"__weaklistoffset__", T_PYSSIZET, offsetof(PyNode, weakrefs), READONLY, nullptr},
      {nullptr, 0, 0, 0, nullptr}};
  static PyType_Slot slots[] = {
      {Py_tp_dealloc, reinterpret_cast<void*>(dealloc)},
      {Py_tp_traverse, reinterpret_cast<void*>(traverse)},
      {Py_tp_clear, reinterpret_cast<void*>(clear)},
      {Py_tp_repr, reinterpret_cast<void*>(repr)},
      {Py_tp_methods, methods},
      {Py_tp_getset, getset},
      {Py_tp_members, members},
      {Py_tp_doc, const_cast<char*>("A node of the graph: an op that was recorded.")},
      {0, nullptr}};
  static PyType_Spec spec = {"pyad._core.Node", sizeof(PyNode), 0,
                             Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC, slots};
  node_type = reinterpret_cast<PyTypeObject*>(checked(PyType_FromSpec(&spec)));
  m.attr("Node") = py::reinterpret_borrow<py::object>(reinterpret_cast<PyObject*>(node_type));
}

}  // namespace pyad::bind
