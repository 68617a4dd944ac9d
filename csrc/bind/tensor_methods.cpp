// Properties and methods of pyad.Tensor that are about the object rather than ops of the table:
// shape, dtype, memory, conversion, copying into, pickling.
#include "bind/parse.hpp"
#include "bind/tensor_type.hpp"
#include "core/host.hpp"
#include "dispatch/inplace.hpp"
#include "ops/functions.hpp"
#include "ops/shape.hpp"

namespace pyad::bind {

namespace {

PyObject* wrap_dims(const Dims& d) {
  Owned tuple(checked(PyTuple_New(d.size())));
  for (int i = 0; i < d.size(); ++i)
    PyTuple_SET_ITEM(tuple.get(), i, checked(PyLong_FromLongLong(d[i])));
  return tuple.release();
}

PyObject* get_shape(PyObject* self, void*) {
  return guarded([&] { return wrap_sizes(tensor_of(self).sizes()); });
}
PyObject* get_dtype(PyObject* self, void*) { return wrap_dtype(tensor_of(self).dtype()); }
PyObject* get_ndim(PyObject* self, void*) { return PyLong_FromLong(tensor_of(self).dim()); }
PyObject* get_item_size(PyObject* self, void*) {
  return PyLong_FromSize_t(item_size(tensor_of(self).dtype()));
}
PyObject* get_nbytes(PyObject* self, void*) {
  const Tensor& t = tensor_of(self);
  return PyLong_FromLongLong(t.numel() * static_cast<int64_t>(item_size(t.dtype())));
}
/// The package's device object; a text until the package has set it.
PyObject* device_object = nullptr;
PyObject* get_device(PyObject*, void*) {
  return device_object ? Py_NewRef(device_object) : PyUnicode_InternFromString("cpu");
}
PyObject* get_false(PyObject*, void*) { Py_RETURN_FALSE; }
PyObject* get_true(PyObject*, void*) { Py_RETURN_TRUE; }
PyObject* get_data(PyObject* self, void*) {
  return guarded([&] { return wrap(detach(tensor_of(self))); });
}
/// x.data = y: the object keeps its identity and its gradient settings and shows the memory of y.
int set_data(PyObject* self, PyObject* value, void*) {
  return guarded(
      [&] {
        if (!value || !is_tensor(value)) fail(ErrorKind::kType, "data: must be set to a Tensor");
        const Tensor& x = tensor_of(self);
        const Tensor& y = tensor_of(value);
        TensorImpl& p = *x.impl();
        if (p.dtype != y.dtype() && (p.node || (p.extra && p.extra->accumulator) ||
                                     (p.requires_grad && !is_floating(y.dtype())))) {
          fail(ErrorKind::kRuntime, "data: a tensor of dtype ", p.dtype,
               " that is part of a graph cannot show data of dtype ", y.dtype());
        }
        keep_while_unlocked(p.storage->buffer);
        if (p.extra) p.extra->base = Tensor();  // no view of its former memory any more
        p.dtype = y.dtype();
        p.storage = y.impl()->storage;
        p.sizes = y.sizes();
        p.strides = y.strides();
        p.offset = y.offset();
        p.numel = y.numel();
        p.contiguous = y.is_contiguous();
        p.row_major = y.impl()->row_major;
        return 0;
      },
      -1);
}
PyObject* get_transposed(PyObject* self, void*) {
  return guarded([&] {
    const Tensor& t = tensor_of(self);
    Dims order;
    for (int i = t.dim(); i-- > 0;) order.push_back(i);
    return wrap(permute(t, order));
  });
}
PyObject* get_matrix_transposed(PyObject* self, void*) {
  return guarded([&] {
    const Tensor& t = tensor_of(self);
    if (t.dim() < 2) fail(ErrorKind::kShape, "mT: needs at least 2 dims, got shape ", t.sizes());
    return wrap(transpose(t, -2, -1));
  });
}

PyObject* no_arguments_long(int64_t v) { return PyLong_FromLongLong(v); }
PyObject* dim(PyObject* self, PyObject*) { return no_arguments_long(tensor_of(self).dim()); }
PyObject* numel(PyObject* self, PyObject*) { return no_arguments_long(tensor_of(self).numel()); }
PyObject* element_size(PyObject* self, PyObject*) { return get_item_size(self, nullptr); }
PyObject* storage_offset(PyObject* self, PyObject*) {
  return no_arguments_long(tensor_of(self).offset());
}
PyObject* data_ptr(PyObject* self, PyObject*) {
  return guarded([&] { return PyLong_FromVoidPtr(tensor_of(self).bytes()); });
}
PyObject* is_floating_point(PyObject* self, PyObject*) {
  return PyBool_FromLong(is_floating(tensor_of(self).dtype()));
}
PyObject* is_contiguous_now(PyObject* self, PyObject*) {
  return PyBool_FromLong(tensor_of(self).is_contiguous());
}

/// size() and stride(): all, or one of them.
PyObject* all_or_one(PyObject* self, PyObject* const* args, Py_ssize_t n, const char* name,
                     const Dims& list) {
  return guarded([&]() -> PyObject* {
    if (n == 0 || args[0] == Py_None)
      return &list == &tensor_of(self).sizes() ? wrap_sizes(list) : wrap_dims(list);
    if (n > 1) fail(ErrorKind::kType, name, "() takes at most one dim");
    const int64_t d = as_one_index(name, "dim", args[0]);
    if (list.size() == 0) fail(ErrorKind::kIndex, name, ": a 0-d tensor has no dim ", d);
    return PyLong_FromLongLong(list[wrap_dim(name, d, list.size())]);
  });
}
PyObject* size(PyObject* self, PyObject* const* args, Py_ssize_t n) {
  return all_or_one(self, args, n, "size", tensor_of(self).sizes());
}
PyObject* stride(PyObject* self, PyObject* const* args, Py_ssize_t n) {
  return all_or_one(self, args, n, "stride", tensor_of(self).strides());
}

/// to(dtype), to(other), to('cpu'), and the keywords dtype, device, copy, non_blocking.
PyObject* to(PyObject* self, PyObject* const* args, Py_ssize_t nargs, PyObject* kwnames) {
  return guarded([&]() -> PyObject* {
    const Tensor& x = tensor_of(self);
    DType dtype = x.dtype();
    bool copy = false, row_major = false;
    int flags = 0;  // non_blocking and copy by position
    auto device = [](PyObject* o) { check_device("to", o); };
    auto take = [&](PyObject* o) {
      if (is_tensor(o)) {
        dtype = tensor_of(o).dtype();
      } else if (PyUnicode_Check(o)) {
        device(o);
      } else if (PyBool_Check(o)) {
        if (++flags == 2) copy = o == Py_True;
      } else if (o != Py_None) {
        dtype = dtype_from("to", o);
      }
    };
    for (Py_ssize_t i = 0; i < nargs; ++i) take(args[i]);
    Py_ssize_t nk = kwnames ? PyTuple_GET_SIZE(kwnames) : 0;
    for (Py_ssize_t k = 0; k < nk; ++k) {
      std::string key = shown_text(PyTuple_GET_ITEM(kwnames, k));
      PyObject* o = args[nargs + k];
      if (key == "dtype") {
        if (o != Py_None) dtype = dtype_from("to", o);
      } else if (key == "other") {
        take(o);
      } else if (key == "device") {
        if (o != Py_None) device(o);
      } else if (key == "copy") {
        const int truth = PyObject_IsTrue(o);
        if (truth < 0) throw_python_error();
        copy = truth == 1;
      } else if (key == "memory_format") {
        row_major = !keeps_layout(o);
      } else if (key != "non_blocking") {
        fail(ErrorKind::kType, "to() got an unexpected keyword argument '", key, "'");
      }
    }
    if (dtype != x.dtype()) {
      Tensor y = to_dtype(x, dtype);
      return wrap(row_major ? contiguous(y) : y);
    }
    if (copy) return wrap(row_major ? contiguous_clone(x) : clone(x));
    Py_INCREF(self);
    return self;
  });
}

PyObject* cpu(PyObject* self, PyObject*) {
  Py_INCREF(self);
  return self;
}

PyObject* itself(PyObject* self, PyObject*) { return Py_NewRef(self); }
PyObject* no(PyObject*, PyObject*) { Py_RETURN_FALSE; }
PyObject* no_device_number(PyObject*, PyObject*) { return PyLong_FromLong(-1); }
PyObject* cuda(PyObject*, PyObject*, PyObject*) {
  PyErr_SetString(PyExc_AssertionError,
                  "pyad computes on the CPU; ask cuda.is_available() before calling cuda()");
  return nullptr;
}

struct TypeName {
  DType dtype;
  const char* name;
};
constexpr TypeName kTypeNames[] = {
    {DType::kFloat32, "FloatTensor"}, {DType::kFloat64, "DoubleTensor"},
    {DType::kInt32, "IntTensor"},     {DType::kInt64, "LongTensor"},
    {DType::kUInt8, "ByteTensor"},    {DType::kBool, "BoolTensor"},
    {DType::kInt8, "CharTensor"},     {DType::kInt16, "ShortTensor"},
    {DType::kFloat16, "HalfTensor"},  {DType::kBFloat16, "BFloat16Tensor"},
};

/// type(): the name of the dtype as PyTorch has it; type(dtype) or type("pyad.LongTensor"): the
/// tensor converted.
PyObject* type(PyObject* self, PyObject* const* args, Py_ssize_t nargs, PyObject* kwnames) {
  return guarded([&]() -> PyObject* {
    const Tensor& x = tensor_of(self);
    Py_ssize_t nk = kwnames ? PyTuple_GET_SIZE(kwnames) : 0;
    PyObject* wanted = nargs > 0 ? args[0] : Py_None;
    for (Py_ssize_t k = 0; k < nk; ++k) {
      std::string key = shown_text(PyTuple_GET_ITEM(kwnames, k));
      if (key == "dtype") {
        wanted = args[nargs + k];
      } else if (key != "non_blocking") {
        fail(ErrorKind::kType, "type() got an unexpected keyword argument '", key, "'");
      }
    }
    if (wanted == Py_None) {
      for (const TypeName& t : kTypeNames)
        if (t.dtype == x.dtype()) return PyUnicode_FromFormat("pyad.%s", t.name);
    }
    DType dtype = x.dtype();
    if (PyUnicode_Check(wanted)) {
      std::string text = text_of(wanted);
      std::string_view name = text;
      name.remove_prefix(name.rfind('.') + 1);
      bool found = false;
      for (const TypeName& t : kTypeNames) {
        if (name != t.name) continue;
        dtype = t.dtype;
        found = true;
      }
      if (!found) fail(ErrorKind::kValue, "type: invalid type: '", text, "'");
    } else {
      // The typed constructors have a dtype; so, by name only, have NumPy's types.
      py::object held = py::getattr(wanted, "dtype", py::none());
      Owned known(wrap_dtype(dtype));
      bool has_one = !is_tensor(wanted) && Py_TYPE(held.ptr()) == Py_TYPE(known.get());
      dtype = dtype_from("type", has_one ? held.ptr() : wanted);
    }
    return dtype == x.dtype() ? Py_NewRef(self) : wrap(to_dtype(x, dtype));
  });
}

/// A 0-d tensor is formatted as its number, with a format or without; what else it may be (of more
/// dims, of a subclass) takes no format.
PyObject* format(PyObject* self, PyObject* spec) {
  if (!PyUnicode_Check(spec)) {
    return PyErr_Format(PyExc_TypeError, "__format__() argument must be str, not %s",
                        Py_TYPE(spec)->tp_name);
  }
  if (is_tensor_exact(self) && tensor_of(self).dim() == 0) {
    Owned number(PyObject_CallMethod(self, "item", nullptr));
    return number.get() ? PyObject_Format(number.get(), spec) : nullptr;
  }
  if (PyUnicode_GetLength(spec) == 0) return PyObject_Str(self);
  return PyErr_Format(PyExc_TypeError, "unsupported format string passed to %s.__format__",
                      Py_TYPE(self)->tp_name);
}

/// copy_(src): src broadcast and cast into self.
PyObject* copy_from(PyObject* self, PyObject* source) {
  return guarded([&] {
    const DType dtype = tensor_of(self).dtype();
    Tensor src;
    Scalar number;
    if (is_tensor(source)) {
      src = tensor_of(source);
    } else if (as_number(source, &number)) {
      src = scalar_tensor(number, dtype, "copy_", Door::kWrite);
    } else {  // as values written by index: what is no array of dims are numbers
      src = tensor_from_object("copy_", source, is_list_or_tuple(source) ? &dtype : nullptr);
      if (src.dim() == 0) src = scalar_tensor(src.item(), dtype, "copy_", Door::kWrite);
    }
    write_inplace("copy_", tensor_of(self), src);
    Py_INCREF(self);
    return self;
  });
}
PyObject* fill_with(PyObject* self, PyObject* value) {
  return guarded([&] {
    const Tensor& x = tensor_of(self);
    Scalar v;
    if (is_tensor(value)) {
      if (tensor_of(value).dim() != 0) {
        fail(ErrorKind::kShape, "fill_: the value must be a number or a 0-d tensor, got shape ",
             tensor_of(value).sizes());
      }
      write_inplace("fill_", x, tensor_of(value));
    } else if (as_number(value, &v)) {
      fill_inplace("fill_", x, v);
    } else {
      fail(ErrorKind::kType, "fill_: the value must be a number or a 0-d tensor, not ",
           Py_TYPE(value)->tp_name);
    }
    Py_INCREF(self);
    return self;
  });
}
PyObject* zero(PyObject* self, PyObject*) {
  return guarded([&] {
    const Tensor& x = tensor_of(self);
    fill_inplace("zero_", x, Scalar(0));
    Py_INCREF(self);
    return self;
  });
}

}  // namespace

#define PYAD_FAST(F) reinterpret_cast<PyCFunction>(reinterpret_cast<void*>(F))
// What has no documentation here has it in the op table: tensor_rows.cpp.
PyMethodDef tensor_methods[] = {
    {"dim", dim, METH_NOARGS, nullptr},
    {"ndimension", dim, METH_NOARGS, nullptr},
    {"numel", numel, METH_NOARGS, nullptr},
    {"nelement", numel, METH_NOARGS, nullptr},
    {"element_size", element_size, METH_NOARGS, nullptr},
    {"storage_offset", storage_offset, METH_NOARGS, nullptr},
    {"data_ptr", data_ptr, METH_NOARGS, nullptr},
    {"is_floating_point", is_floating_point, METH_NOARGS, nullptr},
    {"is_contiguous", is_contiguous_now, METH_NOARGS, nullptr},
    {"size", PYAD_FAST(size), METH_FASTCALL, "The shape, or the size of one dim."},
    {"stride", PYAD_FAST(stride), METH_FASTCALL, "The strides in elements, or that of one dim."},
    {"to", PYAD_FAST(to), METH_FASTCALL | METH_KEYWORDS, nullptr},
    {"cpu", cpu, METH_NOARGS, nullptr},
    {"cuda", PYAD_FAST(cuda), METH_VARARGS | METH_KEYWORDS,
     "Raises AssertionError: pyad computes on the CPU."},
    {"type", PYAD_FAST(type), METH_FASTCALL | METH_KEYWORDS, nullptr},
    {"share_memory_", itself, METH_NOARGS, nullptr},
    {"pin_memory", itself, METH_NOARGS, nullptr},
    {"is_shared", no, METH_NOARGS, nullptr},
    {"is_pinned", no, METH_NOARGS, nullptr},
    {"is_complex", no, METH_NOARGS, nullptr},
    {"get_device", no_device_number, METH_NOARGS, nullptr},
    {"__format__", format, METH_O, "A 0-d tensor is formatted as its number."},
    {"copy_", copy_from, METH_O, nullptr},
    {"fill_", fill_with, METH_O, nullptr},
    {"zero_", zero, METH_NOARGS, nullptr},
    {nullptr, nullptr, 0, nullptr}};
#undef PYAD_FAST

PyGetSetDef tensor_getset[] = {
    {"shape", get_shape, nullptr, "Sizes of the dims, as a tuple.", nullptr},
    {"dtype", get_dtype, nullptr, "Element type.", nullptr},
    {"ndim", get_ndim, nullptr, "Number of dims.", nullptr},
    {"itemsize", get_item_size, nullptr, "Bytes of one element.", nullptr},
    {"nbytes", get_nbytes, nullptr, "Bytes of all elements.", nullptr},
    {"device", get_device, nullptr, "Always device('cpu').", nullptr},
    {"is_cpu", get_true, nullptr, "True.", nullptr},
    {"is_quantized", get_false, nullptr, "False.", nullptr},
    {"is_meta", get_false, nullptr, "False.", nullptr},
    {"is_cuda", get_false, nullptr, "False.", nullptr},
    {"is_sparse", get_false, nullptr, "False.", nullptr},
    {"data", get_data, set_data, "The same memory without history.", nullptr},
    {"T", get_transposed, nullptr, "All dims in reverse order, as a view.", nullptr},
    {"mT", get_matrix_transposed, nullptr, "The last two dims exchanged, as a view.", nullptr},
    {nullptr, nullptr, nullptr, nullptr, nullptr}};

void set_device(PyObject* device) {
  if (device_object && Py_TYPE(device) != Py_TYPE(device_object))
    fail(ErrorKind::kType, "set_device: expects a device, not ", Py_TYPE(device)->tp_name);
  const Owned before(std::exchange(device_object, Py_NewRef(device)));
}

}  // namespace pyad::bind
