#include "webui/inspector/router.hpp"

#include "capture/rig/rig_table.hpp"
#include "webui/inspector/finishing.hpp"
#include "webui/inspector/page_files.hpp"
#include "webui/inspector/query_parameters.hpp"

#include <algorithm>
#include <cstddef>
#include <limits>

namespace mailrig::inspector {
namespace {

// The first of "/a/b", of which "/b" is left.
std::string_view take_segment(std::string_view& path) {
  path.remove_prefix(1);
  const std::string_view segment = path.substr(0, path.find('/'));
  path.remove_prefix(segment.size());
  return segment;
}

std::vector<std::string_view> split(std::string_view path) {
  std::vector<std::string_view> result;
  while (!path.empty()) result.push_back(take_segment(path));
  return result;
}

bool is_capture(std::string_view segment) {
  return segment.starts_with('{');
}

// Levenshtein's distance, for words of a path.
std::size_t distance(std::string_view left, std::string_view right) {
  std::vector<std::size_t> row(right.size() + 1);
  for (std::size_t column = 0; column <= right.size(); ++column) row[column] = column;
  for (std::size_t line = 1; line <= left.size(); ++line) {
    std::size_t diagonal = row[0];
    row[0] = line;
    for (std::size_t column = 1; column <= right.size(); ++column) {
      const std::size_t replaced = diagonal + (left[line - 1] == right[column - 1] ? 0 : 1);
      diagonal = row[column];
      row[column] = std::min({replaced, row[column] + 1, row[column - 1] + 1});
    }
  }
  return row.back();
}

std::size_t distance(std::string_view pattern, const std::vector<std::string>& segments) {
  const std::vector<std::string_view> parts = split(pattern);
  std::size_t sum = 0;
  for (std::size_t i = 0; i < std::max(parts.size(), segments.size()); ++i) {
    const std::string_view given =
        i < segments.size() ? std::string_view(segments[i]).substr(0, 40) : std::string_view();
    const std::string_view wanted = i < parts.size() ? parts[i] : std::string_view();
    if (is_capture(wanted))
      sum += given.empty() ? 1 : 0;
    else
      sum += distance(wanted, given);
  }
  return sum;
}

answer unknown_rig(const std::string& name) {
  return problem(404, "unknown_rig", "There is no such rig",
                 "No rig is named \"" + name +
                     "\". The rig that is always there is \"default\": "
                     "/v1/rigs/default/…, or shorter /v1/….");
}

bool is_under_rig(const std::vector<std::string>& segments) {
  return segments.size() >= 4 && segments[0] == "v1" && segments[1] == "rigs";
}

// "/v1/rigs/a/messages" becomes "/v1/messages" of the rig `a`. False: there is no such rig.
bool enter_rig(request& asked, context& with) {
  std::vector<std::string>& segments = asked.where.segments;
  asked.rig = &with.rigs().default_rig();
  if (is_under_rig(segments)) asked.rig = with.rigs().find(segments[2]);
  if (asked.rig == nullptr) return false;
  asked.holds = asked.rig->shared_from_this();
  if (!is_under_rig(segments)) return true;
  asked.base = "/v1/rigs/" + percent_encode(segments[2]);
  segments.erase(segments.begin() + 1, segments.begin() + 3);
  return true;
}

bool knows_queries(const endpoint& chosen) {
  return std::find(chosen.parameters.begin(), chosen.parameters.end(), "query") !=
         chosen.parameters.end();
}

std::string known_parameters(const endpoint& chosen) {
  std::string list;
  for (const std::string_view each : chosen.parameters) {
    if (each.empty()) continue;
    if (!list.empty()) list += ", ";
    list += each;
  }
  if (knows_queries(chosen))
    list += ", and each word of a query: rcpt=, subject=, header.NAME= and so on";
  return list.empty() ? "It takes none." : "It takes: " + list + ".";
}

std::optional<answer> refuse_parameters(const request& asked, const endpoint& chosen) {
  const std::string call = std::string(to_string(chosen.verb)) + ' ' + std::string(chosen.pattern);
  const std::vector<parameter>& given = asked.where.parameters;
  for (auto each = given.begin(); each != given.end(); ++each) {
    const auto is_same = [each](const parameter& other) { return other.name == each->name; };
    const bool is_known =
        !each->name.empty() && std::find(chosen.parameters.begin(), chosen.parameters.end(),
                                         each->name) != chosen.parameters.end();
    const bool is_word = knows_queries(chosen) && is_query_parameter(each->name);
    if (!is_known && !is_word)
      return problem(400, "unknown_parameter", "Unknown query parameter",
                     call + " does not know the query parameter \"" + each->name + "\". " +
                         known_parameters(chosen));
    // Words may be repeated: all of them must hold.
    const bool may_repeat = (is_word && !is_known) || each->name == "rcpt_to";
    if (!may_repeat && std::find_if(given.begin(), each, is_same) != each)
      return problem(400, "repeated_parameter", "Repeated query parameter",
                     "The query parameter \"" + each->name + "\" stands twice; give it once.");
  }
  if (asked.body_size > 0 && chosen.body_octets == 0)
    return problem(400, "unexpected_body", "This call takes no body",
                   call + " was sent a body of " + std::to_string(asked.body_size) +
                       " octets and takes none. What it can be told goes into the query. " +
                       known_parameters(chosen));
  return std::nullopt;
}

// What a rig's name may stand in front of, without it.
std::vector<std::string> without_rig(std::vector<std::string> segments) {
  if (is_under_rig(segments)) segments.erase(segments.begin() + 1, segments.begin() + 3);
  return segments;
}

answer wrong_method(const request& asked, const std::string& allowed) {
  answer result;
  if (asked.verb == method::other)
    result = problem(501, "unknown_method", "Unknown method",
                     "\"" + asked.verb_text + "\" is not a method that mailrig knows. " +
                         asked.where.path + " answers " + allowed + ".");
  else
    result = problem(
        405, "method_not_allowed", "This resource does not answer that method",
        asked.where.path + " does not answer " + asked.verb_text + "; it answers " + allowed + ".");
  result.headers.push_back({"Allow", allowed});
  return result;
}

answer nothing_there(const request& asked) {
  const std::string_view instead = translate_dialect(asked.where.path);
  if (!instead.empty())
    return problem(404, "foreign_dialect", "That is another mail catcher's API",
                   "mailrig does not speak " + asked.where.path +
                       " yet. The same is asked here with " + std::string(instead) + ".");
  return problem(404, "unknown_resource", "There is nothing here",
                 "Nothing is at " + asked.where.path + ". The nearest is " +
                     std::string(nearest_pattern(asked.where.segments)) + ".");
}

struct routed {
  const endpoint* chosen = nullptr;
  std::string allowed;  // verbs of the path, also when none was chosen; empty: no such path
};

routed route(request& asked) {
  const method wanted = asked.verb == method::head ? method::get : asked.verb;
  routed result;
  for (const endpoint& each : endpoints()) {
    auto captures = match_pattern(each.pattern, asked.where.segments);
    if (!captures || (each.is_once && asked.base != "/v1")) continue;
    if (!result.allowed.empty()) result.allowed += ", ";
    result.allowed += to_string(each.verb);
    if (each.verb == method::get) result.allowed += ", HEAD";
    // The first that fits: `wait` stands before {id}.
    if (each.verb != wanted || result.chosen != nullptr) continue;
    result.chosen = &each;
    asked.captures = std::move(*captures);
  }
  return result;
}

}  // namespace

std::size_t wanted_body_octets(const request& asked) {
  const std::vector<std::string> segments = without_rig(asked.where.segments);
  for (const endpoint& each : endpoints())
    if (each.body_octets != 0 && each.verb == asked.verb && match_pattern(each.pattern, segments))
      return each.body_octets;
  return 0;
}

std::optional<std::vector<std::string>> match_pattern(std::string_view pattern,
                                                      const std::vector<std::string>& segments) {
  std::vector<std::string> captures;
  for (const std::string& segment : segments) {
    if (pattern.empty()) return std::nullopt;
    const std::string_view part = take_segment(pattern);
    if (is_capture(part))
      captures.push_back(segment);
    else if (part != segment)
      return std::nullopt;
  }
  if (!pattern.empty()) return std::nullopt;
  return captures;
}

std::string_view nearest_pattern(const std::vector<std::string>& segments) {
  std::string_view nearest;
  std::size_t least = std::numeric_limits<std::size_t>::max();
  for (const endpoint& each : endpoints()) {
    std::size_t sum = distance(each.pattern, segments);
    // Whoever forgets the /v1 finds it too.
    if (each.pattern.starts_with("/v1/"))
      sum = std::min(sum, 1 + distance(each.pattern.substr(3), segments));
    if (sum >= least) continue;
    least = sum;
    nearest = each.pattern;
  }
  return nearest;
}

std::string_view translate_dialect(std::string_view path) {
  struct entry {
    std::string_view prefix;
    std::string_view instead;
  };
  // Of Mailpit, MailHog and MailDev; the first that fits.
  static constexpr auto dialects = std::to_array<entry>({
      {"/api/v1/message/", "GET /v1/messages/{id}"},
      {"/api/v1/messages", "GET /v1/messages (or DELETE /v1/messages?all=true)"},
      {"/api/v1/info", "GET /v1/info"},
      {"/api/v1", "GET /v1/messages"},
      {"/api/v2", "GET /v1/messages"},
      {"/api/events", "GET /v1/events"},
      {"/view", "GET /v1/messages/latest/html"},
      {"/email/all", "DELETE /v1/messages?all=true"},
      {"/email/", "GET /v1/messages/{id}"},
      {"/email", "GET /v1/messages"},
  });
  for (const entry& each : dialects) {
    if (!path.starts_with(each.prefix)) continue;
    const std::string_view rest = path.substr(each.prefix.size());
    if (rest.empty() || rest.starts_with('/') || each.prefix.ends_with('/')) return each.instead;
  }
  return {};
}

// Chromium sends `Origin: null` for the images inside a sandboxed frame, as which the page shows a
// mail's HTML. Whoever else sends it (any site can make such a frame) gets a picture to show and,
// without a CORS header, nothing to read: the same as without an Origin.
bool is_image_of_shown_mail(const request& asked) {
  if (asked.origin != "null") return false;
  if (asked.verb != method::get && asked.verb != method::head) return false;
  const std::vector<std::string>& segments = asked.where.segments;
  return match_pattern("/v1/messages/{id}/parts/{n}", segments) ||
         match_pattern("/v1/rigs/{rig}/messages/{id}/parts/{n}", segments);
}

std::optional<answer> refuse_foreign(const request& asked, const host_policy& hosts) {
  // RFC 9112 3.2.2: the absolute form replaces Host.
  const std::string& host = asked.where.authority.empty() ? asked.host : asked.where.authority;
  if (asked.host_count > 1 || (asked.host_count == 0 && asked.version >= 11))
    return problem(400, "bad_host", "There must be one Host header",
                   "An HTTP/1.1 request names its server in exactly one Host header (RFC 9112 "
                   "3.2); this one has " +
                       std::to_string(asked.host_count) + ".");
  if (asked.host_count == 1 || !host.empty()) {
    const host_verdict verdict = judge_host(host, hosts);
    if (verdict == host_verdict::malformed)
      return problem(400, "bad_host", "The Host header cannot be read",
                     "\"" + host + "\" is not a host with an optional port.");
    if (verdict == host_verdict::foreign)
      return problem(403, "foreign_host", "This name is not known to be mailrig's",
                     "The request came for the host \"" + host +
                         "\". Against DNS rebinding mailrig answers to IP addresses, to names "
                         "without a dot and to private names only. If that name is yours, start "
                         "mailrig with --allowed-host " +
                         host.substr(0, host.find(':')) + ".");
  }
  if (asked.origin.empty() || is_image_of_shown_mail(asked)) return std::nullopt;
  if (judge_origin(asked.origin, host, hosts) != origin_verdict::foreign) return std::nullopt;
  return problem(403, "foreign_origin", "Another site's page may not ask here",
                 "The request came from a page of \"" + asked.origin +
                     "\". If that page is yours, start mailrig with --allowed-origin and exactly "
                     "that origin, or with --allowed-host and its host name.");
}

namespace {

// What is answered without an endpoint's handler: nothing fits, or the request is wrong for it.
std::optional<answer> answer_unhandled(const request& asked, const routed& found,
                                       const context& with) {
  if (found.chosen != nullptr) return refuse_parameters(asked, *found.chosen);
  if (!found.allowed.empty())
    return asked.verb == method::options ? answer_options(asked, found.allowed)
                                         : wrong_method(asked, found.allowed);
  if (auto page = answer_page_file(asked, with)) return page;
  return nothing_there(asked);
}

}  // namespace

void dispatch(request& asked, context& with, answer_callback done) {
  if (auto refused = refuse_foreign(asked, with.settings().hosts)) return done(std::move(*refused));
  if (auto refused = refuse_stranger(asked, with))
    return finishing(asked, nullptr, with, std::move(done))(std::move(*refused));
  if (!enter_rig(asked, with))
    return finishing(asked, nullptr, with, std::move(done))(unknown_rig(asked.where.segments[2]));
  const routed found = route(asked);
  auto finished = finishing(asked, found.chosen, with, std::move(done));
  if (auto answered = answer_unhandled(asked, found, with)) return finished(std::move(*answered));
  asked.rig->touch(with.rigs().clock().now());
  found.chosen->handle(asked, with, std::move(finished));
}

}  // namespace mailrig::inspector
