// Joining and splitting.
#include "ops/join.hpp"

#include <algorithm>
#include <span>
#include <vector>

#include "core/host.hpp"
#include "core/layout.hpp"
#include "core/memory.hpp"
#include "kernels/move_kernels.hpp"
#include "kernels/parallel.hpp"
#include "kernels/strided.hpp"
#include "ops/shape.hpp"

namespace pyad {

namespace {

/// The part [start, start + length) of `x` along `dim`, without history.
Tensor part_of(const Tensor& x, int dim, int64_t start, int64_t length) {
  Layout layout = x.layout();
  layout.sizes[dim] = length;
  if (length > 0) layout.offset += start * layout.strides[dim];
  return alias(x, std::move(layout));
}

DType common_dtype(Inputs parts) {
  // Only tensors of dims count before 0-d ones do, as everywhere in promotion.
  DType with_dims = DType::kBool, without = DType::kBool;
  bool any = false;
  for (const Tensor& x : parts) {
    if (x.dim() > 0) {
      with_dims = any ? promote(with_dims, x.dtype()) : x.dtype();
      any = true;
    } else {
      without = promote(without, x.dtype());
    }
  }
  if (!any) return without;
  return category(without) > category(with_dims) ? without : with_dims;
}

Tensors converted(Inputs parts) {
  DType dtype = common_dtype(parts);
  Tensors out;
  out.reserve(parts.size());
  for (const Tensor& x : parts) out.push_back(to_dtype(x, dtype));
  return out;
}

}  // namespace

namespace {

/// Row after row of the result, each a run of every part, so that memory is written in its order.
/// False, and nothing done, unless that is what the parts allow.
bool join_runs(const Tensor& out, int dim, Inputs in) {
  constexpr int64_t kGrain = 1 << 18;  // bytes a thread should get at least
  if (out.numel() == 0 || !out.impl()->row_major) return false;
  int64_t outer = 1;
  for (int d = 0; d < dim; ++d) outer *= out.size(d);
  const auto item = static_cast<int64_t>(item_size(out.dtype()));
  struct Run {
    const char* from;
    int64_t bytes;
  };
  constexpr size_t kFew = 16;
  Run few[kFew];
  std::vector<Run> many(in.size() > kFew ? in.size() : 0);
  const std::span<Run> runs = many.empty() ? std::span(few, in.size()) : std::span(many);
  for (size_t k = 0; k < in.size(); ++k) {
    if (!in[k].is_contiguous()) return false;
    runs[k] = {in[k].bytes(), in[k].numel() / outer * item};
  }
  const int64_t row = out.numel() / outer * item;
  char* to = out.bytes();
  Unlocked unlocked(static_cast<double>(out.numel()));
  // Threads share bytes and not rows, of which there may be one.
  parallel_for(
      outer * row, kGrain,
      [&](int64_t begin, int64_t end) {
        int64_t at = begin / row * row;  // where a run would begin
        for (int64_t r = begin / row; at < end; ++r) {
          for (const Run& run : runs) {
            const int64_t first = std::max(at, begin), last = std::min(at + run.bytes, end);
            if (first < last)
              copy_bytes(to + first, run.from + r * run.bytes + (first - at), last - first);
            at += run.bytes;
          }
        }
      },
      64);
  return true;
}

}  // namespace

Tensor Concat::forward(const Attr& attr, Inputs in) {
  Dims sizes = in[0].sizes();
  for (size_t k = 1; k < in.size(); ++k) sizes[attr.dim] += in[k].size(attr.dim);
  checked_numel("cat", sizes);
  Tensor out = empty_beside(sizes, in[0].dtype(), in);
  if (join_runs(out, attr.dim, in)) return out;
  int64_t start = 0;
  for (const Tensor& x : in) {
    int64_t length = x.size(attr.dim);
    copy_into(part_of(out, attr.dim, start, length), x);
    start += length;
  }
  return out;
}
Tensor Concat::transpose(const Attr& attr, Rule& b, int i) {
  int64_t start = 0;
  for (int k = 0; k < i; ++k) start += b.sizes(k)[attr.dim];
  return slice(b.g(), attr.dim, start, b.sizes(i)[attr.dim]);
}

Tensor Stack::forward(const Attr& attr, Inputs in) {
  const auto n = static_cast<int64_t>(in.size());
  Dims sizes = in[0].sizes();
  sizes.insert(attr.dim, n);
  checked_numel("stack", sizes);
  Tensor out;
  if (attr.dim < in[0].dim() && std::all_of(in.begin(), in.end(), channels_lie_last)) {
    Dims joined = in[0].sizes();  // what cat makes, seen with one dim more
    joined[attr.dim] *= n;
    Dims strides = channels_last_strides(joined);
    strides.insert(attr.dim, strides[attr.dim] * in[0].size(attr.dim));
    out = empty_strided(sizes, strides, in[0].dtype());
  } else {
    out = empty(sizes, in[0].dtype());
  }
  Layout place{in[0].sizes(), out.strides(), 0};
  place.strides.erase(attr.dim);
  int64_t step = out.stride(attr.dim);
  for (const Tensor& x : in) {
    copy_into(alias(out, place), x);
    place.offset += step;
  }
  return out;
}
Tensor Stack::batch(const Attr& attr, const Examples& in) {
  return call<Stack>(with_batch(attr, in.size()), Inputs(in.fronts()));
}
Tensor Stack::transpose(const Attr& attr, Rule& b, int i) { return select(b.g(), attr.dim, i); }

Tensors Split::forward(const Attr& attr, Inputs in) {
  Tensors out;
  out.reserve(static_cast<size_t>(attr.lengths.size()));
  int64_t start = 0;
  for (int64_t length : attr.lengths) {
    out.push_back(part_of(in[0], attr.dim, start, length));
    start += length;
  }
  return out;
}
Tensor Split::transpose(const Attr& attr, Rule& b, int i) {
  Tensors parts;
  for (int k = 0; k < attr.lengths.size(); ++k) {
    if (b.g(k).defined()) {
      parts.push_back(b.g(k));
    } else {
      Dims sizes = b.sizes(i);
      sizes[attr.dim] = attr.lengths[k];
      parts.push_back(zeros(sizes, b.dtype(i)));
    }
  }
  return call<Concat>({attr.dim}, Inputs(parts));
}

Tensors Unbind::forward(const Attr& attr, Inputs in) {
  const Tensor& x = in[0];
  Layout layout = x.layout();
  layout.sizes.erase(attr.dim);
  layout.strides.erase(attr.dim);
  Tensors out;
  out.reserve(static_cast<size_t>(x.size(attr.dim)));
  for (int64_t k = 0; k < x.size(attr.dim); ++k) {
    if ((k & 0xffff) == 0xffff) poll_interrupt();
    out.push_back(alias(x, layout));
    layout.offset += x.stride(attr.dim);
  }
  return out;
}
Tensor Unbind::transpose(const Attr& attr, Rule& b, int i) {
  Dims sizes = b.sizes(i);
  auto count = static_cast<int>(sizes[attr.dim]);
  sizes.erase(attr.dim);
  Tensors parts;
  for (int k = 0; k < count; ++k)
    parts.push_back(b.g(k).defined() ? b.g(k) : zeros(sizes, b.dtype(i)));
  return call<Stack>({attr.dim}, Inputs(parts));
}

Tensor concat(Inputs parts, int64_t dim) {
  if (parts.empty()) fail(ErrorKind::kValue, "cat: expects a list with at least one tensor");
  const Tensor* first = nullptr;
  bool all_used = true, converts = false;
  for (const Tensor& x : parts) {
    if (x.dim() == 0) {
      fail(ErrorKind::kShape,
           "cat: a 0-d tensor cannot be concatenated; use stack, or reshape it to (1,)");
    }
    bool skipped =
        x.dim() == 1 && x.size(0) == 0;  // PyTorch's legacy: the empty list joins anything
    all_used = all_used && !skipped;
    converts = converts || x.dtype() != parts[0].dtype();
    if (!skipped && first == nullptr) first = &x;
  }
  if (first == nullptr) {
    // Empty lists have no dim to check, as in PyTorch.
    return call<Concat>({0}, Inputs(converted(parts)));
  }
  int d = wrap_dim("cat", dim, first->dim());
  __int128 total = 0;
  for (const Tensor& x : parts) {
    if (!all_used && x.dim() == 1 && x.size(0) == 0) continue;
    bool fits = x.dim() == first->dim();
    for (int k = 0; fits && k < x.dim(); ++k) fits = k == d || x.size(k) == first->size(k);
    if (!fits) {
      fail(ErrorKind::kShape, "cat: shapes ", first->sizes(), " and ", x.sizes(),
           " differ elsewhere than at dim ", d, "; all tensors must agree except there");
    }
    total += x.size(d);
  }
  if (total > INT64_MAX)
    fail(ErrorKind::kShape, "cat: the sizes at dim ", d, " add up to more than can be addressed");
  if (all_used && !converts) return call<Concat>({d}, parts);
  const DType dtype = common_dtype(parts);
  Tensors used;
  used.reserve(parts.size());
  for (const Tensor& x : parts) {
    Tensor part = x;
    if (!all_used && x.dim() == 1 && x.size(0) == 0) {  // takes part, so that it has a gradient
      Dims none = first->sizes();
      none[d] = 0;
      part = reshape(x, none);
    }
    used.push_back(to_dtype(part, dtype));
  }
  return call<Concat>({d}, Inputs(used));
}

Tensor stack(Inputs parts, int64_t dim) {
  if (parts.empty()) fail(ErrorKind::kShape, "stack: expects a list with at least one tensor");
  for (const Tensor& x : parts) {
    if (x.sizes() != parts[0].sizes()) {
      fail(ErrorKind::kShape, "stack: shapes ", parts[0].sizes(), " and ", x.sizes(),
           " differ; all tensors must have one shape");
    }
  }
  int d = wrap_dim("stack", dim, parts[0].dim() + 1);
  if (parts[0].dim() == kMaxDims)
    fail(ErrorKind::kValue, "stack: a tensor has at most ", kMaxDims, " dims");
  return call<Stack>({d}, Inputs(converted(parts)));
}

Tensors split(const Tensor& x, int64_t length, int64_t dim) {
  if (x.dim() == 0)
    fail(ErrorKind::kShape, "split: expects a tensor of at least one dim, got a 0-d tensor");
  int d = wrap_dim("split", dim, x.dim());
  int64_t size = x.size(d);
  if (length < 0) fail(ErrorKind::kValue, "split: split_size must not be negative, got ", length);
  if (length == 0 && size != 0) {
    fail(ErrorKind::kValue,
         "split: split_size can be 0 only where the dim is empty, got a dim of size ", size);
  }
  if (length > 0) check_parts("split", size / length);
  Dims lengths;
  if (size == 0) lengths.push_back(0);
  for (int64_t start = 0; start < size; start += lengths.back())
    lengths.push_back(std::min(length, size - start));
  return call_many<Split>({d, std::move(lengths)}, Inputs(&x, 1));
}

Tensors split_with_sizes(const Tensor& x, const Dims& lengths, int64_t dim) {
  if (x.dim() == 0)
    fail(ErrorKind::kShape, "split: expects a tensor of at least one dim, got a 0-d tensor");
  int d = wrap_dim("split", dim, x.dim());
  __int128 total = 0;
  for (int64_t s : lengths) {
    if (s < 0) fail(ErrorKind::kValue, "split: lengths must not be negative, got ", lengths);
    total += s;
  }
  if (total != x.size(d)) {
    fail(ErrorKind::kShape, "split: the lengths ", lengths, " must add up to the size ", x.size(d),
         " of dim ", d, " of shape ", x.sizes());
  }
  return call_many<Split>({d, lengths}, Inputs(&x, 1));
}

void check_parts(const char* op, int64_t count) {
  constexpr int64_t kBytes = 256;  // a part with what the host keeps of it, at least
  if (count <= static_cast<int64_t>(machine_bytes()) / kBytes) return;
  fail(ErrorKind::kMemory, op, ": ", count, " parts are more than this machine can hold");
}

Tensors chunk(const Tensor& x, int64_t count, int64_t dim) {
  if (x.dim() == 0)
    fail(ErrorKind::kShape, "chunk: expects a tensor of at least one dim, got a 0-d tensor");
  if (count <= 0)
    fail(ErrorKind::kValue, "chunk: the number of chunks must be positive, got ", count);
  int d = wrap_dim("chunk", dim, x.dim());
  int64_t size = x.size(d);
  int64_t length = size / count + (size % count != 0);
  if (length == 0)
    return call_many<Split>(
        {d, Dims::filled(static_cast<int>(std::min<int64_t>(count, 1 << 20)), 0)}, Inputs(&x, 1));
  return split(x, length, dim);
}

Tensors unbind(const Tensor& x, int64_t dim) {
  if (x.dim() == 0)
    fail(ErrorKind::kIndex,
         "unbind: a 0-d tensor has no dim to unbind or to iterate over; use .item()");
  check_parts("unbind", x.size(wrap_dim("unbind", dim, x.dim())));
  return call_many<Unbind>({wrap_dim("unbind", dim, x.dim())}, Inputs(&x, 1));
}

}  // namespace pyad
