// What the engine needs to know of an op's attributes without their type, derived from their
// fields.
//
// Note [Attributes]
// Attributes are aggregates of numbers, flags, enums, sizes and the like, without base classes. By
// walking their fields a node keeps them, two calls are compared and hashed, a call is printed and
// written to a file. Types say what a field means where numbers alone do not: an `Axis` counts a dim
// from the front, `Axes` several, `Sizes` are those of all dims of an array, an `Order` moves dims.
// So the same call with a dim more in front, as a batch has it, is derived: `with_batch`.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <string>
#include <string_view>
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

template <class T>
uint64_t bits_of(T v) {
  if constexpr (std::is_floating_point_v<T>)
    return std::bit_cast<uint64_t>(static_cast<double>(v));
  else
    return static_cast<uint64_t>(v);
}

/// The same text for as long as the process lives.
const char* kept_text(const std::string& text);

/// The numbers that a value is made of, in order; lists come with their length first.
template <class T, class Use>
void each_number(const T& v, Use&& use) {
  if constexpr (Number<T>) {
    use(bits_of(v));
  } else if constexpr (std::is_same_v<T, Axis>) {
    use(bits_of(v.dim));
  } else if constexpr (std::is_base_of_v<Dims, T>) {
    use(static_cast<uint64_t>(v.size()));
    for (int64_t x : v) use(bits_of(x));
  } else if constexpr (std::is_same_v<T, const char*>) {
    use(std::string_view(v).size());
    for (const char* p = v; *p; ++p) use(static_cast<uint64_t>(*p));
  } else if constexpr (requires { v.numbers(); }) {
    each_number(v.numbers(), use);
  } else if constexpr (is_list<T>) {
    use(v.size());
    for (const auto& x : v) each_number(x, use);
  } else if constexpr (is_shared<T>) {
    use(static_cast<uint64_t>(v != nullptr));
    if (v) each_number(*v, use);
  } else {
    std::apply([&](const auto&... f) { (each_number(f, use), ...); }, fields(v));
  }
}

/// The value again, from its numbers.
template <class T, class Next>
void read_numbers(T& v, Next&& next) {
  if constexpr (std::is_floating_point_v<T>) {
    v = static_cast<T>(std::bit_cast<double>(next()));
  } else if constexpr (Number<T>) {
    v = static_cast<T>(next());
  } else if constexpr (std::is_same_v<T, Axis>) {
    v.dim = static_cast<int>(next());
  } else if constexpr (std::is_base_of_v<Dims, T>) {
    v.resize(0);
    for (uint64_t n = next(); n > 0; --n) v.push_back(static_cast<int64_t>(next()));
  } else if constexpr (std::is_same_v<T, const char*>) {
    std::string text;
    for (uint64_t n = next(); n > 0; --n) text += static_cast<char>(next());
    v = kept_text(text);
  } else if constexpr (requires { T::from(v.numbers()); }) {
    decltype(v.numbers()) numbers;
    read_numbers(numbers, next);
    v = T::from(numbers);
  } else if constexpr (is_list<T>) {
    uint64_t n = next();
    if constexpr (requires { v.resize(n); }) v.resize(n);
    for (auto& x : v) read_numbers(x, next);
  } else if constexpr (is_shared<T>) {
    v = nullptr;
    if (!next()) return;
    using Held = std::remove_const_t<typename T::element_type>;
    if constexpr (requires { Held::from(v->numbers()); }) {
      decltype(v->numbers()) numbers;
      read_numbers(numbers, next);
      v = std::make_shared<const Held>(Held::from(numbers));
    } else {
      auto p = std::make_shared<Held>();
      read_numbers(*p, next);
      v = std::move(p);
    }
  } else {
    std::apply([&](auto&... f) { (read_numbers(f, next), ...); }, fields(v));
  }
}

template <class T>
void append_value(std::string& s, const T& v) {
  if constexpr (std::is_same_v<T, bool> || std::is_same_v<T, DType> || std::is_base_of_v<Dims, T>) {
    append_text(s, v);
  } else if constexpr (std::is_enum_v<T>) {
    append_text(s, static_cast<int>(v));
  } else if constexpr (std::is_floating_point_v<T>) {
    append_text(s, static_cast<double>(v));
  } else if constexpr (std::is_integral_v<T>) {
    append_text(s, v);
  } else if constexpr (std::is_same_v<T, Axis>) {
    append_text(s, v.dim);
  } else if constexpr (std::is_same_v<T, const char*>) {
    append_text(s, v);
  } else if constexpr (requires { v.numbers(); }) {
    append_value(s, v.numbers());
  } else if constexpr (is_shared<T>) {
    v ? append_value(s, *v) : append_text(s, "None");
  } else if constexpr (is_list<T>) {
    s += '[';
    bool first = true;
    for (const auto& x : v) {
      if (!std::exchange(first, false)) s += ", ";
      append_value(s, x);
    }
    s += ']';
  } else {
    s += '(';
    bool first = true;
    auto one = [&](const auto& f) {
      if (!std::exchange(first, false)) s += ", ";
      append_value(s, f);
    };
    std::apply([&](const auto&... f) { (one(f), ...); }, fields(v));
    s += ')';
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

/// How a node keeps attributes. What compares, tells and writes them (`detail::each_number` and its
/// kin) is made where a call is kept, to keep the module small.
struct AttrInfo {
  size_t size;
  void (*copy)(void* to, const void* from);  // null: there is nothing to keep
  void (*destroy)(void* attr) noexcept;      // null: nothing to do
};

template <class Attr>
constexpr AttrInfo attr_info() {
  if constexpr (std::is_empty_v<Attr>) {
    return {0, nullptr, nullptr};
  } else {
    static_assert(std::is_aggregate_v<Attr>, "Note [Attributes]");
    static_assert(alignof(Attr) <= alignof(void*), "nodes keep attributes behind pointers");
    AttrInfo info{};
    info.size = sizeof(Attr);
    info.copy = [](void* to, const void* from) { new (to) Attr(*static_cast<const Attr*>(from)); };
    if constexpr (!std::is_trivially_destructible_v<Attr>)
      info.destroy = [](void* attr) noexcept { static_cast<Attr*>(attr)->~Attr(); };
    return info;
  }
}

/// The attributes for arrays that have one more dim, of `size`, in front.
template <class Attr>
Attr with_batch(const Attr& attr, int64_t size) {
  Attr more = attr;
  detail::add_batch(more, size);
  return more;
}

}  // namespace pyad
