// The grammar: what queries mean, and what is said of those that mean nothing.
#include "capture/rig/query_parser.hpp"

#include "capture/rig/query_values.hpp"
#include "capture/rig/query_words.hpp"

#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mailrig::rig {
namespace {

using testing::HasSubstr;

// The tree as a person would draw it: (and …), (or …), (not …).
std::string drawn(const query_node& node) {
  if (node.what == query_node::kind::term) return node.leaf.text();
  std::string text = node.what == query_node::kind::all_of   ? "(and"
                     : node.what == query_node::kind::any_of ? "(or"
                                                             : "(not";
  for (const query_node& each : node.children) text += ' ' + drawn(each);
  return text + ')';
}

std::string tree(std::string_view text) {
  auto parsed = parse_query(text);
  if (const auto* wrong = std::get_if<query_error>(&parsed)) return "error: " + wrong->detail;
  return drawn(std::get<query>(parsed));
}

query_error error(std::string_view text) {
  auto parsed = parse_query(text);
  const auto* wrong = std::get_if<query_error>(&parsed);
  return wrong == nullptr ? query_error{"no error: " + drawn(std::get<query>(parsed)), 0} : *wrong;
}

TEST(Query, TermsSideBySideMustAllHold) {
  EXPECT_EQ(tree("from:bob subject:\"your order\""), "(and from:bob subject:\"your order\")");
  EXPECT_EQ(tree("  invoice  "), "invoice");
  EXPECT_EQ(tree("from:a AND to:b"), "(and from:a to:b)");
}

TEST(Query, OrBindsLessThanStandingSideBySide) {
  EXPECT_EQ(tree("from:a to:b OR cc:c"), "(or (and from:a to:b) cc:c)");
  EXPECT_EQ(tree("from:a (to:b OR cc:c)"), "(and from:a (or to:b cc:c))");
  EXPECT_EQ(tree("or Organ ORder"), "(and or Organ ORder)");
}

TEST(Query, ParenthesesThatChangeNothingLeaveNoTrace) {
  EXPECT_EQ(tree("-$(frt to:a@b) hello"), "(and to:a@b (not $) frt hello)");
  EXPECT_EQ(tree("a OR (b OR (c d)) OR e"), "(or a b (and c d) e)");
}

TEST(Query, MinusAndNotNegate) {
  EXPECT_EQ(tree("-from:a"), "(not from:a)");
  EXPECT_EQ(tree("NOT (a OR -b)"), "(not (or a (not b)))");
  EXPECT_EQ(tree("a - b"), R"((and a "-" b))");
}

TEST(Query, CheapConditionsAreAskedFirst) {
  EXPECT_EQ(tree("text subject:s rcpt:r header.X-A:1"), "(and rcpt:r subject:s header.x-a:1 text)");
}

TEST(Query, ValuesMayBePhrasesAndExpressions) {
  const auto parsed = std::get<query>(parse_query(R"(subject:~/a\/b\d/)"));
  EXPECT_FALSE(parsed.leaf.pattern.is_words());
  EXPECT_EQ(parsed.leaf.value, R"(~/a\/b\d/)");
  EXPECT_EQ(tree(R"(subject:~/a\/b\d/ "-x" "a:b" "OR")"),
            R"((and subject:~/a\/b\d/ "-x" "a:b" "OR"))");
  EXPECT_EQ(std::get<query>(parse_query(R"("a \"b\" \\")")).leaf.value, R"(a "b" \)");
  EXPECT_EQ(tree("https://shop.test/x"), R"("https://shop.test/x")");
  EXPECT_EQ(tree("header.X-Mailer:*"), "header.x-mailer:*");
}

TEST(Query, EveryWordIsFound) {
  for (const query_word& each : query_words()) {
    std::string name(each.name);
    if (each.what == word::header) name += "X";
    ASSERT_NE(find_query_word(name), nullptr) << name;
    EXPECT_EQ(find_query_word(name)->what, each.what) << name;
    EXPECT_EQ(name_of(each.what), each.name);
  }
  EXPECT_EQ(find_query_word("Message_ID")->what, word::message_id);
  EXPECT_EQ(find_query_word("header."), nullptr);
}

TEST(Query, EmptyIsEverything) {
  for (const char* text : {"", "   "}) {
    const auto parsed = std::get<query>(parse_query(text));
    EXPECT_EQ(parsed.what, query_node::kind::all_of);
    EXPECT_TRUE(parsed.children.empty());
  }
}

struct mistake {
  std::string_view text;
  std::size_t position;
  std::string_view said;
};

class QueryMistake : public testing::TestWithParam<mistake> {};

TEST_P(QueryMistake, IsToldWithItsPlace) {
  const query_error wrong = error(GetParam().text);
  EXPECT_THAT(wrong.detail, HasSubstr(std::string(GetParam().said)));
  EXPECT_EQ(wrong.position, GetParam().position) << wrong.detail;
}

INSTANTIATE_TEST_SUITE_P(
    Table, QueryMistake,
    testing::Values(
        mistake{"form:bob", 1, "nearest is \"from:\""}, mistake{"中文 sujet:x", 4, "\"subject:\""},
        mistake{"subject:", 1, "has no value"}, mistake{"a subject:\"\"", 3, "has no value"},
        mistake{"(a", 1, "never closed"}, mistake{"a)", 2, "closes no ("},
        mistake{"()", 1, "nothing in these"}, mistake{"a OR", 5, "nothing follows this OR"},
        mistake{"OR a", 1, "condition is missing"}, mistake{"AND a", 1, "nothing stands before"},
        mistake{"a AND", 6, "nothing follows this AND"}, mistake{"-(", 2, "never closed"},
        mistake{"NOT", 4, "nothing follows this negation"},
        mistake{"\"a", 1, "this \" is never closed"}, mistake{"x ~/a", 3, "~/ is never closed"},
        mistake{"~//", 1, "no expression"}, mistake{"~/(/", 1, "RE2"},
        mistake{"is:seen", 1, "one of read, unread, not \"seen\""},
        mistake{"has:~/x/", 1, "attachment, inline, link, code"},
        mistake{"before:yesterday", 1, "2026-11-22T06:15:00Z"}, mistake{"larger:big", 1, "64KiB"},
        mistake{"tls:maybe", 1, "yes, no"},
        mistake{"rcpt:bob tag@shop.test", 1, "rcpt:bob%2Btag@shop.test"},
        mistake{"rcpt:\"bob tag@shop.test\"", 1, "bob%2Btag@shop.test"}));

TEST(Query, TwoConditionsOnAddressesAreNotTakenForALostPlus) {
  EXPECT_EQ(tree("rcpt:bob AND tag@shop.test"), "(and rcpt:bob \"tag@shop.test\")");
  EXPECT_EQ(tree("rcpt:bob from:tag@shop.test"), "(and rcpt:bob from:tag@shop.test)");
  EXPECT_EQ(tree("subject:bob tag@shop.test"), "(and subject:bob \"tag@shop.test\")");
  EXPECT_EQ(tree("rcpt:bob ~/tag@shop/"), "(and rcpt:bob ~/tag@shop/)");
}

// The cheapest condition comes first, and what is shown must be read as the same again.
TEST(Query, WhatIsShownIsNotTakenForALostPlus) {
  EXPECT_EQ(tree("tag@shop.test to:bob"), "(and to:bob \"tag@shop.test\")");
  EXPECT_EQ(tree("to:bob \"tag@shop.test\""), "(and to:bob \"tag@shop.test\")");
}

TEST(Query, IsBounded) {
  EXPECT_THAT(error(std::string(max_query_octets + 1, 'a')).detail, HasSubstr("8192"));
  EXPECT_THAT(error(std::string(40, '(') + "a").detail, HasSubstr("parentheses"));
  EXPECT_THAT(error(std::string(40, '-') + "a").detail, HasSubstr("too deeply"));
  std::string many;
  for (std::size_t i = 0; i <= max_query_terms; ++i) many += "a ";
  EXPECT_THAT(error(many).detail, HasSubstr("more than 200"));
  EXPECT_THAT(error("\xFF").detail, HasSubstr("UTF-8"));
}

TEST(QueryParameter, IsOneWordWithItsWholeValue) {
  const auto subject = std::get<query>(parse_parameter("subject", "your (new) order"));
  EXPECT_EQ(subject.leaf.pattern.words(), "your (new) order");
  EXPECT_FALSE(std::get<query>(parse_parameter("subject", "~/^re:/")).leaf.pattern.is_words());
  EXPECT_THAT(std::get<query_error>(parse_parameter("rcpt", "bob tag@shop.test")).detail,
              HasSubstr("bob%2Btag@shop.test"));
  EXPECT_THAT(std::get<query_error>(parse_parameter("subjekt", "x")).detail,
              HasSubstr("\"subject\""));
  EXPECT_THAT(std::get<query_error>(parse_parameter("subject", "")).detail, HasSubstr("no value"));
}

TEST(QueryValues, TimesAreRead) {
  using std::chrono::milliseconds;
  const auto at = [](std::int64_t ms) { return model::instant(milliseconds(ms)); };
  EXPECT_EQ(parse_time("1970-01-02"), at(86'400'000));
  EXPECT_EQ(parse_time("1970-01-01T00:00:01.5Z"), at(1'500));
  EXPECT_EQ(parse_time("1970-01-01 01:00+01:00"), at(0));
  EXPECT_EQ(parse_time("1970-01-01T01:00:00 01:00"), at(0));  // a + that a URL turned into a blank
  for (const char* wrong :
       {"", "1970", "1970-13-01", "1970-02-30", "1970-01-01T", "1970-01-01T25:00Z",
        "1970-01-01T00:00:00.Z", "1970-01-01T00:00:00Zx", "10s"})
    EXPECT_EQ(parse_time(wrong), std::nullopt) << wrong;
}

TEST(TextPattern, ComparesWithoutCaseByUnicode) {
  std::string scratch;
  const auto holds = [&scratch](std::string_view words, std::string_view text) {
    return text_pattern::of_words(words).is_in(text, scratch);
  };
  EXPECT_TRUE(holds("WELCOME", "You are Welcome here"));
  EXPECT_TRUE(holds("STRASSE", "Hauptstraße 5"));
  EXPECT_TRUE(holds("привет", "ПРИВЕТ мир"));
  EXPECT_TRUE(holds("验证码", "您的验证码是123"));
  EXPECT_TRUE(holds("ÅNGSTRÖM", "一个ångström二"));
  EXPECT_TRUE(holds("your order", "your\r\n  ORDER"));
  EXPECT_FALSE(holds("your order", "yourorder"));
  EXPECT_FALSE(holds("welcome", "welcom"));
  EXPECT_FALSE(holds("a", ""));
}

TEST(TextPattern, KnowsWholeTextsAndAnyText) {
  std::string scratch;
  EXPECT_TRUE(text_pattern::of_words("Bob@Shop.test").is_all_of("bob@shop.TEST", scratch));
  EXPECT_FALSE(text_pattern::of_words("bob@shop.test").is_all_of("xbob@shop.test", scratch));
  EXPECT_TRUE(text_pattern::of_any_text().is_in("x", scratch));
  EXPECT_FALSE(text_pattern::of_any_text().is_in("", scratch));
  const auto regex = std::get<text_pattern>(text_pattern::of_regex("^w.l+c"));
  EXPECT_TRUE(regex.is_in("Welcome", scratch));
  EXPECT_FALSE(regex.is_in("A welcome", scratch));
  EXPECT_FALSE(std::get<text_pattern>(text_pattern::of_regex("(?-i)^w")).is_in("Welcome", scratch));
}

}  // namespace
}  // namespace mailrig::rig
