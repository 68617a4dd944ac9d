// Tensors from Python objects: numbers, nested lists, arrays, other tensors.
#include <pybind11/numpy.h>

#include <string_view>

#include "bind/face.hpp"
#include "bind/numpy.hpp"
#include "bind/parse.hpp"
#include "core/host.hpp"
#include "dispatch/call_log.hpp"
#include "kernels/strided.hpp"
#include "ops/shape.hpp"

namespace pyad::bind {

namespace {

constexpr int kMaxNesting = kMaxDims;

/// What a nested sequence describes.
struct Nested {
  Dims sizes;
  DType dtype = DType::kBool;   // that of all leaves together
  bool any = false;             // at least one leaf seen
  bool graph = false;           // a leaf is a tensor that is recorded
  bool arrays = false;          // a leaf is an array of dims: NumPy must stack them
  bool foreign = false;         // one is of a dtype that pyad does not have
  bool sequences = false;       // a leaf is a sequence of another kind than list and tuple
  const DType* wish = nullptr;  // which numbers beside arrays must fit into
};

bool is_other_sequence(PyObject* o) {
  return PySequence_Check(o) && !PyUnicode_Check(o) && !PyBytes_Check(o) && !is_numpy_scalar(o);
}

/// The number in an array of no dims, as a NumPy scalar; null for all else.
Owned only_number(PyObject* o) {
  if (!is_ndarray(o)) return Owned();
  auto a = py::reinterpret_borrow<py::array>(o);
  constexpr std::string_view kKinds = "biuf";
  if (a.ndim() != 0 || kKinds.find(a.dtype().kind()) == std::string_view::npos) return Owned();
  return Owned(checked(PyObject_GetItem(o, py::tuple().ptr())));
}

/// The dtype of one number: a NumPy scalar's own where pyad has it, else the usual one of its kind.
/// False if it is no number.
bool number_dtype(PyObject* o, DType* out, Scalar* value) {
  Owned inside;
  if (!as_number(o, value)) {
    inside = only_number(o);
    if (!inside || !as_number(inside.get(), value)) return false;
    o = inside.get();
  }
  *out = value->dtype();
  if (!PyLong_CheckExact(o) && !PyFloat_CheckExact(o)) numpy_scalar_dtype(o, out);
  return true;
}

/// Whether NumPy must put it together with what stands beside it.
bool is_array_of_dims(PyObject* o) { return is_ndarray(o) && !only_number(o); }

void note_leaf(const char* op, PyObject* o, Nested& n) {
  n.any = true;
  DType t;
  Scalar v;
  if (is_tensor(o)) {
    if (tensor_of(o).numel() != 1) {
      fail(ErrorKind::kValue, op, ": only tensors of one element can stand in a list, got shape ",
           tensor_of(o).sizes(), "; use pyad.stack");
    }
    t = tensor_of(o).dtype();
    n.graph = n.graph || (mode.grad && tensor_of(o).requires_grad());
    if (n.wish) (void)tensor_of(o).item().in(*n.wish, op, Door::kOperator);
  } else if (is_array_of_dims(o)) {
    n.arrays = true;
    if (!array_dtype(o, &t)) {
      n.foreign = true;
      return;
    }
  } else if (!number_dtype(o, &t, &v)) {
    if (!is_other_sequence(o))
      fail(ErrorKind::kType, op, ": a tensor cannot hold a ", Py_TYPE(o)->tp_name);
    n.sequences = true;
    return;
  } else if (n.wish) {
    (void)v.in(*n.wish, op, Door::kOperator);
  }
  n.dtype = promote(n.dtype, t);
}

/// The dtype of all leaves, where arrays among them make shapes NumPy's business.
void note_leaves(const char* op, PyObject* o, int depth, Nested& n) {
  if (!is_list_or_tuple(o)) return note_leaf(op, o, n);
  if (depth > kMaxNesting)
    fail(ErrorKind::kValue, op, ": the list is nested deeper than ", kMaxNesting, " levels");
  each_item(op, o, [&](Py_ssize_t, PyObject* x) { note_leaves(op, x, depth + 1, n); });
}

void measure(const char* op, PyObject* o, int depth, Nested& n) {
  if (n.sequences || n.arrays) return;
  if (is_array_of_dims(o)) return note_leaf(op, o, n);
  if (!is_list_or_tuple(o)) {
    if (depth != n.sizes.size() && (PyFloat_Check(o) || PyLong_Check(o) || is_tensor(o) ||
                                    is_ndarray(o) || !PySequence_Check(o))) {
      fail(ErrorKind::kValue, op, ": the nested list is ragged: a number stands where a list of ",
           n.sizes[depth], " is expected");
    }
    note_leaf(op, o, n);
    return;
  }
  if (depth >= kMaxNesting)
    fail(ErrorKind::kValue, op, ": the list is nested deeper than ", kMaxNesting, " levels");
  Py_ssize_t size = PySequence_Fast_GET_SIZE(o);
  if (depth == n.sizes.size()) {
    if (n.any)
      fail(ErrorKind::kValue, op, ": the nested list is ragged: a list of ", size,
           " stands where a number is expected");
    n.sizes.push_back(size);
  } else if (n.sizes[depth] != size) {
    fail(ErrorKind::kValue, op, ": the nested list is ragged: lists of ", n.sizes[depth], " and ",
         size, " elements at dim ", depth);
  }
  each_item(op, o, [&](Py_ssize_t, PyObject* x) { measure(op, x, depth + 1, n); });
}

template <class T>
void fill(const char* op, PyObject* o, int depth, const Dims& sizes, T*& at) {
  if (is_list_or_tuple(o)) {
    Py_ssize_t size = PySequence_Fast_GET_SIZE(o);
    if (depth == sizes.size() || size != sizes[depth]) list_changed(op);
    each_item(op, o, [&](Py_ssize_t, PyObject* x) { fill(op, x, depth + 1, sizes, at); });
    return;
  }
  if (depth != sizes.size()) list_changed(op);
  Scalar v;
  if (PyFloat_CheckExact(o)) {
    v = Scalar(PyFloat_AS_DOUBLE(o));
  } else if (is_tensor(o)) {
    v = tensor_of(o).item();
  } else if (DType t; !number_dtype(o, &t, &v)) {
    list_changed(op);
  }
  *at++ = v.as<T>(op);
}

/// Nested sequences of any kind (ranges ...) as nested lists; new reference.
PyObject* as_lists(const char* op, PyObject* o, int depth) {
  bool other = !is_list_or_tuple(o) && !is_tensor(o) && !is_ndarray(o) && is_other_sequence(o);
  if (!is_list_or_tuple(o) && !other) {
    Py_INCREF(o);
    return o;
  }
  if (depth >= kMaxNesting)
    fail(ErrorKind::kValue, op, ": the list is nested deeper than ", kMaxNesting, " levels");
  const Owned items = items_of(op, o);
  Owned list(checked(PyList_New(0)));
  each_item(op, items.get(), [&](Py_ssize_t, PyObject* x) {
    const Owned item(as_lists(op, x, depth + 1));
    if (PyList_Append(list.get(), item.get()) < 0) throw_python_error();
  });
  return list.release();
}

/// A copy of an array, also of one of a dtype that pyad does not have, if another is wished for.
Tensor from_array(const char* op, PyObject* array, const DType* wish) {
  DType t;
  py::object a = py::reinterpret_borrow<py::object>(array);
  if (wish && !array_dtype(array, &t)) {
    auto kind = a.attr("dtype").attr("kind").cast<std::string>();
    if (kind == "i" || kind == "u" || kind == "f") a = a.attr("astype")(dtype_name(*wish));
  }
  Tensor made = tensor_from_array(op, a.ptr());
  return wish && *wish != made.dtype() ? convert(made, *wish) : made;
}

/// `wish` is null for the natural dtype.
Tensor from_nested(const char* op, PyObject* o, const DType* wish) {
  Nested n;
  measure(op, o, 0, n);
  if (n.sequences) {
    Owned lists(as_lists(op, o, 0));
    n = Nested();
    measure(op, lists.get(), 0, n);
    if (n.sequences)
      fail(ErrorKind::kType, op, ": the list holds a sequence that is no list of numbers");
    return from_nested(op, lists.get(), wish);
  }
  if (n.arrays) {
    n.wish = wish;
    note_leaves(op, o, 0, n);
    py::object stacked = py::module_::import("numpy").attr("array")(py::handle(o));
    return from_array(op, stacked.ptr(), wish || n.foreign ? wish : &n.dtype);
  }
  DType t = n.dtype;
  if (!n.any) t = default_dtype();
  if (wish) t = *wish;
  checked_numel(op, n.sizes);
  if (n.graph) {
    warn(cat(op,
             ": Converting a tensor with requires_grad=True to a scalar may lead to unexpected "
             "behavior: the result does not depend on the tensors in the list. Use pyad.stack, or "
             "tensor.detach() first."));
  }
  Tensor out = empty(n.sizes, t);
  visit_element(t, [&]<class T>(std::type_identity<T>) {
    T* at = out.data<T>();
    fill(op, o, 0, n.sizes, at);
  });
  return out;
}

Tensor copy_of(const Tensor& x, const DType* wish) {
  if (wish && *wish != x.dtype()) return convert(x, *wish);
  const Running now;
  Tensor copy = empty_like(x);
  copy_into(copy, x);
  if (now.logged()) [[unlikely]]
    basic_runs.copied(now, x, copy);
  return copy;
}

Tensor make_any(const char* op, PyObject* o, const DType* wish) {
  Scalar v;
  if (is_tensor(o)) return copy_of(tensor_of(o), wish);
  if (is_list_or_tuple(o)) return from_nested(op, o, wish);
  if (is_ndarray(o)) return from_array(op, o, wish);
  DType t;
  if (number_dtype(o, &t, &v)) {
    return scalar_tensor(v, wish ? *wish : t, op);
  }
  if (PyObject_HasAttrString(o, "__array__")) {
    py::object array = py::module_::import("numpy").attr("asarray")(py::handle(o));
    return from_array(op, array.ptr(), wish);
  }
  // As PyTorch, and other than NumPy, buffers are sequences of Python numbers.
  if (PyMemoryView_Check(o)) {
    Owned list(checked(PyObject_CallMethod(o, "tolist", nullptr)));
    return make_any(op, list.get(), wish);
  }
  if (is_other_sequence(o)) {
    const Owned list = items_of(op, o);
    return from_nested(op, list.get(), wish);
  }
  fail(ErrorKind::kType, op, ": cannot make a tensor of a ", Py_TYPE(o)->tp_name,
       "; expects numbers, nested lists, arrays or tensors");
}

/// A tensor of what is no tensor comes from outside; one of a tensor is a copy.
Tensor convert_any(const char* op, PyObject* o, const DType* wish) {
  if (is_tensor(o)) return copy_of(tensor_of(o), wish);
  const Running now;
  Tensor t = make_any(op, o, wish);
  if (now.logged()) [[unlikely]]
    describe_given(now, t);
  return t;
}

Tensor with_grad(Tensor t, bool requires_grad) {
  if (requires_grad) {
    if (!is_floating(t.dtype())) {
      fail(ErrorKind::kRuntime, "only tensors of floating dtype can require gradients, got ",
           t.dtype(), "; pass dtype=pyad.float32");
    }
    t.impl()->requires_grad = true;
  }
  return t;
}

/// The tensor itself, shared memory, or a copy, whichever is the least.
Tensor as_tensor(const py::object& data, const py::object& dtype) {
  DType wish{};
  if (!dtype.is_none()) wish = dtype_from("as_tensor", dtype.ptr());
  if (is_tensor(data.ptr())) {
    const Tensor& x = tensor_of(data.ptr());
    if (dtype.is_none() || wish == x.dtype()) return x;
    py::object cast = data.attr("to")(dtype);
    return tensor_of(cast.ptr());
  }
  DType held;
  if (is_ndarray(data.ptr()) && (dtype.is_none() || array_dtype(data.ptr(), &held))) {
    Tensor t = share_array("as_tensor", data.ptr());
    return dtype.is_none() || wish == t.dtype() ? t : convert(t, wish);
  }
  return convert_any("as_tensor", data.ptr(), dtype.is_none() ? nullptr : &wish);
}

/// As as_tensor, with a say in whether memory is shared.
Tensor asarray(const py::object& data, const py::object& dtype, const py::object& copy,
               bool requires_grad) {
  Tensor t = as_tensor(data, dtype);
  bool tensor = is_tensor(data.ptr()), source = tensor || is_ndarray(data.ptr());
  if (!copy.is_none()) {
    DType held{};
    bool shared = tensor ? t.dtype() == tensor_of(data.ptr()).dtype()
                         : source && array_dtype(data.ptr(), &held) && held == t.dtype();
    if (read_argument<bool>({"asarray", "copy"}, copy.ptr())) {
      if (shared) t = clone(t);
    } else if (!shared) {
      fail(ErrorKind::kValue,
           "asarray: copy=False, but the result cannot share the memory of what was given; leave "
           "copy out");
    }
  }
  return requires_grad ? with_grad(tensor ? detach(t) : t, true) : t;
}

}  // namespace

Tensor tensor_from_object(const char* op, PyObject* o, const DType* wish) {
  return convert_any(op, o, wish);
}

void bind_creation(py::module_& m) {
  Faces faces(m);
  faces.def(
      "tensor",
      [](const py::object& data, const py::object& dtype, bool requires_grad,
         const py::object& device) {
        check_device("tensor", device.ptr());
        if (is_tensor(data.ptr())) {
          warn(
              "tensor: To copy construct from a tensor, it is recommended to use "
              "sourceTensor.detach().clone() or "
              "sourceTensor.detach().clone().requires_grad_(True), rather than "
              "pyad.tensor(sourceTensor).");
        }
        DType wish{};
        if (!dtype.is_none()) wish = dtype_from("tensor", dtype.ptr());
        return with_grad(convert_any("tensor", data.ptr(), dtype.is_none() ? nullptr : &wish),
                         requires_grad);
      },
      py::arg("data"), py::kw_only(), py::arg("dtype") = py::none(),
      py::arg("requires_grad") = false, py::arg("device") = py::none(),
      "A new tensor with the values of `data`: numbers, nested lists, NumPy arrays or tensors, "
      "always copied.\n\n"
      "Args:\n  data: what to hold; nested lists must be rectangular.\n  dtype: element type; by "
      "default bool, int64 or the default "
      "floating type for Python numbers, and that of the array for NumPy.\n  requires_grad: "
      "whether gradients are asked for.\n"
      "Returns: a contiguous tensor.\nRaises: ValueError for a ragged list; TypeError for what is "
      "no number.");
  faces.def(
      "as_tensor",
      [](const py::object& data, const py::object& dtype, const py::object& device) {
        check_device("as_tensor", device.ptr());
        return as_tensor(data, dtype);
      },
      py::arg("data"), py::arg("dtype") = py::none(), py::arg("device") = py::none(),
      "The tensor itself, or a tensor sharing a NumPy array's memory, or a converted copy.");
  faces.def(
      "asarray",
      [](const py::object& data, const py::object& dtype, const py::object& device,
         const py::object& copy, bool requires_grad) {
        check_device("asarray", device.ptr());
        return asarray(data, dtype, copy, requires_grad);
      },
      py::arg("data"), py::arg("dtype") = py::none(), py::kw_only(), py::arg("device") = py::none(),
      py::arg("copy") = py::none(), py::arg("requires_grad") = false,
      "As as_tensor; `copy` says whether memory is never (True) or always (False) shared.");
}

}  // namespace pyad::bind
