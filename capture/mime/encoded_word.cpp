#include "capture/mime/encoded_word.hpp"

#include "capture/mime/ascii.hpp"
#include "capture/mime/charset.hpp"
#include "capture/mime/gmime_ptr.hpp"
#include "capture/mime/utf8.hpp"

#include <optional>
#include <vector>

namespace mailrig::mime {

namespace {

constexpr std::size_t max_charset_length = 64;

struct word {
  std::string_view charset, text;
  char encoding = 'b';
  std::size_t end = 0;  // the first octet after it
};

// Finds words from left to right. Remembers where the next "?=" is, so that a value full of
// unfinished words costs linear time.
class word_reader {
 public:
  explicit word_reader(std::string_view value) : value_(value) {}

  [[nodiscard]] std::optional<word> at(std::size_t begin) {
    if (!value_.substr(begin).starts_with("=?")) return std::nullopt;
    const std::size_t charset_end =
        value_.substr(0, begin + max_charset_length).find('?', begin + 2);
    if (charset_end == std::string_view::npos || charset_end + 3 > value_.size())
      return std::nullopt;
    const char encoding = to_lower(value_[charset_end + 1]);
    if ((encoding != 'b' && encoding != 'q') || value_[charset_end + 2] != '?') return std::nullopt;
    const std::size_t text_begin = charset_end + 3;
    const std::size_t text_end = next_end(text_begin);
    if (text_end == std::string_view::npos) return std::nullopt;
    const std::string_view label = value_.substr(begin + 2, charset_end - begin - 2);
    return word{label.substr(0, label.find('*')),  // RFC 2231 5: a language may follow
                value_.substr(text_begin, text_end - text_begin), encoding, text_end + 2};
  }

 private:
  std::size_t next_end(std::size_t from) {
    if (next_end_ != std::string_view::npos && next_end_ < from)
      next_end_ = value_.find("?=", from);
    return next_end_;
  }

  std::string_view value_;
  std::size_t next_end_ = 0;
};

void append_q(std::string& out, std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '=' && i + 2 < text.size() && hex_value(text[i + 1]) >= 0 &&
        hex_value(text[i + 2]) >= 0) {
      out += static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2]));
      i += 2;
    } else {
      out += text[i] == '_' ? ' ' : text[i];
    }
  }
}

// Decodes base64 over several words; the state between them joins a quantum that was cut in two.
class base64_joiner {
 public:
  base64_joiner() { restart(); }

  void append(std::string& out, std::string_view text) {
    const std::size_t before = out.size();
    out.resize(before + text.size() + 8);
    out.resize(before + g_mime_encoding_step(&state_, text.data(), text.size(), &out[before]));
    if (text.ends_with('=')) restart();
  }

  // The last quantum, should its padding be missing.
  void finish(std::string& out) {
    append(out, "===");
    restart();
  }

 private:
  void restart() { g_mime_encoding_init_decode(&state_, GMIME_CONTENT_ENCODING_BASE64); }

  GMimeEncoding state_;
};

// UTF-7 begins anew in every word, and its shifts say nothing across a cut.
bool may_join(std::string_view charset) {
  return lower_case(charset).find("utf-7") == std::string::npos;
}

std::string decode_run(const std::vector<word>& words) {
  std::string out, octets;
  base64_joiner base64;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i].encoding == 'b') {
      base64.append(octets, words[i].text);
    } else {
      append_q(octets, words[i].text);
    }
    const bool is_joined = i + 1 < words.size() && may_join(words[i].charset) &&
                           equals_ignoring_case(words[i].charset, words[i + 1].charset);
    if (is_joined) continue;
    base64.finish(octets);
    out += decode_charset(octets, words[i].charset).text;
    octets.clear();
  }
  return out;
}

// Words from `begin` on with nothing but blanks between them; empty if there is none.
std::vector<word> run_at(word_reader& reader, std::string_view value, std::size_t begin) {
  std::vector<word> words;
  std::size_t at = begin;
  while (at < value.size()) {
    const auto found = reader.at(at);
    if (!found) break;
    words.push_back(*found);
    at = value.find_first_not_of(linear_whitespace, found->end);
  }
  return words;
}

template <class Emit>
std::string rewrite_words(std::string_view value, Emit emit) {
  word_reader reader(value);
  std::string out;
  std::size_t literal_begin = 0;
  for (std::size_t at = value.find("=?"); at != std::string_view::npos; at = value.find("=?", at)) {
    const std::vector<word> words = run_at(reader, value, at);
    if (words.empty()) {
      at += 2;
      continue;
    }
    out += guess_charset(value.substr(literal_begin, at - literal_begin));
    out += emit(decode_run(words));
    literal_begin = at = words.back().end;
  }
  return out += guess_charset(value.substr(literal_begin));
}

std::string as_utf8_word(const std::string& text) {
  const chars_ptr base64(
      g_base64_encode(reinterpret_cast<const guchar*>(text.data()), text.size()));
  return "=?UTF-8?B?" + std::string(base64.get()) + "?=";
}

}  // namespace

std::string unfolded(std::string_view raw_value) {
  std::string out;
  raw_value = trim(raw_value);
  out.reserve(raw_value.size());
  for (std::size_t i = 0; i < raw_value.size(); ++i) {
    const bool is_crlf = raw_value.substr(i).starts_with("\r\n");
    const bool is_line_end = is_crlf || raw_value[i] == '\n';
    const std::size_t after = i + (is_crlf ? 2 : 1);
    const bool is_fold = is_line_end && after < raw_value.size() &&
                         (raw_value[after] == ' ' || raw_value[after] == '\t');
    if (is_crlf) ++i;
    if (is_fold) continue;
    const bool is_space = is_line_end || raw_value[i] == '\r' || raw_value[i] == '\0';
    out += is_space ? ' ' : raw_value[i];
  }
  return out;
}

std::string decode_words(std::string_view value) {
  return rewrite_words(value, [](std::string text) { return text; });
}

std::string normalise_words(std::string_view value) {
  return rewrite_words(value, as_utf8_word);
}

}  // namespace mailrig::mime
