// Reading and building nested numbers.
#include "bind/structure.hpp"

#include <pybind11/numpy.h>

#include <algorithm>
#include <cstring>
#include <string>

#include "bind/face.hpp"
#include "bind/number.hpp"
#include "bind/numpy.hpp"
#include "bind/text.hpp"
#include "bind/value_object.hpp"
#include "core/error.hpp"

namespace pyad::bind {

namespace {

[[noreturn]] void bad_description(py::handle description) {
  fail(ErrorKind::kValue, "scalar program: ", shown_text(py::repr(description).ptr()),
       " describes no structure");
}

/// Descriptions can come from a file: they may be nested without end.
class Nested {
 public:
  Nested() {
    if (Py_EnterRecursiveCall(" in the description of a structure")) throw_python_error();
  }
  ~Nested() { Py_LeaveRecursiveCall(); }
  Nested(const Nested&) = delete;
  Nested& operator=(const Nested&) = delete;
};

}  // namespace

Structure::Structure(py::handle description) {
  const Nested nested;
  if (py::isinstance<py::str>(description)) {
    kind_ = shown_text(description.ptr()) == "b" ? Kind::kTruth : Kind::kNumber;
    size_ = 1;
    return;
  }
  if (!py::isinstance<py::tuple>(description)) bad_description(description);
  auto d = py::reinterpret_borrow<py::tuple>(description);
  if (d.empty() || !py::isinstance<py::str>(d[0])) bad_description(d);
  const std::string kind = shown_text(d[0].ptr());
  if (kind.size() != 1 || !std::strchr("satldn", kind[0])) bad_description(d);
  const bool second = kind != "t" && kind != "l";
  if (second && d.size() < 2) bad_description(d);
  size_t first = 1;
  if (kind == "s") {
    kind_ = Kind::kObject;
    object_ = d[1];
    return;
  }
  if (kind == "a") {
    kind_ = Kind::kArray;
    size_ = 1;
    if (!py::isinstance<py::tuple>(d[1])) bad_description(d);
    for (py::handle n : py::reinterpret_borrow<py::tuple>(d[1])) {
      shape_.push_back(read_argument<int64_t>({"scalar program", "shape"}, n.ptr()));
      if (shape_.back() < 0 || __builtin_mul_overflow(size_, shape_.back(), &size_))
        bad_description(d);
    }
    return;
  }
  kind_ = kind == "t" ? Kind::kTuple : kind == "l" ? Kind::kList : Kind::kDict;
  if (kind_ == Kind::kDict) {
    object_ = d[1];
    first = 2;
    if (!py::isinstance<py::tuple>(object_) || py::len(object_) != d.size() - first)
      bad_description(d);
  }
  for (size_t i = first; i < d.size(); ++i) {
    parts_.emplace_back(d[i]);
    size_ += parts_.back().size();
  }
}

namespace {

bool read_number(PyObject* o, double*& x) {
  if (PyFloat_CheckExact(o)) {
    *x++ = PyFloat_AS_DOUBLE(o);
    return true;
  }
  // Truth values, NumPy's too, are no inputs: functions branch on them.
  if (PyBool_Check(o) || is_numpy_bool(o)) return false;
  ScalarOperand number;
  const Operandness is = read_operand(o, number);
  if (is == Operandness::kFailed) throw_python_error();
  if (is != Operandness::kNumber) return false;
  *x++ = number.value;
  return true;
}

bool read_array(PyObject* o, const std::vector<py::ssize_t>& shape, size_t size, double*& x) {
  if (!py::isinstance<py::array>(o)) return false;
  auto a = py::reinterpret_borrow<py::array>(o);
  if (static_cast<size_t>(a.ndim()) != shape.size()) return false;
  if (!std::equal(shape.begin(), shape.end(), a.shape())) return false;
  if (py::isinstance<py::array_t<double, py::array::c_style>>(o)) {
    const auto* numbers = static_cast<const double*>(a.data());
    std::copy(numbers, numbers + size, x);
    x += size;
    return true;
  }
  const char kind = a.dtype().kind();
  if (kind != 'f' && kind != 'i' && kind != 'u') return false;
  auto numbers = py::array_t<double, py::array::c_style | py::array::forcecast>::ensure(a);
  if (!numbers) throw_python_error();
  std::copy(numbers.data(), numbers.data() + size, x);
  x += size;
  return true;
}

}  // namespace

bool Structure::read(PyObject* o, double*& x) const {
  switch (kind_) {
    case Kind::kNumber:
      return read_number(o, x);
    case Kind::kTruth:  // among the factors of a backward: nothing depends on it
      *x++ = 0;
      return true;
    case Kind::kTuple:
      if (!PyTuple_CheckExact(o) || PyTuple_GET_SIZE(o) != static_cast<Py_ssize_t>(parts_.size()))
        return false;
      for (size_t i = 0; i < parts_.size(); ++i)
        if (!parts_[i].read(PyTuple_GET_ITEM(o, static_cast<Py_ssize_t>(i)), x)) return false;
      return true;
    case Kind::kList:
      if (!PyList_CheckExact(o)) return false;
      for (size_t i = 0; i < parts_.size(); ++i) {
        if (PyList_GET_SIZE(o) != static_cast<Py_ssize_t>(parts_.size())) return false;
        // Comparing objects may run code that takes the item out of the list.
        const Owned item(Py_NewRef(PyList_GET_ITEM(o, static_cast<Py_ssize_t>(i))));
        if (!parts_[i].read(item.get(), x)) return false;
      }
      return PyList_GET_SIZE(o) == static_cast<Py_ssize_t>(parts_.size());
    case Kind::kDict: {
      if (!PyDict_CheckExact(o) || PyDict_GET_SIZE(o) != static_cast<Py_ssize_t>(parts_.size()))
        return false;
      for (size_t i = 0; i < parts_.size(); ++i) {
        PyObject* key = PyTuple_GET_ITEM(object_.ptr(), static_cast<Py_ssize_t>(i));
        const Owned item(Py_XNewRef(PyDict_GetItemWithError(o, key)));
        if (!item && PyErr_Occurred()) throw_python_error();
        if (!item || !parts_[i].read(item.get(), x)) return false;
      }
      return true;
    }
    case Kind::kArray:
      return read_array(o, shape_, size_, x);
    default: {
      if (o == object_.ptr()) return true;
      if (Py_TYPE(o) != Py_TYPE(object_.ptr())) return false;
      const int same = PyObject_RichCompareBool(o, object_.ptr(), Py_EQ);
      if (same < 0) throw_python_error();
      return same == 1;
    }
  }
}

PyObject* Structure::build(const double*& x, bool gradient) const {
  switch (kind_) {
    case Kind::kNumber:
      return checked(PyFloat_FromDouble(*x++));
    case Kind::kTruth:
      return PyBool_FromLong(*x++ != 0);
    case Kind::kTuple: {
      Owned t(checked(PyTuple_New(static_cast<Py_ssize_t>(parts_.size()))));
      for (size_t i = 0; i < parts_.size(); ++i)
        PyTuple_SET_ITEM(t.get(), static_cast<Py_ssize_t>(i), parts_[i].build(x, gradient));
      return t.release();
    }
    case Kind::kList: {
      Owned l(checked(PyList_New(static_cast<Py_ssize_t>(parts_.size()))));
      for (size_t i = 0; i < parts_.size(); ++i)
        PyList_SET_ITEM(l.get(), static_cast<Py_ssize_t>(i), parts_[i].build(x, gradient));
      return l.release();
    }
    case Kind::kDict: {
      Owned d(checked(PyDict_New()));
      for (size_t i = 0; i < parts_.size(); ++i) {
        Owned part(parts_[i].build(x, gradient));
        PyObject* key = PyTuple_GET_ITEM(object_.ptr(), static_cast<Py_ssize_t>(i));
        if (PyDict_SetItem(d.get(), key, part.get()) < 0) throw_python_error();
      }
      return d.release();
    }
    case Kind::kArray: {
      py::array_t<double> a(shape_);
      std::copy(x, x + size_, a.mutable_data());
      x += size_;
      return a.release().ptr();
    }
    default:
      return Py_NewRef(gradient ? Py_None : object_.ptr());
  }
}

int Structure::visit(visitproc visit, void* arg) const {
  Py_VISIT(object_.ptr());
  for (const Structure& part : parts_) {
    if (const int stop = part.visit(visit, arg)) return stop;
  }
  return 0;
}

void Structure::write(PyObject* out, const double* x, size_t n, const char* what) {
  if (!py::isinstance<py::array_t<double>>(out)) {
    const std::string got =
        py::isinstance<py::array>(out)
            ? "an array of " +
                  shown_text(py::str(py::reinterpret_borrow<py::array>(out).dtype()).ptr())
            : cat("'", Py_TYPE(out)->tp_name, "'");
    fail(ErrorKind::kType, "into: ", what, " must be a NumPy array of float64, got ", got);
  }
  auto a = py::reinterpret_borrow<py::array>(out);
  if (static_cast<size_t>(a.size()) != n) {
    fail(ErrorKind::kValue, "into: ", what, " has ", a.size(), " elements, and there are ", n,
         " numbers to write");
  }
  if (!a.writeable() || !(a.flags() & py::array::c_style)) {
    fail(ErrorKind::kValue, "into: ", what, " must be writable and contiguous");
  }
  std::copy(x, x + n, static_cast<double*>(a.mutable_data()));
}

}  // namespace pyad::bind
