#include "capture/model/content_lints.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace mailrig::model {
namespace {

using enum lint;
using namespace std::string_literals;

constexpr const char* clean =
    "From: alice@a.test\r\nDate: Sun, 22 Nov 2026 06:15:00 +0000\r\nMessage-ID: <1@a.test>\r\n";

struct row {
  std::string mail;
  lint_set lints;
};

void expect_lints(const std::vector<row>& rows, const mail_parameters& announced = {}) {
  for (const row& each : rows)
    EXPECT_EQ(find_content_lints(each.mail, announced), each.lints) << each.mail.substr(0, 300);
}

TEST(ContentLints, OfTheHeader) {
  const std::string good = clean;
  expect_lints({
      {good, {}},
      {good + "\r\nbody\r\n", {}},
      {good + "\r\nSubject: not a header\r\nSubject: here\r\n", {}},
      {"", {missing_date, missing_from, missing_message_id}},
      {"\r\nFrom: a@b.test\r\n", {missing_date, missing_from, missing_message_id}},
      {"\r\n" + good, {missing_date, missing_from, missing_message_id}},
      {good + "Subject: a\r\n folded\r\n\tagain\r\nTo: b@b.test\r\n\r\n", {}},
      {good + "Subject: a\r\nSUBJECT: b\r\n", {duplicate_header}},
      {good + "Received: a\r\nReceived: b\r\n", {}},
      {good + "To : b@b.test\r\n", {space_before_colon}},
      {good + "no colon\r\n", {bad_header_line}},
      {good + ": no name\r\n", {bad_header_line}},
      {good + "a b: c\r\n", {bad_header_line}},
      {" folded first\r\n" + good, {bad_header_line}},
      {"From alice Sun Nov 22 2026\r\n" + good, {bad_header_line}},
      {good + "Content-Type: text/plain\r\n", {missing_mime_version}},
      {good + "Content-Type: text/plain\r\nMIME-Version: 1.0\r\n", {}},
      {good + "Content-Transfer-Encoding: 8bit\r\n", {missing_mime_version}},
      {good + "Subject: \xc3\xbc\r\n", {eight_bit_header, eight_bit_without_8bitmime}},
      {"Date: x\r\nMessage-ID: <1@a>\r\nFrom: a@b.test, c@d.test\r\n", {missing_sender}},
      {"Date: x\r\nMessage-ID: <1@a>\r\nFrom: a@b.test,\r\n c@d.test\r\nSender: a@b.test\r\n", {}},
      {"Date: x\r\nMessage-ID: <1@a>\r\nFrom: \"Last, First\" <a@b.test> (x, y)\r\n", {}},
      {"Date: x\r\nMessage-ID: <1@a>\r\nFrom: \"a\\\", b\" <a@b.test>\r\n", {}},
      {"Date: x\r\nFrom: a@b\r\nMessage-ID: 1@a\r\n", {bad_message_id}},
      {"Date: x\r\nFrom: a@b\r\nMessage-ID: <1>\r\n", {bad_message_id}},
      {"Date: x\r\nFrom: a@b\r\nMessage-ID: <a b@c>\r\n", {bad_message_id}},
      {"Date: x\r\nFrom: a@b\r\nMessage-ID:\r\n <1@a>\r\n", {}},
  });
}

TEST(ContentLints, OfItsLines) {
  const std::string good = clean + "\r\n"s;
  expect_lints({
      {good + std::string(998, 'x') + "\r\n", {}},
      {good + std::string(999, 'x') + "\r\n", {line_over_998}},
      {good + "a\nb\r\n", {bare_lf_in_body}},
      {good + "a\rb\r\n", {bare_cr_in_body}},
      {good + "a\r\r\n", {bare_cr_in_body}},
      {good + "ends in a CR\r", {bare_cr_in_body}},
      {good + "a\0b\r\n"s, {nul_in_body}},
      {good + "\xc3\xbc\r\n", {eight_bit_without_8bitmime}},
      {good + "12345678\xc3\xbc", {eight_bit_without_8bitmime}},
  });
}

TEST(ContentLints, NameEveryShapeOfSmuggling) {
  const std::string good = clean + "\r\nx"s;
  expect_lints({
      {good + "\n.\ny", {smuggling_lf_dot_lf, bare_lf_in_body}},
      {good + "\n.\r\ny", {smuggling_lf_dot_crlf, bare_lf_in_body}},
      {good + "\n.\ry", {smuggling_lf_dot_cr, bare_lf_in_body, bare_cr_in_body}},
      {good + "\r.\ny", {smuggling_cr_dot_lf, bare_lf_in_body, bare_cr_in_body}},
      {good + "\r.\ry", {smuggling_cr_dot_cr, bare_cr_in_body}},
      {good + "\r.\r\ny", {smuggling_cr_dot_crlf, bare_cr_in_body}},
      {good + "\r\n\0.\r\ny"s, {smuggling_nul_dot, nul_in_body}},
      {good + "\n.\0\r\ny"s, {smuggling_nul_dot, nul_in_body, bare_lf_in_body}},
      {good + "\0.\0"s, {smuggling_nul_dot, nul_in_body}},
      // Stuffed on the wire, and so no end of anything.
      {good + "\r\n.\r\ny", {}},
      {good + "\r\n.", {}},
      {good + ".\r\n.x\r\n", {}},
  });
  expect_lints({{".\r\n", {bad_header_line, missing_date, missing_from, missing_message_id}}});
}

TEST(ContentLints, WhatMailAnnouncedIsNoLint) {
  const std::string mail = clean + "Subject: \xc3\xbc\r\n\r\n\xc3\xbc\r\n"s;
  mail_parameters announced;
  announced.body = body_type::eight_bit_mime;
  expect_lints({{mail, {eight_bit_header}}}, announced);
  announced.smtputf8 = true;
  expect_lints({{mail, {}}}, announced);
  announced.body = body_type::binary_mime;
  expect_lints({{mail + "a\nb\rc\0.\n.\n"s + std::string(2000, 'x'), {}}}, announced);
  announced.size = mail.size();
  expect_lints({{mail, {}}, {mail + "x", {declared_size_too_small}}}, announced);
}

TEST(Lint, EveryRowSaysWhatItIs) {
  for (std::size_t i = 0; i < lint_count; ++i) {
    const lint_text& text = describe(static_cast<lint>(i));
    EXPECT_EQ(text.which, static_cast<lint>(i));
    EXPECT_FALSE(text.name.empty());
    EXPECT_EQ(text.detail.find('\n'), std::string_view::npos) << text.name;
    EXPECT_LT(text.detail.size(), 200U) << text.name;
    const bool is_refused = text.strict_code != 0;
    EXPECT_EQ(is_refused, text.strict_enhanced.status_class != 0) << text.name;
    EXPECT_TRUE(!is_refused || text.strict_code / 100 == text.strict_enhanced.status_class);
    for (std::size_t j = 0; j < i; ++j) EXPECT_NE(text.name, describe(static_cast<lint>(j)).name);
  }
}

}  // namespace
}  // namespace mailrig::model
