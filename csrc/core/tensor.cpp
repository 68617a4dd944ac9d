// Making and inspecting arrays.
#include "core/tensor.hpp"
#include "core/run_log.hpp"

#include <algorithm>
#include <cstring>

#include "core/ending.hpp"
#include "core/error.hpp"
#include "core/layout.hpp"
#include "core/memory.hpp"

namespace pyad {

void (*refresh_view_hook)(const Tensor& view) = nullptr;

TensorImpl::TensorImpl() { ++live.tensors; }
TensorImpl::~TensorImpl() { --live.tensors; }

namespace {

[[gnu::tls_model("initial-exec")]] thread_local constinit EndQueue<TensorImpl> t_ending;

[[gnu::cold, gnu::noinline]] void end_with_extra(TensorImpl* p) noexcept {
  if (p->extra->retains_grad && p->node) p->node->forget(p);
  t_ending.put(
      p, [](TensorImpl* q) -> void*& { return q->host_object; }, [](TensorImpl* q) { delete q; });
}

}  // namespace

void release_object(TensorImpl* p) noexcept {
  if (p->extra) [[unlikely]]
    return end_with_extra(p);
  delete p;
}

TensorExtra& Tensor::extra() const {
  if (!p_->extra) p_->extra = std::make_unique<TensorExtra>();
  return *p_->extra;
}

const Tensor& peek(const Tensor& x) {
  if (run_log) [[unlikely]]
    log_read();
  return all_examples(x);
}

const Tensor& read_values(const Tensor& x) {
  if (run_log) [[unlikely]]
    log_read();
  x.need_values();
  return x;
}

Scalar Tensor::item() const {
  if (run_log) [[unlikely]]
    log_read();
  if (numel() != 1) {
    fail(ErrorKind::kShape,
         "item: only a tensor of one element can become a Python number, got shape ", sizes(),
         "; index it or reduce it first");
  }
  return visit_element(dtype(), [&]<class T>(std::type_identity<T>) -> Scalar {
    if constexpr (std::is_same_v<T, bool>) {
      return Scalar(*bytes() != 0);
    } else if constexpr (std::is_floating_point_v<T>) {
      return Scalar(static_cast<double>(*data<T>()));
    } else if constexpr (is_floating(dtype_of<T>())) {
      return Scalar(static_cast<double>(widened(*data<T>())));
    } else {
      return Scalar(static_cast<int64_t>(*data<T>()));
    }
  });
}

/// Memory for n elements; the error says whose it should have been.
static inline Ref<Buffer> elements(const Dims& sizes, size_t n, DType dtype) {
  try {
    return allocate_buffer(n * item_size(dtype));
  } catch (const Error& e) {
    if (e.kind() != ErrorKind::kMemory) throw;
    fail_room(sizes, dtype);
  }
}

Tensor empty(const Dims& sizes, DType dtype) {
  Ref<TensorImpl> p = make_ref<TensorImpl>();
  p->dtype = dtype;
  p->sizes = sizes;
  p->strides = sizes;  // for their number; numbers written just now would be waited for in a copy
  int64_t n = 1;
  for (int i = sizes.size(); i-- > 0;) {
    p->strides[i] = n;
    if (sizes[i] < 0 || __builtin_mul_overflow(n, std::max<int64_t>(sizes[i], 1), &n) ||
        n > (int64_t{1} << 59)) {
      checked_numel("empty", sizes);  // words the error
    }
  }
  for (int64_t s : sizes)
    if (s == 0) n = 0;
  // One rare case more in the branch there is.
  if (unsigned{sizes.size() > kMaxDims} | unsigned{is_stored(dtype)}) [[unlikely]] {
    stored_dtypes_seen = stored_dtypes_seen || is_stored(dtype);
    checked_numel("empty", sizes);
  }
  p->numel = n;
  p->storage = make_ref<Storage>(elements(sizes, static_cast<size_t>(n), dtype));
  return Tensor(std::move(p));
}

Tensor empty_strided(const Dims& sizes, Dims strides, DType dtype) {
  const auto n = static_cast<size_t>(checked_numel("empty", sizes));
  return make_tensor(make_ref<Storage>(elements(sizes, n, dtype)), dtype,
                     {sizes, std::move(strides), 0});
}

Tensor detail::empty_like_strided(const Tensor& x, DType dtype) {
  return empty_strided(x.sizes(), kept_strides(x), dtype);
}

Tensor make_tensor(Ref<Storage> storage, DType dtype, Layout layout) {
  Ref<TensorImpl> p = make_ref<TensorImpl>();
  p->dtype = dtype;
  p->storage = std::move(storage);
  p->numel = numel_of(layout.sizes);
  p->row_major = is_row_major(layout.sizes, layout.strides);
  p->contiguous = p->row_major || is_contiguous(layout.sizes, layout.strides);
  p->offset = layout.offset;
  p->sizes = std::move(layout.sizes);
  p->strides = std::move(layout.strides);
  if (is_stored(dtype)) [[unlikely]]
    stored_dtypes_seen = true;
  return Tensor(std::move(p));
}

Tensor alias(const Tensor& x, Layout layout) {
  return make_tensor(x.impl()->storage, x.dtype(), std::move(layout));
}

Tensor detach(const Tensor& x) {
  if (x.is_batched()) [[unlikely]]
    return make_batched(detach(x.impl()->extra->batch.all), x.impl()->extra->batch.level);
  return alias(x, x.layout());
}

/// The storage of all batched handles.
static const Ref<Storage>& no_storage() {
  static const Ref<Storage> none = [] {
    static Buffer nothing;
    nothing.count = 2;  // nobody's to write to, nobody's to end
    Ref<Storage> s = make_ref<Storage>(Ref<Buffer>(&nothing));
    s->readonly = true;
    return s;
  }();
  return none;
}

char* Tensor::no_memory() const {
  if (p_->numel > 0) need_values();
  return nullptr;
}

void Tensor::need_values() const {
  if (!is_batched() && p_->storage->buffer->data) return;
  fail(ErrorKind::kBatched,
       "vmap: the values of a batched tensor cannot be read inside the function that vmap "
       "transforms (it stands for all examples at once): .item(), bool(), int(), float(), "
       ".tolist(), .numpy() and `if` on its values are not possible there; use pyad.where, or move "
       "this out of the function");
}

Tensor make_batched(const Tensor& all, int level) {
  Layout layout{{}, {}, all.offset()};
  for (int i = 1; i < all.dim(); ++i) {
    layout.sizes.push_back(all.size(i));
    layout.strides.push_back(all.stride(i));
  }
  Tensor x = make_tensor(no_storage(), all.dtype(), std::move(layout));
  x.extra().batch = {level, all};
  return x;
}

Tensor scalar_tensor(Scalar v, DType dtype, const char* op, Door door) {
  const Running now;
  Tensor t = empty(Dims{}, dtype);
  v.store(dtype, t.bytes(), op, door);
  if (now.logged()) [[unlikely]]
    basic_runs.filled(now, t, v);
  return t;
}

void (*fill_hook)(const Tensor& t, const void* value) = nullptr;

Tensor full(const Dims& sizes, Scalar v, DType dtype, const char* op, Door door) {
  const Running now;
  Tensor t = empty(sizes, dtype);
  visit_element(dtype, [&]<class T>(std::type_identity<T>) {
    const T value = v.as<T>(op, door);
    if (t.numel() >= kLargeFill && fill_hook) return fill_hook(t, &value);
    std::fill_n(t.data<T>(), t.numel(), value);
  });
  if (now.logged()) [[unlikely]]
    basic_runs.filled(now, t, v);
  return t;
}

Tensor full_like(const Tensor& x, Scalar v, DType dtype, const char* op, Door door) {
  Tensor t = full(x.sizes(), v, dtype, op, door);
  return x.impl()->row_major ? t : alias(t, {x.sizes(), kept_strides(x), 0});
}

bool is_unique(const Tensor& x) {
  const TensorImpl& p = *x.impl();
  return p.count == 1 && !p.host_object && p.storage->count == 1 && p.storage->buffer->count == 1 &&
         !p.storage->buffer->lent && !p.storage->readonly && !p.requires_grad && !p.node &&
         !p.extra && is_dense(x);
}

bool overlaps_itself(const Dims& sizes, const Dims& strides) {
  // Sorted by stride, each dim must step over everything the smaller ones span.
  std::vector<std::pair<int64_t, int64_t>> steps;
  for (int i = 0; i < sizes.size(); ++i) {
    if (sizes[i] == 0) return false;
    if (sizes[i] > 1) steps.emplace_back(strides[i] < 0 ? -strides[i] : strides[i], sizes[i]);
  }
  std::sort(steps.begin(), steps.end());
  int64_t span = 1;
  for (auto [stride, size] : steps) {
    if (stride < span) return true;
    span += stride * (size - 1);
  }
  return false;
}

void check_layout(const char* op, const Layout& layout, DType dtype, size_t bytes) {
  int64_t n = checked_numel(op, layout.sizes);
  if (layout.sizes.size() != layout.strides.size()) {
    fail(ErrorKind::kShape, op, ": sizes ", layout.sizes, " and strides ", layout.strides,
         " differ in length");
  }
  if (n == 0) return;
  __int128 low = layout.offset, high = layout.offset;
  for (int i = 0; i < layout.sizes.size(); ++i) {
    __int128 reach = static_cast<__int128>(layout.strides[i]) * (layout.sizes[i] - 1);
    (reach < 0 ? low : high) += reach;
  }
  if (low < 0 ||
      (high + 1) * static_cast<__int128>(item_size(dtype)) > static_cast<__int128>(bytes)) {
    fail(ErrorKind::kShape, op, ": sizes ", layout.sizes, ", strides ", layout.strides,
         " and offset ", layout.offset, " reach outside the storage of ", bytes / item_size(dtype),
         " elements");
  }
}

void append_text(std::string& s, const Tensor& t) {
  append_text(s, t.dtype());
  s += ' ';
  append_text(s, t.sizes());
}

}  // namespace pyad
