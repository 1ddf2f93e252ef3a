#include "webui/inspector/page_files.hpp"

#include <utility>

namespace mailrig::inspector {
namespace {

constexpr std::string_view page_policy =
    "default-src 'self'; img-src 'self' data: blob:; frame-src 'self'; object-src 'none'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

std::string_view trim(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

// Takes the next element off a comma-separated list.
std::string_view next_element(std::string_view& list) {
  const std::size_t comma = std::min(list.find(','), list.size());
  const std::string_view element = trim(list.substr(0, comma));
  list.remove_prefix(std::min(comma + 1, list.size()));
  return element;
}

bool has_zero_weight(std::string_view parameters) {
  const std::size_t weight = parameters.find("q=");
  if (weight == std::string_view::npos) return false;
  return trim(parameters.substr(weight + 2)).find_first_not_of("0.") == std::string_view::npos;
}

answer without_page() {
  return problem(404, "no_page", "This mailrig was built without its page",
                 "The program was built with MAILRIG_PAGE=OFF. The API is there: GET "
                 "/v1/messages.");
}

answer serve(const request& asked, const page_file& file) {
  answer result;
  result.content_type = file.content_type;
  result.headers = {{"ETag", std::string(file.etag)},
                    {"Cache-Control", std::string(file.cache_control)},
                    {"Vary", "Accept-Encoding"},
                    {"Content-Security-Policy", std::string(page_policy)},
                    {"Referrer-Policy", "no-referrer"}};
  if (names_etag(asked.if_none_match, file.etag)) {
    result.status = 304;
    return result;
  }
  result.borrowed = file.identity;
  if (!file.gzip.empty() && accepts_gzip(asked.accept_encoding)) {
    result.borrowed = file.gzip;
    result.headers.push_back({"Content-Encoding", "gzip"});
  }
  return result;
}

}  // namespace

bool accepts_gzip(std::string_view accept_encoding) {
  while (!accept_encoding.empty()) {
    const std::string_view element = next_element(accept_encoding);
    const std::size_t semicolon = std::min(element.find(';'), element.size());
    const std::string_view coding = trim(element.substr(0, semicolon));
    if (coding == "gzip" || coding == "x-gzip") return !has_zero_weight(element.substr(semicolon));
  }
  return false;
}

// RFC 9110 8.8.3.2: the weak comparison, in which W/ makes no difference on either side.
bool names_etag(std::string_view if_none_match, std::string_view etag) {
  const auto opaque = [](std::string_view tag) {
    return tag.starts_with("W/") ? tag.substr(2) : tag;
  };
  while (!if_none_match.empty()) {
    const std::string_view element = next_element(if_none_match);
    if (element == "*" || opaque(element) == opaque(etag)) return true;
  }
  return false;
}

std::optional<answer> answer_page_file(const request& asked, const context& with) {
  const auto& find_page = with.all().find_page;
  const bool is_front = asked.where.segments.empty();
  if (!find_page) return is_front ? std::optional(without_page()) : std::nullopt;
  const auto file = find_page(asked.where.path);
  if (!file) return is_front ? std::optional(without_page()) : std::nullopt;
  if (asked.verb == method::get || asked.verb == method::head) return serve(asked, *file);
  answer refused = problem(405, "method_not_allowed", "A file of the page can only be read",
                           asked.where.path + " answers GET and HEAD.");
  refused.headers.push_back({"Allow", "GET, HEAD"});
  return refused;
}

}  // namespace mailrig::inspector
