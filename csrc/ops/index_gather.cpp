// Gathers and scatters along a dim or by rows, masks, and positions of elements.
#include <algorithm>
#include <cstring>

#include "core/layout.hpp"
#include "kernels/index.hpp"
#include "kernels/strided.hpp"
#include "ops/functions.hpp"
#include "ops/index.hpp"
#include "ops/reduce.hpp"
#include "ops/scan.hpp"
#include "ops/shape.hpp"

namespace pyad {

namespace {

/// One number shown as an array of any shape.
Tensor spread(Scalar v, const Dims& sizes, DType dtype, const char* op = nullptr) {
  Tensor one = scalar_tensor(v, dtype, op, Door::kWrite);
  return alias(one, {sizes, Dims::filled(sizes.size(), 0), 0});
}

/// The index of index_select and its like: one dim, not wrapped.
Tensor row_index(const char* op, const Tensor& index) {
  if (index.dim() > 1)
    fail(ErrorKind::kIndex, op, ": index must be a vector, got shape ", index.sizes());
  Tensor i = index_tensor(op, index);
  return i.dim() == 1 ? i : reshape(i, {1});
}

Tensor wrapped_index(const char* op, const Tensor& index, int64_t size) {
  if (indices_in_range(contiguous_values(peek(index)), size)) return index;
  return call<FlattenIndices>({{size}, op}, index);
}

void check_index_shape(const char* op, const Tensor& index, const Tensor& x, int d,
                       const char* what, bool except_dim) {
  if (std::max(index.dim(), 1) != std::max(x.dim(), 1)) {
    fail(ErrorKind::kShape, op, ": index of shape ", index.sizes(), " and ", what, " of shape ",
         x.sizes(), " must have the same number of dims");
  }
  if (index.numel() == 0) return;
  for (int k = 0; k < std::min(index.dim(), x.dim()); ++k) {
    if ((k != d || !except_dim) && index.size(k) > x.size(k)) {
      fail(ErrorKind::kShape, op, ": index of shape ", index.sizes(), " is larger than ", what,
           " of shape ", x.sizes(), " at dim ", k,
           except_dim ? "; it may be so only at the indexed dim" : "");
    }
  }
}

void check_same_dtype(const char* op, const Tensor& x, const Tensor& src, const char* what) {
  if (x.dtype() != src.dtype()) {
    fail(ErrorKind::kType, op, ": the tensor is ", x.dtype(), " but ", what, " is ", src.dtype(),
         "; convert one of them with .to()");
  }
}

/// The leading part of `src` that an index of shape `sizes` uses.
Tensor leading_part(const Tensor& src, const Dims& sizes) {
  if (src.sizes() == sizes) return src;
  if (src.dim() == 0) return leading_part(reshape(src, {1}), sizes);
  if (sizes.empty()) return reshape(src, {});
  Dims entries;
  for (int64_t s : sizes) {
    entries.push_back(0);
    entries.push_back(1);
    entries.push_back(s);
  }
  return call<Slice>({std::move(entries)}, src);
}

Tensor bool_mask(const char* op, const Tensor& mask) {
  if (mask.dtype() != DType::kBool) {
    fail(ErrorKind::kType, op, ": the mask must be a bool tensor, got ", mask,
         "; compare it (mask != 0) or convert it with .to(bool)");
  }
  return mask;
}

/// A 0-d tensor or number as a tensor of dtype `dtype`.
Tensor fill_value(const char* op, const Operand& value, DType dtype) {
  if (!value.tensor) return scalar_tensor(value.number, dtype, op, Door::kWrite);
  if (value.tensor->dim() != 0) {
    fail(ErrorKind::kShape, op, ": value must be a number or a 0-d tensor, got a tensor of shape ",
         value.tensor->sizes());
  }
  return filling(op, *value.tensor, dtype);
}

}  // namespace

Tensor filling(const char* op, const Tensor& value, DType dtype) {
  if (value.dtype() == dtype) return value;
  (void)value.item().in(dtype, op, Door::kWrite);
  return to_dtype(value, dtype);
}

Tensor Gather::forward(const Attr& attr, Inputs in) {
  Tensor out = empty(in[1].sizes(), in[0].dtype());
  move_elements("gather", Move::kGet, in[0], attr.dim, contiguous_values(in[1]), out);
  return out;
}
Tensor Gather::transpose(const Attr& attr, Rule& b, int i) {
  return call<GatherTranspose>({attr.dim, b.sizes(i)}, b.g(), b.in(1));
}

Tensor GatherTranspose::forward(const Attr& attr, Inputs in) {
  Tensor out = zeros(attr.sizes, in[0].dtype());
  move_elements("gather", Move::kAdd, out, attr.dim, contiguous_values(in[1]), in[0]);
  return out;
}
Tensor GatherTranspose::transpose(const Attr& attr, Rule& b, int) {
  return call<Gather>({attr.dim}, b.g(), b.in(1));
}

Tensor Scatter::forward(const Attr& attr, Inputs in) {
  Tensor out = empty(in[0].sizes(), in[0].dtype());
  copy_to_contiguous(in[0], out.bytes());
  move_elements("scatter", attr.accumulate ? Move::kAdd : Move::kPut, out, attr.dim,
                contiguous_values(in[2]), in[1]);
  return out;
}
/// Where the elements that scatter writes by `index` come to lie in a contiguous array.
struct ElementPositions : Plain<"element_positions"> {
  struct Attr {
    int dim = 0;
    Dims sizes;
  };
  static Tensor forward(const Attr& attr, Inputs in);
};
Tensor ElementPositions::forward(const Attr& attr, Inputs in) {
  const auto& [dim, sizes] = attr;
  Tensor index = contiguous_values(in[0]), out = empty(index.sizes(), DType::kInt64);
  const auto* p = index.data<int64_t>();
  auto* q = out.data<int64_t>();
  Dims at = Dims::filled(index.dim(), 0);
  for (int64_t i = 0; i < index.numel(); ++i) {
    int64_t place = 0;
    for (int d = 0; d < sizes.size(); ++d) place = place * sizes[d] + (d == dim ? p[i] : at[d]);
    q[i] = place;
    for (int d = index.dim(); d-- > 0 && ++at[d] == index.size(d);) at[d] = 0;
  }
  return out;
}
Tensor Scatter::transpose(const Attr& attr, Rule& b, int i) {
  if (i == 1) {
    Tensor g = call<Gather>({attr.dim}, b.g(), b.in(2));
    if (attr.accumulate || b.in(2).dim() == 0 || b.in(2).size(attr.dim) <= 1) return g;
    const Tensor index = b.in(2);
    const Tensor positions = run_plain<ElementPositions>({attr.dim, b.sizes(0)}, {&index, 1});
    return only_standing(g, positions, numel_of(b.sizes(0)), 0);
  }
  if (attr.accumulate) return b.g();
  return call<Scatter>(attr, b.g(), spread(Scalar(0), b.sizes(1), b.g().dtype()), b.in(2));
}

Tensor NonZero::forward(const Attr&, Inputs in) {
  Tensor flat = nonzero_positions(in[0]);
  const Dims& sizes = in[0].sizes();
  Tensor out = empty({flat.numel(), sizes.size()}, DType::kInt64);
  const auto* p = flat.data<int64_t>();
  auto* q = out.data<int64_t>();
  for (int64_t i = 0; i < flat.numel(); ++i, q += sizes.size()) {
    int64_t rest = p[i];
    for (int d = sizes.size(); d-- > 0;) {
      q[d] = rest % sizes[d];
      rest /= sizes[d];
    }
  }
  return out;
}

Tensor FlatNonZero::forward(const Attr&, Inputs in) { return nonzero_positions(in[0]); }

Tensor OneHot::forward(const Attr& attr, Inputs in) {
  Tensor index = contiguous_values(in[0]);
  check_indices("one_hot", index, attr.classes);
  Dims sizes = index.sizes();
  sizes.push_back(attr.classes);
  Tensor out = zeros(sizes, DType::kInt64);
  const auto* p = index.data<int64_t>();
  auto* q = out.data<int64_t>();
  for (int64_t i = 0; i < index.numel(); ++i) q[i * attr.classes + p[i]] = 1;
  return out;
}

Tensor gather(const Tensor& x, int64_t dim, const Tensor& index) {
  int d = wrap_dim("gather", dim, x.dim());
  Tensor i = index_tensor("gather", index);
  check_index_shape("gather", i, x, d, "the input", true);
  return call<Gather>({d}, x, i);
}

namespace {

/// The index without the sizes that it has beside a size of 0. What it takes of `src`, nothing, is
/// then a part of any src, and src has a gradient.
Tensor without_idle_sizes(const Tensor& index) {
  return index.numel() > 0 ? index : leading_part(index, Dims::filled(index.dim(), 0));
}

}  // namespace

Tensor scatter(const Tensor& x, int64_t dim, const Tensor& index, const Operand& src) {
  int d = wrap_dim("scatter", dim, x.dim());
  Tensor i = index_tensor("scatter", index);
  check_index_shape("scatter", i, x, d, "the input", true);
  if (!src.tensor)
    return call<Scatter>({d, false}, x, spread(src.number, i.sizes(), x.dtype(), "scatter"), i);
  check_same_dtype("scatter", x, *src.tensor, "src");
  check_index_shape("scatter", i, *src.tensor, d, "src", false);
  i = without_idle_sizes(i);
  return call<Scatter>({d, false}, x, leading_part(*src.tensor, i.sizes()), i);
}

Tensor scatter_add(const Tensor& x, int64_t dim, const Tensor& index, const Tensor& src) {
  int d = wrap_dim("scatter_add", dim, x.dim());
  Tensor i = index_tensor("scatter_add", index);
  check_same_dtype("scatter_add", x, src, "src");
  check_index_shape("scatter_add", i, x, d, "the input", true);
  check_index_shape("scatter_add", i, src, d, "src", false);
  i = without_idle_sizes(i);
  return call<Scatter>({d, true}, x, leading_part(src, i.sizes()), i);
}

Tensor index_select(const Tensor& x, int64_t dim, const Tensor& index) {
  int d = wrap_dim("index_select", dim, x.dim());
  Tensor i = row_index("index_select", index);
  if (x.dim() > 0) {
    check_indices("index_select", contiguous_values(peek(i)), x.size(d));
    return contiguous(call<IndexGet>({d, 1}, x, i));  // other than x[..., i], as in PyTorch
  }
  if (i.numel() != 1)
    fail(ErrorKind::kIndex, "index_select: a 0-d tensor takes one index, got ", i.numel());
  check_indices("index_select", contiguous_values(peek(i)), 1);
  return clone(x);
}

namespace {

Tensor put_rows(const char* op, const Tensor& x_any, int64_t dim, const Tensor& index,
                const Tensor& source, bool accumulate, bool wrap) {
  int d = wrap_dim(op, dim, x_any.dim());
  Tensor i = row_index(op, index);
  Tensor x = x_any.dim() == 0 ? reshape(x_any, {1}) : x_any;
  check_same_dtype(op, x, source, "source");
  Dims sizes = x.sizes();
  sizes[d] = i.numel();
  Tensor rows = source;
  if (source.dim() == 0 && x.dim() == 1 && i.numel() == 1) rows = reshape(source, {1});
  if (rows.sizes() != sizes) {
    fail(ErrorKind::kShape, op, ": source of shape ", source.sizes(), " does not fit: ", i.numel(),
         " indices at dim ", d, " of a tensor of shape ", x.sizes(), " need a source of shape ",
         sizes);
  }
  if (wrap) {
    i = wrapped_index(op, i, x.size(d));
  } else {
    check_indices(op, contiguous_values(peek(i)), x.size(d));
  }
  Tensor y = call<IndexPut>({d, 1, accumulate}, x, rows, i);
  return x_any.dim() == 0 ? reshape(y, {}) : y;
}

}  // namespace

Tensor index_add(const Tensor& x, int64_t dim, const Tensor& index, const Tensor& source,
                 Scalar alpha) {
  alpha = alpha.in(x.dtype(), "index_add", Door::kWrite);
  bool one = alpha.as_double() == 1;
  return put_rows("index_add", x, dim, index, one ? source : mul(source, Operand(alpha)), true,
                  false);
}

Tensor index_copy(const Tensor& x, int64_t dim, const Tensor& index, const Tensor& source) {
  return put_rows("index_copy", x, dim, index, source, false, false);
}

Tensor index_fill(const Tensor& x, int64_t dim, const Tensor& index, const Operand& value) {
  int d = wrap_dim("index_fill", dim, x.dim());
  Dims sizes = Dims::filled(x.dim(), 1);
  if (x.dim() > 0) sizes[d] = x.size(d);
  // Written through a mask: a place named twice is one place, also to the value's gradient.
  Tensor mask = put_rows("index_fill", zeros({x.dim() > 0 ? x.size(d) : 1}, DType::kBool), 0, index,
                         spread(true, {index.numel()}, DType::kBool), false, true);
  return where(reshape(mask, sizes), fill_value("index_fill", value, x.dtype()), x);
}

Tensor take(const Tensor& x, const Tensor& index) {
  return call<IndexGet>({0, x.dim()}, x,
                        wrapped_index("take", index_tensor("take", index), x.numel()));
}

Tensor take_along_dim(const Tensor& x, const Tensor& indices, int64_t dim) {
  int d = wrap_dim("take_along_dim", dim, x.dim());
  Tensor i = index_tensor("take_along_dim", indices);
  if (i.dim() != x.dim()) {
    fail(ErrorKind::kShape, "take_along_dim: indices of shape ", i.sizes(),
         " and the input of shape ", x.sizes(), " must have the same number of dims");
  }
  if (x.dim() == 0) return call<Gather>({0}, x, wrapped_index("take_along_dim", i, 1));
  Dims x_sizes = x.sizes(), i_sizes = i.sizes();
  x_sizes[d] = i_sizes[d] = 1;
  Dims common = broadcast_sizes("take_along_dim", x_sizes, i_sizes);
  x_sizes = i_sizes = common;
  x_sizes[d] = x.size(d);
  i_sizes[d] = i.size(d);
  i = wrapped_index("take_along_dim", i, x.size(d));
  return call<Gather>({d}, x.sizes() == x_sizes ? x : expand(x, x_sizes),
                      i.sizes() == i_sizes ? i : expand(i, i_sizes));
}

Tensor masked_fill(const Tensor& x, const Tensor& mask, const Operand& value) {
  bool_mask("masked_fill", mask);
  broadcast_sizes("masked_fill", x.sizes(), mask.sizes());
  auto in_rows = [](const Tensor& t) { return keeps_rows(t) ? t : contiguous(t); };  // as PyTorch's
  return where(in_rows(mask), fill_value("masked_fill", value, x.dtype()), in_rows(x));
}

Tensor masked_select(const Tensor& x, const Tensor& mask) {
  bool_mask("masked_select", mask);
  Dims sizes = broadcast_sizes("masked_select", x.sizes(), mask.sizes());
  Tensor m = mask.sizes() == sizes ? mask : expand(mask, sizes);
  Tensor wide = x.sizes() == sizes ? x : expand(x, sizes);
  return call<IndexGet>({0, wide.dim()}, wide, call<FlatNonZero>({}, m));
}

namespace {

/// Counts from 1 as places from 0, those beyond [0, n) moved to its ends.
Tensor clamp_places(const Tensor& rank, int64_t n) {
  return minimum(maximum(sub(rank, Scalar(int64_t{1})), Scalar(int64_t{0})), Scalar(n - 1));
}

/// Where masks differ from example to example: each place takes the element of `source` that as many
/// places of its mask come before.
Tensor scattered_by_count(const Tensor& x, const Tensor& mask, const Tensor& source,
                          const Dims& sizes) {
  Tensor wide = mask.sizes() == sizes ? mask : expand(mask, sizes);
  Tensor rank = cumsum(reshape(wide, {numel_of(sizes)}), 0);
  const Tensor most = amax(peek(rank));
  if (most.numel() > 0 && most.item().as_int() > source.numel()) {
    fail(ErrorKind::kShape, "masked_scatter: the mask is true ", most.item().as_int(),
         " times but source has ", source.numel(), " elements");
  }
  if (source.numel() == 0) return expand(x, sizes);
  Tensor at = clamp_places(rank, source.numel());
  return where(wide, reshape(call<IndexGet>({0, 1}, reshape(source, {source.numel()}), at), sizes),
               x);
}

}  // namespace

Tensor masked_scatter(const Tensor& x, const Tensor& mask, const Tensor& source) {
  bool_mask("masked_scatter", mask);
  check_same_dtype("masked_scatter", x, source, "source");
  Dims sizes = broadcast_sizes("masked_scatter", x.sizes(), mask.sizes());
  if (mask.is_batched()) return scattered_by_count(x, mask, source, sizes);
  Tensor positions = call<FlatNonZero>({}, mask.sizes() == sizes ? mask : expand(mask, sizes));
  int64_t n = positions.numel();
  if (n > source.numel()) {
    fail(ErrorKind::kShape, "masked_scatter: the mask is true ", n, " times but source has ",
         source.numel(), " elements");
  }
  Tensor wide = x.sizes() == sizes ? x : expand(x, sizes);
  Tensor used = slice(reshape(source, {source.numel()}), 0, 0, n);
  return call<IndexPut>({0, wide.dim(), false}, wide, used, positions);
}

Tensor one_hot(const Tensor& x, int64_t classes) {
  Tensor index = index_tensor("one_hot", x), values = contiguous_values(peek(index));
  const auto* p = values.data<int64_t>();
  int64_t n = values.numel();
  if (classes < -1 || (classes == 0 && n > 0)) {
    fail(ErrorKind::kValue, "one_hot: num_classes must be positive, got ", classes,
         "; leave it out to have it found");
  }
  if (classes == -1) {
    if (n == 0)
      fail(ErrorKind::kValue,
           "one_hot: num_classes cannot be found from a tensor without elements; give it");
    classes = *std::max_element(p, p + n);
    if (classes < INT64_MAX) ++classes;
  }
  for (int64_t i = 0; i < n; ++i) {
    if (p[i] < 0 || p[i] >= classes) {
      fail(ErrorKind::kValue, "one_hot: class ", p[i], " is not in [0, ", classes, "); ",
           p[i] < 0 ? "classes must not be negative" : "num_classes must be larger");
    }
  }
  Dims sizes = index.sizes();
  sizes.push_back(classes);
  checked_numel("one_hot", sizes);
  return call<OneHot>({classes}, index);
}

Tensor nonzero(const Tensor& x) { return call<NonZero>({}, x); }

Tensors nonzero_tuple(const Tensor& x) {
  return unbind(nonzero(x.dim() == 0 ? reshape(x, {1}) : x), 1);
}

}  // namespace pyad
