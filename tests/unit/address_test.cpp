#include "capture/wire/address.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace mailrig::wire {
namespace {

using enum model::lint;

struct row {
  std::string text;
  model::lint_set lints;
};

TEST(Address, MailboxesAreJudgedByTheGrammar) {
  const std::vector<row> rows = {
      {"", {}},
      {"a@b.test", {}},
      {"a.b-c+d@b.test", {}},
      {"!#$%&'*+-/=?^_`{|}~@b.test", {}},
      {"postmaster", {}},
      {"PostMaster", {}},
      {"bob", {no_domain}},
      {"@b.test", {bad_local_part}},
      {".a@b.test", {bad_local_part}},
      {"a.@b.test", {bad_local_part}},
      {"a..b@b.test", {bad_local_part}},
      {"a b@b.test", {bad_local_part}},
      {"a@b@c.test", {bad_local_part}},
      {"a(b)@b.test", {bad_local_part}},
      {"\"a b\"@b.test", {}},
      {"\"a@b\"@b.test", {}},
      {"\"\"@b.test", {}},
      {R"("a\"b\\c"@b.test)", {}},
      {R"("a"b"@b.test)", {bad_local_part}},
      {R"("a\"@b.test)", {bad_local_part}},
      {"\"a\tb\"@b.test", {bad_local_part}},
      {"\"a@b.test", {bad_local_part}},
      {"a@", {bad_domain}},
      {"a@.b.test", {bad_domain}},
      {"a@b..test", {bad_domain}},
      {"a@b.test.", {bad_domain}},
      {"a@-b.test", {bad_domain}},
      {"a@b-.test", {bad_domain}},
      {"a@b-c.test", {}},
      {"a@b_c.test", {bad_domain}},
      {"a@b", {}},
      {"a@1.test", {}},
      {"a@" + std::string(63, 'b') + ".test", {}},
      {"a@" + std::string(64, 'b') + ".test", {bad_domain}},
      {"a@b-" + std::string(62, 'b') + ".test", {bad_domain}},
      {std::string(64, 'a') + "@b.test", {}},
      {std::string(65, 'a') + "@b.test", {local_part_too_long}},
      {"\"" + std::string(62, 'a') + "\"@b.test", {}},
      {"\"" + std::string(63, 'a') + "\"@b.test", {local_part_too_long}},
      {"a@" + std::string(250, 'b') + ".test", {bad_domain}},
      {"a@" + std::string(251, 'b') + ".test", {bad_domain, domain_too_long}},
      {"a@[192.0.2.1]", {}},
      {"a@[192.0.2]", {bad_address_literal}},
      {"a@[IPv6:2001:db8::1]", {}},
      {"a@[ipv6:::1]", {}},
      {"a@[2001:db8::1]", {}},  // a General-address-literal, read strictly
      {"a@[IPv6:2001:db8::g]", {bad_address_literal}},
      {"a@[x400:c=de]", {}},
      {"a@[x400:]", {bad_address_literal}},
      {"a@[:x]", {bad_address_literal}},
      {"a@[x-:y]", {bad_address_literal}},
      {"a@[x:y z]", {bad_address_literal}},
      {"a@[]", {bad_address_literal}},
      {"a@[192.0.2.1", {bad_address_literal}},
      {"\xc3\xbc@b.test", {eight_bit_address}},
      {"a@\xc3\xbc.test", {eight_bit_address}},
      {"\"\xc3\xbc\"@b.test", {eight_bit_address}},
  };
  for (const row& each : rows) EXPECT_EQ(check_mailbox(each.text).lints, each.lints) << each.text;
}

TEST(Address, SpecialOctetsAreTold) {
  EXPECT_FALSE(check_mailbox("a.b+c_d@b-c.test").has_specials);
  EXPECT_FALSE(check_mailbox("\xc3\xbc@b.test").has_specials);
  for (const char* text : {"a b@c.test", "\"a\"@c.test", "a@[::1]", "a\x01@c.test", "a@c\x7f"})
    EXPECT_TRUE(check_mailbox(text).has_specials) << text;
}

TEST(Address, NamesInHeloAreJudged) {
  const std::vector<row> rows = {
      {"client.test", {}},
      {"[192.0.2.1]", {}},
      {"[IPv6:::1]", {}},
      {"", {helo_without_name}},
      {"localhost", {helo_not_qualified}},
      {"192.0.2.1", {helo_bare_address}},
      {"2001:db8::1", {helo_bare_address}},
      {"1.2.3.4.5", {}},
      {"[192.0.2.1", {helo_bad_name}},
      {"a_b.test", {helo_bad_name}},
      {"a b.test", {helo_bad_name}},
      {"-a.test", {helo_bad_name}},
  };
  for (const row& each : rows) EXPECT_EQ(check_helo(each.text), each.lints) << each.text;
}

TEST(Address, Utf8IsReadStrictly) {
  for (const char* good : {"", "ascii", "\xc3\xbc", "\xe4\xbe\x8b", "\xf0\x9f\x93\xa7",
                           "\xed\x9f\xbf", "\xf4\x8f\xbf\xbf", "\xee\x80\x80"})
    EXPECT_TRUE(is_utf8(good)) << good;
  for (const char* bad :
       {"\x80", "\xc3", "\xc0\xaf", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xf0\x8f\xbf\xbf",
        "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xe4\xbe", "\xe4\x41\x8b", "\xff",
        "a\xfc"
        "b"})
    EXPECT_FALSE(is_utf8(bad)) << bad;
}

}  // namespace
}  // namespace mailrig::wire
