// Index expressions: from items to a view and positions, and reading and writing there. See Note
// [Index expressions].
#include "ops/index.hpp"

#include <algorithm>
#include <functional>
#include <utility>
#include <vector>

#include "core/host.hpp"
#include "core/layout.hpp"
#include "kernels/index.hpp"
#include "kernels/merge_sort.hpp"
#include "kernels/strided.hpp"
#include "ops/functions.hpp"
#include "ops/shape.hpp"

namespace pyad {

namespace {

bool is_mask(const Tensor& t) { return t.dtype() == DType::kBool || t.dtype() == DType::kUInt8; }

/// Dims of the array that an item stands for.
int dims_of(const IndexItem& item) {
  switch (item.is) {
    case IndexItem::Is::kSlice:
    case IndexItem::Is::kInteger:
      return 1;
    case IndexItem::Is::kTensor:
      return is_mask(item.tensor) ? item.tensor.dim() : 1;
    default:
      return 0;
  }
}

void check_count(const char* op, const Dims& sizes, int used) {
  if (used > sizes.size()) {
    fail(ErrorKind::kIndex, op, ": too many indices for a tensor of shape ", sizes, ": it has ",
         sizes.size(), " dims, ", used, " are indexed");
  }
}

/// Whether the mask has the sizes of the dims from `dim` on.
void check_mask_sizes(const char* op, const Dims& sizes, const Tensor& mask, int dim) {
  for (int d = 0; d < mask.dim(); ++d) {
    if (mask.size(d) != sizes[dim + d]) {
      fail(ErrorKind::kIndex, op, ": the mask of shape ", mask.sizes(),
           " does not match the tensor of shape ", sizes, " from dim ", dim, " on: sizes ",
           mask.size(d), " and ", sizes[dim + d], " differ");
    }
  }
}

class Planner {
 public:
  Planner(const char* op, const Dims& sizes) : op_(op), sizes_(sizes) {}

  IndexPlan run(std::span<const IndexItem> items) {
    int used = 0, ellipses = 0;
    for (const IndexItem& item : items) {
      used += dims_of(item);
      ellipses += item.is == IndexItem::Is::kEllipsis;
    }
    check_count(op_, sizes_, used);
    // As in PyTorch, of several ellipses the first takes the free dims.
    int free = sizes_.size() - used;
    for (const IndexItem& item : items) {
      if (item.is == IndexItem::Is::kEllipsis) {
        for (; free > 0; --free) whole();
      } else {
        add(item);
      }
    }
    plan_.entries.resize(kept_);
    plan_.trivial = kept_ == 0;
    if (view_dim_ + sizes_.size() - dim_ > kMaxDims)
      fail(ErrorKind::kIndex, op_, ": the result has more than ", kMaxDims, " dims");
    return std::move(plan_);
  }

 private:
  void entry(int64_t start, int64_t step, int64_t size) {
    plan_.entries.push_back(start);
    plan_.entries.push_back(step);
    plan_.entries.push_back(size);
    kept_ = plan_.entries.size();
  }
  void whole() {
    int kept = kept_;
    entry(0, 1, sizes_[dim_++]);
    kept_ = kept;  // stays only if something follows that needs it
    ++view_dim_;
  }

  void add(const IndexItem& item) {
    switch (item.is) {
      case IndexItem::Is::kSlice:
        return add_slice(item);
      case IndexItem::Is::kInteger:
        return add_integer(item.start);
      case IndexItem::Is::kNewAxis:
        entry(0, 0, Slice::Attr::kNew);
        ++view_dim_;
        return;
      default:
        return is_mask(item.tensor) ? add_mask(item.tensor) : add_index(item.tensor);
    }
  }
  void add_slice(const IndexItem& item) {
    if (item.step <= 0)
      fail(ErrorKind::kValue, op_, ": the step of a slice must be positive, got ", item.step,
           "; use flip to reverse");
    int64_t size = sizes_[dim_];
    auto bound = [&](int64_t v) { return std::clamp<int64_t>(v < 0 ? v + size : v, 0, size); };
    int64_t start = item.has_start ? bound(item.start) : 0,
            stop = item.has_stop ? bound(item.stop) : size;
    if (start == 0 && stop == size && item.step == 1) return whole();
    int64_t step = std::min(item.step, std::max<int64_t>(size, 1));
    ++dim_;
    ++view_dim_;
    entry(start, step, stop > start ? (stop - start - 1) / step + 1 : 0);
  }
  void add_integer(int64_t i) {
    int64_t size = sizes_[dim_];
    if (i < -size || i >= size) {
      fail(ErrorKind::kIndex, op_, ": index ", i, " is out of bounds for dim ", dim_, " with size ",
           size, " of a tensor of shape ", sizes_);
    }
    entry(i < 0 ? i + size : i, 0, Slice::Attr::kOne);
    ++dim_;
  }
  void add_index(const Tensor& index) {
    if (is_floating(index.dtype())) {
      fail(ErrorKind::kIndex, op_, ": tensors used as indices must be integer or bool, got ", index,
           "; convert it with .to(int64)");
    }
    if (index.dim() == 0 && !index.is_batched()) return add_integer(index.item().as_int());
    group(index_tensor(op_, index), 1);
    whole();
  }
  void add_mask(const Tensor& mask) {
    if (mask.dim() == 0) {
      group(call<FlatNonZero>({}, mask), 1);
      entry(0, 0, Slice::Attr::kNew);
      ++view_dim_;
      return;
    }
    check_mask_sizes(op_, sizes_, mask, dim_);
    group(call<FlatNonZero>({}, mask), mask.dim());
    for (int d = 0; d < mask.dim(); ++d) whole();
  }
  void group(Tensor index, int count) {
    plan_.groups.push_back(std::move(index));
    plan_.dims.push_back(view_dim_);
    plan_.counts.push_back(count);
  }

  const char* op_;
  const Dims& sizes_;
  IndexPlan plan_;
  int dim_ = 0;       // of the array
  int view_dim_ = 0;  // of the view
  int kept_ = 0;      // numbers of `entries` up to the last that is not a whole dim
};

/// Group positions over the dims they index, one flat number for each.
Tensor join_positions(const char* op, const IndexPlan& plan, const Tensor& view) {
  Dims sizes;
  for (size_t k = 0; k < plan.groups.size(); ++k) {
    auto at = static_cast<int>(k);
    sizes.push_back(checked_numel(
        op, Dims(view.sizes().data() + plan.dims[at], static_cast<int>(plan.counts[at]))));
  }
  if (plan.groups.size() == 1 && plan.groups[0].is_contiguous() && !plan.groups[0].is_batched() &&
      indices_in_range(plan.groups[0], sizes[0]))
    return plan.groups[0];
  Dims shape;
  for (const Tensor& g : plan.groups) {
    for (int i = 1; i <= std::min(shape.size(), g.dim()); ++i) {
      int64_t a = shape[shape.size() - i], b = g.size(-i);
      if (a != b && a != 1 && b != 1) {
        fail(ErrorKind::kIndex, op, ": the shapes ", shape, " and ", g.sizes(),
             " of the index tensors do not broadcast together");
      }
    }
    shape = broadcast_sizes(op, shape, g.sizes());
  }
  checked_numel(op, sizes);
  return call<FlattenIndices>({std::move(sizes), op}, Inputs(plan.groups));
}

}  // namespace

IndexPlan plan_index(const char* op, const Dims& sizes, std::span<const IndexItem> items) {
  return Planner(op, sizes).run(items);
}

void check_mask(const char* op, const Dims& sizes, const Tensor& mask) {
  check_count(op, sizes, mask.dim());
  check_mask_sizes(op, sizes, mask, 0);
}

Tensor distinct(const Tensor& x) { return overlaps_itself(x.sizes(), x.strides()) ? clone(x) : x; }

Dims IndexTarget::sizes() const {
  if (!positions.defined()) return view.sizes();
  Dims out;
  for (int d = 0; d < dim; ++d) out.push_back(view.size(d));
  for (int64_t s : positions.sizes()) out.push_back(s);
  for (int d = dim + count; d < view.dim(); ++d) out.push_back(view.size(d));
  return out;
}

IndexTarget prepare_index(const char* op, const Tensor& x, std::span<const IndexItem> items) {
  IndexPlan plan = plan_index(op, x.sizes(), items);
  IndexTarget t;
  t.view = plan.trivial && !plan.groups.empty() ? x : call<Slice>({plan.entries}, x);
  if (plan.groups.empty()) return t;
  t.positions = join_positions(op, plan, t.view);
  t.dim = static_cast<int>(plan.dims[0]);
  bool neighbours = true;
  for (int k = 0; k < plan.dims.size(); ++k) {
    neighbours = neighbours && plan.dims[k] == t.dim + t.count;
    t.count += static_cast<int>(plan.counts[k]);
  }
  if (!neighbours) {
    for (int k = 0; k < plan.dims.size(); ++k)
      for (int64_t d = plan.dims[k]; d < plan.dims[k] + plan.counts[k]; ++d) t.order.push_back(d);
    Dims indexed = t.order;
    for (int d = 0; d < t.view.dim(); ++d)
      if (!indexed.contains(d)) t.order.push_back(d);
    t.view = call<Permute>({t.order}, t.view);
    t.dim = 0;
  }
  if (static_cast<int64_t>(t.view.dim()) - t.count + t.positions.dim() > kMaxDims) {
    fail(ErrorKind::kIndex, op, ": the result has more than ", kMaxDims, " dims");
  }
  checked_numel(op, t.sizes());
  return t;
}

Tensor fit_value(const char* op, const Tensor& value, const Dims& sizes) {
  if (value.sizes() == sizes) return value;
  Dims trimmed = value.sizes();
  while (trimmed.size() > sizes.size() && trimmed[0] == 1) trimmed.erase(0);
  if (!broadcasts_to(trimmed, sizes)) {
    fail(ErrorKind::kShape, op, ": a value of shape ", value.sizes(),
         " does not broadcast to the indexed part of shape ", sizes);
  }
  Tensor v = trimmed.size() == value.dim() ? value : reshape(value, trimmed);
  return trimmed == sizes ? v : expand(v, sizes);
}

Tensor index_tensor(const char* op, const Tensor& index) {
  if (index.dtype() != DType::kInt64 && index.dtype() != DType::kInt32 &&
      index.dtype() != DType::kUInt8) {
    fail(ErrorKind::kType, op, ": indices must be integers, got ", index,
         "; convert them with .to(int64)");
  }
  return contiguous(to_dtype(index, DType::kInt64));
}

namespace {
/// As of an elementwise op on the array, its indexed dims expanded, and the positions: the rule of
/// PyTorch.
Dims indexed_strides(const IndexTarget& t, const Dims& sizes) {
  const int n = t.positions.dim();
  Layout from{sizes, Dims::filled(sizes.size(), 0), t.view.offset()};
  Layout at{sizes, from.strides, 0};
  const Dims steps = contiguous_strides(t.positions.sizes());
  for (int d = 0; d < sizes.size(); ++d) {
    if (d >= t.dim && d < t.dim + n) {
      at.strides[d] = t.positions.size(d - t.dim) == 1 ? 0 : steps[d - t.dim];
    } else {
      from.strides[d] = t.view.stride(d < t.dim ? d : d - n + t.count);
    }
  }
  const Tensor operands[] = {alias(t.view, std::move(from)), alias(t.positions, std::move(at))};
  const Tensor* all[] = {&operands[0], &operands[1]};
  return result_strides(sizes, all);
}
}  // namespace

Tensor IndexGet::forward(const Attr& attr, Inputs in) {
  IndexTarget t{in[0], {}, in[1], attr.dim, attr.count};
  Tensor out = empty(t.sizes(), in[0].dtype());
  move_rows("index", Move::kGet, in[0], attr.dim, attr.count, contiguous_values(in[1]), out);
  return in[0].impl()->row_major ? out : values_with(out, indexed_strides(t, out.sizes()));
}
Tensor IndexGet::transpose(const Attr& attr, Rule& b, int i) {
  return call<IndexGetTranspose>({attr.dim, attr.count, b.sizes(i)}, b.g(), b.in(1));
}

Tensor IndexGetTranspose::forward(const Attr& attr, Inputs in) {
  Tensor out = zeros(attr.sizes, in[0].dtype());
  move_rows("index", Move::kAdd, out, attr.dim, attr.count, contiguous_values(in[1]),
            contiguous_values(in[0]));
  return out;
}
Tensor IndexGetTranspose::transpose(const Attr& attr, Rule& b, int) {
  return call<IndexGet>({attr.dim, attr.count}, b.g(), b.in(1));
}

namespace {

/// Which of the elements that are put at `positions`, among `places`, stand: the last at each.
Tensor standing_of(const Tensor& positions, int64_t places) {
  Tensor index = contiguous_values(positions);
  const auto* p = index.data<int64_t>();
  const int64_t n = index.numel();
  Tensor stands = zeros(index.sizes(), DType::kBool);
  bool* mask = stands.data<bool>();
  // The last at each position: found in a table, or by sorting where most of it would be empty.
  if (places / 16 <= n) {
    std::vector<int64_t> last(static_cast<size_t>(places), -1);
    for (int64_t i = 0; i < n; ++i) last[static_cast<size_t>(p[i])] = i;
    for (int64_t i : last)
      if (i >= 0) mask[i] = true;
    return stands;
  }
  std::vector<std::pair<int64_t, int64_t>> order;
  for (int64_t i = 0; i < n; ++i) order.emplace_back(p[i], i);
  Unlocked unlocked(static_cast<double>(n) * 20);
  merge_sort(order, std::less<>());
  for (size_t k = 0; k < order.size(); ++k)
    if (k + 1 == order.size() || order[k].first != order[k + 1].first) mask[order[k].second] = true;
  return stands;
}

bool all_rising(const Tensor& positions) {
  const Tensor index = contiguous_values(positions);
  const auto* p = index.data<int64_t>();
  for (int64_t i = 1; i < index.numel(); ++i)
    if (p[i - 1] >= p[i]) return false;
  return true;
}

/// Input 0 where the element put at a position (input 1, dims that input 0 begins with) stands, else
/// 0: cotangents of what was overwritten at once.
struct OnlyStanding : Linear<"only_standing", 2> {
  static constexpr unsigned save = save_in(1);
  static constexpr bool moves = true;
  struct Attr {
    int64_t places = 0;
    int after = 0;  // dims of input 0 behind those of the positions
  };
  static Tensor forward(const Attr& attr, Inputs in) {
    if (all_rising(in[1])) return alias(in[0], in[0].layout());
    const GradModeGuard off(false);  // the op is what is recorded, not what it is made of
    Tensor stands = standing_of(in[1], attr.places);
    Dims sizes = in[1].sizes();
    for (int d = 0; d < attr.after; ++d) sizes.push_back(1);
    return where(reshape(stands, sizes), in[0], 0.0);
  }
  static Tensor transpose(const Attr& attr, Rule& b, int) {
    return call<OnlyStanding>(attr, b.g(), b.in(1));
  }
  static Tensor batch(const Attr& attr, const Examples& in) {
    if (!in.batched(1)) return call<OnlyStanding>(attr, in[0], in[1]);
    return call<OnlyStanding>({attr.places * in.size(), attr.after}, in.front(0),
                              offset_positions(in[1], attr.places));
  }
};

}  // namespace

Tensor only_standing(const Tensor& g, const Tensor& positions, int64_t places, int after) {
  return call<OnlyStanding>({places, after}, g, positions);
}

Tensor IndexPut::forward(const Attr& attr, Inputs in) {
  Tensor out;
  if (attr.keeps_layout && !in[0].is_contiguous()) {
    out = empty_like(in[0]);
    copy_into(out, in[0]);
  } else {
    out = empty(in[0].sizes(), in[0].dtype());
    copy_to_contiguous(in[0], out.bytes());
  }
  move_rows("index_put", attr.accumulate ? Move::kAdd : Move::kPut, out, attr.dim, attr.count,
            contiguous_values(in[2]), contiguous_values(in[1]));
  return out;
}
Tensor IndexPut::transpose(const Attr& attr, Rule& b, int i) {
  if (i == 1) {
    Tensor g = call<IndexGet>({attr.dim, attr.count}, b.g(), b.in(2));
    if (attr.accumulate) return g;
    int64_t places = 1;
    for (int d = 0; d < attr.count; ++d) places *= b.sizes(0)[attr.dim + d];
    return only_standing(g, b.in(2), places, g.dim() - attr.dim - b.in(2).dim());
  }
  if (attr.accumulate) return b.g();
  return call<IndexPut>(attr, b.g(), zeros(b.sizes(1), b.g().dtype()), b.in(2));
}

Tensor FlattenIndices::forward(const Attr& attr, Inputs in) {
  Dims shape;
  for (const Tensor& x : in) shape = broadcast_sizes(attr.op, shape, x.sizes());
  Tensor out = zeros(shape, DType::kInt64);
  auto* p = out.data<int64_t>();
  int64_t n = out.numel();
  for (size_t k = 0; k < in.size(); ++k) {
    Tensor index = in[k];
    if (index.sizes() != shape) index = Expand::forward({shape}, Inputs(&index, 1));
    index = contiguous_values(index);
    const auto* q = index.data<int64_t>();
    int64_t size = attr.sizes[static_cast<int>(k)];
    for (int64_t i = 0; i < n; ++i) {
      int64_t v = q[i];
      if (v < -size || v >= size) {
        fail(ErrorKind::kIndex, attr.op, ": index ", v, " is out of range for a size of ", size,
             "; it must be in [", -size, ", ", size, ")");
      }
      p[i] = p[i] * size + (v < 0 ? v + size : v);
    }
  }
  return out;
}

Tensor index(const Tensor& x, std::span<const IndexItem> items) {
  if (items.size() == 1 && items[0].is == IndexItem::Is::kInteger && x.dim() > 0) {
    int64_t i = items[0].start, size = x.size(0);
    if (i >= -size && i < size)
      return call<Slice>({{i < 0 ? i + size : i, 0, Slice::Attr::kOne}}, x);
  }
  IndexTarget t = prepare_index("index", x, items);
  return t.positions.defined() ? call<IndexGet>({t.dim, t.count}, t.view, t.positions) : t.view;
}

Tensor index_put(const Tensor& x_any, std::span<const IndexItem> items, const Tensor& value,
                 bool accumulate) {
  Tensor x = distinct(x_any);
  IndexTarget t = prepare_index("index_put", x, items);
  if (value.dtype() != x.dtype()) {
    fail(ErrorKind::kType, "index_put: the tensor is ", x.dtype(), " but the values are ",
         value.dtype(), "; convert one of them");
  }
  Tensor v = fit_value("index_put", value, t.sizes());
  Tensor written = v;
  if (t.positions.defined()) {
    written = call<IndexPut>({t.dim, t.count, accumulate, true}, t.view, v, t.positions);
    if (t.view.is(x)) return written;
  } else if (accumulate) {
    written = add(t.view, v);
  }
  return as_strided_scatter(x, written, t.view.layout());
}

}  // namespace pyad
