#include "capture/mime/codes.hpp"

#include "capture/mime/ascii.hpp"
#include "capture/mime/code_tokens.hpp"
#include "capture/mime/html_scanner.hpp"
#include "capture/mime/utf8.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <utility>

namespace mailrig::mime {

namespace {

constexpr std::size_t max_context = 120;

// How a word that announces a code must stand in its sentence.
enum class word_rule { anywhere, ends_word, whole_word };

struct keyword {
  std::string_view text;  // in lower case
  int weight;             // how surely a code follows
  word_rule rule;
};

using enum word_rule;
constexpr auto keywords = std::to_array<keyword>({
    {"one-time", 80, anywhere},
    {"verification", 60, anywhere},
    {"otp", 80, whole_word},
    {"pin", 70, whole_word},
    {"passcode", 80, anywhere},
    {"code", 50, ends_word},
    {"codes", 40, ends_word},
    {"password", 40, ends_word},
    {"token", 30, whole_word},
    {"passwort", 40, ends_word},
    {"kennwort", 40, ends_word},
    {"c\xC3\xB3"
     "digo",
     50, anywhere},
    {"codigo", 50, anywhere},
    {"codice", 50, anywhere},
    {"kod", 40, whole_word},
    {"mot de passe", 40, anywhere},
    {"код", 50, anywhere},
    {"пароль", 40, anywhere},
    {"コード", 50, anywhere},
    {"인증", 50, anywhere},
    {"验证码", 80, anywhere},
    {"驗證碼", 80, anywhere},
    {"校验码", 80, anywhere},
    {"校驗碼", 80, anywhere},
    {"动态码", 80, anywhere},
    {"動態碼", 80, anywhere},
    {"动态密码", 80, anywhere},
    {"确认码", 70, anywhere},
    {"口令", 50, anywhere},
    {"密码", 40, anywhere},
});

// Words before a number that say what else it is.
constexpr auto other_things = std::to_array<std::string_view>(
    {"order",   "invoice",  "ref",     "reference",  "zip",    "postal",   "postcode", "area",
     "room",    "box",      "version", "ext",        "no.",    "number",   "ticket",   "case",
     "barcode", "zip code", "promo",   "promo code", "coupon", "discount", "error",    "error code",
     "account", "qr code",  "订单",    "订单号",     "单号",   "编号",     "发票",     "工号"});

constexpr auto telephone_words =
    std::to_array<std::string_view>({"tel", "tel.", "phone", "telephone", "call", "fax", "mobile",
                                     "hotline", "电话", "手机", "热线", "客服", "传真"});

constexpr auto currencies = std::to_array<std::string_view>(
    {"$", "€", "£", "¥", "￥", "usd", "eur", "gbp", "cny", "rmb", "元", "chf", "円", "₩", "₽"});

constexpr auto time_units =
    std::to_array<std::string_view>({"min", "sec", "hour", "day", "分钟", "秒", "小时", "天",
                                     "times", "people", "users", "km", "kb", "mb", "points", "%"});

struct place {
  std::size_t begin;
  std::size_t end;
  int weight;
};

bool is_word(char c) {
  return is_letter(c) || is_digit(c) || static_cast<unsigned char>(c) >= 0x80;
}

bool fits_rule(std::string_view text, std::size_t begin, std::size_t end, word_rule rule) {
  const bool begins_word = begin == 0 || !is_word(text[begin - 1]);
  const bool ends_word_here = end == text.size() || !is_letter(text[end]);
  if (rule == anywhere) return true;
  return ends_word_here && (rule == ends_word || begins_word);
}

bool ends_with_any(std::string_view text, const auto& words) {
  return std::any_of(words.begin(), words.end(), [text](std::string_view word) {
    if (!text.ends_with(word)) return false;
    const std::size_t before = text.size() - word.size();
    return before == 0 || !is_letter(text[before - 1]) || !is_letter(word.front());
  });
}

bool starts_with_any(std::string_view text, const auto& words) {
  return std::any_of(words.begin(), words.end(),
                     [text](std::string_view word) { return text.starts_with(word); });
}

std::vector<place> find_keywords(std::string_view lower) {
  std::vector<place> found;
  for (const keyword& each : keywords)
    for (std::size_t at = lower.find(each.text); at != lower.npos;
         at = lower.find(each.text, at + each.text.size())) {
      const std::size_t end = at + each.text.size();
      const bool is_other = ends_with_any(lower.substr(0, end), other_things);
      if (!is_other && fits_rule(lower, at, end, each.rule))
        found.push_back({at, end, each.weight});
    }
  std::sort(found.begin(), found.end(),
            [](const place& a, const place& b) { return a.begin < b.begin; });
  return found;
}

// Weighs the candidates of one text.
class judge {
 public:
  explicit judge(std::string_view text)
      : text_(text), lower_(lower_case(text)), keywords_(find_keywords(lower_)) {}

  // Nothing: no code at all.
  [[nodiscard]] std::optional<int> weigh(const code_token& token) const {
    const int near = nearness(token);
    const bool is_adjacent = near >= adjacent;
    const bool needs_word = !token.has_digit || has_lower(token.value);
    if (needs_word && !(token.has_digit ? near > 0 : is_adjacent)) return std::nullopt;
    if (!is_adjacent && is_something_else(token))
      return token.has_letter ? std::nullopt : std::optional(likely_size(token));
    int weight = 1'000 + near + likely_size(token);
    if (is_alone_on_line(token)) weight += 100;
    if (token.has_letter) weight -= near > 0 ? 20 : 200;
    if (is_other_thing(token)) weight -= 400;
    return weight;
  }

  [[nodiscard]] std::string context_of(const code_token& token) const {
    const std::size_t line = begin_of_line(token.begin);
    const std::size_t line_end = end_of_line(token.end);
    std::size_t begin = token.begin - std::min(token.begin - line, max_context / 2);
    while (begin > line && (static_cast<unsigned char>(text_[begin]) & 0xC0U) == 0x80) --begin;
    return std::string(trim(utf8_prefix(text_.substr(begin, line_end - begin), max_context)));
  }

 private:
  static constexpr int adjacent = 2'500;

  // Lines are looked at so far only: one of a whole page's length is no reason to be slow.
  static constexpr std::size_t line_reach = 256;

  [[nodiscard]] std::size_t begin_of_line(std::size_t at) const {
    const std::size_t from = at - std::min(at, line_reach);
    const std::size_t feed = text_.substr(from, at - from).rfind('\n');
    return feed == text_.npos ? from : from + feed + 1;
  }
  [[nodiscard]] std::size_t end_of_line(std::size_t at) const {
    const std::string_view rest = text_.substr(at, line_reach);
    return at + std::min(rest.find('\n'), rest.size());
  }

  static bool has_lower(std::string_view value) {
    return std::any_of(value.begin(), value.end(), [](char c) { return c >= 'a' && c <= 'z'; });
  }

  static int likely_size(const code_token& token) {
    static constexpr std::array<int, 9> likelihoods = {0, 0, 0, 0, 20, 10, 40, 5, 8};
    return likelihoods[token.value.size()];
  }

  // 0: no such word is near. At least `adjacent`: nothing but "is" or a colon is between.
  [[nodiscard]] int nearness(const code_token& token) const {
    constexpr std::size_t reach_before = 120, reach_after = 48;
    int best = 0;
    auto after =
        std::lower_bound(keywords_.begin(), keywords_.end(), token.end,
                         [](const place& each, std::size_t at) { return each.begin < at; });
    for (auto each = after; each != keywords_.begin();) {
      --each;
      if (each->begin + 40 + reach_before < token.begin) break;
      if (each->end > token.begin) continue;
      const std::string_view between =
          std::string_view(lower_).substr(each->end, token.begin - each->end);
      best = std::max(best, before_score(between, each->weight));
    }
    for (; after != keywords_.end() && after->begin <= token.end + reach_after; ++after) {
      const std::string_view between =
          std::string_view(lower_).substr(token.end, after->begin - token.end);
      if (between.find('\n') == between.npos)
        best = std::max(best, 800 + after->weight - static_cast<int>(between.size()) * 4);
    }
    return best;
  }

  static int before_score(std::string_view between, int weight) {
    constexpr std::size_t reach = 120;
    if (between.size() > reach) return 0;
    if (is_only_joint(between)) return adjacent + weight;
    const auto lines = std::count(between.begin(), between.end(), '\n');
    const bool ends_sentence = between.find(". ") != between.npos;
    return 1'200 + weight - static_cast<int>(between.size()) * 4 - static_cast<int>(lines) * 60 -
           (ends_sentence ? 300 : 0);
  }

  // ": ", " is ", "是：", or a line end.
  static bool is_only_joint(std::string_view between) {
    static constexpr auto joints = std::to_array<std::string_view>(
        {"is", "为", "為", "是", "：",  ":",  "=",   "-", "【", "[",  "(", "（",
         "“",  "\"", "'",  "*",  "ist", "es", "est", " ", "\n", "\t", "　"});
    while (!between.empty()) {
      const auto joint =
          std::find_if(joints.begin(), joints.end(),
                       [between](std::string_view each) { return between.starts_with(each); });
      if (joint == joints.end()) return false;
      between.remove_prefix(joint->size());
    }
    return true;
  }

  [[nodiscard]] bool is_alone_on_line(const code_token& token) const {
    const std::size_t line = begin_of_line(token.begin);
    const std::size_t line_end = end_of_line(token.end);
    return trim(text_.substr(line, token.begin - line)).empty() &&
           trim(text_.substr(token.end, line_end - token.end)).empty();
  }

  [[nodiscard]] std::string_view before(const code_token& token) const {
    return trim(std::string_view(lower_)
                    .substr(0, token.begin)
                    .substr(token.begin - std::min<std::size_t>(token.begin, 24)),
                " \t:：#");
  }
  [[nodiscard]] std::string_view after(const code_token& token) const {
    return trim(std::string_view(lower_).substr(token.end, 16), " \t");
  }

  [[nodiscard]] bool is_other_thing(const code_token& token) const {
    return ends_with_any(before(token), other_things) || starts_with_any(after(token), time_units);
  }

  // Year, price, date, time, telephone number or colour.
  [[nodiscard]] bool is_something_else(const code_token& token) const {
    const char next_before = token.begin > 0 ? text_[token.begin - 1] : ' ';
    if (next_before == '#') return true;  // a colour, or the number of an order
    return is_year_or_date(token) || is_price(token) || is_piece_of_number(token) ||
           ends_with_any(before(token), telephone_words);
  }

  static bool is_year_or_date(const code_token& token) {
    const std::string& value = token.value;
    const bool is_this_age = value.starts_with("19") || value.starts_with("20");
    if (token.has_letter || !is_this_age) return false;
    if (value.size() == 4) return true;
    return value.size() == 8 && value[4] <= '1' && value[6] <= '3';
  }

  [[nodiscard]] bool is_price(const code_token& token) const {
    return ends_with_any(before(token), currencies) || starts_with_any(after(token), currencies);
  }

  // "12,345.00", "2026-11-22", "12:30:4567", "+49 1234 567890".
  [[nodiscard]] bool is_piece_of_number(const code_token& token) const {
    constexpr std::string_view joints = " .,-/:()";
    const auto at = [this](std::size_t where) {
      return where < text_.size() ? text_[where] : '\n';
    };
    if (token.begin > 0 && text_[token.begin - 1] == '+') return true;
    const bool before_joins = token.begin > 1 && joints.find(at(token.begin - 1)) != joints.npos &&
                              is_digit(at(token.begin - 2));
    const bool after_joins =
        joints.find(at(token.end)) != joints.npos && is_digit(at(token.end + 1));
    return before_joins || after_joins;
  }

  std::string_view text_;
  std::string lower_;
  std::vector<place> keywords_;
};

struct weighed {
  code found;
  int weight;
};

void weigh_text(std::vector<weighed>& all, std::string_view text, int part) {
  constexpr std::size_t most_text = std::size_t{256} * 1024;  // codes stand near the beginning
  text = utf8_prefix(text, most_text);
  const judge judged(text);
  for (const code_token& token : find_code_tokens(text))
    if (const auto weight = judged.weigh(token))
      all.push_back({{token.value, judged.context_of(token), part}, *weight});
}

}  // namespace

std::vector<code> find_codes(const message_view& view) {
  std::vector<weighed> all;
  weigh_text(all, view.subject, -1);
  for_each_piece(view.text, view.text_pieces,
                 [&all](std::string_view text, int part) { weigh_text(all, text, part); });
  for_each_piece(view.html, view.html_pieces, [&all](std::string_view html, int part) {
    weigh_text(all, text_of_html(html), part);
  });
  std::stable_sort(all.begin(), all.end(),
                   [](const weighed& a, const weighed& b) { return a.weight > b.weight; });
  std::vector<code> codes;
  for (weighed& each : all) {
    const bool is_known = std::any_of(codes.begin(), codes.end(), [&each](const code& other) {
      return other.value == each.found.value;
    });
    if (!is_known) codes.push_back(std::move(each.found));
    if (codes.size() == max_codes) break;
  }
  return codes;
}

}  // namespace mailrig::mime
