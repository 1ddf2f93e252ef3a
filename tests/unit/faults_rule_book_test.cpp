// The rule book: every change is atomic, and documents of different origin stand side by side.
#include "faults/rule_book.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace mailrig::faults {
namespace {

class still final : public model::clock {
 public:
  [[nodiscard]] model::instant now() const override { return model::instant{model::duration{1}}; }
};

constexpr const char* refuses =
    R"({"where":{"protocol":"smtp","stage":"rcpt"},"actions":[{"reply":{"code":450,"text":"no"}}]})";
constexpr const char* closes =
    R"({"id":"c","where":{"protocol":"smtp","stage":"mail"},"actions":[{"close":{}}]})";

class RuleBook : public testing::Test {
 protected:
  RuleBook() {
    book.on_change([this](const std::vector<std::uint64_t>& gone) {
      ++changes;
      released = gone.size();
    });
  }
  std::vector<std::string> ids() const {
    std::vector<std::string> result;
    for (const rule_report& each : rules.rules()) result.push_back(each.what->id);
    return result;
  }
  std::string set_of(const std::string& text) const { return R"({"rules":[)" + text + "]}"; }

  still clock;
  engine rules{{clock, clock}, 1};
  rule_book book{rules};
  int changes = 0;
  std::size_t released = 0;
};

TEST_F(RuleBook, AWrongSetChangesNothing) {
  EXPECT_TRUE(book.put(set_of(refuses)).empty());
  const auto wrong = book.put(R"({"rules":[{"where":{"protocol":"smtp","stage":"rcpts"}}]})");
  ASSERT_FALSE(wrong.empty());
  EXPECT_EQ(wrong.front().pointer, "/rules/0/where/stage");
  EXPECT_EQ(ids(), std::vector<std::string>{"r1"});
  EXPECT_EQ(changes, 1);
}

TEST_F(RuleBook, WhatIsGoneOrChangedIsReleased) {
  EXPECT_TRUE(book.put(set_of(std::string(refuses) + ',' + closes)).empty());
  EXPECT_EQ(released, 0U);
  EXPECT_TRUE(book.remove_rule("c").empty());
  EXPECT_EQ(released, 1U);
  EXPECT_EQ(ids(), std::vector<std::string>{"r1"});
  EXPECT_TRUE(book.patch_rule("r1", R"({"priority":5})").empty());
  EXPECT_EQ(released, 1U);
  EXPECT_EQ(book.remove_rule("c").size(), 1U);
}

// A rule that had its id by its position keeps it, and its hits, when another goes.
TEST_F(RuleBook, HitsStayWithRulesThatStay) {
  EXPECT_TRUE(book.put(set_of(std::string(closes) + ',' + refuses)).empty());
  EXPECT_NE(rules.decide({.point = model::stage::rcpt, .path = "a@b.test"}), nullptr);
  EXPECT_TRUE(book.remove_rule("c").empty());
  ASSERT_EQ(ids(), std::vector<std::string>{"r2"});
  EXPECT_EQ(rules.rules().front().hits, 1U);
  const auto added = book.add_rule(refuses);
  EXPECT_TRUE(added.wrong.empty());
  EXPECT_NE(added.id, "r2");
  EXPECT_EQ(rules.rules().front().hits, 1U);
}

TEST_F(RuleBook, ARuleAloneIsToldItsOwnPlaces) {
  EXPECT_TRUE(book.put(set_of(refuses)).empty());
  const auto added =
      book.add_rule(R"({"where":{"protocol":"smtp","stage":"rcpt"},"actions":[{"reply":{}}]})");
  ASSERT_FALSE(added.wrong.empty());
  EXPECT_EQ(added.wrong.front().pointer, "/actions/0/reply");
  EXPECT_EQ(book.add_rule("[1]").wrong.front().pointer, "");
  EXPECT_EQ(ids().size(), 1U);
}

TEST_F(RuleBook, AScenarioStandsBesideTheOwnSet) {
  EXPECT_TRUE(book.put(set_of(closes)).empty());
  EXPECT_TRUE(book.apply("full", "{}", R"({"name":"full","rules":[)" + std::string(refuses) + "]}")
                  .empty());
  EXPECT_EQ(ids(), (std::vector<std::string>{"c", "full/r1"}));
  EXPECT_EQ(book.origin_of("c"), rule_book::origin::own);
  EXPECT_EQ(book.origin_of("full/r1"), rule_book::origin::scenario);
  EXPECT_EQ(book.origin_of("no"), rule_book::origin::nowhere);
  // Applied again it begins anew.
  EXPECT_NE(rules.decide({.point = model::stage::rcpt, .path = "a@b.test"}), nullptr);
  EXPECT_TRUE(book.apply("full", "{}", R"({"name":"full","rules":[)" + std::string(refuses) + "]}")
                  .empty());
  EXPECT_EQ(rules.rules().back().hits, 0U);
  EXPECT_TRUE(book.take_off("full"));
  EXPECT_FALSE(book.take_off("full"));
  EXPECT_EQ(ids(), std::vector<std::string>{"c"});
}

TEST_F(RuleBook, WhatIsGeneratedStays) {
  auto made = load_rule_set(set_of(R"({"id":"magic/x","where":{"protocol":"smtp","stage":"data"},)"
                                   R"("actions":[{"close":{}}]})"));
  book.set_generated(std::move(*made.rules));
  EXPECT_TRUE(book.put(set_of(refuses)).empty());
  EXPECT_EQ(book.put(set_of(R"({"id":"magic/x","where":{"protocol":"smtp","stage":"data"},)"
                            R"("actions":[{"close":{}}]})"))
                .size(),
            1U);
  EXPECT_TRUE(book.stages_not_generated(protocol::smtp).contains(model::stage::rcpt));
  EXPECT_FALSE(book.stages_not_generated(protocol::smtp).contains(model::stage::data));
  book.clear();
  EXPECT_EQ(ids(), std::vector<std::string>{"magic/x"});
  EXPECT_EQ(book.size(), 0U);
}

TEST_F(RuleBook, TheRigMayRefuseWhatItCannotHave) {
  book.set_check([](const rule_set&) {
    return std::vector<load_error>{{"/rules/0/where/stage", "not here", "elsewhere"}};
  });
  EXPECT_EQ(book.put(set_of(refuses)).size(), 1U);
  EXPECT_TRUE(ids().empty());
}

}  // namespace
}  // namespace mailrig::faults
