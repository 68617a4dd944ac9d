// Note [Faces] in face.hpp: matching, reading of arguments, the Python types.
#include "bind/face.hpp"

#include <structmember.h>

#include <cstddef>

#include "bind/guarded_as.hpp"
#include "bind/parse.hpp"

namespace pyad::bind {

namespace {

struct PyFace {
  PyObject_HEAD vectorcallfunc vectorcall;
  Face* face;  // lives as long as the process
};

PyTypeObject* g_function = nullptr;
PyTypeObject* g_method = nullptr;  // a function that is bound to the object it is got from

const py::detail::type_info& info_of(const std::type_info& type) {
  return *py::detail::get_type_info(type, true);
}

/// What pybind11 knows of an object of a bound type; an error for any other object.
py::detail::value_and_holder place_of(Place at, const std::type_info& type, PyObject* o) {
  const py::detail::type_info& info = info_of(type);
  if (!PyType_IsSubtype(Py_TYPE(o), info.type)) bad_argument(at, bound_name(type), o);
  return reinterpret_cast<py::detail::instance*>(o)->get_value_and_holder(&info);
}

}  // namespace

void bad_argument(Place at, const std::string& type, PyObject* o) {
  fail(ErrorKind::kType, at.op, "(): argument '", at.parameter, "' must be ", type, ", not ",
       Py_TYPE(o)->tp_name);
}

std::string bound_name(const std::type_info& type) {
  const std::string name = info_of(type).type->tp_name;
  return name.substr(name.rfind('.') + 1);
}

void* bound_pointer(Place at, const std::type_info& type, PyObject* o) {
  void* p = place_of(at, type, o).value_ptr();
  if (!p) {
    fail(ErrorKind::kType, at.op, "(): argument '", at.parameter, "' is a ", bound_name(type),
         " that was never begun: its __init__ has not run");
  }
  return p;
}

bool is_begun(Place at, const std::type_info& type, PyObject* self) {
  return place_of(at, type, self).value_ptr() != nullptr;
}

void begin(const std::type_info& type, PyObject* self, void* made) {
  auto* instance = reinterpret_cast<py::detail::instance*>(self);
  const py::detail::type_info& info = info_of(type);
  instance->get_value_and_holder(&info).value_ptr() = made;
  info.init_instance(instance, nullptr);
}

// ---- arguments

bool read_bool(Place at, PyObject* o) {
  if (PyBool_Check(o)) return o == Py_True;
  Scalar v;
  if (is_tensor(o) || !as_number(o, &v)) bad_argument(at, "bool", o);
  return v.as_double() != 0;
}

double read_double(Place at, PyObject* o) {
  if (PyFloat_CheckExact(o)) return PyFloat_AS_DOUBLE(o);
  Scalar v;
  if (is_tensor(o) && tensor_of(o).defined() && tensor_of(o).numel() == 1)
    return tensor_of(o).item().as_double();
  if (as_number(o, &v)) return v.as_double();
  // Fractions, Decimals: what says itself which number it is.
  const PyNumberMethods* number = Py_TYPE(o)->tp_as_number;
  if (is_tensor(o) || !number || (!number->nb_float && !number->nb_index))
    bad_argument(at, "float", o);
  const double d = as_double(o);
  if (d == -1 && PyErr_Occurred()) throw_python_error();
  return d;
}

int64_t read_integer(Place at, PyObject* o, int64_t smallest, int64_t largest) {
  if (!is_int_like(o)) bad_argument(at, "int", o);
  const Owned index(checked(PyNumber_Index(o)));
  int overflow = 0;
  const long long v = PyLong_AsLongLongAndOverflow(index.get(), &overflow);
  if (overflow || v < smallest || v > largest) {
    fail(ErrorKind::kRange, at.op, "(): argument '", at.parameter, "' must lie in [", smallest,
         ", ", largest, "]");
  }
  return v;
}

uint64_t read_unsigned(Place at, PyObject* o) {
  if (!is_int_like(o)) bad_argument(at, "int", o);
  const Owned index(checked(PyNumber_Index(o)));
  const uint64_t v = PyLong_AsUnsignedLongLong(index.get());
  if (v == static_cast<uint64_t>(-1) && PyErr_Occurred()) {
    PyErr_Clear();
    fail(ErrorKind::kRange, at.op, "(): argument '", at.parameter, "' must lie in [0, 2^64)");
  }
  return v;
}

std::string read_text(Place at, PyObject* o) {
  if (!PyUnicode_Check(o)) bad_argument(at, "str", o);
  return text_of(o);
}

const Tensor& read_tensor(Place at, PyObject* o) {
  if (!is_tensor(o)) bad_argument(at, "Tensor", o);
  return tensor_of(o);
}

// ---- descriptions

void Face::add(std::string type, Kind kind) {
  if (type == "args" || type == "kwargs" || kind != Kind::kNamed) type = "Any";
  parameters.emplace_back();
  parameters.back().type = std::move(type);
  parameters.back().kind = kind;
}

Face::Parameter& Face::next(const char* parameter) {
  while (described_ < parameters.size() && parameters[described_].kind != Kind::kNamed)
    ++described_;
  if (described_ == parameters.size())
    fail(ErrorKind::kRuntime, name, ": too many parameters are described");
  Parameter& p = parameters[described_++];
  p.name = parameter;
  p.keyword_only = keyword_only_;
  return p;
}
void Face::describe(const py::arg& a) { next(a.name); }
void Face::describe(const py::arg_v& a) { next(a.name).value = a.value; }

void Face::finish(const char* self) {
  qualname = name;
  if (self) qualname = std::string(self).substr(std::string(self).rfind('.') + 1) + "." + name;
  for (Parameter& p : parameters) {
    if (p.kind == Kind::kRest) p.name = "args";
    if (p.kind == Kind::kRestNamed) p.name = "kwargs";
    if (p.name.empty()) fail(ErrorKind::kRuntime, name, ": a parameter has no name");
    p.key = checked(PyUnicode_InternFromString(p.name.c_str()));
    if (p.kind != Kind::kNamed) continue;
    if (!p.keyword_only) ++positional;
  }
}

std::string Face::signature(bool typed) const {
  std::string s = typed ? name + "(" : "(";
  const char* comma = "";
  bool starred = false;
  for (const Parameter& p : parameters) {
    if (p.keyword_only && !starred) {
      s += cat(comma, "*");
      comma = ", ";
    }
    starred = starred || p.keyword_only || p.kind == Kind::kRest;
    s += comma;
    if (p.kind != Kind::kNamed) s += p.kind == Kind::kRest ? "*" : "**";
    s += p.name;
    if (typed && p.kind == Kind::kNamed) s += ": " + p.type;
    if (p.value) {
      const std::string shown =
          p.value.is(py::ellipsis()) ? "..." : py::repr(p.value).cast<std::string>();
      s += (typed ? " = " : "=") + shown;
    }
    comma = ", ";
  }
  return s + (typed ? ") -> " + result : ")");
}

// ---- calls

PyObject* Face::vectorcall(PyObject* const* args, Py_ssize_t nargs, PyObject* kwnames) const {
  PyObject* slots[kMaxParameters] = {};
  Owned rest, named;
  const size_t n = parameters.size();
  Py_ssize_t at = 0;
  for (size_t i = 0; i < n; ++i) {
    const Parameter& p = parameters[i];
    if (p.kind == Kind::kRest) {
      rest = Owned(checked(PyTuple_New(nargs - at)));
      for (Py_ssize_t k = at; k < nargs; ++k)
        PyTuple_SET_ITEM(rest.get(), k - at, Py_NewRef(args[k]));
      slots[i] = rest.get();
      at = nargs;
    } else if (p.kind == Kind::kRestNamed) {
      named = Owned(checked(PyDict_New()));
      slots[i] = named.get();
    } else if (!p.keyword_only && at < nargs) {
      slots[i] = args[at++];
    }
  }
  if (at < nargs) {
    fail(ErrorKind::kType, name, "() takes at most ", positional, " positional argument",
         positional == 1 ? "" : "s", " but ", nargs, " were given; signature: ", name,
         signature(false));
  }
  const Py_ssize_t nk = kwnames ? PyTuple_GET_SIZE(kwnames) : 0;
  for (Py_ssize_t k = 0; k < nk; ++k) {
    PyObject* key = PyTuple_GET_ITEM(kwnames, k);
    size_t i = 0;
    while (i < n && parameters[i].key != key) ++i;
    if (i == n) {
      i = 0;
      while (i < n && PyUnicode_Compare(parameters[i].key, key) != 0) ++i;
    }
    if (i < n && parameters[i].kind == Kind::kNamed) {
      if (slots[i])
        fail(ErrorKind::kType, name, "() got multiple values for argument '", parameters[i].name,
             "'");
      slots[i] = args[nargs + k];
    } else if (named) {
      if (PyDict_SetItem(named.get(), key, args[nargs + k]) < 0) throw_python_error();
    } else {
      fail(ErrorKind::kType, name, "() got an unexpected keyword argument '", shown_text(key),
           "'; signature: ", name, signature(false));
    }
  }
  for (size_t i = 0; i < n; ++i) {
    if (slots[i]) continue;
    slots[i] = parameters[i].value.ptr();
    if (!slots[i]) {
      fail(ErrorKind::kType, name, "() missing required argument '", parameters[i].name,
           "'; signature: ", name, signature(false));
    }
  }
  return call(slots);
}

namespace {

PyObject* vectorcall(PyObject* self, PyObject* const* args, size_t nargsf, PyObject* kwnames) {
  const Face& face = *reinterpret_cast<PyFace*>(self)->face;
  return guarded_as(face.name.c_str(),
                    [&] { return face.vectorcall(args, PyVectorcall_NARGS(nargsf), kwnames); });
}

PyObject* bind_method(PyObject* self, PyObject* instance, PyObject*) {
  if (!instance || instance == Py_None) return Py_NewRef(self);
  return PyMethod_New(self, instance);
}
PyObject* bind_nothing(PyObject* self, PyObject*, PyObject*) { return Py_NewRef(self); }

const Face& face_of(PyObject* o) { return *reinterpret_cast<PyFace*>(o)->face; }
PyObject* text(const std::string& s) { return PyUnicode_FromString(s.c_str()); }
PyObject* get_name(PyObject* o, void*) { return text(face_of(o).name); }
PyObject* get_qualname(PyObject* o, void*) { return text(face_of(o).qualname); }
PyObject* get_doc(PyObject* o, void*) {
  return guarded([&] { return text(face_of(o).signature(true) + "\n\n" + face_of(o).doc); });
}
PyObject* get_module(PyObject*, void*) { return PyUnicode_FromString("pyad._core"); }
PyObject* get_text_signature(PyObject* o, void*) {
  return guarded([&] { return text(face_of(o).signature(false)); });
}
PyObject* repr(PyObject* o) {
  return PyUnicode_FromFormat("<built-in %s %s>", Py_TYPE(o) == g_method ? "method" : "function",
                              face_of(o).name.c_str());
}
PyObject* reduce(PyObject* o, PyObject*) { return text(face_of(o).qualname); }

PyTypeObject* make_face_type(const char* name, descrgetfunc get, unsigned long flags) {
  static PyMemberDef members[] = {
      {"__vectorcalloffset__", T_PYSSIZET, offsetof(PyFace, vectorcall), READONLY, nullptr},
      {nullptr, 0, 0, 0, nullptr}};
  static PyGetSetDef getset[] = {
      {"__name__", get_name, nullptr, nullptr, nullptr},
      {"__qualname__", get_qualname, nullptr, nullptr, nullptr},
      {"__doc__", get_doc, nullptr, nullptr, nullptr},
      {"__module__", get_module, nullptr, nullptr, nullptr},
      {"__text_signature__", get_text_signature, nullptr, nullptr, nullptr},
      {nullptr, nullptr, nullptr, nullptr, nullptr}};
  static PyMethodDef methods[] = {{"__reduce__", reduce, METH_NOARGS, nullptr},
                                  {nullptr, nullptr, 0, nullptr}};
  PyType_Slot slots[] = {{Py_tp_call, reinterpret_cast<void*>(PyVectorcall_Call)},
                         {Py_tp_descr_get, reinterpret_cast<void*>(get)},
                         {Py_tp_repr, reinterpret_cast<void*>(repr)},
                         {Py_tp_members, members},
                         {Py_tp_getset, getset},
                         {Py_tp_methods, methods},
                         {0, nullptr}};
  PyType_Spec spec = {name, sizeof(PyFace), 0,
                      static_cast<unsigned>(Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_VECTORCALL |
                                            Py_TPFLAGS_DISALLOW_INSTANTIATION | flags),
                      slots};
  return reinterpret_cast<PyTypeObject*>(checked(PyType_FromSpec(&spec)));
}

py::object make_face(PyTypeObject* type, Face* face) {
  auto* o = reinterpret_cast<PyFace*>(checked(type->tp_alloc(type, 0)));
  o->vectorcall = vectorcall;
  o->face = face;
  return py::reinterpret_steal<py::object>(reinterpret_cast<PyObject*>(o));
}

}  // namespace

void init_face_types() {
  g_function = make_face_type("pyad.function", bind_nothing, 0);
  g_method = make_face_type("pyad.method", bind_method, Py_TPFLAGS_METHOD_DESCRIPTOR);
}

void Faces::put(const char* name, Face* face) {
  scope_.attr(name) = make_face(self_ ? g_method : g_function, face);
}

void Faces::put_property(const char* name, Face* face, const char* doc) {
  const py::handle property(reinterpret_cast<PyObject*>(&PyProperty_Type));
  scope_.attr(name) = property(make_face(g_function, face), py::none(), py::none(), doc);
}

}  // namespace pyad::bind
