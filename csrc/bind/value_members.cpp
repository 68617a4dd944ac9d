// Attributes of `Value`, and its methods beside those of the op table.
#include <cmath>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "bind/value_object.hpp"
#include "core/error.hpp"
#include "scalar/backward.hpp"
#include "scalar/names.hpp"

namespace pyad::bind {

namespace {

// ---- attributes

PyObject* get_data(PyObject* self, void*) {
  const ScalarNode* n = node_of(self);
  return may_read(n, ".data") ? PyFloat_FromDouble(n->value) : nullptr;
}
int set_data(PyObject* self, PyObject* o, void*) {
  double v;
  if (!may_read(node_of(self), "assigning .data") || !read_real(o, "data", v)) return -1;
  node_of(self)->value = v;
  return 0;
}
PyObject* get_grad(PyObject* self, void*) {
  const ScalarNode* n = node_of(self);
  return may_read(n, ".grad") ? PyFloat_FromDouble(n->grad) : nullptr;
}
int set_grad(PyObject* self, PyObject* o, void*) {
  double v;
  if (!read_real(o, "grad", v)) return -1;
  node_of(self)->grad = v;
  return 0;
}
PyObject* get_op(PyObject* self, void*) { return new_text(op_name(node_of(self))); }

/// The op as micrograd writes it: an operator's sign, with the exponent if it is a number.
PyObject* get_sign(PyObject* self, void*) {
  static constexpr std::string_view kSigns[][2] = {
      {"add", "+"},           {"sub", "-"},       {"mul", "*"},  {"div", "/"},
      {"floor_divide", "//"}, {"remainder", "%"}, {"pow", "**"}, {"relu", "ReLU"}};
  const ScalarNode* n = node_of(self);
  std::string_view text = op_name(n);
  for (const auto& [op, sign] : kSigns) {
    if (text != op) continue;
    text = sign;
    break;
  }
  if (text != "**" || !(n->flags & ScalarNode::kNumberRight)) return new_text(text);
  const double e = n->partial[1];
  const bool whole = std::floor(e) == e && std::fabs(e) < 1e15;
  Owned number(whole ? PyLong_FromDouble(e) : PyFloat_FromDouble(e));
  return number ? PyUnicode_FromFormat("**%R", number.get()) : nullptr;
}

PyObject* get_parents(PyObject* self, void*) {
  if (!may_read(node_of(self), ".parents")) return nullptr;
  return guarded([&] {
    const std::vector<ScalarEdge> edges = edges_of(node_of(self));
    Owned parents(checked(PyTuple_New(static_cast<Py_ssize_t>(edges.size()))));
    for (size_t i = 0; i < edges.size(); ++i) {
      PyObject* parent = checked(object_of(edges[i].node));
      PyObject* pair = checked(Py_BuildValue("(Nd)", parent, edges[i].partial));
      PyTuple_SET_ITEM(parents.get(), static_cast<Py_ssize_t>(i), pair);
    }
    return parents.release();
  });
}

PyObject* get_parent_set(PyObject* self, void*) {
  return guarded([&] {
    Owned set(checked(PySet_New(nullptr)));
    for (const ScalarEdge& edge : edges_of(node_of(self))) {
      Owned parent(checked(object_of(edge.node)));
      if (PySet_Add(set.get(), parent.get()) < 0) throw_python_error();
    }
    return set.release();
  });
}

PyObject* get_label(PyObject* self, void*) { return new_text(label_of(node_of(self))); }
int set_label_attribute(PyObject* self, PyObject* o, void*) {
  std::string_view label;
  if (!read_text(o, "label", label)) return -1;
  return guarded([&] { return set_label(node_of(self), label), 0; }, -1);
}

PyObject* get_closure(PyObject*, void*) {
  PyErr_SetString(PyExc_AttributeError, "Value: no _backward; the local partials are in parents");
  return nullptr;
}
int set_closure(PyObject*, PyObject*, void*) {
  PyErr_SetString(PyExc_AttributeError,
                  "Value: _backward cannot be set, since partials are computed forward; make the "
                  "result with Value.record(data, [(parent, partial), ...], op='name')");
  return -1;
}

// ---- methods

PyObject* backward(PyObject* self, PyObject* const* args, Py_ssize_t n, PyObject* names) {
  const Py_ssize_t named = names ? PyTuple_GET_SIZE(names) : 0;
  if (n + named > 1) {
    PyErr_SetString(PyExc_TypeError, "backward: takes at most one argument, gradient");
    return nullptr;
  }
  if (named && PyUnicode_CompareWithASCIIString(PyTuple_GET_ITEM(names, 0), "gradient") != 0) {
    PyErr_Format(PyExc_TypeError, "backward: unknown argument '%U'", PyTuple_GET_ITEM(names, 0));
    return nullptr;
  }
  double seed = 1;
  if (n + named == 1 && args[0] != Py_None && !read_real(args[0], "gradient", seed)) return nullptr;
  ScalarNode* root = node_of(self);
  if (!may_read(root, "backward()")) return nullptr;
  ++root->count;  // a signal handler may give `self` another node
  PyObject* done = guarded([&] { return scalar_backward(root, seed), Py_NewRef(Py_None); });
  release_scalar(root);
  return done;
}

PyObject* item(PyObject* self, PyObject*) {
  const ScalarNode* n = node_of(self);
  return may_read(n, "item()") ? PyFloat_FromDouble(n->value) : nullptr;
}

PyObject* record_static(PyObject*, PyObject* args, PyObject* named) {
  static const char* kNames[] = {"data", "parents", "op", nullptr};
  PyObject *data_given, *parents_given;
  const char* op = "";
  if (!PyArg_ParseTupleAndKeywords(args, named, "OO|s:record", const_cast<char**>(kNames),
                                   &data_given, &parents_given, &op)) {
    return nullptr;
  }
  double data;
  if (!read_real(data_given, "data", data)) return nullptr;
  return guarded([&] {
    Owned parents(checked(PySequence_Tuple(parents_given)));
    std::vector<ScalarEdge> edges;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(parents.get()); ++i) {
      PyObject* pair = PyTuple_GET_ITEM(parents.get(), i);
      if (!PyTuple_Check(pair) || PyTuple_GET_SIZE(pair) != 2 ||
          !is_value(PyTuple_GET_ITEM(pair, 0))) {
        fail(ErrorKind::kType, "record: parents must be pairs (Value, partial); the one at ", i,
             " is a ", Py_TYPE(pair)->tp_name, " of something else");
      }
      edges.push_back({nullptr, 0});
      if (!read_real(PyTuple_GET_ITEM(pair, 1), "partial", edges.back().partial)) {
        throw_python_error();
      }
    }
    // Only now: reading a partial may run code that gives a parent another node.
    for (size_t i = 0; i < edges.size(); ++i) {
      PyObject* pair = PyTuple_GET_ITEM(parents.get(), static_cast<Py_ssize_t>(i));
      edges[i].node = node_of(PyTuple_GET_ITEM(pair, 0));
    }
    Owned result(checked(adopt_node(record_edges(data, ScalarNode::kLeaf, edges))));
    name_op(node_of(result.get()), op);
    return result.release();
  });
}

PyObject* reduce(PyObject* self, PyObject*) {
  if (!may_read(node_of(self), "copying or pickling")) return nullptr;
  return guarded([&] {
    const ScalarNode* n = node_of(self);
    if (n->interior()) {
      fail(ErrorKind::kType,
           "Value: only a leaf can be pickled or copied, and this was computed (op '", op_name(n),
           "'); use Value(v.data)");
    }
    Owned copyreg(checked(PyImport_ImportModule("copyreg")));
    Owned make(checked(PyObject_GetAttrString(copyreg.get(), "__newobj__")));
    Owned label(checked(new_text(label_of(n))));
    Owned dict(PyObject_GetAttrString(self, "__dict__"));  // of a subclass
    if (!dict) {
      PyErr_Clear();
      dict = Owned(Py_NewRef(Py_None));
    }
    return Py_BuildValue("O(O)(ddOO)", make.get(), Py_TYPE(self), n->value, n->grad, label.get(),
                         dict.get());
  });
}

PyObject* set_state(PyObject* self, PyObject* state) {
  double data, grad;
  PyObject *label_given, *dict;
  std::string_view label;
  if (!PyTuple_Check(state)) {
    PyErr_SetString(PyExc_TypeError, "Value: __setstate__ takes what __reduce__ gave");
    return nullptr;
  }
  if (!PyArg_ParseTuple(state, "ddOO:__setstate__", &data, &grad, &label_given, &dict) ||
      !read_text(label_given, "label", label)) {
    return nullptr;
  }
  return guarded([&] {
    if (dict != Py_None) {
      Owned own(checked(PyObject_GetAttrString(self, "__dict__")));
      if (PyDict_Update(own.get(), dict) < 0) throw_python_error();
    }
    ScalarNode* n = new_scalar(data);
    n->grad = grad;
    set_node(self, n);
    set_label(n, label);
    return Py_NewRef(Py_None);
  });
}

PyObject* format(PyObject* self, PyObject* spec) {
  if (!PyUnicode_Check(spec)) {
    return PyErr_Format(PyExc_TypeError, "__format__() argument must be str, not %s",
                        Py_TYPE(spec)->tp_name);
  }
  if (PyUnicode_GET_LENGTH(spec) == 0) return PyObject_Str(self);
  // During a capture too: text is for reading, and a print is how programs are looked into.
  Owned number(PyFloat_FromDouble(node_of(self)->value));
  return number ? PyObject_Format(number.get(), spec) : nullptr;
}

template <class F>
PyCFunction function(F* f) {
  return reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(f));
}

constexpr const char* kBackwardDoc = R"(backward($self, gradient=1.0)
--

Sets `grad` of this Value to `gradient` and adds derivatives to `grad` of all Values below it.

Gradients accumulate, also those of intermediate Values: a second call on the same graph starts from
what the first one left there. Set the gradients that matter to 0 before the next graph.

Args:
    gradient: The factor of all derivatives.

Raises:
    TypeError: `gradient` is not a real number.
    KeyboardInterrupt: Ctrl-C was pressed. No gradient was changed.
    MemoryError: The graph is too large to be put in order. No gradient was changed.

Example:
    >>> from pyad import Value
    >>> x = Value(3.0)
    >>> (x ** 2).backward()
    >>> x.grad
    6.0
)";

constexpr const char* kRecordDoc = R"(record(data, parents, op='')
--

A Value computed by a formula of your own: the inverse of `parents`.

Args:
    data: The result.
    parents: Pairs (Value, partial derivative of the result with respect to it), any number of them.
    op: Name of the op to show.

Returns:
    The new Value.

Raises:
    TypeError: A pair is not (Value, number).

Example:
    >>> import math
    >>> from pyad import Value
    >>> x, y = Value(3.0), Value(4.0)
    >>> r = math.hypot(x.data, y.data)
    >>> z = Value.record(r, [(x, x.data / r), (y, y.data / r)], op="hypot")
    >>> z.backward()
    >>> x.grad, y.grad
    (0.6, 0.8)
)";

}  // namespace

PyObject* value_repr(PyObject* self) {
  return guarded([&] {
    const ScalarNode* n = node_of(self);
    const char* type = Py_TYPE(self)->tp_name;
    if (const char* dot = std::strrchr(type, '.')) type = dot + 1;
    auto text = [&](const char* key, std::string_view v) {
      if (v.empty()) return Owned(checked(new_text("")));
      Owned s(checked(new_text(v)));
      return Owned(checked(PyUnicode_FromFormat(", %s=%R", key, s.get())));
    };
    Owned data(checked(PyFloat_FromDouble(n->value)));
    Owned grad(checked(PyFloat_FromDouble(n->grad)));
    Owned op = text("op", op_name(n));
    Owned label = text("label", label_of(n));
    return PyUnicode_FromFormat("%s(data=%R, grad=%R%U%U)", type, data.get(), grad.get(), op.get(),
                                label.get());
  });
}

PyGetSetDef value_attributes[] = {
    {"data", get_data, set_data,
     "The number. Setting it changes what later operations see, not what was computed from it.",
     nullptr},
    {"grad", get_grad, set_grad, "The gradient that `backward` has accumulated; 0.0 at first.",
     nullptr},
    {"op", get_op, nullptr, "Name of the op that made it, as in the op table; '' for a leaf.",
     nullptr},
    {"parents", get_parents, nullptr,
     "The Values it was computed from, each with its local partial: ((parent, partial), ...).",
     nullptr},
    {"label", get_label, set_label_attribute, "A name for drawings; '' at first.", nullptr},
    {"_op", get_sign, nullptr, "The op as an operator's sign where it has one, for drawings.",
     nullptr},
    {"_prev", get_parent_set, nullptr, "The set of the Values it was computed from.", nullptr},
    {"_backward", get_closure, set_closure, "Not there: see `parents` and `record`.", nullptr},
    {nullptr, nullptr, nullptr, nullptr, nullptr},
};

PyMethodDef value_methods[] = {
    {"backward", function(backward), METH_FASTCALL | METH_KEYWORDS, kBackwardDoc},
    {"item", item, METH_NOARGS, "item($self, /)\n--\n\nThe number, as a Python float."},
    {"record", function(record_static), METH_VARARGS | METH_KEYWORDS | METH_STATIC, kRecordDoc},
    {"__format__", format, METH_O, "__format__($self, spec, /)\n--\n\nFormats the number."},
    {"__reduce__", reduce, METH_NOARGS, "__reduce__($self, /)\n--\n\nFor pickle."},
    {"__setstate__", set_state, METH_O, "__setstate__($self, state, /)\n--\n\nFor pickle."},
    {nullptr, nullptr, 0, nullptr},
};

}  // namespace pyad::bind
