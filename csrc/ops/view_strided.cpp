// as_strided and its relatives, which speak of memory and not of elements. See Note [Geometry of
// as_strided].
#include <algorithm>

#include "graph/mode.hpp"
#include "kernels/index.hpp"
#include "kernels/strided.hpp"
#include "ops/reduce.hpp"
#include "ops/shape.hpp"
#include "ops/view.hpp"

namespace pyad {

namespace {

/// Offsets of the first and the last element of memory that a layout touches.
struct Extent {
  int64_t low, high;
  bool empty;
  explicit Extent(const Layout& l) : low(l.offset), high(l.offset), empty(numel_of(l.sizes) == 0) {
    for (int d = 0; d < l.sizes.size() && !empty; ++d)
      (l.strides[d] < 0 ? low : high) += l.strides[d] * (l.sizes[d] - 1);
  }
  bool covers(const Extent& o) const {
    return o.empty || (!empty && low <= o.low && o.high <= high);
  }
  void include(const Extent& o) {
    if (o.empty) return;
    *this = empty ? o : Extent(std::min(low, o.low), std::max(high, o.high));
  }

 private:
  Extent(int64_t l, int64_t h) : low(l), high(h), empty(false) {}
};

Layout moved(const Layout& l, int64_t by) { return {l.sizes, l.strides, l.offset + by}; }

/// Divides each element of `memory` by the number of times that `place` shows it.
void divide_by_count(const Tensor& memory, const Layout& place) {
  Tensor count = zeros_like(memory);
  Tensor one = ones({}, memory.dtype());
  add_overlapping(alias(count, place),
                  alias(one, {place.sizes, Dims::filled(place.sizes.size(), 0), 0}));
  visit_floating("as_strided", memory.dtype(), [&]<class T>(std::type_identity<T>) {
    T* sum = memory.data<T>();
    const T* n = count.data<T>();
    for (int64_t i = 0; i < memory.numel(); ++i) sum[i] = n[i] > 1 ? sum[i] / n[i] : sum[i];
  });
}

/// The values of `x` where `base` says, zeros elsewhere; element k of the result is element k +
/// extent.low of the storage.
Tensor lay_out(const Tensor& x, const Layout& base, const Extent& extent) {
  Tensor memory = zeros({extent.empty ? 0 : extent.high - extent.low + 1}, x.dtype());
  if (x.numel() == 0) return memory;
  Tensor place = alias(memory, moved(base, -extent.low));
  if (!overlaps_itself(base.sizes, base.strides) || !is_floating(x.dtype())) {
    copy_into(place, x);
    return memory;
  }
  add_overlapping(place, x);
  divide_by_count(memory, place.layout());
  return memory;
}

bool has_layout(const Tensor& x, const Layout& l) {
  return x.offset() == l.offset && x.sizes() == l.sizes && x.strides() == l.strides;
}

bool fits(const Tensor& x, const Extent& extent) {
  auto elements = static_cast<int64_t>(x.impl()->storage->buffer->bytes / item_size(x.dtype()));
  return extent.empty || (extent.low >= 0 && extent.high < elements);
}

}  // namespace

Tensor AsStrided::forward(const Attr& attr, Inputs in) {
  const Tensor& x = in[0];
  Extent extent(attr.view);
  if (has_layout(x, attr.base) && fits(x, extent)) return alias(x, attr.view);
  extent.include(Extent(attr.base));
  Tensor memory = lay_out(x, attr.base, extent);
  if (numel_of(attr.view.sizes) == 0) return alias(memory, {attr.view.sizes, attr.view.strides, 0});
  return alias(memory, moved(attr.view, -extent.low));
}
Tensor AsStrided::transpose(const Attr& attr, Rule& b, int) {
  return call<AsStridedTranspose>(attr, b.g());
}

Tensor AsStridedTranspose::forward(const Attr& attr, Inputs in) {
  const Tensor& g = in[0];
  Extent base(attr.base), view(attr.view);
  bool overlaps = overlaps_itself(attr.view.sizes, attr.view.strides);
  if (is_contiguous(attr.base.sizes, attr.base.strides) && base.covers(view)) {
    Tensor out = zeros(attr.base.sizes, g.dtype());
    if (g.numel() == 0) return out;
    Tensor place = alias(out, moved(attr.view, -attr.base.offset));
    overlaps ? add_overlapping(place, g) : copy_into(place, g);
    return out;
  }
  Extent extent = base;
  extent.include(view);
  Tensor memory = zeros({extent.empty ? 0 : extent.high - extent.low + 1}, g.dtype());
  if (g.numel() != 0) {
    Tensor place = alias(memory, moved(attr.view, -extent.low));
    overlaps ? add_overlapping(place, g) : copy_into(place, g);
  }
  Tensor out = empty(attr.base.sizes, g.dtype());
  if (out.numel() == 0) return out;
  if (overlaps_itself(attr.base.sizes, attr.base.strides))
    divide_by_count(memory, moved(attr.base, -extent.low));
  copy_to_contiguous(alias(memory, moved(attr.base, -extent.low)), out.bytes());
  return out;
}
Tensor AsStridedTranspose::transpose(const Attr& attr, Rule& b, int) {
  return call<AsStrided>(attr, b.g());
}

Tensor AsStridedScatter::forward(const Attr& attr, Inputs in) {
  const Tensor& x = in[0];
  const Tensor& src = in[1];
  Extent base(attr.base), view(attr.view);
  if (is_contiguous(attr.base.sizes, attr.base.strides) && base.covers(view)) {
    Tensor out = empty(attr.base.sizes, x.dtype());
    copy_to_contiguous(x, out.bytes());
    if (src.numel() != 0) copy_into(alias(out, moved(attr.view, -attr.base.offset)), src);
    return out;
  }
  Extent extent = base;
  extent.include(view);
  Tensor memory = lay_out(x, attr.base, extent);
  if (src.numel() != 0) copy_into(alias(memory, moved(attr.view, -extent.low)), src);
  if (numel_of(attr.base.sizes) == 0) return empty(attr.base.sizes, x.dtype());
  Tensor whole = alias(memory, moved(attr.base, -extent.low)), out = empty_like(whole);
  copy_into(out, whole);
  return out;
}
Tensor AsStridedScatter::transpose(const Attr& attr, Rule& b, int i) {
  if (i == 1) return call<AsStrided>(attr, b.g());
  return call<AsStridedScatter>(attr, b.g(), zeros(attr.view.sizes, b.g().dtype()));
}

// Each example of a batch has a piece of memory of its own, as long as what base and view reach. If
// the examples of `x` lie so far apart that a view of one stays in its own, the view of all is one
// of their memory.

namespace {

AsStrided::Attr for_examples(const AsStrided::Attr& attr, const Examples& in, const Tensor* x) {
  Extent extent(attr.base);
  extent.include(Extent(attr.view));
  int64_t step = extent.empty ? 1 : extent.high - extent.low + 1;
  if (x && x->dim() == attr.base.sizes.size() + 1 && x->stride(0) != 0) step = x->stride(0);
  AsStrided::Attr more = attr;
  for (Layout* l : {&more.base, &more.view}) {
    l->sizes.insert(0, in.size());
    l->strides.insert(0, step);
  }
  return more;
}

}  // namespace

Tensor AsStrided::batch(const Attr& attr, const Examples& in) {
  const Tensor& x = in[0];
  // A cotangent or a tangent need not lie as `base` says: it is laid out so, as without examples.
  bool in_place = true;
  for (int d = 0; d < attr.base.sizes.size(); ++d)
    in_place = in_place && (x.size(d + 1) <= 1 || x.stride(d + 1) == attr.base.strides[d]);
  return call<AsStrided>(for_examples(attr, in, in_place ? &x : nullptr), x);
}
Tensor AsStridedTranspose::batch(const Attr& attr, const Examples& in) {
  return call<AsStridedTranspose>(for_examples(attr, in, nullptr), in[0]);
}
Tensor AsStridedScatter::batch(const Attr& attr, const Examples& in) {
  return call<AsStridedScatter>(for_examples(attr, in, nullptr), in.front(0), in.front(1));
}

namespace {

void check_strided(const char* op, const Tensor& x, const Layout& layout) {
  if (layout.sizes.size() != layout.strides.size()) {
    fail(ErrorKind::kShape, op, ": size ", layout.sizes, " and stride ", layout.strides,
         " differ in length; give one stride a size");
  }
  if (layout.offset < 0)
    fail(ErrorKind::kValue, op, ": storage_offset must not be negative, got ", layout.offset);
  check_layout(op, layout, x.dtype(), all_examples(x).impl()->storage->buffer->bytes);
}

}  // namespace

namespace {

/// Whether `view` shows memory in which `base` has no element.
bool shows_more(const Layout& base, const Layout& view) {
  Extent inner(base), outer(view);
  if (!inner.covers(outer)) return true;
  if (outer.empty || is_contiguous(base.sizes, base.strides)) return false;
  Tensor known = zeros({inner.high - inner.low + 1}, DType::kBool);
  Tensor yes = ones({}, DType::kBool);
  copy_into(alias(known, moved(base, -inner.low)),
            alias(yes, {base.sizes, Dims::filled(base.sizes.size(), 0), 0}));
  return !all(alias(known, moved(view, -inner.low))).item().as_bool();
}

}  // namespace

Tensor as_strided(const Tensor& x, const Layout& layout) {
  check_strided("as_strided", x, layout);
  // Elements that a view does not have belong to its base, and so does their gradient.
  const TensorExtra* extra = x.impl()->extra.get();
  bool is_view = extra && extra->base.defined();
  if ((is_view || (mode.grad && x.requires_grad())) && shows_more(x.layout(), layout)) {
    if (is_view && (extra->base.requires_grad() || !x.requires_grad()))
      return as_strided(extra->base, layout);
    fail(ErrorKind::kRuntime, "as_strided: the tensor of shape ", x.sizes(),
         " requires a gradient, but the view shows memory in which it has no element; call "
         "as_strided on the tensor that owns the memory");
  }
  return call<AsStrided>({x.layout(), layout}, x);
}

Tensor as_strided_scatter(const Tensor& base, const Tensor& src, const Layout& layout) {
  check_strided("as_strided_scatter", base, layout);
  if (src.sizes() != layout.sizes) {
    fail(ErrorKind::kShape, "as_strided_scatter: src of shape ", src.sizes(),
         " does not fill the view of shape ", layout.sizes, "; they must be equal");
  }
  return call<AsStridedScatter>({base.layout(), layout}, base, to_dtype(src, base.dtype()));
}

}  // namespace pyad
