// Names in the scalar graph: of ops, and labels that a program gives to some numbers for its
// drawings. Rare, so they stand beside the nodes.
#pragma once

#include <string>
#include <string_view>

#include "scalar/node.hpp"

namespace pyad {

/// Name of what made the node; empty for a leaf.
std::string_view op_name(const ScalarNode* n);
/// The id for an op that is not in the table; the same name has the same id.
uint16_t foreign_op(std::string_view name);

/// The label of `n`; empty when it has none.
std::string_view label_of(const ScalarNode* n);
/// An empty label takes the label away.
void set_label(ScalarNode* n, std::string_view label);
/// Called when a labelled node dies.
void drop_label(ScalarNode* n) noexcept;

}  // namespace pyad
