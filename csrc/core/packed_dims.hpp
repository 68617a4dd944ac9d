// `PackedDims`: a list of sizes at rest. What the graph remembers of every input would be mostly
// sizes if they were kept as `Dims`, which are made for arithmetic.
#pragma once

#include <cstdint>
#include <cstring>
#include <utility>

#include "core/dims.hpp"

namespace pyad {

/// 16 bytes: up to three numbers of 32 bits, or the address of a `Dims`.
class PackedDims {
 public:
  PackedDims() = default;
  PackedDims(const Dims& d) { pack(d); }
  PackedDims(const PackedDims& o) { copy(o); }
  PackedDims(PackedDims&& o) noexcept { take(o); }
  PackedDims& operator=(PackedDims o) noexcept {
    drop();
    take(o);
    return *this;
  }
  ~PackedDims() { drop(); }

  Dims unpack() const {
    if (n_ < 0) return *far();
    const int64_t wide[kNear] = {near_[0], near_[1], near_[2]};
    return Dims(wide, n_);
  }
  friend bool operator==(const PackedDims& a, const Dims& b) {
    if (a.n_ < 0) return *a.far() == b;
    if (a.n_ != b.size()) return false;
    for (int i = 0; i < a.n_; ++i)
      if (a.near_[i] != b[i]) return false;
    return true;
  }

 private:
  static constexpr int kNear = 3;
  void pack(const Dims& d) {
    bool near = d.size() <= kNear;
    for (int64_t v : d) near = near && v == static_cast<int32_t>(v);
    if (!near) return set_far(new Dims(d));
    n_ = d.size();
    for (int i = 0; i < n_; ++i) near_[i] = static_cast<int32_t>(d[i]);
  }
  void copy(const PackedDims& o) {
    if (o.n_ < 0) return set_far(new Dims(*o.far()));
    n_ = o.n_;
    std::memcpy(near_, o.near_, sizeof near_);
  }
  void take(PackedDims& o) noexcept {
    n_ = std::exchange(o.n_, 0);
    std::memcpy(near_, o.near_, sizeof near_);
  }
  void drop() noexcept {
    if (n_ < 0) delete far();
    n_ = 0;
  }
  Dims* far() const {
    Dims* p;
    std::memcpy(&p, near_ + 1, sizeof p);
    return p;
  }
  void set_far(Dims* p) {
    std::memcpy(near_ + 1, &p, sizeof p);
    n_ = -1;
  }

  int32_t n_ = 0;  // -1: far
  int32_t near_[kNear] = {};
};
static_assert(sizeof(PackedDims) == 16);

}  // namespace pyad
