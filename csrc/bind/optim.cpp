// Optimizer steps from Python: one call over all parameters of all groups, a plain C function
// because a step of a small model is shorter than a call through pybind11. State lives in the
// optimizer's dictionary, `state[parameter][name]`, and nowhere else; it and the settings are read
// anew each time, by interned names, since both may have been replaced.
#include "ops/optim.hpp"

#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "bind/number.hpp"
#include "bind/object.hpp"
#include "bind/sequence.hpp"
#include "core/interrupt.hpp"
#include "core/layout.hpp"
#include "dispatch/inplace.hpp"
#include "dispatch/writes.hpp"

namespace pyad::bind {

namespace {

/// A rule and its names as Python strings.
struct NamedRule {
  const StepRule* rule;
  PyObject* name;
  std::vector<PyObject*> settings, states;
};
std::vector<NamedRule>& named_rules() {
  static std::vector<NamedRule> rules;
  return rules;
}

PyObject* interned(const char* text) { return checked(PyUnicode_InternFromString(text)); }

const NamedRule& rule_named(PyObject* name) {
  for (const NamedRule& r : named_rules())
    if (r.name == name) return r;
  for (const NamedRule& r : named_rules())
    if (PyUnicode_Check(name) && PyUnicode_Compare(r.name, name) == 0) return r;
  fail(ErrorKind::kValue, "optim_step: there is no such rule");
}

/// Something that a step put into the dictionaries, to be taken out if it cannot be taken.
struct Inserted {
  Owned dict, key;
};

/// What one call gathers; kept between calls, so that a step allocates nothing.
struct Work {
  std::vector<StepItem> items;
  std::vector<size_t> ends;  // of each group's items
  std::vector<StepSettings> settings;
  std::vector<Inserted> inserted;
  std::vector<Tensor> tensors;
  void clear() {
    items.clear();
    ends.clear();
    settings.clear();
    inserted.clear();
    tensors.clear();
  }
};
/// Taken and given back, so that a step inside a step (a finalizer's, say) has its own.
class Borrowed {
 public:
  Borrowed() : work_(spare().release()) {
    if (!work_) work_ = new Work;
  }
  ~Borrowed() {
    work_->clear();
    spare().reset(work_);
  }
  Borrowed(const Borrowed&) = delete;
  Borrowed& operator=(const Borrowed&) = delete;
  Work* operator->() const { return work_; }
  Work& operator*() const { return *work_; }

 private:
  static std::unique_ptr<Work>& spare() {
    static thread_local std::unique_ptr<Work> work;
    return work;
  }
  Work* work_;
};

double real(PyObject* o) {
  double v = as_double(o);
  if (v == -1.0 && PyErr_Occurred()) throw_python_error();
  return v;
}
bool truth(PyObject* o) {
  int v = PyObject_IsTrue(o);
  if (v < 0) throw_python_error();
  return v != 0;
}
void check_call(const char* op, Py_ssize_t nargs, Py_ssize_t wanted) {
  if (nargs != wanted)
    fail(ErrorKind::kType, op, "() takes ", wanted, " arguments, but ", nargs, " were given");
}
void check_list(const char* op, PyObject* list) {
  if (!PyList_Check(list))
    fail(ErrorKind::kType, op, ": params must be a list of Tensors, not ", Py_TYPE(list)->tp_name);
}
const Tensor& tensor_in(const char* op, Py_ssize_t i, PyObject* p) {
  if (!is_tensor(p))
    fail(ErrorKind::kType, op, ": params must hold Tensors, but item ", i, " is ",
         Py_TYPE(p)->tp_name);
  return tensor_of(p);
}
bool has_grad(const Tensor& p) { return p.impl()->extra && p.impl()->extra->grad.defined(); }

/// Empty when there is none. Owned, since what is done with it may run code that takes it out.
Owned lookup(PyObject* dict, PyObject* key) {
  PyObject* o = PyDict_GetItemWithError(dict, key);
  if (!o && PyErr_Occurred()) throw_python_error();
  return Owned(Py_XNewRef(o));
}

StepSettings read_settings(const NamedRule& r, PyObject* group) {
  StepSettings s;
  for (size_t i = 0; i < r.settings.size(); ++i) {
    const StepSetting& setting = r.rule->settings[i];
    const Owned o = lookup(group, r.settings[i]);
    if (!o) {
      PyErr_SetObject(PyExc_KeyError, r.settings[i]);
      throw_python_error();
    }
    if (setting.flag) {
      s.*setting.flag = truth(o.get());
    } else if (setting.second) {
      const Owned pair(
          checked(PySequence_Fast(o.get(), "optimizer: a setting must be a pair of numbers")));
      if (PySequence_Fast_GET_SIZE(pair.get()) != 2)
        fail(ErrorKind::kValue, "optimizer: ", setting.name, " must be a pair of numbers");
      each_item("optim_step", pair.get(), [&](Py_ssize_t k, PyObject* x) {
        s.*(k == 0 ? setting.number : setting.second) = real(x);
      });
    } else {
      s.*setting.number = real(o.get());
    }
  }
  return s;
}

void insert(Work& w, PyObject* dict, PyObject* key, PyObject* value) {
  if (PyDict_SetItem(dict, key, value) < 0) throw_python_error();
  w.inserted.push_back({Owned(Py_NewRef(dict)), Owned(Py_NewRef(key))});
}

/// The state of one parameter, made where it is missing.
void gather_state(const NamedRule& r, const StepSettings& s, PyObject* state, PyObject* param,
                  StepItem& item, Work& w) {
  Owned d;
  for (size_t k = 0; k < r.states.size(); ++k) {
    const StepState& spec = r.rule->states[k];
    if (spec.wanted && !spec.wanted(s)) continue;
    if (!d) {
      d = lookup(state, param);
      if (!d) {
        d = Owned(checked(PyDict_New()));
        insert(w, state, param, d.get());
      } else if (!PyDict_Check(d.get())) {
        fail(ErrorKind::kType, "optimizer: the state of a parameter must be a dict, not ",
             Py_TYPE(d.get())->tp_name);
      }
    }
    Tensor& slot = spec.array ? item.arrays[spec.slot] : item.numbers[spec.slot];
    const Owned held = lookup(d.get(), r.states[k]);
    PyObject* o = held.get();
    if (o && is_tensor(o)) {
      slot = tensor_of(o);
      continue;
    }
    double value = spec.initial ? spec.initial(s) : 0;
    if (o && o != Py_None) {  // a number, as old checkpoints have it
      if (spec.array || !(PyFloat_Check(o) || PyLong_Check(o))) {
        fail(ErrorKind::kType, "optimizer: state '", spec.name, "' must be a Tensor, not ",
             Py_TYPE(o)->tp_name);
      }
      value = real(o);
    }
    slot = spec.array ? full_like(item.param, Scalar(value), item.param.dtype())
                      : scalar_tensor(Scalar(value), default_dtype());
    item.fresh |= spec.array;
    Owned made(checked(wrap(slot)));
    insert(w, d.get(), r.states[k], made.get());
  }
}

/// All parameters of all groups, those without a gradient only if `all`. Takes out what it put into
/// the dictionaries when something is wrong.
void gather(const NamedRule& r, PyObject* groups, PyObject* state, bool all, Work& w) {
  const char* op = "optim_step";
  if (!PyList_Check(groups) || !PyDict_Check(state))
    fail(ErrorKind::kType, op, "(rule, groups, state) takes a list of dicts and a dict");
  static PyObject* params_key = interned("params");
  try {
    each_item(op, groups, [&](Py_ssize_t, PyObject* group) {
      const Owned params = PyDict_Check(group) ? lookup(group, params_key) : Owned();
      if (!params) fail(ErrorKind::kType, op, ": a group must be a dict with 'params'");
      check_list(op, params.get());
      w.settings.push_back(read_settings(r, group));
      each_item(op, params.get(), [&](Py_ssize_t i, PyObject* param) {
        const Tensor& p = tensor_in(op, i, param);
        if (!all && !has_grad(p)) return;
        StepItem& item = w.items.emplace_back();
        item.param = p;
        item.index = static_cast<size_t>(i);
        if (!all) item.grad = p.impl()->extra->grad;
        gather_state(r, w.settings.back(), state, param, item, w);
        if (!all) check_step(*r.rule, w.settings.back(), item);
      });
      w.ends.push_back(w.items.size());
    });
  } catch (...) {
    PyObject *type, *value, *trace;
    PyErr_Fetch(&type, &value, &trace);
    for (size_t i = w.inserted.size(); i-- > 0;)
      if (PyDict_DelItem(w.inserted[i].dict.get(), w.inserted[i].key.get()) < 0) PyErr_Clear();
    PyErr_Restore(type, value, trace);
    throw;
  }
}

/// optim_step(rule, groups, state)
PyObject* optim_step(PyObject*, PyObject* const* args, Py_ssize_t nargs) {
  return guarded([&]() -> PyObject* {
    check_call("optim_step", nargs, 3);
    const NamedRule& r = rule_named(args[0]);
    Borrowed w;
    gather(r, args[1], args[2], false, *w);
    StepPlan plan;
    Whole whole;
    for (size_t g = 0, i = 0; g < w->ends.size(); ++g)
      for (; i < w->ends[g]; ++i) take_step(*r.rule, w->settings[g], w->items[i], plan);
    Py_RETURN_NONE;
  });
}

/// optim_init(rule, groups, state)
PyObject* optim_init(PyObject*, PyObject* const* args, Py_ssize_t nargs) {
  return guarded([&]() -> PyObject* {
    check_call("optim_init", nargs, 3);
    Borrowed w;
    gather(rule_named(args[0]), args[1], args[2], true, *w);
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
    // Letting go of a gradient may run a finalizer, which may change the list.
    each_item(op, args[0], [&](Py_ssize_t i, PyObject* p) {
      TensorExtra* extra = tensor_in(op, i, p).impl()->extra.get();
      if (!extra || !extra->grad.defined()) return;
      if (drop) {
        Tensor gone = std::move(extra->grad);
      } else {
        if (extra->grad.requires_grad()) extra->grad = detach(extra->grad);
        Tensor g = extra->grad;
        if (!is_dense(g))
          write_values(op, g, scalar_tensor(Scalar(0), g.dtype()));
        else
          run_plain<Fill>({op, Scalar(0)}, {&g, 1});
      }
    });
    Py_RETURN_NONE;
  });
}

// ---- clipping

/// The tensors of a list, or the gradients that they have.
void collect(const char* op, PyObject* list, bool gradients, std::vector<Tensor>& out) {
  check_list(op, list);
  each_item(op, list, [&](Py_ssize_t i, PyObject* o) {
    const Tensor& t = tensor_in(op, i, o);
    if (!gradients) {
      out.push_back(t);
    } else if (has_grad(t)) {
      out.push_back(t.impl()->extra->grad);
    }
  });
}

/// total_norm(tensors, norm_type, of_gradients)
PyObject* norm(PyObject*, PyObject* const* args, Py_ssize_t nargs) {
  return guarded([&]() -> PyObject* {
    check_call("total_norm", nargs, 3);
    Borrowed w;
    collect("total_norm", args[0], truth(args[2]), w->tensors);
    return wrap(total_norm(w->tensors, real(args[1])));
  });
}

/// clip_grads_with_norm(params, max_norm, total_norm)
PyObject* clip_norm(PyObject*, PyObject* const* args, Py_ssize_t nargs) {
  return guarded([&]() -> PyObject* {
    const char* op = "clip_grads_with_norm_";
    check_call(op, nargs, 3);
    if (!is_tensor(args[2]))
      fail(ErrorKind::kType, op, ": total_norm must be a Tensor, not ", Py_TYPE(args[2])->tp_name);
    Borrowed w;
    collect(op, args[0], true, w->tensors);
    clip_with_norm(w->tensors, real(args[1]), tensor_of(args[2]));
    Py_RETURN_NONE;
  });
}

/// clip_grad_values(params, clip_value)
PyObject* clip_value(PyObject*, PyObject* const* args, Py_ssize_t nargs) {
  return guarded([&]() -> PyObject* {
    check_call("clip_grad_value_", nargs, 2);
    Borrowed w;
    collect("clip_grad_value_", args[0], true, w->tensors);
    clip_values(w->tensors, real(args[1]));
    Py_RETURN_NONE;
  });
}

}  // namespace

void bind_optim(py::module_& m) {
#define PYAD_FAST(F) reinterpret_cast<PyCFunction>(reinterpret_cast<void*>(F))
  static PyMethodDef functions[] = {
      {"optim_step", PYAD_FAST(optim_step), METH_FASTCALL,
       "optim_step(rule: str, groups: list[dict[str, Any]], state: dict[Any, Any], /) -> None\n\n"
       "One step of a rule ('adam', ...) for the parameters that have a gradient."},
      {"optim_init", PYAD_FAST(optim_init), METH_FASTCALL,
       "optim_init(rule: str, groups: list[dict[str, Any]], state: dict[Any, Any], /) -> None\n\n"
       "Makes the state of all parameters."},
      {"zero_grads", PYAD_FAST(zero_grads), METH_FASTCALL,
       "zero_grads(params: list[Tensor], set_to_none: bool = True, /) -> None\n\nDrops the "
       "gradients of parameters, or fills them with zeros."},
      {"total_norm", PYAD_FAST(norm), METH_FASTCALL,
       "total_norm(tensors: list[Tensor], norm_type: float, of_gradients: bool, /) -> Tensor\n\n"
       "The norm of all tensors, or of their gradients, together."},
      {"clip_grads_with_norm", PYAD_FAST(clip_norm), METH_FASTCALL,
       "clip_grads_with_norm(params: list[Tensor], max_norm: float, total_norm: Tensor, /) -> None"
       "\n\nScales gradients down from a norm to another."},
      {"clip_grad_values", PYAD_FAST(clip_value), METH_FASTCALL,
       "clip_grad_values(params: list[Tensor], clip_value: float, /) -> None\n\nLimits the "
       "elements of gradients."},
      {nullptr, nullptr, 0, nullptr}};
#undef PYAD_FAST
  for (const StepRule& rule : step_rules()) {
    NamedRule r{&rule, interned(std::string(rule.name).c_str()), {}, {}};
    for (const StepSetting& s : rule.settings) r.settings.push_back(interned(s.name));
    for (const StepState& s : rule.states) r.states.push_back(interned(s.name));
    named_rules().push_back(std::move(r));
  }
  if (PyModule_AddFunctions(m.ptr(), functions) < 0) throw_python_error();
}

}  // namespace pyad::bind
