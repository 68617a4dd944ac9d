// `FunctionCtx`: what forward and backward of a custom function share, and the Python object of its
// node. See Note [Custom functions].
#include "bind/autograd_function.hpp"
#include "dispatch/tangent.hpp"

namespace pyad::bind {

PyTypeObject* ctx_type = nullptr;

namespace {

int traverse_ctx(PyObject* self, visitproc visit, void* arg) {
  PyFunctionCtx* o = as_ctx(self);
  Py_VISIT(o->needs_grad);
  Py_VISIT(o->to_save);
  Py_VISIT(o->to_save_forward);
  Py_VISIT(o->dirty);
  Py_VISIT(o->non_differentiable);
  return reinterpret_cast<traverseproc>(PyType_GetSlot(node_type, Py_tp_traverse))(self, visit,
                                                                                   arg);
}
int clear_ctx(PyObject* self) {
  PyFunctionCtx* o = as_ctx(self);
  Py_CLEAR(o->needs_grad);
  Py_CLEAR(o->to_save);
  Py_CLEAR(o->to_save_forward);
  Py_CLEAR(o->dirty);
  Py_CLEAR(o->non_differentiable);
  return reinterpret_cast<inquiry>(PyType_GetSlot(node_type, Py_tp_clear))(self);
}
void dealloc_ctx(PyObject* self) {
  PyObject_GC_UnTrack(self);
  clear_ctx(self);
  reinterpret_cast<destructor>(PyType_GetSlot(node_type, Py_tp_dealloc))(self);
}
PyObject* new_ctx(PyTypeObject* type, PyObject*, PyObject*) {
  PyObject* self = type->tp_alloc(type, 0);
  if (self) as_ctx(self)->materialize = true;
  return self;
}

void keep_tuple(PyObject*& place, PyObject* args) {
  PyObject* old = std::exchange(place, Py_NewRef(args));
  Py_XDECREF(old);
}
PyObject* save_for_backward(PyObject* self, PyObject* args) {
  keep_tuple(as_ctx(self)->to_save, args);
  Py_RETURN_NONE;
}
PyObject* save_for_forward(PyObject* self, PyObject* args) {
  return guarded([&]() -> PyObject* {
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(args); ++i) {
      PyObject* o = PyTuple_GET_ITEM(args, i);
      if (o != Py_None && !is_tensor(o)) {
        fail(ErrorKind::kType, "save_for_forward can only save Tensors or None, but argument ",
             static_cast<int64_t>(i), " is of type ", Py_TYPE(o)->tp_name,
             "; keep other things as attributes of ctx");
      }
    }
    keep_tuple(as_ctx(self)->to_save_forward, args);
    Py_RETURN_NONE;
  });
}
PyObject* mark_dirty(PyObject* self, PyObject* args) {
  keep_tuple(as_ctx(self)->dirty, args);
  Py_RETURN_NONE;
}
PyObject* mark_non_differentiable(PyObject* self, PyObject* args) {
  keep_tuple(as_ctx(self)->non_differentiable, args);
  Py_RETURN_NONE;
}
PyObject* set_materialize_grads(PyObject* self, PyObject* value) {
  int on = PyObject_IsTrue(value);
  if (on < 0) return nullptr;
  as_ctx(self)->materialize = on != 0;
  Py_RETURN_NONE;
}

PyObject* get_saved(PyObject* self, void*) {
  return guarded([&]() -> PyObject* {
    PyFunctionCtx* o = as_ctx(self);
    if (o->in_jvp)
      return o->to_save_forward ? Py_NewRef(o->to_save_forward) : checked(PyTuple_New(0));
    if (!o->node.node) {
      if (o->to_save) return Py_NewRef(o->to_save);  // still inside forward
      fail(ErrorKind::kRuntime, "saved_tensors: ", Py_TYPE(self)->tp_name,
           " has no graph node: nothing required grad, or it is gone");
    }
    auto& node = static_cast<FunctionNode&>(*o->node.node);
    if (node.released()) {
      fail(ErrorKind::kRuntime,
           "saved_tensors: Trying to backward through the graph a second time: the tensors saved "
           "by ",
           node.name(), " were freed; pass retain_graph=True to the first backward");
    }
    Owned tuple(checked(PyTuple_New(static_cast<Py_ssize_t>(node.saved.size()))));
    for (size_t i = 0; i < node.saved.size(); ++i) {
      const FunctionNode::SavedTensor& s = node.saved[i];
      Tensor t;
      if (s.own_output >= 0) {
        t = s.value.unpack({Ref<Node>(&node), static_cast<uint32_t>(s.own_output)});
      } else if (s.edge && s.edge.node->is_accumulator()) {
        // The leaf itself while it still holds the saved value: it is what the user knows.
        const Tensor& leaf = static_cast<Accumulate*>(s.edge.node.get())->leaf();
        bool same = !duals_possible() && s.value.shows(leaf);
        t = same ? leaf : s.value.unpack(s.edge);
      } else {
        t = s.value.unpack(s.edge);
      }
      if (duals_possible() && t.defined() && !t.impl()->host_object)
        attach_kept_tangents(node, static_cast<int>(i), t);
      PyTuple_SET_ITEM(tuple.get(), static_cast<Py_ssize_t>(i), wrap(std::move(t)));
    }
    return tuple.release();
  });
}
PyObject* get_needs_grad(PyObject* self, void*) {
  PyObject* t = as_ctx(self)->needs_grad;
  return t ? Py_NewRef(t) : PyTuple_New(0);
}

PyMethodDef g_methods[] = {
    {"save_for_backward", save_for_backward, METH_VARARGS,
     "save_for_backward($self, *tensors)\n--\n\nKeeps tensors (inputs, outputs or others) or None "
     "for backward, which reads them as "
     "ctx.saved_tensors."},
    {"save_for_forward", save_for_forward, METH_VARARGS,
     "save_for_forward($self, *tensors)\n--\n\nKeeps tensors or None for jvp, which reads them as "
     "ctx.saved_tensors."},
    {"mark_dirty", mark_dirty, METH_VARARGS,
     "mark_dirty($self, *tensors)\n--\n\nTells that forward wrote into these inputs; each must be "
     "returned too."},
    {"mark_non_differentiable", mark_non_differentiable, METH_VARARGS,
     "mark_non_differentiable($self, *tensors)\n--\n\nTells that these outputs carry no gradient."},
    {"set_materialize_grads", set_materialize_grads, METH_O,
     "set_materialize_grads($self, value)\n--\n\nWhether gradients that are absent reach backward "
     "and jvp as zeros (default) or None."},
    {nullptr, nullptr, 0, nullptr}};
PyGetSetDef g_getset[] = {
    {"saved_tensors", get_saved, nullptr, "The tensors that were saved, as a tuple.", nullptr},
    {"needs_input_grad", get_needs_grad, nullptr,
     "For each argument of forward, whether its gradient is wanted.", nullptr},
    {nullptr, nullptr, nullptr, nullptr, nullptr}};

}  // namespace

void init_context_type(py::module_& m) {
  static PyType_Slot slots[] = {
      {Py_tp_new, reinterpret_cast<void*>(new_ctx)},
      {Py_tp_dealloc, reinterpret_cast<void*>(dealloc_ctx)},
      {Py_tp_traverse, reinterpret_cast<void*>(traverse_ctx)},
      {Py_tp_clear, reinterpret_cast<void*>(clear_ctx)},
      {Py_tp_methods, g_methods},
      {Py_tp_getset, g_getset},
      {Py_tp_doc, const_cast<char*>("What forward and backward of a custom function share.")},
      {0, nullptr}};
  static PyType_Spec spec = {"pyad._core.FunctionCtx", sizeof(PyFunctionCtx), 0,
                             Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC, slots};
  Owned bases(checked(PyTuple_Pack(1, reinterpret_cast<PyObject*>(node_type))));
  ctx_type = reinterpret_cast<PyTypeObject*>(checked(PyType_FromSpecWithBases(&spec, bases.get())));
  m.attr("FunctionCtx") = py::reinterpret_borrow<py::object>(reinterpret_cast<PyObject*>(ctx_type));
}

}  // namespace pyad::bind
