// Python callables as hooks of the graph, and the handle that removes one.
//
// Note [Cycles through hooks]
// A hook's callable often refers to the tensor it is registered on, which makes a cycle through the
// engine: Tensor object, array, hook, callable, Tensor object. The collector sees it because the
// Tensor object reports the callables of its hooks as its own, but only while nothing else could
// reach them: the array has no other handle, and the node (for non-leaves) no other user. A handle
// (RemovableHandle) knows its hook through a link that the hook cuts when it ends, so a handle
// keeps nothing alive.
// A longer way round (a hook on y that refers to what was computed from y) leads through nodes that
// others use too; it is not seen, as in PyTorch, and ends when the hook is removed.
#include "bind/autograd.hpp"

#include "dispatch/inplace.hpp"
#include "dispatch/transform.hpp"
#include "ops/batching.hpp"

namespace pyad::bind {

namespace {

class PyHook;
/// What a handle knows of its hook.
struct Link final : Object {
  PyHook* hook = nullptr;
};

/// The callable of a hook; base of the three kinds.
class PyHook {
 public:
  explicit PyHook(PyObject* fn) : fn_(Py_NewRef(fn)), link_(new Link) { link_->hook = this; }
  virtual ~PyHook() {
    link_->hook = nullptr;
    remove();
  }
  const Ref<Link>& link() const { return link_; }
  /// Makes it a hook of one transform: Note [Hooks and transforms].
  void set_transform(int64_t number) { transform_ = number; }
  void remove() {
    PyObject* fn = std::exchange(fn_, nullptr);
    Py_XDECREF(fn);
  }

 protected:
  /// Whether the sweep is none of the hook's transform.
  bool is_foreign() const { return transform_ != 0 && !is_open_transform(transform_); }
  bool is_removed() const { return fn_ == nullptr; }
  int visit_callable(int (*visit)(void*, void*), void* context) const {
    return fn_ ? visit(fn_, context) : 0;
  }
  /// Calls with one or two arguments; a Python exception passes through.
  Owned call(PyObject* a, PyObject* b = nullptr) const {
    Owned fn(Py_NewRef(fn_));  // it may remove itself
    PyObject* args[] = {a, b};
    return Owned(checked(PyObject_Vectorcall(fn.get(), args, b ? 2 : 1, nullptr)));
  }
  /// For error messages.
  std::string text() const {
    const Owned name(fn_ ? PyObject_GetAttrString(fn_, "__name__") : nullptr);
    const char* s = name && PyUnicode_Check(name.get()) ? PyUnicode_AsUTF8(name.get()) : nullptr;
    if (!s) PyErr_Clear();
    return s ? s : "hook";
  }
  /// A replacement for `was`, checked.
  Tensor replacement(PyObject* r, const Tensor& was) const {
    if (r == Py_None) return {};
    if (!is_tensor(r)) {
      fail(ErrorKind::kType, "hook '", text(), "' must return a Tensor or None, not ",
           Py_TYPE(r)->tp_name);
    }
    const Tensor& t = tensor_of(r);
    if (!was.defined()) {
      fail(ErrorKind::kRuntime, "hook '", text(), "' can't replace a None gradient with a Tensor");
    }
    if (t.sizes() != was.sizes()) {
      fail(ErrorKind::kShape, "hook '", text(), "' has changed the size of the gradient from ",
           was.sizes(), " to ", t.sizes());
    }
    if (t.dtype() != was.dtype()) {
      fail(ErrorKind::kRuntime, "hook '", text(), "' has changed the type of the gradient from ",
           was.dtype(), " to ", t.dtype());
    }
    return t;
  }

 private:
  PyObject* fn_;
  Ref<Link> link_;
  int64_t transform_ = 0;
};

// The parts of the three kinds that are alike.
#define PYAD_HOOK_COMMON(BASE, NAME)                                   \
  explicit NAME(PyObject* fn) : PyHook(fn) {}                          \
  bool removed() const noexcept override { return is_removed(); }      \
  int visit_host(int (*visit)(void*, void*), void* context) override { \
    return visit_callable(visit, context);                             \
  }                                                                    \
  void drop_host() noexcept override { remove(); }

/// The levels in which a hook was registered, for the time of one call; where they are closed, others
/// like them. What the hook refers to belongs to those that are open.
class SameBatches {
 public:
  explicit SameBatches(const std::vector<Level>& batches)
      : counts_(batches.empty() ? LevelCounts{mode.levels, mode.batch_levels} : resume_levels()) {
    for (const Level& b : batches) {
      const bool open = is_open_level(b.number);
      levels_.push_back(open ? b.number : enter_level(true, b.size, b.randomness));
      if (!open) entered_.push_back(levels_.back());
    }
  }
  ~SameBatches() {
    for (size_t i = entered_.size(); i-- > 0;) exit_level("vmap", entered_[i]);
    restore_levels(counts_);
  }
  SameBatches(const SameBatches&) = delete;
  SameBatches& operator=(const SameBatches&) = delete;

  Tensor example(Tensor all) const {
    for (int level : levels_) all = put_on(all, level);
    return all;
  }
  Tensor all(Tensor example) const {
    for (size_t i = levels_.size(); i-- > 0;) example = spread_examples(example, levels_[i]);
    return example;
  }

 private:
  LevelCounts counts_;
  std::vector<int> levels_;  // outermost first
  std::vector<int> entered_;
};

uint32_t version_of(const Tensor& x) { return all_examples(x).impl()->storage->version; }

class PyGradHook final : public GradHook, public PyHook {
 public:
  PYAD_HOOK_COMMON(GradHook, PyGradHook)
  /// Registered inside `vmap`, a hook is called with an example; the gradient is that of all.
  void set_batches(std::vector<Level> batches) { batches_ = std::move(batches); }
  Tensor run(const Tensor& g) override {
    if (is_foreign()) return {};
    HostCall python;
    Tensor given = private_handle(g);
    const uint32_t version = version_of(given);
    SameBatches batches(batches_);
    Tensor example = batches.example(given);
    Owned arg(wrap(example));
    Tensor r = batches.all(replacement(call(arg.get()).get(), example));
    // A hook may also change what it was given (`g.clamp_(-1, 1)`), as in PyTorch.
    if (!r.defined() && version_of(given) != version) return given;
    return r;
  }

 private:
  std::vector<Level> batches_;  // outermost first
};

class PyLeafHook final : public LeafHook, public PyHook {
 public:
  PYAD_HOOK_COMMON(LeafHook, PyLeafHook)
  void run(const Tensor& leaf) override {
    HostCall python;
    Owned arg(wrap(leaf));
    Owned r = call(arg.get());
    if (r.get() != Py_None) {
      fail(ErrorKind::kRuntime, "hook '", text(),
           "': a post accumulate grad hook must return None");
    }
  }
};

PyObject* wrap_all(const std::vector<Tensor>& list) {
  Owned tuple(checked(PyTuple_New(static_cast<Py_ssize_t>(list.size()))));
  for (size_t i = 0; i < list.size(); ++i) {
    PyTuple_SET_ITEM(tuple.get(), static_cast<Py_ssize_t>(i),
                     wrap(list[i].defined() ? private_handle(list[i]) : Tensor()));
  }
  return tuple.release();
}

class PyNodeHook final : public NodeHook, public PyHook {
 public:
  PYAD_HOOK_COMMON(NodeHook, PyNodeHook)
  void run(std::vector<Tensor>& changeable, const std::vector<Tensor>* other) override {
    if (is_foreign()) return;
    HostCall python;
    Owned first(wrap_all(changeable));
    Owned second(other ? wrap_all(*other) : nullptr);
    Owned r = call(first.get(), second.get());
    if (r.get() == Py_None) return;
    if (!PyTuple_Check(r.get())) {
      // As in PyTorch, one gradient may be returned bare.
      r = Owned(checked(PyTuple_Pack(1, r.get())));
    }
    auto n = static_cast<size_t>(PyTuple_GET_SIZE(r.get()));
    if (n != changeable.size()) {
      fail(ErrorKind::kRuntime, "hook '", text(),
           "' has returned an incorrect number of values (got ", n, ", but expected ",
           changeable.size(), ")");
    }
    for (size_t i = 0; i < n; ++i) {
      PyObject* item = PyTuple_GET_ITEM(r.get(), static_cast<Py_ssize_t>(i));
      if (item == Py_None) {
        changeable[i] = Tensor();
      } else {
        changeable[i] = replacement(item, changeable[i]);
      }
    }
  }
};
#undef PYAD_HOOK_COMMON

// RemovableHandle.

struct PyHandle {
  PyObject_HEAD Link* link;  // one count
};
PyTypeObject* handle_type = nullptr;

PyObject* new_handle(const Ref<Link>& link) {
  auto* o = PyObject_New(PyHandle, handle_type);
  if (!o) throw_python_error();
  o->link = Ref<Link>(link).detach();
  return reinterpret_cast<PyObject*>(o);
}
void dealloc_handle(PyObject* self) {
  PyTypeObject* type = Py_TYPE(self);
  Ref<Link>::adopt(reinterpret_cast<PyHandle*>(self)->link).reset();
  PyObject_Free(self);
  Py_DECREF(type);
}
PyObject* remove_handle(PyObject* self, PyObject*) {
  if (PyHook* hook = reinterpret_cast<PyHandle*>(self)->link->hook) hook->remove();
  Py_RETURN_NONE;
}
PyObject* enter_handle(PyObject* self, PyObject*) { return Py_NewRef(self); }
PyObject* exit_handle(PyObject* self, PyObject* const*, Py_ssize_t) {
  return remove_handle(self, nullptr);
}

template <class H, class Add>
PyObject* register_as(PyObject* fn, const char* op, Add&& add) {
  if (!PyCallable_Check(fn)) {
    fail(ErrorKind::kType, op, ": expects a callable, not ", Py_TYPE(fn)->tp_name);
  }
  auto* hook = new H(fn);
  Ref<H> hold(hook);
  add(std::move(hold));
  return new_handle(hook->link());
}

}  // namespace

PyObject* register_grad_hook(PyObject* tensor, PyObject* fn) {
  return register_as<PyGradHook>(fn, "register_hook", [&](Ref<PyGradHook> hook) {
    Tensor at = tensor_of(tensor);
    std::vector<Level> batches;
    for (int level; (level = batch_level_of(at)) >= 0; at = at.impl()->extra->batch.all)
      batches.insert(batches.begin(), *find_level(level));
    hook->set_batches(std::move(batches));
    hook->set_transform(transform_of(at));
    add_hook(at, Ref<GradHook>(std::move(hook)));
    if (!PyObject_GC_IsTracked(tensor)) PyObject_GC_Track(tensor);
  });
}

PyObject* register_leaf_hook(PyObject* tensor, PyObject* fn) {
  return register_as<PyLeafHook>(fn, "register_post_accumulate_grad_hook",
                                 [&](Ref<PyLeafHook> hook) {
                                   add_leaf_hook(tensor_of(tensor), Ref<LeafHook>(std::move(hook)));
                                   if (!PyObject_GC_IsTracked(tensor)) PyObject_GC_Track(tensor);
                                 });
}

PyObject* register_node_hook(Node& node, PyObject* fn, bool before) {
  return register_as<PyNodeHook>(
      fn, before ? "register_prehook" : "register_hook", [&](Ref<PyNodeHook> hook) {
        hook->set_transform(transform_of(node));
        NodeExtras& extras = node.extras();
        append_hook(before ? extras.before : extras.after, Ref<NodeHook>(std::move(hook)));
      });
}

void init_hook_type(py::module_& m) {
  static PyMethodDef methods[] = {
      {"remove", remove_handle, METH_NOARGS,
       "remove($self)\n--\n\nTakes the hook away; further calls do nothing."},
      {"__enter__", enter_handle, METH_NOARGS, nullptr},
      {"__exit__", reinterpret_cast<PyCFunction>(reinterpret_cast<void*>(exit_handle)),
       METH_FASTCALL, nullptr},
      {nullptr, nullptr, 0, nullptr}};
  static PyType_Slot slots[] = {
      {Py_tp_dealloc, reinterpret_cast<void*>(dealloc_handle)},
      {Py_tp_methods, methods},
      {Py_tp_doc,
       const_cast<char*>(
           "What registering a hook returns: removes it, by hand or at the end of a with block.")},
      {0, nullptr}};
  static PyType_Spec spec = {"pyad._core.RemovableHandle", sizeof(PyHandle), 0,
                             Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION, slots};
  handle_type = reinterpret_cast<PyTypeObject*>(checked(PyType_FromSpec(&spec)));
  m.attr("RemovableHandle") =
      py::reinterpret_borrow<py::object>(reinterpret_cast<PyObject*>(handle_type));
}

}  // namespace pyad::bind
