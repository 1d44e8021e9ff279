#include "core/ledger/tree.h"

#include <doctest/doctest.h>

#include <fstream>
#include <sstream>

#include "base/encode.h"

namespace bulkhead::ledger {
namespace {

constexpr std::array leaf_texts{
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"};

Digest digest_of(const std::string& text) {
  Digest out{};
  copy_to(out, from_hex(text).value());
  return out;
}

Digest leaf(std::size_t i) {
  return leaf_hash(from_hex(leaf_texts.at(i)).value());
}

// Leaves beyond the eight vectors are their index as bytes.
Digest any_leaf(std::uint64_t i) {
  return leaf_hash(as_bytes(std::to_string(i)));
}

HashSource source_of(Digest (*leaf_at)(std::uint64_t)) {
  return [leaf_at](unsigned level, std::uint64_t index) -> Result<Digest> {
    Tree tree;
    for (std::uint64_t i = index << level; i < (index + 1) << level; ++i) tree.append(leaf_at(i));
    return tree.root();
  };
}

Proof rest_of(std::istringstream& line) {
  Proof out;
  for (std::string text; line >> text;) {
    if (text != "-") out.push_back(digest_of(text));
  }
  return out;
}

TEST_CASE("roots and proofs are those of RFC 6962") {
  std::ifstream file{BULKHEAD_VECTORS "/ledger/tree.txt"};
  std::array<Digest, 9> roots{};
  Tree tree;
  int lines = 0;
  const HashSource source = source_of([](std::uint64_t i) { return leaf(i); });
  for (std::string text; std::getline(file, text); ++lines) {
    std::istringstream line{text};
    std::string word;
    std::uint64_t a = 0;
    std::uint64_t b = 0;
    line >> word >> a;
    if (word == "root") {
      while (tree.size() < a) tree.append(leaf(tree.size()));
      roots.at(a) = tree.root();
      CHECK(rest_of(line) == Proof{tree.root()});
    } else if (word == "inclusion") {
      line >> b;
      const Proof expected = rest_of(line);
      CHECK(inclusion_proof(a, b, source).value() == expected);
      CHECK(verify_inclusion(leaf(a), a, b, expected, roots.at(b)).ok());
    } else if (word == "consistency") {
      line >> b;
      const Proof expected = rest_of(line);
      CHECK(consistency_proof(a, b, source).value() == expected);
      CHECK(verify_consistency(a, roots.at(a), b, roots.at(b), expected).ok());
    }
  }
  CHECK(lines == 82);
}

TEST_CASE("a changed, longer, shorter or moved proof is refused") {
  const HashSource source = source_of(any_leaf);
  std::vector<Digest> roots(40);
  Tree tree;
  for (std::uint64_t i = 0; i < roots.size(); ++i) {
    roots[i] = tree.root();
    tree.append(any_leaf(i));
  }
  const auto spoiled = [](const Proof& good) {
    std::vector<Proof> out;
    for (std::size_t i = 0; i < good.size(); ++i) {
      out.push_back(good);
      out.back()[i][31] ^= 1;
    }
    out.push_back(good);
    out.back().push_back(Digest{});
    if (!good.empty()) out.emplace_back(good.begin(), good.end() - 1);
    return out;
  };
  for (std::uint64_t size = 1; size < roots.size(); ++size) {
    for (std::uint64_t i = 0; i < size; ++i) {
      const Proof good = inclusion_proof(i, size, source).value();
      CHECK(verify_inclusion(any_leaf(i), i, size, good, roots[size]).ok());
      CHECK_FALSE(verify_inclusion(any_leaf(i + 1), i, size, good, roots[size]).ok());
      CHECK_FALSE(verify_inclusion(any_leaf(i), size, size, good, roots[size]).ok());
      for (const Proof& bad : spoiled(good)) CHECK_FALSE(verify_inclusion(any_leaf(i), i, size, bad, roots[size]).ok());
    }
    for (std::uint64_t old = 1; old <= size; ++old) {
      const Proof good = consistency_proof(old, size, source).value();
      CHECK(verify_consistency(old, roots[old], size, roots[size], good).ok());
      CHECK_FALSE(verify_consistency(old, roots[old - 1], size, roots[size], good).ok());
      for (const Proof& bad : spoiled(good))
        CHECK_FALSE(verify_consistency(old, roots[old], size, roots[size], bad).ok());
    }
  }
  CHECK_FALSE(inclusion_proof(3, 3, source).ok());
  CHECK_FALSE(consistency_proof(0, 3, source).ok());
  CHECK_FALSE(consistency_proof(4, 3, source).ok());
}

}  // namespace
}  // namespace bulkhead::ledger
