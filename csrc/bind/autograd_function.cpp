// Custom functions: the node that calls Python's backward, and apply. See Note [Custom functions].
#include "bind/autograd_function.hpp"
#include "dispatch/inplace.hpp"
#include "dispatch/tangent.hpp"

namespace pyad::bind {

namespace {

/// A result that may be one object or a tuple of them, as a tuple (new reference).
Owned as_tuple(Owned o) {
  if (PyTuple_Check(o.get())) return o;
  return Owned(checked(PyTuple_Pack(1, o.get())));
}

Owned class_attribute(PyObject* cls, const char* name) {
  return Owned(checked(PyObject_GetAttrString(cls, name)));
}

}  // namespace

void FunctionNode::backward(Backward& b) {
  HostCall python;
  auto n_out = outputs.size();
  std::vector<Owned> args;
  args.emplace_back(Py_NewRef(ctx_));
  for (size_t k = 0; k < n_out; ++k) {
    Tensor g = b.take_g(static_cast<int>(k));
    const OutputInfo& out = outputs[k];
    if (!g.defined() && out.is_tensor && is_floating(out.dtype) && as_ctx(ctx_)->materialize)
      g = zeros(out.sizes, out.dtype);
    if (g.defined() && (g.impl()->count > 1 || g.impl()->host_object)) g = private_handle(g);
    args.emplace_back(wrap(std::move(g)));
  }
  std::vector<PyObject*> raw;
  for (Owned& o : args) raw.push_back(o.get());
  Owned rule = class_attribute(cls_, "_backward_rule");
  Owned result =
      as_tuple(Owned(checked(PyObject_Vectorcall(rule.get(), raw.data(), raw.size(), nullptr))));
  auto n = static_cast<size_t>(PyTuple_GET_SIZE(result.get()));
  size_t expected = slot_of_arg.size();
  for (size_t i = expected; i < n; ++i) {  // further Nones are forgiven, as in PyTorch
    if (PyTuple_GET_ITEM(result.get(), static_cast<Py_ssize_t>(i)) != Py_None) expected = n + 1;
  }
  if (n < slot_of_arg.size() || expected > n) {
    fail(ErrorKind::kRuntime, "function ", name_,
         " returned an incorrect number of gradients (expected ", slot_of_arg.size(), ", got ", n,
         "); return one for each argument of forward, None where there is none");
  }
  for (size_t i = 0; i < slot_of_arg.size(); ++i) {
    PyObject* item = PyTuple_GET_ITEM(result.get(), static_cast<Py_ssize_t>(i));
    if (item == Py_None) continue;
    if (slot_of_arg[i] < 0) {
      fail(ErrorKind::kRuntime, "function ", name_,
           " returned a gradient different from None at position ", i,
           ", but the corresponding forward input was not a Tensor");
    }
    if (!is_tensor(item)) {
      fail(ErrorKind::kRuntime, "function ", name_, " returned at position ", i,
           " an object of type ", Py_TYPE(item)->tp_name, "; expected a Tensor or None");
    }
    b.give(slot_of_arg[i], tensor_of(item));
  }
}

namespace {

/// One call of a custom function, from arguments to results.
class Application {
 public:
  Application(PyObject* cls, PyObject* args) : cls_(cls) {
    Py_ssize_t n = PyTuple_GET_SIZE(args);
    for (Py_ssize_t i = 0; i < n; ++i) {
      PyObject* o = PyTuple_GET_ITEM(args, i);
      tensors_.push_back(is_tensor(o) ? tensor_of(o) : Tensor());
    }
    name_ = class_name() + "Backward";
    result_ = run(args, tensors_);
    // What forward left with ctx would tie it to its own results.
    keep_forward(nullptr);
    Py_CLEAR(ctx()->non_differentiable);
    if (single_) result_ = Owned(Py_NewRef(PyTuple_GET_ITEM(result_.get(), 0)));
  }
  PyObject* result() { return result_.release(); }

 private:
  std::string class_name() const {
    Owned name = class_attribute(cls_, "__name__");
    const char* s = PyUnicode_AsUTF8(name.get());
    return s ? s : "Function";
  }
  PyFunctionCtx* ctx() const { return as_ctx(ctx_.get()); }
  void keep_forward(PyObject* tuple) {
    if (!ctx_) return;
    PyObject* old = std::exchange(ctx()->to_save_forward, Py_XNewRef(tuple));
    Py_XDECREF(old);
  }
  Owned run(PyObject* args, const std::vector<Tensor>& tensors) {
    if (duals_possible()) {
      if (int level = dual_level_of(tensors); level >= 0) return run_dual(args, tensors, level);
    }
    return run_plain(args, tensors);
  }
  Owned run_plain(PyObject* args, const std::vector<Tensor>& tensors);
  Owned run_dual(PyObject* args, const std::vector<Tensor>& tensors, int level);
  Owned call_forward(PyObject* args);
  Tensor finish_output(const Tensor& raw, const std::vector<Tensor>& tensors, FunctionNode* node,
                       int k);
  void save(FunctionNode& node, PyObject* raw, const std::vector<Tensor>& tensors,
            const std::vector<Edge>& edges);

  PyObject* cls_;
  std::vector<Tensor> tensors_;
  std::string name_;
  Owned ctx_;
  Owned result_;
  bool single_ = false;  // forward returned one object, not a tuple
};

/// Whether the tuple has this very array.
bool contains(PyObject* tuple, const Tensor& t) {
  if (!tuple) return false;
  for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(tuple); ++i) {
    PyObject* o = PyTuple_GET_ITEM(tuple, i);
    if (is_tensor(o) && tensor_of(o).is(t)) return true;
  }
  return false;
}
bool contains(const std::vector<Tensor>& list, const Tensor& t) {
  for (const Tensor& x : list)
    if (x.defined() && x.is(t)) return true;
  return false;
}
void require_tensors(const std::string& name, const char* method, PyObject* tuple, bool none) {
  if (!tuple) return;
  for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(tuple); ++i) {
    PyObject* o = PyTuple_GET_ITEM(tuple, i);
    if (is_tensor(o) || (none && o == Py_None)) continue;
    fail(ErrorKind::kType, name, ": ", method, " can only take Tensors", none ? " or None" : "",
         ", but argument ", static_cast<int64_t>(i), " is of type ", Py_TYPE(o)->tp_name,
         none ? "; keep other things as attributes of ctx" : "");
  }
}
/// The elements of `x` as an array of its own, without history; see Note [Custom functions].
Tensor apart(const Tensor& x) {
  return make_tensor(make_ref<Storage>(x.impl()->storage->buffer_to_save()), x.dtype(), x.layout());
}

Owned Application::call_forward(PyObject* args) {
  HostCall python;
  GradModeGuard off(false);
  Owned forward = class_attribute(cls_, "forward");
  Owned separate = class_attribute(cls_, "_has_setup_context");
  Py_ssize_t n = PyTuple_GET_SIZE(args);
  std::vector<PyObject*> raw;
  if (separate.get() != Py_True) raw.push_back(ctx_.get());
  for (Py_ssize_t i = 0; i < n; ++i) raw.push_back(PyTuple_GET_ITEM(args, i));
  Owned out(checked(PyObject_Vectorcall(forward.get(), raw.data(), raw.size(), nullptr)));
  if (separate.get() == Py_True) {
    Owned setup = class_attribute(cls_, "setup_context");
    PyObject* three[] = {ctx_.get(), args, out.get()};
    Owned(checked(PyObject_Vectorcall(setup.get(), three, 3, nullptr)));
  }
  return out;
}

void Application::save(FunctionNode& node, PyObject* raw, const std::vector<Tensor>& tensors,
                       const std::vector<Edge>& edges) {
  PyObject* list = ctx()->to_save;
  if (!list) return;
  for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(list); ++i) {
    PyObject* o = PyTuple_GET_ITEM(list, i);
    FunctionNode::SavedTensor s;
    if (o != Py_None) {
      const Tensor& t = tensor_of(o);
      s.value.keep(t);
      for (Py_ssize_t k = 0; k < PyTuple_GET_SIZE(raw); ++k) {
        PyObject* out = PyTuple_GET_ITEM(raw, k);
        bool own = is_tensor(out) && tensor_of(out).is(t) && is_floating(t.dtype()) &&
                   !contains(ctx()->non_differentiable, t);
        // An input that is returned untouched is saved as the input it is.
        if (own && (!contains(tensors, t) || contains(ctx()->dirty, t)))
          s.own_output = static_cast<int>(k);
      }
      if (s.own_output < 0) {
        bool input = false;
        for (size_t a = 0; a < tensors.size() && !input; ++a) {
          input = tensors[a].defined() && tensors[a].is(t);
          if (!input) continue;
          s.edge = edges[a];
          s.argument = static_cast<int>(a);
        }
        if (!input && t.requires_grad()) s.edge = gradient_edge(t);
      }
    }
    node.saved.push_back(std::move(s));
  }
}

/// The result for output `k`: its history set, or, without a node, none.
Tensor Application::finish_output(const Tensor& raw, const std::vector<Tensor>& tensors,
                                  FunctionNode* node, int k) {
  bool dirty = contains(ctx()->dirty, raw);
  bool input = contains(tensors, raw);
  bool differentiable =
      node && is_floating(raw.dtype()) && !contains(ctx()->non_differentiable, raw);
  if (dirty && input) {
    if (node && !differentiable)
      fail(ErrorKind::kRuntime, name_, ": a tensor is marked both dirty and non-differentiable");
    if (node) {
      Tensor value = apart(raw);
      set_history(value, node, k);
      adopt_written(raw, value);
    }
    return raw;
  }
  const TensorImpl& p = *raw.impl();
  bool shared = input || p.node || p.requires_grad || (p.extra && p.extra->base.defined());
  Tensor y = shared ? apart(raw) : raw;
  if (differentiable) set_history(y, node, k);
  return y;
}

Owned Application::run_plain(PyObject* args, const std::vector<Tensor>& tensors) {
  size_t n = tensors.size();
  bool any = false;
  Owned needs(checked(PyTuple_New(static_cast<Py_ssize_t>(n))));
  for (size_t i = 0; i < n; ++i) {
    bool wanted = tensors[i].defined() && tensors[i].requires_grad();
    any = any || wanted;
    PyTuple_SET_ITEM(needs.get(), static_cast<Py_ssize_t>(i),
                     Py_NewRef(wanted ? Py_True : Py_False));
  }
  any = any && mode.grad;
  std::vector<Edge> edges(n);  // taken now: forward may write into its inputs
  std::vector<OutputInfo> input_info(n);
  int n_slots = 0;
  for (size_t i = 0; i < n; ++i) {
    if (!tensors[i].defined()) continue;
    ++n_slots;
    if (any && tensors[i].requires_grad()) edges[i] = gradient_edge(tensors[i]);
    input_info[i] = {true, tensors[i].dtype(), tensors[i].sizes()};
  }
  Owned backward_class = class_attribute(cls_, "_backward_cls");
  ctx_ = Owned(checked(PyObject_CallNoArgs(backward_class.get())));
  if (!PyObject_TypeCheck(ctx_.get(), ctx_type))
    fail(ErrorKind::kType, name_, ": not a context of a custom function");
  ctx()->needs_grad = needs.release();

  Owned returned = call_forward(args);
  single_ = !PyTuple_Check(returned.get());
  Owned raw = as_tuple(std::move(returned));
  require_tensors(name_, "save_for_backward", ctx()->to_save, true);
  require_tensors(name_, "mark_dirty", ctx()->dirty, false);
  require_tensors(name_, "mark_non_differentiable", ctx()->non_differentiable, false);
  Py_ssize_t n_out = PyTuple_GET_SIZE(raw.get());
  if (n_out > 0xffff || n_slots > 0xffff)
    fail(ErrorKind::kValue, name_, ": too many inputs or outputs");
  if (PyObject* dirty = ctx()->dirty) {
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(dirty); ++i) {
      const Tensor& d = tensor_of(PyTuple_GET_ITEM(dirty, i));
      if (!contains(raw.get(), d)) {
        fail(ErrorKind::kRuntime, name_,
             ": some elements marked as dirty during the forward method were not returned as "
             "output; the inputs that are modified in place must all be outputs of the function");
      }
      if (any && contains(tensors, d)) check_writable(name_.c_str(), d);
    }
  }

  Ref<FunctionNode> node;
  if (any) {
    node = Ref<FunctionNode>(
        new FunctionNode(cls_, ctx_.get(), name_, n_slots, static_cast<int>(n_out)));
    int slot = 0;
    for (size_t i = 0; i < n; ++i) {
      node->slot_of_arg.push_back(tensors[i].defined() ? slot : -1);
      if (!tensors[i].defined()) continue;
      node->connect(node->inputs()[slot++], edges[i], input_info[i].dtype, input_info[i].sizes);
    }
    save(*node, raw.get(), tensors, edges);
  }
  Owned out(checked(PyTuple_New(n_out)));
  for (Py_ssize_t k = 0; k < n_out; ++k) {
    PyObject* o = PyTuple_GET_ITEM(raw.get(), k);
    PyObject* finished = nullptr;
    if (!is_tensor(o)) {
      finished = Py_NewRef(o);
    } else {
      const Tensor& t = tensor_of(o);
      if (node) node->outputs[static_cast<size_t>(k)] = {true, t.dtype(), t.sizes()};
      bool repeated = false;  // the same array twice: the later one is an array of its own
      for (Py_ssize_t j = 0; j < k; ++j) {
        PyObject* earlier = PyTuple_GET_ITEM(raw.get(), j);
        repeated = repeated || (is_tensor(earlier) && tensor_of(earlier).is(t));
      }
      if (repeated) {
        Tensor y = apart(t);
        if (node && is_floating(t.dtype()) && !contains(ctx()->non_differentiable, t))
          set_history(y, node.get(), static_cast<int>(k));
        finished = wrap(std::move(y));
      } else {
        finished = wrap(finish_output(t, tensors, node.get(), static_cast<int>(k)));
      }
    }
    PyTuple_SET_ITEM(out.get(), k, checked(finished));
    // ctx may refer to the results: the collector must see the way round.
    if (node && is_tensor(finished) && !PyObject_GC_IsTracked(finished)) {
      PyObject_GC_Track(finished);
    }
  }
  PyFunctionCtx* c = ctx();
  if (c->to_save_forward && duals_possible()) {
    // jvp must see results, not what forward had in hand before they got their history.
    Owned list(checked(PyTuple_New(PyTuple_GET_SIZE(c->to_save_forward))));
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(list.get()); ++i) {
      PyObject* o = PyTuple_GET_ITEM(c->to_save_forward, i);
      for (Py_ssize_t k = 0; k < n_out; ++k)
        if (PyTuple_GET_ITEM(raw.get(), k) == o) o = PyTuple_GET_ITEM(out.get(), k);
      PyTuple_SET_ITEM(list.get(), i, Py_NewRef(o));
    }
    keep_forward(list.get());
  }
  Py_CLEAR(c->to_save);
  Py_CLEAR(c->dirty);
  return out;
}

Owned Application::run_dual(PyObject* args, const std::vector<Tensor>& tensors, int level) {
  size_t n = tensors.size();
  std::vector<Tensor> primals(n);
  Owned primal_args(checked(PyTuple_New(static_cast<Py_ssize_t>(n))));
  for (size_t i = 0; i < n; ++i) {
    PyObject* o = PyTuple_GET_ITEM(args, static_cast<Py_ssize_t>(i));
    if (tensors[i].defined()) {
      primals[i] = primal_at(tensors[i], level);
      PyTuple_SET_ITEM(primal_args.get(), static_cast<Py_ssize_t>(i), wrap(primals[i]));
    } else {
      PyTuple_SET_ITEM(primal_args.get(), static_cast<Py_ssize_t>(i), Py_NewRef(o));
    }
  }
  Owned out = run(primal_args.get(), primals);

  std::vector<Owned> tangents;
  tangents.emplace_back(Py_NewRef(ctx_.get()));
  for (size_t i = 0; i < n; ++i) {
    Tensor t;
    if (tensors[i].defined()) {
      t = tangent_at(tensors[i], level);
      if (!t.defined() && is_floating(tensors[i].dtype()) && ctx()->materialize)
        t = zeros_like(primals[i]);
    }
    tangents.emplace_back(wrap(std::move(t)));
  }
  std::vector<PyObject*> raw;
  for (Owned& o : tangents) raw.push_back(o.get());
  Owned rule = class_attribute(cls_, "jvp");
  ctx()->in_jvp = true;
  Owned t_out;
  try {
    HostCall python;
    t_out =
        as_tuple(Owned(checked(PyObject_Vectorcall(rule.get(), raw.data(), raw.size(), nullptr))));
  } catch (...) {
    ctx()->in_jvp = false;
    throw;
  }
  ctx()->in_jvp = false;
  Py_ssize_t n_out = PyTuple_GET_SIZE(out.get());
  if (PyTuple_GET_SIZE(t_out.get()) != n_out) {
    fail(ErrorKind::kRuntime, "function ", class_name(),
         ": its jvp returned an incorrect number of tangents (expected ",
         static_cast<int64_t>(n_out), ", got ", static_cast<int64_t>(PyTuple_GET_SIZE(t_out.get())),
         ")");
  }
  Owned dual(checked(PyTuple_New(n_out)));
  for (Py_ssize_t k = 0; k < n_out; ++k) {
    PyObject* o = PyTuple_GET_ITEM(out.get(), k);
    PyObject* t = PyTuple_GET_ITEM(t_out.get(), k);
    if (!is_tensor(o)) {
      PyTuple_SET_ITEM(dual.get(), k, Py_NewRef(o));
      continue;
    }
    const Tensor& y = tensor_of(o);
    Tensor with = y;
    bool carries = is_floating(y.dtype()) && !contains(ctx()->non_differentiable, y);
    if (t != Py_None && carries) {
      if (!is_tensor(t)) {
        fail(ErrorKind::kType, "function ", class_name(),
             ": its jvp must return Tensors or None, not ", Py_TYPE(t)->tp_name);
      }
      const Tensor& tangent = tensor_of(t);
      if (tangent.sizes() != y.sizes() || tangent.dtype() != y.dtype()) {
        fail(ErrorKind::kShape, "function ", class_name(), ": its jvp returned for output ",
             static_cast<int64_t>(k), " a tangent of ", tangent, " but the output is ", y);
      }
      with = make_dual(y, tangent, level);
    }
    // An input written in place: the original object takes over value, history and tangents.
    for (size_t i = 0; i < n; ++i) {
      if (tensors[i].defined() && primals[i].is(y) && !tensors[i].is(with)) {
        adopt_written(tensors[i], with);
        with = tensors[i];
      }
    }
    PyTuple_SET_ITEM(dual.get(), k, wrap(std::move(with)));
  }
  if (auto* node = static_cast<FunctionNode*>(ctx()->node.node)) {
    for (size_t i = 0; i < node->saved.size(); ++i) {
      const FunctionNode::SavedTensor& s = node->saved[i];
      Tensor t;
      if (s.own_output >= 0)
        t = tangent_at(tensor_of(PyTuple_GET_ITEM(dual.get(), s.own_output)), level);
      if (s.argument >= 0) t = tangent_at(tensors[static_cast<size_t>(s.argument)], level);
      if (t.defined()) keep_tangent(*node, static_cast<int>(i), level, t);
    }
  }
  // For a level further in: what was saved for jvp, with the tangents of this level.
  if (PyObject* saved = ctx()->to_save_forward) {
    Owned list(checked(PyTuple_New(PyTuple_GET_SIZE(saved))));
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(saved); ++i) {
      PyObject* o = PyTuple_GET_ITEM(saved, i);
      for (size_t a = 0; a < n; ++a)
        if (PyTuple_GET_ITEM(primal_args.get(), static_cast<Py_ssize_t>(a)) == o)
          o = PyTuple_GET_ITEM(args, static_cast<Py_ssize_t>(a));
      for (Py_ssize_t k = 0; k < n_out; ++k)
        if (PyTuple_GET_ITEM(out.get(), k) == o) o = PyTuple_GET_ITEM(dual.get(), k);
      PyTuple_SET_ITEM(list.get(), i, Py_NewRef(o));
    }
    keep_forward(list.get());
  }
  return dual;
}

PyObject* function_apply(PyObject*, PyObject* const* args, Py_ssize_t nargs) {
  return guarded([&]() -> PyObject* {
    if (nargs != 2 || !PyType_Check(args[0]) || !PyTuple_Check(args[1])) {
      fail(ErrorKind::kType, "function_apply: expects a class and a tuple of arguments");
    }
    return Application(args[0], args[1]).result();
  });
}

PyMethodDef g_functions[] = {
    {"function_apply", reinterpret_cast<PyCFunction>(reinterpret_cast<void*>(function_apply)),
     METH_FASTCALL,
     "function_apply(cls, args)\n--\n\nApplies a subclass of pyad.autograd.Function."},
    {nullptr, nullptr, 0, nullptr}};

}  // namespace

void init_function_types(py::module_& m) {
  init_context_type(m);
  if (PyModule_AddFunctions(m.ptr(), g_functions) < 0) throw py::error_already_set();
}

}  // namespace pyad::bind
