#include "webui/inspector/finishing.hpp"

#include "capture/rig/rig_table.hpp"
#include "capture/rig/worker_pool.hpp"
#include "webui/inspector/deflate.hpp"
#include "webui/inspector/page_files.hpp"

#include <algorithm>
#include <chrono>
#include <memory>
#include <utility>

namespace mailrig::inspector {
namespace {

// Smaller ones fit into one packet anyway.
constexpr std::size_t worth_compressing = 1'400;

bool is_health(const request& asked) {
  return asked.where.path == "/livez" || asked.where.path == "/readyz";
}

// Takes as long for a nearly right password as for a wrong one.
bool is_same(std::string_view given, std::string_view wanted) {
  unsigned difference = given.size() == wanted.size() ? 0 : 1;
  for (std::size_t i = 0; i < given.size(); ++i)
    difference |= static_cast<unsigned char>(given[i]) ^
                  static_cast<unsigned char>(wanted[i % wanted.size()]);
  return difference == 0;
}

bool is_listed_origin(const request& asked, const host_policy& hosts) {
  if (asked.origin.empty()) return false;
  const std::string& host = asked.where.authority.empty() ? asked.host : asked.where.authority;
  return judge_origin(asked.origin, host, hosts) == origin_verdict::listed;
}

void add_vary(answer& to, std::string_view name) {
  const auto found = std::find_if(to.headers.begin(), to.headers.end(),
                                  [](const header& each) { return each.name == "Vary"; });
  if (found == to.headers.end())
    to.headers.push_back({"Vary", std::string(name)});
  else if (found->value.find(name) == std::string::npos)
    found->value += ", " + std::string(name);
}

bool has_header(const answer& what, std::string_view name) {
  return std::any_of(what.headers.begin(), what.headers.end(),
                     [name](const header& each) { return each.name == name; });
}

// What never changes under its URL needs one tag only; another release may show it otherwise.
void make_conditional(answer& what, std::string_view version, std::string_view if_none_match) {
  if (what.status != 200 || has_header(what, "ETag")) return;
  const std::string tag = "W/\"mailrig-" + std::string(version) + '"';
  what.headers.push_back({"ETag", tag});
  what.headers.push_back({"Cache-Control", "private, no-cache"});
  if (!names_etag(if_none_match, tag)) return;
  what.status = 304;
  what.text.clear();
  what.borrowed = {};
  what.owner.reset();
}

bool is_text(std::string_view type) {
  return type.starts_with("text/") || type.starts_with("application/json") ||
         type.starts_with("application/problem+json");
}

bool is_worth_compressing(const answer& what) {
  return what.status == 200 && !what.source && !what.is_event_stream &&
         is_text(what.content_type) && what.body().size() >= worth_compressing &&
         !has_header(what, "Content-Encoding");
}

void compress(answer what, rig::worker_pool& pool, const answer_callback& done) {
  auto plain = std::make_shared<answer>(std::move(what));
  add_vary(*plain, "Accept-Encoding");
  const bool is_taken = pool.submit([plain, done]() -> rig::worker_pool::completion {
    auto packed = std::make_shared<std::string>(gzip(plain->body()));
    return [plain, packed, done] {
      plain->text = std::move(*packed);
      plain->borrowed = {};
      plain->owner.reset();
      plain->headers.push_back({"Content-Encoding", "gzip"});
      done(std::move(*plain));
    };
  });
  if (!is_taken) done(std::move(*plain));
}

// What is kept of a request until its answer comes.
struct passage {
  std::shared_ptr<rig::rig> used;
  std::string_view pattern;
  std::chrono::steady_clock::time_point began = std::chrono::steady_clock::now();
  std::string allowed_origin;  // empty: the answer is for nobody else
  std::string if_none_match;
  bool is_immutable = false;
  bool takes_gzip = false;
};

void finish(passage& of, answer what, context& with, const answer_callback& done) {
  // A wait may be longer than the rig's ttl, which counts from its end.
  if (of.used) of.used->touch(with.rigs().clock().now());
  if (of.is_immutable) make_conditional(what, with.settings().version, of.if_none_match);
  if (!of.allowed_origin.empty()) {
    what.headers.push_back({"Access-Control-Allow-Origin", std::move(of.allowed_origin)});
    add_vary(what, "Origin");
  }
  with.measures().answered(of.pattern, what.status, std::chrono::steady_clock::now() - of.began);
  if (of.takes_gzip && is_worth_compressing(what))
    compress(std::move(what), with.pool(), done);
  else
    done(std::move(what));
}

}  // namespace

std::optional<answer> refuse_stranger(const request& asked, const context& with) {
  const std::string& wanted = with.credentials();
  if (wanted.empty() || is_health(asked) || asked.verb == method::options) return std::nullopt;
  constexpr std::size_t scheme = 6;  // "Basic "; its case does not count (RFC 9110 11.1)
  const std::string_view given = asked.authorization;
  const auto is_letter = [](char left, char right) { return (left | 0x20) == right; };
  const bool is_basic = given.size() > scheme && given[scheme - 1] == ' ' &&
                        std::equal(given.begin(), given.begin() + scheme - 1, "basic", is_letter);
  if (is_basic && is_same(given.substr(scheme), wanted)) return std::nullopt;
  answer refused =
      problem(401, "password_wanted", "This mailrig wants a password",
              std::string(given.empty() ? "No password was given." : "That is not the password.") +
                  " mailrig was started with --auth; give the same user and password (curl -u, or "
                  "MAILRIG_AUTH for mailrig's own commands).");
  refused.headers.push_back({"WWW-Authenticate", "Basic realm=\"mailrig\", charset=\"UTF-8\""});
  return refused;
}

answer answer_options(const request& asked, const std::string& allowed) {
  answer result;
  result.status = 204;
  result.headers.push_back({"Allow", allowed + ", OPTIONS"});
  if (asked.origin.empty()) return result;
  result.headers.push_back({"Access-Control-Allow-Methods", allowed});
  result.headers.push_back(
      {"Access-Control-Allow-Headers", "Authorization, Content-Type, Last-Event-ID"});
  result.headers.push_back({"Access-Control-Max-Age", "600"});
  return result;
}

answer_callback finishing(const request& asked, const endpoint* chosen, context& with,
                          answer_callback done) {
  auto of = std::make_shared<passage>();
  of->used = asked.holds;
  if (chosen != nullptr) {
    of->pattern = chosen->pattern;
    of->is_immutable = chosen->is_immutable && asked.captures.front() != "latest";
    of->if_none_match = asked.if_none_match;
  }
  if (is_listed_origin(asked, with.settings().hosts)) of->allowed_origin = asked.origin;
  of->takes_gzip = asked.verb != method::head && !asked.accept_encoding.empty() &&
                   accepts_gzip(asked.accept_encoding);
  return [of = std::move(of), &with, done = std::move(done)](answer what) {
    finish(*of, std::move(what), with, done);
  };
}

}  // namespace mailrig::inspector
