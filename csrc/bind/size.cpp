// pyad.Size: the tuple that a shape is, with the number of elements. Slices and sums of shapes are
// shapes.
#include "bind/sequence.hpp"
#include "bind/tensor_type.hpp"

namespace pyad::bind {

namespace {

PyTypeObject* g_type = nullptr;

/// The items of a new tuple as a Size; takes the reference.
PyObject* as_size(PyObject* tuple) {
  if (!tuple || !PyTuple_CheckExact(tuple)) return tuple;
  Owned from(tuple);
  Py_ssize_t n = PyTuple_GET_SIZE(tuple);
  PyObject* made = g_type->tp_alloc(g_type, n);
  for (Py_ssize_t i = 0; made && i < n; ++i)
    PyTuple_SET_ITEM(made, i, Py_NewRef(PyTuple_GET_ITEM(tuple, i)));
  return made;
}

/// Size(iterable of integers); what has a whole value, as a 0-d tensor of integers has, becomes it.
PyObject* make(PyTypeObject* type, PyObject* args, PyObject* named) {
  if ((named && PyDict_GET_SIZE(named)) || PyTuple_GET_SIZE(args) > 1) {
    PyErr_SetString(PyExc_TypeError, "Size: expects one iterable of integers");
    return nullptr;
  }
  Owned given(guarded([&]() -> PyObject* {
    if (!PyTuple_GET_SIZE(args)) return PyTuple_New(0);
    PyObject* o = PyTuple_GET_ITEM(args, 0);
    const Owned items(PySequence_Check(o) ? items_of("Size", o) : Owned());
    return PySequence_Tuple(items ? items.get() : o);
  }));
  if (!given.get()) return nullptr;
  const Py_ssize_t n = PyTuple_GET_SIZE(given.get());
  Owned sizes(PyTuple_New(n));
  for (Py_ssize_t i = 0; sizes.get() && i < n; ++i) {
    PyObject* item = PyTuple_GET_ITEM(given.get(), i);
    Owned whole(PyNumber_Index(item));
    if (whole.get() && !PyLong_CheckExact(whole.get())) whole = Owned(PyNumber_Long(whole.get()));
    if (!whole.get()) {
      if (PyErr_ExceptionMatches(PyExc_TypeError)) {
        PyErr_Format(PyExc_TypeError, "Size: expects an iterable of integers, and item %zd is %R",
                     i, reinterpret_cast<PyObject*>(Py_TYPE(item)));
      }
      return nullptr;
    }
    PyTuple_SET_ITEM(sizes.get(), i, whole.release());
  }
  if (!sizes.get()) return nullptr;
  Owned call(PyTuple_Pack(1, sizes.get()));
  return call.get() ? PyTuple_Type.tp_new(type, call.get(), nullptr) : nullptr;
}

PyObject* subscript(PyObject* self, PyObject* key) {
  return as_size(PyTuple_Type.tp_as_mapping->mp_subscript(self, key));
}
PyObject* concat(PyObject* self, PyObject* other) {
  return as_size(PyTuple_Type.tp_as_sequence->sq_concat(self, other));
}
PyObject* repeat(PyObject* self, Py_ssize_t n) {
  // A tuple repeated once is the tuple itself, whatever its type.
  return as_size(PyTuple_Type.tp_as_sequence->sq_repeat(self, n));
}

PyObject* numel(PyObject* self, PyObject*) {
  Owned product(PyLong_FromLong(1));
  for (Py_ssize_t i = 0; product.get() && i < PyTuple_GET_SIZE(self); ++i)
    product = Owned(PyNumber_Multiply(product.get(), PyTuple_GET_ITEM(self, i)));
  return product.release();
}

/// For pickle, by any protocol.
PyObject* reduce(PyObject* self, PyObject*) {
  Owned items(PySequence_Tuple(self));
  return items.get() ? Py_BuildValue("O(O)", Py_TYPE(self), items.get()) : nullptr;
}

}  // namespace

bool is_size(PyObject* o) { return PyObject_TypeCheck(o, g_type); }

PyObject* wrap_sizes(const Dims& d) {
  Owned made(checked(g_type->tp_alloc(g_type, d.size())));
  for (int i = 0; i < d.size(); ++i)
    PyTuple_SET_ITEM(made.get(), i, checked(PyLong_FromLongLong(d[i])));
  return made.release();
}

void bind_size(py::module_& m) {
  static PyMethodDef methods[] = {
      {"numel", numel, METH_NOARGS, "Number of elements of a tensor of this shape."},
      {"__reduce__", reduce, METH_NOARGS, "For pickle."},
      {nullptr, nullptr, 0, nullptr}};
  static PyType_Slot slots[] = {
      {Py_tp_new, reinterpret_cast<void*>(make)},
      {Py_mp_subscript, reinterpret_cast<void*>(subscript)},
      {Py_sq_concat, reinterpret_cast<void*>(concat)},
      {Py_sq_repeat, reinterpret_cast<void*>(repeat)},
      {Py_tp_methods, methods},
      {Py_tp_doc,
       const_cast<char*>("Sizes of a tensor: a tuple that knows its number of elements.")},
      {0, nullptr}};
  static PyType_Spec spec = {"pyad.Size", 0, 0, Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE, slots};
  Owned bases(checked(PyTuple_Pack(1, reinterpret_cast<PyObject*>(&PyTuple_Type))));
  PyObject* made = checked(PyType_FromSpecWithBases(&spec, bases.get()));
  g_type = reinterpret_cast<PyTypeObject*>(made);
  m.attr("Size") = py::reinterpret_borrow<py::object>(made);
}

}  // namespace pyad::bind
