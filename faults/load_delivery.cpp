// Actions on accepted mail: what becomes of it, how it is altered, which mail it causes.
#include "faults/load_action.hpp"
#include "faults/text.hpp"

#include <array>

namespace mailrig::faults {
namespace {

constexpr std::int64_t most_copies = 100'000;
constexpr std::size_t most_recipients = 1000;
constexpr std::size_t most_names = 1000;
constexpr std::int64_t largest_number = 1'000'000'000;
constexpr std::size_t longest_text = std::size_t{64} * 1024;

constexpr std::array<std::string_view, 21> transform_kinds = {
    "truncate",   "flip_bytes",      "strip_headers", "drop_header_block", "relabel_charset",
    "transcode",  "seven_bit",       "drop_cte",      "double_encode_qp",  "bare_lf",
    "rewrap",     "unstuff_twice",   "stuff_lost",    "strip_attachments", "rename_attachment",
    "add_footer", "prepend_subject", "remove_part",   "swap_parts",        "utf8_bom",
    "nul_bytes"};

constexpr std::array<std::string_view, 6> bounce_styles = {"postfix", "exchange", "gmail",
                                                           "qmail",   "exim",     "none-standard"};

// A text of a generated mail or of a header: it must not bring lines of its own.
std::string load_words(object_reader& in, std::string_view key, std::string_view otherwise = {}) {
  std::string text = in.text(key, otherwise);
  if (text.find_first_of("\r\n") != std::string::npos)
    in.out().add(in.where() / key, "the text holds a line end", "one line");
  return text;
}

std::string require_words(object_reader& in, std::string_view key, std::string_view right) {
  return in.require(key, right) == nullptr ? std::string{} : load_words(in, key);
}

model::duration require_time(object_reader& in, std::string_view key, std::string_view right) {
  if (in.require(key, right) == nullptr) return {};
  return in.duration(key, {}, model::duration{1});
}

bool is_status(std::string_view text) {
  std::size_t dots = 0;
  bool has_digit = false;
  for (const char c : text) {
    if (c == '.' && has_digit) {
      ++dots;
      has_digit = false;
    } else if (c >= '0' && c <= '9') {
      has_digit = true;
    } else {
      return false;
    }
  }
  return dots == 2 && has_digit && text.size() <= 9 &&
         (text.starts_with("2.") || text.starts_with("4.") || text.starts_with("5."));
}

}  // namespace

action load_drop(rule_context& context, object_reader& in) {
  drop result;
  result.recipients = in.texts("recipients", most_recipients);
  if (!result.recipients.empty() && context.target.talk != protocol::delivery)
    context.out.add(in.where() / "recipients", "there are no recipients here",
                    "`recipients` at stage `deliver`");
  return result;
}

action load_lose(rule_context&, object_reader& in) {
  return lose{require_time(in, "after", R"({"after": "30s"})")};
}

action load_duplicate(rule_context&, object_reader& in) {
  duplicate result;
  result.copies = static_cast<std::uint32_t>(in.integer("copies", 2, {2, most_copies}));
  result.gap = in.duration("gap", {});
  return result;
}

action load_delay_delivery(rule_context&, object_reader& in) {
  return delay_delivery{require_time(in, "for", R"({"for": "30s"})")};
}

action load_reorder(rule_context&, object_reader& in) {
  return reorder{require_time(in, "window", R"({"window": "30s"})")};
}

action load_hide(rule_context&, object_reader&) {
  return hide{};
}

action load_transform(rule_context& context, object_reader& in) {
  transform result;
  if (in.require("kind", R"({"kind": "truncate", "bytes": 1000})") == nullptr) return result;
  result.what = in.choice("kind", transform_kinds, result.what);
  using enum transform::kind;
  const auto number = [&](std::string_view key, std::int64_t least) {
    result.n = load_required_number(in, key, {least, largest_number});
  };
  switch (result.what) {
    case truncate: number("bytes", 0); break;
    case flip_bytes:
      number("n", 1);
      if (in.find("seed") != nullptr)
        result.seed = static_cast<std::uint64_t>(in.integer("seed", 0, {}));
      break;
    case strip_headers:
      result.names = in.texts("names", most_names);
      if (result.names.empty())
        context.out.add(in.where(), "no header is named", R"("names": ["Subject", "To"])");
      break;
    case relabel_charset:
    case transcode: result.text = require_words(in, "charset", R"("charset": "gbk")"); break;
    case rewrap:
      result.n = static_cast<std::uint64_t>(in.integer("width", 998, {1, largest_number}));
      break;
    case rename_attachment: result.text = require_words(in, "name", R"("name": "a.dat")"); break;
    case add_footer:
      if (in.require("text", R"("text": "Sent by …")") != nullptr)
        result.text = in.text("text", {}, longest_text);
      break;
    case prepend_subject: result.text = load_words(in, "text", "[SPAM] "); break;
    case remove_part: number("part", 1); break;
    case nul_bytes:
      result.n = static_cast<std::uint64_t>(in.integer("n", 1, {1, largest_number}));
      break;
    default: break;
  }
  return result;
}

action load_bounce(rule_context& context, object_reader& in) {
  bounce result;
  result.after = in.duration("after", {});
  result.style = in.choice("style", bounce_styles, result.style);
  result.status = load_words(in, "status", result.status);
  if (!is_status(result.status))
    context.out.add(in.where() / "status", "\"" + shown(result.status, 80) + "\" is no status",
                    "\"5.1.1\": class 2, 4 or 5, then two numbers (RFC 3463)");
  result.diagnostic = load_words(in, "diagnostic");
  result.remote_mta = load_words(in, "remote_mta");
  result.in_reply_to = load_words(in, "in_reply_to");
  return result;
}

action load_complaint(rule_context&, object_reader& in) {
  complaint result;
  result.after = in.duration("after", {});
  result.feedback_type = load_words(in, "feedback_type", result.feedback_type);
  return result;
}

action load_auto_reply(rule_context&, object_reader& in) {
  auto_reply result;
  result.after = in.duration("after", {});
  result.text = in.text("text", {}, longest_text);
  return result;
}

}  // namespace mailrig::faults
