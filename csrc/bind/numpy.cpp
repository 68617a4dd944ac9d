// NumPy arrays from and to tensors. See Note [Copy-on-write of saved values] for what sharing
// memory means to gradients.
#include "bind/numpy.hpp"
#include "bind/face.hpp"

#include <pybind11/numpy.h>

#include "bind/parse.hpp"
#include "core/host.hpp"
#include "core/layout.hpp"
#include "kernels/strided.hpp"
#include "ops/shape.hpp"

namespace pyad::bind {

namespace {

bool dtype_of_array(const py::array& a, DType* out) {
  switch (a.dtype().char_()) {
    case '?':
      *out = DType::kBool;
      return true;
    case 'B':
      *out = DType::kUInt8;
      return true;
    case 'b':
      *out = DType::kInt8;
      return true;
    case 'h':
      *out = DType::kInt16;
      return true;
    case 'e':
      *out = DType::kFloat16;
      return true;
    case 'f':
      *out = DType::kFloat32;
      return true;
    case 'd':
      *out = DType::kFloat64;
      return true;
    case 'i':
      *out = DType::kInt32;
      return true;
    case 'l':
    case 'q':
      *out = a.itemsize() == 8 ? DType::kInt64 : DType::kInt32;
      return true;
    default:
      return false;
  }
}

DType supported_dtype(const char* op, const py::array& a) {
  DType t;
  if (!dtype_of_array(a, &t)) {
    fail(ErrorKind::kType, op, ": cannot hold a NumPy array of dtype ",
         shown_text(py::str(a.dtype()).ptr()),
         "; supported are bool, uint8, int8, int16, int32, int64, float16, float32 and float64, "
         "convert "
         "with .astype(...)");
  }
  return t;
}

void check_byte_order(const char* op, const py::array& a) {
  char order = a.dtype().byteorder();
  if (order == '>') {
    fail(ErrorKind::kValue, op,
         ": the array is big-endian; convert with .astype(a.dtype.newbyteorder('='))");
  }
}

py::dtype numpy_dtype(DType t) {
  if (t == DType::kBFloat16) {
    fail(ErrorKind::kType,
         "Got unsupported ScalarType BFloat16: NumPy has no bfloat16; convert with .float() first");
  }
  return py::dtype(dtype_name(t));
}

struct Lent {
  Ref<Buffer> buffer;
};

/// An ndarray on the memory of a tensor. Python code that runs meanwhile may set `x.data`, so all
/// that it shows is read before any can.
py::array lend(const Tensor& x) {
  if (x.is_batched()) x.need_values();
  const DType t = x.dtype();
  const bool readonly = x.impl()->storage->readonly;
  std::vector<py::ssize_t> shape(x.sizes().begin(), x.sizes().end()), strides(shape.size());
  for (int i = 0; i < x.dim(); ++i)
    strides[static_cast<size_t>(i)] = x.stride(i) * static_cast<py::ssize_t>(item_size(t));
  auto* lent = new Lent{x.impl()->storage->lend()};
  const char* bytes = x.bytes();
  py::capsule base(lent, [](void* p) {
    auto* l = static_cast<Lent*>(p);
    --l->buffer->lent;
    delete l;
  });
  py::array a(numpy_dtype(t), std::move(shape), std::move(strides), bytes, base);
  if (readonly) a.attr("flags").attr("writeable") = false;
  return a;
}

PyObject* to_numpy(PyObject* self, PyObject* args, PyObject* kwargs) {
  static const char* kNames[] = {"force", nullptr};
  int force = 0;
  if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|$p", const_cast<char**>(kNames), &force))
    return nullptr;
  return guarded([&] {
    const Tensor& x = tensor_of(self);
    if (x.requires_grad() && !force) {
      fail(ErrorKind::kRuntime,
           "Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead.");
    }
    return lend(x).release().ptr();
  });
}

PyObject* array_protocol(PyObject* self, PyObject* args, PyObject* kwargs) {
  static const char* kNames[] = {"dtype", "copy", nullptr};
  PyObject *dtype = Py_None, *copy = Py_None;
  if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|OO", const_cast<char**>(kNames), &dtype, &copy))
    return nullptr;
  return guarded([&] {
    const Tensor& x = tensor_of(self);
    if (x.requires_grad()) {
      fail(ErrorKind::kRuntime,
           "Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead.");
    }
    py::object a = lend(x);
    bool must_copy = copy == Py_True;
    if (dtype != Py_None) {
      py::object wish = py::module_::import("numpy").attr("dtype")(py::handle(dtype));
      if (!wish.equal(a.attr("dtype"))) {
        if (copy == Py_False)
          fail(ErrorKind::kValue,
               "__array__: another dtype needs a copy, which copy=False forbids");
        return a.attr("astype")(wish).release().ptr();
      }
    }
    if (must_copy) return a.attr("copy")().release().ptr();
    return a.release().ptr();
  });
}

PyObject* number_object(Scalar v) {
  switch (v.category) {
    case Category::kBool:
      return PyBool_FromLong(v.as_bool());
    case Category::kInteger:
      return PyLong_FromLongLong(v.i);
    default:
      return PyFloat_FromDouble(v.f);
  }
}

PyObject* item(PyObject* self, PyObject* const* args, Py_ssize_t n) {
  return guarded([&]() -> PyObject* {
    const Tensor& x = tensor_of(self);
    if (n == 0) return number_object(x.item());
    Dims index;
    if (n == 1) {
      index = as_dims("item", "index", args[0]);
    } else {
      for (Py_ssize_t i = 0; i < n; ++i) index.push_back(as_one_index("item", "index", args[i]));
    }
    if (index.size() == 1 && x.dim() != 1) {  // a position in row-major order
      int64_t at = index[0] < 0 ? index[0] + x.numel() : index[0];
      if (at < 0 || at >= x.numel())
        fail(ErrorKind::kIndex, "item: position ", index[0], " is out of range for ", x.numel(),
             " elements");
      index = Dims::filled(x.dim(), 0);
      for (int d = x.dim(); d-- > 0;) {
        index[d] = at % x.size(d);
        at /= x.size(d);
      }
    }
    if (index.size() != x.dim())
      fail(ErrorKind::kIndex, "item: ", index.size(), " indices for a tensor of ", x.dim(),
           " dims");
    int64_t offset = x.offset();
    for (int d = 0; d < x.dim(); ++d) {
      int64_t i = index[d] < 0 ? index[d] + x.size(d) : index[d];
      if (i < 0 || i >= x.size(d))
        fail(ErrorKind::kIndex, "item: index ", index[d], " is out of range for dim ", d,
             " of size ", x.size(d));
      offset += i * x.stride(d);
    }
    return number_object(alias(x, {Dims{}, Dims{}, offset}).item());
  });
}

/// A byte of memory that NumPy may have written: any but 0 is true.
enum class Truth : uint8_t {};

template <class T>
PyObject* python_number(T v) {
  if constexpr (std::is_same_v<T, Truth>) {
    return PyBool_FromLong(v != Truth{});
  } else if constexpr (std::is_floating_point_v<T>) {
    return PyFloat_FromDouble(static_cast<double>(v));
  } else if constexpr (is_floating(pyad::dtype_of<T>())) {
    return PyFloat_FromDouble(static_cast<double>(widened(v)));
  } else {
    return PyLong_FromLongLong(static_cast<long long>(v));
  }
}

template <class T>
struct Lists {
  const Dims sizes;  // not the tensor's: code that runs meanwhile may set its `data`
  const T* at;
  unsigned made = 0;

  PyObject* level(int d) {
    if (d == sizes.size()) {
      if (++made % 0x10000 == 0) poll_interrupt();
      return checked(python_number(*at++));
    }
    Owned list(checked(PyList_New(sizes[d])));
    for (int64_t i = 0; i < sizes[d]; ++i) PyList_SET_ITEM(list.get(), i, level(d + 1));
    return list.release();
  }
};

PyObject* to_list(PyObject* self, PyObject*) {
  return guarded([&] {
    const Tensor x = contiguous_values(tensor_of(self));
    const Ref<Buffer> held = x.impl()->storage->buffer;  // a write may replace the storage's
    return visit_element(x.dtype(), [&]<class T>(std::type_identity<T>) {
      using Stored = std::conditional_t<std::is_same_v<T, bool>, Truth, T>;
      return Lists<Stored>{x.sizes(), reinterpret_cast<const Stored*>(x.bytes())}.level(0);
    });
  });
}

/// What users hung on a tensor: null for nothing, the dict of its attributes, or, where a subclass
/// has slots, that dict (or None) and one of what is in them. The form is that of
/// object.__reduce_ex__.
Owned state_of(PyObject* self) {
  PyObject* own = reinterpret_cast<PyTensor*>(self)->attributes;
  Owned attributes(own && PyDict_GET_SIZE(own) ? Py_NewRef(own) : nullptr);
  if (is_tensor_exact(self)) return attributes;
  py::dict slots;
  py::object type = py::reinterpret_borrow<py::object>(reinterpret_cast<PyObject*>(Py_TYPE(self)));
  for (py::handle name : py::module_::import("copyreg").attr("_slotnames")(type)) {
    if (py::hasattr(self, name)) slots[name] = py::getattr(self, name);
  }
  if (slots.empty()) return attributes;
  return Owned(Py_BuildValue("OO", attributes ? attributes.get() : Py_None, slots.ptr()));
}

/// Hangs a state on another tensor.
void give_state(PyObject* target, PyObject* state) {
  PyObject *attributes = state, *slots = nullptr;
  if (PyTuple_Check(state)) {
    attributes = PyTuple_GET_ITEM(state, 0);
    slots = PyTuple_GET_ITEM(state, 1);
  }
  if (attributes != Py_None && PyObject_SetAttrString(target, "__dict__", attributes) < 0) {
    throw_python_error();
  }
  PyObject *name, *value;
  for (Py_ssize_t at = 0; slots && PyDict_Next(slots, &at, &name, &value);)
    if (PyObject_SetAttr(target, name, value) < 0) throw_python_error();
}

/// What the memo of a deepcopy has under a key; borrowed, null if nothing.
PyObject* remembered(PyObject* memo, PyObject* key) {
  if (!PyDict_Check(memo)) return nullptr;
  PyObject* known = PyDict_GetItemWithError(memo, key);
  if (!known && PyErr_Occurred()) throw_python_error();
  return known;
}

/// A copy of `x` for copy.deepcopy: tensors that share memory share that of their copies, which the
/// memo finds by the storage.
Tensor copy_once(const Tensor& x, PyObject* memo) {
  const Storage& s = *x.impl()->storage;
  bool alone = s.count == 1 && x.is_contiguous() &&
               static_cast<size_t>(x.numel()) * item_size(x.dtype()) == s.buffer->bytes;
  if (alone) {
    Tensor y = empty(x.sizes(), x.dtype());
    copy_to_contiguous(x, y.bytes());
    return y;
  }
  py::object key = py::make_tuple("pyad.Storage", reinterpret_cast<uintptr_t>(&s));
  PyObject* known = remembered(memo, key.ptr());
  if (known && !is_tensor(known)) known = nullptr;  // a memo of the caller's making
  Ref<Storage> copied =
      known ? tensor_of(known).impl()->storage : make_ref<Storage>(copy_buffer(*s.buffer));
  if (!known) {
    Owned holder(checked(wrap(make_tensor(copied, x.dtype(), {Dims{0}, Dims{1}, 0}))));
    if (PyDict_SetItem(memo, key.ptr(), holder.get()) < 0) throw_python_error();
  }
  return make_tensor(std::move(copied), x.dtype(), x.layout());
}

/// copy.deepcopy: values, gradient and attributes of a leaf, once for each copied structure.
/// Gradients have gradients, to any depth and in a circle: each copy is remembered before the next
/// is made, and attributes, whose copying calls back, come last.
PyObject* deep_copy(PyObject* self, PyObject* memo) {
  return guarded([&]() -> PyObject* {
    if (tensor_of(self).is_batched()) {
      GradModeGuard off(false);
      return wrap(pyad::clone(tensor_of(self)));
    }
    auto copy_of = [](const Tensor& t) {
      Tensor y = empty_like(t);
      copy_into(y, t);
      return y;
    };
    std::vector<std::pair<Owned, Owned>> made;
    for (Owned next(Py_NewRef(self)); next;) {
      Owned key(checked(PyLong_FromVoidPtr(next.get())));
      if (PyObject* done = remembered(memo, key.get())) {
        if (made.empty()) return Py_NewRef(done);
        if (is_tensor(done)) tensor_of(made.back().second.get()).extra().grad = tensor_of(done);
        break;
      }
      const Tensor& x = tensor_of(next.get());
      if (!x.is_leaf()) {
        fail(ErrorKind::kRuntime,
             "Only Tensors created explicitly by the user (graph leaves) support the deepcopy "
             "protocol; copy x.detach() instead");
      }
      const bool exact = is_tensor_exact(next.get()) && PyDict_Check(memo);
      Tensor y = exact ? copy_once(x, memo) : copy_of(x);
      y.impl()->requires_grad = x.impl()->requires_grad;
      if (!made.empty()) tensor_of(made.back().second.get()).extra().grad = y;
      Owned copied(checked(wrap_as(Py_TYPE(next.get()), y)));
      if (PyObject_SetItem(memo, key.get(), copied.get()) < 0) throw_python_error();
      const Tensor g = x.impl()->extra ? x.impl()->extra->grad : Tensor();
      made.emplace_back(std::move(next), std::move(copied));
      if (!g.defined()) break;
      if (!exact || !g.is_leaf()) {
        y.extra().grad = copy_of(g);
        break;
      }
      next = Owned(checked(wrap(g)));
      py::object alive = py::make_tuple("pyad.Tensor", reinterpret_cast<uintptr_t>(next.get()));
      if (PyDict_SetItem(memo, alive.ptr(), next.get()) < 0) throw_python_error();
    }
    for (auto& [original, copied] : made) {
      Owned state = state_of(original.get());
      if (!state) continue;
      py::object own =
          py::module_::import("copy").attr("deepcopy")(py::handle(state.get()), py::handle(memo));
      give_state(copied.get(), own.ptr());
    }
    return made.front().second.release();
  });
}

/// copy.copy: another object on the same memory, a leaf, with the same attributes.
PyObject* shallow_copy(PyObject* self, PyObject*) {
  return guarded([&] {
    const Tensor& x = tensor_of(self);
    Tensor y = detach(x);
    y.impl()->requires_grad = x.requires_grad();
    Owned made(checked(wrap_as(Py_TYPE(self), std::move(y))));
    if (Owned state = state_of(self)) {
      py::object copied = py::module_::import("copy").attr("copy")(py::handle(state.get()));
      if (PyTuple_Check(copied.ptr()) && !py::tuple(copied)[0].is_none()) {
        copied = py::make_tuple(py::tuple(copied)[0].attr("copy")(), py::tuple(copied)[1]);
      }
      give_state(made.get(), copied.ptr());
    }
    return made.release();
  });
}

PyObject* g_rebuild = nullptr;

/// What NumPy has no dtype for, as integers of its size, and back.
Tensor same_bits(const Tensor& x, DType t) { return make_tensor(x.impl()->storage, t, x.layout()); }

/// pickle: type, values as a NumPy array in the order of memory, whether gradients are asked for,
/// the order of the dims if it is not theirs, and the dtype where it is not NumPy's; history and
/// gradient stay behind.
PyObject* reduce(PyObject* self, PyObject*) {
  return guarded([&]() -> PyObject* {
    const Tensor& x = tensor_of(self);
    const bool permuted = !x.is_contiguous() && is_dense(x);
    const bool foreign = x.dtype() == DType::kBFloat16;
    const Dims order = permuted ? memory_order(x) : Dims();
    const Tensor ordered = permuted ? reordered(x, order) : x;
    Tensor values = empty(ordered.sizes(), x.dtype());
    copy_to_contiguous(ordered, values.bytes());
    const py::object array = lend(foreign ? same_bits(values, DType::kInt16) : values);
    const py::handle type(reinterpret_cast<PyObject*>(Py_TYPE(self)));
    py::tuple arguments = py::make_tuple(type, array, x.requires_grad());
    py::object dims = py::none();
    if (permuted) {
      py::tuple items(static_cast<size_t>(order.size()));
      for (int d = 0; d < order.size(); ++d) items[static_cast<size_t>(d)] = order[d];
      dims = items;
    }
    if (permuted || foreign) arguments = arguments + py::make_tuple(dims);
    if (foreign) arguments = arguments + py::make_tuple(dtype_name(x.dtype()));
    if (Owned state = state_of(self)) {
      return py::make_tuple(py::handle(g_rebuild), arguments, py::handle(state.get()))
          .release()
          .ptr();
    }
    return py::make_tuple(py::handle(g_rebuild), arguments).release().ptr();
  });
}

/// An array whose dims lie in the order of memory, seen with them in their own.
Tensor put_back(const char* op, const Tensor& x, PyObject* order) {
  Layout layout{x.sizes(), x.strides(), 0};
  Dims seen;
  for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(order); ++i) {
    const long long d = PyLong_AsLongLong(PyTuple_GET_ITEM(order, i));
    if (d == -1 && PyErr_Occurred()) throw_python_error();
    if (d < 0 || d >= x.dim() || i >= x.dim() || seen.contains(d))
      fail(ErrorKind::kValue, op, ": the order is none of the dims of shape ", x.sizes());
    seen.push_back(d);
    layout.sizes[static_cast<int>(d)] = x.size(static_cast<int>(i));
    layout.strides[static_cast<int>(d)] = x.stride(static_cast<int>(i));
  }
  if (seen.size() != x.dim())
    fail(ErrorKind::kValue, op, ": the order is none of the dims of shape ", x.sizes());
  return alias(x, std::move(layout));
}

PyObject* rebuild(PyObject*, PyObject* args) {
  PyObject *type, *array, *order = nullptr;
  int requires_grad;
  const char* name = nullptr;
  if (!PyArg_ParseTuple(args, "OOp|Os", &type, &array, &requires_grad, &order, &name))
    return nullptr;
  if (order == Py_None) order = nullptr;
  return guarded([&] {
    if (!PyType_Check(type) ||
        !PyType_IsSubtype(reinterpret_cast<PyTypeObject*>(type), tensor_type)) {
      fail(ErrorKind::kType, "rebuild_tensor: expects a subclass of Tensor");
    }
    if (!is_ndarray(array)) {
      fail(ErrorKind::kType, "rebuild_tensor: expects a NumPy array, got ",
           Py_TYPE(array)->tp_name);
    }
    Tensor t = tensor_from_array("rebuild_tensor", array);
    if (order) {
      if (!PyTuple_Check(order)) {
        fail(ErrorKind::kType, "rebuild_tensor: the order of dims must be a tuple, not ",
             Py_TYPE(order)->tp_name);
      }
      t = put_back("rebuild_tensor", t, order);
    }
    if (DType held; name) {
      if (!dtype_named(name, &held) || item_size(held) != item_size(t.dtype()))
        fail(ErrorKind::kValue, "rebuild_tensor: ", t.dtype(), " holds no elements of ", name);
      t = same_bits(t, held);
    }
    if (requires_grad && !is_floating(t.dtype()))
      fail(ErrorKind::kRuntime, "rebuild_tensor: ", t.dtype(), " cannot require gradients");
    t.impl()->requires_grad = requires_grad != 0;
    return wrap_as(reinterpret_cast<PyTypeObject*>(type), std::move(t));
  });
}

}  // namespace

#define PYAD_FAST(F) reinterpret_cast<PyCFunction>(reinterpret_cast<void*>(F))
PyMethodDef numpy_methods[] = {
    {"numpy", PYAD_FAST(to_numpy), METH_VARARGS | METH_KEYWORDS,
     "The same memory as a NumPy array; writes are seen on both sides.\n\nRaises: RuntimeError if "
     "the tensor requires grad, unless "
     "force=True."},
    {"__array__", PYAD_FAST(array_protocol), METH_VARARGS | METH_KEYWORDS,
     "NumPy's conversion protocol."},
    {"item", PYAD_FAST(item), METH_FASTCALL,
     "The single element, or the one at the given indices, as a Python number."},
    {"__copy__", shallow_copy, METH_NOARGS,
     "A leaf on the same memory with the same attributes, for copy.copy."},
    {"__deepcopy__", deep_copy, METH_O, "A copy of a leaf with its gradient, for copy.deepcopy."},
    {"__reduce_ex__", reduce, METH_O, "Values and whether gradients are asked for, for pickle."},
    {"tolist", to_list, METH_NOARGS, "The elements as nested lists, or a number for a 0-d tensor."},
    {nullptr, nullptr, 0, nullptr}};
#undef PYAD_FAST

bool array_dtype(PyObject* array, DType* out) {
  return dtype_of_array(py::reinterpret_borrow<py::array>(array), out);
}

Tensor tensor_from_array(const char* op, PyObject* array) {
  auto a = py::reinterpret_borrow<py::array>(array);
  DType t = supported_dtype(op, a);
  check_byte_order(op, a);
  Dims sizes;
  for (py::ssize_t i = 0; i < a.ndim(); ++i) sizes.push_back(a.shape(i));
  Tensor out = empty(sizes, t);
  py::array flat = py::module_::import("numpy").attr("ascontiguousarray")(a);
  if (out.numel() > 0)
    std::memcpy(out.bytes(), flat.data(), static_cast<size_t>(out.numel()) * item_size(t));
  if (t == DType::kBool) {  // NumPy's may be any byte
    char* p = out.bytes();
    for (int64_t i = 0; i < out.numel(); ++i) p[i] = p[i] != 0;
  }
  return out;
}

Tensor share_array(const char* op, PyObject* array) {
  if (!is_ndarray(array))
    fail(ErrorKind::kType, op, ": expects a NumPy array, not ", Py_TYPE(array)->tp_name);
  auto a = py::reinterpret_borrow<py::array>(array);
  DType t = supported_dtype(op, a);
  check_byte_order(op, a);
  auto item = static_cast<py::ssize_t>(item_size(t));
  Layout layout;
  int64_t reach = 0;
  for (py::ssize_t i = 0; i < a.ndim(); ++i) {
    if (a.strides(i) < 0) {
      fail(ErrorKind::kValue, op, ": the array has a negative stride at dim ", i,
           "; take a .copy() of it first");
    }
    if (a.strides(i) % item != 0)
      fail(ErrorKind::kValue, op,
           ": the array's strides are no multiple of its element size; copy it first");
    layout.sizes.push_back(a.shape(i));
    layout.strides.push_back(a.strides(i) / item);
    if (a.shape(i) > 0) reach += (a.shape(i) - 1) * (a.strides(i) / item);
  }
  if (reinterpret_cast<uintptr_t>(a.data()) % static_cast<uintptr_t>(item) != 0) {
    fail(ErrorKind::kValue, op, ": the array is not aligned to its elements; copy it first");
  }
  if (t == DType::kBool && a.size() > 0 &&
      py::bool_(a.attr("view")("uint8").attr("max")().attr("__gt__")(1))) {
    fail(ErrorKind::kValue, op,
         ": the bools of this array are bytes other than 0 and 1; use array.astype(numpy.uint8) != "
         "0");
  }
  Py_INCREF(array);
  Ref<Buffer> buffer = wrap_buffer(
      const_cast<void*>(a.data()), static_cast<size_t>(reach + 1) * item_size(t),
      [](void* owner) { Py_DECREF(static_cast<PyObject*>(owner)); }, array);
  auto storage = make_ref<Storage>(std::move(buffer));
  storage->readonly = !a.writeable();
  return make_tensor(std::move(storage), t, std::move(layout));
}

void bind_numpy(py::module_& m) {
  static PyMethodDef functions[] = {
      {"rebuild_tensor", rebuild, METH_VARARGS,
       "rebuild_tensor(type: object, array: object, requires_grad: bool, order: object = ..., "
       "dtype: str = ...) -> object\n\n"
       "A tensor of a type from an array, whose dims lie in another order, or whose elements are "
       "those of another dtype, where these are given; what pickle calls."},
      {nullptr, nullptr, 0, nullptr}};
  if (PyModule_AddFunctions(m.ptr(), functions) < 0) throw_python_error();
  g_rebuild = m.attr("rebuild_tensor").ptr();
  Faces(m).def(
      "same_bits",
      [](const Tensor& x, const py::object& dtype) {
        const DType t = dtype_from("same_bits", dtype.ptr());
        if (item_size(t) != item_size(x.dtype()))
          fail(ErrorKind::kType, "same_bits: elements of ", x.dtype(), " and ", t,
               " differ in size");
        return same_bits(x, t);
      },
      py::arg("input"), py::arg("dtype"),
      "The memory of a tensor as elements of another dtype of the same size; no history.");
  Faces(m).def(
      "from_numpy", [](py::object a) { return share_array("from_numpy", a.ptr()); },
      py::arg("ndarray"),
      "A tensor on the memory of a NumPy array: writes on one side are seen on the other.");
}

}  // namespace pyad::bind
