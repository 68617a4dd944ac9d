// Levels and tangents.
#include "dispatch/tangent.hpp"

#include <algorithm>

#include "graph/node.hpp"

namespace pyad {

int enter_dual_level() { return mode.dual_levels++; }

void exit_dual_level(int level) {
  if (level != mode.dual_levels - 1) {
    fail(ErrorKind::kRuntime, "exit_dual_level: level ", level, " is not the innermost open level (", mode.dual_levels - 1,
         "); close levels in the reverse order of opening");
  }
  --mode.dual_levels;
}

namespace {
/// Same memory, same history, no tangents.
Tensor bare_alias(const Tensor& x) {
  Edge edge = x.requires_grad() ? gradient_edge(x) : Edge{};
  Tensor y = alias(x, x.layout());
  if (edge) set_history(y, edge.node.get(), static_cast<int>(edge.nr));
  return y;
}
}  // namespace

Tensor make_dual(const Tensor& x, const Tensor& t, int level) {
  Tensor y = bare_alias(x);
  std::vector<Tangent>& to = y.extra().tangents;
  if (x.impl()->extra) to = x.impl()->extra->tangents;
  std::erase_if(to, [&](const Tangent& d) { return d.level == level; });
  to.push_back({level, t});
  std::sort(to.begin(), to.end(), [](const Tangent& a, const Tangent& b) { return a.level < b.level; });
  return y;
}

Tensor tangent_at(const Tensor& x, int level) {
  if (!x.impl()->extra || level >= mode.dual_levels) return {};
  for (const Tangent& t : x.impl()->extra->tangents)
    if (t.level == level) return t.value;
  return {};
}

Tensor primal_at(const Tensor& x, int level) {
  if (!x.impl()->extra || x.impl()->extra->tangents.empty()) return x;
  Tensor y = bare_alias(x);
  for (const Tangent& t : x.impl()->extra->tangents)
    if (t.level != level && t.level < mode.dual_levels) y.extra().tangents.push_back(t);
  return y;
}

int dual_level_of(std::span<const Tensor> xs) {
  int level = -1;
  for (const Tensor& x : xs) {
    if (!x.defined() || !x.impl()->extra) continue;
    for (const Tangent& t : x.impl()->extra->tangents)
      if (t.level < mode.dual_levels) level = std::max(level, t.level);
  }
  return level;
}

}  // namespace pyad
