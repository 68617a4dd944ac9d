// The tables of names. They are never destroyed: nodes may outlive static objects when the process
// ends.
#include "scalar/names.hpp"

#include <unordered_map>
#include <vector>

#include "core/error.hpp"
#include "scalar/rule.hpp"

namespace pyad {

namespace {

constexpr uint16_t kFirstForeign = 0x8000;

std::vector<std::string>& foreign_ops() {
  static auto* names = new std::vector<std::string>;
  return *names;
}
std::unordered_map<const ScalarNode*, std::string>& labels() {
  static auto* table = new std::unordered_map<const ScalarNode*, std::string>;
  return *table;
}

}  // namespace

std::string_view op_name(const ScalarNode* n) {
  if (n->op == ScalarNode::kLeaf) return {};
  if (n->op >= kFirstForeign) return foreign_ops()[n->op - kFirstForeign];
  return scalar_rules()[n->op].name;
}

uint16_t foreign_op(std::string_view name) {
  if (name.empty()) return ScalarNode::kLeaf;
  const auto rules = scalar_rules();
  for (size_t i = 0; i < rules.size(); ++i)
    if (rules[i].name == name) return static_cast<uint16_t>(i);
  auto& names = foreign_ops();
  for (size_t i = 0; i < names.size(); ++i)
    if (names[i] == name) return static_cast<uint16_t>(kFirstForeign + i);
  constexpr size_t kMost = 4096;
  if (names.size() == kMost) {
    fail(ErrorKind::kValue, "Value: ", kMost,
         " different op names are in use; name ops, not values (use label)");
  }
  names.emplace_back(name);
  return static_cast<uint16_t>(kFirstForeign + names.size() - 1);
}

std::string_view label_of(const ScalarNode* n) {
  if (!(n->flags & ScalarNode::kLabelled)) return {};
  return labels().find(n)->second;
}

void set_label(ScalarNode* n, std::string_view label) {
  if (label.empty()) {
    if (n->flags & ScalarNode::kLabelled) drop_label(n);
    return;
  }
  labels()[n] = label;
  n->flags |= ScalarNode::kLabelled;
}

void drop_label(ScalarNode* n) noexcept {
  labels().erase(n);
  n->flags &= static_cast<uint8_t>(~ScalarNode::kLabelled);
}

}  // namespace pyad
