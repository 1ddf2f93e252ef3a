// /v1/clock and /v1/clock/advance: the time that a rig's rules live by.
#include "capture/rig/rig_table.hpp"
#include "webui/inspector/handlers.hpp"
#include "webui/inspector/json_body.hpp"
#include "webui/inspector/json_writer.hpp"

#include <utility>

namespace mailrig::inspector {
namespace {

answer clock_answer(rig::rig& which) {
  const rig::rig_clock& clock = which.clock();
  json_writer json;
  json.open_object().field("rig", which.name()).field("now", clock.now());
  json.field("real_now", clock.real().now()).field("offset_ms", clock.offset().count());
  json.field("frozen", clock.is_frozen()).key("next_due_at");
  const auto due = which.due().next_due();
  due ? json.value(*due) : json.null();
  json.close_object();
  return json_answer(json.take());
}

}  // namespace

void get_clock(const request& asked, context&, answer_callback done) {
  done(clock_answer(*asked.rig));
}

void set_clock(const request& asked, context&, answer_callback done) {
  auto parsed = parse_body(asked);
  if (auto* refused = std::get_if<answer>(&parsed)) return done(std::move(*refused));
  object_reader in(std::get<json_value>(parsed), "", "a clock");
  const json_value* const frozen = in.find_value("frozen");
  in.finish();
  if (frozen == nullptr || !frozen->is_boolean())
    in.complain("frozen",
                "is missing or no boolean; true stops the clock, false lets it go on. "
                "POST …/clock/advance {\"by\":\"2m\"} moves it.");
  if (in.complaint()) return done(bad_body(*in.complaint()));
  asked.rig->set_frozen(frozen->get<bool>());
  done(clock_answer(*asked.rig));
}

// What fell due has been done when the answer goes out: what sessions then write is posted before
// it.
void advance_clock(const request& asked, context& with, answer_callback done) {
  constexpr model::duration most = std::chrono::hours{24 * 3660};
  auto parsed = parse_body(asked);
  if (auto* refused = std::get_if<answer>(&parsed)) return done(std::move(*refused));
  object_reader in(std::get<json_value>(parsed), "", "an advance");
  const auto by = in.duration("by");
  in.finish();
  if (!by) in.complain("by", "is missing; it is a time such as \"121s\", \"15m\" or \"24h\".");
  if (by && *by > most) in.complain("by", "is more than ten years.");
  if (in.complaint()) return done(bad_body(*in.complaint()));
  asked.rig->advance(*by);
  auto answer_later = [rig = asked.holds, done = std::move(done)] { done(clock_answer(*rig)); };
  if (with.all().post)
    with.all().post(std::move(answer_later));
  else
    answer_later();
}

}  // namespace mailrig::inspector
