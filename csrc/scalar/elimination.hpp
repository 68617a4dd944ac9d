// The linearised graph of a scalar program, and the elimination of its inner vertices: what a
// Jacobian costs, by the order in which it is accumulated.
//
// Note [Elimination]
// Vertices are the inputs, the steps between inputs and outputs, and the outputs; an edge carries
// the partial of a step by an operand. To eliminate a vertex is to multiply the edges that enter it
// with the edges that leave it, one product for each pair, and to add the products to the edges
// from predecessors to successors; with no vertex left between, the edges are the Jacobian. Every
// order gives the same derivatives, but the number of products depends on it, and the order with
// the fewest is hard to find (NP-complete in general: Naumann 2008). From inputs to outputs it is
// forward mode, from outputs to inputs reverse mode (Griewank and Walther, "Evaluating
// Derivatives", chapters 9 and 10). Markowitz' rule takes the vertex that is cheapest now.
//
// An edge may go alone: eliminated at its end, (i, j) is multiplied with all edges that leave j;
// at its start, with all edges that enter i. A vertex goes when all edges into it have.
//
// An output that other steps use stays when it is eliminated: what enters it is its row of the
// Jacobian, and its own row costs nothing. Here it has an edge of its own to a vertex `sink`.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "scalar/program.hpp"

namespace pyad {

/// One elimination: of a vertex, or of an edge (then `from` and `to` are its ends).
struct Elimination {
  enum Kind : uint8_t { kVertex, kEdgeAtEnd, kEdgeAtStart } kind = kVertex;
  uint32_t vertex = 0;  // of an edge its start
  uint32_t to = 0;
  bool operator==(const Elimination&) const = default;
};

/// What depends on what with a derivative that may differ from zero, without what lies on no way
/// from a wanted input to an output.
class EliminationGraph {
 public:
  /// Of the first `inputs` inputs of `p`.
  EliminationGraph(const ScalarProgram& p, uint32_t inputs);

  // Vertices are numbered: inputs, then the steps that take part in their order, then sinks.
  uint32_t size() const { return static_cast<uint32_t>(enter_.size()); }
  uint32_t inputs() const { return inputs_; }
  bool inner(uint32_t v) const { return inner_[v]; }
  std::span<const uint32_t> order() const { return order_; }  // inner vertices as they were made
  const std::vector<uint32_t>& enter(uint32_t v) const { return enter_[v]; }
  const std::vector<uint32_t>& leave(uint32_t v) const { return leave_[v]; }
  /// Whether v is an output that is used further: the edge to its sink is its last and is free.
  bool used_output(uint32_t v) const { return sink_[v] != 0; }
  uint32_t sink(uint32_t v) const { return sink_[v]; }  // 0: none
  /// The step of the program behind a vertex that is one.
  uint32_t step(uint32_t v) const { return step_[v]; }
  /// The vertex of a step; 0xffffffff: it does not take part.
  uint32_t vertex_of_step(uint32_t step) const { return vertex_of_step_[step]; }
  /// The vertex into which the entries of an output's row lead; 0xffffffff: there are none.
  uint32_t row(uint32_t output) const { return row_[output]; }

  /// Products of an order; some number from `enough` on where there are as many. Raises
  /// Error(kValue) unless it eliminates every inner vertex.
  uint64_t cost(std::span<const Elimination> order, uint64_t enough = ~uint64_t{0}) const;

 private:
  uint32_t inputs_;
  std::vector<std::vector<uint32_t>> enter_, leave_;
  std::vector<uint8_t> inner_;
  std::vector<uint32_t> sink_, step_, order_, vertex_of_step_, row_;
};

/// The edges that are there while vertices go. One product a pair.
class EliminationState {
 public:
  explicit EliminationState(const EliminationGraph& g);
  const std::vector<uint32_t>& enter(uint32_t v) const { return enter_[v]; }
  const std::vector<uint32_t>& leave(uint32_t v) const { return leave_[v]; }
  /// Products it takes now.
  uint64_t cost(const Elimination& e) const;
  /// Calls product(i, j, k) for each product c(i, k) += c(i, j) c(j, k); `fresh` when there was no
  /// edge (i, k) before.
  template <class F>
  void eliminate(const Elimination& e, F&& product);
  /// Whether the edge is there.
  bool has(uint32_t i, uint32_t j) const;

 private:
  bool connect(uint32_t i, uint32_t k);  // true: a new edge
  void cut(uint32_t i, uint32_t j);
  const EliminationGraph& g_;
  std::vector<std::vector<uint32_t>> enter_, leave_;  // sorted
};

template <class F>
void EliminationState::eliminate(const Elimination& e, F&& product) {
  if (e.kind == Elimination::kEdgeAtStart) {
    const std::vector<uint32_t> before = enter_[e.vertex];
    cut(e.vertex, e.to);
    for (const uint32_t i : before) product(i, e.vertex, e.to, connect(i, e.to));
    if (leave_[e.vertex].empty())
      for (const uint32_t i : before) cut(i, e.vertex);
    return;
  }
  const uint32_t j = e.kind == Elimination::kVertex ? e.vertex : e.to;
  const std::vector<uint32_t> after = leave_[j];
  const std::vector<uint32_t> before =
      e.kind == Elimination::kVertex ? enter_[j] : std::vector<uint32_t>{e.vertex};
  for (const uint32_t i : before) {
    cut(i, j);
    for (const uint32_t k : after) product(i, j, k, connect(i, k));
  }
  if (enter_[j].empty())
    for (const uint32_t k : after) cut(j, k);
}

/// How `auto` looks for an order.
struct EliminationSearch {
  uint64_t budget = 0;  // eliminations that may be tried
  uint64_t seed = 0;
  uint32_t exact_up_to = 0;  // inner vertices for which the best vertex order is computed outright
  bool edges = true;         // whether edges may go alone
};

std::vector<Elimination> forward_order(const EliminationGraph& g);
std::vector<Elimination> reverse_order(const EliminationGraph& g);
/// The cheapest first; of equally cheap ones the first made, or the last.
std::vector<Elimination> markowitz_order(const EliminationGraph& g, bool last_tie = false);
/// A vertex order with the fewest products; for at most kMostExact inner vertices.
std::vector<Elimination> exact_order(const EliminationGraph& g);
inline constexpr uint32_t kMostExact = 20;
/// The best that the search finds; never worse than the orders above, save the exact one.
std::vector<Elimination> searched_order(const EliminationGraph& g, const EliminationSearch& how);

/// What a program of an order does, in operations.
using EliminationWork = std::function<uint64_t(std::span<const Elimination>)>;
/// An order of vertices with little work: the best of `starts`, and of annealing from each, which
/// tries `budget` eliminations.
std::vector<Elimination> order_of_little_work(const EliminationGraph& g,
                                              std::span<const std::vector<Elimination>> starts,
                                              const EliminationWork& work, uint64_t budget,
                                              uint64_t seed);

}  // namespace pyad
