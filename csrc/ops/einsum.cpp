// einsum: reads the equation once, then contracts operand after operand through matmul.
//
// Note [Contraction of two operands]
// Labels of a pair fall into four groups: in both and still needed (batch), in both and not needed
// (summed), in the left alone, in the right alone; labels in one alone that nobody needs are summed
// first. With dims permuted to (batch, left, summed) and (batch, summed, right) and each group
// reshaped to one dim, the pair is one batched matmul. Without summed labels it is a product
// elementwise. Permutations are views; matmul reads them in place where the groups allow it.
// The operand whose labels come first in the result goes left, so that results are mostly in rows,
// as PyTorch's; within a group labels stay as the operand has them, which PyTorch sorts by a copy.
//
// Note [Order of contraction]
// Labels that one operand alone has are summed first; as sums of integers are int64, so is then
// the result. A dim of size 1 of a label that is longer elsewhere is dropped before, so a label has
// one size wherever it is. What remains is contracted from left to right, or, if that takes fewer
// multiplications, always the pair whose product is smallest against its operands: no outer product
// is formed where a label can be contracted first.
#include <algorithm>
#include <bitset>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "core/memory.hpp"
#include "ops/functions.hpp"
#include "ops/product.hpp"
#include "ops/reduce.hpp"
#include "ops/shape.hpp"

namespace pyad {

namespace {

constexpr int kLetters =
    52;  // labels below are letters; the dims of `...` follow, the last dim highest
constexpr int kLabels = kLetters + kMaxDims;

int label_of(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  return -1;
}
char letter_of(int label) { return static_cast<char>(label < 26 ? 'A' + label : 'a' + label - 26); }

/// Subscripts of one operand or of the result, before ranks are known.
struct Term {
  std::vector<int> labels;
  int ellipsis = -1;  // position in `labels` at which the dims of `...` go; -1: none
};

[[noreturn]] void malformed(std::string_view equation, const std::string& why) {
  fail(ErrorKind::kShape, "einsum: equation '", equation, "': ", why);
}

Term read_term(std::string_view equation, std::string_view text) {
  Term term;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == ' ') continue;
    if (text.substr(i, 3) == "...") {
      if (term.ellipsis >= 0) malformed(equation, "a term has more than one '...'");
      term.ellipsis = static_cast<int>(term.labels.size());
      i += 2;
    } else if (int label = label_of(text[i]); label >= 0) {
      term.labels.push_back(label);
    } else {
      malformed(equation, cat("'", text[i], "' is no subscript; subscripts are letters"));
    }
  }
  return term;
}

struct Equation {
  std::vector<Term> inputs;
  Term output;
  bool explicit_output = false;
};

Equation read_equation(std::string_view text) {
  Equation e;
  std::string_view left = text;
  if (size_t arrow = text.find("->"); arrow != std::string_view::npos) {
    e.explicit_output = true;
    e.output = read_term(text, text.substr(arrow + 2));
    left = text.substr(0, arrow);
  }
  for (;;) {
    size_t comma = left.find(',');
    e.inputs.push_back(read_term(text, left.substr(0, comma)));
    if (comma == std::string_view::npos) return e;
    left.remove_prefix(comma + 1);
  }
}

/// What is known of an operand or a product before anything is computed.
using LabelSet = std::bitset<kLabels>;

/// A tensor with a label for each dim.
struct Labelled {
  Tensor x;
  std::vector<int> labels;

  int at(int label) const {
    for (size_t i = 0; i < labels.size(); ++i)
      if (labels[i] == label) return static_cast<int>(i);
    return -1;
  }
  bool has(int label) const { return at(label) >= 0; }
};

/// Sums over the labels for which `needed` is false.
template <class F>
void sum_out(Labelled& t, F needed) {
  Dims dims;
  std::vector<int> kept;
  for (size_t i = 0; i < t.labels.size(); ++i) {
    if (needed(t.labels[i])) {
      kept.push_back(t.labels[i]);
    } else {
      dims.push_back(static_cast<int64_t>(i));
    }
  }
  if (dims.empty()) return;
  t.x = sum(t.x, dims);
  t.labels = std::move(kept);
}

/// `t` with dims in the order of `labels`, a size-1 dim where it lacks one.
Tensor arranged(const Labelled& t, const std::vector<int>& labels) {
  Dims order;
  for (int label : labels)
    if (int at = t.at(label); at >= 0) order.push_back(at);
  bool sorted = true;
  for (int i = 0; i < order.size(); ++i) sorted = sorted && order[i] == i;
  Tensor y = sorted ? t.x : permute(t.x, order);
  if (y.dim() == static_cast<int>(labels.size())) return y;
  Dims sizes;
  for (size_t i = 0, k = 0; i < labels.size(); ++i)
    sizes.push_back(t.has(labels[i]) ? y.size(static_cast<int>(k++)) : 1);
  return reshape(y, sizes);
}

std::vector<int> joined(std::initializer_list<const std::vector<int>*> groups) {
  std::vector<int> all;
  for (auto* g : groups) all.insert(all.end(), g->begin(), g->end());
  return all;
}

int64_t extent(const Labelled& t, const std::vector<int>& labels) {
  int64_t n = 1;
  for (int label : labels) n *= t.x.size(t.at(label));
  return n;
}

/// See Note [Contraction of two operands]. `position` is that of a label in the result, or kLabels.
Labelled contract(Labelled x, Labelled y, const LabelSet& product, const int* position) {
  auto needed = [&](int label) { return product[static_cast<size_t>(label)]; };
  std::vector<int> batch, summed, left, right;
  for (int label : x.labels)
    (!y.has(label) ? left : needed(label) ? batch : summed).push_back(label);
  for (int label : y.labels)
    if (!x.has(label)) right.push_back(label);
  auto earlier = [&](int a, int b) { return position[a] < position[b]; };
  if (summed.empty()) {
    std::vector<int> all = joined({&batch, &left, &right});
    std::stable_sort(all.begin(), all.end(), earlier);
    return {arranged(x, all) * arranged(y, all), all};
  }
  if (!left.empty() && !right.empty() &&
      earlier(*std::max_element(right.begin(), right.end(), earlier),
              *std::min_element(left.begin(), left.end(), earlier))) {
    std::swap(x, y);
    std::swap(left, right);
  }
  int64_t m = extent(x, left), k = extent(x, summed), n = extent(y, right), b = extent(x, batch);
  Dims sizes;
  for (int label : batch) sizes.push_back(x.x.size(x.at(label)));
  for (int label : left) sizes.push_back(x.x.size(x.at(label)));
  for (int label : right) sizes.push_back(y.x.size(y.at(label)));
  Tensor p = arranged(x, joined({&batch, &left, &summed})),
         q = arranged(y, joined({&batch, &summed, &right}));
  Tensor z = batch.empty() ? matmul(reshape(p, {m, k}), reshape(q, {k, n}), "einsum")
                           : matmul(reshape(p, {b, m, k}), reshape(q, {b, k, n}), "einsum");
  return {reshape(z, sizes), joined({&batch, &left, &right})};
}

/// Labels of an operand, `...` spelled out; repeated labels are reduced to their diagonal.
Labelled read_operand(std::string_view equation, const Term& term, const Tensor& x, int index) {
  int named = static_cast<int>(term.labels.size());
  int extra = x.dim() - named;
  if (extra < 0 || (extra > 0 && term.ellipsis < 0)) {
    malformed(equation,
              cat("operand ", index, " has shape ", x.sizes(), " but ", named, " subscripts"));
  }
  Labelled t{x, term.labels};
  if (term.ellipsis >= 0) {
    for (int i = 0; i < extra; ++i)
      t.labels.insert(t.labels.begin() + term.ellipsis + i, kLabels - extra + i);
  }
  for (size_t i = 0; i < t.labels.size(); ++i) {
    for (size_t j = t.labels.size() - 1; j > i; --j) {
      if (t.labels[j] != t.labels[i]) continue;
      int label = t.labels[i];
      int d1 = static_cast<int>(i), d2 = static_cast<int>(j);
      if (t.x.size(d1) != t.x.size(d2)) {
        malformed(equation, cat("subscript '", letter_of(label), "' is repeated for dims of sizes ",
                                t.x.size(d1), " and ", t.x.size(d2), " of operand ", index));
      }
      t.x = diagonal(t.x, 0, d1, d2);
      t.labels.erase(t.labels.begin() + d2);
      t.labels.erase(t.labels.begin() + d1);
      t.labels.push_back(label);
      j = t.labels.size();  // dims moved: look again from the end
    }
  }
  return t;
}

/// Dims of size 1 of labels that are longer elsewhere are no dims.
void drop_ones(Labelled& t, const int64_t* sizes) {
  Dims dims;
  std::vector<int> kept;
  for (size_t i = 0; i < t.labels.size(); ++i) {
    if (const int at = static_cast<int>(i); t.x.size(at) == 1 && sizes[t.labels[i]] != 1) {
      dims.push_back(at);
    } else {
      kept.push_back(t.labels[i]);
    }
  }
  if (dims.empty()) return;
  t.x = squeeze(t.x, dims);
  t.labels = std::move(kept);
}

double elements(const LabelSet& labels, const int64_t* sizes) {
  double n = 1;
  for (int label = 0; label < kLabels; ++label)
    if (labels[static_cast<size_t>(label)]) n *= static_cast<double>(sizes[label]);
  return n;
}

/// Pairs (i, j), i < j, of terms to contract one after the other: the product takes the place of
/// i, and j is gone. See Note [Order of contraction].
struct Path {
  std::vector<std::pair<size_t, size_t>> pairs;
  std::vector<LabelSet> products;
  double multiplications = 0;
};

Path find_path(std::vector<LabelSet> terms, const LabelSet& out, const int64_t* sizes,
               bool smallest) {
  Path path;
  auto product = [&](size_t i, size_t j) {
    LabelSet others = out;
    for (size_t k = 0; k < terms.size(); ++k)
      if (k != i && k != j) others |= terms[k];
    return (terms[i] | terms[j]) & others;
  };
  while (terms.size() > 1) {
    size_t left = 0, right = 1;
    if (smallest) {
      double least = std::numeric_limits<double>::infinity();
      for (size_t i = 0; i < terms.size(); ++i) {
        for (size_t j = i + 1; j < terms.size(); ++j) {
          const double grown = elements(product(i, j), sizes) - elements(terms[i], sizes) -
                               elements(terms[j], sizes);
          if (grown < least) {
            least = grown;
            left = i;
            right = j;
          }
        }
      }
    }
    path.multiplications += elements(terms[left] | terms[right], sizes);
    terms[left] = product(left, right);
    terms.erase(terms.begin() + static_cast<std::ptrdiff_t>(right));
    path.pairs.emplace_back(left, right);
    path.products.push_back(terms[left]);
  }
  return path;
}

/// Raises Error(kMemory) unless all products on the way could be held: before the first is
/// computed.
void check_products(std::string_view equation, const std::vector<Labelled>& terms, const Path& path,
                    const int64_t* sizes) {
  for (const LabelSet& labels : path.products) {
    const double n = elements(labels, sizes);
    const double bytes = n * static_cast<double>(item_size(terms[0].x.dtype()));
    if (bytes <= static_cast<double>(machine_bytes())) continue;
    Dims product;
    for (int label = 0; label < kLabels; ++label) {
      if (labels[static_cast<size_t>(label)] && product.size() < kMaxDims)
        product.push_back(sizes[label]);
    }
    std::string shapes;
    for (const Labelled& t : terms) shapes += cat(shapes.empty() ? "" : ", ", t.x.sizes());
    const int64_t count = checked_numel("einsum", product);
    fail(ErrorKind::kMemory, "einsum: out of memory: a tensor of shape ", product, " and dtype ",
         terms[0].x.dtype(), " needs ", static_cast<size_t>(count) * item_size(terms[0].x.dtype()),
         " bytes: a product on the way of '", equation, "', of shapes ", shapes);
  }
}

}  // namespace

Tensor einsum(std::string_view equation, Inputs operands) {
  Equation e = read_equation(equation);
  if (operands.empty()) fail(ErrorKind::kValue, "einsum: needs at least one operand");
  if (e.inputs.size() != operands.size()) {
    malformed(equation,
              cat("it has ", e.inputs.size(), " terms for ", operands.size(), " operands"));
  }
  std::vector<Labelled> terms;
  int64_t sizes[kLabels];
  int uses[kLabels] = {};      // operands that have the label
  int letters[kLetters] = {};  // times a letter is written
  int first_extra = kLabels;
  for (size_t i = 0; i < operands.size(); ++i) {
    if (operands[i].dtype() != operands[0].dtype()) {
      fail(ErrorKind::kType, "einsum: operands must have one dtype, got ", operands[0], " and ",
           operands[i], "; convert one with .to()");
    }
    for (int label : e.inputs[i].labels) ++letters[label];
    terms.push_back(read_operand(equation, e.inputs[i], operands[i], static_cast<int>(i)));
    const Labelled& t = terms.back();
    for (size_t d = 0; d < t.labels.size(); ++d) {
      int label = t.labels[d];
      int64_t size = t.x.size(static_cast<int>(d));
      if (label >= kLetters && label < first_extra) first_extra = label;
      if (uses[label]++ == 0 || sizes[label] == 1) {
        sizes[label] = size;
      } else if (size != 1 && size != sizes[label]) {
        std::string name = label < kLetters ? cat("subscript '", letter_of(label), "'")
                                            : std::string("a dim of '...'");
        malformed(equation, cat(name, " has size ", sizes[label], " in one operand and ", size,
                                " in operand ", i));
      }
    }
  }
  std::vector<int> out;
  bool in_output[kLabels] = {};
  auto add_extra = [&] {
    for (int label = first_extra; label < kLabels; ++label) out.push_back(label);
  };
  if (e.explicit_output) {
    for (size_t i = 0; i <= e.output.labels.size(); ++i) {
      if (e.output.ellipsis == static_cast<int>(i)) add_extra();
      if (i < e.output.labels.size()) out.push_back(e.output.labels[i]);
    }
  } else {
    add_extra();
    for (int label = 0; label < kLetters; ++label)
      if (letters[label] == 1) out.push_back(label);
  }
  for (int label : out) {
    if (label < kLetters && letters[label] == 0) {
      malformed(equation, cat("output subscript '", letter_of(label), "' appears in no operand"));
    }
    if (in_output[label])
      malformed(equation, cat("output subscript '", letter_of(label), "' appears more than once"));
    in_output[label] = true;
  }
  LabelSet wanted;
  int position[kLabels];
  std::fill_n(position, kLabels, kLabels);
  for (size_t i = 0; i < out.size(); ++i) {
    wanted.set(static_cast<size_t>(out[i]));
    position[out[i]] = static_cast<int>(i);
  }
  std::vector<LabelSet> sets;
  for (Labelled& t : terms) drop_ones(t, sizes);
  for (size_t i = 0; i < terms.size(); ++i) {
    LabelSet needed = wanted;
    for (size_t j = 0; j < terms.size(); ++j) {
      if (j == i) continue;
      for (int label : terms[j].labels) needed.set(static_cast<size_t>(label));
    }
    sets.emplace_back();
    for (int label : terms[i].labels)
      if (needed[static_cast<size_t>(label)]) sets.back().set(static_cast<size_t>(label));
  }
  Path path = find_path(sets, wanted, sizes, false);
  if (terms.size() > 2) {
    Path other = find_path(sets, wanted, sizes, true);
    if (other.multiplications < path.multiplications) path = std::move(other);
  }
  check_products(equation, terms, path, sizes);
  DType dtype = operands[0].dtype();
  for (size_t i = 0; i < terms.size(); ++i) {
    sum_out(terms[i], [&](int label) { return sets[i][static_cast<size_t>(label)]; });
    dtype = promote(dtype, terms[i].x.dtype());
  }
  for (Labelled& t : terms) t.x = to_dtype(t.x, dtype);
  for (size_t k = 0; k < path.pairs.size(); ++k) {
    const auto [i, j] = path.pairs[k];
    terms[i] = contract(std::move(terms[i]), std::move(terms[j]), path.products[k], position);
    terms.erase(terms.begin() + static_cast<std::ptrdiff_t>(j));
  }
  Labelled& result = terms[0];
  return arranged(result, out);
}

}  // namespace pyad
