#include "webui/inspector/wait_miss.hpp"

#include "capture/rig/mail_reader.hpp"
#include "capture/rig/mark.hpp"
#include "capture/rig/near_miss.hpp"
#include "webui/inspector/json_writer.hpp"

#include <algorithm>
#include <cstdio>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace mailrig::inspector {
namespace {

using misses = std::vector<rig::near_miss>;

std::string seconds(model::duration time) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f s", static_cast<double>(time.count()) / 1'000);
  return text;
}

std::string counted(std::size_t count, const std::string& what) {
  return std::to_string(count) + ' ' + what + (count == 1 ? "" : "s");
}

std::string noun(const missed_wait& missed) {
  return missed.what.kind == rig::wait_kind::messages ? "message" : "attempt";
}

std::string what_was_wanted(const missed_wait& missed) {
  const std::string query = rig::text_of(*missed.what.wanted);
  const std::string number = missed.what.is_exact ? "exactly " : "at least ";
  return number + counted(missed.what.count, noun(missed)) +
         (query.empty()
              ? ""
              : " that " + std::string(missed.what.count == 1 ? "matches " : "match ") + query);
}

std::string opening(const missed_wait& missed) {
  const rig::wait_result& result = missed.result;
  const std::string where =
      missed.where->name() == "default" ? "" : " in rig " + missed.where->name();
  if (result.how == rig::wait_outcome::exceeded)
    return "Waited for " + what_was_wanted(missed) + where + "; after " + seconds(result.waited) +
           ' ' + std::to_string(result.matched) + " matched.";
  std::string text = "Waited " + seconds(result.waited) + " for " + what_was_wanted(missed) +
                     where + "; " +
                     (result.matched == 0 ? "none" : std::to_string(result.matched)) + " matched.";
  if (missed.what.is_exact && result.matched == missed.what.count)
    text += " So many did match, but it did not stay quiet for " + seconds(missed.what.settle) +
            (missed.where->open_transactions() > 0 ? ": a transaction is still open." : ".");
  return text;
}

// Where the rig's mail is taken in.
std::string addresses_of(context& with, const std::string& rig) {
  std::string list, last;
  for (const rig::listener_info& each : with.listeners().list()) {
    if (each.rig != rig || each.protocol == "http" || each.url == last) continue;
    list += (list.empty() ? "" : ", ") + each.url;
    last = each.url;
  }
  return list;
}

std::string connections(const missed_wait& missed, context& with) {
  const auto& sessions = missed.where->sessions();
  const auto recent = std::count_if(sessions.begin(), sessions.end(), [&missed](const auto& each) {
    return each->started_at >= missed.began || !each->ended_at;
  });
  if (recent > 0) return {};
  const std::string addresses = addresses_of(with, missed.where->name());
  const std::string point = addresses.empty()
                                ? "it has no port of its own, so its mail must be routed to it"
                                : "point the program at " + addresses;
  if (sessions.empty()) return " No client has connected to this rig at all: " + point + '.';
  return " No client was connected meanwhile; " + counted(sessions.size(), "connection") +
         " came before. The rig's address: " + point + '.';
}

// Which rules acted while this waited, and how often; at most ten are named.
std::string fired_rules(const missed_wait& missed) {
  constexpr std::size_t most_named = 10;
  std::map<std::string, std::size_t> fired;
  missed.where->judge().hits().for_each([&](const faults::hit& each) {
    if (each.at >= missed.began) ++fired[each.rule];
  });
  if (fired.empty()) return {};
  std::string list;
  std::size_t named = 0;
  for (const auto& [rule, hits] : fired) {
    if (named++ == most_named) {
      list += " and " + std::to_string(fired.size() - most_named) + " more";
      break;
    }
    list += (list.empty() ? "" : ", ") + rule + " (" + counted(hits, "hit") + ')';
  }
  return " Rules that fired meanwhile: " + list + '.';
}

std::string nearest(const missed_wait& missed, const misses& found) {
  if (found.empty()) return {};
  std::string text = " Nearest:";
  for (const rig::near_miss& each : found) {
    text +=
        " " + std::string(each.is_message ? "message " : "attempt ") + model::to_string(each.mail);
    if (!each.subject.empty()) text += " \"" + each.subject + '"';
    if (each.rig != missed.where->name()) text += " (rig " + each.rig + ')';
    text += ": " + each.why + '.';
  }
  return text;
}

std::string detail_of(const missed_wait& missed, const misses& found, context& with) {
  std::string text = opening(missed) + nearest(missed, found);
  text += fired_rules(missed);
  if (missed.result.matched == 0) text += connections(missed, with);
  if (missed.result.evicted > 0)
    text += " Meanwhile " + counted(missed.result.evicted, "message") +
            " of this rig had to be evicted to make room: what was waited for may have been among "
            "them.";
  return text;
}

answer miss_answer(const missed_wait& missed, const misses& found, context& with) {
  json_writer json;
  json.open_object();
  json.field("type", "urn:mailrig:problem:not_met")
      .field("title", "What was waited for did not come");
  json.field("status", 412).field("detail", detail_of(missed, found, with));
  json.field("matched", missed.result.matched).field("waited_ms", missed.result.waited.count());
  json.field("quiet_ms", missed.result.quiet.count());
  json.field("evicted", missed.result.evicted);
  json.field("mark", rig::to_string(rig::mark_of(*missed.where)));
  json.key("ids").open_array();
  for (const rig::search_hit& each : missed.result.hits) json.value(each.entry.mail->id());
  json.close_array().key("nearest").open_array();
  for (const rig::near_miss& each : found) {
    json.open_object().field("id", each.mail);
    json.field("kind", each.is_message ? "message" : "attempt").field("rig", each.rig);
    json.field("subject", each.subject).field("why", each.why).close_object();
  }
  json.close_array().close_object();
  answer result = json_answer(json.take());
  result.status = 412;
  result.content_type = "application/problem+json";
  return result;
}

}  // namespace

void answer_miss(missed_wait missed, context& with, answer_callback done) {
  auto scene =
      std::make_shared<rig::miss_scene>(rig::scene_of(with.rigs(), *missed.where, missed.what));
  auto shared = std::make_shared<missed_wait>(std::move(missed));
  auto work = [scene, shared, &with, done,
               texts = with.mails().searches().texts()]() -> rig::worker_pool::completion {
    auto found = std::make_shared<misses>(rig::find_near_misses(*scene, *texts));
    return [found, shared, &with, done] { done(miss_answer(*shared, *found, with)); };
  };
  // The 412 comes all the same.
  if (!with.pool().submit(std::move(work))) done(miss_answer(*shared, {}, with));
}

}  // namespace mailrig::inspector
