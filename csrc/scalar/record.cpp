// Recording by op id, and nodes of more than two parents.
#include "scalar/record.hpp"

#include <algorithm>

#include "scalar/trace.hpp"

namespace pyad {

ScalarNode* record(uint16_t id, const ScalarOperand* in, const double* params) {
  const ScalarRule& rule = scalar_rules()[id];
  double x[3] = {};
  unsigned wanted = 0;
  for (int i = 0; i < rule.arity; ++i) {
    x[i] = in[i].value;
    if (in[i].node) wanted |= 1u << i;
  }
  wanted &= mode.grad ? rule.differentiable : 0;
  double partials[3];
  const double y = rule.apply(x, params, wanted, partials);
  ScalarEdge edges[3];
  size_t n = 0;
  for (int i = 0; i < rule.arity; ++i)
    if (wanted >> i & 1) edges[n++] = {in[i].node, partials[i]};
  ScalarNode* node = record_edges(y, id, {edges, n});
  if (rule.arity == 2 && n == 1) {
    const bool left = edges[0].node == in[0].node;
    const ScalarOperand& other = in[left ? 1 : 0];
    if (!other.node) {
      node->with_number(other.value, left ? ScalarNode::kNumberRight : ScalarNode::kNumberLeft);
    }
  }
  if (ScalarTrace* trace = scalar_trace()) [[unlikely]] {
    try {
      trace->note(node, id, in, params);
    } catch (...) {
      release_scalar(node);
      throw;
    }
  }
  return node;
}

ScalarNode* record_edges(double value, uint16_t op, std::span<const ScalarEdge> edges) {
  const size_t n = edges.size();
  if (n == 0) return new_scalar(value, op);
  if (n == 1) return new_scalar(value, op, edges[0].node, edges[0].partial);
  ScalarNode* left = edges[0].node;
  double partial = edges[0].partial;
  ++left->count;
  for (size_t i = 1;; ++i) {
    ScalarNode* node;
    try {
      node = new_scalar(value, op, left, partial, edges[i].node, edges[i].partial);
    } catch (...) {
      release_scalar(left);
      throw;
    }
    release_scalar(left);
    if (i + 1 == n) return node;
    node->flags |= ScalarNode::kJoint;
    left = node;
    partial = 1;
  }
}

std::vector<ScalarEdge> edges_of(const ScalarNode* n) {
  std::vector<ScalarEdge> edges;
  for (;;) {  // from the last parent to the first
    if (n->parent[1]) edges.push_back({n->parent[1], n->partial[1]});
    if (!n->parent[0] || !(n->parent[0]->flags & ScalarNode::kJoint)) break;
    n = n->parent[0];
  }
  if (n->parent[0]) edges.push_back({n->parent[0], n->partial[0]});
  std::reverse(edges.begin(), edges.end());
  return edges;
}

}  // namespace pyad
