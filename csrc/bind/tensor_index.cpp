// Reading and assigning `x[...]`: Python index expressions as IndexItems.
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

/// Lists of numbers (nested) index like the array they describe.
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
  if (PyLong_Check(o) || (PyIndex_Check(o) && !PySequence_Check(o))) {
    Owned index(checked(PyNumber_Index(o)));
    int overflow = 0;
    long long v = PyLong_AsLongLongAndOverflow(index.get(), &overflow);
    if (overflow)
      fail(ErrorKind::kIndex,
           "index: an index of more than 64 bits is out of range for every tensor");
    return IndexItem::integer(v);
  }
  if (PyList_Check(o) || PyTuple_Check(o) ||
      std::string_view(Py_TYPE(o)->tp_name) == "numpy.ndarray") {
    Tensor t = tensor_from_object("index", o);
    if (is_floating(t.dtype()) && t.numel() == 0) t = to_dtype(t, DType::kInt64);  // x[[]]
    return IndexItem::of(t);
  }
  fail(ErrorKind::kIndex,
       "index: only integers, slices, ellipsis, None, and integer or bool tensors, arrays and "
       "lists can index a "
       "tensor, got ",
       Py_TYPE(o)->tp_name);
}

std::vector<IndexItem> items_from(PyObject* key) {
  std::vector<IndexItem> items;
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
          held = tensor_from_object("index assignment", value);
          v = Operand(held);
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
