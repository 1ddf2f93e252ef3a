// Every stage with every action: what the loader takes has a dialogue, and what it does not take is
// refused with a word of why. The loader's own lists are walked over, so that a new stage or a new
// action without a dialogue fails here.
#include "faults/rule_set.hpp"
#include "tests/dialogues/generated.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace mailrig::dialogue {
namespace {

using faults::protocol;

constexpr std::size_t action_count = std::variant_size_v<faults::action>;

// One of each; `tls` has a form for the command and one for the handshake.
constexpr std::array<std::string_view, action_count + 1> examples = {
    R"({"reply": {"code": CODE, "text": "x"}})",
    R"({"close": {}})",
    R"({"delay": {"for": "1s"}})",
    R"({"stall": {}})",
    R"({"drip": {"gap": "1s"}})",
    R"({"slice": {"size": 1}})",
    R"({"partial": {"bytes": 1}})",
    R"({"omit": {}})",
    R"({"extra": {"text": "x"}})",
    R"({"malform": {"kind": "lf_only"}})",
    R"({"ehlo": {"remove": ["SIZE"]}})",
    R"({"throttle": {"in": 1}})",
    R"({"stop_reading": {}})",
    R"({"certificate": {"name": "expired"}})",
    R"({"tls": {"alert": "internal_error"}})",
    R"({"tls": {"after_220": "fin"}})",
    R"({"set_state": {"of": "m", "to": "down"}})",
    R"({"ban": {"by": "client_ip", "for": "1h"}})",
    R"({"tag": {"label": "x"}})",
    R"({"listener": {"mode": "refuse"}})",
    R"({"drop": {}})",
    R"({"lose": {"after": "1s"}})",
    R"({"duplicate": {"copies": 2}})",
    R"({"delay_delivery": {"for": "1s"}})",
    R"({"reorder": {"window": "1s"}})",
    R"({"transform": {"kind": "utf8_bom"}})",
    R"({"hide": {}})",
    R"({"bounce": {}})",
    R"({"complaint": {}})",
    R"({"auto_reply": {"text": "x"}})",
};

std::string name_of(std::string_view example) {
  return std::string(example.substr(2, example.find('"', 2) - 2));
}

std::string rules_with(protocol talk, model::stage point, std::string_view example) {
  std::string action(example);
  const std::size_t code = action.find("CODE");
  if (code != std::string::npos)
    action.replace(code, 4, talk == protocol::pop3 ? R"("-ERR")" : "451");
  std::string text = R"({"states": {"m": {"up": {}, "down": {}}}, "start": "up", "rules": [)";
  text.append(R"({"where": {"protocol": ")").append(to_string(talk));
  text.append(R"(", "stage": ")").append(to_string(point));
  return text.append(R"("}, "actions": [)").append(action).append("]}]}");
}

std::string pair_name(protocol talk, model::stage point, const std::string& action) {
  return std::string(to_string(talk)) + ' ' + std::string(to_string(point)) + ' ' + action;
}

std::vector<model::stage> stages_in(faults::stage_set set) {
  std::vector<model::stage> result;
  for (std::size_t i = 0; i < model::stage_count; ++i) {
    if (set.contains(static_cast<model::stage>(i))) result.push_back(static_cast<model::stage>(i));
  }
  return result;
}

// What the tables of generated dialogues cannot say, and the file that does.
struct written_row {
  protocol talk;
  std::vector<std::string_view> stages;
  std::vector<std::string_view> actions;
  std::string_view file;
};

std::vector<written_row> written_elsewhere() {
  return {
      {protocol::smtp, {"ehlo"}, {"ehlo"}, "smtp/rules_ehlo_keywords.dialogue"},
      {protocol::lmtp, {"lhlo"}, {"ehlo"}, "smtp/rules_lhlo_keywords.dialogue"},
      {protocol::pop3, {"capa"}, {"ehlo"}, "pop3/rules_capa_keywords.dialogue"},
      {protocol::pop3, {"dele"}, {"drop"}, "pop3/rules_dele_dropped.dialogue"},
      {protocol::pop3, {"update"}, {"drop"}, "pop3/rules_update_dropped.dialogue"},
      {protocol::smtp, {"listen"}, {"listener"}, "../unit/net_listen_rules_test.cpp"},
      {protocol::lmtp, {"listen"}, {"listener"}, "../unit/net_listen_rules_test.cpp"},
      {protocol::pop3, {"listen"}, {"listener"}, "../unit/net_listen_rules_test.cpp"},
      {protocol::delivery,
       {"deliver"},
       {"drop", "lose", "duplicate", "delay_delivery", "reorder", "transform", "bounce",
        "complaint", "auto_reply", "tag"},
       "../unit/post_office_test.cpp"},
      {protocol::delivery,
       {"mailbox_read"},
       {"duplicate", "transform", "hide"},
       "../unit/post_office_test.cpp"},
      {protocol::delivery,
       {"deliver", "mailbox_read"},
       {"set_state", "ban", "tag"},
       "../unit/post_office_memory_test.cpp"},
  };
}

std::string text_of(std::string_view file) {
  std::ifstream in(std::filesystem::path(MAILRIG_DIALOGUES) / file, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

// The pairs of that table, each of which its file must speak of.
std::set<std::string> pairs_written_elsewhere() {
  std::set<std::string> result;
  for (const written_row& row : written_elsewhere()) {
    const std::string text = text_of(row.file);
    EXPECT_FALSE(text.empty()) << row.file;
    for (const std::string_view stage : row.stages) {
      EXPECT_NE(text.find(stage), std::string::npos) << row.file << " says nothing of " << stage;
      for (const std::string_view action : row.actions) {
        const std::string quoted = '"' + std::string(action) + '"';
        EXPECT_NE(text.find(quoted), std::string::npos) << row.file << " has no " << quoted;
        result.insert(std::string(to_string(row.talk)) + ' ' + std::string(stage) + ' ' +
                      std::string(action));
      }
    }
  }
  return result;
}

// Loads at a stage in one of its forms.
std::set<std::string> pairs_that_load() {
  std::set<std::string> result;
  for (std::size_t i = 0; i < faults::protocol_count; ++i) {
    const auto talk = static_cast<protocol>(i);
    for (const model::stage point : stages_in(faults::stages_of(talk))) {
      for (const std::string_view each : examples) {
        if (faults::load_rule_set(rules_with(talk, point, each)).errors.empty())
          result.insert(pair_name(talk, point, name_of(each)));
      }
    }
  }
  return result;
}

TEST(EveryStageWithEveryAction, HasADialogueIfItLoads) {
  std::set<std::string> have = generated_pairs();
  have.merge(pairs_written_elsewhere());
  const std::set<std::string> loads = pairs_that_load();
  EXPECT_GT(loads.size(), 900U);
  for (const std::string& each : loads) EXPECT_TRUE(have.contains(each)) << each;
  for (const std::string& each : have) EXPECT_TRUE(loads.contains(each)) << each;
}

TEST(EveryStageWithEveryAction, IsRefusedWithThePlaceAndTheReasonIfItDoesNotLoad) {
  const std::set<std::string> loads = pairs_that_load();
  std::size_t refused = 0;
  for (std::size_t i = 0; i < faults::protocol_count; ++i) {
    const auto talk = static_cast<protocol>(i);
    for (const model::stage point : stages_in(faults::stages_of(talk))) {
      for (const std::string_view each : examples) {
        const std::string name = name_of(each);
        if (loads.contains(pair_name(talk, point, name))) continue;
        const auto errors = faults::load_rule_set(rules_with(talk, point, each)).errors;
        const std::string wrong =
            '`' + name + "` does not fit stage " + std::string(to_string(point));
        const auto says_so = [&](const faults::load_error& error) {
          return error.pointer == "/rules/0/actions/0/" + name && error.wrong == wrong &&
                 !error.right.empty();
        };
        EXPECT_TRUE(std::any_of(errors.begin(), errors.end(), says_so))
            << pair_name(talk, point, name) << ": " << (errors.empty() ? "" : errors[0].wrong);
        ++refused;
      }
    }
  }
  EXPECT_GT(refused, 700U);
}

TEST(EveryStageWithEveryAction, HasAnExampleOfEachAction) {
  const std::set<std::string> loads = pairs_that_load();
  std::set<std::string> names;
  for (const std::string& each : loads) names.insert(each.substr(each.rfind(' ') + 1));
  EXPECT_EQ(names.size(), action_count);
}

}  // namespace
}  // namespace mailrig::dialogue
