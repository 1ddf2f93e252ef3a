#include "capture/wire/path.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace mailrig::wire {
namespace {

struct good_row {
  std::string text;
  std::string address;
  std::string parameters;
  model::lint_set lints;
};

TEST(Path, WhatRealClientsSendIsUnderstood) {
  using enum model::lint;
  const std::vector<good_row> rows = {
      {"FROM:<a@b.test>", "a@b.test", "", {}},
      {"from:<a@b.test>", "a@b.test", "", {}},
      {"FROM:<>", "", "", {}},
      {"FROM:<> SIZE=1", "", "SIZE=1", {}},
      {"FROM:<a@b.test>  SIZE=1  BODY=7BIT ", "a@b.test", "SIZE=1  BODY=7BIT", {}},
      {"FROM:<a@b.test>\tSIZE=1", "a@b.test", "SIZE=1", {}},
      {"FROM: <a@b.test>", "a@b.test", "", {space_after_colon}},
      {"FROM:a@b.test", "a@b.test", "", {no_angle_brackets}},
      {"FROM: a@b.test SIZE=1", "a@b.test", "SIZE=1", {space_after_colon, no_angle_brackets}},
      {"FROM:<@x.test,@y.test:a@b.test>", "a@b.test", "", {source_route}},
      {"FROM:<postmaster>", "postmaster", "", {}},
      {"FROM:<bob>", "bob", "", {no_domain}},
      {"FROM:<\xc3\xbc@b.test>", "\xc3\xbc@b.test", "", {eight_bit_address}},
      {"FROM:<\"a > b\"@b.test> SIZE=1", "\"a > b\"@b.test", "SIZE=1", {}},
      {"FROM:<\"a\\\" > b\"@b.test>", "\"a\\\" > b\"@b.test", "", {}},
      {"FROM:<a:b@c.test>", "a:b@c.test", "", {bad_local_part}},
      {"FROM:<a@[127.0.0.1]>", "a@[127.0.0.1]", "", {}},
      {"FROM:<a@[IPv6:::1]>", "a@[IPv6:::1]", "", {}},
      {"FROM:<a=b+c_d/e!f#$%&'*{|}~^?@b.test>", "a=b+c_d/e!f#$%&'*{|}~^?@b.test", "", {}},
      {"FROM:<" + std::string(1024, 'a') + ">",
       std::string(1024, 'a'),
       "",
       {no_domain, local_part_too_long}},
  };
  for (const good_row& each : rows) {
    const auto parsed = parse_path(each.text, "FROM:");
    const auto* path = std::get_if<path_argument>(&parsed);
    ASSERT_NE(path, nullptr) << each.text << ": " << std::get<path_error>(parsed).what;
    EXPECT_EQ(path->address, each.address) << each.text;
    EXPECT_EQ(path->parameters, each.parameters) << each.text;
    EXPECT_EQ(path->lints, each.lints) << each.text;
  }
}

TEST(Path, WhatCannotBeUnderstoodIsToldWithWhatWouldBeRight) {
  struct bad_row {
    std::string text;
    const char* what;
  };
  const std::vector<bad_row> rows = {
      {"", "Syntax: MAIL FROM:<address>"},
      {"FROM", "Syntax: MAIL FROM:<address>"},
      {"FROM:", "Syntax: MAIL FROM:<address>"},
      {"FROM:  ", "Syntax: MAIL FROM:<address>"},
      {"TO:<a@b.test>", "Syntax: MAIL FROM:<address>"},
      {"FROM <a@b.test>", "Syntax: MAIL FROM:<address>"},
      {"FROM:<a@b.test", "The address has no closing '>'"},
      {"FROM:<", "The address has no closing '>'"},
      {"FROM:<\"a>@b.test>", "The address has no closing '>'"},
      {"FROM:<a@b.test>SIZE=1", "There must be a space between the '>' and the parameters"},
      {"FROM:<a@b.test>>", "There must be a space between the '>' and the parameters"},
      {"FROM:<a b@c.test>", "The address holds a space or control character; quote the local part"},
      {"FROM:<a\tb@c.test>",
       "The address holds a space or control character; quote the local part"},
      {"FROM:<a\x7f@c.test>",
       "The address holds a space or control character; quote the local part"},
      {"FROM:<" + std::string(1025, 'a') + ">", "The address is longer than 1024 octets"},
  };
  for (const bad_row& each : rows) {
    const auto parsed = parse_path(each.text, "FROM:");
    const auto* error = std::get_if<path_error>(&parsed);
    ASSERT_NE(error, nullptr) << each.text;
    EXPECT_STREQ(error->what, each.what) << each.text;
  }
  const auto parsed = parse_path("", "TO:");
  EXPECT_STREQ(std::get<path_error>(parsed).what, "Syntax: RCPT TO:<address>");
}

}  // namespace
}  // namespace mailrig::wire
