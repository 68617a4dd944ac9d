// In-place writes.
#include "dispatch/inplace.hpp"

#include <algorithm>

#include "core/interrupt.hpp"
#include "core/layout.hpp"
#include "dispatch/batch.hpp"
#include "dispatch/call.hpp"
#include "dispatch/tangent.hpp"
#include "dispatch/writes.hpp"
#include "kernels/strided.hpp"
#include "ops/shape.hpp"

namespace pyad {

void set_base(const Tensor& y, const Tensor& x) {
  if (mode.unwatched || y.impl()->storage.get() != x.impl()->storage.get()) return;
  TensorExtra& extra = y.extra();
  const TensorExtra* from = x.impl()->extra.get();
  extra.base = from && from->base.defined() ? from->base : x;
  extra.seen_history = y.impl()->storage->history;
}

namespace {

/// The history of a tensor whose elements were replaced by those of input 1. The values of input 0
/// are gone, so it gets zeros, as in PyTorch.
struct Overwrite : Linear<"copy", 2> {
  static constexpr bool moves = true;
  static Tensor forward(const Attr&, Inputs in) { return in[1]; }
  static Tensor transpose(const Attr&, Rule& b, int i) {
    return i == 0 ? zeros_like(b.g()) : b.g();
  }
};

bool is_view(const Tensor& x) { return x.impl()->extra && x.impl()->extra->base.defined(); }
bool is_leaf_with_grad(const Tensor& x) { return x.impl()->requires_grad && !x.impl()->node; }
bool has_tangents(const Tensor& x) { return duals_possible() && dual_level_of({&x, 1}) >= 0; }

/// Whether `value` was made for this write, so that nobody else will ask for its history.
bool is_fresh(const Tensor& value) {
  const TensorImpl& p = *value.impl();
  return p.count == 1 && !p.host_object && p.node &&
         !static_cast<Node*>(p.node.get())->is_accumulator();
}

/// What a write does to the graph: prepared before any value changes, then carried out.
class HistoryChange {
 public:
  HistoryChange(const Tensor& target, const Tensor& value, bool fresh)
      : root_(is_view(target) ? target.impl()->extra->base : target) {
    bool dual = has_tangents(value) || has_tangents(target) || has_tangents(root_);
    recorded_ = mode.grad && is_floating(target.dtype()) &&
                (value.requires_grad() || target.requires_grad() || root_.requires_grad());
    const Tensor in[] = {root_, value};
    if (root_.is(target)) {
      if (recorded_) {
        edge_ = fresh && value.requires_grad() ? gradient_edge(value)
                                               : Edge{record_op<Overwrite>({}, in), 0};
      }
      if (dual) take_tangents(value);
    } else if (dual) {
      Tensor whole = as_strided_scatter(root_, value, target.layout());
      if (recorded_ && whole.requires_grad()) edge_ = gradient_edge(whole);
      take_tangents(whole);
    } else if (recorded_) {
      // The op without its forward: the write has the same effect at the cost of the part written.
      edge_ = {record_op<AsStridedScatter>({root_.layout(), target.layout()}, in), 0};
    }
  }

  void carry_out() {
    if (recorded_) rebase_history(root_, edge_);
    TensorExtra& extra = root_.extra();
    extra.tangents = std::move(tangents_);
    extra.seen_history = ++root_.impl()->storage->history;
  }

 private:
  void take_tangents(const Tensor& x) {
    if (has_tangents(x)) tangents_ = x.impl()->extra->tangents;
  }
  Tensor root_;
  bool recorded_ = false;
  Edge edge_;
  std::vector<Tangent> tangents_;
};

/// Whether a write of `value` concerns the graph or an open level at all.
bool has_history(const Tensor& target, const Tensor& value) {
  const Tensor& root = is_view(target) ? target.impl()->extra->base : target;
  if (mode.grad && is_floating(target.dtype()) &&
      (value.requires_grad() || target.requires_grad() || root.requires_grad())) {
    return true;
  }
  return duals_possible() && (has_tangents(value) || has_tangents(target) || has_tangents(root));
}

}  // namespace

void check_writable(const char* op, const Tensor& target, bool fills) {
  if (target.is_batched()) return check_writable(op, all_examples(target), fills);
  if (mode.grad) {
    target.catch_up();
    if (is_leaf_with_grad(target)) {
      fail(ErrorKind::kRuntime, op,
           ": a leaf tensor that requires grad is being used in an in-place operation; do it under "
           "pyad.no_grad(), or use the out-of-place form");
    }
    if (is_view(target) && is_leaf_with_grad(target.impl()->extra->base)) {
      fail(ErrorKind::kRuntime, op,
           ": a view of a leaf tensor that requires grad is being used in an in-place operation; "
           "do it under pyad.no_grad(), or write into a .clone() of the leaf");
    }
  }
  if (!fills && !target.is_contiguous() && overlaps_itself(target.sizes(), target.strides())) {
    fail(ErrorKind::kRuntime, op,
         ": unsupported operation: more than one element of the written-to tensor of shape ",
         target.sizes(),
         " refers to a single memory location (an expanded tensor); .clone() it before writing");
  }
}

void write_inplace(const char* op, const Tensor& target, const Tensor& value_in, bool fills) {
  check_writable(op, target, fills);
  if (!broadcasts_to(value_in.sizes(), target.sizes())) {
    fail(ErrorKind::kShape, op, ": the result of shape ", value_in.sizes(),
         " cannot be written into a tensor of shape ", target.sizes(),
         "; an in-place operation does not change the shape");
  }
  if (mode.batch_levels > 0 && write_batched(op, target, value_in)) return;
  if (!has_history(target, value_in)) {
    write_values(op, target, value_in);
    return;
  }
  bool fresh = is_fresh(value_in);
  Tensor value = value_in;
  if (value.dtype() != target.dtype()) value = to_dtype(value, target.dtype());
  if (value.sizes() != target.sizes()) value = expand(value, target.sizes());
  HistoryChange change(target, value, fresh);
  write_values(op, target, value);
  change.carry_out();
  // A view's retained gradient is that of its new value.
  if (target.impl()->extra && target.impl()->extra->retains_grad) target.catch_up();
}

void fill_inplace(const char* op, const Tensor& target, Scalar v) {
  const bool recorded = has_history(target, target);
  check_writable(op, target, true);
  Storage& storage = *target.impl()->storage;
  if (!recorded && !target.is_contiguous() && !target.is_batched() &&
      overlaps_itself(target.sizes(), target.strides())) {
    Layout distinct = target.layout();  // each element of an expanded dim is the same
    for (int d = 0; d < distinct.sizes.size(); ++d)
      if (distinct.strides[d] == 0) distinct.sizes[d] = std::min<int64_t>(distinct.sizes[d], 1);
    write_values(op, alias(target, std::move(distinct)),
                 scalar_tensor(v, target.dtype(), op, Door::kWrite));
    return;
  }
  if (!is_dense(target) || target.is_batched() || storage.buffer->count > 1 || recorded) {
    write_inplace(op, target, full_like(target, v, target.dtype(), op, Door::kWrite), true);
    return;
  }
  run_plain<Fill>({op, v}, {&target, 1});
}

void write_result(const char* op, const Tensor& target, const Tensor& value) {
  if (category(value.dtype()) > category(target.dtype())) {
    fail(ErrorKind::kRuntime, op, ": result type ", value.dtype(),
         " can't be cast to the desired output type ", target.dtype(),
         "; use the out-of-place form, or convert the target with .to(", value.dtype(), ")");
  }
  write_inplace(op, target, value);
}

void adopt_written(const Tensor& target, const Tensor& value) {
  if (has_history(target, value)) HistoryChange(target, value, is_fresh(value)).carry_out();
}

Tensor private_handle(const Tensor& x) {
  const TensorImpl& p = *x.impl();
  if (x.is_batched()) return make_batched(private_handle(p.extra->batch.all), p.extra->batch.level);
  Tensor y = make_tensor(make_ref<Storage>(p.storage->buffer_to_save()), x.dtype(), x.layout());
  if (x.requires_grad()) {
    Edge edge = gradient_edge(x);
    set_history(y, edge.node.get(), static_cast<int>(edge.nr));
  }
  if (mode.dual_levels > 0 && p.extra) y.extra().tangents = p.extra->tangents;
  return y;
}

void refresh_view(const Tensor& view) {
  TensorExtra& extra = view.extra();
  TensorImpl& p = *view.impl();
  if (p.requires_grad &&
      !p.node) {  // a leaf of its own: it asked for a gradient apart from its base
    extra.seen_history = p.storage->history;
    return;
  }
  const TensorImpl& base = *extra.base.impl();
  if (base.storage.get() == p.storage.get() &&
      (!base.extra || base.extra->seen_history <= extra.seen_history)) {
    extra.seen_history = p.storage->history;  // another array on this memory was written, no base
    return;
  }
  bool had_tangents = !extra.tangents.empty();
  if (!p.node && !extra.base.requires_grad() && !had_tangents && !has_tangents(extra.base)) {
    extra.seen_history = p.storage->history;
    return;
  }
  ModeGuard put_back;
  mode.grad = true;
  Tensor again = as_strided(extra.base, view.layout());
  bool recorded = again.requires_grad() && is_floating(view.dtype());
  rebase_history(view, recorded ? gradient_edge(again) : Edge{});
  extra.tangents.clear();
  if (has_tangents(again)) extra.tangents = again.impl()->extra->tangents;
  extra.seen_history = p.storage->history;
}

}  // namespace pyad
