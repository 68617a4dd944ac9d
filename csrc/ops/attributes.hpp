// What the engine needs to know of an op's attributes without their type, derived from their
// fields.
//
// Note [Attributes]
// Attributes are aggregates of numbers, flags, enums, sizes and the like, without base classes. One
// function an aggregate walks over their fields (`AttrInfo::visit`); by it a call is compared and
// hashed, printed, written to a file and read again. Types say what a field means where numbers
// alone do not: an `Axis` counts a dim from the front, `Axes` several, `Sizes` are those of all
// dims of an array, an `Order` moves dims. So the same call with a dim more in front, as a batch has
// it, is derived: `with_batch`.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <span>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "core/dims.hpp"
#include "core/dtype.hpp"
#include "core/error.hpp"
#include "core/tensor.hpp"

namespace pyad {

/// A dim, counted from the front.
struct Axis {
  int dim = 0;
  constexpr Axis() = default;
  constexpr Axis(int d) : dim(d) {}
  constexpr operator int() const { return dim; }
};
/// Dims, counted from the front.
struct Axes : Dims {
  using Dims::Dims;
  Axes(Dims d) : Dims(std::move(d)) {}
};
/// Sizes of all dims.
struct Sizes : Dims {
  using Dims::Dims;
  Sizes(Dims d) : Dims(std::move(d)) {}
};
/// Where each dim of the result comes from.
struct Order : Dims {
  using Dims::Dims;
  Order(Dims d) : Dims(std::move(d)) {}
};

namespace detail {

struct AnyField {
  template <class T>
  operator T() const;
};

template <class T, class... Fields>
constexpr size_t count_fields() {
  if constexpr (requires { T{Fields{}..., AnyField{}}; }) {
    return count_fields<T, Fields..., AnyField>();
  } else {
    return sizeof...(Fields);
  }
}

/// References to the fields of an aggregate.
template <class T>
auto fields(T& x) {
  constexpr size_t n = count_fields<std::remove_const_t<T>>();
  static_assert(n <= 10, "more fields than a line below has");
  if constexpr (n == 0) {
    return std::tie();
  } else if constexpr (n == 1) {
    auto& [a] = x;
    return std::tie(a);
  } else if constexpr (n == 2) {
    auto& [a, b] = x;
    return std::tie(a, b);
  } else if constexpr (n == 3) {
    auto& [a, b, c] = x;
    return std::tie(a, b, c);
  } else if constexpr (n == 4) {
    auto& [a, b, c, d] = x;
    return std::tie(a, b, c, d);
  } else if constexpr (n == 5) {
    auto& [a, b, c, d, e] = x;
    return std::tie(a, b, c, d, e);
  } else if constexpr (n == 6) {
    auto& [a, b, c, d, e, f] = x;
    return std::tie(a, b, c, d, e, f);
  } else if constexpr (n == 7) {
    auto& [a, b, c, d, e, f, g] = x;
    return std::tie(a, b, c, d, e, f, g);
  } else if constexpr (n == 8) {
    auto& [a, b, c, d, e, f, g, h] = x;
    return std::tie(a, b, c, d, e, f, g, h);
  } else if constexpr (n == 9) {
    auto& [a, b, c, d, e, f, g, h, i] = x;
    return std::tie(a, b, c, d, e, f, g, h, i);
  } else {
    auto& [a, b, c, d, e, f, g, h, i, j] = x;
    return std::tie(a, b, c, d, e, f, g, h, i, j);
  }
}

template <class T>
inline constexpr bool is_list = false;
template <class T>
inline constexpr bool is_list<std::vector<T>> = true;
template <class T, size_t N>
inline constexpr bool is_list<std::array<T, N>> = true;
template <class T>
inline constexpr bool is_shared = false;
template <class T>
inline constexpr bool is_shared<std::shared_ptr<T>> = true;
template <class T>
concept Number = std::is_arithmetic_v<T> || std::is_enum_v<T>;

}  // namespace detail

/// Takes the fields of attributes one by one; what it changes is read back into them.
class Fields {
 public:
  virtual ~Fields() = default;
  enum class Is : uint8_t { kBool, kUnsigned8, kInt32, kInt64, kFloat, kDouble, kDType };
  virtual void number(void* at, Is is) = 0;
  virtual void dims(Dims& v) = 0;
  /// Text that lives as long as the process.
  virtual void text(const char*& v) = 0;
  /// That many items follow, up to `close`; returns how many there shall be.
  virtual size_t open(size_t n) = 0;
  virtual void close() {}
  /// Whether it changes them.
  virtual bool writes() const { return false; }
};

namespace detail {

template <Number T>
constexpr Fields::Is number_kind() {
  using Is = Fields::Is;
  if constexpr (std::is_same_v<T, DType>) {
    return Is::kDType;
  } else if constexpr (std::is_same_v<T, bool>) {
    return Is::kBool;
  } else if constexpr (std::is_same_v<T, double>) {
    return Is::kDouble;
  } else if constexpr (std::is_same_v<T, float>) {
    return Is::kFloat;
  } else if constexpr (sizeof(T) == 1) {
    return Is::kUnsigned8;
  } else {
    static_assert(sizeof(T) == 4 || sizeof(T) == 8);
    return sizeof(T) == 4 ? Is::kInt32 : Is::kInt64;
  }
}

template <class T>
void visit(T& v, Fields& use) {
  if constexpr (Number<T>) {
    use.number(&v, number_kind<T>());
  } else if constexpr (std::is_same_v<T, Axis>) {
    use.number(&v.dim, Fields::Is::kInt32);
  } else if constexpr (std::is_base_of_v<Dims, T>) {
    use.dims(v);
  } else if constexpr (std::is_same_v<T, const char*>) {
    use.text(v);
  } else if constexpr (requires { T::from(v.numbers()); }) {
    auto numbers = v.numbers();
    visit(numbers, use);
    if (use.writes()) v = T::from(numbers);
  } else if constexpr (is_list<T>) {
    [[maybe_unused]] const size_t n = use.open(v.size());
    if constexpr (requires { v.resize(n); })
      if (use.writes()) v.resize(n);
    for (auto& x : v) visit(x, use);
    use.close();
  } else if constexpr (is_shared<T>) {
    using Held = std::remove_const_t<typename T::element_type>;
    const bool any = use.open(v ? 1 : 0) > 0;
    if constexpr (requires { Held::from(v->numbers()); }) {
      decltype(v->numbers()) numbers{};
      if (v) numbers = v->numbers();
      if (any) visit(numbers, use);
      if (use.writes())
        v = any ? std::make_shared<typename T::element_type>(Held::from(numbers)) : nullptr;
    } else {
      auto held = v ? std::make_shared<Held>(*v) : std::make_shared<Held>();
      if (any) visit(*held, use);
      if (use.writes()) v = any ? std::move(held) : nullptr;
    }
    use.close();
  } else {
    use.open(count_fields<T>());
    std::apply([&](auto&... f) { (visit(f, use), ...); }, fields(v));
    use.close();
  }
}

/// Whether a field is of one of the types.
template <class T, class... Of>
constexpr bool has_field() {
  if constexpr ((std::is_same_v<T, Of> || ...)) {
    return true;
  } else if constexpr (Number<T> || std::is_base_of_v<Dims, T> || is_list<T> || is_shared<T> ||
                       std::is_pointer_v<T> || requires(const T& v) { v.numbers(); }) {
    return false;
  } else {
    return []<size_t... I>(std::index_sequence<I...>, auto tie) {
      return (has_field<std::remove_cvref_t<std::tuple_element_t<I, typename decltype(tie)::type>>,
                        Of...>() ||
              ...);
    }(std::make_index_sequence<count_fields<T>()>(),
           std::type_identity<decltype(fields(std::declval<T&>()))>());
  }
}

template <class T>
void add_batch(T& v, int64_t size) {
  if constexpr (std::is_same_v<T, Axis>) {
    ++v.dim;
  } else if constexpr (std::is_same_v<T, Axes>) {
    for (int64_t& d : v) ++d;
  } else if constexpr (std::is_same_v<T, Sizes>) {
    v.insert(0, size);
  } else if constexpr (std::is_same_v<T, Order>) {
    for (int64_t& d : v) ++d;
    v.insert(0, 0);
  } else if constexpr (has_field<T, Axis, Axes, Sizes, Order>()) {
    std::apply([&](auto&... f) { (add_batch(f, size), ...); }, fields(v));
  }
}

}  // namespace detail

/// Whether attributes say which dims are meant.
template <class Attr>
inline constexpr bool names_axes = detail::has_field<Attr, Axis, Axes>();
/// Whether they say something of all dims, so that one more of them changes it.
template <class Attr>
inline constexpr bool names_dims = names_axes<Attr> || detail::has_field<Attr, Sizes, Order>();

/// What is done with attributes whose type is not known. No functions for what has no fields, no
/// `copy` and `destroy` where bytes are copied and there is nothing to destroy.
struct AttrInfo {
  size_t size = 0;
  void (*make)(void* to) = nullptr;
  void (*copy)(void* to, const void* from) = nullptr;
  void (*destroy)(void* attr) noexcept = nullptr;
  void (*visit)(void* attr, Fields& use) = nullptr;

  void copy_to(void* to, const void* from) const {
    if (copy)
      copy(to, from);
    else if (size)
      std::memcpy(to, from, size);
  }
};

template <class Attr>
constexpr AttrInfo attr_info() {
  if constexpr (std::is_empty_v<Attr>) {
    return {};
  } else {
    static_assert(std::is_aggregate_v<Attr>, "Note [Attributes]");
    static_assert(alignof(Attr) <= alignof(void*), "nodes keep attributes behind pointers");
    AttrInfo info;
    info.size = sizeof(Attr);
    info.make = [](void* to) { new (to) Attr(); };
    if constexpr (!std::is_trivially_copyable_v<Attr>)
      info.copy = [](void* to, const void* from) {
        new (to) Attr(*static_cast<const Attr*>(from));
      };
    if constexpr (!std::is_trivially_destructible_v<Attr>)
      info.destroy = [](void* attr) noexcept { static_cast<Attr*>(attr)->~Attr(); };
    info.visit = [](void* attr, Fields& use) { detail::visit(*static_cast<Attr*>(attr), use); };
    return info;
  }
}

/// Attributes that own themselves, whatever their type.
class KeptAttr {
 public:
  KeptAttr() = default;
  KeptAttr(const AttrInfo& info, const void* attr);
  /// From what `numbers` gave; raises ValueError for anything else.
  static KeptAttr from(const AttrInfo& info, std::span<const uint64_t> numbers);
  KeptAttr(const KeptAttr& o) : KeptAttr(o.info_, o.get()) {}
  KeptAttr(KeptAttr&& o) noexcept
      : info_(std::exchange(o.info_, {})), bytes_(std::move(o.bytes_)) {}
  KeptAttr& operator=(KeptAttr o) noexcept {
    std::swap(info_, o.info_);
    std::swap(bytes_, o.bytes_);
    return *this;
  }
  ~KeptAttr();
  const void* get() const { return bytes_.get(); }
  void visit(Fields& use);
  /// The numbers that they are made of, lists with their length first: the serial form, by which
  /// they are compared and hashed.
  std::vector<uint64_t> numbers() const;
  bool operator==(const KeptAttr& o) const;
  size_t hash() const;
  std::string text() const;

 private:
  AttrInfo info_;
  std::unique_ptr<std::max_align_t[]> bytes_;
};

/// The attributes for arrays that have one more dim, of `size`, in front.
template <class Attr>
Attr with_batch(const Attr& attr, int64_t size) {
  Attr more = attr;
  detail::add_batch(more, size);
  return more;
}

}  // namespace pyad
