#include "capture/mime/charset.hpp"

#include "capture/mime/ascii.hpp"
#include "capture/mime/escape_charsets.hpp"
#include "capture/mime/utf8.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>

#include <gmime/gmime.h>

namespace mailrig::mime {

namespace {

struct alias {
  std::string_view label, name;
};

// Lower-case labels whose sender means more than the registered charset, or that iconv spells
// differently. An empty name asks for a guess: such a label says nothing.
constexpr std::array aliases = {
    alias{"", ""},
    alias{"us-ascii", ""},
    alias{"ascii", ""},
    alias{"ansi_x3.4-1968", ""},
    alias{"7bit", ""},
    alias{"8bit", ""},
    alias{"unknown", ""},
    alias{"x-unknown", ""},
    alias{"unknown-8bit", ""},
    alias{"default", ""},
    alias{"utf-8", "utf-8"},
    alias{"utf8", "utf-8"},
    alias{"x-utf-8", "utf-8"},
    alias{"unicode-1-1-utf-8", "utf-8"},
    alias{"gb2312", "GB18030"},
    alias{"gb_2312-80", "GB18030"},
    alias{"gb2312-80", "GB18030"},
    alias{"csgb2312", "GB18030"},
    alias{"euc-cn", "GB18030"},
    alias{"x-euc-cn", "GB18030"},
    alias{"gbk", "GB18030"},
    alias{"x-gbk", "GB18030"},
    alias{"cp936", "GB18030"},
    alias{"ms936", "GB18030"},
    alias{"windows-936", "GB18030"},
    alias{"gb18030", "GB18030"},
    alias{"gb-18030", "GB18030"},
    alias{"chinese", "GB18030"},
    alias{"big5", "BIG5-HKSCS"},
    alias{"x-x-big5", "BIG5-HKSCS"},
    alias{"cn-big5", "BIG5-HKSCS"},
    alias{"cp950", "BIG5-HKSCS"},
    alias{"windows-950", "BIG5-HKSCS"},
    alias{"shift_jis", "CP932"},
    alias{"shift-jis", "CP932"},
    alias{"sjis", "CP932"},
    alias{"x-sjis", "CP932"},
    alias{"ms_kanji", "CP932"},
    alias{"windows-31j", "CP932"},
    alias{"euc-jp", "EUC-JP-MS"},
    alias{"x-euc-jp", "EUC-JP-MS"},
    alias{"euc-kr", "UHC"},
    alias{"ks_c_5601-1987", "UHC"},
    alias{"ks_c_5601", "UHC"},
    alias{"ksc5601", "UHC"},
    alias{"ksc_5601", "UHC"},
    alias{"korean", "UHC"},
    alias{"windows-949", "UHC"},
    alias{"cp949", "UHC"},
    alias{"iso-8859-1", "WINDOWS-1252"},
    alias{"iso8859-1", "WINDOWS-1252"},
    alias{"iso_8859-1", "WINDOWS-1252"},
    alias{"latin1", "WINDOWS-1252"},
    alias{"latin-1", "WINDOWS-1252"},
    alias{"iso-8859-9", "WINDOWS-1254"},
    alias{"iso-8859-11", "WINDOWS-874"},
    alias{"tis-620", "WINDOWS-874"},
    alias{"unicode-1-1-utf-7", "UTF-7"},
};

// iconv reads `//` suffixes and module names from its argument: only plain labels may reach it.
bool is_plain_label(std::string_view label) {
  return label.size() <= 40 && std::all_of(label.begin(), label.end(), [](char c) {
           return is_letter(c) || is_digit(c) || c == '-' || c == '_' || c == '.' || c == ':' ||
                  c == '+';
         });
}

std::string_view iconv_name(std::string_view lower_label) {
  const auto found = std::find_if(aliases.begin(), aliases.end(),
                                  [&](const alias& a) { return a.label == lower_label; });
  if (found != aliases.end()) return found->name;
  // `cp1252`, `x-cp1252` and `windows-1252` are one family; iconv knows the last spelling of all.
  if (lower_label.starts_with("x-cp125")) return lower_label.substr(2);
  return lower_label;
}

// One conversion through iconv; owns the descriptor.
class converter {
 public:
  explicit converter(const char* from) : descriptor_(g_iconv_open("UTF-8", from)) {}
  ~converter() {
    if (is_open()) g_iconv_close(descriptor_);
  }
  converter(const converter&) = delete;
  converter& operator=(const converter&) = delete;

  [[nodiscard]] bool is_open() const { return descriptor_ != invalid(); }

  [[nodiscard]] decoded_text convert(std::string_view octets) {
    decoded_text result;
    result.text.reserve(octets.size() + octets.size() / 2);
    // iconv's signature is older than const; it does not write through its input.
    char* in = const_cast<char*>(octets.data());
    gsize left = octets.size();
    while (left > 0) {
      if (step(&in, &left, result.text)) continue;
      result.text += replacement_character;
      result.is_clean = false;
      ++in, --left;
    }
    step(nullptr, nullptr, result.text);
    return result;
  }

 private:
  static GIConv invalid() { return reinterpret_cast<GIConv>(-1); }

  // Converts up to one buffer; false if the octet at `*in` cannot be decoded.
  bool step(char** in, gsize* left, std::string& out) {
    std::array<char, 4096> buffer;
    char* to = buffer.data();
    gsize room = buffer.size();
    const gsize result = g_iconv(descriptor_, in, left, &to, &room);
    const int error = errno;
    out.append(buffer.data(), buffer.size() - room);
    return result != static_cast<gsize>(-1) || error == E2BIG;
  }

  GIConv descriptor_;
};

std::optional<decoded_text> decode_with_iconv(std::string_view octets, std::string_view name) {
  if (!is_plain_label(name)) return std::nullopt;
  converter iconv(std::string(name).c_str());
  if (!iconv.is_open()) return std::nullopt;
  return iconv.convert(octets);
}

decoded_text decode_utf8(std::string_view octets) {
  if (octets.starts_with("\xEF\xBB\xBF")) octets.remove_prefix(3);
  decoded_text result;
  result.is_clean = is_valid_utf8(octets);
  result.text = result.is_clean ? std::string(octets) : repaired_utf8(octets);
  return result;
}

decoded_text guessed(std::string_view octets, bool is_known) {
  return {guess_charset(octets), true, is_known};
}

}  // namespace

decoded_text decode_charset(std::string_view octets, std::string_view label) {
  const std::string lower = lower_case(trim(label, " \t\r\n\"'"));
  if (lower == "hz" || lower == "hz-gb-2312") return decode_charset(hz_to_gb2312(octets), "gb2312");
  if (lower == "iso-2022-jp" || lower == "csiso2022jp")
    if (const auto euc = iso2022jp_to_euc(octets)) return decode_charset(*euc, "euc-jp");

  const std::string_view name = iconv_name(lower);
  if (name.empty()) return guessed(octets, true);
  if (name == "utf-8") return decode_utf8(octets);
  if (auto result = decode_with_iconv(octets, name)) {
    // glibc maps a few legacy codes to private or unassigned ones, never to malformed UTF-8; the
    // check is what the callers' promise of valid UTF-8 rests on.
    if (!is_valid_utf8(result->text)) result->text = repaired_utf8(result->text);
    return *std::move(result);
  }
  return guessed(octets, false);
}

std::string guess_charset(std::string_view octets) {
  if (is_valid_utf8(octets)) return std::string(octets);
  if (auto chinese = decode_with_iconv(octets, "GB18030"); chinese && chinese->is_clean)
    return std::move(chinese->text);
  if (auto western = decode_with_iconv(octets, "WINDOWS-1252")) return std::move(western->text);
  return repaired_utf8(octets);
}

}  // namespace mailrig::mime
