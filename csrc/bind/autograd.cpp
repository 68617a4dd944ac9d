// The module functions of differentiation: sweeps, the grad mode, forward-mode levels.
#include "bind/autograd.hpp"
#include "bind/face.hpp"

#include <utility>

#include "core/host.hpp"
#include "dispatch/batch.hpp"
#include "dispatch/tangent.hpp"
#include "dispatch/transform.hpp"
#include "graph/sweep.hpp"

namespace pyad::bind {

namespace {

PyObject* wrap_all(std::vector<Tensor>&& list) {
  Owned tuple(checked(PyTuple_New(static_cast<Py_ssize_t>(list.size()))));
  for (size_t i = 0; i < list.size(); ++i) {
    PyTuple_SET_ITEM(tuple.get(), static_cast<Py_ssize_t>(i), wrap(std::move(list[i])));
  }
  return tuple.release();
}

/// backward(tensors, grads, retain_graph, create_graph, inputs)
PyObject* run_backward(PyObject*, PyObject* const* args, Py_ssize_t nargs, PyObject* kwnames) {
  return guarded([&]() -> PyObject* {
    PyObject* a[5];
    parse_named("backward", {"tensors", "grad_tensors", "retain_graph", "create_graph", "inputs"},
                args, nargs, kwnames, a);
    if (!a[0]) fail(ErrorKind::kType, "backward() is missing the argument 'tensors'");
    std::vector<Tensor> roots = as_tensors("backward", "tensors", a[0], false);
    std::vector<Tensor> grads = as_tensors("backward", "grad_tensors", a[1], true);
    bool create = as_flag(a[3], false);
    std::vector<Tensor> inputs;
    if (a[4] && a[4] != Py_None) {
      inputs = as_tensors("backward", "inputs", a[4], false);
      if (inputs.empty())
        fail(ErrorKind::kRuntime, "backward: 'inputs' argument to backward cannot be empty");
    }
    for (const Tensor& x : roots) refuse_backward(x);
    if (create) warn_of_cycles();
    backward(roots, grads, {as_flag(a[2], create), create}, inputs);
    Py_RETURN_NONE;
  });
}

/// grad(outputs, inputs, grad_outputs, retain_graph, create_graph, allow_unused)
PyObject* run_grad(PyObject*, PyObject* const* args, Py_ssize_t nargs, PyObject* kwnames) {
  return guarded([&]() -> PyObject* {
    PyObject* a[6];
    parse_named(
        "grad",
        {"outputs", "inputs", "grad_outputs", "retain_graph", "create_graph", "allow_unused"}, args,
        nargs, kwnames, a);
    if (!a[0] || !a[1])
      fail(ErrorKind::kType, "grad() is missing the argument '", a[0] ? "inputs" : "outputs", "'");
    std::vector<Tensor> roots = as_tensors("grad", "outputs", a[0], false);
    std::vector<Tensor> inputs = as_tensors("grad", "inputs", a[1], false);
    std::vector<Tensor> grads = as_tensors("grad", "grad_outputs", a[2], true);
    bool create = as_flag(a[4], false);
    const SweepOptions options{as_flag(a[3], create), create};
    const bool unused = as_flag(a[5], false);
    return wrap_all(mode.batch_levels > 0 ? batched_gradients(roots, grads, inputs, options, unused)
                                          : gradients(roots, grads, inputs, options, unused));
  });
}

PyObject* is_grad_enabled(PyObject*, PyObject*) { return PyBool_FromLong(mode.grad); }
PyObject* set_grad_enabled(PyObject*, PyObject* value) {
  int on = PyObject_IsTrue(value);
  if (on < 0) return nullptr;
  mode.grad = on != 0;
  Py_RETURN_NONE;
}

PyMethodDef g_functions[] = {
    {"backward", reinterpret_cast<PyCFunction>(reinterpret_cast<void*>(run_backward)),
     METH_FASTCALL | METH_KEYWORDS,
     "backward(tensors, grad_tensors=None, retain_graph=None, create_graph=False, "
     "inputs=None)\n--\n\nSee pyad.autograd.backward."},
    {"grad", reinterpret_cast<PyCFunction>(reinterpret_cast<void*>(run_grad)),
     METH_FASTCALL | METH_KEYWORDS,
     "grad(outputs, inputs, grad_outputs=None, retain_graph=None, create_graph=False, "
     "allow_unused=False)\n--\n\nSee "
     "pyad.autograd.grad."},
    {"is_grad_enabled", is_grad_enabled, METH_NOARGS,
     "is_grad_enabled()\n--\n\nWhether ops are recorded now, on this thread."},
    {"set_grad_enabled", set_grad_enabled, METH_O,
     "set_grad_enabled(mode)\n--\n\nSwitches recording on this thread."},
    {nullptr, nullptr, 0, nullptr}};

/// The level asked for by its depth, or the innermost one.
int level_at(const char* op, py::object depth) {
  int n = mode.dual_levels;
  if (n == 0) {
    fail(
        ErrorKind::kRuntime, op,
        ": no forward-mode level is open; make sure to enter one, `with forward_ad.dual_level():`");
  }
  if (depth.is_none()) return innermost_dual_level();
  int d = read_argument<int>({op, "level"}, depth.ptr());
  if (d < 0 || d >= n)
    fail(ErrorKind::kRuntime, op, ": level ", d, " is not open; ", n,
         " levels are, counted from 0");
  return open_dual_level(d);
}

Tensor make_dual_checked(const Tensor& x, const Tensor& t, py::object depth) {
  int level = level_at("make_dual", std::move(depth));
  if (!is_floating(x.dtype()))
    fail(ErrorKind::kValue, "make_dual: expected the primal to be floating point, but got ",
         x.dtype());
  if (!is_floating(t.dtype()))
    fail(ErrorKind::kValue, "make_dual: expected the tangent to be floating point, but got ",
         t.dtype());
  if (x.sizes() != t.sizes()) {
    fail(ErrorKind::kShape,
         "make_dual: the tangent has a different size than the primal, which is not supported: the "
         "primal is ",
         x, " and the tangent ", t);
  }
  if (x.dtype() != t.dtype()) {
    fail(ErrorKind::kRuntime,
         "make_dual: the tangent has a different dtype than the primal, which is not supported: "
         "the primal is ",
         x, " and the tangent ", t, "; convert it with .to(", x.dtype(), ")");
  }
  if (tangent_at(x, level).defined()) {
    fail(ErrorKind::kRuntime,
         "make_dual: the primal is a dual tensor of this level already; take "
         "unpack_dual(x).primal, or open a new level");
  }
  if (dual_level_of({&t, 1}) >= level) {
    fail(ErrorKind::kRuntime,
         "make_dual: the tangent is a dual tensor of this level itself; take "
         "unpack_dual(t).primal, or open a new level");
  }
  return make_dual(x, t, level);
}

}  // namespace

void warn_of_cycles() {
  static bool said = false;
  if (std::exchange(said, true)) return;
  warn(
      "backward: with create_graph=True a leaf keeps its gradient and the gradient its graph, "
      "which "
      "keeps the leaf: this memory stays until .grad is set to None; pyad.autograd.grad makes no "
      "such cycle (said once)");
}

void refuse_backward(const Tensor& root) {
  if (!root.is_batched() && !inside_transform()) return;
  fail(ErrorKind::kRuntime,
       "backward: called inside a function that a transform (vmap, grad, vjp ...) runs, where "
       "nothing "
       "is added to .grad; use pyad.func.grad or pyad.autograd.grad there, or call backward() "
       "outside");
}

void bind_autograd(py::module_& m) {
  if (PyModule_AddFunctions(m.ptr(), g_functions) < 0) throw py::error_already_set();
  init_node_type(m);
  init_hook_type(m);
  init_mode_types(m);
  init_function_types(m);
  init_checkpoint(m);
  Faces faces(m);
  faces.def(
      "enter_dual_level",
      [] {
        enter_dual_level();
        return mode.dual_levels - 1;
      },
      "Opens a forward-mode level and returns its depth.");
  faces.def(
      "exit_dual_level",
      [](py::object level) {
        int innermost = level_at("exit_dual_level", py::none());
        if (level_at("exit_dual_level", std::move(level)) != innermost) {
          fail(ErrorKind::kRuntime,
               "exit_dual_level: trying to exit a forward AD level that was not the last one that "
               "was entered");
        }
        exit_dual_level(innermost);
      },
      py::arg("level") = py::none(), "Closes the innermost forward-mode level.");
  faces.def("make_dual", &make_dual_checked, py::arg("tensor"), py::arg("tangent"),
            py::arg("level") = py::none(), "The tensor with a tangent.");
  faces.def(
      "unpack_dual",
      [](const Tensor& x, py::object depth) {
        if (mode.dual_levels == 0) return std::pair(x, Tensor());
        int level = level_at("unpack_dual", std::move(depth));
        return std::pair(primal_at(x, level), tangent_at(x, level));
      },
      py::arg("tensor"), py::arg("level") = py::none(), "Primal and tangent (or None).");
  faces.def("dual_levels", [] { return mode.dual_levels; }, "Number of open forward-mode levels.");
}

}  // namespace pyad::bind
