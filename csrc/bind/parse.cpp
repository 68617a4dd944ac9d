// Reading of arguments at every call, by signatures (signature.cpp).
#include "bind/parse.hpp"

#include "bind/face.hpp"
#include "dispatch/batch.hpp"
#include "kernels/random.hpp"

namespace pyad::bind {

namespace {

using Type = Parameter::Type;

const char* type_text(Type t) {
  switch (t) {
    case Type::kTensor:
      return "Tensor";
    case Type::kOperand:
      return "Tensor or number";
    case Type::kTensors:
      return "list or tuple of Tensors";
    case Type::kNumber:
      return "number";
    case Type::kNumberOrText:
      return "number or str";
    case Type::kIntsOrText:
      return "int, tuple of ints or str";
    case Type::kInt:
      return "int";
    case Type::kFloat:
      return "float";
    case Type::kBool:
      return "bool";
    case Type::kText:
      return "str";
    case Type::kDType:
      return "dtype";
    case Type::kFloats:
      return "number or tuple of numbers";
    case Type::kGenerator:
      return "Generator";
    case Type::kDevice:
      return "device";
    case Type::kLayout:
      return "layout";
    default:
      return "int or tuple of ints";
  }
}

[[noreturn]] void bad_type(const Signature& s, const Parameter& p, PyObject* o) {
  fail(ErrorKind::kType, s.name, "(): argument '", p.name, "' must be ", type_text(p.type),
       ", not ", Py_TYPE(o)->tp_name);
}

void convert_text(const Signature& s, const Parameter& p, PyObject* o, Arg& out) {
  if (!PyUnicode_Check(o)) bad_type(s, p, o);
  out.set(text_of(o));
}

/// The types whose items are ints or None, and numbers.
void convert_items(const Signature& s, const Parameter& p, PyObject* o, Arg& out) {
  const bool reals = p.type == Type::kFloats;
  std::vector<double>* numbers = nullptr;
  auto take = [&](PyObject* x) {
    if (reals) {
      Scalar v;
      if (is_tensor(x) && tensor_of(x).numel() == 1) {
        v = tensor_of(x).item();
      } else if (!as_number(x, &v)) {
        bad_type(s, p, x);
      }
      return numbers->push_back(v.as_double());
    }
    if (x == Py_None) return out.dims.push_back(kNone);
    if (!is_int_like(x)) bad_type(s, p, x);
    out.dims.push_back(as_index(s.name.c_str(), p.name.c_str(), x));
  };
  if (reals) {
    numbers = &out.start_reals();
  } else {
    out.is = Arg::Is::kDims;
  }
  out.bare = !is_list_or_tuple(o);
  if (out.bare) return take(o);
  each_item(s.name.c_str(), o, [&](Py_ssize_t, PyObject* x) { take(x); });
}

/// Where a tensor is to live and how: on the CPU, strided.
void check_placement(const Signature& s, const Parameter& p, PyObject* o) {
  if (p.type == Type::kDevice) return check_device(s.name.c_str(), o);
  if (!PyUnicode_Check(o) || text_of(o) != "strided")
    fail(ErrorKind::kRuntime, s.name, ": tensors are strided; there is no layout '",
         shown_text(py::str(py::handle(o)).ptr()), "'");
}

/// Numbers are the same for all examples of a batch: raises for one that is of an example.
void refuse_examples(const Signature& s, const Parameter& p, PyObject* o) {
  for (Type t : {Type::kTensor, Type::kOperand, Type::kTensors})
    if (p.type == t) return;
  auto refuse = [&](PyObject* x) {
    if (!is_tensor(x) || batch_level_of(tensor_of(x)) < 0) return;
    throw BatchRefusal(
        cat("vmap: ", s.name, ": argument '", p.name,
            "' is one number for all examples, and the values of a batched tensor cannot be read; "
            "compute with tensors instead (pyad.arange for places, gather or where), or move this "
            "out of the function"));
  };
  if (!is_list_or_tuple(o)) return refuse(o);
  each_item(s.name.c_str(), o, [&](Py_ssize_t, PyObject* x) { refuse(x); });
}

void convert_one(const Signature& s, const Parameter& p, PyObject* o, Arg& out) {
  if (o == Py_None && p.optional) {
    if (p.type != Type::kDevice && p.type != Type::kLayout) out.is = Arg::Is::kNone;
    return;
  }
  if (mode.batch_levels > 0) refuse_examples(s, p, o);
  switch (p.type) {
    case Type::kTensor:
      out.is = Arg::Is::kTensor;
      out.tensor =
          is_tensor(o) ? tensor_of(o) : as_tensor_argument(s.name.c_str(), p.name.c_str(), o);
      return;
    case Type::kOperand:
      if (is_tensor(o)) {
        out.is = Arg::Is::kTensor;
        out.tensor = tensor_of(o);
      } else if (as_number(o, &out.number)) {
        out.is = Arg::Is::kNumber;
      } else {
        out.is = Arg::Is::kTensor;
        out.tensor = as_tensor_argument(s.name.c_str(), p.name.c_str(), o);
      }
      return;
    case Type::kTensors:
      if (is_tensor(o) || !is_list_or_tuple(o)) bad_type(s, p, o);
      append_tensors(s.name.c_str(), p.name.c_str(), o, out.start_tensors());
      return;
    case Type::kNumberOrText:
      if (PyUnicode_Check(o)) {
        convert_text(s, p, o, out);
        return;
      }
      [[fallthrough]];
    case Type::kNumber:
      if (is_tensor(o) && tensor_of(o).numel() == 1) {
        out.number = tensor_of(o).item();
      } else if (!as_number(o, &out.number)) {
        bad_type(s, p, o);
      }
      out.is = Arg::Is::kNumber;
      return;
    case Type::kFloat:
      if (PyFloat_CheckExact(o)) {
        out.number = Scalar(PyFloat_AS_DOUBLE(o));
        out.is = Arg::Is::kNumber;
        return;
      }
      if (is_tensor(o) && tensor_of(o).numel() == 1) {
        out.number = tensor_of(o).item();
      } else if (!as_number(o, &out.number)) {  // fractions and the like, or no number at all
        out.number = Scalar(read_double({s.name.c_str(), p.name.c_str()}, o));
      }
      out.number = Scalar(out.number.as_double());
      out.is = Arg::Is::kNumber;
      return;
    case Type::kInt:
      if (!is_int_like(o)) bad_type(s, p, o);
      out.is = Arg::Is::kNumber;
      out.number = Scalar(as_index(s.name.c_str(), p.name.c_str(), o));
      return;
    case Type::kBool:
      if (PyBool_Check(o)) {
        out.number = Scalar(o == Py_True);
      } else if (PyLong_Check(o) || (!is_tensor(o) && as_number(o, &out.number))) {
        int truth = PyObject_IsTrue(o);
        if (truth < 0) throw_python_error();
        out.number = Scalar(truth != 0);
      } else {
        bad_type(s, p, o);
      }
      out.is = Arg::Is::kNumber;
      return;
    case Type::kText:
      convert_text(s, p, o, out);
      return;
    case Type::kDType:
      out.is = Arg::Is::kDType;
      out.dtype = dtype_from(s.name.c_str(), o);
      return;
    case Type::kIntsOrText:
      if (PyUnicode_Check(o)) {
        convert_text(s, p, o, out);
        return;
      }
      [[fallthrough]];
    case Type::kDims:
    case Type::kSizes:
    case Type::kInts:
      out.is = Arg::Is::kDims;
      out.dims = as_dims(s.name.c_str(), p.name.c_str(), o);
      out.bare = is_int_like(o);
      return;
    case Type::kIntsOrNone:
    case Type::kFloats:
      convert_items(s, p, o, out);
      return;
    case Type::kGenerator:
      out.set(static_cast<Generator*>(
          bound_pointer({s.name.c_str(), p.name.c_str()}, typeid(Generator), o)));
      return;
    case Type::kDevice:
    case Type::kLayout:
      check_placement(s, p, o);
      return;
    case Type::kObject:
      bad_type(s, p, o);
  }
}

[[noreturn]] void too_many(const Signature& s, Py_ssize_t nargs) {
  fail(ErrorKind::kType, s.name, "() takes at most ", s.positional, " positional arguments but ",
       nargs, " were given; signature: ", s.name, "(", s.text, ")");
}

/// Copies what a default can hold; most are numbers or None.
void take_default(const Arg& value, Arg& out) {
  if (value.is == Arg::Is::kText) return out.set(value.text());
  out.is = value.is;
  out.number = value.number;
  if (value.is == Arg::Is::kDims) out.dims = value.dims;
}

/// Whether an argument may be meant for a parameter. Types that no overload tells apart pass.
bool could_be(const Parameter& p, PyObject* o) {
  if (o == Py_None) return p.optional;
  Scalar number;
  switch (p.type) {
    case Type::kTensor:
      return is_tensor(o) || is_ndarray_exact(o);
    case Type::kDevice:
    case Type::kText:
      return PyUnicode_Check(o);
    case Type::kBool:
      return PyBool_Check(o);
    case Type::kInt:
      return is_int_like(o);
    case Type::kFloat:
    case Type::kNumber:
      return is_tensor(o) || as_number(o, &number);
    case Type::kDType:
      return !PyUnicode_Check(o) && !is_tensor(o) && !is_list_or_tuple(o) && !as_number(o, &number);
    default:
      return true;
  }
}

int find_keyword(const Signature& s, PyObject* key) {
  for (size_t i = 0; i < s.parameters.size(); ++i)
    if (s.parameters[i].key == key || s.parameters[i].key_alias == key) return static_cast<int>(i);
  for (size_t i = 0; i < s.parameters.size(); ++i) {
    const Parameter& p = s.parameters[i];
    if (PyUnicode_Compare(p.key, key) == 0 ||
        (p.key_alias && PyUnicode_Compare(p.key_alias, key) == 0))
      return static_cast<int>(i);
  }
  return -1;
}

}  // namespace

bool fits(const Signature& s, PyObject* const* args, Py_ssize_t nargs, PyObject* kwnames) {
  if (nargs > s.positional) return false;
  bool given[kMaxParameters] = {};
  for (Py_ssize_t i = 0; i < nargs; ++i) {
    if (!could_be(s.parameters[static_cast<size_t>(i)], args[i])) return false;
    given[i] = true;
  }
  const Py_ssize_t nk = kwnames ? PyTuple_GET_SIZE(kwnames) : 0;
  for (Py_ssize_t k = 0; k < nk; ++k) {
    const int i = find_keyword(s, PyTuple_GET_ITEM(kwnames, k));
    if (i < 0 || given[i] || !could_be(s.parameters[static_cast<size_t>(i)], args[nargs + k]))
      return false;
    given[i] = true;
  }
  for (size_t i = 0; i < s.parameters.size(); ++i)
    if (!given[i] && !s.parameters[i].has_default) return false;
  return true;
}

void parse_arguments(const Signature& s, PyObject* const* args, Py_ssize_t nargs, PyObject* kwnames,
                     Arg* out) {
  bool given[kMaxParameters] = {};
  Py_ssize_t at = 0;
  for (Py_ssize_t i = 0; i < s.positional && at < nargs; ++i) {
    const Parameter& p = s.parameters[static_cast<size_t>(i)];
    PyObject* o = args[at];
    bool spread = p.type == Type::kSizes || (p.type == Type::kDims && i + 1 == s.positional);
    if (spread && nargs - at > 1 && (is_int_like(o) || p.type == Type::kSizes) &&
        !is_list_or_tuple(o)) {
      Dims d;
      for (; at < nargs && is_int_like(args[at]); ++at)
        d.push_back(as_index(s.name.c_str(), p.name.c_str(), args[at]));
      if (at < nargs && i + 1 == s.positional) bad_type(s, p, args[at]);
      out[i].is = Arg::Is::kDims;
      out[i].dims = std::move(d);
    } else if (p.type == Type::kTensors && i + 1 == s.positional && is_tensor(o)) {
      std::vector<Tensor>& several = out[i].start_tensors();
      for (; at < nargs; ++at) {
        if (!is_tensor(args[at])) bad_type(s, p, args[at]);
        several.push_back(tensor_of(args[at]));
      }
      out[i].bare = true;
    } else {
      convert_one(s, p, o, out[i]);
      ++at;
    }
    given[i] = true;
  }
  if (at < nargs) too_many(s, nargs);
  if (kwnames) {
    Py_ssize_t nk = PyTuple_GET_SIZE(kwnames);
    for (Py_ssize_t k = 0; k < nk; ++k) {
      PyObject* key = PyTuple_GET_ITEM(kwnames, k);
      int i = find_keyword(s, key);
      if (i < 0) {
        fail(ErrorKind::kType, s.name, "() got an unexpected keyword argument '", shown_text(key),
             "'; signature: ", s.name, "(", s.text, ")");
      }
      if (given[i])
        fail(ErrorKind::kType, s.name, "() got multiple values for argument '",
             s.parameters[static_cast<size_t>(i)].name, "'");
      convert_one(s, s.parameters[static_cast<size_t>(i)], args[nargs + k], out[i]);
      given[i] = true;
    }
  }
  for (Py_ssize_t i = 0; i < s.seen; ++i) {
    if (given[i]) continue;
    const Parameter& p = s.parameters[static_cast<size_t>(i)];
    if (p.has_default) {
      take_default(p.value, out[i]);
    } else if (p.type == Type::kSizes && i < s.positional) {
      out[i].is = Arg::Is::kDims;  // x.view() and the like: no sizes at all
      out[i].dims = Dims{};
    } else {
      fail(ErrorKind::kType, s.name, "() missing required argument '", p.name,
           "'; signature: ", s.name, "(", s.text, ")");
    }
  }
}

void check_device(const char* op, PyObject* device) {
  if (device == Py_None ||
      (PyUnicode_Check(device) && PyUnicode_CompareWithASCIIString(device, "cpu") == 0))
    return;
  const std::string text = shown_text(py::str(py::handle(device)).ptr());
  if (text.rfind("cpu", 0) != 0)
    fail(ErrorKind::kRuntime, op, ": pyad computes on the CPU; there is no device '", text, "'");
}

Tensor as_tensor_argument(const char* op, const char* parameter, PyObject* o) {
  if (is_tensor(o)) return tensor_of(o);
  Scalar v;
  if (as_number(o, &v)) return scalar_tensor(v, v.dtype());
  if (is_ndarray_exact(o)) return tensor_from_object(op, o);
  fail(ErrorKind::kType, op, "(): argument '", parameter, "' must be Tensor, not ",
       Py_TYPE(o)->tp_name, "; convert it with pyad.tensor(...)");
}

bool keeps_layout(PyObject* format) {
  return format == Py_None || (PyUnicode_Check(format) && text_of(format) == "preserve_format");
}

}  // namespace pyad::bind
