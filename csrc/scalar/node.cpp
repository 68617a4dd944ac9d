// The end of scalar nodes.
#include "scalar/node.hpp"

#include <utility>

#include "scalar/names.hpp"

namespace pyad::detail {

void scalar_destroy(ScalarNode* n) noexcept {
  // Nodes that wait for their turn are linked through `origin`: nobody asks for their number any
  // more.
  ScalarNode* waiting = nullptr;
  for (;;) {
    ScalarNode* next = n->parent[0];
    ScalarNode* other = n->parent[1];
    if (n->flags & ScalarNode::kNamed) [[unlikely]]
      drop_names(n);
    give_scalar(n);
    ++scalar_memory.freed;
    if (next && --next->count != 0) next = nullptr;
    if (other && --other->count != 0) other = nullptr;
    if (!next) std::swap(next, other);
    if (!next) {
      if (!waiting) return;
      next = waiting;
      waiting = reinterpret_cast<ScalarNode*>(next->origin);
    } else if (other) {
      other->origin = reinterpret_cast<uintptr_t>(waiting);
      waiting = other;
    }
    n = next;
  }
}

}  // namespace pyad::detail
