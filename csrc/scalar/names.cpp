// The table of names. It is never destroyed: nodes may outlive static objects when the process
// ends.
#include "scalar/names.hpp"

#include <string>
#include <unordered_map>

#include "scalar/rule.hpp"

namespace pyad {

namespace {

struct Names {
  std::string op;
  std::string label;
};

std::unordered_map<const ScalarNode*, Names>& table() {
  static auto* names = new std::unordered_map<const ScalarNode*, Names>;
  return *names;
}
bool has_names(const ScalarNode* n) { return n->flags & ScalarNode::kNamed; }

Names& names_of(ScalarNode* n) {
  Names& names = table()[n];
  n->flags |= ScalarNode::kNamed;
  return names;
}

}  // namespace

std::string_view op_name(const ScalarNode* n) {
  if (n->op != ScalarNode::kLeaf) return scalar_rules()[n->op].name;
  return has_names(n) ? std::string_view(table().find(n)->second.op) : std::string_view();
}

void name_op(ScalarNode* n, std::string_view name) {
  const auto rules = scalar_rules();
  for (size_t i = 0; i < rules.size(); ++i) {
    if (rules[i].name != name) continue;
    n->op = static_cast<uint16_t>(i);
    return;
  }
  if (!name.empty()) names_of(n).op = name;
}

std::string_view label_of(const ScalarNode* n) {
  return has_names(n) ? std::string_view(table().find(n)->second.label) : std::string_view();
}

void set_label(ScalarNode* n, std::string_view label) {
  if (!label.empty() || has_names(n)) names_of(n).label = label;
}

void drop_names(ScalarNode* n) noexcept { table().erase(n); }

}  // namespace pyad
