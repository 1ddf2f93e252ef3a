// The zip of /v1/export, taken apart again here; other programs do so in tests/e2e.
#include "capture/rig/session_recorder.hpp"
#include "inspector_fixture.hpp"
#include "webui/inspector/deflate.hpp"

#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <zlib.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mailrig::inspector {
namespace {

using testing::HasSubstr;

std::uint64_t number_at(std::string_view text, std::size_t at, std::size_t octets) {
  std::uint64_t value = 0;
  for (std::size_t i = octets; i-- > 0;)
    value = value << 8U | static_cast<unsigned char>(text.at(at + i));
  return value;
}

std::string inflate_raw(std::string_view packed, std::size_t size) {
  z_stream stream{};
  EXPECT_EQ(inflateInit2(&stream, -15), Z_OK);
  std::string in(packed);
  std::string out(size + 1, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(in.data());
  stream.avail_in = static_cast<uInt>(in.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  inflateEnd(&stream);
  return out;
}

// By the directory at the end, as readers of archives do (PKWARE APPNOTE 4.3.12).
std::map<std::string, std::string> unzip(const std::string& archive) {
  std::map<std::string, std::string> files;
  const std::size_t end = archive.rfind("PK\x05\x06");
  EXPECT_NE(end, std::string::npos);
  std::uint64_t count = number_at(archive, end + 10, 2);
  std::size_t at = number_at(archive, end + 16, 4);
  if (count == 0xFFFF) {
    const std::size_t zip64 = archive.rfind("PK\x06\x06");
    count = number_at(archive, zip64 + 32, 8);
    at = number_at(archive, zip64 + 48, 8);
  }
  for (; count > 0; --count) {
    EXPECT_EQ(archive.substr(at, 4), "PK\x01\x02");
    const std::uint64_t checksum = number_at(archive, at + 16, 4);
    const std::size_t packed = number_at(archive, at + 20, 4);
    const std::size_t size = number_at(archive, at + 24, 4);
    const std::size_t name = number_at(archive, at + 28, 2);
    const std::size_t local = number_at(archive, at + 42, 4);
    const std::string file = archive.substr(at + 46, name);
    EXPECT_EQ(archive.substr(local, 4), "PK\x03\x04") << file;
    const std::size_t data = local + 30 + number_at(archive, local + 26, 2);
    files[file] = inflate_raw(std::string_view(archive).substr(data, packed), size);
    EXPECT_EQ(crc32(0, reinterpret_cast<const Bytef*>(files[file].data()),
                    static_cast<uInt>(files[file].size())),
              checksum)
        << file;
    at += 46 + name + number_at(archive, at + 30, 2);
  }
  return files;
}

TEST(ZipWriter, AnEmptyArchiveIsOne) {
  zip_writer zip;
  zip.finish();
  EXPECT_TRUE(unzip(zip.take_out()).empty());
}

TEST(ZipWriter, EntriesComeBackHoweverTheyWereWrittenAndTaken) {
  const model::instant when{model::duration{1'795'327'200'123}};
  std::string big;
  for (int i = 0; i < 300'000; ++i) big += std::to_string(i);
  zip_writer zip;
  std::string archive;
  zip.begin_entry("a/empty.txt", when);
  zip.end_entry();
  zip.begin_entry("\xE4\xB8\xAD.txt", when);
  zip.write("one ");
  archive += zip.take_out();
  zip.write("two");
  zip.end_entry();
  zip.begin_entry("big", when);
  zip.write(big);
  archive += zip.take_out();
  zip.end_entry();
  zip.finish();
  archive += zip.take_out();
  const std::map<std::string, std::string> wanted = {
      {"a/empty.txt", ""}, {"\xE4\xB8\xAD.txt", "one two"}, {"big", big}};
  EXPECT_EQ(unzip(archive), wanted);
  EXPECT_LT(archive.size(), big.size());
}

TEST(ZipWriter, SeventyThousandEntriesMakeItZip64) {
  zip_writer zip;
  for (int i = 0; i < 70'000; ++i) {
    zip.begin_entry(std::to_string(i), {});
    zip.write("x");
    zip.end_entry();
  }
  zip.finish();
  const std::string archive = zip.take_out();
  EXPECT_EQ(number_at(archive, archive.rfind("PK\x05\x06") + 10, 2), 0xFFFFU);
  EXPECT_EQ(unzip(archive).size(), 70'000U);
}

class Export : public testing::Test, protected inspector_test {
 protected:
  std::string read(const answer& what) {
    std::string archive;
    for (bool is_open = true; is_open;) {
      std::optional<std::optional<std::string>> piece;
      what.source->next([&piece](std::optional<std::string> made) { piece = std::move(made); });
      loop.run_until([&piece] { return piece.has_value(); });
      if (!piece->has_value()) throw std::runtime_error("the export broke off");
      archive += **piece;
      is_open = !(*piece)->empty();
    }
    return archive;
  }
};

TEST_F(Export, HoldsMailsAttemptsAndTranscripts) {
  const auto first = here.put("Subject: one\n\nx\n");
  const auto large = here.put("Subject: two\n\n" + std::string(1'000'000, 'y') + "\n");
  const auto refused = here.make_mail("half", {.result = model::outcome::aborted});
  here.rig().attempt_ended(refused);
  rig::session_recorder recorder(here.rigs, here.rig(), "smtp", "127.0.0.1:7");
  here.clock.tick(model::duration{12});
  recorder.tick();
  recorder.said(model::direction::from_client, "NOOP \x1b[2J\r\n");
  recorder.said(model::direction::to_client, "250-a\r\n250 b\r\n");
  recorder.ended(model::ended_by::client_fin);
  const answer given = get("/v1/export");
  EXPECT_EQ(given.content_type, "application/zip");
  EXPECT_THAT(header_of(given, "Content-Disposition"), HasSubstr("mailrig-default.zip"));
  // What is gone by then was there when it was asked for.
  here.rig().remove_all();
  const auto files = unzip(read(given));
  ASSERT_EQ(files.size(), 4U);
  EXPECT_EQ(files.at("messages/" + model::to_string(first->id()) + ".eml"), first->bytes());
  EXPECT_EQ(files.at("messages/" + model::to_string(large->id()) + ".eml"), large->bytes());
  EXPECT_EQ(files.at("attempts/" + model::to_string(refused->id()) + ".eml"), refused->bytes());
  EXPECT_EQ(files.at("sessions/" + model::to_string(recorder.session()) + ".txt"),
            "session " + model::to_string(recorder.session()) +
                "  smtp  from 127.0.0.1:7  at 2026-11-22T06:00:00.123Z\n"
                "      12  C: NOOP \\x1b[2J\n"
                "      12  S: 250-a\n"
                "      12  S: 250 b\n"
                "      12  -- ended by the client (FIN); 0 octets in, 0 out\n");
}

TEST_F(Export, AnEmptyRigIsAnEmptyArchive) {
  EXPECT_TRUE(unzip(read(get("/v1/export"))).empty());
}

TEST_F(Export, AFullPoolBreaksItOff) {
  const answer given = get("/v1/export");
  here.pool.stop();
  std::optional<std::optional<std::string>> piece;
  given.source->next([&piece](std::optional<std::string> made) { piece = std::move(made); });
  ASSERT_TRUE(piece.has_value());
  EXPECT_FALSE(piece->has_value());
}

TEST_F(Export, ATranscriptIsReadAsText) {
  rig::session_recorder recorder(here.rigs, here.rig(), "smtp", "127.0.0.1:7");
  recorder.noted("bare_lf", "A sentence");
  const std::string url = "/v1/sessions/" + model::to_string(recorder.session());
  const answer told = get(url + "/transcript.txt");
  EXPECT_THAT(told.content_type, HasSubstr("text/plain"));
  EXPECT_THAT(text_of(told), HasSubstr("       0 ms  -- A sentence\n"));
  EXPECT_THAT(text_of(told), HasSubstr("still open"));
  expect_problem(get("/v1/sessions/x/transcript.txt"), 404, "no session \"x\"");
}

}  // namespace
}  // namespace mailrig::inspector
