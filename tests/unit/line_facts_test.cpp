#include "capture/model/line_facts.hpp"

#include <string>

#include <gtest/gtest.h>

namespace mailrig::model {
namespace {

struct row {
  const char* name;
  std::string octets;
  line_facts expected;
};

class LineFacts : public testing::TestWithParam<row> {};

TEST_P(LineFacts, AreThoseOfTheLines) {
  EXPECT_EQ(look_at_lines(GetParam().octets), GetParam().expected);
}

const row rows[] = {
    {"nothing", "", {0, 0}},
    {"crlf", "12345\r\n123\r\n", {0, 5}},
    {"bare_lf", "12345\n\nab\n", {3, 5}},
    {"mixed", "12345\r\n.23\nab\n\n1234567\r8\r\n\r\n", {3, 9}},
    {"no_line_end", "a\r\n1234567", {0, 7}},
    {"bare_cr_is_text", "ab\rcd\r\n", {0, 5}},
    {"only_lf", "\n", {1, 0}},
};

INSTANTIATE_TEST_SUITE_P(Rows, LineFacts, testing::ValuesIn(rows),
                         [](const auto& each) { return std::string(each.param.name); });

}  // namespace
}  // namespace mailrig::model
