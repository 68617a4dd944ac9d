// A node of the scalar graph: one number that a program computed, in one cache line.
//
// Note [Scalar nodes]
// The partials of an op are computed together with its value, while the operands are at hand. So a
// node forgets its formula: a sweep is two multiply-adds a node and never asks which op it was. An
// operand that is a plain number is not made a node: it stands in the slot of the partial that is
// not needed, and the flag says on which side it stood. An op of three differentiable operands
// hangs two of them on a joint, a node of no value of its own, whose partials are those of the op
// and which enters it with partial 1; whoever shows the graph looks through joints.
//
// Note [One host object for a node]
// A program that draws its graph compares objects, so a node must give the same host object as long
// as one lives, and forget it when it dies. There is no room for a pointer beside the creation
// number; `origin` is one or the other. While a host object lives it keeps the number and the node
// points to it; the object hands the number back before it goes.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/ref.hpp"
#include "scalar/memory.hpp"

namespace pyad {

/// The part of a host object that a node may point to.
struct NodeAnchor {
  uint64_t number;
};

struct ScalarNode {
  static constexpr uint16_t kLeaf = 0xffff;
  enum Flag : uint8_t {
    kNumberRight = 1,  // the second operand was the number partial[1]
    kNumberLeft = 2,   // the first operand was the number partial[1]; parent[0] is the second
    kJoint = 4,
    kNamed = 8,  // names.hpp keeps names for it
  };

  double value;
  double grad;
  ScalarNode* parent[2];  // a missing parent is null; parent[1] implies parent[0]
  double partial[2];      // of this node with respect to its parents
  uintptr_t origin;       // creation number times two plus one, or a NodeAnchor
  RefCount count;
  uint16_t op;  // id in the op table; kLeaf for anything else
  uint8_t flags;
  uint8_t mark;  // scratch of a sweep, zero outside of it

  /// Notes the operand that is not a node; for a node of one parent.
  ScalarNode* with_number(double v, Flag side) {
    partial[1] = v;
    flags |= side;
    return this;
  }
  bool interior() const { return parent[0] != nullptr; }
  NodeAnchor* anchor() const {
    return origin & 1 ? nullptr : reinterpret_cast<NodeAnchor*>(origin);
  }
  /// Position in the order of creation, of all nodes of the process.
  uint64_t number() const { return origin & 1 ? origin >> 1 : anchor()->number; }
  void anchor_at(NodeAnchor* a) {
    a->number = number();
    origin = reinterpret_cast<uintptr_t>(a);
  }
  /// Ends the tie to `a`, if it is still the one.
  void leave(const NodeAnchor* a) {
    if (anchor() == a) origin = a->number << 1 | 1;
  }
};
static_assert(sizeof(ScalarNode) == detail::kScalarBytes);

namespace detail {
void scalar_destroy(ScalarNode* n) noexcept;
}

/// A node without parents, which the caller owns (count 1). Raises Error(kMemory).
inline ScalarNode* new_scalar(double value, uint16_t op = ScalarNode::kLeaf) {
  auto* n = static_cast<ScalarNode*>(detail::take_scalar());
  n->value = value;
  n->grad = 0;
  n->parent[0] = n->parent[1] = nullptr;
  n->partial[0] = n->partial[1] = 0;
  n->origin = ++detail::scalar_memory.made << 1 | 1;
  n->count = 1;
  n->op = op;
  n->flags = 0;
  n->mark = 0;
  return n;
}
inline ScalarNode* new_scalar(double value, uint16_t op, ScalarNode* a, double da) {
  ScalarNode* n = new_scalar(value, op);
  n->parent[0] = a;
  n->partial[0] = da;
  ++a->count;
  return n;
}
inline ScalarNode* new_scalar(double value, uint16_t op, ScalarNode* a, double da, ScalarNode* b,
                              double db) {
  ScalarNode* n = new_scalar(value, op, a, da);
  n->parent[1] = b;
  n->partial[1] = db;
  ++b->count;
  return n;
}

/// Lets go of one count; frees what nobody holds any more, without recursion.
inline void release_scalar(ScalarNode* n) noexcept {
  if (--n->count == 0) detail::scalar_destroy(n);
}

/// Nodes alive in the process.
inline int64_t live_scalars() {
  return static_cast<int64_t>(detail::scalar_memory.made - detail::scalar_memory.freed);
}

}  // namespace pyad
