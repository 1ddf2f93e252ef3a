// The loaders of single actions, one function each: it reads the action's keys and nothing else;
// the caller reports keys that nobody asked for.
//
// Internal to load_*.cpp.
#pragma once

#include "faults/loading.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace mailrig::faults {

using action_loader = action (*)(rule_context&, object_reader&);

[[nodiscard]] action load_reply(rule_context& context, object_reader& in);
[[nodiscard]] action load_close(rule_context& context, object_reader& in);
[[nodiscard]] action load_delay(rule_context& context, object_reader& in);
[[nodiscard]] action load_stall(rule_context& context, object_reader& in);
[[nodiscard]] action load_drip(rule_context& context, object_reader& in);
[[nodiscard]] action load_slice(rule_context& context, object_reader& in);
[[nodiscard]] action load_partial(rule_context& context, object_reader& in);
[[nodiscard]] action load_omit(rule_context& context, object_reader& in);
[[nodiscard]] action load_extra(rule_context& context, object_reader& in);
[[nodiscard]] action load_malform(rule_context& context, object_reader& in);
[[nodiscard]] action load_ehlo(rule_context& context, object_reader& in);
[[nodiscard]] action load_throttle(rule_context& context, object_reader& in);
[[nodiscard]] action load_stop_reading(rule_context& context, object_reader& in);
[[nodiscard]] action load_certificate(rule_context& context, object_reader& in);
[[nodiscard]] action load_tls(rule_context& context, object_reader& in);
[[nodiscard]] action load_set_state(rule_context& context, object_reader& in);
[[nodiscard]] action load_ban(rule_context& context, object_reader& in);
[[nodiscard]] action load_tag(rule_context& context, object_reader& in);
[[nodiscard]] action load_listener(rule_context& context, object_reader& in);
[[nodiscard]] action load_drop(rule_context& context, object_reader& in);
[[nodiscard]] action load_lose(rule_context& context, object_reader& in);
[[nodiscard]] action load_duplicate(rule_context& context, object_reader& in);
[[nodiscard]] action load_delay_delivery(rule_context& context, object_reader& in);
[[nodiscard]] action load_reorder(rule_context& context, object_reader& in);
[[nodiscard]] action load_transform(rule_context& context, object_reader& in);
[[nodiscard]] action load_hide(rule_context& context, object_reader& in);
[[nodiscard]] action load_bounce(rule_context& context, object_reader& in);
[[nodiscard]] action load_complaint(rule_context& context, object_reader& in);
[[nodiscard]] action load_auto_reply(rule_context& context, object_reader& in);

// One line of a reply: no line end, and only placeholders that stand for something at these stages.
[[nodiscard]] std::string load_line(rule_context& context, const json& value, const place& where);
// A number that must be given.
[[nodiscard]] std::uint32_t load_required_number(object_reader& in, std::string_view key,
                                                 number_range range);

template <typename Enum>
[[nodiscard]] std::optional<Enum> optional_choice(object_reader& in, std::string_view key,
                                                  std::span<const std::string_view> names) {
  if (in.find(key) == nullptr) return std::nullopt;
  return in.choice(key, names, Enum{});
}

}  // namespace mailrig::faults
