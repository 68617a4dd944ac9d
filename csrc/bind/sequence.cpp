// Reading of sequences: Note [Lists that change].
#include "bind/sequence.hpp"

#include "bind/number.hpp"
#include "core/memory.hpp"

namespace pyad::bind {

void list_changed(const char* op) {
  fail(ErrorKind::kRuntime, op, ": the list changed while it was read");
}

Owned items_of(const char* op, PyObject* o) {
  if (is_list_or_tuple(o)) return Owned(Py_NewRef(o));
  const Py_ssize_t n = PySequence_Size(o);
  if (n < 0) throw_python_error();
  // No list of so many items can be: what lies about its length is not asked for any.
  if (static_cast<size_t>(n) > machine_bytes() / sizeof(PyObject*)) list_changed(op);
  Owned list(checked(PyList_New(0)));
  const Owned iterator(checked(PyObject_GetIter(o)));
  while (Owned item{PyIter_Next(iterator.get())}) {
    // A sequence that never ends is no reason to fill the memory.
    if (PyList_GET_SIZE(list.get()) == n) list_changed(op);
    if (PyList_Append(list.get(), item.get()) < 0) throw_python_error();
    count_item();
  }
  if (PyErr_Occurred()) throw_python_error();
  if (PyList_GET_SIZE(list.get()) != n) list_changed(op);
  return list;
}

bool is_int_like(PyObject* o) {
  if (PyLong_CheckExact(o)) return true;
  if (PyBool_Check(o) || PyFloat_Check(o)) return false;
  if (is_tensor(o))
    return tensor_of(o).dim() == 0 && category(tensor_of(o).dtype()) == Category::kInteger;
  return PyIndex_Check(o);
}

int64_t as_index(const char* op, const char* parameter, PyObject* o) {
  const Owned index(checked(PyNumber_Index(o)));
  int overflow = 0;
  const long long v = PyLong_AsLongLongAndOverflow(index.get(), &overflow);
  if (overflow) {
    fail(ErrorKind::kRange, op, "(): argument '", parameter,
         "' is an integer of more than 64 bits: no size, dim or position is that large");
  }
  return v;
}

/// Text and raw bytes are sequences, but of no integers that anybody means.
static bool holds_characters(PyObject* o) {
  return PyUnicode_Check(o) || PyBytes_Check(o) || PyByteArray_Check(o) || is_numpy_scalar(o);
}

Dims as_dims(const char* op, const char* parameter, PyObject* o) {
  Dims d;
  if (is_int_like(o)) {
    d.push_back(as_index(op, parameter, o));
    return d;
  }
  if (!is_list_or_tuple(o) && (!PySequence_Check(o) || holds_characters(o))) {
    fail(ErrorKind::kType, op, "(): argument '", parameter, "' must be int or tuple of ints, not ",
         Py_TYPE(o)->tp_name);
  }
  const Owned items = items_of(op, o);
  each_item(op, items.get(), [&](Py_ssize_t i, PyObject* x) {
    if (!is_int_like(x)) {
      fail(ErrorKind::kType, op, "(): argument '", parameter, "' must hold ints, but item ", i,
           " is ", Py_TYPE(x)->tp_name);
    }
    d.push_back(as_index(op, parameter, x));
  });
  return d;
}

int64_t as_one_index(const char* op, const char* parameter, PyObject* o) {
  const Dims d = as_dims(op, parameter, o);
  if (d.size() != 1)
    fail(ErrorKind::kType, op, "(): argument '", parameter, "' must be one int, got ", d);
  return d[0];
}

void append_tensors(const char* op, const char* parameter, PyObject* o, std::vector<Tensor>& out) {
  each_item(op, o, [&](Py_ssize_t i, PyObject* item) {
    if (!is_tensor(item)) {
      fail(ErrorKind::kType, op, "(): argument '", parameter, "' must hold Tensors, but item ", i,
           " is ", Py_TYPE(item)->tp_name);
    }
    out.push_back(tensor_of(item));
  });
}

}  // namespace pyad::bind
