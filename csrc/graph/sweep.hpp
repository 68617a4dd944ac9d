// The backward sweep: from outputs to leaves, or to chosen inputs.
#pragma once

#include <span>
#include <vector>

#include "graph/node.hpp"

namespace pyad {

struct SweepOptions {
  bool retain_graph = false;  // keep saved values for another sweep
  bool create_graph = false;  // record the sweep itself
  uint64_t end_before = 0;    // nodes older than this number, and leaves, hand out what reaches
                              // them and do nothing else: another sweep goes on from there
  bool unseen = false;        // no hook runs: a sweep that no program asked for
};

/// Accumulates d(sum of roots * grads)/d(leaf) into `.grad` of every leaf, or of `inputs` when
/// given. An undefined grad means 1 and is allowed for one-element roots only. `op` words the
/// errors.
void backward(std::span<const Tensor> roots, std::span<const Tensor> grads, SweepOptions options,
              std::span<const Tensor> inputs = {});

/// Returns the gradients at `inputs` instead (undefined where no path leads), touching no `.grad`.
std::vector<Tensor> gradients(std::span<const Tensor> roots, std::span<const Tensor> grads,
                              std::span<const Tensor> inputs, SweepOptions options,
                              bool allow_unused);

}  // namespace pyad
