#include "webui/inspector/wait_request.hpp"

#include "capture/model/units.hpp"
#include "capture/rig/mark.hpp"
#include "capture/rig/rig.hpp"
#include "webui/inspector/paging.hpp"
#include "webui/inspector/query_parameters.hpp"

#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace mailrig::inspector {
namespace {

using std::chrono::minutes;

constexpr model::duration longest_timeout = minutes(5);
constexpr model::duration longest_settle = minutes(1);
constexpr std::uint64_t largest_count = 1'000'000;

answer bad_wait(const std::string& detail) {
  return problem(400, "bad_wait", "That wait cannot be", detail);
}

std::optional<answer> read_count(const request& asked, rig::wait_request& into) {
  const std::string* const count = asked.parameter("count");
  const std::string* const exactly = asked.parameter("exactly");
  if (count != nullptr && exactly != nullptr)
    return bad_wait("count means at least so many and exactly means no more: give one of them.");
  const std::string* const given = exactly != nullptr ? exactly : count;
  if (given == nullptr) return std::nullopt;
  const auto number = parse_number(*given);
  const std::uint64_t least = exactly != nullptr ? 0 : 1;
  if (!number || *number < least || *number > largest_count)
    return bad_wait((exactly != nullptr ? "exactly is \"" : "count is \"") + *given +
                    "\"; it is a number from " + std::to_string(least) + " to 1000000.");
  into.count = static_cast<std::size_t>(*number);
  into.is_exact = exactly != nullptr;
  return std::nullopt;
}

std::optional<answer> read_duration(const request& asked, const std::string& name,
                                    model::duration most, model::duration& into) {
  const std::string* const given = asked.parameter(name);
  if (given == nullptr) return std::nullopt;
  const auto duration = model::parse_duration(*given);
  if (!duration)
    return bad_wait(name + " is \"" + *given + "\"; a time has a unit: 300ms, 10s, 5m." +
                    (parse_number(*given) ? " Did you mean " + *given + "ms?" : ""));
  if (*duration > most)
    return bad_wait(name + " is \"" + *given + "\"; it may be " +
                    std::to_string(most.count() / 60'000) + "m at most.");
  into = *duration;
  return std::nullopt;
}

std::optional<answer> read_times(const request& asked, rig::wait_request& into) {
  if (auto refused = read_duration(asked, "timeout", longest_timeout, into.timeout)) return refused;
  if (auto refused = read_duration(asked, "settle", longest_settle, into.settle)) return refused;
  if (!into.is_exact && asked.parameter("settle") != nullptr)
    return bad_wait("settle goes with exactly: it is how long nothing more may match.");
  if (into.is_exact && into.settle > into.timeout)
    return bad_wait("settle is longer than timeout: the wait would end before it could be sure.");
  return std::nullopt;
}

}  // namespace

std::variant<rig::wait_request, answer> read_wait(const request& asked, rig::wait_kind kind) {
  rig::wait_request made;
  made.kind = kind;
  if (auto refused = read_count(asked, made)) return std::move(*refused);
  if (auto refused = read_times(asked, made)) return std::move(*refused);
  auto query = read_query(asked);
  if (auto* refused = std::get_if<answer>(&query)) return std::move(*refused);
  made.wanted = std::get<rig::query_ref>(std::move(query));
  if (!made.wanted) made.wanted = std::make_shared<const rig::query>();
  if (const std::string* after = asked.parameter("after"))
    if (const auto mark = rig::parse_mark(*after))
      made.after = kind == rig::wait_kind::messages ? mark->message : mark->attempt;
  return made;
}

}  // namespace mailrig::inspector
