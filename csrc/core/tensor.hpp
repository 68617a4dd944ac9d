// `Tensor`: the handle to an array, and what an array is made of: dtype, sizes, strides, offset,
// storage, and its place in a graph. No arithmetic: ops live in csrc/ops.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/buffer.hpp"
#include "core/dims.hpp"
#include "core/dtype.hpp"
#include "core/ref.hpp"

namespace pyad {

class Tensor;
struct TensorImpl;
void release_object(TensorImpl* p) noexcept;

/// Geometry of a view inside its storage.
struct Layout {
  Dims sizes;
  Dims strides;
  int64_t offset = 0;
};

/// The rarely needed part of an array: leaves' gradients, views' bases, tangents, hooks.
struct TensorExtra;

struct TensorImpl final : Pooled<TensorImpl> {
  RefCount count = 0;
  DType dtype = DType::kFloat32;
  bool requires_grad = false;  // a leaf that asks for a gradient; non-leaves have `node`
  bool contiguous = true;
  bool row_major = true;  // contiguous, and strides of size-1 dims are those of the row-major order
  uint32_t out_nr = 0;    // which output of `node` this is
  int64_t numel = 1;
  int64_t offset = 0;
  Dims sizes;
  Dims strides;
  Ref<Storage> storage;
  Ref<Object> node;                    // the graph node that made it, or null
  std::unique_ptr<TensorExtra> extra;  // or null
  void* host_object = nullptr;         // borrowed: the living Python object of this array

  TensorImpl();
  ~TensorImpl();
};

class Tensor {
 public:
  Tensor() = default;
  explicit Tensor(Ref<TensorImpl> p) : p_(std::move(p)) {}

  bool defined() const { return static_cast<bool>(p_); }
  explicit operator bool() const { return defined(); }
  TensorImpl* impl() const { return p_.get(); }
  const Ref<TensorImpl>& ref() const { return p_; }
  bool is(const Tensor& o) const { return p_ == o.p_; }

  DType dtype() const { return p_->dtype; }
  const Dims& sizes() const { return p_->sizes; }
  const Dims& strides() const { return p_->strides; }
  int64_t offset() const { return p_->offset; }
  int dim() const { return p_->sizes.size(); }
  int64_t size(int i) const { return p_->sizes[i < 0 ? i + dim() : i]; }
  int64_t stride(int i) const { return p_->strides[i < 0 ? i + dim() : i]; }
  int64_t numel() const { return p_->numel; }
  bool is_contiguous() const { return p_->contiguous; }
  Layout layout() const { return {p_->sizes, p_->strides, p_->offset}; }

  /// Address of the first element. Raises for a batched handle, which has no memory of its own.
  char* bytes() const {
    char* data = static_cast<char*>(p_->storage->buffer->data);
    if (!data) [[unlikely]]
      return no_memory();
    return data + p_->offset * static_cast<int64_t>(item_size(p_->dtype));
  }
  template <class T>
  T* data() const {
    return reinterpret_cast<T*>(bytes());
  }
  /// The single element of a one-element tensor.
  Scalar item() const;

  /// Whether a graph leads here: a leaf that asks for a gradient, or the result of a recorded op.
  bool requires_grad() const {
    catch_up();
    return p_->requires_grad || p_->node;
  }
  bool is_leaf() const {
    catch_up();
    return !p_->node;
  }
  /// A view learns of in-place writes to its base; to be called before history or tangents are
  /// read.
  inline void catch_up() const;
  TensorExtra& extra() const;
  /// Whether this is one example of a batch: Note [Batched handles].
  inline bool is_batched() const;
  /// Raises for a handle that has no values of its own, be it without elements.
  void need_values() const;

 private:
  char* no_memory() const;
  Ref<TensorImpl> p_;
};

struct Tangent {
  int level;
  Tensor value;
  Ref<Object> root = {};  // of a root: Note [Tangents of roots] in ops/roots.hpp
};

// Note [Batched handles]
// Inside `vmap` a function sees one example of a batch: a handle with the example's sizes that
// leads to the tensor of all examples, whose first dim is the batch. It has no memory, so that what
// was not told of batches raises at the door to the memory (`Tensor::bytes`) and never reads one
// example for all. Graph and tangents of outer levels stay with the tensor of all examples.
struct Batch {
  int level = -1;
  Tensor all;  // the examples; undefined: no batched handle
};

struct TensorExtra : Pooled<TensorExtra> {
  Tensor grad;
  Object* accumulator = nullptr;  // weak: the leaf's gradient-accumulating node, while one lives
  Ref<Object> hooks;          // gradient hooks registered before a node exists (leaves) live here
  Tensor base;                // of a view: the array whose storage it shows
  uint32_t seen_history = 0;  // Storage::history at which a view was current, a base last written
  Ref<Object> attributes;     // what the user hung on the last Python object, while there is none
  bool retains_grad = false;
  bool finished = false;  // an input of a transform that has returned: dispatch/transform.hpp
  std::vector<Tangent> tangents;  // by ascending level
  Batch batch;
};

/// The handle on one example of `all`, whose first dim counts the examples.
Tensor make_batched(const Tensor& all, int level);

inline bool Tensor::is_batched() const { return p_->extra && p_->extra->batch.all.defined(); }
// Note [Reading values]
// What is made of other ops decides by shapes and dtypes. Where it has to look at values, it goes
// through one of these, which tell a log (Note [What runs]): a program that is kept may not repeat
// what was decided so.

/// The tensor of all examples of all batches; any other tensor itself. The gate for what holds for
/// each element alone (an index in range, a probability): what is read is of all examples.
const Tensor& peek(const Tensor& x);
/// The gate for what one example decides: raises for a batched handle.
const Tensor& read_values(const Tensor& x);
/// The tensor of all examples, of which nothing is read.
inline const Tensor& all_examples(const Tensor& x) {
  const Tensor* whole = &x;
  while (whole->is_batched()) whole = &whole->impl()->extra->batch.all;
  return *whole;
}

/// Gives a view that was overtaken by a write to its base its present history (set by dispatch).
extern void (*refresh_view_hook)(const Tensor& view);

inline void Tensor::catch_up() const {
  if (is_batched()) [[unlikely]] {
    p_->requires_grad = p_->extra->batch.all.requires_grad();
    return;
  }
  if (p_->extra && p_->extra->base.defined() && p_->extra->seen_history != p_->storage->history)
      [[unlikely]] {
    refresh_view_hook(*this);
  }
}

/// Uninitialised array, row-major.
Tensor empty(const Dims& sizes, DType dtype);
/// Uninitialised array with the given dense strides.
Tensor empty_strided(const Dims& sizes, Dims strides, DType dtype);
/// A handle on the memory of `storage`, without any history.
Tensor make_tensor(Ref<Storage> storage, DType dtype, Layout layout);
/// As above, on the storage of `x`.
Tensor alias(const Tensor& x, Layout layout);
/// Shares the memory, drops the history.
Tensor detach(const Tensor& x);
/// 0-d tensor holding `v`.
Tensor scalar_tensor(Scalar v, DType dtype, const char* op = nullptr, Door door = Door::kOperator);
/// Fresh tensor filled with `v`.
Tensor full(const Dims& sizes, Scalar v, DType dtype, const char* op = nullptr,
            Door door = Door::kOperator);
/// Fills a large dense array with an element; the kernels put a way on several threads here.
inline constexpr int64_t kLargeFill = 1 << 17;  // elements
extern void (*fill_hook)(const Tensor& t, const void* value);
inline Tensor zeros(const Dims& sizes, DType dtype) { return full(sizes, Scalar(0), dtype); }
inline Tensor ones(const Dims& sizes, DType dtype) { return full(sizes, Scalar(1), dtype); }

namespace detail {
[[gnu::cold]] Tensor empty_like_strided(const Tensor& x, DType dtype);
}
/// Uninitialised array laid out as `x` (Note [Layouts of results]).
inline Tensor empty_like(const Tensor& x, DType dtype) {
  return x.impl()->row_major ? empty(x.sizes(), dtype) : detail::empty_like_strided(x, dtype);
}
inline Tensor empty_like(const Tensor& x) { return empty_like(x, x.dtype()); }
/// As `full`, laid out as `x`.
Tensor full_like(const Tensor& x, Scalar v, DType dtype, const char* op = nullptr,
                 Door door = Door::kOperator);
inline Tensor zeros_like(const Tensor& x) { return full_like(x, Scalar(0), x.dtype()); }

/// Whether this handle is the only way to its memory, so that it may be overwritten.
bool is_unique(const Tensor& x);
/// Whether two different index tuples of the layout can address one element (an expanded tensor).
bool overlaps_itself(const Dims& sizes, const Dims& strides);
/// Raises IndexError/ValueError unless the layout stays inside `bytes` of memory.
void check_layout(const char* op, const Layout& layout, DType dtype, size_t bytes);

/// `float32 (2, 3)`.
void append_text(std::string& s, const Tensor& t);

}  // namespace pyad
