// Reading of numbers.
#include "bind/number.hpp"

#include <pybind11/numpy.h>

#include <array>
#include <string_view>

namespace pyad::bind {

namespace {

/// NumPy's scalar types; owned for ever.
struct NumPyTypes {
  struct Row {
    const char* name;
    DType dtype;
  };
  static constexpr Row kRows[] = {{"bool_", DType::kBool},      {"uint8", DType::kUInt8},
                                  {"int32", DType::kInt32},     {"int64", DType::kInt64},
                                  {"float32", DType::kFloat32}, {"float64", DType::kFloat64},
                                  {"int8", DType::kInt8},       {"int16", DType::kInt16},
                                  {"float16", DType::kFloat16}, {"longlong", DType::kInt64}};
  PyTypeObject *generic, *floating, *ndarray;
  std::array<PyTypeObject*, std::size(kRows)> types;
};

PyTypeObject* type_attribute(PyObject* module, const char* name) {
  PyObject* o = PyObject_GetAttrString(module, name);
  if (o && PyType_Check(o)) return reinterpret_cast<PyTypeObject*>(o);
  PyErr_Clear();
  Py_XDECREF(o);
  return nullptr;
}

/// Null while NumPy is not there, or half.
[[gnu::cold, gnu::noinline]] const NumPyTypes* find_numpy_types() {
  static NumPyTypes found;
  PyObject* numpy = PyDict_GetItemString(PyImport_GetModuleDict(), "numpy");
  if (!numpy) return nullptr;
  const Owned held(Py_NewRef(numpy));
  NumPyTypes t;
  t.generic = type_attribute(numpy, "generic");
  t.floating = type_attribute(numpy, "floating");
  t.ndarray = type_attribute(numpy, "ndarray");
  bool all = t.generic && t.floating && t.ndarray;
  for (size_t i = 0; i < t.types.size(); ++i) {
    t.types[i] = type_attribute(numpy, NumPyTypes::kRows[i].name);
    all = all && t.types[i];
  }
  if (!all) return nullptr;
  found = t;
  return &found;
}

const NumPyTypes* numpy_types() {
  static const NumPyTypes* types = nullptr;
  if (!types) [[unlikely]]
    types = find_numpy_types();
  return types;
}

/// Of a Python int; of one that no double can be near either, an error.
Scalar integer_number(PyObject* o) {
  int overflow = 0;
  const long long v = PyLong_AsLongLongAndOverflow(o, &overflow);
  if (!overflow) return Scalar(static_cast<int64_t>(v));
  const double nearest = PyLong_AsDouble(o);
  if (nearest == -1 && PyErr_Occurred()) {
    PyErr_Clear();
    fail(ErrorKind::kRange, "a Python int of more than 1024 bits is beyond every dtype");
  }
  return Scalar::huge_integer(nearest, PyLong_AsUnsignedLongLongMask(o) & 1);
}

}  // namespace

bool is_numpy_scalar(PyObject* o) {
  const NumPyTypes* t = numpy_types();
  return t && PyType_IsSubtype(Py_TYPE(o), t->generic);
}

bool is_no_real_number(PyObject* o) {
  if (is_ndarray(o)) {
    const char kind = py::reinterpret_borrow<py::array>(o).dtype().kind();
    return std::string_view("biuf").find(kind) == std::string_view::npos;
  }
  return is_numpy_scalar(o) && !PyType_IsSubtype(Py_TYPE(o), numpy_types()->floating) &&
         !is_numpy_bool(o) && !PyIndex_Check(o);
}

double as_double(PyObject* o) {
  if (!is_no_real_number(o)) return PyFloat_AsDouble(o);
  PyErr_Format(PyExc_TypeError, "must be a real number, not %.100s", Py_TYPE(o)->tp_name);
  return -1;
}

bool is_numpy_bool(PyObject* o) {
  const NumPyTypes* t = numpy_types();
  return t && PyType_IsSubtype(Py_TYPE(o), t->types[0]);
}

bool is_ndarray(PyObject* o) {
  const NumPyTypes* t = numpy_types();
  // NumPy itself has the last word: it is asked only for what looks like one of its own.
  return t && PyType_IsSubtype(Py_TYPE(o), t->ndarray) && py::isinstance<py::array>(py::handle(o));
}
bool is_ndarray_exact(PyObject* o) {
  const NumPyTypes* t = numpy_types();
  return t && Py_TYPE(o) == t->ndarray && is_ndarray(o);
}

bool numpy_scalar_dtype(PyObject* o, DType* out) {
  if (!is_numpy_scalar(o)) return false;
  const NumPyTypes& t = *numpy_types();
  for (size_t i = 0; i < t.types.size(); ++i) {
    if (!PyType_IsSubtype(Py_TYPE(o), t.types[i])) continue;
    *out = NumPyTypes::kRows[i].dtype;
    return true;
  }
  return false;
}

bool as_number(PyObject* o, Scalar* out) {
  if (PyFloat_Check(o)) {
    *out = Scalar(PyFloat_AS_DOUBLE(o));
    return true;
  }
  if (PyBool_Check(o)) {
    *out = Scalar(o == Py_True);
    return true;
  }
  if (PyLong_Check(o)) {
    *out = integer_number(o);
    return true;
  }
  if (!is_numpy_scalar(o) || is_no_real_number(o)) return false;
  if (is_numpy_bool(o)) {
    const int truth = PyObject_IsTrue(o);
    if (truth < 0) throw_python_error();
    *out = Scalar(truth == 1);
    return true;
  }
  if (PyIndex_Check(o)) {
    const Owned index(checked(PyNumber_Index(o)));
    *out = integer_number(index.get());
    return true;
  }
  const double v = PyFloat_AsDouble(o);
  if (v == -1 && PyErr_Occurred()) {
    if (!PyErr_ExceptionMatches(PyExc_TypeError) && !PyErr_ExceptionMatches(PyExc_ValueError))
      throw_python_error();
    PyErr_Clear();
    return false;
  }
  *out = Scalar(v);
  return true;
}

}  // namespace pyad::bind
