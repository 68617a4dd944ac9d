// Capture of scalar programs: while a trace is open on a thread, every op that the thread applies
// to Values is written down.
//
// Note [A trace is not the graph]
// The recorded graph forgets what no derivative needs: numeric parameters of ops, conditions,
// operands without a derivative, everything under no_grad. A program must replay these too, so a
// trace lists the ops themselves. Each value has a number there; numbers of equal values are equal
// (common subexpressions), and what depends on no input is a constant as soon as it is seen. In the
// literal style a trace keeps one step for each call: the graph as the function draws it.
//
// Note [What a trace refuses]
// A number that Python reads from a traced Value may decide what the function does next, and at
// another input it would have decided otherwise. So reads raise, and a trace in which one was
// refused stays spoiled even if the function catches the exception.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "scalar/builder.hpp"
#include "scalar/record.hpp"

namespace pyad {

class ScalarTrace {
 public:
  using Style = ScalarBuilder::Style;
  explicit ScalarTrace(Style style = Style::kMerged);
  ~ScalarTrace();
  ScalarTrace(const ScalarTrace&) = delete;
  ScalarTrace& operator=(const ScalarTrace&) = delete;

  /// Opens the trace on this thread; the one that was open waits.
  void open();
  void close();

  /// Declares `n`, a fresh leaf, the next input.
  void add_input(ScalarNode* n);
  /// Writes down that `result` = op(in); to be called once for each result.
  void note(ScalarNode* result, uint16_t op, const ScalarOperand* in, const double* params);
  /// Whether the value of `n` may differ at another input.
  bool varies(const ScalarNode* n) const;
  /// Values from outside that were used: further inputs, in this order.
  std::span<ScalarNode* const> outer() const { return outer_; }

  void spoil(std::string why) {
    if (spoiled_.empty()) spoiled_ = std::move(why);
  }
  const std::string& spoiled() const { return spoiled_; }

  /// The program that computes `outputs`. Raises Error(kRuntime) for a trace that is spoiled.
  ScalarProgram program(std::span<const ScalarOperand> outputs);

 private:
  uint32_t number_of(const ScalarOperand& in);
  void hold(ScalarNode* n, uint32_t number);

  ScalarBuilder builder_;
  std::unordered_map<const ScalarNode*, uint32_t> numbers_;
  std::vector<ScalarNode*> held_;
  std::vector<ScalarNode*> outer_;
  std::string spoiled_;
  uint64_t begin_;  // creation number before the first node of the trace
  bool open_ = false;
  ScalarTrace* waiting_ = nullptr;
};

namespace detail {
extern int open_traces;  // of all threads
ScalarTrace* current_trace();
}  // namespace detail

/// The trace that is open on this thread, or null.
inline ScalarTrace* scalar_trace() {
  return detail::open_traces == 0 ? nullptr : detail::current_trace();
}

}  // namespace pyad
