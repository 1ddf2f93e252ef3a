#include "tests/dialogues/scripted_judge.hpp"

#include "tests/dialogues/script.hpp"

#include <array>
#include <cstdio>
#include <utility>

#include <nlohmann/json.hpp>

namespace mailrig::dialogue {
namespace {

using nlohmann::json;

constexpr std::array<std::string_view, 4> close_modes = {"fin_drain", "fin_half", "abrupt",
                                                         "reset"};

model::stage parse_stage(const std::string& name) {
  if (const auto point = model::find_stage(name)) return *point;
  throw script_error("no point of a session is called '" + name + "'");
}

model::enhanced_code parse_enhanced(const std::string& text) {
  unsigned status_class = 0;
  unsigned subject = 0;
  unsigned detail = 0;
  if (std::sscanf(text.c_str(), "%1u.%3u.%3u", &status_class, &subject, &detail) != 3)
    throw script_error("'" + text + "' is not an enhanced code");
  return {static_cast<std::uint8_t>(status_class), static_cast<std::uint16_t>(subject),
          static_cast<std::uint16_t>(detail)};
}

void read_key(scripted_fault& fault, const std::string& key, const json& value) {
  if (key == "point") {
    fault.point = parse_stage(value.get<std::string>());
  } else if (key == "nth") {
    fault.nth = value.get<std::size_t>();
  } else if (key == "delay") {
    fault.verdict.delay = parse_time(value.get<std::string>());
  } else if (key == "close") {
    fault.verdict.close = parse_close_mode(value.get<std::string>());
  } else if (key == "reply") {
    fault.text = value.at("text").get<std::string>();
    fault.verdict.reply = model::reply{value.at("code").get<std::uint16_t>(), {}, {}};
    if (value.contains("enhanced"))
      fault.verdict.reply->enhanced = parse_enhanced(value.at("enhanced").get<std::string>());
  } else {
    throw script_error("a fault has no key '" + key + "'");
  }
}

}  // namespace

model::close_mode parse_close_mode(std::string_view name) {
  for (std::size_t i = 0; i < close_modes.size(); ++i) {
    if (close_modes[i] == name) return static_cast<model::close_mode>(i);
  }
  throw script_error("no way of closing is called '" + std::string(name) + "'");
}

std::string_view to_string(model::close_mode mode) {
  return close_modes[static_cast<std::size_t>(mode)];
}

scripted_fault parse_fault(std::string_view text) {
  scripted_fault fault;
  const json parsed = json::parse(text, nullptr, false);
  if (!parsed.is_object() || !parsed.contains("point"))
    throw script_error("a fault is a JSON object with a 'point'");
  try {
    for (const auto& [key, value] : parsed.items()) read_key(fault, key, value);
  } catch (const json::exception& error) {
    throw script_error(error.what());
  }
  // The steps of a verdict are what is carried out.
  faults::verdict& decided = fault.verdict;
  if (decided.delay.count() > 0) decided.steps.emplace_back(faults::delay_step{decided.delay});
  if (decided.reply) {
    faults::reply_step said;
    said.text = std::make_shared<const std::string>(fault.text);
    decided.reply->text = *said.text;
    said.reply = *decided.reply;
    decided.steps.emplace_back(std::move(said));
  }
  if (decided.close) decided.steps.emplace_back(faults::close{.mode = *decided.close});
  return fault;
}

const faults::verdict* scripted_judge::decide(const faults::event& event) {
  const faults::verdict* decided = nullptr;
  for (scripted_fault& each : faults_) {
    if (each.point != event.point) continue;
    ++each.seen;
    if (decided != nullptr || (each.nth != 0 && each.nth != each.seen)) continue;
    decided = &each.verdict;
  }
  return decided;
}

}  // namespace mailrig::dialogue
