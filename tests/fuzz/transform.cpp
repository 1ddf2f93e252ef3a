// What holds for the transforms of delivery, whatever the mail:
//
//   1. the same mail and the same draw make the same octets;
//   2. nothing grows without bound: by a factor, and by what is put in once;
//   3. octets that a transform does not speak of stay, in their order: of what only takes away the
//   result is a part of the mail, of what only puts in the mail is a part of the result, and what
//   alters octets leaves their number;
//   4. what is done once more changes nothing: a header field is gone, a bit is cleared;
//   5. no crash, and no look behind the end of anything (the sanitizers see that).
//
// Input: an octet for the transform, one for its number, one for its text, and the mail.
#include "capture/delivery/transform.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using namespace mailrig;
using kind = faults::transform::kind;

constexpr std::size_t kinds = static_cast<std::size_t>(kind::nul_bytes) + 1;
constexpr std::size_t most_octets = std::size_t{64} * 1024;
// A text part of two octets may get a header field of 50.
constexpr std::size_t most_growth = 64;
constexpr std::size_t most_put_in = 4096;

void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::abort();
}

// Whether all octets of `part` stand in `whole` in that order, perhaps with others between them.
bool is_part_of(std::string_view part, std::string_view whole) {
  for (const char each : whole) {
    if (!part.empty() && part.front() == each) part.remove_prefix(1);
  }
  return part.empty();
}

std::string without(std::string_view octets, std::string_view which) {
  std::string rest;
  for (const char each : octets)
    if (which.find(each) == which.npos) rest += each;
  return rest;
}

bool are_permuted(std::string left, std::string right) {
  std::sort(left.begin(), left.end());
  std::sort(right.begin(), right.end());
  return left == right;
}

std::size_t differing_octets(std::string_view left, std::string_view right) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < left.size(); ++i) {
    const auto bits = static_cast<unsigned char>(left[i] ^ right[i]);
    require(std::popcount(bits) <= 1, "one bit of an octet is flipped");
    if (bits != 0) ++count;
  }
  return count;
}

void require_subset(kind what, const faults::transform& how, std::string_view mail,
                    std::string_view made) {
  switch (what) {
    case kind::truncate: return require(made == mail.substr(0, how.n), "truncate is the beginning");
    case kind::drop_header_block: return require(mail.ends_with(made), "the body is the end");
    case kind::strip_headers:
    case kind::drop_cte:
    case kind::strip_attachments:
    case kind::remove_part:
    case kind::unstuff_twice:
    case kind::stuff_lost:
    case kind::bare_lf:
      return require(is_part_of(made, mail), "what is taken away leaves the rest");
    default: return;
  }
}

void require_superset(kind what, const faults::transform& how, std::string_view mail,
                      std::string_view made) {
  switch (what) {
    case kind::utf8_bom: return require(made.substr(3) == mail, "the mark stands in front");
    case kind::nul_bytes:
      require(is_part_of(mail, made), "octets are put in");
      return require(made.size() - mail.size() <= how.n, "no more than asked for");
    case kind::rewrap:
      return require(without(made, "\r\n ") == without(mail, "\r\n "),
                     "lines are cut, not changed");
    case kind::prepend_subject:
      require(made.size() > mail.size(), "a subject grows");
      return require(without(mail, " \t").size() < made.size(), "by more than its blanks");
    default: return;
  }
}

void require_same_size(kind what, const faults::transform& how, std::string_view mail,
                       std::string_view made) {
  if (what == kind::flip_bytes) {
    require(made.size() == mail.size(), "flipped octets are as many");
    const std::size_t wanted =
        static_cast<std::size_t>(std::min<std::uint64_t>(how.n, mail.size()));
    require(differing_octets(mail, made) == wanted, "as many as asked for are flipped");
  } else if (what == kind::seven_bit) {
    require(made.size() == mail.size(), "cleared octets are as many");
    require(std::none_of(made.begin(), made.end(), [](char each) { return (each & 0x80) != 0; }),
            "no top bit is left");
  } else if (what == kind::swap_parts) {
    require(are_permuted(std::string(mail), std::string(made)),
            "swapped parts are the same octets");
  }
}

bool settles(kind what) {
  return what == kind::strip_headers || what == kind::drop_cte || what == kind::seven_bit;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t options = 3;
  static constexpr std::array<const char*, 6> texts = {"gbk",         "utf-8", "[SPAM] ",
                                                       "invoice.exe", "发票",  "iso-2022-jp"};
  if (size < options || size > most_octets) return 0;
  const std::string_view mail(reinterpret_cast<const char*>(data) + options, size - options);
  faults::transform_step step;
  step.how.what = static_cast<kind>(data[0] % kinds);
  step.how.n = std::max<std::uint8_t>(data[1], 1);
  step.how.text = texts[data[2] % texts.size()];
  step.how.names = {"subject", "X-A", "content-type"};
  step.draw = std::uint64_t{data[1]} * 257 + data[2];
  const std::string made = delivery::transformed(mail, step);
  require(made == delivery::transformed(mail, step), "the same draw makes the same mail");
  require(made.size() <= mail.size() * most_growth + most_put_in, "growth has its bound");
  require_subset(step.how.what, step.how, mail, made);
  require_superset(step.how.what, step.how, mail, made);
  require_same_size(step.how.what, step.how, mail, made);
  if (settles(step.how.what))
    require(delivery::transformed(made, step) == made, "said twice it is the same");
  return 0;
}
