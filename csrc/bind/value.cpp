// The type `pyad.Value`: how an object begins and ends, its attributes and its own methods.
#include "bind/value.hpp"
#include "bind/face.hpp"

#include <structmember.h>

#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "bind/number.hpp"
#include "bind/value_object.hpp"
#include "core/error.hpp"
#include "scalar/names.hpp"

namespace pyad {

PyTypeObject* detail::value_type = nullptr;

namespace bind {

ValueFreeList value_free_list{};

ValueObject* fresh_value_object() {
  return reinterpret_cast<ValueObject*>(value_type->tp_alloc(value_type, 0));
}

PyObject* object_of(ScalarNode* n) {
  if (NodeAnchor* anchor = n->anchor()) {
    auto* o = reinterpret_cast<PyObject*>(reinterpret_cast<char*>(anchor) -
                                          offsetof(ValueObject, anchor));
    // An instance of a subclass runs Python code while it goes; it is not called back.
    if (Py_REFCNT(o) > 0) return Py_NewRef(o);
  }
  ++n->count;
  return adopt_node(n);
}

void set_node(PyObject* self, ScalarNode* n) {
  auto* o = reinterpret_cast<ValueObject*>(self);
  ScalarNode* old = o->node;
  if (old) old->leave(&o->anchor);
  o->node = n;
  n->anchor_at(&o->anchor);
  if (old) release_scalar(old);
}

// ---- reading of numbers

Operandness read_other_operand(PyObject* o, ScalarOperand& out) {
  if (PyLong_Check(o) || PyFloat_Check(o)) {
    out.value = PyFloat_AsDouble(o);
    return out.value == -1 && PyErr_Occurred() ? Operandness::kFailed : Operandness::kNumber;
  }
  if (PyType_IsSubtype(Py_TYPE(o), value_type)) {
    out.node = node_of(o);
    out.value = out.node->value;
    return Operandness::kNode;
  }
  // Arrays and tensors of one element can be made floats too, but they are not for us to take.
  if (!is_numpy_scalar(o) || is_no_real_number(o)) return Operandness::kForeign;
  out.value = PyFloat_AsDouble(o);
  return out.value == -1 && PyErr_Occurred() ? Operandness::kFailed : Operandness::kNumber;
}

bool read_real(PyObject* o, const char* what, double& out) {
  if (!o) {
    PyErr_Format(PyExc_AttributeError, "Value: %s cannot be deleted", what);
    return false;
  }
  if (is_value(o) && !may_read(node_of(o), what)) return false;
  out = is_value(o) ? node_of(o)->value : as_double(o);
  if (out != -1 || !PyErr_Occurred()) return true;
  if (PyErr_ExceptionMatches(PyExc_TypeError)) {
    PyErr_Format(PyExc_TypeError, "Value: %s must be a real number, got '%.100s'", what,
                 Py_TYPE(o)->tp_name);
  }
  return false;
}

bool read_text(PyObject* o, const char* what, std::string_view& out) {
  Py_ssize_t n = 0;
  const char* s = o && PyUnicode_Check(o) ? PyUnicode_AsUTF8AndSize(o, &n) : nullptr;
  if (!s) {
    if (!PyErr_Occurred()) {
      PyErr_Format(PyExc_TypeError, "Value: %s must be a str, got '%.100s'", what,
                   o ? Py_TYPE(o)->tp_name : "nothing");
    }
    return false;
  }
  out = {s, static_cast<size_t>(n)};
  return true;
}

PyObject* new_text(std::string_view s) {
  return PyUnicode_FromStringAndSize(s.data(), static_cast<Py_ssize_t>(s.size()));
}

namespace {

// ---- beginning and end

/// The arguments of the constructor, by position or name.
struct Begin {
  static constexpr const char* kNames[] = {"data", "_children", "_op", "label"};
  static constexpr int kMost = 4;
  PyObject* given[kMost] = {};  // borrowed

  bool put(Py_ssize_t i, PyObject* o) {
    if (i >= kMost) {
      PyErr_SetString(PyExc_TypeError,
                      "Value: takes at most 4 arguments (data, _children, _op, label)");
      return false;
    }
    given[i] = o;
    return true;
  }
  bool put(PyObject* name, PyObject* o) {
    for (int i = 0; i < kMost; ++i) {
      if (PyUnicode_CompareWithASCIIString(name, kNames[i]) != 0) continue;
      if (given[i]) {
        PyErr_Format(PyExc_TypeError, "Value: argument '%U' is given twice", name);
        return false;
      }
      given[i] = o;
      return true;
    }
    PyErr_Format(PyExc_TypeError, "Value: unknown argument '%U'", name);
    return false;
  }
  /// A node that the caller owns; null with an exception set.
  ScalarNode* node() const {
    if (!given[0]) {
      PyErr_SetString(PyExc_TypeError, "Value: data is missing: Value(1.0)");
      return nullptr;
    }
    double data;
    std::string_view op, label;
    if (!read_real(given[0], "data", data)) return nullptr;
    if (given[2] && !read_text(given[2], "_op", op)) return nullptr;
    if (given[3] && !read_text(given[3], "label", label)) return nullptr;
    PyObject* children = given[1] ? PySequence_Tuple(given[1]) : nullptr;
    if (given[1] && !children) return nullptr;
    ScalarNode* n = nullptr;
    try {
      std::vector<ScalarEdge> edges;
      for (Py_ssize_t i = 0; children && i < PyTuple_GET_SIZE(children); ++i) {
        PyObject* child = PyTuple_GET_ITEM(children, i);
        if (!is_value(child))
          fail(ErrorKind::kType, "Value: _children must be Values, got '", Py_TYPE(child)->tp_name,
               "'");
        edges.push_back({node_of(child), 0});
      }
      n = record_edges(data, ScalarNode::kLeaf, edges);
      name_op(n, op);
      set_label(n, label);
    } catch (...) {
      set_python_error();
      if (n) release_scalar(n);
      n = nullptr;
    }
    Py_XDECREF(children);
    return n;
  }
};

PyObject* value_vectorcall(PyObject*, PyObject* const* args, size_t nargs, PyObject* names) {
  const Py_ssize_t n = PyVectorcall_NARGS(nargs);
  if (n == 1 && !names && PyFloat_CheckExact(args[0])) {
    return guarded([&] { return adopt_node(new_scalar(PyFloat_AS_DOUBLE(args[0]))); });
  }
  Begin begin;
  for (Py_ssize_t i = 0; i < n; ++i)
    if (!begin.put(i, args[i])) return nullptr;
  const Py_ssize_t named = names ? PyTuple_GET_SIZE(names) : 0;
  for (Py_ssize_t k = 0; k < named; ++k)
    if (!begin.put(PyTuple_GET_ITEM(names, k), args[n + k])) return nullptr;
  ScalarNode* node = begin.node();
  return node ? adopt_node(node) : nullptr;
}

// Takes any arguments: they are for __init__, which a subclass may replace.
PyObject* value_new(PyTypeObject* type, PyObject*, PyObject*) {
  return guarded([&]() -> PyObject* {
    ScalarNode* n = new_scalar(0);
    PyObject* self = type->tp_alloc(type, 0);
    if (!self) {
      release_scalar(n);
      return nullptr;
    }
    set_node(self, n);
    return self;
  });
}

int value_init(PyObject* self, PyObject* args, PyObject* named) {
  Begin begin;
  for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(args); ++i)
    if (!begin.put(i, PyTuple_GET_ITEM(args, i))) return -1;
  PyObject *name, *o;
  for (Py_ssize_t at = 0; named && PyDict_Next(named, &at, &name, &o);)
    if (!begin.put(name, o)) return -1;
  ScalarNode* n = begin.node();
  if (!n) return -1;
  set_node(self, n);
  return 0;
}

void value_dealloc(PyObject* self) {
  auto* o = reinterpret_cast<ValueObject*>(self);
  ScalarNode* n = o->node;
  if (n) n->leave(&o->anchor);
  if (o->weak_references) PyObject_ClearWeakRefs(self);
  ValueFreeList& list = value_free_list;
  if (Py_TYPE(self) == value_type && list.length < ValueFreeList::kMost) {
    o->node = reinterpret_cast<ScalarNode*>(list.first);
    list.first = o;
    ++list.length;
  } else {
    PyTypeObject* type = Py_TYPE(self);
    type->tp_free(self);
    Py_DECREF(type);
  }
  if (n) release_scalar(n);
}

constexpr const char* kTypeDoc = R"(Value(data, _children=(), _op='', label='')
--

A number that remembers how it was computed.

Arithmetic with Values and Python or NumPy numbers, and the functions of the op table
(`v.tanh()`, `pyad.tanh(v)`), give new Values. `backward` then fills `grad` of all Values that the
result was computed from. A number beside a Value is a constant and makes no Value.

Comparisons, `bool`, `int` and `float` are those of the number; `hash` goes by identity, so that
Values can be keys of dicts and members of sets. Inside `pyad.no_grad()` results have no parents.

Args:
    data: The number.
    _children: Values that the new one is to show as its parents; their partials are 0.
    _op: Name of the op to show.
    label: A name for drawings.

Raises:
    TypeError: An argument is of the wrong type.

Example:
    >>> from pyad import Value
    >>> a, b = Value(2.0), Value(-3.0)
    >>> y = (a * b + 1).tanh()
    >>> y.backward()
    >>> round(a.grad, 6), round(b.grad, 6)
    (-0.000545, 0.000363)
    >>> [partial for _, partial in (a * b).parents]
    [-3.0, 2.0]
)";

PyMemberDef members[] = {
    {"__weaklistoffset__", T_PYSSIZET, offsetof(ValueObject, weak_references), READONLY, nullptr},
    {nullptr, 0, 0, 0, nullptr},
};

template <class F>
void* slot(F* f) {
  return reinterpret_cast<void*>(f);
}

PyTypeObject* make_type() {
  static std::vector<PyMethodDef> methods;
  for (const PyMethodDef* m = value_methods; m->ml_name; ++m) methods.push_back(*m);
  for (const PyMethodDef* m = value_table_methods(); m->ml_name; ++m) methods.push_back(*m);
  methods.push_back({nullptr, nullptr, 0, nullptr});
  std::vector<PyType_Slot> slots = {
      {Py_tp_doc, const_cast<char*>(kTypeDoc)}, {Py_tp_new, slot(value_new)},
      {Py_tp_init, slot(value_init)},           {Py_tp_dealloc, slot(value_dealloc)},
      {Py_tp_repr, slot(value_repr)},           {Py_tp_getset, value_attributes},
      {Py_tp_methods, methods.data()},          {Py_tp_members, members},
  };
  for (const PyType_Slot* s = value_number_slots; s->slot; ++s) slots.push_back(*s);
  slots.push_back({0, nullptr});
  PyType_Spec spec{"pyad.Value", sizeof(ValueObject), 0, Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
                   slots.data()};
  auto* type = reinterpret_cast<PyTypeObject*>(PyType_FromSpec(&spec));
  if (type) type->tp_vectorcall = value_vectorcall;
  return type;
}

}  // namespace
}  // namespace bind

void bind_value(pybind11::module_& m) {
  detail::value_type = bind::make_type();
  if (!detail::value_type) throw pybind11::error_already_set();
  pybind11::handle type(reinterpret_cast<PyObject*>(detail::value_type));
  // Above NumPy's scalars, which then leave the operation to us; below its arrays, which go through
  // their elements.
  pybind11::setattr(type, "__array_priority__", pybind11::float_(-1.0));
  m.attr("Value") = type;
  bind::Faces(m).def("live_values", &live_scalars, "Number of scalar graph nodes that are alive.");
}

}  // namespace pyad
