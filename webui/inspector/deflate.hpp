// Compression: whole texts for answers (gzip), and a ZIP archive written piece by piece.
//
// Sans I/O, for one thread at a time. zlib stays behind this header.
#pragma once

#include "capture/model/clock.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace mailrig::inspector {

// RFC 1952, at the level that is quick.
[[nodiscard]] std::string gzip(std::string_view text);

// Writes an archive from the front to the back into `out()`, which may be taken away at any time:
// sizes and checksums follow each entry's data (PKWARE APPNOTE 4.3.9), so nothing is gone back to.
// More than 65,534 entries or 4 GiB make it ZIP64.
class zip_writer {
 public:
  zip_writer();
  ~zip_writer();
  zip_writer(const zip_writer&) = delete;
  zip_writer& operator=(const zip_writer&) = delete;

  // `name` is UTF-8 with '/' between folders.
  void begin_entry(std::string name, model::instant modified);
  void write(std::string_view octets);
  void end_entry();
  // Writes the directory; nothing may follow.
  void finish();

  [[nodiscard]] std::size_t waiting() const { return out_.size(); }
  [[nodiscard]] std::string take_out();

 private:
  struct entry {
    std::string name;
    std::uint32_t dos_time;
    std::uint64_t offset;
    std::uint64_t compressed = 0;
    std::uint64_t size = 0;
    std::uint32_t checksum = 0;
  };
  class compressor;

  void put16(std::uint64_t value) { put(value, 2); }
  void put32(std::uint64_t value) { put(value, 4); }
  void put64(std::uint64_t value) { put(value, 8); }
  void put(std::uint64_t value, int octets);
  void put(std::string_view text) { out_ += text; }
  [[nodiscard]] std::uint64_t position() const { return taken_ + out_.size(); }
  void write_directory_entry(const entry& each);

  std::string out_;
  std::uint64_t taken_ = 0;
  std::vector<entry> entries_;
  std::unique_ptr<compressor> compressor_;
};

}  // namespace mailrig::inspector
