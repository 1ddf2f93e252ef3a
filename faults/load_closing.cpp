// Actions about time and the end of a connection.
#include "faults/load_action.hpp"

#include <array>

namespace mailrig::faults {
namespace {

constexpr std::array<std::string_view, 4> close_modes = {"fin_drain", "fin_half", "abrupt",
                                                         "reset"};

constexpr std::int64_t largest_piece = 1 << 20;

pacing load_pacing(rule_context& context, const json& value, const place& where) {
  if (!value.is_object())
    return fixed_time{read_duration(value, where, context.out).value_or(model::duration{0})};
  constexpr std::string_view right =
      R"("2s", {"uniform": ["1s", "3s"]} or {"lognormal": {"median": "1s", "sigma": 0.5, "max": "30s"}})";
  object_reader in(value, where, context.out, right);
  const json* const uniform = in.find("uniform");
  const json* const lognormal = in.find("lognormal");
  in.finish();
  if ((uniform != nullptr) == (lognormal != nullptr)) {
    context.out.add(where, "which distribution is not said", std::string(right));
    return fixed_time{};
  }
  if (uniform != nullptr) {
    const place at = where / "uniform";
    uniform_time result;
    if (!uniform->is_array() || uniform->size() != 2) {
      context.out.add(at, "expected two durations, found " + excerpt(*uniform), R"(["1s", "3s"])");
      return result;
    }
    result.least = read_duration((*uniform)[0], at[0], context.out).value_or(model::duration{0});
    result.most = read_duration((*uniform)[1], at[1], context.out).value_or(result.least);
    if (result.most < result.least)
      context.out.add(at, "the first is longer than the second", R"(["1s", "3s"])");
    return result;
  }
  const place at = where / "lognormal";
  lognormal_time result;
  object_reader shape(*lognormal, at, context.out, right);
  if (shape.require("median", right) != nullptr)
    result.median = shape.duration("median", model::duration{1}, model::duration{1});
  if (const json* sigma = shape.require("sigma", right); sigma != nullptr) {
    if (sigma->is_number() && sigma->get<double>() >= 0 && sigma->get<double>() <= 10)
      result.sigma = sigma->get<double>();
    else
      context.out.add(at / "sigma", excerpt(*sigma) + " is out of range", "a number from 0 to 10");
  }
  if (shape.require("max", right) != nullptr) result.max = shape.duration("max", {});
  shape.finish();
  return result;
}

}  // namespace

std::uint32_t load_required_number(object_reader& in, std::string_view key, number_range range) {
  const auto least = static_cast<std::uint32_t>(range.least);
  if (in.require(key, "a whole number from " + std::to_string(range.least)) == nullptr)
    return least;
  return static_cast<std::uint32_t>(in.integer(key, range.least, range));
}

namespace {

// At the end of the data: whether the mail is kept although no reply says so; in POP3 whether the
// deletes are carried out.
std::optional<bool> load_stored(rule_context& context, object_reader& in) {
  if (in.find("stored") == nullptr) return std::nullopt;
  const bool is_stored = in.flag("stored", false);
  using enum model::stage;
  const stage_set fitting =
      context.target.talk == protocol::pop3 ? stage_set{quit, update} : stage_set{end_of_data};
  if (!context.at_any_stage && !(context.target.stages - fitting).empty())
    context.out.add(in.where() / "stored", "there is nothing to store here",
                    "`stored` at " + stage_list(fitting, context.target.talk));
  return is_stored;
}

}  // namespace

action load_close(rule_context& context, object_reader& in) {
  close result;
  result.mode = in.choice("mode", close_modes, result.mode);
  if (in.find("linger") != nullptr) result.linger = in.duration("linger", {});
  result.hold = in.duration("hold", {});
  result.sends_close_notify = in.flag("close_notify", true);
  result.is_stored = load_stored(context, in).value_or(false);
  return result;
}

action load_delay(rule_context& context, object_reader& in) {
  delay result;
  const bool is_refused = in.refuse("uniform", R"({"for": {"uniform": ["1s", "3s"]}})") ||
                          in.refuse("lognormal", R"({"for": {"lognormal": {…}}})");
  if (is_refused) return result;
  if (const json* time = in.require("for", R"({"for": "2s"})"); time != nullptr)
    result.time = load_pacing(context, *time, in.where() / "for");
  return result;
}

namespace {

void load_then(rule_context& context, object_reader& in, stall& result) {
  const json* const then = in.find("then");
  if (then == nullptr) return;
  constexpr std::string_view right = R"("go_on" or {"close": {"mode": "reset"}})";
  const place where = in.where() / "then";
  if (*then == "go_on") {
    result.then = go_on{};
  } else if (then->is_object() && then->size() == 1 && then->contains("close")) {
    const place at = where / "close";
    object_reader below((*then)["close"], at, context.out, right);
    result.then = std::get<close>(load_close(context, below));
    below.finish();
  } else {
    context.out.add(where, excerpt(*then) + " does not end a stall", std::string(right));
  }
}

}  // namespace

// `stored` of the stall is that of its end: a client that gives up before leaves the same behind.
action load_stall(rule_context& context, object_reader& in) {
  stall result;
  result.max = in.duration("max", result.max, model::duration{1});
  load_then(context, in, result);
  const auto stored = load_stored(context, in);
  if (!stored) return result;
  auto* const end = std::get_if<close>(&result.then);
  const json* const then = in.find("then");
  const bool is_said_twice = then != nullptr && then->is_object() && then->contains("close") &&
                             (*then)["close"].is_object() && (*then)["close"].contains("stored");
  if (end == nullptr)
    context.out.add(in.where() / "stored", "with \"go_on\" the reply says whether the mail is kept",
                    "no `stored`, or an end such as {\"close\": {}}");
  else if (is_said_twice)
    context.out.add(in.where() / "stored", "`stored` is said of the end of this stall as well",
                    "one of the two");
  else
    end->is_stored = *stored;
  return result;
}

action load_drip(rule_context&, object_reader& in) {
  drip result;
  result.bytes = static_cast<std::uint32_t>(in.integer("bytes", 1, {1, largest_piece}));
  if (in.require("gap", R"({"bytes": 1, "gap": "500ms"})") != nullptr)
    result.gap = in.duration("gap", {});
  return result;
}

action load_slice(rule_context&, object_reader& in) {
  slice result;
  result.size = load_required_number(in, "size", {1, largest_piece});
  result.gap = in.duration("gap", {});
  return result;
}

action load_partial(rule_context&, object_reader& in) {
  return partial{load_required_number(in, "bytes", {0, largest_piece})};
}

action load_omit(rule_context&, object_reader&) {
  return omit{};
}

}  // namespace mailrig::faults
