// What a Tensor object has for differentiation: backward(), hooks, grad, grad_fn and their kin.
#include <Python.h>

#include <string_view>

#include "bind/autograd.hpp"
#include "bind/sequence.hpp"
#include "bind/text.hpp"
#include "dispatch/inplace.hpp"
#include "dispatch/tangent.hpp"
#include "graph/sweep.hpp"

namespace pyad::bind {

void parse_named(const char* op, std::initializer_list<const char*> names, PyObject* const* args,
                 Py_ssize_t nargs, PyObject* kwnames, PyObject** out) {
  size_t n = names.size();
  for (size_t i = 0; i < n; ++i) out[i] = nullptr;
  if (static_cast<size_t>(nargs) > n) {
    fail(ErrorKind::kType, op, "() takes at most ", n, " arguments, but ",
         static_cast<int64_t>(nargs), " were given");
  }
  for (Py_ssize_t i = 0; i < nargs; ++i) out[i] = args[i];
  Py_ssize_t nk = kwnames ? PyTuple_GET_SIZE(kwnames) : 0;
  for (Py_ssize_t k = 0; k < nk; ++k) {
    const std::string key = shown_text(PyTuple_GET_ITEM(kwnames, k));
    size_t i = 0;
    for (const char* name : names) {
      if (std::string_view(name) == key) break;
      ++i;
    }
    if (i == n) fail(ErrorKind::kType, op, "() got an unexpected keyword argument '", key, "'");
    if (out[i]) fail(ErrorKind::kType, op, "() got multiple values for argument '", key, "'");
    out[i] = args[nargs + k];
  }
}

std::vector<Tensor> as_tensors(const char* op, const char* parameter, PyObject* o, bool none) {
  std::vector<Tensor> list;
  if (!o || (none && o == Py_None)) return list;
  if (is_tensor(o)) {
    list.push_back(tensor_of(o));
    return list;
  }
  const Owned items = PySequence_Check(o) ? items_of(op, o) : Owned(PySequence_List(o));
  if (!items) {
    if (!PyErr_ExceptionMatches(PyExc_TypeError)) throw_python_error();
    PyErr_Clear();
    fail(ErrorKind::kType, op, ": ", parameter, " must be a Tensor or a sequence of Tensors, not ",
         Py_TYPE(o)->tp_name);
  }
  each_item(op, items.get(), [&](Py_ssize_t i, PyObject* item) {
    if (none && item == Py_None) {
      list.emplace_back();
    } else if (is_tensor(item)) {
      list.push_back(tensor_of(item));
    } else {
      fail(ErrorKind::kType, op, ": ", parameter, " must hold Tensors", none ? " or None" : "",
           ", but item ", i, " is of type ", Py_TYPE(item)->tp_name);
    }
  });
  return list;
}

bool as_flag(PyObject* o, bool when_missing) {
  if (!o || o == Py_None) return when_missing;
  int v = PyObject_IsTrue(o);
  if (v < 0) throw_python_error();
  return v != 0;
}

namespace {

PyObject* tensor_backward(PyObject* self, PyObject* const* args, Py_ssize_t nargs,
                          PyObject* kwnames) {
  return guarded([&]() -> PyObject* {
    Tensor root = tensor_of(self);
    if (nargs == 0 && !kwnames) {
      refuse_backward(root);
      backward({&root, 1}, {}, {});
      Py_RETURN_NONE;
    }
    PyObject* a[4];
    parse_named("backward", {"gradient", "retain_graph", "create_graph", "inputs"}, args, nargs,
                kwnames, a);
    Tensor grad;
    if (a[0] && a[0] != Py_None) {
      if (!is_tensor(a[0]))
        fail(ErrorKind::kType, "backward: gradient must be a Tensor or None, not ",
             Py_TYPE(a[0])->tp_name);
      grad = tensor_of(a[0]);
    }
    bool create = as_flag(a[2], false);
    SweepOptions options{as_flag(a[1], create), create};
    std::vector<Tensor> inputs;
    if (a[3] && a[3] != Py_None) {
      inputs = as_tensors("backward", "inputs", a[3], false);
      if (inputs.empty())
        fail(ErrorKind::kRuntime, "backward: 'inputs' argument to backward cannot be empty");
    }
    refuse_backward(root);
    if (create) warn_of_cycles();
    backward({&root, 1}, {&grad, 1}, options, inputs);
    Py_RETURN_NONE;
  });
}

PyObject* register_hook(PyObject* self, PyObject* fn) {
  return guarded([&] { return register_grad_hook(self, fn); });
}
void refuse_example(const char* op, const Tensor& x) {
  if (!x.is_batched()) return;
  fail(
      ErrorKind::kRuntime, op,
      ": inside vmap an example has no .grad of its own; use pyad.func.grad, pyad.autograd.grad or "
      "register_hook");
}

PyObject* register_post_accumulate_grad_hook(PyObject* self, PyObject* fn) {
  return guarded([&] {
    refuse_example("register_post_accumulate_grad_hook", tensor_of(self));
    return register_leaf_hook(self, fn);
  });
}
PyObject* retain_grad_method(PyObject* self, PyObject*) {
  return guarded([&] {
    refuse_example("retain_grad", tensor_of(self));
    retain_grad(tensor_of(self));
    Py_RETURN_NONE;
  });
}

PyObject* get_grad(PyObject* self, void*) {
  return guarded([&]() -> PyObject* {
    const Tensor& x = tensor_of(self);
    TensorImpl& p = *x.impl();
    if (p.extra && p.extra->grad.defined()) return wrap(p.extra->grad);
    if (p.node && !(p.extra && p.extra->retains_grad)) {
      if (PyErr_WarnEx(PyExc_UserWarning,
                       "The .grad attribute of a Tensor that is not a leaf Tensor is being "
                       "accessed. Its .grad attribute won't be "
                       "populated during backward(); use .retain_grad() on the non-leaf Tensor if "
                       "you want it to be, or access the "
                       "leaf Tensor instead.",
                       1) < 0) {
        return nullptr;
      }
    }
    Py_RETURN_NONE;
  });
}

int set_grad(PyObject* self, PyObject* value, void*) {
  return guarded(
      [&] {
        const Tensor& x = tensor_of(self);
        if (!value || value == Py_None) {
          if (x.impl()->extra) {
            Tensor gone = std::move(x.impl()->extra->grad);
            x.impl()->extra->grad = Tensor();
          }
          return 0;
        }
        if (!is_tensor(value)) {
          fail(ErrorKind::kType,
               "grad: assigned grad expected to be a Tensor or None but got grad of type ",
               Py_TYPE(value)->tp_name);
        }
        const Tensor& g = tensor_of(value);
        if (g.is(x)) fail(ErrorKind::kRuntime, "grad: can't assign a Tensor as its own grad");
        if (g.dtype() != x.dtype()) {
          fail(ErrorKind::kRuntime, "grad: assigned grad has data of a different type: ", g.dtype(),
               " for a tensor of ", x.dtype());
        }
        if (g.sizes() != x.sizes()) {
          fail(ErrorKind::kShape, "grad: assigned grad has data of a different size: ", g.sizes(),
               " for a tensor of shape ", x.sizes());
        }
        Tensor old = std::exchange(x.extra().grad, g);
        return 0;
      },
      -1);
}

PyObject* get_grad_fn(PyObject* self, void*) {
  return guarded([&] {
    const Tensor& x = tensor_of(self);
    x.catch_up();
    // What the user may hang on the node can lead back here (Note [Cycles through hooks]).
    if (x.impl()->node && !PyObject_GC_IsTracked(self)) PyObject_GC_Track(self);
    return wrap_node(node_of(x));
  });
}

PyObject* get_is_leaf(PyObject* self, void*) {
  return guarded([&] { return PyBool_FromLong(tensor_of(self).is_leaf()); });
}
PyObject* get_requires_grad(PyObject* self, void*) {
  return guarded([&] { return PyBool_FromLong(tensor_of(self).requires_grad()); });
}

void change_requires_grad(const Tensor& x, bool on) {
  if (!x.is_leaf()) {
    if (on) return;
    fail(ErrorKind::kRuntime,
         "requires_grad: you can only change requires_grad flags of leaf tensors. If you want to "
         "use a computed "
         "tensor in a subgraph that doesn't require differentiation use x.detach()");
  }
  if (on && !is_floating(x.dtype())) {
    fail(ErrorKind::kRuntime,
         "requires_grad: only Tensors of floating point dtype can require gradients, not ",
         x.dtype());
  }
  all_examples(x).impl()->requires_grad = on;
}

int set_requires_grad(PyObject* self, PyObject* value, void*) {
  return guarded(
      [&] {
        if (!value || !PyBool_Check(value)) fail(ErrorKind::kType, "requires_grad must be a bool");
        const Tensor& x = tensor_of(self);
        if (!x.is_leaf()) {
          fail(ErrorKind::kRuntime,
               "requires_grad: you can only change requires_grad flags of leaf tensors. If you "
               "want to use a computed tensor in a "
               "subgraph that doesn't require differentiation use x.detach()");
        }
        change_requires_grad(x, value == Py_True);
        return 0;
      },
      -1);
}

PyObject* requires_grad_(PyObject* self, PyObject* const* args, Py_ssize_t nargs,
                         PyObject* kwnames) {
  return guarded([&]() -> PyObject* {
    PyObject* a[1];
    parse_named("requires_grad_", {"requires_grad"}, args, nargs, kwnames, a);
    change_requires_grad(tensor_of(self), as_flag(a[0], true));
    return Py_NewRef(self);
  });
}

PyObject* get_retains_grad(PyObject* self, void*) {
  const TensorImpl& p = *tensor_of(self).impl();
  return PyBool_FromLong(p.node && p.extra && p.extra->retains_grad);
}
PyObject* get_output_nr(PyObject* self, void*) {
  return PyLong_FromUnsignedLong(tensor_of(self).impl()->out_nr);
}
PyObject* get_version(PyObject* self, void*) {
  return PyLong_FromUnsignedLong(tensor_of(self).impl()->storage->version);
}
PyObject* get_base(PyObject* self, void*) {
  const TensorImpl& p = *tensor_of(self).impl();
  return guarded([&] { return wrap(p.extra ? p.extra->base : Tensor()); });
}
PyObject* is_view(PyObject* self, PyObject*) {
  const TensorImpl& p = *tensor_of(self).impl();
  return PyBool_FromLong(p.extra && p.extra->base.defined());
}

PyObject* detach_method(PyObject* self, PyObject*) {
  return guarded([&] { return wrap(detach(tensor_of(self))); });
}
PyObject* detach_inplace(PyObject* self, PyObject*) {
  return guarded([&]() -> PyObject* {
    const Tensor& x = tensor_of(self);
    TensorImpl& p = *x.impl();
    x.catch_up();
    if (p.extra && p.extra->base.defined() && p.node) {
      fail(ErrorKind::kRuntime, "detach_: can't detach views in-place; use detach() instead");
    }
    rebase_history(x, {});
    p.requires_grad = false;
    p.out_nr = 0;
    return Py_NewRef(self);
  });
}

template <class F>
PyCFunction as_c(F f) {
  return reinterpret_cast<PyCFunction>(reinterpret_cast<void*>(f));
}

}  // namespace

PyMethodDef autograd_methods[] = {
    {"backward", as_c(tensor_backward), METH_FASTCALL | METH_KEYWORDS,
     "backward($self, gradient=None, retain_graph=None, create_graph=False, inputs=None)\n--\n\n"
     "Accumulates the derivatives of this tensor with respect to the leaves of its graph into "
     "their .grad.\n\n"
     "Args:\n  gradient: Cotangent of this tensor's shape; may be left out for a single element.\n"
     "  retain_graph: Keeps what the graph saved, for another backward. Default: create_graph.\n"
     "  create_graph: Records the pass itself, so that the gradients can be differentiated again. "
     "The gradients then refer to\n"
     "    the graph and the graph to its leaves: set .grad to None when done, or use "
     "pyad.autograd.grad.\n"
     "  inputs: Accumulate into these tensors only.\n\n"
     "Raises:\n  RuntimeError: The tensor does not require grad, has several elements and no "
     "gradient is given, the shapes\n"
     "    differ, or the graph was freed by an earlier backward.\n"},
    {"register_hook", register_hook, METH_O,
     "register_hook($self, fn)\n--\n\nCalls fn(grad) whenever the gradient of this tensor is "
     "computed; what it returns, if not None, is "
     "used instead.\n\nReturns:\n  A handle whose remove() takes the hook away.\n"},
    {"register_post_accumulate_grad_hook", register_post_accumulate_grad_hook, METH_O,
     "register_post_accumulate_grad_hook($self, fn)\n--\n\nCalls fn(self) after .grad of this leaf "
     "has been updated.\n\n"
     "Returns:\n  A handle whose remove() takes the hook away.\n"},
    {"retain_grad", retain_grad_method, METH_NOARGS, nullptr},
    {"requires_grad_", as_c(requires_grad_), METH_FASTCALL | METH_KEYWORDS, nullptr},
    {"detach", detach_method, METH_NOARGS, nullptr},
    {"detach_", detach_inplace, METH_NOARGS, nullptr},
    {"_is_view", is_view, METH_NOARGS, nullptr},
    {nullptr, nullptr, 0, nullptr}};

PyGetSetDef autograd_getset[] = {
    {"grad", get_grad, set_grad, "The accumulated gradient, or None.", nullptr},
    {"grad_fn", get_grad_fn, nullptr, "The graph node that made this tensor; None for leaves.",
     nullptr},
    {"is_leaf", get_is_leaf, nullptr, "Whether no recorded op made this tensor.", nullptr},
    {"requires_grad", get_requires_grad, set_requires_grad,
     "Whether a gradient is wanted for this tensor.", nullptr},
    {"retains_grad", get_retains_grad, nullptr,
     "Whether this non-leaf keeps its gradient in .grad.", nullptr},
    {"output_nr", get_output_nr, nullptr, "Which output of grad_fn this tensor is.", nullptr},
    {"_version", get_version, nullptr, "Number of in-place writes to the memory.", nullptr},
    {"_base", get_base, nullptr, "The tensor whose memory this view shows, or None.", nullptr},
    {nullptr, nullptr, nullptr, nullptr, nullptr}};

}  // namespace pyad::bind
