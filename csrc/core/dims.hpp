// `Dims`: a short list of 64-bit integers (sizes, strides, dims), four of them inline; and its
// arithmetic.
#pragma once

#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <string>
#include <utility>

#include "core/error.hpp"
#include "core/pool.hpp"

namespace pyad {

/// Highest number of dimensions of a tensor, as in PyTorch and NumPy.
inline constexpr int kMaxDims = 64;

class Dims {
 public:
  static constexpr int kInline = 4;

  Dims() {}
  Dims(std::initializer_list<int64_t> v) : Dims(v.begin(), static_cast<int>(v.size())) {}
  Dims(const int64_t* p, int n) {
    reserve(n);
    std::memcpy(data_, p, sizeof(int64_t) * static_cast<size_t>(n));
    n_ = n;
  }
  static Dims filled(int n, int64_t v) {
    Dims d;
    d.reserve(n);
    for (int i = 0; i < n; ++i) d.data_[i] = v;
    d.n_ = n;
    return d;
  }
  Dims(const Dims& o) : Dims(o.data_, o.n_) {}
  Dims(Dims&& o) noexcept { take(o); }
  Dims& operator=(const Dims& o) {
    if (this != &o) {
      reserve(o.n_);
      std::memcpy(data_, o.data_, sizeof(int64_t) * static_cast<size_t>(o.n_));
      n_ = o.n_;
    }
    return *this;
  }
  Dims& operator=(Dims&& o) noexcept {
    if (this != &o) {
      free_heap();
      take(o);
    }
    return *this;
  }
  ~Dims() { free_heap(); }

  int size() const { return n_; }
  bool empty() const { return n_ == 0; }
  int64_t& operator[](int i) { return data_[i]; }
  int64_t operator[](int i) const { return data_[i]; }
  int64_t* begin() { return data_; }
  int64_t* end() { return data_ + n_; }
  const int64_t* begin() const { return data_; }
  const int64_t* end() const { return data_ + n_; }
  const int64_t* data() const { return data_; }
  int64_t back() const { return data_[n_ - 1]; }
  void push_back(int64_t v) {
    if (n_ == capacity_) reserve(n_ * 2);
    data_[n_++] = v;
  }
  void insert(int at, int64_t v) {
    push_back(v);
    for (int i = n_ - 1; i > at; --i) data_[i] = data_[i - 1];
    data_[at] = v;
  }
  void erase(int at) {
    for (int i = at; i + 1 < n_; ++i) data_[i] = data_[i + 1];
    --n_;
  }
  void resize(int n, int64_t fill = 0) {
    reserve(n);
    for (int i = n_; i < n; ++i) data_[i] = fill;
    n_ = n;
  }
  bool contains(int64_t v) const {
    for (int64_t x : *this)
      if (x == v) return true;
    return false;
  }
  friend bool operator==(const Dims& a, const Dims& b) {
    if (a.n_ != b.n_) return false;
    for (int i = 0; i < a.n_; ++i)
      if (a.data_[i] != b.data_[i]) return false;
    return true;
  }

 private:
  void reserve(int n) {
    if (n <= capacity_) return;
    auto* p = static_cast<int64_t*>(pool_alloc(sizeof(int64_t) * static_cast<size_t>(n)));
    std::memcpy(p, data_, sizeof(int64_t) * static_cast<size_t>(n_));
    free_heap();
    data_ = p;
    capacity_ = n;
  }
  void free_heap() noexcept {
    if (data_ != inline_) pool_free(data_, sizeof(int64_t) * static_cast<size_t>(capacity_));
  }
  void take(Dims& o) noexcept {
    n_ = o.n_;
    if (o.data_ == o.inline_) {
      data_ = inline_;
      capacity_ = kInline;
      std::memcpy(inline_, o.inline_, sizeof inline_);
    } else {
      data_ = o.data_;
      capacity_ = o.capacity_;
      o.data_ = o.inline_;
      o.capacity_ = kInline;
    }
    o.n_ = 0;
  }

  int64_t* data_ = inline_;
  int32_t n_ = 0;
  int32_t capacity_ = kInline;
  int64_t inline_[kInline];
};

/// Written as a Python tuple: `(2, 3)`, `(4,)`, `()`.
void append_text(std::string& s, const Dims& d);

/// Product of sizes; raises ValueError when it, or its size in bytes, cannot be represented.
int64_t checked_numel(const char* op, const Dims& sizes);
/// Product of sizes known to be valid.
inline int64_t numel_of(const Dims& sizes) {
  int64_t n = 1;
  for (int64_t s : sizes) n *= s;
  return n;
}
/// Row-major strides in elements.
Dims contiguous_strides(const Dims& sizes);
bool is_contiguous(const Dims& sizes, const Dims& strides);
/// Whether the strides are those of `contiguous_strides`, also of dims of size one.
bool is_row_major(const Dims& sizes, const Dims& strides);
/// Shape that both broadcast to (NumPy's rule); raises ShapeError naming `op`.
Dims broadcast_sizes(const char* op, const Dims& a, const Dims& b);
/// Whether `from` broadcasts to exactly `to`.
bool broadcasts_to(const Dims& from, const Dims& to);
/// `dim` counted from the front, for a tensor of `n` dims (0-d counts as 1-d); raises IndexError
/// naming `op`.
int wrap_dim(const char* op, int64_t dim, int n);
/// Dims wrapped, checked for repeats and sorted; empty input means all dims.
Dims wrap_dims(const char* op, const Dims& dims, int n);
/// `sizes` with `dims` (wrapped) removed, or set to 1 when `keepdim`.
Dims reduced_sizes(const Dims& sizes, const Dims& dims, bool keepdim);

}  // namespace pyad
