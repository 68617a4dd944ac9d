// From an order of elimination to the static program that accumulates a Jacobian in that order.
//
// Note [Literal and merged graphs]
// What an order costs is counted on the literal graph, one vertex for each operation as the
// function applies it: this is what the literature counts, and what a user can read off the
// function. But a program computes equal steps once (common subexpressions), and so has fewer
// vertices: those that were merged are one, which goes when the first of them does, or the last,
// whichever makes the shorter program. Equal products are computed once, too, so that an order with
// more products may have the shorter program: forward mode through a robot's arm needs a third of
// those it counts. The program of a given order is that of its projection to the merged graph; for
// `auto` the merged graph is searched for itself, for few operations instead of few products. An
// order in which edges go alone has no projection: its program follows the literal graph, and still
// computes equal steps once.
#pragma once

#include <span>

#include "scalar/elimination.hpp"

namespace pyad {

/// A captured program in the literal style with its graph, and the merged program behind it.
class JacobianGraph {
 public:
  JacobianGraph(const ScalarProgram& literal, uint32_t inputs);

  const EliminationGraph& graph() const { return literal_; }
  /// The order of the merged graph that an order of the literal one stands for.
  std::vector<Elimination> projected(std::span<const Elimination> order) const;
  /// An order of the merged graph with a short program, not longer than that of the literal
  /// `order`, found by trying `budget` eliminations.
  std::vector<Elimination> shortest(std::span<const Elimination> order, uint64_t budget,
                                    uint64_t seed) const;

  /// The program that computes the derivatives of each output by the wanted inputs, row by row,
  /// from the partials of the op table and the products of an order of the merged graph. Raises
  /// Error(kMemory) for more than kMostProducts products.
  ScalarProgram program(std::span<const Elimination> merged) const;
  /// The same from an order of the literal graph, step by step: edges that go alone are those of
  /// single operations, and have no projection.
  ScalarProgram literal_program(std::span<const Elimination> order) const;
  static constexpr uint64_t kMostProducts = uint64_t{1} << 24;

 private:
  class Work;
  std::vector<Elimination> projected(std::span<const Elimination> order, bool at_last) const;

  struct Merged {
    Merged(const ScalarProgram& literal, std::vector<uint32_t>& slots);
    ScalarProgram program;
  };
  static void check_size(uint64_t products);

  ScalarProgram program_;  // the literal one
  EliminationGraph literal_;
  std::vector<uint32_t> slots_;  // of literal slots in the merged program
  Merged merged_;
  EliminationGraph graph_;               // of the merged program
  std::vector<uint32_t> merged_vertex_;  // by literal vertex; 0xffffffff: none
  std::vector<uint32_t> together_;       // how many literal inner vertices, by merged vertex
};

}  // namespace pyad
