// Calling the op table from Python.
#include "bind/function_object.hpp"

#include <structmember.h>

#include <algorithm>
#include <cstddef>
#include <map>

#include "bind/face.hpp"
#include "bind/guarded_as.hpp"
#include "bind/numpy.hpp"
#include "bind/value.hpp"
#include "dispatch/batch.hpp"
#include "dispatch/inplace.hpp"
#include "ops/shape.hpp"

namespace pyad::bind {

namespace {

struct PyCallable {
  PyObject_HEAD vectorcallfunc vectorcall;
  Callable* c;
};

PyTypeObject* g_type = nullptr;  // of methods, which are functions of the module as well
PyTypeObject* g_function =
    nullptr;  // of functions alone, which a class that holds them does not bind

/// A tensor or number operand without conversion; false for anything else.
inline bool quick_operand(PyObject* o, Operand* out) {
  if (is_tensor_exact(o)) {
    *out = Operand(tensor_of(o));
    return true;
  }
  if (PyFloat_CheckExact(o)) {
    *out = Operand(Scalar(PyFloat_AS_DOUBLE(o)));
    return true;
  }
  if (is_tensor(o)) {
    *out = Operand(tensor_of(o));
    return true;
  }
  return as_number(o, &out->number);
}

PyObject* finish(const Callable& c, PyObject* self, Tensor y) {
  if (!c.inplace) return wrap(std::move(y));
  write_result(c.signature.name.c_str(), tensor_of(self), y);
  Py_INCREF(self);
  return self;
}

/// Checks made before an in-place function computes anything.
void check_inplace(const Callable& c, PyObject* const* args, Py_ssize_t nargs) {
  if (nargs == 0) {
    fail(ErrorKind::kType, c.signature.name,
         "() needs the tensor to write into as its first argument, not by keyword");
  }
  PyObject* self = args[0];
  if (!is_tensor(self)) {
    fail(ErrorKind::kType, c.signature.name, "(): the first argument must be a Tensor, not ",
         Py_TYPE(self)->tp_name);
  }
  check_writable(c.signature.name.c_str(), tensor_of(self));
}

/// The answer when a Value is among the arguments; null, without an error, when none is.
PyObject* call_scalar(const Callable& c, PyObject* const* args, Py_ssize_t nargs,
                      PyObject* kwnames) {
  if (!c.scalar) return nullptr;
  const Py_ssize_t n = nargs + (kwnames ? PyTuple_GET_SIZE(kwnames) : 0);
  for (Py_ssize_t i = 0; i < n; ++i)
    if (!is_tensor_exact(args[i]) && is_value(args[i]))
      return checked(value_function(c.scalar->id, args, nargs, kwnames));
  return nullptr;
}

/// Room for the arguments of one call; only as many are made as the signature has parameters.
class ParsedArgs {
 public:
  // By default, which sets what has a value; by value, all of it would be cleared first.
  explicit ParsedArgs(size_t n) : n_(n) { std::uninitialized_default_construct_n(data(), n_); }
  ~ParsedArgs() { std::destroy_n(data(), n_); }
  ParsedArgs(const ParsedArgs&) = delete;
  ParsedArgs& operator=(const ParsedArgs&) = delete;
  Arg* data() { return reinterpret_cast<Arg*>(space_); }

 private:
  size_t n_;
  alignas(Arg) std::byte space_[kMaxParameters * sizeof(Arg)];
};

void count_arrays(const Callable& c, PyObject* const* args, Py_ssize_t nargs, PyObject* kwnames,
                  Arg* parsed);

/// An engine answer as Python objects.
PyObject* wrap_answer(const Callable& c, Answer&& a);

PyObject* call_row(const Callable& c, PyObject* const* args, Py_ssize_t nargs, PyObject* kwnames) {
  if (PyObject* answer = call_scalar(c, args, nargs, kwnames)) return answer;
  const auto n = static_cast<size_t>(c.signature.seen);
  ParsedArgs parsed(n);
  parse_arguments(c.signature, args, nargs, kwnames, parsed.data());
  count_arrays(c, args, nargs, kwnames, parsed.data());
  Args a(c.row->name, std::span<Arg>(parsed.data(), n));
  if (c.writes) check_inplace(c, args, nargs);
  Answer answer = pyad::call_row(*c.row, a);
  if (c.inplace) return finish(c, args[0], std::move(answer.tensor));
  if (c.writes) return Py_NewRef(args[0]);
  return wrap_answer(c, std::move(answer));
}

/// An operand beside an array of no dims, which is no number, and no 0-d tensor either: as in NumPy
/// and PyTorch its dtype counts, so that what it holds has a place in the result.
Tensor beside_array(const Tensor& other, const Tensor& array) {
  return array.dim() == 0 ? to_dtype(other, promote(array.dtype(), other.dtype())) : other;
}

/// The argument for operand `i`, null if there is none.
PyObject* argument(const Callable& c, int i, PyObject* const* args, Py_ssize_t nargs,
                   PyObject* kwnames) {
  if (i < nargs) return args[i];
  const char* name = c.signature.parameters[static_cast<size_t>(i)].name.c_str();
  for (Py_ssize_t k = 0; kwnames && k < PyTuple_GET_SIZE(kwnames); ++k)
    if (PyUnicode_CompareWithASCIIString(PyTuple_GET_ITEM(kwnames, k), name) == 0)
      return args[nargs + k];
  return nullptr;
}

/// Whether parameter `i` is one of the operands whose dtypes meet in the result; `value` and the like
/// of a composite only fill.
bool meets(const Callable& c, int i) {
  if (c.elementwise) return i < c.elementwise->inputs;
  const std::string& name = c.signature.parameters[static_cast<size_t>(i)].name;
  return name == "input" || name == "other" || name == "min" || name == "max";
}

/// Has arrays of no dims count among operands; in place they are numbers, as the dtype stays.
void count_arrays(const Callable& c, PyObject* const* args, Py_ssize_t nargs, PyObject* kwnames,
                  Arg* parsed) {
  if (!c.elementwise && c.row->kind != Kind::kComposite) return;
  const int n = c.signature.seen;
  for (int i = 0; i < n; ++i) {
    Arg& array = parsed[i];
    if (array.is != Arg::Is::kTensor || array.tensor.dim() != 0 || !meets(c, i)) continue;
    PyObject* given = argument(c, i, args, nargs, kwnames);
    if (!given || !is_ndarray_exact(given)) continue;
    if (c.inplace && i > 0) {
      array.number = array.tensor.item();
      array.is = Arg::Is::kNumber;
      continue;
    }
    for (int k = 0; k < n; ++k) {
      if (k != i && parsed[k].is == Arg::Is::kTensor && meets(c, k))
        parsed[k].tensor = beside_array(parsed[k].tensor, array.tensor);
    }
  }
}

/// The call itself, once operands and parameters are read.
PyObject* call_operands(const Callable& c, PyObject* const* args, Py_ssize_t nargs,
                        std::span<const Operand> in, std::span<const Scalar> params) {
  const ElementwiseInfo& op = *c.elementwise;
  if (c.inplace) check_inplace(c, args, nargs);
  if (!params.empty()) {
    const Tensor* target = c.inplace ? &tensor_of(args[0]) : nullptr;
    Tensor y = elementwise_with(op, in, params, target);
    if (target && y.is(*target)) return Py_NewRef(args[0]);
    return finish(c, nargs > 0 ? args[0] : nullptr, std::move(y));
  }
  if (!c.inplace) return wrap(elementwise(op, in));
  if (elementwise_in_place(op, in, tensor_of(args[0]))) return Py_NewRef(args[0]);
  return finish(c, args[0], elementwise(op, in));
}

PyObject* call_elementwise(const Callable& c, PyObject* const* args, Py_ssize_t nargs,
                           PyObject* kwnames) {
  const ElementwiseInfo& op = *c.elementwise;
  // The common calls: all operands by position, no parameters.
  Operand in[3];
  if (!kwnames && nargs == op.inputs && op.num_params == 0) {
    bool quick = true;
    bool tensor = false;
    for (Py_ssize_t i = 0; i < nargs && quick; ++i) {
      quick = quick_operand(args[i], &in[i]);
      tensor = tensor || in[i].tensor;
    }
    if (quick && tensor) {
      return call_operands(c, args, nargs, std::span(in, static_cast<size_t>(nargs)), {});
    }
  }
  if (c.row) return call_row(c, args, nargs, kwnames);
  if (PyObject* answer = call_scalar(c, args, nargs, kwnames)) return answer;
  Arg parsed[kMaxParameters];
  parse_arguments(c.signature, args, nargs, kwnames, parsed);
  count_arrays(c, args, nargs, kwnames, parsed);
  bool tensor = false;
  for (int i = 0; i < op.inputs; ++i) {
    if (parsed[i].is == Arg::Is::kTensor) {
      in[i] = Operand(parsed[i].tensor);
      tensor = true;
    } else {
      in[i] = Operand(parsed[i].number);
    }
  }
  if (!tensor) {
    fail(ErrorKind::kType, op.name, "(): at least one operand must be a Tensor or a Value, not ",
         Py_TYPE(args[0])->tp_name, "; wrap numbers with pyad.tensor(...)");
  }
  Scalar params[kMaxParams];
  for (int k = 0; k < op.num_params; ++k) {
    const Arg& a = parsed[op.inputs + k];
    params[k] = a.is == Arg::Is::kNone ? Scalar(op.params[k].value) : a.number;
  }
  return call_operands(c, args, nargs, std::span(in, static_cast<size_t>(op.inputs)),
                       std::span(params, static_cast<size_t>(op.num_params)));
}

PyObject* g_value_arrays = nullptr;  // pyad._value_arrays.call

/// A call failed. If that was because an array of Values is no tensor, Python answers: it calls the
/// function element by element, or says what to use. Otherwise the error stays.
[[gnu::cold, gnu::noinline]] PyObject* call_with_value_arrays(PyObject* self, PyObject* const* args,
                                                              Py_ssize_t nargs, PyObject* kwnames) {
  const Callable& c = *reinterpret_cast<PyCallable*>(self)->c;
  if (!g_value_arrays || c.inplace || !PyErr_ExceptionMatches(PyExc_TypeError)) return nullptr;
  py::error_already_set before;  // what follows may run Python code
  PyObject* answer = guarded([&]() -> PyObject* {
    const Py_ssize_t n = nargs + (kwnames ? PyTuple_GET_SIZE(kwnames) : 0);
    if (std::none_of(args, args + n, [](PyObject* o) { return is_ndarray(o); }))
      return Py_NewRef(Py_NotImplemented);
    py::tuple positional(nargs);
    for (Py_ssize_t i = 0; i < nargs; ++i) positional[i] = py::handle(args[i]);
    py::dict named;
    for (Py_ssize_t i = nargs; i < n; ++i)
      named[py::handle(PyTuple_GET_ITEM(kwnames, i - nargs))] = py::handle(args[i]);
    return py::handle(g_value_arrays)(py::handle(self), c.scalar != nullptr, positional, named)
        .release()
        .ptr();
  });
  if (answer != Py_NotImplemented) return answer;
  Py_DECREF(answer);
  before.restore();
  return nullptr;
}

PyObject* vectorcall(PyObject* self, PyObject* const* args, size_t nargsf, PyObject* kwnames) {
  Py_ssize_t nargs = PyVectorcall_NARGS(nargsf);
  const Callable& c = *reinterpret_cast<PyCallable*>(self)->c;
  PyObject* answer = guarded_as(c.signature.name.c_str(), [&] {
    return c.elementwise ? call_elementwise(c, args, nargs, kwnames)
                         : call_row(c, args, nargs, kwnames);
  });
  if (answer) [[likely]]
    return answer;
  return call_with_value_arrays(self, args, nargs, kwnames);
}

/// What was called with, by types, for an error.
std::string types_of(PyObject* const* args, Py_ssize_t nargs, PyObject* kwnames) {
  std::string s;
  const Py_ssize_t n = nargs + (kwnames ? PyTuple_GET_SIZE(kwnames) : 0);
  for (Py_ssize_t i = 0; i < n; ++i) {
    s += i ? ", " : "";
    if (i >= nargs) s += shown_text(PyTuple_GET_ITEM(kwnames, i - nargs)) + "=";
    s += Py_TYPE(args[i])->tp_name;
  }
  return s;
}

/// As `vectorcall`, of several rows: the first that the arguments fit.
PyObject* overloaded_vectorcall(PyObject* self, PyObject* const* args, size_t nargsf,
                                PyObject* kwnames) {
  const Py_ssize_t nargs = PyVectorcall_NARGS(nargsf);
  const Callable& first = *reinterpret_cast<PyCallable*>(self)->c;
  return guarded_as(first.signature.name.c_str(), [&] {
    for (const Callable* c = &first; c; c = c->overload.get())
      if (fits(c->signature, args, nargs, kwnames)) return call_row(*c, args, nargs, kwnames);
    std::string all;
    for (const Callable* c = &first; c; c = c->overload.get())
      all += cat(all.empty() ? "" : " or ", c->signature.name, "(", c->signature.text, ")");
    fail(ErrorKind::kType, first.signature.name,
         "() received an invalid combination of arguments (", types_of(args, nargs, kwnames),
         "); signatures: ", all);
  });
}

PyObject* descr_get(PyObject* self, PyObject* instance, PyObject*) {
  if (!instance || instance == Py_None) {
    Py_INCREF(self);
    return self;
  }
  return PyMethod_New(self, instance);
}

PyObject* descr_get_itself(PyObject* self, PyObject*, PyObject*) { return Py_NewRef(self); }

const Callable& callable_of(PyObject* o) { return *reinterpret_cast<PyCallable*>(o)->c; }
PyObject* get_name(PyObject* o, void*) {
  return PyUnicode_FromString(callable_of(o).signature.name.c_str());
}
PyObject* get_doc(PyObject* o, void*) { return PyUnicode_FromString(callable_of(o).doc.c_str()); }
PyObject* get_module(PyObject*, void*) { return PyUnicode_FromString("pyad._core"); }
PyObject* get_text_signature(PyObject* o, void*) {
  if (callable_of(o).overload) Py_RETURN_NONE;
  std::string s = "(";
  bool starred = false;
  const char* comma = "";
  for (const Parameter& p : callable_of(o).signature.parameters) {
    if (p.keyword_only && !starred) {
      s += comma;
      s += "*";
      comma = ", ";
      starred = true;
    }
    s += comma;
    if (p.type == Parameter::Type::kSizes) s += "*";
    s += p.name;
    if (p.has_default) s += "=" + p.default_text;
    comma = ", ";
  }
  s += ")";
  return PyUnicode_FromString(s.c_str());
}
PyObject* repr(PyObject* o) {
  return PyUnicode_FromFormat("<built-in function %s>", callable_of(o).signature.name.c_str());
}
PyObject* reduce(PyObject* o, PyObject*) {
  return PyUnicode_FromString(callable_of(o).home.c_str());
}

}  // namespace

void init_callable_type(py::module_& m) {
  static PyMemberDef members[] = {
      {"__vectorcalloffset__", T_PYSSIZET, offsetof(PyCallable, vectorcall), READONLY, nullptr},
      {nullptr, 0, 0, 0, nullptr}};
  static PyGetSetDef getset[] = {
      {"__name__", get_name, nullptr, nullptr, nullptr},
      {"__qualname__", get_name, nullptr, nullptr, nullptr},
      {"__doc__", get_doc, nullptr, nullptr, nullptr},
      {"__module__", get_module, nullptr, nullptr, nullptr},
      {"__text_signature__", get_text_signature, nullptr, nullptr, nullptr},
      {nullptr, nullptr, nullptr, nullptr, nullptr}};
  static PyMethodDef methods[] = {{"__reduce__", reduce, METH_NOARGS, nullptr},
                                  {nullptr, nullptr, 0, nullptr}};
  static PyType_Slot slots[] = {{Py_tp_call, reinterpret_cast<void*>(PyVectorcall_Call)},
                                {Py_tp_descr_get, reinterpret_cast<void*>(descr_get)},
                                {Py_tp_repr, reinterpret_cast<void*>(repr)},
                                {Py_tp_members, members},
                                {Py_tp_getset, getset},
                                {Py_tp_methods, methods},
                                {0, nullptr}};
  static PyType_Spec spec = {"pyad.builtin", sizeof(PyCallable), 0,
                             Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_VECTORCALL |
                                 Py_TPFLAGS_METHOD_DESCRIPTOR | Py_TPFLAGS_DISALLOW_INSTANTIATION,
                             slots};
  g_type = reinterpret_cast<PyTypeObject*>(checked(PyType_FromSpec(&spec)));
  spec.flags &= ~static_cast<unsigned>(Py_TPFLAGS_METHOD_DESCRIPTOR);
  slots[1].pfunc = reinterpret_cast<void*>(descr_get_itself);
  g_function = reinterpret_cast<PyTypeObject*>(checked(PyType_FromSpec(&spec)));
  Faces(m).def(
      "_set_value_arrays", [](py::object f) { g_value_arrays = f.release().ptr(); }, py::arg("f"),
      "For pyad: who answers for arrays of Values.");
  m.attr("builtin") = py::reinterpret_borrow<py::object>(reinterpret_cast<PyObject*>(g_type));
}

PyObject* make_callable(std::unique_ptr<Callable> c) {
  PyTypeObject* type = c->method ? g_type : g_function;
  auto* o = reinterpret_cast<PyCallable*>(checked(type->tp_alloc(type, 0)));
  o->vectorcall = vectorcall;
  o->c = c.release();
  return reinterpret_cast<PyObject*>(o);
}

bool is_callable_of_table(PyObject* o) { return Py_TYPE(o) == g_type || Py_TYPE(o) == g_function; }

void add_overload(PyObject* callable, std::unique_ptr<Callable> c) {
  auto* o = reinterpret_cast<PyCallable*>(callable);
  o->vectorcall = overloaded_vectorcall;
  Callable* last = o->c;
  while (last->overload) last = last->overload.get();
  last->overload = std::move(c);
}

namespace {
PyObject *g_named_result = nullptr, *g_reduce_result = nullptr;  // owned for ever

/// Named tuples ("values indices") by their fields; made once.
PyObject* named_tuple_type(const std::string& fields) {
  static std::map<std::string, PyObject*> types;
  PyObject*& type = types[fields];
  if (!type) {
    py::object made = py::module_::import("collections").attr("namedtuple")("return_types", fields);
    py::module_::import("copyreg").attr("pickle")(made, py::handle(g_reduce_result));
    type = made.release().ptr();
  }
  return type;
}

PyObject* named_result(PyObject*, PyObject* args) {
  const char* fields;
  PyObject* items;
  if (!PyArg_ParseTuple(args, "sO!", &fields, &PyTuple_Type, &items)) return nullptr;
  return guarded([&] { return checked(PyObject_Call(named_tuple_type(fields), items, nullptr)); });
}

PyObject* reduce_result(PyObject*, PyObject* result) {
  return guarded([&]() -> PyObject* {
    py::object o = py::reinterpret_borrow<py::object>(result);
    py::object fields = py::str(" ").attr("join")(o.attr("_fields"));
    // A plain tuple: pickle would come back here for another.
    auto items = py::reinterpret_steal<py::object>(checked(PySequence_Tuple(result)));
    return py::make_tuple(py::handle(g_named_result), py::make_tuple(fields, items))
        .release()
        .ptr();
  });
}
}  // namespace

void bind_named_results(py::module_& m) {
  static PyMethodDef functions[] = {
      {"named_result", named_result, METH_VARARGS,
       "named_result(fields: str, items: tuple) -> tuple\n\n"
       "A result with names from its parts; what pickle calls."},
      {"reduce_result", reduce_result, METH_O,
       "reduce_result(result: tuple) -> tuple\n\nWhat pickle keeps of a result with names."},
      {nullptr, nullptr, 0, nullptr}};
  if (PyModule_AddFunctions(m.ptr(), functions) < 0) throw_python_error();
  g_named_result = m.attr("named_result").ptr();
  g_reduce_result = m.attr("reduce_result").ptr();
}

namespace {
PyObject* wrap_answer(const Callable& c, Answer&& a) {
  switch (a.is) {
    case Answer::Is::kTensor:
      return wrap(std::move(a.tensor));
    case Answer::Is::kBool:
      return PyBool_FromLong(a.flag);
    case Answer::Is::kNone:
      Py_RETURN_NONE;
    default:
      break;
  }
  Owned tuple(checked(PyTuple_New(static_cast<Py_ssize_t>(a.tensors.size()))));
  for (size_t i = 0; i < a.tensors.size(); ++i) {
    PyTuple_SET_ITEM(tuple.get(), static_cast<Py_ssize_t>(i),
                     checked(wrap(std::move(a.tensors[i]))));
  }
  if (c.signature.fields.empty()) return tuple.release();
  if (!c.names) c.names = named_tuple_type(c.signature.fields);
  return checked(PyObject_Call(c.names, tuple.get(), nullptr));
}
}  // namespace

/// NumPy's own operator would make an array of it, and of the tensor.
static void refuse_unreal(const char* op, PyObject* o) {
  if (is_numpy_scalar(o) && is_no_real_number(o)) {
    fail(ErrorKind::kType, op, ": a tensor and a ", Py_TYPE(o)->tp_name,
         " do not go together: numbers are real");
  }
}

PyObject* binary_operator(const ElementwiseInfo& op, PyObject* a, PyObject* b) {
  return guarded_as(op.name, [&]() -> PyObject* {
    Operand in[2];
    Tensor held[2], other;
    int array = -1;
    PyObject* objects[2] = {a, b};
    for (int i = 0; i < 2; ++i) {
      if (quick_operand(objects[i], &in[i])) continue;
      refuse_unreal(op.name, objects[i]);
      if (!is_ndarray_exact(objects[i])) Py_RETURN_NOTIMPLEMENTED;
      held[i] = tensor_from_object(op.name, objects[i]);
      in[i] = Operand(held[i]);
      array = i;
    }
    if (array >= 0 && in[1 - array].tensor) {
      other = beside_array(*in[1 - array].tensor, held[array]);
      in[1 - array] = Operand(other);
    }
    return wrap(elementwise(op, std::span<const Operand>(in, 2)));
  });
}

PyObject* inplace_operator(const ElementwiseInfo& op, PyObject* self, PyObject* other) {
  return guarded_as(op.name, [&]() -> PyObject* {
    Operand in[2] = {Operand(tensor_of(self)), Operand()};
    Tensor held;
    if (!quick_operand(other, &in[1])) {
      refuse_unreal(op.name, other);
      if (!is_ndarray_exact(other)) Py_RETURN_NOTIMPLEMENTED;
      held = tensor_from_object(op.name, other);
      in[1] = held.dim() == 0 ? Operand(held.item()) : Operand(held);  // self keeps its dtype
    }
    check_writable(op.name, tensor_of(self));
    if (elementwise_in_place(op, in, tensor_of(self))) return Py_NewRef(self);
    Tensor y = elementwise(op, std::span<const Operand>(in, 2));
    write_result(op.name, tensor_of(self), y);
    Py_INCREF(self);
    return self;
  });
}

}  // namespace pyad::bind
