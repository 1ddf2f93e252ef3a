// What holds for the loader of rules whatever it is given:
//
//   1. no crash, bounded depth and bounded errors;
//   2. a document is taken or there are errors, never both and never neither;
//   3. a document that was taken is taken again from its own content, with the same rules.
//
// Input: JSON.
#include "faults/rule_set.hpp"

#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace {

void must(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "broken: %s\n", what);
  std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace mailrig::faults;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const load_result result = load_rule_set(text);
  must(result.rules.has_value() == result.errors.empty(), "taken or wrong, one of the two");
  must(result.errors.size() <= most_load_errors, "errors are bounded");
  if (!result.rules) return 0;
  const load_result again = load_rule_set(result.rules->content);
  must(again.rules.has_value(), "what was taken is taken again");
  must(again.rules->rules.size() == result.rules->rules.size(), "with as many rules");
  for (std::size_t i = 0; i < again.rules->rules.size(); ++i)
    must(again.rules->rules[i].content == result.rules->rules[i].content, "with the same rules");
  return 0;
}
