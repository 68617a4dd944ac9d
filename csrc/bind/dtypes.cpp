// pyad.float32 and its kin: small immutable objects, one for each dtype, with NumPy's and Python's
// types understood on the way in.
#include <array>
#include <cstring>

#include "bind/face.hpp"
#include "bind/object.hpp"
#include "bind/text.hpp"

namespace pyad::bind {

namespace {

struct PyDType {
  PyObject_HEAD DType dtype;
};

PyTypeObject* g_type = nullptr;
std::array<PyObject*, kNumDTypes> g_objects{};

DType dtype_of(PyObject* o) { return reinterpret_cast<PyDType*>(o)->dtype; }

PyObject* repr(PyObject* self) {
  return PyUnicode_FromFormat("pyad.%s", dtype_name(dtype_of(self)));
}

PyObject* reduce(PyObject* self, PyObject*) {
  return guarded([&] {
    py::object get = py::module_::import("pyad._core").attr("dtype_named");
    return Py_BuildValue("O(s)", get.ptr(), dtype_name(dtype_of(self)));
  });
}

PyObject* item_size_of(PyObject* self, void*) {
  return PyLong_FromSize_t(item_size(dtype_of(self)));
}
PyObject* is_floating_of(PyObject* self, void*) {
  return PyBool_FromLong(is_floating(dtype_of(self)));
}
PyObject* is_signed_of(PyObject* self, void*) {
  return PyBool_FromLong(info_of(dtype_of(self)).is_signed);
}
PyObject* is_complex_of(PyObject*, void*) { Py_RETURN_FALSE; }
PyObject* name_of(PyObject* self, void*) {
  return PyUnicode_FromString(dtype_name(dtype_of(self)));
}

}  // namespace

bool dtype_named(const char* name, DType* out) {
  static constexpr std::pair<const char*, DType> kAliases[] = {
      {"bool_", DType::kBool},   {"float", DType::kFloat32}, {"double", DType::kFloat64},
      {"half", DType::kFloat16}, {"short", DType::kInt16},   {"int", DType::kInt32},
      {"long", DType::kInt64}};
  for (int i = 0; i < kNumDTypes; ++i) {
    if (std::strcmp(name, dtype_name(static_cast<DType>(i))) == 0) {
      *out = static_cast<DType>(i);
      return true;
    }
  }
  for (auto [alias, t] : kAliases) {
    if (std::strcmp(name, alias) == 0) {
      *out = t;
      return true;
    }
  }
  return false;
}

PyObject* wrap_dtype(DType t) {
  PyObject* o = g_objects[static_cast<size_t>(t)];
  Py_INCREF(o);
  return o;
}

bool is_dtype(PyObject* o) {
  return Py_TYPE(o) == g_type || o == reinterpret_cast<PyObject*>(&PyFloat_Type) ||
         o == reinterpret_cast<PyObject*>(&PyLong_Type) ||
         o == reinterpret_cast<PyObject*>(&PyBool_Type) || PyObject_HasAttrString(o, "kind") ||
         PyType_Check(o);
}

DType dtype_from(const char* op, PyObject* o) {
  if (Py_TYPE(o) == g_type) return dtype_of(o);
  if (o == reinterpret_cast<PyObject*>(&PyFloat_Type))
    return DType::kFloat64;  // Python's and NumPy's
  if (o == reinterpret_cast<PyObject*>(&PyLong_Type)) return DType::kInt64;
  if (o == reinterpret_cast<PyObject*>(&PyBool_Type)) return DType::kBool;
  // NumPy's dtype objects and scalar types, and their names.
  DType t;
  if (PyUnicode_Check(o)) {
    const char* name = PyUnicode_AsUTF8(o);
    if (!name) PyErr_Clear();
    if (name && dtype_named(name, &t)) return t;
  } else if (PyType_Check(o) || PyObject_HasAttrString(o, "name")) {
    py::object name = py::getattr(o, PyType_Check(o) ? "__name__" : "name", py::none());
    if (py::isinstance<py::str>(name)) {
      const std::string text = shown_text(name.ptr());
      if (dtype_named(text.c_str(), &t) && text != "float" && text != "int") return t;
    }
  }
  py::object shown = py::repr(py::handle(o));
  fail(
      ErrorKind::kType, op, ": ", shown_text(shown.ptr()),
      " is not a dtype pyad has; choose bool, uint8, int8, int16, int32, int64, float16, bfloat16, "
      "float32 or float64");
}

void bind_dtypes(py::module_& m) {
  static PyMethodDef methods[] = {{"__reduce__", reduce, METH_NOARGS, nullptr},
                                  {nullptr, nullptr, 0, nullptr}};
  static PyGetSetDef getset[] = {
      {"itemsize", item_size_of, nullptr, "Bytes of one element.", nullptr},
      {"is_floating_point", is_floating_of, nullptr,
       "Whether it is float16, bfloat16, float32 or float64.", nullptr},
      {"is_signed", is_signed_of, nullptr, "Whether it holds negative numbers.", nullptr},
      {"is_complex", is_complex_of, nullptr, "False: pyad has no complex dtypes yet.", nullptr},
      {"name", name_of, nullptr, "The name, also NumPy's, which has no bfloat16.", nullptr},
      {nullptr, nullptr, nullptr, nullptr, nullptr}};
  static PyType_Slot slots[] = {
      {Py_tp_repr, reinterpret_cast<void*>(repr)},
      {Py_tp_methods, methods},
      {Py_tp_getset, getset},
      {Py_tp_doc, const_cast<char*>("Element type of a tensor, as pyad.float32.")},
      {0, nullptr}};
  static PyType_Spec spec = {"pyad.dtype", sizeof(PyDType), 0,
                             Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION, slots};
  g_type = reinterpret_cast<PyTypeObject*>(checked(PyType_FromSpec(&spec)));
  m.attr("dtype") = py::reinterpret_borrow<py::object>(reinterpret_cast<PyObject*>(g_type));
  for (int i = 0; i < kNumDTypes; ++i) {
    auto* o = reinterpret_cast<PyDType*>(checked(g_type->tp_alloc(g_type, 0)));
    o->dtype = static_cast<DType>(i);
    g_objects[static_cast<size_t>(i)] = reinterpret_cast<PyObject*>(o);
    m.attr(dtype_name(o->dtype)) =
        py::reinterpret_borrow<py::object>(reinterpret_cast<PyObject*>(o));
  }
  Faces(m)
      .def(
          "dtype_named",
          [](const std::string& name) {
            DType t;
            if (!dtype_named(name.c_str(), &t))
              fail(ErrorKind::kValue, "dtype_named: no dtype is called ", name);
            return t;
          },
          py::arg("name"), "The dtype of a name.")
      .def("get_default_dtype", &default_dtype,
           "The dtype of Python floats and of quotients of integers.")
      .def(
          "set_default_dtype",
          [](const py::object& t) { set_default_dtype(dtype_from("set_default_dtype", t.ptr())); },
          py::arg("d"), "Makes a floating dtype the default.");
}

}  // namespace pyad::bind
