// Intrusive reference counting: `Counted` objects, `Ref<T>` handles.
//
// Counts are plain integers because every count changes under the host's lock (the GIL); a
// free-threaded build changes the typedef `RefCount` and nothing else. Kernels, which run unlocked,
// see raw pointers only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

#include "core/pool.hpp"

namespace pyad {

using RefCount = uint32_t;

/// Base of everything that is shared by polymorphic handle and destroyed through `destroy()`.
class Object {
 public:
  Object() = default;
  Object(const Object&) = delete;
  Object& operator=(const Object&) = delete;
  RefCount count = 0;

 protected:
  virtual ~Object() = default;

 public:
  /// Called when the count falls to zero; frees the object.
  virtual void destroy() noexcept { delete this; }
  /// Tells the object that the handle `p`, which it may remember weakly, is going away.
  virtual void forget(const void* p) noexcept { (void)p; }
  /// For the host's garbage collector: reports each host object that this one alone keeps alive;
  /// stops at the first answer other than zero and returns it.
  virtual int visit_host(int (*visit)(void* object, void* context), void* context) {
    return (void)visit, (void)context, 0;
  }
  /// The collector found a cycle: lets go of those host objects.
  virtual void drop_host() noexcept {}
};

inline void release_object(Object* p) noexcept { p->destroy(); }

/// A handle to a counted object. `T` has a member `count`, and `release_object(T*)` is found for
/// it.
template <class T>
class Ref {
 public:
  Ref() = default;
  Ref(std::nullptr_t) {}
  explicit Ref(T* p) : p_(p) {
    if (p_) ++p_->count;
  }
  Ref(const Ref& o) : Ref(o.p_) {}
  Ref(Ref&& o) noexcept : p_(std::exchange(o.p_, nullptr)) {}
  template <class U>
    requires std::is_convertible_v<U*, T*>
  Ref(const Ref<U>& o) : Ref(static_cast<T*>(o.get())) {}
  template <class U>
    requires std::is_convertible_v<U*, T*>
  Ref(Ref<U>&& o) noexcept : p_(o.detach()) {}
  Ref& operator=(const Ref& o) {
    Ref copy(o);
    std::swap(p_, copy.p_);
    return *this;
  }
  Ref& operator=(Ref&& o) noexcept {
    if (this != &o) {
      T* old = std::exchange(p_, std::exchange(o.p_, nullptr));
      if (old) drop(old);
    }
    return *this;
  }
  ~Ref() {
    if (p_) drop(p_);
  }

  T* get() const noexcept { return p_; }
  T* operator->() const noexcept { return p_; }
  T& operator*() const noexcept { return *p_; }
  explicit operator bool() const noexcept { return p_ != nullptr; }
  bool operator==(const Ref& o) const noexcept { return p_ == o.p_; }
  /// Gives up ownership of one count without decrementing it.
  T* detach() noexcept { return std::exchange(p_, nullptr); }
  /// Takes over one count that `detach()` gave up.
  static Ref adopt(T* p) noexcept {
    Ref r;
    r.p_ = p;
    return r;
  }
  void reset() noexcept { *this = Ref(); }

 private:
  static void drop(T* p) noexcept {
    if (--p->count == 0) release_object(p);
  }
  T* p_ = nullptr;
};

template <class T, class... A>
Ref<T> make_ref(A&&... args) {
  return Ref<T>(new T(std::forward<A>(args)...));
}

/// Mixin: `new`/`delete` of the class go through the small-block pool.
template <class T>
struct Pooled {
  static void* operator new(size_t n) { return pool_alloc(n); }
  static void operator delete(void* p, size_t n) noexcept { pool_free(p, n); }
};

}  // namespace pyad
