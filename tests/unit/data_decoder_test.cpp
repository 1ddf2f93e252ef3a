#include "capture/wire/data_decoder.hpp"

#include <ostream>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace mailrig::wire {
namespace {

using namespace std::string_literals;

struct decoded {
  std::string mail;
  std::string left;
  bool is_complete = false;

  friend bool operator==(const decoded&, const decoded&) = default;
  friend std::ostream& operator<<(std::ostream& out, const decoded& value) {
    return out << testing::PrintToString(value.mail) << " left "
               << testing::PrintToString(value.left) << (value.is_complete ? " complete" : "");
  }
};

std::pair<decoded, std::uint64_t> decode(std::string_view octets, std::size_t piece) {
  data_decoder decoder;
  decoded result;
  while (!octets.empty() && !decoder.is_complete()) {
    std::string_view rest = octets.substr(0, piece);
    const std::size_t offered = rest.size();
    while (!rest.empty() && !decoder.is_complete()) result.mail += decoder.take(rest);
    octets.remove_prefix(offered - rest.size());
  }
  result.left = octets;
  result.is_complete = decoder.is_complete();
  return {result, decoder.octets()};
}

struct row {
  const char* name;
  std::string wire_octets;
  decoded expected;
};

class DataDecoderTable : public testing::TestWithParam<row> {};

TEST_P(DataDecoderTable, IsTakenApartInPiecesOfAnySize) {
  for (std::size_t piece = 1; piece <= GetParam().wire_octets.size() + 1; ++piece)
    EXPECT_EQ(decode(GetParam().wire_octets, piece).first, GetParam().expected) << piece;
}

const std::vector<row> table = {
    {"empty_mail", ".\r\n", {"", "", true}},
    {"one_line", "a\r\n.\r\n", {"a\r\n", "", true}},
    {"what_follows_is_left", "a\r\n.\r\nQUIT\r\n", {"a\r\n", "QUIT\r\n", true}},
    {"stuffed_dot", "..\r\n.\r\n", {".\r\n", "", true}},
    {"two_stuffed_dots", "...\r\n.\r\n", {"..\r\n", "", true}},
    {"dot_in_a_line", "a.b.\r\n.\r\n", {"a.b.\r\n", "", true}},
    {"unstuffed_dot", ".a\r\n.\r\n", {"a\r\n", "", true}},
    {"empty_lines", "\r\n\r\n.\r\n", {"\r\n\r\n", "", true}},
    {"lf_dot_lf", "a\n.\nb\r\n.\r\n", {"a\n.\nb\r\n", "", true}},
    {"cr_dot_cr", "a\r.\rb\r\n.\r\n", {"a\r.\rb\r\n", "", true}},
    {"lf_dot_crlf", "a\n.\r\nb\r\n.\r\n", {"a\n.\r\nb\r\n", "", true}},
    {"crlf_dot_lf", "a\r\n.\nb\r\n.\r\n", {"a\r\n\nb\r\n", "", true}},
    {"crlf_dot_cr", "a\r\n.\rb\r\n.\r\n", {"a\r\n\rb\r\n", "", true}},
    {"crlf_dot_crcrlf", "a\r\n.\r\r\nb\r\n.\r\n", {"a\r\n\r\r\nb\r\n", "", true}},
    {"crcrlf_dot", "a\r\r\n.\r\n", {"a\r\r\n", "", true}},
    {"nul_around_dots", "\0.\r\n.\0\r\n.\r\n"s, {"\0.\r\n\0\r\n"s, "", true}},
    {"dot_space", ". \r\n.\r\n", {" \r\n", "", true}},
    {"eight_bit", "\xff\x80\xfe\r\n.\r\n", {"\xff\x80\xfe\r\n", "", true}},
    {"unfinished_line", "a\r\nb", {"a\r\nb", "", false}},
    {"unfinished_dot", "a\r\n.", {"a\r\n", "", false}},
    {"unfinished_dot_cr", "a\r\n.\r", {"a\r\n", "", false}},
    {"unfinished_cr", "a\r", {"a\r", "", false}},
};

INSTANTIATE_TEST_SUITE_P(Rows, DataDecoderTable, testing::ValuesIn(table),
                         [](const auto& each) { return std::string(each.param.name); });

TEST(DataDecoder, CountsWhatItGives) {
  for (std::size_t piece = 1; piece < 40; ++piece) {
    EXPECT_EQ(decode("12345\r\n..23\nab\n\n1234567\r8\r\n\r\n.\r\n", piece).second, 28U);
  }
}

std::string stuff(const std::string& mail) {
  std::string result;
  for (std::size_t i = 0; i < mail.size(); ++i) {
    const bool is_line_start = i == 0 || (i >= 2 && mail[i - 1] == '\n' && mail[i - 2] == '\r');
    if (is_line_start && mail[i] == '.') result += '.';
    result += mail[i];
  }
  return result;
}

// Octets that are often the ones that matter.
std::string random_mail(std::mt19937& random) {
  static constexpr std::string_view alphabet("\r\n.\0a", 5);
  std::string mail;
  for (std::size_t left = random() % 60; left > 0; --left) mail += alphabet[random() % 5];
  return mail.empty() ? mail : mail + "\r\n";
}

TEST(DataDecoder, UnstuffingWhatWasStuffedGivesItBack) {
  std::mt19937 random(2026);
  for (int i = 0; i < 20'000; ++i) {
    const std::string mail = random_mail(random);
    const auto [back, octets] = decode(stuff(mail) + ".\r\nNOOP\r\n", 1 + random() % 9);
    ASSERT_EQ(back, (decoded{mail, "NOOP\r\n", true})) << i;
    ASSERT_EQ(octets, mail.size());
  }
}

}  // namespace
}  // namespace mailrig::wire
