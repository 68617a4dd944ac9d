// The Python type pyad.Tensor: making, freeing, collecting.
//
// Note [Tensor objects and the garbage collector]
// A tensor refers to Python objects only through gradient hooks and attributes. Objects are
// therefore allocated with a collector header but not tracked; registering a hook
// (autograd_hooks.cpp) or giving an attribute tracks the object. Freed objects of the exact type
// wait in a free list. Where the array outlives its object (a `.grad`, a saved value, the base of a
// view) attributes wait with the array for the next object (`Kept`).
#include "bind/tensor_type.hpp"
#include "bind/face.hpp"

#include <structmember.h>

#include <deque>

#include <new>
#include <utility>

#include "bind/autograd.hpp"
#include "bind/function_object.hpp"
#include "bind/numpy.hpp"

namespace pyad::bind {

PyTypeObject* tensor_type = nullptr;
PyObject* repr_function = nullptr;

namespace {

constexpr int kFreeListSize = 256;
PyTensor* g_free[kFreeListSize];
int g_free_count = 0;

/// The attributes of an array that has no Python object now.
struct Kept final : Object {
  explicit Kept(PyObject* attributes) : dict(attributes) {}
  ~Kept() override { Py_XDECREF(dict); }
  int visit_host(int (*visit)(void*, void*), void* context) override {
    return dict ? visit(dict, context) : 0;
  }
  void drop_host() noexcept override { Py_CLEAR(dict); }

  PyObject* dict;
};

/// At the end of the object of an array that lives on.
void keep_attributes(PyTensor* o) {
  TensorImpl& p = *o->tensor.impl();
  if (p.count == 1 || !PyDict_GET_SIZE(o->attributes)) return;
  Ref<Object> kept(new (std::nothrow) Kept(o->attributes));
  if (!kept) return;
  o->attributes = nullptr;
  o->tensor.extra().attributes = std::move(kept);
}

PyTensor* allocate(PyTypeObject* type) {
  if (type == tensor_type && g_free_count > 0) {
    PyTensor* o = g_free[--g_free_count];
    _Py_NewReference(reinterpret_cast<PyObject*>(o));
    Py_INCREF(type);
    return o;
  }
  if (type == tensor_type) {
    auto* o = PyObject_GC_New(PyTensor, type);
    if (!o) throw_python_error();
    new (&o->tensor) Tensor;
    o->weakrefs = nullptr;
    o->attributes = nullptr;
    return o;
  }
  auto* o = reinterpret_cast<PyTensor*>(checked(type->tp_alloc(type, 0)));  // zeroed and tracked
  new (&o->tensor) Tensor;
  return o;
}

PyObject* attach(PyTensor* o, Tensor t) {
  t.impl()->host_object = o;
  new (&o->tensor) Tensor(std::move(t));
  return reinterpret_cast<PyObject*>(o);
}

void track(PyObject* self) {
  if (!PyObject_GC_IsTracked(self)) PyObject_GC_Track(self);
}

void dealloc(PyObject* self) {
  auto* o = reinterpret_cast<PyTensor*>(self);
  PyTypeObject* type = Py_TYPE(self);
  if (PyObject_GC_IsTracked(self)) PyObject_GC_UnTrack(self);
  if (o->weakrefs) PyObject_ClearWeakRefs(self);
  if (o->tensor.defined() && o->tensor.impl()->host_object == o) {
    o->tensor.impl()->host_object = nullptr;
    if (o->attributes && type == tensor_type) keep_attributes(o);
  }
  Py_CLEAR(o->attributes);
  o->tensor.~Tensor();
  if (type == tensor_type && g_free_count < kFreeListSize) {
    new (&o->tensor) Tensor;
    g_free[g_free_count++] = o;
  } else {
    type->tp_free(self);
  }
  Py_DECREF(type);
}

int traverse(PyObject* self, visitproc visit, void* arg) {
  Py_VISIT(Py_TYPE(self));
  Py_VISIT(reinterpret_cast<PyTensor*>(self)->attributes);
  const Tensor& t = tensor_of(self);
  return t.defined() ? traverse_autograd(t, visit, arg) : 0;
}

int clear(PyObject* self) {
  auto* o = reinterpret_cast<PyTensor*>(self);
  Py_CLEAR(o->attributes);
  if (o->tensor.defined()) clear_autograd(o->tensor);
  return 0;
}

/// x.name = value; the first attribute makes the object the collector's business.
int set_attribute(PyObject* self, PyObject* name, PyObject* value) {
  int result = PyObject_GenericSetAttr(self, name, value);
  if (reinterpret_cast<PyTensor*>(self)->attributes) track(self);
  return result;
}
PyObject* get_attributes(PyObject* self, void*) {
  PyObject* attributes = PyObject_GenericGetDict(self, nullptr);
  if (attributes) track(self);
  return attributes;
}
int set_attributes(PyObject* self, PyObject* value, void*) {
  int result = PyObject_GenericSetDict(self, value, nullptr);
  if (result == 0) track(self);
  return result;
}

/// Tensor(data) and subclasses: a new object on the memory of `data` (a tensor), or a converted
/// copy of it.
PyObject* new_tensor(PyTypeObject* type, PyObject* args, PyObject*) {
  return guarded([&]() -> PyObject* {
    Tensor t;
    Py_ssize_t n = PyTuple_GET_SIZE(args);
    if (n == 0) {
      t = empty(Dims{0}, default_dtype());
    } else {
      PyObject* data = PyTuple_GET_ITEM(args, 0);
      if (is_tensor(data)) {
        t = detach(tensor_of(data));
      } else if (PyLong_Check(data)) {
        Dims sizes;
        for (Py_ssize_t i = 0; i < n; ++i)
          sizes.push_back(as_one_index("Tensor", "size", PyTuple_GET_ITEM(args, i)));
        t = empty(sizes, default_dtype());
      } else if (n == 1 && is_size(data)) {
        t = empty(as_dims("Tensor", "size", data), default_dtype());
      } else {
        DType wish = default_dtype();
        t = tensor_from_object("Tensor", data, &wish);
      }
    }
    return wrap_as(type, std::move(t));
  });
}

/// At the beginning of the next object: the other half of `keep_attributes`.
[[gnu::cold, gnu::noinline]] void give_back_attributes(PyObject* o) {
  Ref<Object> kept = std::move(tensor_of(o).extra().attributes);
  auto& dict = static_cast<Kept&>(*kept).dict;
  reinterpret_cast<PyTensor*>(o)->attributes = std::exchange(dict, nullptr);
  track(o);
}

PyObject* repr(PyObject* self) {
  if (!repr_function) return PyUnicode_FromFormat("<pyad.Tensor at %p>", self);
  return PyObject_CallOneArg(repr_function, self);
}

Py_hash_t hash(PyObject* self) { return _Py_HashPointer(self); }

}  // namespace

PyObject* wrap(Tensor t) {
  if (!t.defined()) Py_RETURN_NONE;
  // Not an object that is being freed: what runs meanwhile (callbacks of weak references, the end
  // of its attributes) may come here, and gets another.
  auto* living = static_cast<PyObject*>(t.impl()->host_object);
  if (living && Py_REFCNT(living) > 0) {
    Py_INCREF(living);
    return living;
  }
  const TensorExtra* extra = t.impl()->extra.get();
  const bool kept = extra && extra->attributes;
  PyObject* o = attach(allocate(tensor_type), std::move(t));
  if (kept) [[unlikely]]
    give_back_attributes(o);
  return o;
}

PyObject* wrap_as(PyTypeObject* type, Tensor t) { return attach(allocate(type), std::move(t)); }

void bind_tensor_type(py::module_& m) {
  static std::vector<PyMethodDef> methods;
  static std::deque<std::string> docs;  // what they point to
  static std::vector<PyGetSetDef> getset;
  for (PyMethodDef* list : {tensor_methods, autograd_methods, numpy_methods})
    for (PyMethodDef* d = list; d->ml_name; ++d) {
      methods.push_back(*d);
      if (!d->ml_doc) methods.back().ml_doc = docs.emplace_back(own_face_doc(d->ml_name)).c_str();
    }
  methods.push_back({nullptr, nullptr, 0, nullptr});
  for (PyGetSetDef* list : {tensor_getset, autograd_getset})
    for (PyGetSetDef* d = list; d->name; ++d) getset.push_back(*d);
  getset.push_back({"__dict__", get_attributes, set_attributes, "What users hang on it.", nullptr});
  getset.push_back({nullptr, nullptr, nullptr, nullptr, nullptr});
  static PyMemberDef members[] = {
      {"__weaklistoffset__", T_PYSSIZET, offsetof(PyTensor, weakrefs), READONLY, nullptr},
      {"__dictoffset__", T_PYSSIZET, offsetof(PyTensor, attributes), READONLY, nullptr},
      {nullptr, 0, 0, 0, nullptr}};
  std::vector<PyType_Slot> slots = {
      {Py_tp_new, reinterpret_cast<void*>(new_tensor)},
      {Py_tp_dealloc, reinterpret_cast<void*>(dealloc)},
      {Py_tp_traverse, reinterpret_cast<void*>(traverse)},
      {Py_tp_clear, reinterpret_cast<void*>(clear)},
      {Py_tp_repr, reinterpret_cast<void*>(repr)},
      {Py_tp_hash, reinterpret_cast<void*>(hash)},
      {Py_tp_setattro, reinterpret_cast<void*>(set_attribute)},
      {Py_tp_methods, methods.data()},
      {Py_tp_getset, getset.data()},
      {Py_tp_members, members},
      {Py_tp_doc,
       const_cast<char*>(
           "A multi-dimensional array that can remember how it was computed, so that it can be "
           "differentiated. Make one with pyad.tensor(...).")}};
  add_operator_slots(slots);
  add_index_slots(slots);
  slots.push_back({0, nullptr});
  PyType_Spec spec = {"pyad.Tensor", sizeof(PyTensor), 0,
                      Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC, slots.data()};
  tensor_type = reinterpret_cast<PyTypeObject*>(checked(PyType_FromSpec(&spec)));
  m.attr("Tensor") = py::reinterpret_borrow<py::object>(reinterpret_cast<PyObject*>(tensor_type));
  py::handle(reinterpret_cast<PyObject*>(tensor_type)).attr("__array_priority__") = 1000;
  Faces(m)
      .def(
          "set_device", [](const py::object& device) { set_device(device.ptr()); },
          py::arg("device"), "For pyad: what `x.device` gives.")
      .def(
          "set_repr",
          [](py::object f) {
            if (!PyCallable_Check(f.ptr()))
              fail(ErrorKind::kType, "set_repr: expects a function of a tensor");
            const Owned before(std::exchange(repr_function, f.release().ptr()));
          },
          py::arg("show"), "For pyad: the function that shows a tensor.");
}

}  // namespace pyad::bind
