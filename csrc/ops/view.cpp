// Views: strides of the results, transposes, and the functions that validate.
#include "ops/view.hpp"

#include <algorithm>

#include "kernels/index.hpp"
#include "kernels/strided.hpp"
#include "ops/reduce.hpp"
#include "ops/shape.hpp"

namespace pyad {

namespace {

Layout slice_layout(const Tensor& x, const Dims& entries) {
  Layout out;
  out.offset = x.offset();
  int d = 0;
  for (int k = 0; k < entries.size(); k += 3) {
    int64_t start = entries[k], step = entries[k + 1], size = entries[k + 2];
    if (step > 0) {
      out.sizes.push_back(size);
      out.strides.push_back(x.stride(d) * step);
    } else if (size == Slice::Attr::kNew) {
      out.sizes.push_back(1);  // its stride, as that of unsqueeze, leaves rows rows
      out.strides.push_back(d < x.dim() ? x.size(d) * x.stride(d) : 1);
      continue;
    }
    // Where nothing is taken the offset must not leave the memory.
    if (size != 0) out.offset += start * x.stride(d);
    ++d;
  }
  for (; d < x.dim(); ++d) {
    out.sizes.push_back(x.size(d));
    out.strides.push_back(x.stride(d));
  }
  return out;
}

Layout diagonal_layout(const Tensor& x, const Diagonal::Attr& attr) {
  int64_t rows = x.size(attr.dim1), columns = x.size(attr.dim2);
  int64_t start1 = attr.offset < 0 ? -attr.offset : 0, start2 = attr.offset > 0 ? attr.offset : 0;
  int64_t length = std::max<int64_t>(0, std::min(rows - start1, columns - start2));
  Layout out;
  out.offset = x.offset();
  if (length > 0) out.offset += start1 * x.stride(attr.dim1) + start2 * x.stride(attr.dim2);
  for (int d = 0; d < x.dim(); ++d) {
    if (d == attr.dim1 || d == attr.dim2) continue;
    out.sizes.push_back(x.size(d));
    out.strides.push_back(x.stride(d));
  }
  out.sizes.push_back(length);
  out.strides.push_back(x.stride(attr.dim1) + x.stride(attr.dim2));
  return out;
}

/// As wrap_dim, for a tensor that will have one dim more.
int wrap_new_dim(const char* op, int64_t dim, int n) { return wrap_dim(op, dim, n + 1); }

}  // namespace

bool view_strides(const Tensor& x, const Dims& sizes, Dims* strides) {
  if (x.is_contiguous() || x.numel() == 0) {
    *strides = contiguous_strides(sizes);
    return true;
  }
  *strides = Dims::filled(sizes.size(), 1);
  // Old dims, from the last, form blocks that one stride walks; each block must be a product of new
  // sizes.
  int next = sizes.size();
  int64_t step = 1, block = 1;
  for (int d = x.dim(); d-- > 0;) {
    if (block == 1) step = x.stride(d);
    block *= x.size(d);
    bool ends = d == 0 || (x.size(d - 1) != 1 && x.stride(d - 1) != block * step);
    if (!ends) continue;
    int64_t filled = 1;
    while (next > 0 && (filled < block || sizes[next - 1] == 1)) {
      (*strides)[--next] = filled * step;
      filled *= sizes[next];
    }
    if (filled != block) return false;
    block = 1;
  }
  return next == 0;
}

Dims infer_sizes(const char* op, const Dims& sizes, int64_t numel, const Dims& from) {
  Dims out = sizes;
  int unknown = -1;
  Dims known;
  for (int i = 0; i < sizes.size(); ++i) {
    if (sizes[i] != -1) {
      known.push_back(sizes[i]);
      continue;
    }
    if (unknown >= 0) fail(ErrorKind::kShape, op, ": only one size can be -1, got ", sizes);
    unknown = i;
  }
  int64_t n = checked_numel(op, known);
  if (unknown >= 0) {
    if (n == 0 && numel == 0) {
      fail(ErrorKind::kShape, op, ": the size -1 of ", sizes,
           " can be anything for a tensor without elements; write it out");
    }
    if (n != 0 && numel % n == 0) {
      out[unknown] = numel / n;
      return out;
    }
  } else if (n == numel) {
    return out;
  }
  fail(ErrorKind::kShape, op, ": shape ", sizes, " is invalid for ", numel,
       " elements (a tensor of shape ", from, "); the product of the sizes must be ", numel);
}

Tensor Reshape::forward(const Attr& attr, Inputs in) {
  const Tensor& x = in[0];
  Layout layout{attr.sizes, {}, x.offset()};
  if (view_strides(x, attr.sizes, &layout.strides)) return alias(x, std::move(layout));
  Tensor copy = contiguous_values(x);
  layout.strides = contiguous_strides(attr.sizes);
  layout.offset = 0;
  return alias(copy, std::move(layout));
}
Tensor Reshape::transpose(const Attr&, Rule& b, int i) { return reshape(b.g(), b.sizes(i)); }

Tensor Permute::forward(const Attr& attr, Inputs in) {
  const Tensor& x = in[0];
  int n = x.dim();
  Layout layout{Dims::filled(n, 0), Dims::filled(n, 0), x.offset()};
  for (int d = 0; d < n; ++d) {
    layout.sizes[d] = x.sizes()[static_cast<int>(attr.order[d])];
    layout.strides[d] = x.strides()[static_cast<int>(attr.order[d])];
  }
  return alias(x, std::move(layout));
}
Tensor Permute::transpose(const Attr& attr, Rule& b, int) {
  Attr inverse{attr.order};
  for (int d = 0; d < attr.order.size(); ++d) inverse.order[static_cast<int>(attr.order[d])] = d;
  return call<Permute>(inverse, b.g());
}

Tensor Expand::forward(const Attr& attr, Inputs in) {
  const Tensor& x = in[0];
  int shift = attr.sizes.size() - x.dim();
  Layout layout{attr.sizes, Dims::filled(attr.sizes.size(), 0), x.offset()};
  for (int d = 0; d < x.dim(); ++d) {
    if (x.size(d) == attr.sizes[d + shift]) layout.strides[d + shift] = x.stride(d);
  }
  return alias(x, std::move(layout));
}
Tensor Expand::batch(const Attr& attr, const Examples& in) {
  Attr more = attr;
  more.sizes.insert(0, in.size());
  return call<Expand>(more, with_ones_at(in[0], 1, more.sizes.size()));
}
Tensor Expand::transpose(const Attr&, Rule& b, int i) { return sum_to(b.g(), b.sizes(i)); }

/// The entries for arrays with a dim of `size` in front, taken whole.
static Dims after_batch(const Dims& entries, int64_t size) {
  Dims more{0, 1, size};
  for (int64_t e : entries) more.push_back(e);
  return more;
}

Tensor Slice::forward(const Attr& attr, Inputs in) {
  return alias(in[0], slice_layout(in[0], attr.entries));
}
Tensor Slice::transpose(const Attr& attr, Rule& b, int i) {
  return call<SliceTranspose>({attr.entries, b.sizes(i)}, b.g());
}
Tensor SliceTranspose::forward(const Attr& attr, Inputs in) {
  Tensor out = zeros(attr.sizes, in[0].dtype());
  copy_into(alias(out, slice_layout(out, attr.entries)), in[0]);
  return out;
}
Tensor Slice::batch(const Attr& attr, const Examples& in) {
  return call<Slice>({after_batch(attr.entries, in.size())}, in[0]);
}
Tensor SliceTranspose::batch(const Attr& attr, const Examples& in) {
  return call<SliceTranspose>(
      {after_batch(attr.entries, in.size()), with_batch(attr, in.size()).sizes}, in[0]);
}
Tensor SliceTranspose::transpose(const Attr& attr, Rule& b, int) {
  return call<Slice>({attr.entries}, b.g());
}

Tensor Diagonal::forward(const Attr& attr, Inputs in) {
  return alias(in[0], diagonal_layout(in[0], attr));
}
Tensor Diagonal::transpose(const Attr& attr, Rule& b, int i) {
  return call<DiagonalTranspose>({attr, b.sizes(i)}, b.g());
}
Tensor DiagonalTranspose::forward(const Attr& attr, Inputs in) {
  Tensor out = zeros(attr.sizes, in[0].dtype());
  copy_into(alias(out, diagonal_layout(out, attr.diagonal)), in[0]);
  return out;
}
Tensor DiagonalTranspose::transpose(const Attr& attr, Rule& b, int) {
  return call<Diagonal>(attr.diagonal, b.g());
}

Tensor reshape(const Tensor& x, const Dims& sizes) {
  return call<Reshape>({infer_sizes("reshape", sizes, x.numel(), x.sizes())}, x);
}

Tensor view(const Tensor& x, const Dims& sizes) {
  Dims wanted = infer_sizes("view", sizes, x.numel(), x.sizes());
  Dims strides;
  if (!view_strides(x, wanted, &strides)) {
    fail(ErrorKind::kShape, "view: shape ", wanted, " cannot show the memory of a tensor of shape ",
         x.sizes(), " and strides ", x.strides(), "; use reshape, which copies where it must");
  }
  return call<Reshape>({std::move(wanted)}, x);
}

Tensor permute(const Tensor& x, const Dims& order) {
  int n = x.dim();
  if (order.size() != n) {
    fail(ErrorKind::kShape, "permute: dims ", order, " must name each of the ", n,
         " dims of shape ", x.sizes(), " once");
  }
  Dims wrapped;
  for (int64_t d : order) {
    int w = wrap_dim("permute", d, n);
    if (wrapped.contains(w))
      fail(ErrorKind::kRuntime, "permute: dim ", d, " appears more than once in ", order);
    wrapped.push_back(w);
  }
  return call<Permute>({std::move(wrapped)}, x);
}

Tensor transpose(const Tensor& x, int64_t dim0, int64_t dim1) {
  int n = x.dim();
  int a = wrap_dim("transpose", dim0, n), b = wrap_dim("transpose", dim1, n);
  Dims order = Dims::filled(n, 0);
  for (int d = 0; d < n; ++d) order[d] = d;
  if (a != b) std::swap(order[a], order[b]);
  return call<Permute>({std::move(order)}, x);
}

Tensor matrix_transpose(const Tensor& x) {
  if (x.dim() < 2) {
    fail(ErrorKind::kShape, "mT: needs a matrix or a batch of matrices, got a tensor of shape ",
         x.sizes(), "; unsqueeze it first");
  }
  return transpose(x, -2, -1);
}

Tensor reverse_dims(const Tensor& x) {
  int n = x.dim();
  Dims order = Dims::filled(n, 0);
  for (int d = 0; d < n; ++d) order[d] = n - 1 - d;
  return call<Permute>({std::move(order)}, x);
}

Tensor expand(const Tensor& x, const Dims& sizes) {
  int shift = sizes.size() - x.dim();
  if (shift < 0) {
    fail(ErrorKind::kShape, "expand: ", sizes.size(), " sizes ", sizes, " for a tensor of shape ",
         x.sizes(), "; there must be at least ", x.dim());
  }
  Dims wanted = sizes;
  for (int d = 0; d < sizes.size(); ++d) {
    if (d < shift) {
      if (sizes[d] < 0) {
        fail(ErrorKind::kShape, "expand: size ", sizes[d], " of the new dim ", d, " in ", sizes,
             "; -1 keeps a size, and a new dim has none");
      }
      continue;
    }
    int64_t have = x.size(d - shift);
    if (sizes[d] == -1) wanted[d] = have;
    if (have != 1 && wanted[d] != have) {
      fail(ErrorKind::kShape, "expand: shape ", x.sizes(), " does not broadcast to ", sizes,
           ": sizes ", have, " and ", sizes[d], " differ at dim ", d,
           "; only a size of 1 can grow");
    }
  }
  checked_numel("expand", wanted);
  return call<Expand>({std::move(wanted)}, x);
}

Tensor squeeze(const Tensor& x) {
  Dims sizes;
  for (int64_t s : x.sizes())
    if (s != 1) sizes.push_back(s);
  return call<Reshape>({std::move(sizes)}, x);
}

Tensor squeeze(const Tensor& x, const Dims& dims) {
  Dims wrapped = dims.empty() ? Dims{} : wrap_dims("squeeze", dims, x.dim());
  Dims sizes;
  for (int d = 0; d < x.dim(); ++d)
    if (x.size(d) != 1 || !wrapped.contains(d)) sizes.push_back(x.size(d));
  return call<Reshape>({std::move(sizes)}, x);
}

Tensor unsqueeze(const Tensor& x, int64_t dim) {
  int at = wrap_new_dim("unsqueeze", dim, x.dim());
  if (x.dim() == kMaxDims)
    fail(ErrorKind::kValue, "unsqueeze: a tensor has at most ", kMaxDims, " dims");
  Dims sizes = x.sizes();
  sizes.insert(at, 1);
  return call<Reshape>({std::move(sizes)}, x);
}

Tensor flatten(const Tensor& x, int64_t start_dim, int64_t end_dim) {
  int first = wrap_dim("flatten", start_dim, x.dim()), last = wrap_dim("flatten", end_dim, x.dim());
  if (first > last) {
    fail(ErrorKind::kRuntime, "flatten: start_dim ", start_dim, " comes after end_dim ", end_dim,
         " for shape ", x.sizes());
  }
  if (x.dim() == 0) return call<Reshape>({Dims{1}}, x);
  if (first == last) return x;  // the tensor itself, as PyTorch: a leaf stays one
  Dims sizes;
  for (int d = 0; d < x.dim(); ++d) {
    if (d > first && d <= last) {
      if (__builtin_mul_overflow(sizes[first], x.size(d), &sizes[first]))
        checked_numel("flatten", {INT64_MAX, 2});
    } else {
      sizes.push_back(x.size(d));
    }
  }
  return call<Reshape>({std::move(sizes)}, x);
}

Tensor unflatten(const Tensor& x, int64_t dim, const Dims& sizes) {
  int at = wrap_dim("unflatten", dim, x.dim());
  if (sizes.empty())
    fail(ErrorKind::kRuntime, "unflatten: the list of sizes is empty; give the sizes that dim ",
         dim, " splits into");
  int64_t have = x.dim() == 0 ? 1 : x.size(at);
  Dims parts = infer_sizes("unflatten", sizes, have, x.sizes());
  Dims wanted;
  for (int d = 0; d < at; ++d) wanted.push_back(x.size(d));
  for (int64_t s : parts) wanted.push_back(s);
  for (int d = at + 1; d < x.dim(); ++d) wanted.push_back(x.size(d));
  checked_numel("unflatten", wanted);
  return call<Reshape>({std::move(wanted)}, x);
}

Tensor movedim(const Tensor& x, const Dims& source, const Dims& destination) {
  int n = x.dim();
  if (source.size() != destination.size()) {
    fail(ErrorKind::kShape, "movedim: source ", source, " and destination ", destination,
         " differ in length");
  }
  Dims order = Dims::filled(n, -1);
  Dims moved;
  for (int k = 0; k < source.size(); ++k) {
    int from = wrap_dim("movedim", source[k], n), to = wrap_dim("movedim", destination[k], n);
    if (moved.contains(from))
      fail(ErrorKind::kRuntime, "movedim: dim ", source[k], " appears more than once in source ",
           source);
    moved.push_back(from);
    if (n == 0) continue;
    if (order[to] != -1) {
      fail(ErrorKind::kRuntime, "movedim: dim ", destination[k],
           " appears more than once in destination ", destination);
    }
    order[to] = from;
  }
  int next = 0;
  for (int d = 0; d < n; ++d) {
    if (order[d] != -1) continue;
    while (moved.contains(next)) ++next;
    order[d] = next++;
  }
  return call<Permute>({std::move(order)}, x);
}

Tensor slice(const Tensor& x, int dim, int64_t start, int64_t length, int64_t step) {
  Dims entries;
  for (int d = 0; d < dim; ++d) {
    entries.push_back(0);
    entries.push_back(1);
    entries.push_back(x.size(d));
  }
  entries.push_back(start);
  entries.push_back(step);
  entries.push_back(length);
  return call<Slice>({std::move(entries)}, x);
}

Tensor narrow(const Tensor& x, int64_t dim, int64_t start, int64_t length) {
  if (x.dim() == 0) fail(ErrorKind::kShape, "narrow: a 0-d tensor has no dim to narrow");
  int d = wrap_dim("narrow", dim, x.dim());
  int64_t size = x.size(d);
  if (length < 0) fail(ErrorKind::kShape, "narrow: length must not be negative, got ", length);
  if (start < -size || start > size) {
    fail(ErrorKind::kIndex, "narrow: start ", start, " is out of range for dim ", dim, " of shape ",
         x.sizes(), " (expected ", -size, " to ", size, ")");
  }
  int64_t first = start < 0 ? start + size : start;
  if (length > size - first) {
    fail(ErrorKind::kShape, "narrow: start ", start, " + length ", length, " exceeds the size ",
         size, " of dim ", dim, " of shape ", x.sizes());
  }
  return slice(x, d, first, length);
}

Tensor select(const Tensor& x, int64_t dim, int64_t index) {
  if (x.dim() == 0)
    fail(ErrorKind::kIndex, "select: a 0-d tensor has no dim to select from; use .item()");
  int d = wrap_dim("select", dim, x.dim());
  int64_t size = x.size(d);
  if (index < -size || index >= size) {
    fail(ErrorKind::kIndex, "select: index ", index, " is out of bounds for dim ", dim,
         " with size ", size, " of a tensor of shape ", x.sizes());
  }
  return slice(x, d, index < 0 ? index + size : index, Slice::Attr::kOne, 0);
}

Tensor diagonal(const Tensor& x, int64_t offset, int64_t dim1, int64_t dim2) {
  int a = wrap_dim("diagonal", dim1, x.dim()), b = wrap_dim("diagonal", dim2, x.dim());
  if (x.dim() < 2)
    fail(ErrorKind::kShape, "diagonal: needs at least two dims, got shape ", x.sizes());
  if (a == b)
    fail(ErrorKind::kRuntime, "diagonal: dim1 ", dim1, " and dim2 ", dim2,
         " are the same dim; they must differ");
  // No size comes near this; it keeps the sums of offsets in range.
  offset = std::clamp<int64_t>(offset, -(int64_t{1} << 60), int64_t{1} << 60);
  return call<Diagonal>({offset, a, b}, x);
}

Tensor diag_embed(const Tensor& x, int64_t offset, int64_t dim1, int64_t dim2) {
  if (x.dim() == 0)
    fail(ErrorKind::kIndex,
         "diag_embed: needs at least one dim, got a 0-d tensor; unsqueeze it first");
  int n = x.dim() + 1;
  int a = wrap_dim("diag_embed", dim1, n), b = wrap_dim("diag_embed", dim2, n);
  if (a == b)
    fail(ErrorKind::kRuntime, "diag_embed: dim1 ", dim1, " and dim2 ", dim2,
         " are the same dim; they must differ");
  int64_t side = 0;
  if (__builtin_add_overflow(
          x.size(-1),
          offset < 0 ? 0 - static_cast<uint64_t>(offset) : static_cast<uint64_t>(offset), &side)) {
    fail(ErrorKind::kShape, "diag_embed: offset ", offset, " is too large");
  }
  Dims sizes;
  int from = 0;
  for (int d = 0; d < n; ++d) sizes.push_back(d == a || d == b ? side : x.size(from++));
  checked_numel("diag_embed", sizes);
  return call<DiagonalTranspose>({{offset, a, b}, std::move(sizes)}, x);
}

}  // namespace pyad
