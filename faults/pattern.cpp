#include "faults/pattern.hpp"

#include <cstdint>
#include <re2/re2.h>
#include <utility>

namespace mailrig::faults {
namespace {

constexpr std::int64_t most_octets = 512 * 1024;  // of program and cache, a pattern
constexpr std::size_t longest_expression = 4096;

}  // namespace

pattern::pattern(std::unique_ptr<re2::RE2> compiled) : compiled_(std::move(compiled)) {}
pattern::~pattern() = default;

std::variant<std::shared_ptr<const pattern>, std::string> pattern::compile(
    const std::string& expression) {
  if (expression.size() > longest_expression) return "it is longer than 4,096 octets";
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(most_octets);
  auto compiled = std::make_unique<re2::RE2>(expression, options);
  if (!compiled->ok()) return compiled->error();
  return std::shared_ptr<const pattern>(new pattern(std::move(compiled)));
}

bool pattern::matches(std::string_view text) const {
  return re2::RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), *compiled_);
}

}  // namespace mailrig::faults
