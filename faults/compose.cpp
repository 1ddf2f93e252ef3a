#include "faults/compose.hpp"

#include "faults/draw.hpp"
#include "faults/duration_text.hpp"
#include "faults/text.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace mailrig::faults {
namespace {

constexpr double two_pi = 6.283185307179586;
constexpr std::array<std::string_view, 4> close_names = {"fin_drain", "fin_half", "abrupt",
                                                         "reset"};

class composer {
 public:
  composer(verdict& result, const composing& with) : result_(result), with_(with) {}

  void operator()(const reply& what);
  void operator()(const delay& what);
  void operator()(const extra& what);
  void operator()(const malform& what);
  void operator()(const transform& what);
  void operator()(const close& what);
  void operator()(const set_state&) {}
  void operator()(const ban&) {}
  template <typename Plain>
  void operator()(const Plain& what) {
    result_.steps.emplace_back(what);
  }

 private:
  [[nodiscard]] draw_source next_draw() {
    return {with_.values.seed, with_.rule, with_.key, with_.n, first_salt + draws_++};
  }
  [[nodiscard]] model::duration draw_time(const pacing& time);

  // Apart from the draws of the rule's own leaves, whose salt is their slot.
  static constexpr std::uint64_t first_salt = 1'000'000;

  verdict& result_;
  const composing& with_;
  std::uint64_t draws_ = 0;
};

void composer::operator()(const reply& what) {
  if (result_.reply) return;
  reply_step made;
  made.is_raw = what.is_raw;
  made.text = std::make_shared<const std::string>(what.is_raw ? what.text
                                                              : render(what.text, with_.values));
  made.reply = {what.code, what.enhanced, *made.text};
  result_.reply = made.reply;
  result_.steps.emplace_back(std::move(made));
}

model::duration composer::draw_time(const pacing& time) {
  if (const auto* const fixed = std::get_if<fixed_time>(&time)) return fixed->time;
  if (const auto* const uniform = std::get_if<uniform_time>(&time)) {
    const auto span = static_cast<double>((uniform->most - uniform->least).count() + 1);
    return uniform->least +
           model::duration{static_cast<std::int64_t>(draw_fraction(next_draw()) * span)};
  }
  // Box and Muller's normal deviate of two even draws.
  const auto& shape = std::get<lognormal_time>(time);
  const double u = 1.0 - draw_fraction(next_draw());
  const double v = draw_fraction(next_draw());
  const double normal = std::sqrt(-2.0 * std::log(u)) * std::cos(two_pi * v);
  const double drawn = static_cast<double>(shape.median.count()) * std::exp(shape.sigma * normal);
  const auto most = static_cast<double>(shape.max.count());
  return model::duration{static_cast<std::int64_t>(std::min(drawn, most))};
}

void composer::operator()(const delay& what) {
  const model::duration time = draw_time(what.time);
  result_.delay += time;
  result_.steps.emplace_back(delay_step{time});
}

void composer::operator()(const extra& what) {
  result_.steps.emplace_back(extra_step{render(what.text, with_.values), what.place});
}

void composer::operator()(const malform& what) {
  const bool is_drawn = what.what == malform::kind::random;
  result_.steps.emplace_back(malform_step{what, is_drawn ? draw_bits(next_draw()) : 0});
}

void composer::operator()(const transform& what) {
  const bool is_drawn = what.what == transform::kind::flip_bytes && !what.seed;
  result_.steps.emplace_back(
      transform_step{what, is_drawn ? draw_bits(next_draw()) : what.seed.value_or(0)});
}

void composer::operator()(const close& what) {
  if (result_.close) return;
  result_.close = what.mode;
  result_.steps.emplace_back(what);
}

// The words behind the action's name.
struct teller {
  std::string operator()(const reply_step& what) const {
    std::string text = std::to_string(what.reply.code);
    const std::string enhanced = to_string(what.reply.enhanced);
    if (!enhanced.empty()) text += ' ' + enhanced;
    return "reply " + text + ' ' + shown(what.reply.text);
  }
  std::string operator()(const close& what) const {
    std::string text = "close " + std::string(close_names[static_cast<std::size_t>(what.mode)]);
    if (what.hold.count() != 0) text += " after holding " + duration_text(what.hold);
    return what.is_stored ? text + ", stored" : text;
  }
  std::string operator()(const delay_step& what) const {
    return "delay " + duration_text(what.time);
  }
  std::string operator()(const stall& what) const { return "stall " + duration_text(what.max); }
  std::string operator()(const drip& what) const {
    return "drip " + std::to_string(what.bytes) + " octets, gap " + duration_text(what.gap);
  }
  std::string operator()(const slice& what) const {
    return "slice " + std::to_string(what.size) + " octets, gap " + duration_text(what.gap);
  }
  std::string operator()(const partial& what) const {
    return "partial " + std::to_string(what.bytes) + " octets";
  }
  std::string operator()(const extra_step& what) const { return "extra " + shown(what.line); }
  std::string operator()(const throttle& what) const {
    return "throttle in " + std::to_string(what.in) + " out " + std::to_string(what.out) +
           " octets/s, latency " + duration_text(what.latency);
  }
  std::string operator()(const certificate& what) const {
    return "certificate " + std::string(to_string(what.name));
  }
  std::string operator()(const tag& what) const { return "tag " + shown(what.label); }
  std::string operator()(const lose& what) const {
    return "lose after " + duration_text(what.after);
  }
  std::string operator()(const duplicate& what) const {
    return "duplicate " + std::to_string(what.copies) + " copies";
  }
  std::string operator()(const delay_delivery& what) const {
    return "delay_delivery " + duration_text(what.time);
  }
  std::string operator()(const bounce& what) const {
    return "bounce " + what.status + " after " + duration_text(what.after);
  }
  std::string operator()(const malform_step&) const { return "malform"; }
  std::string operator()(const transform_step&) const { return "transform"; }
  std::string operator()(const omit&) const { return "omit"; }
  std::string operator()(const ehlo&) const { return "ehlo"; }
  std::string operator()(const stop_reading& what) const {
    return "stop_reading " + duration_text(what.max);
  }
  std::string operator()(const tls&) const { return "tls"; }
  std::string operator()(const drop&) const { return "drop"; }
  std::string operator()(const reorder& what) const {
    return "reorder " + duration_text(what.window);
  }
  std::string operator()(const hide&) const { return "hide"; }
  std::string operator()(const complaint& what) const {
    return "complaint after " + duration_text(what.after);
  }
  std::string operator()(const auto_reply& what) const {
    return "auto_reply after " + duration_text(what.after);
  }
  std::string operator()(const listener& what) const {
    return what.mode == listener::kind::refuse ? "listener refuse" : "listener backlog_full";
  }
};

}  // namespace

bool has_drawn_action(const std::vector<action>& actions) {
  return std::any_of(actions.begin(), actions.end(), [](const action& each) {
    if (const auto* const time = std::get_if<delay>(&each))
      return !std::holds_alternative<fixed_time>(time->time);
    if (const auto* const octets = std::get_if<malform>(&each))
      return octets->what == malform::kind::random;
    const auto* const change = std::get_if<transform>(&each);
    return change != nullptr && change->what == transform::kind::flip_bytes && !change->seed;
  });
}

void append_steps(verdict& result, const std::vector<action>& actions, const composing& with) {
  composer compose(result, with);
  for (const action& each : actions) std::visit(compose, each);
}

std::string text_of(const step& value) {
  return std::visit(teller{}, value);
}

std::string text_of(const action& value) {
  if (const auto* const state = std::get_if<set_state>(&value))
    return "set_state " + state->machine + " to " + state->to;
  if (const auto* const banned = std::get_if<ban>(&value))
    return "ban " + std::string(to_string(banned->by)) + " for " + duration_text(banned->time);
  return std::string(name_of(value));
}

}  // namespace mailrig::faults
