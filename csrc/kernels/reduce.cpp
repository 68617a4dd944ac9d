// See Note [Ways through a reduction].
//
// Note [Ways through a reduction]
// Dims are sorted by stride and merged. If the innermost is reduced and contiguous, it is reduced
// run by run ("rows"); if it is kept and contiguous, whole runs are combined with each other
// ("columns"); anything else is copied first. Where reduced dims do not merge into one, such stages
// follow each other: the first maps the elements, the others combine. The result comes in the order
// of the input's strides; if that is not the logical order, it is copied into place at the end.
// Long runs are cut into blocks whose size depends on the shape only (Note [Blocked summation]).
#include "kernels/reduce.hpp"

#include <algorithm>
#include <cstring>
#include <limits>

#include "core/host.hpp"
#include "kernels/isa_select.hpp"
#include "kernels/parallel.hpp"
#include "kernels/strided.hpp"

namespace pyad {

PYAD_DECLARE_ISA_FILL(fill_reduce_float, ReduceKernels)
PYAD_DECLARE_ISA_FILL(fill_reduce_integer, ReduceKernels)
PYAD_DECLARE_ISA_FILL(fill_reduce_arg, ReduceKernels)

const ReduceKernels& reduce_kernels() {
  static const ReduceKernels k = [] {
    ReduceKernels all = PYAD_SELECT_ISA(fill_reduce_float, ReduceKernels);
    ReduceKernels integer = PYAD_SELECT_ISA(fill_reduce_integer, ReduceKernels);
    ReduceKernels arg = PYAD_SELECT_ISA(fill_reduce_arg, ReduceKernels);
    for (int r = 0; r < kNumReductions; ++r) {
      for (int t = 0; t < kNumReduceTypes; ++t) {
        if (!integer.rows[r][t]) continue;
        all.rows[r][t] = integer.rows[r][t];
        all.columns[r][t] = integer.columns[r][t];
      }
    }
    std::copy(std::begin(arg.find), std::end(arg.find), all.find);
    std::copy(std::begin(arg.arg_max), std::end(arg.arg_max), all.arg_max);
    std::copy(std::begin(arg.arg_min), std::end(arg.arg_min), all.arg_min);
    return all;
  }();
  return k;
}

namespace {

constexpr int64_t kGrain = int64_t{1} << 16;     // elements a thread should get at least
constexpr int64_t kRowBlock = int64_t{1} << 14;  // elements of a run summed in one go
constexpr int64_t kColumnBlock = 4096;           // rows combined in one go
constexpr int64_t kColumnChunk = 512;
constexpr int64_t kNarrow = 64;  // fewer columns than this are widened

/// What combines results of `r`.
Reduction combining(Reduction r) {
  switch (r) {
    case Reduction::kProd:
    case Reduction::kMax:
    case Reduction::kMin:
    case Reduction::kAll:
    case Reduction::kAny:
      return r;
    case Reduction::kMaxAbs:
      return Reduction::kMax;
    case Reduction::kMinAbs:
      return Reduction::kMin;
    default:
      return Reduction::kSum;
  }
}

struct Loops {
  ReduceRows rows;
  ReduceColumns columns;
  size_t item;

  static Loops of(Reduction r, DType t) {
    const ReduceKernels& k = reduce_kernels();
    int i = static_cast<int>(r), j = static_cast<int>(t);
    if (!k.rows[i][j]) fail_no_kernel("reduce", t);
    return {k.rows[i][j], k.columns[i][j], item_size(t)};
  }
};

/// One stage: outer dims, and within each of their points a run of `n` (rows) or `n` runs of
/// `inner` (columns).
struct Stage {
  Loops map, combine;
  double p = 0;
  int n_outer = 0;
  int64_t sizes[kMaxDims], in_strides[kMaxDims], shift_strides[kMaxDims];
  int64_t n = 1, step = 1, inner = 1;
  bool columns = false;

  void add_outer(int64_t size, int64_t in_stride, int64_t shift_stride) {
    sizes[n_outer] = size;
    in_strides[n_outer] = in_stride;
    shift_strides[n_outer++] = shift_stride;
  }
  int64_t outer() const {
    int64_t m = 1;
    for (int d = 0; d < n_outer; ++d) m *= sizes[d];
    return m;
  }
  /// Offsets of outer point `i`.
  void locate(int64_t i, int64_t* in_at, int64_t* shift_at) const {
    *in_at = *shift_at = 0;
    for (int d = n_outer; d-- > 0;) {
      int64_t k = i % sizes[d];
      i /= sizes[d];
      *in_at += k * in_strides[d];
      *shift_at += k * shift_strides[d];
    }
  }
};

const char* advance(const char* p, int64_t elements, size_t item) {
  return p ? p + elements * static_cast<int64_t>(item) : p;
}

/// Scratch memory: on the stack when small.
class Scratch {
 public:
  explicit Scratch(size_t bytes) {
    if (bytes > sizeof small_) large_ = allocate_buffer(bytes);
  }
  char* data() { return large_ ? static_cast<char*>(large_->data) : small_; }

 private:
  alignas(64) char small_[4096];
  Ref<Buffer> large_;
};

void run_rows(const Stage& s, const char* in, const char* shift, char* out) {
  int64_t rows = s.outer();
  size_t acc = s.combine.item;
  if (s.n < 2 * kRowBlock) {
    parallel_for(rows, kGrain / s.n + 1, [&](int64_t begin, int64_t end) {
      if (s.n_outer <= 1) {
        int64_t step = s.n_outer ? s.in_strides[0] : 0,
                shift_step = s.n_outer ? s.shift_strides[0] : 0;
        s.map.rows(advance(in, begin * step, s.map.item), end - begin, step, s.n,
                   advance(shift, begin * shift_step, s.map.item), shift_step,
                   out + begin * static_cast<int64_t>(acc), s.p);
        return;
      }
      int last = s.n_outer - 1;
      for (int64_t r = begin; r < end;) {
        int64_t in_at, shift_at;
        s.locate(r, &in_at, &shift_at);
        int64_t count = std::min(end - r, s.sizes[last] - r % s.sizes[last]);
        s.map.rows(advance(in, in_at, s.map.item), count, s.in_strides[last], s.n,
                   advance(shift, shift_at, s.map.item), s.shift_strides[last],
                   out + r * static_cast<int64_t>(acc), s.p);
        r += count;
      }
    });
    return;
  }
  int64_t blocks = (s.n + kRowBlock - 1) / kRowBlock;
  Scratch partial(static_cast<size_t>(rows * blocks) * acc);
  char* part = partial.data();
  parallel_for(rows * blocks, kGrain / kRowBlock, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      int64_t in_at, shift_at, start = i % blocks * kRowBlock;
      s.locate(i / blocks, &in_at, &shift_at);
      s.map.rows(advance(in, in_at + start, s.map.item), 1, 0, std::min(kRowBlock, s.n - start),
                 advance(shift, shift_at, s.map.item), 0, part + i * static_cast<int64_t>(acc),
                 s.p);
    }
  });
  s.combine.rows(part, rows, blocks, blocks, nullptr, 0, out, 0);
}

/// `n` rows of a few adjacent columns: several rows are taken as one, so that loops over columns
/// are long enough for vectors.
void run_narrow(const Stage& s, const char* in, int64_t n, int64_t columns, const char* shift,
                char* out) {
  int64_t fold = kNarrow / columns + 1, wide = fold * columns, rest = n % fold;
  alignas(64) char sums[(2 * kNarrow + kNarrow) * 8], shifts[2 * kNarrow * 8];
  if (shift) {
    auto bytes = static_cast<size_t>(columns) * s.map.item;
    for (int64_t k = 0; k < fold; ++k)
      std::memcpy(shifts + static_cast<size_t>(k) * bytes, shift, bytes);
  }
  const char* tiled = shift ? shifts : nullptr;
  s.map.columns(in, n / fold, wide, wide, tiled, sums, s.p);
  if (rest) {
    s.map.columns(advance(in, (n - rest) * columns, s.map.item), rest, columns, columns, tiled,
                  sums + static_cast<size_t>(wide) * s.combine.item, s.p);
  }
  s.combine.columns(sums, fold + (rest ? 1 : 0), columns, columns, nullptr, out, 0);
}

void run_column_block(const Stage& s, const char* in, int64_t n, int64_t columns, const char* shift,
                      char* out) {
  if (columns < kNarrow && s.step == columns && n * columns >= 4 * kNarrow) {
    run_narrow(s, in, n, columns, shift, out);
  } else {
    s.map.columns(in, n, s.step, columns, shift, out, s.p);
  }
}

void run_columns(const Stage& s, const char* in, const char* shift, char* out) {
  int64_t outer = s.outer(),
          blocks = s.n < 2 * kColumnBlock ? 1 : (s.n + kColumnBlock - 1) / kColumnBlock;
  size_t acc = s.combine.item;
  int64_t work = std::min(s.n, kColumnBlock) * std::min(s.inner, kColumnChunk);
  if (outer == 1 && blocks == 1 && s.inner <= kColumnChunk)
    return run_column_block(s, in, s.n, s.inner, shift, out);
  int64_t chunks = (s.inner + kColumnChunk - 1) / kColumnChunk;
  Scratch partial(blocks > 1 ? static_cast<size_t>(outer * blocks * s.inner) * acc : 0);
  char* part = blocks > 1 ? partial.data() : out;
  parallel_for(outer * blocks * chunks, kGrain / work + 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      int64_t start = i % chunks * kColumnChunk, point = i / chunks,
              first = point % blocks * kColumnBlock;
      int64_t in_at, shift_at;
      s.locate(point / blocks, &in_at, &shift_at);
      int64_t n = blocks == 1 ? s.n : std::min(kColumnBlock, s.n - first);
      run_column_block(s, advance(in, in_at + first * s.step + start, s.map.item), n,
                       std::min(kColumnChunk, s.inner - start),
                       advance(shift, shift_at + start, s.map.item),
                       part + (point * s.inner + start) * static_cast<int64_t>(acc));
    }
  });
  if (blocks == 1) return;
  for (int64_t i = 0; i < outer; ++i) {
    auto at = static_cast<size_t>(i * s.inner) * acc;
    s.combine.columns(part + at * static_cast<size_t>(blocks), blocks, s.inner, s.inner, nullptr,
                      out + at, 0);
  }
}

void run_stage(const Stage& s, const char* in, const char* shift, char* out) {
  s.columns ? run_columns(s, in, shift, out) : run_rows(s, in, shift, out);
}

struct Axis {
  int64_t size, stride, shift;
  bool reduced;
  int kept;  // number among the kept dims, -1 if reduced
};

/// Sorted and merged dims of one array on its way through the stages.
struct Axes {
  Axis a[kMaxDims];
  int n = 0;

  bool any_reduced() const {
    for (int i = 0; i < n; ++i)
      if (a[i].reduced) return true;
    return false;
  }
  void merge() {
    int m = 0;
    for (int i = 0; i < n; ++i) {
      if (m > 0 && a[m - 1].reduced == a[i].reduced && a[m - 1].stride == a[i].stride * a[i].size &&
          a[m - 1].shift == a[i].shift * a[i].size) {
        a[i].size *= a[m - 1].size;
        a[m - 1] = a[i];
      } else {
        a[m++] = a[i];
      }
    }
    n = m;
  }
};

/// Splits off the next stage; `axes` become those of its result. False when the innermost dim is
/// kept and not contiguous.
bool next_stage(Axes& axes, Stage* s) {
  axes.merge();
  Axis& last = axes.a[axes.n - 1];
  int gone = axes.n - 1;
  if (!last.reduced) {
    if (last.stride != 1 || last.shift > 1) return false;
    while (!axes.a[gone].reduced) --gone;
  }
  // Reduced elements that are apart are rows of one column each.
  s->columns = !last.reduced || last.stride != 1;
  s->inner = last.reduced ? 1 : last.size;
  s->n = axes.a[gone].size;
  s->step = axes.a[gone].stride;
  s->n_outer = 0;
  for (int i = 0; i < axes.n - (last.reduced ? 0 : 1); ++i)
    if (i != gone) s->add_outer(axes.a[i].size, axes.a[i].stride, axes.a[i].shift);
  for (int i = gone; i + 1 < axes.n; ++i) axes.a[i] = axes.a[i + 1];
  --axes.n;
  int64_t stride = 1;
  for (int i = axes.n; i-- > 0;) {
    axes.a[i].stride = stride;
    axes.a[i].shift = 0;
    stride *= axes.a[i].size;
  }
  return true;
}

void fill_unit(Reduction r, const Tensor& out) {
  double v = 0;
  constexpr double kInf = std::numeric_limits<double>::infinity();
  if (r == Reduction::kProd || r == Reduction::kAll) v = 1;
  if (r == Reduction::kMax) v = -kInf;
  if (r == Reduction::kMin || r == Reduction::kMinAbs) v = kInf;
  visit_dtype(out.dtype(), [&]<class T>(std::type_identity<T>) {
    std::fill_n(out.data<T>(), out.numel(), Scalar(v).as<T>());
  });
}

/// Any layout; `x` has at least one element.
void reduce_general(Stage& s, const Tensor& x, const Dims& dims, const Tensor* shift,
                    const Tensor& out) {
  Axes axes;
  int kept = 0;
  Dims kept_sizes;
  int64_t shift_stride = out.numel();
  for (int i = 0; i < x.dim(); ++i) {
    if (x.size(i) == 1) continue;
    bool reduced = dims.contains(i);
    if (!reduced) {
      shift_stride /= x.size(i);
      kept_sizes.push_back(x.size(i));
    }
    axes.a[axes.n++] = {x.size(i), x.stride(i), reduced || !shift ? 0 : shift_stride, reduced,
                        reduced ? -1 : kept++};
  }
  // Repeated elements (stride 0) are walked outermost.
  std::stable_sort(axes.a, axes.a + axes.n, [](const Axis& a, const Axis& b) {
    auto key = [](const Axis& v) {
      return v.stride == 0  ? std::numeric_limits<int64_t>::max()
             : v.stride < 0 ? -v.stride
                            : v.stride;
    };
    return key(a) > key(b);
  });
  Dims order;
  bool in_order = true;
  for (int i = 0; i < axes.n; ++i) {
    if (axes.a[i].reduced) continue;
    in_order = in_order && (order.empty() || order.back() < axes.a[i].kept);
    order.push_back(axes.a[i].kept);
  }
  Stage first = s;
  if (axes.n == 0 || !axes.any_reduced() || (shift && !in_order) || !next_stage(axes, &first)) {
    if (x.is_contiguous()) {  // nothing but size-1 dims is reduced
      s.n = 1;
      s.columns = true;
      s.inner = x.numel();
      return run_stage(s, x.bytes(), shift ? shift->bytes() : nullptr, out.bytes());
    }
    return reduce_general(s, contiguous_values(x), dims, shift, out);
  }
  Ref<Buffer> result;
  const char* in = x.bytes();
  const char* shift_data = shift ? shift->bytes() : nullptr;
  Stage stage = first;
  for (;;) {
    bool done = !axes.any_reduced();
    char* target = out.bytes();
    Ref<Buffer> made;
    if (!done || !in_order) {
      int64_t n = 1;
      for (int i = 0; i < axes.n; ++i) n *= axes.a[i].size;
      made = allocate_buffer(static_cast<size_t>(n) * s.combine.item);
      target = static_cast<char*>(made->data);
    }
    {
      Unlocked unlocked(static_cast<double>(stage.outer()) *
                        static_cast<double>(stage.n * stage.inner));
      run_stage(stage, in, shift_data, target);
    }
    result = std::move(made);
    if (done) break;
    in = target;
    shift_data = nullptr;
    stage.map = s.combine;
    next_stage(axes, &stage);
  }
  if (in_order) return;
  // The result lies in the order `order` of the kept dims.
  Layout layout{kept_sizes, Dims::filled(kept, 0), 0};
  int64_t stride = 1;
  for (int i = order.size(); i-- > 0;) {
    layout.strides[static_cast<int>(order[i])] = stride;
    stride *= kept_sizes[static_cast<int>(order[i])];
  }
  Tensor permuted =
      make_tensor(make_ref<Storage>(std::move(result)), out.dtype(), std::move(layout));
  copy_to_contiguous(permuted, out.bytes());
}

}  // namespace

DType reduction_dtype(Reduction r, DType t) {
  if (r == Reduction::kCountNonzero) return DType::kInt64;
  if (r == Reduction::kAll || r == Reduction::kAny) return DType::kBool;
  if ((r == Reduction::kSum || r == Reduction::kProd) && !is_floating(t)) return DType::kInt64;
  return t;
}

Tensor reduce(Reduction r, const Tensor& x, const Dims& dims, bool keepdim, const Tensor* shift,
              double p) {
  DType result = reduction_dtype(r, x.dtype());
  bool full = dims.size() == x.dim() && !keepdim;
  Tensor out =
      full ? empty(Dims{}, result) : empty(reduced_sizes(x.sizes(), dims, keepdim), result);
  if (x.numel() == 0) {
    fill_unit(r, out);
    return out;
  }
  Stage s;
  s.map = Loops::of(r, x.dtype());
  s.combine = Loops::of(combining(r), result);
  s.p = p;
  const char* shift_data = shift ? shift->bytes() : nullptr;
  bool adjacent = dims.empty() || dims.back() - dims[0] + 1 == dims.size();
  if (!x.is_contiguous() || !adjacent) {
    reduce_general(s, x, dims, shift, out);
    return out;
  }
  int64_t outer = 1;
  for (int i = 0; i < x.dim(); ++i) {
    bool before = dims.empty() || i < dims[0];
    (before ? outer : i > dims.back() ? s.inner : s.n) *= x.size(i);
  }
  if (s.inner > 1 && s.n == 1) {
    s.inner *= outer;
    outer = 1;
  }
  s.columns = s.inner > 1;
  s.step = s.inner;
  if (outer > 1) s.add_outer(outer, s.n * s.inner, s.inner);
  Unlocked unlocked(static_cast<double>(x.numel()));
  run_stage(s, x.bytes(), shift_data, out.bytes());
  return out;
}

ValuesAndPlaces reduce_arg(bool largest, const Tensor& x, const Span3& span, const Dims& sizes) {
  const ReduceKernels& k = reduce_kernels();
  auto type = static_cast<int>(x.dtype());
  if (!k.find[type]) fail_no_kernel("reduce", x.dtype());
  ValuesAndPlaces out{Tensor(), empty(sizes, DType::kInt64)};
  auto* places = out.places.data<int64_t>();
  auto item = static_cast<int64_t>(item_size(x.dtype()));
  if (span.inner == 1) {
    Tensor rows = alias(x, {Dims{span.outer, span.n}, Dims{span.n, 1}, x.offset()});
    Tensor best = reduce(largest ? Reduction::kMax : Reduction::kMin, rows, Dims{1}, false);
    out.values = alias(best, {sizes, contiguous_strides(sizes), 0});
    const char* in = x.bytes();
    const char* values = best.bytes();
    Unlocked unlocked(static_cast<double>(x.numel()));
    parallel_for(span.outer, kGrain / span.n + 1, [&](int64_t begin, int64_t end) {
      k.find[type](in + begin * span.n * item, end - begin, span.n, values + begin * item,
                   places + begin);
    });
    return out;
  }
  out.values = empty(sizes, x.dtype());
  ArgColumns kernel = largest ? k.arg_max[type] : k.arg_min[type];
  const char* in = x.bytes();
  char* values = out.values.bytes();
  constexpr int64_t kChunk = 256;
  int64_t chunks = (span.inner + kChunk - 1) / kChunk;
  Unlocked unlocked(static_cast<double>(x.numel()));
  parallel_for(span.outer * chunks, kGrain / (span.n * std::min(span.inner, kChunk)) + 1,
               [&](int64_t begin, int64_t end) {
                 for (int64_t i = begin; i < end; ++i) {
                   int64_t start = i % chunks * kChunk, o = i / chunks, at = o * span.inner + start;
                   kernel(in + (o * span.n * span.inner + start) * item, span.n,
                          std::min(kChunk, span.inner - start), span.inner, values + at * item,
                          places + at);
                 }
               });
  return out;
}

}  // namespace pyad
