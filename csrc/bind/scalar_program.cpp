// The Python objects of capture: `_ScalarTrace`, which turns ops on Values into a program, and
// `_ScalarProgram`, a plain CPython type because a call of it costs about as much as its work.
//
// The public face is pyad.compile (pyad/_compile.py), which chooses the program for a call.
#include "bind/scalar_program.hpp"

#include <pybind11/numpy.h>
#include <pybind11/stl.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "bind/face.hpp"
#include "bind/structure.hpp"
#include "bind/text.hpp"
#include "bind/value_object.hpp"
#include "core/error.hpp"
#include "scalar/machine.hpp"
#include "scalar/trace.hpp"

namespace pyad::bind {

template <>
inline constexpr bool is_bound<ScalarTrace> = true;

namespace {

PyTypeObject* program_type = nullptr;

/// A program with the structures of its calls, and the memory to run it.
struct Captured {
  Captured(ScalarProgram p, py::object args_description, py::object result_description)
      : descriptions{std::move(args_description), std::move(result_description)},
        args(descriptions[0]),
        result(descriptions[1]),
        machine(std::move(p)),
        here(machine),
        remembered(machine),
        x(machine.inputs()),
        y(machine.outputs()),
        seeds(machine.outputs()),
        gx(machine.inputs()),
        total(machine.inputs()) {}
  ~Captured() {
    for (ScalarNode* n : outer) release_scalar(n);
  }
  Captured(const Captured&) = delete;
  Captured& operator=(const Captured&) = delete;

  py::object descriptions[2];
  Structure args, result;
  ScalarMachine machine;
  ScalarMachine::Point here, remembered;
  bool remembers = false;
  std::vector<ScalarNode*> outer;  // Values from outside; one count each
  std::vector<double> x, y, seeds, gx;
  std::vector<double> total;  // what backward has accumulated
  uint64_t turns = 0;         // of reading

  /// Reads arguments and the Values from outside into `x`; false when this is another structure, or
  /// when the call is itself being captured.
  bool read(PyObject* const* a, Py_ssize_t n) {
    if (static_cast<size_t>(n) != args.parts().size() || scalar_trace()) return false;
    double* to;
    uint64_t turn;
    do {  // reading may run Python code, which may call this program meanwhile
      turn = ++turns;
      to = x.data();
      for (Py_ssize_t i = 0; i < n; ++i)
        if (!args.parts()[static_cast<size_t>(i)].read(a[i], to)) return false;
    } while (turn != turns);
    for (const ScalarNode* node : outer) *to++ = node->value;
    return true;
  }
  PyObject* results() const {
    const double* from = y.data();
    return result.build(from, false);
  }
  /// Of one argument its gradient, of several a tuple.
  PyObject* gradients(const std::vector<double>& g) const {
    const double* from = g.data();
    return args.parts().size() == 1 ? args.parts()[0].build(from, true) : args.build(from, true);
  }
  /// The one number that a gradient is of.
  void need_one_output(const char* what, const char* instead) const {
    if (machine.outputs() == 1) return;
    fail(ErrorKind::kRuntime, what, ": the function returned ", machine.outputs(),
         " numbers, and a gradient is of one; ", instead);
  }
};

struct ProgramObject {
  PyObject_HEAD Captured* captured;
};

Captured& captured_of(PyObject* self) {
  Captured* c = reinterpret_cast<ProgramObject*>(self)->captured;
  if (!c) fail(ErrorKind::kRuntime, "compile: the program is being freed");
  return *c;
}

PyObject* make_object(std::unique_ptr<Captured> c) {
  PyObject* o = checked(program_type->tp_alloc(program_type, 0));
  reinterpret_cast<ProgramObject*>(o)->captured = c.release();
  return o;
}
/// Arguments that are constants may hold the captured function.
int traverse(PyObject* self, visitproc visit, void* arg) {
  Py_VISIT(Py_TYPE(self));
  const Captured* c = reinterpret_cast<ProgramObject*>(self)->captured;
  if (!c) return 0;
  for (const py::object& d : c->descriptions) Py_VISIT(d.ptr());
  if (const int stop = c->args.visit(visit, arg)) return stop;
  return c->result.visit(visit, arg);
}
int clear(PyObject* self) {
  delete std::exchange(reinterpret_cast<ProgramObject*>(self)->captured, nullptr);
  return 0;
}
void dealloc(PyObject* self) {
  PyObject_GC_UnTrack(self);
  clear(self);
  PyTypeObject* type = Py_TYPE(self);
  type->tp_free(self);
  Py_DECREF(type);
}

// ---- calls: arguments are those of the function; NotImplemented when they have another structure

PyObject* call(PyObject* self, PyObject* const* a, Py_ssize_t n) {
  return guarded([&]() -> PyObject* {
    Captured& c = captured_of(self);
    if (!c.read(a, n)) return Py_NewRef(Py_NotImplemented);
    c.machine.value(c.x.data(), c.y.data());
    return c.results();
  });
}

PyObject* forward(PyObject* self, PyObject* const* a, Py_ssize_t n) {
  return guarded([&]() -> PyObject* {
    Captured& c = captured_of(self);
    if (!c.read(a, n)) return Py_NewRef(Py_NotImplemented);
    c.machine.forward(c.remembered, c.x.data(), c.y.data());
    c.remembers = true;
    return c.results();
  });
}

PyObject* value_and_grad(PyObject* self, PyObject* const* a, Py_ssize_t n) {
  return guarded([&]() -> PyObject* {
    Captured& c = captured_of(self);
    if (!c.read(a, n)) return Py_NewRef(Py_NotImplemented);
    c.need_one_output("value_and_grad", "use jacobian, or forward and backward(g)");
    c.machine.forward(c.here, c.x.data(), c.y.data());
    c.machine.backward_row(c.here, 0, c.gx.data());
    Owned result(c.results()), gradient(c.gradients(c.gx));
    return PyTuple_Pack(2, result.get(), gradient.get());
  });
}

PyObject* gradient(PyObject* self, PyObject* const* a, Py_ssize_t n) {
  return guarded([&]() -> PyObject* {
    Captured& c = captured_of(self);
    if (!c.read(a, n)) return Py_NewRef(Py_NotImplemented);
    c.need_one_output("gradient", "use jacobian, or forward and backward(g)");
    c.machine.forward(c.here, c.x.data(), c.y.data());
    c.machine.backward_row(c.here, 0, c.gx.data());
    return c.gradients(c.gx);
  });
}

/// into(out, grad, *arguments)
PyObject* into(PyObject* self, PyObject* const* a, Py_ssize_t n) {
  return guarded([&]() -> PyObject* {
    if (n < 2) fail(ErrorKind::kType, "into: expects out, grad and the arguments");
    Captured& c = captured_of(self);
    PyObject *out = a[0], *grad = a[1];
    if (!c.read(a + 2, n - 2)) return Py_NewRef(Py_NotImplemented);
    if (grad == Py_None) {
      c.machine.value(c.x.data(), c.y.data());
    } else {
      c.need_one_output("into", "leave grad out");
      c.machine.forward(c.here, c.x.data(), c.y.data());
      c.machine.backward_row(c.here, 0, c.gx.data());
      Structure::write(grad, c.gx.data(), c.args.size(), "grad");
    }
    if (out != Py_None) Structure::write(out, c.y.data(), c.y.size(), "out");
    Py_RETURN_NONE;
  });
}

/// jacobian(*arguments): the numbers of the result, and an array (numbers, inputs).
PyObject* jacobian(PyObject* self, PyObject* const* a, Py_ssize_t n) {
  return guarded([&]() -> PyObject* {
    Captured& c = captured_of(self);
    if (!c.read(a, n)) return Py_NewRef(Py_NotImplemented);
    c.machine.forward(c.here, c.x.data(), c.y.data());
    const size_t width = c.machine.inputs(), rows = c.machine.outputs();
    py::array_t<double> j({rows, width});
    for (size_t row = 0; row < rows; ++row)
      c.machine.backward_row(c.here, static_cast<uint32_t>(row), j.mutable_data() + row * width);
    Owned y(checked(PyList_New(static_cast<Py_ssize_t>(rows))));
    for (size_t row = 0; row < rows; ++row)
      PyList_SET_ITEM(y.get(), static_cast<Py_ssize_t>(row), PyFloat_FromDouble(c.y[row]));
    return PyTuple_Pack(2, y.get(), j.ptr());
  });
}

// ---- the last forward

PyObject* backward(PyObject* self, PyObject* g) {
  return guarded([&]() -> PyObject* {
    Captured& c = captured_of(self);
    if (!c.remembers) {
      fail(ErrorKind::kRuntime,
           "backward: there is no forward to go back from; call f.forward "
           "first");
    }
    if (g == Py_None) {
      c.need_one_output("backward", "pass g, nested like the result: f.backward((1.0, 0.0))");
      c.seeds[0] = 1;
    } else {
      double* to = c.seeds.data();
      bool matches;
      if (c.seeds.size() == 1 && (PyFloat_Check(g) || PyLong_Check(g))) {
        *to = PyFloat_AsDouble(g);
        if (*to == -1 && PyErr_Occurred()) throw_python_error();
        matches = true;
      } else {
        matches = c.result.read(g, to);
      }
      if (!matches) {
        fail(ErrorKind::kValue, "backward: g must be nested like the function's result, which has ",
             c.seeds.size(), c.seeds.size() == 1 ? " number" : " numbers");
      }
    }
    c.machine.backward(c.remembered, c.seeds.data(), c.gx.data());
    for (size_t i = 0; i < c.total.size(); ++i) c.total[i] += c.gx[i];
    for (size_t i = 0; i < c.outer.size(); ++i) c.outer[i]->grad += c.gx[c.args.size() + i];
    return c.gradients(c.gx);
  });
}

PyObject* accumulated(PyObject* self, PyObject*) {
  return guarded([&] { return captured_of(self).gradients(captured_of(self).total); });
}
PyObject* zero_grad(PyObject* self, PyObject*) {
  return guarded([&] {
    Captured& c = captured_of(self);
    std::fill(c.total.begin(), c.total.end(), 0.0);
    for (ScalarNode* n : c.outer) n->grad = 0;
    return Py_NewRef(Py_None);
  });
}

// ---- many points

/// many(x, row): x (inputs, n); (y, None), or with a row >= 0 (y, gradient of that output).
PyObject* many(PyObject* self, PyObject* const* a, Py_ssize_t given) {
  return guarded([&]() -> PyObject* {
    if (given != 2) fail(ErrorKind::kType, "map: expects an array of points and a row");
    const Captured& c = captured_of(self);
    auto x = py::array_t<double, py::array::c_style | py::array::forcecast>::ensure(a[0]);
    if (!x) throw_python_error();
    const long row = PyLong_AsLong(a[1]);
    if (row == -1 && PyErr_Occurred()) throw_python_error();
    const size_t inputs = c.args.size();
    if (x.ndim() != 2 || static_cast<size_t>(x.shape(0)) != inputs ||
        row >= static_cast<long>(c.machine.outputs())) {
      fail(ErrorKind::kValue, "map: expects points as an array (", inputs, ", n)");
    }
    const auto n = static_cast<size_t>(x.shape(1));
    const double* from = x.data();
    std::vector<double> with_outer;
    if (!c.outer.empty()) {
      with_outer.assign(from, from + inputs * n);
      for (const ScalarNode* node : c.outer) with_outer.insert(with_outer.end(), n, node->value);
      from = with_outer.data();
    }
    py::array_t<double> y({static_cast<size_t>(c.machine.outputs()), n});
    if (row < 0) {
      c.machine.value_many(from, static_cast<int64_t>(n), y.mutable_data());
      return PyTuple_Pack(2, y.ptr(), Py_None);
    }
    py::array_t<double> g({static_cast<size_t>(c.machine.inputs()), n});
    c.machine.gradient_many(from, static_cast<int64_t>(n), static_cast<uint32_t>(row),
                            y.mutable_data(), g.mutable_data());
    return PyTuple_Pack(2, y.ptr(), g.ptr());
  });
}

// ---- looking at it, and pickling

PyObject* text(PyObject* self, PyObject*) {
  return guarded([&] { return new_text(captured_of(self).machine.program().text()); });
}

py::bytes bytes_of(const void* data, size_t n) {
  return py::bytes(static_cast<const char*>(data), n);
}

/// Ops go by name: ids are those of one version.
PyObject* state(PyObject* self, PyObject*) {
  return guarded([&]() -> PyObject* {
    const Captured& c = captured_of(self);
    if (!c.outer.empty()) {
      fail(ErrorKind::kType,
           "compile: a function that uses Values from outside cannot be pickled; "
           "pass them as arguments");
    }
    const ScalarProgram& p = c.machine.program();
    py::list steps;
    for (const ScalarProgram::Step& s : p.steps) {
      steps.append(py::make_tuple(scalar_rules()[s.op].name, s.recorded, s.in[0], s.in[1], s.in[2],
                                  s.params));
    }
    py::bytes constants = bytes_of(p.constants.data(), p.constants.size() * sizeof(double));
    return py::make_tuple(constants, p.inputs, steps, py::cast(p.outputs), c.descriptions[0],
                          c.descriptions[1])
        .release()
        .ptr();
  });
}

PyObject* load(const py::bytes& constants, uint32_t inputs, const py::list& steps,
               const std::vector<uint32_t>& outputs, const py::object& args,
               const py::object& result) {
  ScalarProgram p;
  const std::string_view bytes = constants;
  p.constants.resize(bytes.size() / sizeof(double));
  if (bytes.size() % sizeof(double))
    fail(ErrorKind::kValue, "scalar program: its constants are no doubles");
  std::memcpy(p.constants.data(), bytes.data(), p.constants.size() * sizeof(double));
  p.inputs = inputs;
  const auto rules = scalar_rules();
  for (py::handle item : py::tuple(steps)) {  // reading a step may run code that changes the list
    if (!py::isinstance<py::tuple>(item) || py::len(item) != 6)
      fail(ErrorKind::kValue, "scalar program: a step is a tuple of six");
    auto t = py::reinterpret_borrow<py::tuple>(item);
    constexpr Place at{"scalar program", "steps"};
    const std::string name = read_text(at, t[0].ptr());
    auto slot = [&](size_t i) { return read_argument<uint32_t>(at, t[i].ptr()); };
    const auto* rule = std::find_if(rules.data(), rules.data() + rules.size(),
                                    [&](const ScalarRule& r) { return r.name == name; });
    p.steps.push_back({static_cast<uint16_t>(rule - rules.data()),
                       read_bool(at, t[1].ptr()),
                       {slot(2), slot(3), slot(4)},
                       slot(5)});
  }
  p.outputs = outputs;
  p.check();
  if (Structure(args).size() != inputs || Structure(result).size() != outputs.size())
    fail(ErrorKind::kValue, "scalar program: its structures do not fit it");
  auto c = std::make_unique<Captured>(std::move(p), args, result);
  return make_object(std::move(c));
}

/// Everything that a drawing shows of the last forward: (steps, values, adjoints) with slots as in
/// the program, for seeds of one.
PyObject* picture(PyObject* self, PyObject*) {
  return guarded([&]() -> PyObject* {
    Captured& c = captured_of(self);
    const ScalarProgram& p = c.machine.program();
    py::list steps;
    for (const ScalarProgram::Step& s : p.steps) {
      py::list in;
      for (int i = 0; i < scalar_rules()[s.op].arity; ++i) in.append(s.in[i]);
      steps.append(py::make_tuple(scalar_rules()[s.op].name, in));
    }
    py::object values = py::none(), adjoints = py::none();
    if (c.remembers) {
      const std::vector<double> ones(c.machine.outputs(), 1);
      values = py::cast(c.machine.values(c.remembered));
      adjoints = py::cast(c.machine.adjoints(c.remembered, ones.data()));
    }
    return py::make_tuple(p.first_input(), p.inputs, steps, py::cast(p.outputs),
                          py::cast(p.constants), values, adjoints)
        .release()
        .ptr();
  });
}

template <class F>
PyCFunction function(F* f) {
  return reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(f));
}

PyMethodDef methods[] = {
    {"call", function(call), METH_FASTCALL, nullptr},
    {"forward", function(forward), METH_FASTCALL, nullptr},
    {"value_and_grad", function(value_and_grad), METH_FASTCALL, nullptr},
    {"gradient", function(gradient), METH_FASTCALL, nullptr},
    {"into", function(into), METH_FASTCALL, nullptr},
    {"jacobian", function(jacobian), METH_FASTCALL, nullptr},
    {"backward", backward, METH_O, nullptr},
    {"accumulated", accumulated, METH_NOARGS, nullptr},
    {"zero_grad", zero_grad, METH_NOARGS, nullptr},
    {"many", function(many), METH_FASTCALL, nullptr},
    {"text", text, METH_NOARGS, nullptr},
    {"state", state, METH_NOARGS, nullptr},
    {"picture", picture, METH_NOARGS, nullptr},
    {nullptr, nullptr, 0, nullptr},
};

PyObject* descriptions(PyObject* self, void* which) {
  return guarded([&] { return Py_NewRef(captured_of(self).descriptions[which ? 1 : 0].ptr()); });
}
PyObject* outer(PyObject* self, void*) {
  return guarded([&] {
    const std::vector<ScalarNode*>& nodes = captured_of(self).outer;
    Owned list(checked(PyList_New(static_cast<Py_ssize_t>(nodes.size()))));
    for (size_t i = 0; i < nodes.size(); ++i)
      PyList_SET_ITEM(list.get(), static_cast<Py_ssize_t>(i), checked(object_of(nodes[i])));
    return list.release();
  });
}
PyObject* remembers(PyObject* self, void*) {
  return guarded([&] { return PyBool_FromLong(captured_of(self).remembers); });
}
PyGetSetDef attributes[] = {
    {"arguments", descriptions, nullptr, "How the arguments are nested.", nullptr},
    {"result", descriptions, nullptr, "How the result is nested.", &program_type},
    {"outer", outer, nullptr, "The Values from outside that it reads.", nullptr},
    {"remembers", remembers, nullptr, "Whether there was a forward.", nullptr},
    {nullptr, nullptr, nullptr, nullptr, nullptr},
};

PyTypeObject* make_type() {
  PyType_Slot slots[] = {
      {Py_tp_doc, const_cast<char*>("A captured scalar program; see pyad.compile.")},
      {Py_tp_dealloc, reinterpret_cast<void*>(dealloc)},
      {Py_tp_traverse, reinterpret_cast<void*>(traverse)},
      {Py_tp_clear, reinterpret_cast<void*>(clear)},
      {Py_tp_methods, methods},
      {Py_tp_getset, attributes},
      {0, nullptr},
  };
  PyType_Spec spec{"pyad._core._ScalarProgram", sizeof(ProgramObject), 0,
                   Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION,
                   slots};
  return reinterpret_cast<PyTypeObject*>(PyType_FromSpec(&spec));
}

// ---- the trace

/// Fresh leaves as inputs of the trace.
py::list trace_inputs(ScalarTrace& trace, const std::vector<double>& x) {
  py::list values;
  for (const double v : x) {
    auto value = py::reinterpret_steal<py::object>(checked(adopt_node(new_scalar(v))));
    trace.add_input(node_of(value.ptr()));
    values.append(std::move(value));
  }
  return values;
}

PyObject* trace_program(ScalarTrace& trace, const py::list& results, const py::object& args,
                        const py::object& result) {
  const py::tuple held(results);  // reading a result may run code that changes the list
  std::vector<ScalarOperand> outputs(held.size());
  for (size_t i = 0; i < outputs.size(); ++i) {
    const Operandness is = read_operand(held[i].ptr(), outputs[i]);
    if (is == Operandness::kFailed) throw_python_error();
    if (is == Operandness::kForeign) fail(ErrorKind::kType, "compile: a result is no number");
  }
  auto c = std::make_unique<Captured>(trace.program(outputs), args, result);
  for (ScalarNode* n : trace.outer()) {
    c->outer.push_back(n);
    ++n->count;
  }
  return make_object(std::move(c));
}

py::object steal(PyObject* o) { return py::reinterpret_steal<py::object>(checked(o)); }

/// Whether code of this module is not what a user would look at.
bool is_library(const std::string& module) {
  for (const std::string_view package : {"pyad", "numpy", "functools"}) {
    if (module == package || module.starts_with(std::string(package) + ".")) return true;
  }
  return false;
}

/// "file.py:12: `text of the line`" of the innermost Python code of the user.
std::string user_line() {
  if (!PyEval_GetFrame()) return "";
  try {
    auto frame = py::reinterpret_borrow<py::object>(reinterpret_cast<PyObject*>(PyEval_GetFrame()));
    while (!frame.attr("f_back").is_none()) {
      const py::object module = frame.attr("f_globals").attr("get")("__name__");
      if (!py::isinstance<py::str>(module) || !is_library(shown_text(module.ptr()))) break;
      frame = frame.attr("f_back");
    }
    const py::object code = frame.attr("f_code");
    const py::object line = frame.attr("f_lineno");
    const py::object file = code.attr("co_filename");
    const auto source =
        py::module_::import("linecache").attr("getline")(file, line).attr("strip")();
    const auto name = py::module_::import("os.path").attr("basename")(file);
    std::string text = shown_text(name.ptr()) + ":" + shown_text(py::str(line).ptr());
    if (py::len(source) > 0) text += ": `" + shown_text(source.ptr()) + "`";
    return text;
  } catch (py::error_already_set&) {
    return "";
  }
}

}  // namespace

bool refuse_read(const ScalarNode* n, const char* how) {
  ScalarTrace* trace = scalar_trace();
  if (!trace || !trace->varies(n)) return false;
  const std::string_view read = how;
  std::string text = cat("compile: ", how, " of a Value that is being captured");
  if (const std::string line = user_line(); !line.empty()) text += cat(" (", line, ")");
  text += ": what the number is here it need not be at the next input; ";
  if (read == "bool()") {
    text += "instead of a branch use pyad.where(condition, a, b), pyad.maximum or pyad.minimum";
  } else if (read == "float()") {
    text += "use pyad's functions (pyad.sin, not math.sin), and Values as they are";
  } else if (read == "int()") {
    text += "arguments that are not differentiated go into static_argnames";
  } else if (read == "backward()" || read == ".grad" || read == ".parents") {
    text += "use value_and_grad or backward of the captured function";
  } else {
    text += "use the Value itself";
  }
  trace->spoil(text);
  PyErr_SetString(PyExc_RuntimeError, text.c_str());
  return true;
}

CapturedProgram captured_program(py::handle o) {
  if (Py_TYPE(o.ptr()) != program_type)
    fail(ErrorKind::kType, "jacobian_plan: expects a captured program");
  const Captured& c = captured_of(o.ptr());
  return {c.machine.program(), static_cast<uint32_t>(c.args.size())};
}

py::object program_called_like(py::handle like, ScalarProgram p) {
  const Captured& from = captured_of(like.ptr());
  const py::object result = py::make_tuple("a", py::make_tuple(p.outputs.size()));
  auto c = std::make_unique<Captured>(std::move(p), from.descriptions[0], result);
  for (ScalarNode* n : from.outer) {
    c->outer.push_back(n);
    ++n->count;
  }
  return steal(make_object(std::move(c)));
}

void bind_scalar_program(py::module_& m) {
  program_type = make_type();
  if (!program_type) throw py::error_already_set();
  Faces faces(m);
  faces.def(
      "_load_scalar_program",
      [](const py::bytes& constants, uint32_t inputs, const py::list& steps,
         const std::vector<uint32_t>& outputs, const py::object& args, const py::object& result) {
        return steal(load(constants, inputs, steps, outputs, args, result));
      },
      py::arg("constants"), py::arg("inputs"), py::arg("steps"), py::arg("outputs"),
      py::arg("args"), py::arg("result"));
  faces.def(
      "_tracing", [] { return scalar_trace() != nullptr; },
      "Whether a function is being captured on this thread.");
  Faces(py::class_<ScalarTrace>(m, "_ScalarTrace",
                                "Writes down the ops that are applied to its inputs."))
      .def_begin<ScalarTrace>(
          "__init__",
          [](bool literal) {
            using Style = ScalarTrace::Style;
            return std::make_unique<ScalarTrace>(literal ? Style::kLiteral : Style::kMerged);
          },
          py::arg("literal") = false)
      .def("open", &ScalarTrace::open)
      .def("close", &ScalarTrace::close)
      .def("inputs", &trace_inputs, py::arg("x"))
      .def(
          "program",
          [](ScalarTrace& t, const py::list& results, const py::object& args,
             const py::object& result) { return steal(trace_program(t, results, args, result)); },
          py::arg("results"), py::arg("args"), py::arg("result"));
}

}  // namespace pyad::bind
