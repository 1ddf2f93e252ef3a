// What holds for the decoder of mail data whatever is in a mail, and wherever a read ends:
//
//   1. unstuff(stuff(x)) == x, and the decoder stops behind the final dot;
//   2. whole == in pieces, also for octets that nobody stuffed: the same octets come out, and as
//   many are left;
//   3. it counts the octets it gives;
//   4. no look behind the end of what it was given (the sanitizers see that).
//
// Input: an octet that seeds the cuts, then the mail.
#include "capture/wire/data_decoder.hpp"

#include "tests/dialogues/script.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace mailrig;

struct decoded {
  std::string mail;
  std::size_t left = 0;  // octets behind the end
  bool is_complete = false;
  std::uint64_t octets = 0;
};

decoded decode(std::string_view wire_octets, std::mt19937& random, std::size_t most_of_a_piece) {
  wire::data_decoder decoder;
  decoded result;
  while (!wire_octets.empty() && !decoder.is_complete()) {
    const std::size_t size =
        std::min<std::size_t>(1 + random() % most_of_a_piece, wire_octets.size());
    const std::vector<char> piece(wire_octets.begin(),
                                  wire_octets.begin() + static_cast<std::ptrdiff_t>(size));
    std::string_view rest(piece.data(), piece.size());
    while (!rest.empty() && !decoder.is_complete()) result.mail += decoder.take(rest);
    wire_octets.remove_prefix(size - rest.size());
  }
  result.left = wire_octets.size();
  result.is_complete = decoder.is_complete();
  result.octets = decoder.octets();
  return result;
}

void demand(bool is_so, const char* what) {
  if (is_so) return;
  std::fprintf(stderr, "broken: %s\n", what);
  std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  if (size == 0) return 0;
  std::mt19937 random(data[0]);
  std::string mail(reinterpret_cast<const char*>(data) + 1, size - 1);

  const decoded whole = decode(mail, random, mail.size() + 1);
  for (const std::size_t most : {std::size_t{1}, std::size_t{7}}) {
    const decoded pieces = decode(mail, random, most);
    demand(whole.mail == pieces.mail, "whole == in pieces");
    demand(whole.left == pieces.left && whole.is_complete == pieces.is_complete, "the same end");
    demand(whole.octets == pieces.octets, "the same count");
  }

  if (!mail.ends_with("\r\n") && !mail.empty()) mail += "\r\n";
  const std::string behind = "QUIT\r\n";
  const std::string sent = dialogue::stuff(mail) + ".\r\n" + behind;
  const decoded back = decode(sent, random, 1 + random() % (sent.size() + 1));
  demand(back.is_complete && back.left <= behind.size(), "the end is found");
  demand(back.left == behind.size(), "nothing behind the end is taken");
  demand(back.mail == mail, "unstuff(stuff(x)) == x");
  demand(back.octets == mail.size(), "the count is the mail's");
  return 0;
}
