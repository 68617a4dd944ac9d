// Reading and assigning `x[...]`: Python index expressions as IndexItems.
#include "bind/numpy.hpp"
#include "bind/parse.hpp"
#include "bind/tensor_type.hpp"
#include "dispatch/index_assign.hpp"
#include "ops/index.hpp"
#include "ops/shape.hpp"

namespace pyad::bind {

namespace {

int64_t slice_bound(PyObject* o) {
  Owned index(checked(PyNumber_Index(o)));
  int overflow = 0;
  long long v = PyLong_AsLongLongAndOverflow(index.get(), &overflow);
  if (overflow) v = overflow > 0 ? INT64_MAX / 2 : -(INT64_MAX / 2);  // Python clips slices
  return v;
}

// Note [What may index]
// Beside what Python itself puts between brackets, whatever holds integers or bools: tensors, NumPy
// arrays, what becomes an array (a pandas Series, by position), and any sequence (ranges, nested
// lists, deques). Bools, and arrays of uint8, are masks; every other number is taken as int64, so
// floats in a list lose their fractions. Tensors of floats are refused. As in PyTorch, and other
// than in NumPy, a sequence that is no tuple but holds sequences, slices, None, an ellipsis or
// tensors is read as if it were a tuple, with a warning, and a sequence of 32 items or more never
// is.

/// Numbers of an index as a tensor that can be one.
Tensor as_positions(PyObject* o) {
  Tensor t = tensor_from_object("index", o);
  if (!is_floating(t.dtype())) return t;
  DType wish = DType::kInt64;
  return tensor_from_object("index", o, &wish);
}

Tensor positions_of_array(PyObject* o) {
  auto array = py::reinterpret_borrow<py::object>(o);
  py::object dtype = array.attr("dtype");
  auto kind = dtype.attr("kind").cast<std::string>();
  if (kind == "i" || (kind == "u" && dtype.attr("itemsize").cast<int>() > 1)) {
    return tensor_from_array("index", array.attr("astype")("int64").ptr());
  }
  if (kind == "f") array = array.attr("astype")("float64");
  Tensor t = tensor_from_array("index", array.ptr());
  return is_floating(t.dtype()) ? to_dtype(t, DType::kInt64) : t;
}

/// The items of a sequence, by asking for each; null, and no error, where one cannot be had.
Owned items_or_null(PyObject* o) {
  Py_ssize_t n = PySequence_Size(o);
  Owned items(n < 0 ? nullptr : PyTuple_New(n));
  for (Py_ssize_t i = 0; items && i < n; ++i) {
    PyObject* item = PySequence_GetItem(o, i);
    if (!item) {
      items = Owned();
      break;
    }
    PyTuple_SET_ITEM(items.get(), i, item);
    count_item();
  }
  if (!items) PyErr_Clear();
  return items;
}

bool is_text(PyObject* o) { return PyUnicode_Check(o) || PyBytes_Check(o); }

/// Whether a sequence that is no tuple is read as one.
bool reads_as_tuple(PyObject* o) {
  if (is_tensor(o) || is_ndarray(o) || !PySequence_Check(o) || is_text(o)) return false;
  Py_ssize_t n = PySequence_Size(o);
  if (n < 0 || n >= 32) {
    PyErr_Clear();
    return false;
  }
  for (Py_ssize_t i = 0; i < n; ++i) {
    Owned item(PySequence_GetItem(o, i));
    if (!item) {
      PyErr_Clear();
      return false;
    }
    PyObject* x = item.get();
    if (PyLong_CheckExact(x)) continue;
    if (x == Py_Ellipsis || x == Py_None || is_tensor(x) || PySlice_Check(x) ||
        PySequence_Check(x)) {
      return true;
    }
  }
  return false;
}

IndexItem item_from(PyObject* o) {
  if (o == Py_None) return IndexItem::new_axis();
  if (o == Py_Ellipsis) return IndexItem::ellipsis();
  if (PyBool_Check(o)) return IndexItem::of(scalar_tensor(Scalar(o == Py_True), DType::kBool));
  if (PySlice_Check(o)) {
    auto* s = reinterpret_cast<PySliceObject*>(o);
    IndexItem item;
    if (s->start != Py_None) {
      item.has_start = true;
      item.start = slice_bound(s->start);
    }
    if (s->stop != Py_None) {
      item.has_stop = true;
      item.stop = slice_bound(s->stop);
    }
    if (s->step != Py_None) item.step = slice_bound(s->step);
    return item;
  }
  if (is_tensor(o)) return IndexItem::of(tensor_of(o));
  // Arrays of other libraries have __index__, for those of one element.
  bool foreign_array = !PyLong_Check(o) && !is_numpy_scalar(o) && PyIndex_Check(o) &&
                       PyObject_HasAttrString(o, "__array__");
  if (PyLong_Check(o) || (PyIndex_Check(o) && !PySequence_Check(o) && !foreign_array)) {
    Owned index(checked(PyNumber_Index(o)));
    int overflow = 0;
    long long v = PyLong_AsLongLongAndOverflow(index.get(), &overflow);
    if (overflow)
      fail(ErrorKind::kValue,
           "index: an index of more than 64 bits is out of range for every tensor");
    return IndexItem::integer(v);
  }
  if (is_ndarray(o)) return IndexItem::of(positions_of_array(o));
  if (PyList_Check(o) || PyTuple_Check(o)) return IndexItem::of(as_positions(o));
  Scalar number;
  bool is_number = as_number(o, &number);
  if (is_number && number.category == Category::kBool)  // numpy.bool
    return IndexItem::of(scalar_tensor(number, DType::kBool));
  if (!is_number && !is_text(o)) {
    if (PyObject_HasAttrString(o, "__array__")) {
      py::object array = py::module_::import("numpy").attr("asarray")(py::handle(o));
      if (array.attr("dtype").attr("kind").cast<std::string>() != "O")
        return IndexItem::of(positions_of_array(array.ptr()));
    }
    Owned items(PySequence_Check(o) ? items_or_null(o) : Owned());
    if (items) return IndexItem::of(as_positions(items.get()));
  }
  fail(is_text(o) ? ErrorKind::kType : ErrorKind::kIndex,
       "index: only integers, slices, ellipsis, None, and integers or bools in tensors, arrays and "
       "sequences can index a tensor, got ",
       Py_TYPE(o)->tp_name);
}

std::vector<IndexItem> items_from(PyObject* key) {
  std::vector<IndexItem> items;
  Owned read_as_tuple;
  if (!PyTuple_Check(key) && reads_as_tuple(key)) {
    if (PyErr_WarnEx(PyExc_UserWarning,
                     "index: this sequence is read as a tuple, one item a dim, as PyTorch does so "
                     "far and NumPy does not; write x[tuple(seq)], or x[tensor(seq)] for one index",
                     1) < 0) {
      throw_python_error();
    }
    read_as_tuple = items_or_null(key);
    if (read_as_tuple) key = read_as_tuple.get();
  }
  if (PyTuple_Check(key)) {
    Py_ssize_t n = PyTuple_GET_SIZE(key);
    items.reserve(static_cast<size_t>(n));
    for (Py_ssize_t i = 0; i < n; ++i) items.push_back(item_from(PyTuple_GET_ITEM(key, i)));
  } else {
    items.push_back(item_from(key));
  }
  return items;
}

Py_ssize_t length(PyObject* self) {
  return guarded(
      [&] {
        const Tensor& t = tensor_of(self);
        if (t.dim() == 0) fail(ErrorKind::kType, "len: a 0-d tensor has no length; use .numel()");
        return static_cast<Py_ssize_t>(t.size(0));
      },
      Py_ssize_t{-1});
}

PyObject* sequence_item(PyObject* self, Py_ssize_t i) {
  return guarded([&] {
    const Tensor& t = tensor_of(self);
    if (t.dim() == 0) fail(ErrorKind::kType, "iteration over a 0-d tensor");
    if (i < 0 || i >= t.size(0))
      fail(ErrorKind::kIndex, "index ", i, " is out of range for dim 0 of size ", t.size(0));
    IndexItem item = IndexItem::integer(i);
    return wrap(index(t, {&item, 1}));
  });
}

PyObject* iterate(PyObject* self) {
  return guarded([&]() -> PyObject* {
    if (tensor_of(self).dim() == 0)
      fail(ErrorKind::kType, "iteration over a 0-d tensor; use .item()");
    return PySeqIter_New(self);
  });
}

int contains(PyObject* self, PyObject* value) {
  Owned equal(PyObject_RichCompare(self, value, Py_EQ));
  if (!equal) return -1;
  if (!is_tensor(equal.get())) return PyObject_IsTrue(equal.get());
  Owned any(PyObject_CallMethod(equal.get(), "any", nullptr));
  return any ? PyObject_IsTrue(any.get()) : -1;
}

}  // namespace

PyObject* get_item(PyObject* self, PyObject* key) {
  return guarded([&] {
    if (PyLong_CheckExact(key)) {  // x[i]
      IndexItem item = item_from(key);
      return wrap(index(tensor_of(self), {&item, 1}));
    }
    std::vector<IndexItem> items = items_from(key);
    return wrap(index(tensor_of(self), items));
  });
}

int set_item(PyObject* self, PyObject* key, PyObject* value) {
  return guarded(
      [&] {
        if (!value) fail(ErrorKind::kType, "del x[...]: elements of a tensor cannot be deleted");
        std::vector<IndexItem> items = items_from(key);
        Operand v;
        Tensor held;
        if (is_tensor(value)) {
          v = Operand(tensor_of(value));
        } else if (!as_number(value, &v.number)) {
          // The numbers of a list and of an array of no dims enter the tensor at this door; an array
          // of dims is converted.
          const DType dtype = tensor_of(self).dtype();
          const bool numbers = PyList_Check(value) || PyTuple_Check(value);
          held = tensor_from_object("index assignment", value, numbers ? &dtype : nullptr);
          v = held.dim() == 0 ? Operand(held.item()) : Operand(held);
        }
        index_assign(tensor_of(self), items, v);
        return 0;
      },
      -1);
}

void add_index_slots(std::vector<PyType_Slot>& slots) {
  slots.push_back({Py_mp_length, reinterpret_cast<void*>(length)});
  slots.push_back({Py_mp_subscript, reinterpret_cast<void*>(get_item)});
  slots.push_back({Py_mp_ass_subscript, reinterpret_cast<void*>(set_item)});
  slots.push_back({Py_sq_length, reinterpret_cast<void*>(length)});
  slots.push_back({Py_sq_item, reinterpret_cast<void*>(sequence_item)});
  slots.push_back({Py_sq_contains, reinterpret_cast<void*>(contains)});
  slots.push_back({Py_tp_iter, reinterpret_cast<void*>(iterate)});
}

}  // namespace pyad::bind
