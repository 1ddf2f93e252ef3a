// What holds for the reader of PROXY headers, whatever stands at the front of a connection:
//
//   1. no look behind the end of what it was given (the sanitizers see that);
//   2. whole == in pieces: a header that is read is read alike with more behind it, and every
//   beginning of it goes on;
//   3. what is no header at some point never becomes one with more octets;
//   4. a header takes no more octets than there are, and is bounded.
//
// Input: the octets of a connection.
#include "capture/wire/proxy_header.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <variant>
#include <vector>

namespace {

using namespace mailrig::wire;

void demand(bool is_so, const char* what) {
  if (is_so) return;
  std::fprintf(stderr, "broken: %s\n", what);
  std::abort();
}

proxy_header_result read_copy(std::string_view octets) {
  const std::vector<char> copy(octets.begin(), octets.end());
  return read_proxy_header({copy.data(), copy.size()});
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view all(reinterpret_cast<const char*>(data), size);
  const proxy_header_result whole = read_copy(all);
  const auto* header = std::get_if<proxy_header>(&whole);
  if (header != nullptr) {
    demand(header->size <= size && header->size <= longest_proxy_header, "a bounded header");
    demand(header->source.has_value() == header->destination.has_value(), "both ends or none");
  }
  for (std::size_t end = 0; end < std::min(size, longest_proxy_header + 1); ++end) {
    const proxy_header_result part = read_copy(all.substr(0, end));
    if (std::holds_alternative<proxy_header_goes_on>(part)) continue;
    demand(part.index() == whole.index(), "whole == in pieces");
    if (header != nullptr) {
      demand(end >= header->size, "no header before its end");
      demand(std::get<proxy_header>(part) == *header, "the same header");
    }
    break;
  }
  return 0;
}
