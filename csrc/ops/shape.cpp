// Moving elements: conversion, copies, flips, rolls, triangles and padding; and what is composed of
// them and of views.
#include "ops/shape.hpp"

#include <algorithm>
#include <cstring>

#include "core/layout.hpp"
#include "core/memory.hpp"
#include "kernels/strided.hpp"
#include "ops/beside.hpp"
#include "ops/functions.hpp"
#include "ops/index.hpp"

namespace pyad {

namespace {

Tensor fresh_copy(const Tensor& x) {
  Tensor out = empty(x.sizes(), x.dtype());
  copy_to_contiguous(x, out.bytes());
  return out;
}

/// The same with the given strides; none stand for the row-major ones.
Tensor fresh_copy(const Tensor& x, const Dims& strides) {
  if (strides.empty()) return fresh_copy(x);
  Tensor out = empty_strided(x.sizes(), strides, x.dtype());
  copy_into(out, x);
  return out;
}

Dims strides_to_keep(const Tensor& x) { return x.impl()->row_major ? Dims{} : kept_strides(x); }

/// The integers of the attributes.
struct Listed : Plain<"indices", 0> {
  struct Attr {
    std::vector<int64_t> values;
  };
  static Tensor forward(const Attr& attr, Inputs) {
    Tensor out = empty({static_cast<int64_t>(attr.values.size())}, DType::kInt64);
    std::copy(attr.values.begin(), attr.values.end(), out.data<int64_t>());
    return out;
  }
};

}  // namespace

Tensor indices(std::vector<int64_t> values) { return run_plain<Listed>({std::move(values)}, {}); }

Tensor ToDType::forward(const Attr& attr, Inputs in) {
  return in[0].dtype() == attr.dtype ? fresh_copy(in[0], strides_to_keep(in[0]))
                                     : convert(in[0], attr.dtype);
}
Tensor ToDType::transpose(const Attr&, Rule& b, int i) { return to_dtype(b.g(), b.dtype(i)); }

Tensor Clone::forward(const Attr& attr, Inputs in) { return fresh_copy(in[0], attr.strides); }
Tensor Clone::batch(const Attr& attr, const Examples& in) {
  return call<Clone>({attr.strides.empty() ? Dims{} : strides_to_keep(in[0])}, in[0]);
}
Tensor Clone::transpose(const Attr&, Rule& b, int) { return b.g(); }

Tensor Flip::forward(const Attr& attr, Inputs in) {
  Layout layout = in[0].layout();
  if (in[0].numel() == 0) return empty_like(in[0]);
  for (int64_t d : attr.dims) {
    auto k = static_cast<int>(d);
    layout.offset += layout.strides[k] * (layout.sizes[k] - 1);
    layout.strides[k] = -layout.strides[k];
  }
  return fresh_copy(alias(in[0], std::move(layout)), strides_to_keep(in[0]));
}
Tensor Flip::transpose(const Attr& attr, Rule& b, int) { return call<Flip>(attr, b.g()); }

Tensor Roll::forward(const Attr& attr, Inputs in) {
  Tensor x = in[0];
  if (x.numel() == 0) return empty(x.sizes(), x.dtype());
  for (int k = 0; k < attr.dims.size(); ++k) {
    auto d = static_cast<int>(attr.dims[k]);
    int64_t size = x.size(d), shift = attr.shifts[k];
    // Of two parts; one without elements leaves PyTorch rows.
    Tensor out =
        shift == 0 ? empty(x.sizes(), x.dtype()) : empty_beside(x.sizes(), x.dtype(), {&x, 1});
    for (bool wrapped : {false, true}) {
      int64_t length = wrapped ? shift : size - shift;
      Layout from = x.layout(), to = out.layout();
      from.sizes[d] = to.sizes[d] = length;
      (wrapped ? from : to).offset +=
          (wrapped ? (size - shift) * from.strides[d] : shift * to.strides[d]);
      if (length > 0) copy_into(alias(out, std::move(to)), alias(x, std::move(from)));
    }
    x = out;
  }
  return x.is(in[0]) ? fresh_copy(x) : x;
}
Tensor Roll::transpose(const Attr& attr, Rule& b, int) {
  Attr back = attr;
  for (int k = 0; k < back.dims.size(); ++k) {
    int64_t& shift = back.shifts[k];
    if (shift != 0) shift = b.sizes(0)[static_cast<int>(back.dims[k])] - shift;
  }
  return call<Roll>(back, b.g());
}

Tensor Triangle::forward(const Attr& attr, Inputs in) {
  Tensor out = fresh_copy(in[0]);
  int64_t rows = out.size(-2), columns = out.size(-1);
  if (out.numel() == 0) return out;
  auto item = static_cast<int64_t>(item_size(out.dtype()));
  int64_t matrices = out.numel() / (rows * columns);
  char* p = out.bytes();
  for (int64_t m = 0; m < matrices; ++m) {
    for (int64_t r = 0; r < rows; ++r, p += columns * item) {
      // Element (r, c) lies on diagonal c - r.
      int64_t border = std::clamp<int64_t>(r + attr.diagonal + (attr.upper ? 0 : 1), 0, columns);
      if (attr.upper) {
        std::memset(p, 0, static_cast<size_t>(border * item));
      } else {
        std::memset(p + border * item, 0, static_cast<size_t>((columns - border) * item));
      }
    }
  }
  return out;
}
Tensor Triangle::transpose(const Attr& attr, Rule& b, int) { return call<Triangle>(attr, b.g()); }

Tensor ConstantPad::batch(const Attr& attr, const Examples& in) {
  Attr more = attr;
  more.before.insert(0, 0);
  more.after.insert(0, 0);
  return call<ConstantPad>(more, in[0]);
}
Tensor ConstantPad::forward(const Attr& attr, Inputs in) {
  const Tensor& x = in[0];
  Dims sizes = x.sizes();
  for (int d = 0; d < x.dim(); ++d) sizes[d] += attr.before[d] + attr.after[d];
  Tensor out = full(sizes, attr.value, x.dtype(), "pad", Door::kWrite);
  if (channels_lie_last(x)) out = values_with(out, channels_last_strides(sizes));
  Layout from = x.layout(), to = out.layout();
  for (int d = 0; d < x.dim(); ++d) {
    int64_t skip = std::max<int64_t>(-attr.before[d], 0),
            start = std::max<int64_t>(attr.before[d], 0);
    int64_t length = x.size(d) - skip - std::max<int64_t>(-attr.after[d], 0);
    if (length <= 0) return out;
    from.offset += skip * from.strides[d];
    to.offset += start * to.strides[d];
    from.sizes[d] = to.sizes[d] = length;
  }
  copy_into(alias(out, std::move(to)), alias(x, std::move(from)));
  return out;
}
void ConstantPad::vjp(const Attr& attr, Rule& b) {
  Attr back{attr.before, attr.after, Scalar(0)};
  for (int64_t& s : back.before) s = -s;
  for (int64_t& s : back.after) s = -s;
  b.give(0, call<ConstantPad>(back, b.g()));
}

Tensor to_dtype(const Tensor& x, DType dtype) {
  if (x.dtype() == dtype) return x;
  // What is no floating number carries no derivative.
  return call<ToDType>({dtype}, is_floating(dtype) ? x : detach(x));
}

Tensor clone(const Tensor& x) { return call<Clone>({strides_to_keep(x)}, x); }
Tensor clone_with(const Tensor& x, const Dims& strides) { return call<Clone>({strides}, x); }
Tensor contiguous_clone(const Tensor& x) { return call<Clone>({}, x); }

Tensor contiguous(const Tensor& x) { return x.is_contiguous() ? x : contiguous_clone(x); }

Tensor flip(const Tensor& x, const Dims& dims) {
  if (dims.empty()) return clone(x);
  return call<Flip>({wrap_dims("flip", dims, x.dim())}, x);
}

Tensor roll(const Tensor& x, const Dims& shifts, const Dims& dims) {
  if (shifts.empty()) fail(ErrorKind::kRuntime, "roll: at least one shift is needed");
  if (dims.empty()) {
    if (shifts.size() != 1) {
      fail(ErrorKind::kRuntime, "roll: ", shifts.size(), " shifts ", shifts,
           " without dims; name as many dims, or give one shift");
    }
    return reshape(roll(reshape(x, {x.numel()}), shifts, {0}), x.sizes());
  }
  if (shifts.size() != dims.size()) {
    fail(ErrorKind::kRuntime, "roll: shifts ", shifts, " and dims ", dims,
         " differ in length; give one shift a dim");
  }
  Dims wrapped, forward;
  for (int k = 0; k < dims.size(); ++k) {
    int d = wrap_dim("roll", dims[k], x.dim());
    int64_t size = x.dim() == 0 ? 1 : std::max<int64_t>(x.size(d), 1);
    wrapped.push_back(d);
    forward.push_back((shifts[k] % size + size) % size);
  }
  if (x.dim() == 0) return clone(x);
  return call<Roll>({std::move(forward), std::move(wrapped)}, x);
}

Tensor rot90(const Tensor& x, int64_t k, const Dims& dims) {
  if (dims.size() != 2) fail(ErrorKind::kRuntime, "rot90: expects two dims, got ", dims);
  if (x.dim() < 2) fail(ErrorKind::kShape, "rot90: needs at least two dims, got shape ", x.sizes());
  int a = wrap_dim("rot90", dims[0], x.dim()), b = wrap_dim("rot90", dims[1], x.dim());
  if (a == b)
    fail(ErrorKind::kRuntime, "rot90: dims ", dims, " are the same dim; they must differ");
  switch (((k % 4) + 4) % 4) {
    case 1:
      return transpose(flip(x, {b}), a, b);
    case 2:
      return flip(x, {a, b});
    case 3:
      return transpose(flip(x, {a}), a, b);
    default:
      return clone_with(x, contiguous_strides(x.sizes()));
  }
}

namespace {
Tensor triangle(const char* op, const Tensor& x, int64_t diagonal, bool upper) {
  if (x.dim() < 2)
    fail(ErrorKind::kShape, op, ": needs at least two dims, got shape ", x.sizes(),
         "; unsqueeze it first");
  // No size comes near this; it keeps sums in range.
  diagonal = std::clamp<int64_t>(diagonal, -(int64_t{1} << 60), int64_t{1} << 60);
  return call<Triangle>({diagonal, upper}, x);
}
}  // namespace

Tensor tril(const Tensor& x, int64_t diagonal) { return triangle("tril", x, diagonal, false); }
Tensor triu(const Tensor& x, int64_t diagonal) { return triangle("triu", x, diagonal, true); }

Tensor diag(const Tensor& x, int64_t offset) {
  if (x.dim() == 1) return diag_embed(x, offset);
  if (x.dim() == 2) return clone(diagonal(x, offset));
  fail(ErrorKind::kShape, "diag: takes a vector or a matrix, got shape ", x.sizes(),
       "; use diagonal or diag_embed for batches");
}

Tensor repeat(const Tensor& x, const Dims& repeats) {
  int shift = repeats.size() - x.dim();
  if (shift < 0) {
    fail(ErrorKind::kShape, "repeat: ", repeats.size(), " repeats ", repeats,
         " for a tensor of shape ", x.sizes(), "; there must be at least ", x.dim());
  }
  Dims split, wide, sizes;
  for (int k = 0; k < repeats.size(); ++k) {
    int64_t size = k < shift ? 1 : x.size(k - shift);
    int64_t total = 0;
    if (repeats[k] < 0)
      fail(ErrorKind::kShape, "repeat: repeats must not be negative, got ", repeats);
    if (__builtin_mul_overflow(repeats[k], size, &total)) {
      fail(ErrorKind::kShape, "repeat: shape ", x.sizes(), " repeated ", repeats,
           " times has more elements than can be addressed");
    }
    sizes.push_back(total);
    // Only dims that repeat are split in two, so that as many dims as a tensor may have can be
    // repeated.
    if (repeats[k] != 1) {
      split.push_back(1);
      wide.push_back(repeats[k]);
    }
    split.push_back(size);
    wide.push_back(size);
  }
  checked_numel("repeat", sizes);
  checked_numel("repeat", wide);  // another product only where a size is 0
  Tensor y = contiguous(reshape(expand(reshape(x, split), wide), sizes));
  return y.impl()->storage == x.impl()->storage ? clone(y) : y;
}

Tensor tile(const Tensor& x, const Dims& repeats) {
  Dims padded;
  for (int k = repeats.size(); k < x.dim(); ++k) padded.push_back(1);
  for (int64_t r : repeats) padded.push_back(r);
  return repeat(x, padded);
}

Tensor repeat_interleave(const Tensor& x, int64_t repeats, int64_t dim) {
  if (repeats < 0)
    fail(ErrorKind::kValue, "repeat_interleave: repeats must not be negative, got ", repeats);
  if (x.dim() == 0) return repeat_interleave(reshape(x, {1}), repeats, dim);
  int d = wrap_dim("repeat_interleave", dim, x.dim());
  Dims wide = x.sizes(), sizes = x.sizes();
  wide.insert(d + 1, repeats);
  if (__builtin_mul_overflow(sizes[d], repeats, &sizes[d])) {
    fail(ErrorKind::kShape, "repeat_interleave: ", repeats, " repeats of shape ", x.sizes(),
         " are more than can be addressed");
  }
  checked_numel("repeat_interleave", sizes);
  Tensor y = contiguous(reshape(expand(unsqueeze(x, d + 1), wide), sizes));
  return y.impl()->storage == x.impl()->storage ? clone(y) : y;
}

Tensor repeat_interleave(const Tensor& x_any, const Tensor& repeats, int64_t dim) {
  Tensor counts = index_tensor("repeat_interleave", repeats);
  if (counts.dim() > 1)
    fail(ErrorKind::kShape, "repeat_interleave: repeats must be a number or a vector, got shape ",
         counts.sizes());
  if (counts.numel() == 1) return repeat_interleave(x_any, counts.item().as_int(), dim);
  Tensor x = x_any.dim() == 0 ? reshape(x_any, {1}) : x_any;
  int d = wrap_dim("repeat_interleave", dim, x.dim());
  if (counts.numel() != x.size(d)) {
    fail(ErrorKind::kShape, "repeat_interleave: ", counts.numel(), " repeats for dim ", dim,
         " of size ", x.size(d), " of shape ", x.sizes(), "; one for each index is needed");
  }
  const auto* count = read_values(counts).data<int64_t>();
  Dims sizes = x.sizes();
  sizes[d] = 0;
  for (int64_t i = 0; i < counts.numel(); ++i) {
    if (count[i] < 0)
      fail(ErrorKind::kValue, "repeat_interleave: repeats must not be negative, got ", count[i]);
    if (__builtin_add_overflow(sizes[d], count[i], &sizes[d]))
      checked_numel("repeat_interleave", {INT64_MAX, 2});
  }
  checked_numel("repeat_interleave", sizes);
  check_room("repeat_interleave", {sizes[d]}, DType::kInt64);
  std::vector<int64_t> source(static_cast<size_t>(sizes[d]));
  auto p = source.begin();
  for (int64_t i = 0; i < counts.numel(); ++i) p = std::fill_n(p, count[i], i);
  return index_select(x, d, indices(std::move(source)));
}

namespace {

/// Where element k of a padded dim, counted from the first of the dim itself, comes from.
int64_t padded_source(std::string_view mode, int64_t k, int64_t first, int64_t last) {
  if (mode == "replicate") return std::clamp<int64_t>(k, 0, last);
  if (mode == "circular") {
    int64_t size = last - first + 1;
    return first + ((k - first) % size + size) % size;
  }
  if (k < 0) k = -k;
  return k > last ? 2 * last - k : k;
}

/// Negative counts crop. Copies at the edge and reflections are of the whole dim all the same, but
/// a circle is closed over what the cropping leaves (PyTorch's choices).
Tensor pad_by_index(const Tensor& x, const Dims& before, const Dims& after, std::string_view mode) {
  Tensor y = x;
  for (int d = x.dim(); d-- > 0;) {
    if (before[d] == 0 && after[d] == 0) continue;
    int64_t size = x.size(d), most = std::max(before[d], after[d]), first = 0, last = size - 1;
    if (mode == "circular") {
      first = std::max<int64_t>(-before[d], 0);
      last = size - 1 - std::max<int64_t>(-after[d], 0);
    }
    if (size == 0 || last < first || (mode == "reflect" && most >= size) ||
        (mode == "circular" && most > last - first + 1)) {
      fail(ErrorKind::kShape, "pad: ", mode, " padding (", before[d], ", ", after[d],
           ") does not fit dim ", d, " of shape ", x.sizes(), "; it must be ",
           mode == "reflect" ? "less than" : "at most", " the size of the dim");
    }
    check_room("pad", {size + before[d] + after[d]}, DType::kInt64);
    std::vector<int64_t> source(static_cast<size_t>(size + before[d] + after[d]));
    for (size_t i = 0; i < source.size(); ++i)
      source[i] = padded_source(mode, static_cast<int64_t>(i) - before[d], first, last);
    y = index_select(y, d, indices(std::move(source)));
  }
  if (mode != "circular" && channels_lie_last(x)) return copy_beside(x, y);
  return y.is(x) ? clone_with(x, contiguous_strides(x.sizes())) : y;
}

}  // namespace

Tensor pad(const Tensor& x, const Dims& pairs, std::string_view mode, Scalar value) {
  if (pairs.size() % 2 != 0)
    fail(ErrorKind::kShape, "pad: expects pairs of counts, got ", pairs.size(), " counts ", pairs);
  if (pairs.size() > 2 * x.dim()) {
    fail(ErrorKind::kShape, "pad: ", pairs.size() / 2, " pairs ", pairs, " for a tensor of shape ",
         x.sizes(), ", which has ", x.dim(), " dims");
  }
  if (mode != "constant" && mode != "reflect" && mode != "replicate" && mode != "circular") {
    fail(ErrorKind::kNotImplemented, "pad: unknown mode '", mode,
         "'; use constant, reflect, replicate or circular");
  }
  Dims before = Dims::filled(x.dim(), 0), after = before, sizes = x.sizes();
  for (int k = 0; k < pairs.size() / 2; ++k) {
    int d = x.dim() - 1 - k;
    before[d] = pairs[2 * k];
    after[d] = pairs[2 * k + 1];
    __int128 size = static_cast<__int128>(sizes[d]) + before[d] + after[d];
    if (size < 0 || size > INT64_MAX) {
      fail(ErrorKind::kShape, "pad: padding (", before[d], ", ", after[d], ") of dim ", d,
           " of shape ", x.sizes(),
           size < 0 ? " leaves a negative size" : " is more than can be addressed");
    }
    sizes[d] = static_cast<int64_t>(size);
  }
  checked_numel("pad", sizes);
  auto adds = [](const Dims& d) {
    return std::any_of(d.begin(), d.end(), [](auto v) { return v > 0; });
  };
  if (mode == "constant" && !adds(before) && !adds(after)) {
    Tensor y = x;
    for (int d = 0; d < x.dim(); ++d)
      if (sizes[d] != x.size(d)) y = narrow(y, d, -before[d], sizes[d]);
    return clone(y);
  }
  if (mode == "constant") return call<ConstantPad>({std::move(before), std::move(after), value}, x);
  return pad_by_index(x, before, after, mode);
}

Tensors broadcast_tensors(Inputs xs) {
  Dims sizes;
  for (const Tensor& x : xs) sizes = broadcast_sizes("broadcast_tensors", sizes, x.sizes());
  Tensors out;
  out.reserve(xs.size());
  for (const Tensor& x : xs) out.push_back(x.sizes() == sizes ? x : expand(x, sizes));
  return out;
}

}  // namespace pyad
