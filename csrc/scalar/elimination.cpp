// The graph behind an elimination, and the orders that need no search. See Note [Elimination].
#include "scalar/elimination.hpp"

#include <algorithm>
#include <set>

#include "core/error.hpp"
#include "core/host.hpp"
#include "ops/elementwise/info.hpp"
#include "scalar/rule.hpp"

namespace pyad {

namespace {

constexpr uint32_t kNone = 0xffffffff;

/// Whether the partial by operand i may differ from zero.
bool has_edge(const ScalarProgram::Step& s, int i) {
  if (!s.recorded || (scalar_rules()[s.op].differentiable >> i & 1) == 0) return false;
  const ElementwiseInfo::OperandRule& rule = elementwise_ops()[s.op].rules[i];
  return !(rule.constant && rule.factor == 0);
}

void insert(std::vector<uint32_t>& sorted, uint32_t v) {
  sorted.insert(std::lower_bound(sorted.begin(), sorted.end(), v), v);
}
bool contains(const std::vector<uint32_t>& sorted, uint32_t v) {
  return std::binary_search(sorted.begin(), sorted.end(), v);
}
void remove(std::vector<uint32_t>& sorted, uint32_t v) {
  const auto at = std::lower_bound(sorted.begin(), sorted.end(), v);
  if (at != sorted.end() && *at == v) sorted.erase(at);
}

}  // namespace

EliminationGraph::EliminationGraph(const ScalarProgram& p, uint32_t inputs) : inputs_(inputs) {
  const uint32_t first = p.first_result(), first_input = p.first_input();
  const size_t steps = p.steps.size();
  // What depends on a wanted input, and what an output depends on.
  std::vector<uint8_t> from_input(p.slots()), to_output(p.slots());
  for (uint32_t i = 0; i < inputs; ++i) from_input[first_input + i] = 1;
  for (size_t k = 0; k < steps; ++k) {
    const ScalarProgram::Step& s = p.steps[k];
    for (int i = 0; i < scalar_rules()[s.op].arity; ++i)
      if (has_edge(s, i) && from_input[s.in[i]]) from_input[first + k] = 1;
  }
  for (const uint32_t o : p.outputs) to_output[o] = 1;
  for (size_t k = steps; k-- > 0;) {
    const ScalarProgram::Step& s = p.steps[k];
    if (!to_output[first + k]) continue;
    for (int i = 0; i < scalar_rules()[s.op].arity; ++i)
      if (has_edge(s, i)) to_output[s.in[i]] = 1;
  }
  vertex_of_step_.assign(steps, kNone);
  step_.assign(inputs, kNone);
  uint32_t n = inputs;
  for (size_t k = 0; k < steps; ++k) {
    if (!from_input[first + k] || !to_output[first + k]) continue;
    vertex_of_step_[k] = n++;
    step_.push_back(static_cast<uint32_t>(k));
  }
  auto vertex = [&](uint32_t slot) {
    if (slot >= first) return vertex_of_step_[slot - first];
    return slot >= first_input && slot - first_input < inputs ? slot - first_input : kNone;
  };
  enter_.resize(n);
  leave_.resize(n);
  for (uint32_t v = inputs; v < n; ++v) {
    const ScalarProgram::Step& s = p.steps[step_[v]];
    for (int i = 0; i < scalar_rules()[s.op].arity; ++i) {
      const uint32_t u = has_edge(s, i) ? vertex(s.in[i]) : kNone;
      if (u == kNone || contains(enter_[v], u)) continue;
      insert(enter_[v], u);
      leave_[u].push_back(v);
    }
  }
  inner_.assign(n, 0);
  sink_.assign(n, 0);
  std::vector<uint8_t> output(n);
  for (const uint32_t o : p.outputs)
    if (const uint32_t v = vertex(o); v != kNone) output[v] = 1;
  for (uint32_t v = inputs; v < n; ++v) {
    inner_[v] = !output[v] || !leave_[v].empty();
    if (inner_[v]) order_.push_back(v);
  }
  for (const uint32_t v : order_) {
    if (!output[v]) continue;
    sink_[v] = size();
    leave_[v].push_back(size());
    enter_.push_back({v});
    leave_.emplace_back();
    inner_.push_back(0);
    sink_.push_back(0);
    step_.push_back(step_[v]);
  }
  for (const uint32_t o : p.outputs) {
    const uint32_t v = vertex(o);
    row_.push_back(v != kNone && sink_[v] ? sink_[v] : v);
  }
}

uint64_t EliminationGraph::cost(std::span<const Elimination> order, uint64_t enough) const {
  EliminationState state(*this);
  uint64_t total = 0;
  for (const Elimination& e : order) {
    total += state.cost(e);
    if (total >= enough) return total;
    poll_interrupt();
    state.eliminate(e, [](uint32_t, uint32_t, uint32_t, bool) {});
  }
  for (const uint32_t v : order_) {
    if (!state.enter(v).empty() && !state.leave(v).empty())
      fail(ErrorKind::kValue, "jacobian: the order leaves vertex 'v", step_[v],
           "' in its place; every vertex has to go, or all edges into it or out of it");
  }
  return total;
}

EliminationState::EliminationState(const EliminationGraph& g) : g_(g) {
  for (uint32_t v = 0; v < g.size(); ++v) {
    enter_.push_back(g.enter(v));
    leave_.push_back(g.leave(v));
  }
}

uint64_t EliminationState::cost(const Elimination& e) const {
  auto leaving = [&](uint32_t v) {
    const bool free = g_.sink(v) && contains(leave_[v], g_.sink(v));
    return leave_[v].size() - (free ? 1 : 0);
  };
  switch (e.kind) {
    case Elimination::kVertex:
      return enter_[e.vertex].size() * leaving(e.vertex);
    case Elimination::kEdgeAtEnd:
      return leaving(e.to);
    case Elimination::kEdgeAtStart:
      return e.to == g_.sink(e.vertex) && e.to != 0 ? 0 : enter_[e.vertex].size();
  }
  return 0;
}

bool EliminationState::has(uint32_t i, uint32_t j) const { return contains(enter_[j], i); }

bool EliminationState::connect(uint32_t i, uint32_t k) {
  if (contains(enter_[k], i)) return false;
  insert(enter_[k], i);
  insert(leave_[i], k);
  return true;
}
void EliminationState::cut(uint32_t i, uint32_t j) {
  remove(enter_[j], i);
  remove(leave_[i], j);
}

std::vector<Elimination> forward_order(const EliminationGraph& g) {
  std::vector<Elimination> order;
  for (const uint32_t v : g.order()) order.push_back({Elimination::kVertex, v, 0});
  return order;
}

std::vector<Elimination> reverse_order(const EliminationGraph& g) {
  std::vector<Elimination> order = forward_order(g);
  std::reverse(order.begin(), order.end());
  return order;
}

std::vector<Elimination> markowitz_order(const EliminationGraph& g, bool last_tie) {
  EliminationState state(g);
  // By cost, then by place; the costs of neighbours change with each elimination.
  std::set<std::pair<uint64_t, int64_t>> waiting;
  std::vector<uint64_t> known(g.size());
  auto key = [&](uint32_t v) {
    return std::pair{known[v], last_tie ? -static_cast<int64_t>(v) : static_cast<int64_t>(v)};
  };
  auto vertex = [](uint32_t v) { return Elimination{Elimination::kVertex, v, 0}; };
  for (const uint32_t v : g.order()) {
    known[v] = state.cost(vertex(v));
    waiting.insert(key(v));
  }
  std::vector<Elimination> order;
  while (!waiting.empty()) {
    poll_interrupt();
    const auto v = static_cast<uint32_t>(std::abs(waiting.begin()->second));
    waiting.erase(waiting.begin());
    std::vector<uint32_t> near = state.enter(v);
    near.insert(near.end(), state.leave(v).begin(), state.leave(v).end());
    order.push_back(vertex(v));
    state.eliminate(order.back(), [](uint32_t, uint32_t, uint32_t, bool) {});
    for (const uint32_t u : near) {
      if (!g.inner(u) || waiting.erase(key(u)) == 0) continue;
      known[u] = state.cost(vertex(u));
      waiting.insert(key(u));
    }
  }
  return order;
}

}  // namespace pyad
