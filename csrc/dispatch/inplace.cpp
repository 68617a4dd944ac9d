// In-place writes.
#include "dispatch/inplace.hpp"

#include "dispatch/call.hpp"
#include "kernels/strided.hpp"
#include "ops/shape.hpp"

namespace pyad {

namespace detail {
void set_base(const Tensor& y, const Tensor& x) {
  TensorExtra& extra = y.extra();
  const TensorExtra* from = x.impl()->extra.get();
  extra.base = from && from->base.defined() ? from->base : x;
  // A view of a handle that shares no history with its storage (a detached one) is based on that handle.
  extra.seen_history = y.impl()->storage->history;
}
}  // namespace detail

namespace {

bool is_view(const Tensor& x) { return x.impl()->extra && x.impl()->extra->base.defined(); }

bool has_tangents(const Tensor& x) {
  if (!duals_possible() || !x.impl()->extra) return false;
  for (const Tangent& t : x.impl()->extra->tangents)
    if (t.level < mode.dual_levels) return true;
  return false;
}

/// Whether swapping the buffer of the storage replaces exactly the elements of `target`.
bool owns_whole_storage(const Tensor& target) {
  const TensorImpl& p = *target.impl();
  return p.contiguous && p.offset == 0 && !p.storage->readonly && !p.storage->buffer->lent &&
         p.storage->buffer->bytes == static_cast<size_t>(p.numel) * item_size(p.dtype);
}

void adopt_history(const Tensor& target, const Tensor& value) {
  rebase_history(target, value.requires_grad() && is_floating(target.dtype()) ? gradient_edge(value) : Edge{});
}

void adopt_tangents(const Tensor& target, const Tensor& value) {
  if (has_tangents(value)) {
    target.extra().tangents = value.impl()->extra->tangents;
  } else if (target.impl()->extra) {
    target.impl()->extra->tangents.clear();
  }
}

}  // namespace

void check_writable(const char* op, const Tensor& target) {
  if (mode.grad) {
    if (target.impl()->requires_grad && !target.impl()->node) {
      fail(ErrorKind::kRuntime, op, ": a leaf tensor that requires grad is being used in an in-place operation; do it under "
                                    "pyad.no_grad(), or use the out-of-place form");
    }
    if (is_view(target)) {
      const Tensor& base = target.impl()->extra->base;
      if (base.impl()->requires_grad && !base.impl()->node) {
        fail(ErrorKind::kRuntime, op, ": a view of a leaf tensor that requires grad is being used in an in-place operation; do it "
                                      "under pyad.no_grad(), or write into a .clone() of the leaf");
      }
    }
  }
  if (overlaps_itself(target.sizes(), target.strides())) {
    fail(ErrorKind::kRuntime, op, ": several elements of the target ", target.sizes(),
         " share one memory location (an expanded tensor); .clone() it before writing");
  }
}

void write_values(const char* op, const Tensor& target, const Tensor& value) {
  Tensor v = value.dtype() == target.dtype() ? value : convert(value, target.dtype());
  if (may_overlap(target, v)) {
    Tensor fresh = empty(v.sizes(), v.dtype());
    copy_to_contiguous(v, fresh.bytes());
    v = fresh;
  }
  Storage& storage = *target.impl()->storage;
  if (owns_whole_storage(target) && v.impl()->storage->count == 1 && v.impl()->count <= 2 && v.is_contiguous() && v.offset() == 0 &&
      v.sizes() == target.sizes() && !v.impl()->storage->buffer->lent && !v.impl()->storage->readonly &&
      v.impl()->storage->buffer->bytes == storage.buffer->bytes && !v.impl()->host_object) {
    // The value was made for this write: take its buffer instead of copying. A node may have saved it; then the next write copies.
    storage.buffer = v.impl()->storage->buffer;
    ++storage.version;
    return;
  }
  storage.prepare_write(op);
  copy_into(target, v);
}

void write_inplace(const char* op, const Tensor& target, const Tensor& value_in) {
  check_writable(op, target);
  Tensor value = value_in;
  if (!broadcasts_to(value.sizes(), target.sizes())) {
    fail(ErrorKind::kShape, op, ": the result of shape ", value.sizes(), " cannot be written into a tensor of shape ", target.sizes(),
         "; an in-place operation does not change the shape");
  }
  bool recorded = mode.grad && is_floating(target.dtype()) && (value.requires_grad() || target.requires_grad() ||
                                                               (is_view(target) && target.impl()->extra->base.requires_grad()));
  bool dual = duals_possible() && (has_tangents(value) || has_tangents(target) ||
                                   (is_view(target) && has_tangents(target.impl()->extra->base)));
  if (!recorded && !dual) {
    write_values(op, target, value);
    return;
  }
  if (value.dtype() != target.dtype()) value = to_dtype(value, target.dtype());
  if (value.sizes() != target.sizes()) value = expand(value, target.sizes());
  if (!is_view(target)) {
    write_values(op, target, value);
    adopt_history(target, value);
    adopt_tangents(target, value);
    ++target.impl()->storage->history;
    return;
  }
  Tensor base = target.impl()->extra->base;
  // The new base as a value of the graph; its memory is thrown away, since the write below has the same effect.
  Tensor new_base = as_strided_scatter(base, value, target.layout());
  write_values(op, target, value);
  adopt_history(base, new_base);
  adopt_tangents(base, new_base);
  ++target.impl()->storage->history;
}

void refresh_view(const Tensor& view) {
  TensorExtra& extra = view.extra();
  extra.seen_history = view.impl()->storage->history;
  GradModeGuard recording(true);
  Tensor again = as_strided(extra.base, view.layout());
  rebase_history(view, again.requires_grad() && is_floating(view.dtype()) ? gradient_edge(again) : Edge{});
  if (duals_possible()) adopt_tangents(view, again);
}

}  // namespace pyad
