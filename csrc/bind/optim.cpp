// Optimizer steps from Python: one call over all parameters of a group, plain C functions because a
// step of a small model is shorter than a call through pybind11. State lives in the optimizer's
// dictionary, `state[parameter][name]`, and nowhere else.
#include "ops/optim.hpp"

#include <vector>

#include "bind/object.hpp"
#include "dispatch/inplace.hpp"

namespace pyad::bind {

namespace {

PyObject *g_momentum_buffer, *g_step, *g_exp_avg, *g_exp_avg_sq, *g_max_exp_avg_sq;

/// Tensors of one step; kept between calls, so that a step allocates nothing.
struct Lists {
  std::vector<PyObject*> owners;  // borrowed from the list of parameters
  std::vector<Tensor> params, grads, first, second, third, steps;
  std::vector<double> counts;
  void clear() {
    owners.clear();
    for (auto* list : {&params, &grads, &first, &second, &third, &steps}) list->clear();
    counts.clear();
  }
};
/// Taken and given back, so that a step inside a step (a finalizer's, say) has lists of its own.
class Borrowed {
 public:
  Borrowed() : lists_(std::exchange(spare(), nullptr)) {
    if (!lists_) lists_ = new Lists;
  }
  ~Borrowed() {
    lists_->clear();
    delete std::exchange(spare(), lists_);
  }
  Borrowed(const Borrowed&) = delete;
  Borrowed& operator=(const Borrowed&) = delete;
  Lists* operator->() const { return lists_; }
  Lists& operator*() const { return *lists_; }

 private:
  static Lists*& spare() {
    static thread_local Lists* list = nullptr;
    return list;
  }
  Lists* lists_;
};

void check_list(const char* op, PyObject* params) {
  if (!PyList_Check(params))
    fail(ErrorKind::kType, op, ": params must be a list of Tensors, not ",
         Py_TYPE(params)->tp_name);
}

const Tensor& param_at(const char* op, PyObject* params, Py_ssize_t i) {
  PyObject* p = PyList_GET_ITEM(params, i);
  if (!is_tensor(p))
    fail(ErrorKind::kType, op, ": params must hold Tensors, but item ", i, " is ",
         Py_TYPE(p)->tp_name);
  return tensor_of(p);
}

/// The parameters that have a gradient.
void collect(const char* op, PyObject* params, Lists& l) {
  check_list(op, params);
  Py_ssize_t n = PyList_GET_SIZE(params);
  for (Py_ssize_t i = 0; i < n; ++i) {
    const Tensor& p = param_at(op, params, i);
    if (!p.impl()->extra || !p.impl()->extra->grad.defined()) continue;
    l.owners.push_back(PyList_GET_ITEM(params, i));
    l.params.push_back(p);
    l.grads.push_back(p.impl()->extra->grad);
  }
}

/// Borrowed; null when the parameter has no state yet.
PyObject* state_of(PyObject* state, PyObject* param) {
  PyObject* d = PyDict_GetItemWithError(state, param);
  if (!d && PyErr_Occurred()) throw_python_error();
  if (d && !PyDict_Check(d))
    fail(ErrorKind::kType, "optimizer: the state of a parameter must be a dict, not ",
         Py_TYPE(d)->tp_name);
  return d;
}

/// Undefined when there is none.
Tensor state_tensor(PyObject* d, PyObject* key) {
  PyObject* o = d ? PyDict_GetItemWithError(d, key) : nullptr;
  if (!o || o == Py_None) {
    if (PyErr_Occurred()) throw_python_error();
    return Tensor();
  }
  if (!is_tensor(o)) {
    fail(ErrorKind::kType, "optimizer: state '", PyUnicode_AsUTF8(key), "' must be a Tensor, not ",
         Py_TYPE(o)->tp_name);
  }
  return tensor_of(o);
}

void store(PyObject* state, PyObject* param, PyObject* key, const Tensor& t) {
  PyObject* d = state_of(state, param);
  Owned fresh;
  if (!d) {
    fresh = Owned(checked(PyDict_New()));
    d = fresh.get();
    if (PyDict_SetItem(state, param, d) < 0) throw_python_error();
  }
  Owned value(checked(wrap(t)));
  if (PyDict_SetItem(d, key, value.get()) < 0) throw_python_error();
}

double real(PyObject* o) {
  double v = PyFloat_AsDouble(o);
  if (v == -1.0 && PyErr_Occurred()) throw_python_error();
  return v;
}
bool truth(PyObject* o) {
  int v = PyObject_IsTrue(o);
  if (v < 0) throw_python_error();
  return v != 0;
}
void check_call(const char* op, PyObject* const* args, Py_ssize_t nargs, Py_ssize_t wanted) {
  if (nargs != wanted)
    fail(ErrorKind::kType, op, "() takes ", wanted, " arguments, but ", nargs, " were given");
  if (!PyDict_Check(args[1]))
    fail(ErrorKind::kType, op, ": state must be a dict, not ", Py_TYPE(args[1])->tp_name);
}

/// sgd_step(params, state, lr, momentum, dampening, weight_decay, nesterov, maximize)
PyObject* sgd(PyObject*, PyObject* const* args, Py_ssize_t nargs) {
  return guarded([&]() -> PyObject* {
    const char* op = "sgd_step";
    check_call(op, args, nargs, 8);
    SgdOptions o{.lr = real(args[2]),
                 .momentum = real(args[3]),
                 .dampening = real(args[4]),
                 .weight_decay = real(args[5]),
                 .nesterov = truth(args[6]),
                 .maximize = truth(args[7])};
    Borrowed l;
    collect(op, args[0], *l);
    if (o.momentum == 0) {
      sgd_step(l->params, l->grads, l->first, o);
      Py_RETURN_NONE;
    }
    std::vector<size_t> fresh;
    for (size_t i = 0; i < l->owners.size(); ++i) {
      l->first.push_back(state_tensor(state_of(args[1], l->owners[i]), g_momentum_buffer));
      if (!l->first.back().defined()) fresh.push_back(i);
    }
    sgd_step(l->params, l->grads, l->first, o);
    for (size_t i : fresh)
      if (l->first[i].defined()) store(args[1], l->owners[i], g_momentum_buffer, l->first[i]);
    Py_RETURN_NONE;
  });
}

/// The counter of a parameter: a 0-d tensor, as in PyTorch.
Tensor step_counter(PyObject* d) {
  PyObject* o = d ? PyDict_GetItemWithError(d, g_step) : nullptr;
  if (!o) {
    if (PyErr_Occurred()) throw_python_error();
    return Tensor();
  }
  if (PyFloat_Check(o) || PyLong_Check(o))
    return Tensor(scalar_tensor(Scalar(real(o)), DType::kFloat32));
  Tensor t = state_tensor(d, g_step);
  if (t.numel() != 1 || !is_floating(t.dtype()))
    fail(ErrorKind::kType, "optimizer: state 'step' must be a floating 0-d Tensor, got ", t);
  return t;
}

/// adam_step(params, state, lr, beta1, beta2, eps, weight_decay, amsgrad, decoupled, maximize)
PyObject* adam(PyObject*, PyObject* const* args, Py_ssize_t nargs) {
  return guarded([&]() -> PyObject* {
    const char* op = "adam_step";
    check_call(op, args, nargs, 10);
    AdamOptions o{.lr = real(args[2]),
                  .beta1 = real(args[3]),
                  .beta2 = real(args[4]),
                  .eps = real(args[5]),
                  .weight_decay = real(args[6]),
                  .amsgrad = truth(args[7]),
                  .decoupled = truth(args[8]),
                  .maximize = truth(args[9])};
    Borrowed l;
    collect(op, args[0], *l);
    std::vector<size_t> fresh;  // parameters whose state this step makes
    for (size_t i = 0; i < l->owners.size(); ++i) {
      PyObject* d = state_of(args[1], l->owners[i]);
      Tensor step = step_counter(d), mean = state_tensor(d, g_exp_avg),
             square = state_tensor(d, g_exp_avg_sq);
      Tensor top = o.amsgrad ? state_tensor(d, g_max_exp_avg_sq) : Tensor();
      if (!step.defined() || !mean.defined() || !square.defined() ||
          (o.amsgrad && !top.defined())) {
        fresh.push_back(i);
        const Tensor& p = l->params[i];
        if (!step.defined()) step = scalar_tensor(Scalar(0.0), DType::kFloat32);
        if (!mean.defined()) mean = zeros_like(p);
        if (!square.defined()) square = zeros_like(p);
        if (o.amsgrad && !top.defined()) top = zeros_like(p);
      }
      l->counts.push_back(step.item().as_double() + 1);
      l->steps.push_back(std::move(step));
      l->first.push_back(std::move(mean));
      l->second.push_back(std::move(square));
      if (o.amsgrad) l->third.push_back(std::move(top));
    }
    if (l->owners.empty()) Py_RETURN_NONE;
    adam_step(l->params, l->grads, l->first, l->second, l->third, l->counts, o);
    for (size_t i = 0; i < l->owners.size(); ++i) {
      const Tensor& step = l->steps[i];
      step.impl()->storage->prepare_write(op);
      Scalar(l->counts[i]).store(step.dtype(), step.bytes());
    }
    for (size_t i : fresh) {
      PyObject* p = l->owners[i];
      store(args[1], p, g_step, l->steps[i]);
      store(args[1], p, g_exp_avg, l->first[i]);
      store(args[1], p, g_exp_avg_sq, l->second[i]);
      if (o.amsgrad) store(args[1], p, g_max_exp_avg_sq, l->third[i]);
    }
    Py_RETURN_NONE;
  });
}

/// zero_grads(params, set_to_none=True)
PyObject* zero_grads(PyObject*, PyObject* const* args, Py_ssize_t nargs) {
  return guarded([&]() -> PyObject* {
    const char* op = "zero_grads";
    if (nargs != 1 && nargs != 2)
      fail(ErrorKind::kType, op, "() takes a list of parameters and perhaps set_to_none");
    check_list(op, args[0]);
    bool drop = nargs == 1 || truth(args[1]);
    // The size is read anew each time: letting go of a gradient may run a finalizer.
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(args[0]); ++i) {
      TensorExtra* extra = param_at(op, args[0], i).impl()->extra.get();
      if (!extra || !extra->grad.defined()) continue;
      if (drop) {
        Tensor gone = std::move(extra->grad);
      } else {
        if (extra->grad.requires_grad()) extra->grad = detach(extra->grad);
        Tensor g = extra->grad;
        write_values(op, g, scalar_tensor(Scalar(0), g.dtype()));
      }
    }
    Py_RETURN_NONE;
  });
}

}  // namespace

void bind_optim(py::module_& m) {
#define PYAD_FAST(F) reinterpret_cast<PyCFunction>(reinterpret_cast<void*>(F))
  static PyMethodDef functions[] = {
      {"sgd_step", PYAD_FAST(sgd), METH_FASTCALL,
       "sgd_step(params: list[Tensor], state: dict[Any, Any], lr: float, momentum: float, "
       "dampening: float, weight_decay: float, "
       "nesterov: bool, maximize: bool, /) -> None\n\n"
       "One step of SGD for the parameters that have a gradient."},
      {"adam_step", PYAD_FAST(adam), METH_FASTCALL,
       "adam_step(params: list[Tensor], state: dict[Any, Any], lr: float, beta1: float, beta2: "
       "float, eps: float, weight_decay: float, "
       "amsgrad: bool, decoupled: bool, maximize: bool, /) -> None\n\n"
       "One step of Adam (decoupled: AdamW) for the parameters that have a gradient."},
      {"zero_grads", PYAD_FAST(zero_grads), METH_FASTCALL,
       "zero_grads(params: list[Tensor], set_to_none: bool = True, /) -> None\n\nDrops the "
       "gradients of parameters, or fills them with zeros."},
      {nullptr, nullptr, 0, nullptr}};
#undef PYAD_FAST
  g_momentum_buffer = checked(PyUnicode_InternFromString("momentum_buffer"));
  g_step = checked(PyUnicode_InternFromString("step"));
  g_exp_avg = checked(PyUnicode_InternFromString("exp_avg"));
  g_exp_avg_sq = checked(PyUnicode_InternFromString("exp_avg_sq"));
  g_max_exp_avg_sq = checked(PyUnicode_InternFromString("max_exp_avg_sq"));
  if (PyModule_AddFunctions(m.ptr(), functions) < 0) throw_python_error();
}

}  // namespace pyad::bind
