#include "webui/inspector/content.hpp"

#include "webui/inspector/target.hpp"
#include "webui/inspector/utf8.hpp"

#include <algorithm>
#include <array>

namespace mailrig::inspector {
namespace {

constexpr auto raster_types =
    std::to_array<std::string_view>({"image/png", "image/jpeg", "image/jpg", "image/pjpeg",
                                     "image/gif", "image/webp", "image/bmp", "image/x-ms-bmp"});

constexpr std::size_t longest_name = 200;

// RFC 9110 5.6.2.
bool is_token(std::string_view text) {
  static constexpr std::string_view allowed =
      "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  return !text.empty() && text.size() <= 100 &&
         text.find_first_not_of(allowed) == std::string_view::npos;
}

bool is_media_type(std::string_view type) {
  const std::size_t slash = type.find('/');
  return slash != std::string_view::npos && is_token(type.substr(0, slash)) &&
         is_token(type.substr(slash + 1));
}

// A name that is valid UTF-8 and no path: what is left behind the last separator.
std::string safe_name(const mime::part& part) {
  std::string_view given = part.filename;
  const std::size_t separator = given.find_last_of("/\\");
  if (separator != std::string_view::npos) given.remove_prefix(separator + 1);
  std::string name;
  while (!given.empty() && name.size() < longest_name) {
    const std::size_t length = std::max<std::size_t>(utf8_length(given), 1);
    const auto first = static_cast<unsigned char>(given.front());
    const bool is_shown = utf8_length(given) != 0 && first >= 0x20 && first != 0x7F;
    name += is_shown ? given.substr(0, length) : std::string_view("_");
    given.remove_prefix(length);
  }
  if (name.empty() || name.find_first_not_of(". ") == std::string::npos)
    return "part-" + std::to_string(part.number);
  return name;
}

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char each) { return static_cast<unsigned char>(each) < 0x80; });
}

// For clients that do not read filename*: every other character becomes "_".
std::string quoted_fallback(std::string_view name) {
  std::string result = "\"";
  while (!name.empty()) {
    const std::size_t length = std::max<std::size_t>(utf8_length(name), 1);
    if (length > 1)
      result += '_';
    else if (name.front() == '"' || name.front() == '\\' || name.front() == '%')
      result += '_';
    else
      result += name.front();
    name.remove_prefix(length);
  }
  return result + '"';
}

}  // namespace

std::string sandbox_policy(remote_images images) {
  std::string policy =
      "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; img-src 'self' "
      "data:";
  if (images == remote_images::allowed) policy += " https: http:";
  policy +=
      "; style-src 'unsafe-inline'; font-src data:; form-action 'none'; base-uri 'none'; "
      "frame-ancestors 'self'";
  return policy;
}

void distrust(answer& what, remote_images images) {
  what.headers.push_back({"Content-Security-Policy", sandbox_policy(images)});
  what.headers.push_back({"Referrer-Policy", "no-referrer"});
}

bool is_raster_image(std::string_view type) {
  return std::find(raster_types.begin(), raster_types.end(), type) != raster_types.end();
}

std::string content_type_of(const mime::part& part) {
  if (!is_media_type(part.type)) return "application/octet-stream";
  if (part.type == "image/jpg" || part.type == "image/pjpeg") return "image/jpeg";
  if (part.type.starts_with("text/") && is_token(part.charset))
    return part.type + "; charset=" + part.charset;
  return part.type;
}

std::string content_disposition_of(const mime::part& part) {
  const std::string name = safe_name(part);
  std::string result = is_raster_image(part.type) ? "inline" : "attachment";
  result += "; filename=" + quoted_fallback(name);
  if (!is_ascii(name) || name.find_first_of("\"\\%") != std::string::npos)
    result += "; filename*=UTF-8''" + percent_encode(name);
  return result;
}

}  // namespace mailrig::inspector
