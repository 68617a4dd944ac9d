// What the engine needs to know of an op's attributes without their type.
#pragma once

#include <cstddef>
#include <new>
#include <type_traits>

namespace pyad {

/// How attributes are kept: by a node, or in a list of calls.
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
    static_assert(alignof(Attr) <= alignof(void*), "nodes keep attributes behind pointers");
    AttrInfo info{sizeof(Attr), nullptr, nullptr};
    info.copy = [](void* to, const void* from) { new (to) Attr(*static_cast<const Attr*>(from)); };
    if constexpr (!std::is_trivially_destructible_v<Attr>)
      info.destroy = [](void* attr) noexcept { static_cast<Attr*>(attr)->~Attr(); };
    return info;
  }
}

}  // namespace pyad
