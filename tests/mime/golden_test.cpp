// Each golden/NAME.eml is read and compared, whole, with golden/NAME.json; then its twin with the
// other line ends must read the same but for offsets and the sizes that count line ends.
#include "capture/mime/message_view.hpp"
#include "tests/mime/view_json.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace mailrig::mime {
namespace {

using json = nlohmann::ordered_json;

std::string file_bytes(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file) << path;
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<std::string> golden_names() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(MAILRIG_MIME_GOLDENS))
    if (entry.path().extension() == ".eml") names.push_back(entry.path().stem().string());
  std::sort(names.begin(), names.end());
  return names;
}

std::string with_lf(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i)
    if (text[i] != '\r' || i + 1 == text.size() || text[i + 1] != '\n') out += text[i];
  return out;
}

std::string with_crlf(const std::string& text) {
  std::string out;
  for (const char c : with_lf(text)) out += c == '\n' ? std::string("\r\n") : std::string(1, c);
  return out;
}

// What line ends cannot change: no offsets, no digests of line-ended content, folding by LF.
json without_line_ends(json view) {
  for (json& header : view["headers"]) header["raw"] = with_lf(header["raw"].get<std::string>());
  for (json& part : view["parts"]) {
    part.erase("content_begin");
    part.erase("content_end");
    if (part["transfer_encoding"] == "base64") continue;
    part.erase("size");
    part.erase("sha256");
  }
  return view;
}

// dump() throws on anything that is not valid UTF-8: the views promise that it never does.
std::string dumped(const json& view) {
  return view.dump(2);
}

class Golden : public testing::TestWithParam<std::string> {
 protected:
  [[nodiscard]] static std::filesystem::path path(const std::string& extension) {
    return std::filesystem::path(MAILRIG_MIME_GOLDENS) / (GetParam() + extension);
  }
  [[nodiscard]] static std::string raw() { return file_bytes(path(".eml")); }
};

TEST_P(Golden, IsReadAsExpected) {
  EXPECT_EQ(dumped(to_json(read(raw()))), dumped(json::parse(file_bytes(path(".json")))));
}

TEST_P(Golden, TwinsReadTheSame) {
  const json lf = without_line_ends(to_json(read(with_lf(raw()))));
  const json crlf = without_line_ends(to_json(read(with_crlf(raw()))));
  EXPECT_EQ(dumped(lf), dumped(crlf));
  EXPECT_EQ(dumped(lf), dumped(without_line_ends(json::parse(file_bytes(path(".json"))))));
}

TEST_P(Golden, PartContentsHaveTheirSizes) {
  const std::string bytes = raw();
  const message_view view = read(bytes);
  for (const part& one : view.parts) {
    const auto content = part_content(bytes, view, one.number);
    EXPECT_EQ(content.has_value(), !one.type.starts_with("multipart/")) << one.number;
    EXPECT_EQ(content.value_or("").size(), one.size) << one.number;
  }
}

TEST_P(Golden, EveryPrefixIsReadAsValidUtf8) {
  const std::string bytes = raw();
  for (std::size_t length = 0; length < bytes.size(); length += 3)
    ASSERT_NO_THROW(static_cast<void>(dumped(to_json(read(bytes.substr(0, length)))))) << length;
}

TEST_P(Golden, DamagedOctetsAreReadAsValidUtf8) {
  constexpr unsigned seed = 20'261'122;
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  const std::string bytes = raw();
  for (int round = 0; round < 200 && !bytes.empty(); ++round) {
    std::string damaged = bytes;
    for (int hit = 0; hit < 4; ++hit)
      damaged[random() % damaged.size()] = static_cast<char>(random() % 256);
    ASSERT_NO_THROW(static_cast<void>(dumped(to_json(read(damaged))))) << round;
  }
}

INSTANTIATE_TEST_SUITE_P(Mail, Golden, testing::ValuesIn(golden_names()),
                         [](const auto& instance) { return instance.param; });

}  // namespace
}  // namespace mailrig::mime
