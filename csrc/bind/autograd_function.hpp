// What the two files of custom functions share: `ctx` (autograd_context.cpp), and the node that
// calls Python's backward (autograd_function.cpp).
//
// Note [Custom functions]
// apply() runs the user's forward unrecorded and then makes one node for it. The node owns `ctx`
// (the user's attributes) and the saved tensors as class `Saved` keeps them, by buffer, so a
// function may save its own outputs without a cycle; `ctx`, which is also the Python object of the
// node, knows the node only while it lives. Results: an input that was written in place and marked
// dirty takes its new history from the node (adopt_written); an input returned as it is, or a view
// of one, becomes an array of its own on the same buffer, which copy-on-write keeps apart from the
// input. With dual inputs, the innermost level is stripped, the function applied to what remains,
// and the user's jvp gives the tangents (Note [Forward-mode levels]).
#pragma once

#include <Python.h>

#include <string>
#include <vector>

#include "bind/autograd.hpp"

namespace pyad::bind {

struct PyFunctionCtx {
  PyNode node;           // not owned, see above
  PyObject* needs_grad;  // tuple of bool
  PyObject* to_save;     // tuples given to the methods of ctx, or null
  PyObject* to_save_forward;
  PyObject* dirty;
  PyObject* non_differentiable;
  bool materialize;
  bool in_jvp;
};
extern PyTypeObject* ctx_type;

inline PyFunctionCtx* as_ctx(PyObject* o) { return reinterpret_cast<PyFunctionCtx*>(o); }

struct OutputInfo {
  bool is_tensor = false;
  DType dtype = DType::kFloat32;
  Dims sizes;
};

class FunctionNode final : public Node {
 public:
  FunctionNode(PyObject* cls, PyObject* ctx, std::string name, int n_inputs, int n_outputs)
      : Node(n_inputs, n_outputs, nullptr),
        outputs(static_cast<size_t>(n_outputs)),
        cls_(Py_NewRef(cls)),
        ctx_(Py_NewRef(ctx)),
        name_(std::move(name)),
        slots_(static_cast<size_t>(n_inputs)) {
    set_inputs(slots_.data(), n_inputs);
    as_ctx(ctx)->node.node = this;
    extras().host_object = ctx;
  }
  ~FunctionNode() override {
    as_ctx(ctx_)->node.node = nullptr;
    Py_DECREF(ctx_);
    Py_DECREF(cls_);
  }

  const char* name() const override { return name_.c_str(); }
  const char* full_name() const override { return name_.c_str(); }
  bool has_saved() const override { return !saved.empty(); }
  void release_saved() noexcept override {
    for (SavedTensor& s : saved) s.value.drop();
  }
  void backward(Backward& b) override;
  /// Only what no other object holds too: `ctx` while Python has it is visited there.
  int visit_host(int (*visit)(void*, void*), void* context) override {
    if (int stop = Node::visit_host(visit, context)) return stop;
    return visit(ctx_, context);
  }

  struct SavedTensor {
    Saved value;
    Edge edge;            // of an input or an outer tensor
    int own_output = -1;  // or: which output of this node it is
    int argument = -1;    // which argument of forward it was
  };
  std::vector<SavedTensor> saved;
  std::vector<OutputInfo> outputs;
  std::vector<int> slot_of_arg;  // -1: not a tensor

 private:
  PyObject* cls_;
  PyObject* ctx_;
  std::string name_;
  std::vector<InputSlot> slots_;
};

/// Makes the type of `ctx`.
void init_context_type(py::module_& m);

}  // namespace pyad::bind
