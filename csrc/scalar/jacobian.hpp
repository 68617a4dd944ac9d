// From an order of elimination to the static program that accumulates a Jacobian in that order.
//
// Note [Literal and merged graphs]
// What an order costs is counted on the literal graph, one vertex for each operation as the function
// applies it: this is what the literature counts, and what a user can read off the function. But a
// program computes equal steps once (common subexpressions), and so has fewer vertices: those that
// were merged are one, which goes when the first of them does, or the last: whichever makes the shorter
// program. The program of an order is that of its projection to the merged graph. Products that are
// equal are computed once, too, so that an order with more products may have the shorter program.
// `auto` takes the least cost first, and among orders of that cost looks for a short program.
#pragma once

#include <span>

#include "scalar/elimination.hpp"

namespace pyad {

/// A captured program in the literal style with its graph, and the merged program behind it.
class JacobianGraph {
 public:
  JacobianGraph(const ScalarProgram& literal, uint32_t inputs);

  const EliminationGraph& graph() const { return literal_; }
  /// What `auto` finds.
  std::vector<Elimination> searched(const EliminationSearch& how) const;

  /// The program that computes the derivatives of each output by the wanted inputs, row by row, from
  /// the partials of the op table and the products of `order`. Raises Error(kMemory) for more than
  /// kMostProducts products.
  ScalarProgram program(std::span<const Elimination> order) const;
  static constexpr uint64_t kMostProducts = uint64_t{1} << 24;

 private:
  class Work;
  /// The order of the merged graph that an order of the literal one stands for.
  std::vector<Elimination> projected(std::span<const Elimination> order, bool at_last) const;
  std::vector<Elimination> projected(std::span<const Elimination> order, Work& work) const;
  /// The literal order that eliminates what was merged together.
  std::vector<Elimination> lifted(std::span<const Elimination> order) const;

  struct Merged {
    Merged(const ScalarProgram& literal, std::vector<uint32_t>& slots);
    ScalarProgram program;
  };
  EliminationGraph literal_;
  std::vector<uint32_t> slots_;  // of literal slots in the merged program
  Merged merged_;
  EliminationGraph graph_;               // of the merged program
  std::vector<uint32_t> merged_vertex_;  // by literal vertex; 0xffffffff: none
  std::vector<std::vector<uint32_t>> together_;  // literal inner vertices by merged vertex
};

}  // namespace pyad
