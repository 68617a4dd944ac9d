// Names in the scalar graph: labels that a program gives to some numbers for its drawings, and ops
// that are not in the table. Rare, so they stand beside the nodes and go with them.
#pragma once

#include <string_view>

#include "scalar/node.hpp"

namespace pyad {

/// Name of what made the node; empty for a leaf.
std::string_view op_name(const ScalarNode* n);
/// Says what made the node, whose op is kLeaf so far; an empty name leaves it a leaf's.
void name_op(ScalarNode* n, std::string_view name);

/// The label of `n`; empty when it has none.
std::string_view label_of(const ScalarNode* n);
/// An empty label takes the label away.
void set_label(ScalarNode* n, std::string_view label);

/// Called when a node dies that has names.
void drop_names(ScalarNode* n) noexcept;

}  // namespace pyad
