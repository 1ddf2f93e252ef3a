// What holds for the fault engine whatever its rules and whatever happens: no crash, and it decides
// what the slow reference engine decides (fault_story.hpp).
//
// Input: the choices of which a tale of rules and events is made, an octet each.
#include "tests/fuzz/fault_story.hpp"

#include <cstdio>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace mailrig::faults::story;
  std::size_t next = 0;
  const auto choose = [&](std::uint64_t bound) -> std::uint64_t {
    if (next + 1 >= size) return 0;
    const std::uint64_t value = std::uint64_t{data[next]} << 8U | data[next + 1];
    next += bound > 256 ? 2 : 1;
    return (bound > 256 ? value : value >> 8U) % bound;
  };
  const std::string difference = compare(make_tale(choose, size / 8 + 10)).difference;
  if (difference.empty()) return 0;
  std::fprintf(stderr, "%s\n", difference.c_str());
  std::abort();
}
