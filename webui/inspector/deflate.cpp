#include "webui/inspector/deflate.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <limits>
#include <stdexcept>
#include <utility>
#include <zlib.h>

namespace mailrig::inspector {
namespace {

constexpr int quick = 1;
constexpr int gzip_window = 15 + 16;  // zlib.h: 16 more makes it gzip
constexpr int raw_window = -15;       // negative makes it raw deflate
constexpr int usual_memory = 8;
// zlib counts in 32 bits.
constexpr std::size_t most_at_once = std::size_t{1} << 20;

constexpr std::uint64_t overflow16 = 0xFFFF;
constexpr std::uint64_t overflow32 = 0xFFFF'FFFF;

// PKWARE APPNOTE 4.4: signatures, versions and flags.
constexpr std::uint64_t local_signature = 0x04034b50;
constexpr std::uint64_t descriptor_signature = 0x08074b50;
constexpr std::uint64_t directory_signature = 0x02014b50;
constexpr std::uint64_t zip64_end_signature = 0x06064b50;
constexpr std::uint64_t zip64_locator_signature = 0x07064b50;
constexpr std::uint64_t end_signature = 0x06054b50;
constexpr std::uint64_t version_zip64 = 45;
constexpr std::uint64_t made_by_unix = (3U << 8U) | version_zip64;
constexpr std::uint64_t flags = (1U << 3U) | (1U << 11U);  // a descriptor follows; names are UTF-8
constexpr std::uint64_t method_deflate = 8;
constexpr std::uint64_t mode_of_file = 0100644ULL << 16U;

class deflater {
 public:
  explicit deflater(int window) {
    if (deflateInit2(&stream_, quick, Z_DEFLATED, window, usual_memory, Z_DEFAULT_STRATEGY) != Z_OK)
      throw std::bad_alloc();
  }
  ~deflater() { deflateEnd(&stream_); }
  deflater(const deflater&) = delete;
  deflater& operator=(const deflater&) = delete;

  void write(std::string_view octets, std::string& out) {
    while (!octets.empty()) {
      const std::string_view piece = octets.substr(0, most_at_once);
      run(piece, Z_NO_FLUSH, out);
      octets.remove_prefix(piece.size());
    }
  }
  void finish(std::string& out) { run({}, Z_FINISH, out); }
  void restart() { deflateReset(&stream_); }

 private:
  void run(std::string_view piece, int flush, std::string& out) {
    std::array<char, 16 * 1024> buffer;
    // zlib only reads there; its type is older than const.
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(piece.data()));
    stream_.avail_in = static_cast<uInt>(piece.size());
    do {
      stream_.next_out = reinterpret_cast<Bytef*>(buffer.data());
      stream_.avail_out = static_cast<uInt>(buffer.size());
      deflate(&stream_, flush);
      out.append(buffer.data(), buffer.size() - stream_.avail_out);
    } while (stream_.avail_out == 0);
  }

  z_stream stream_{};
};

// Two seconds is its step, 1980 its first year.
std::uint32_t dos_time_of(model::instant when) {
  using namespace std::chrono;
  const auto day = floor<days>(when);
  const year_month_day date(day);
  const hh_mm_ss time(floor<seconds>(when - day));
  const int years = std::clamp(static_cast<int>(date.year()) - 1980, 0, 127);
  const auto part = [](auto value) { return static_cast<std::uint32_t>(value); };
  return part(years) << 25U | part(static_cast<unsigned>(date.month())) << 21U |
         part(static_cast<unsigned>(date.day())) << 16U | part(time.hours().count()) << 11U |
         part(time.minutes().count()) << 5U | part(time.seconds().count()) / 2U;
}

}  // namespace

std::string gzip(std::string_view text) {
  std::string out;
  deflater stream(gzip_window);
  stream.write(text, out);
  stream.finish(out);
  return out;
}

class zip_writer::compressor {
 public:
  deflater stream{raw_window};
};

zip_writer::zip_writer() : compressor_(std::make_unique<compressor>()) {}
zip_writer::~zip_writer() = default;

void zip_writer::put(std::uint64_t value, int octets) {
  for (int i = 0; i < octets; ++i) {
    out_ += static_cast<char>(value & 0xFFU);
    value >>= 8U;
  }
}

std::string zip_writer::take_out() {
  taken_ += out_.size();
  return std::exchange(out_, {});
}

void zip_writer::begin_entry(std::string name, model::instant modified) {
  entries_.push_back({std::move(name), dos_time_of(modified), position()});
  const entry& made = entries_.back();
  put32(local_signature);
  put16(version_zip64);
  put16(flags);
  put16(method_deflate);
  put32(made.dos_time);
  put32(0);  // checksum and sizes stand in the descriptor
  put32(0);
  put32(0);
  put16(made.name.size());
  put16(0);
  put(made.name);
  compressor_->stream.restart();
}

void zip_writer::write(std::string_view octets) {
  entry& open = entries_.back();
  open.size += octets.size();
  const std::size_t before = out_.size();
  std::string_view rest = octets;
  while (!rest.empty()) {
    const std::string_view piece = rest.substr(0, most_at_once);
    open.checksum = static_cast<std::uint32_t>(crc32(open.checksum,
                                                     reinterpret_cast<const Bytef*>(piece.data()),
                                                     static_cast<uInt>(piece.size())));
    rest.remove_prefix(piece.size());
  }
  compressor_->stream.write(octets, out_);
  open.compressed += out_.size() - before;
}

// The sizes are of 4 octets: no entry is longer than the largest mail, which is less than 4 GiB.
void zip_writer::end_entry() {
  entry& open = entries_.back();
  const std::size_t before = out_.size();
  compressor_->stream.finish(out_);
  open.compressed += out_.size() - before;
  put32(descriptor_signature);
  put32(open.checksum);
  put32(open.compressed);
  put32(open.size);
}

void zip_writer::write_directory_entry(const entry& each) {
  const bool is_far = each.offset >= overflow32;
  put32(directory_signature);
  put16(made_by_unix);
  put16(version_zip64);
  put16(flags);
  put16(method_deflate);
  put32(each.dos_time);
  put32(each.checksum);
  put32(each.compressed);
  put32(each.size);
  put16(each.name.size());
  put16(is_far ? 12 : 0);
  put16(0);  // comment
  put16(0);  // disk
  put16(0);
  put32(mode_of_file);
  put32(is_far ? overflow32 : each.offset);
  put(each.name);
  if (!is_far) return;
  put16(1);  // ZIP64 extended information: the offset
  put16(8);
  put64(each.offset);
}

void zip_writer::finish() {
  const std::uint64_t begin = position();
  for (const entry& each : entries_) write_directory_entry(each);
  const std::uint64_t end = position();
  const std::uint64_t count = entries_.size();
  if (count >= overflow16 || end >= overflow32) {
    put32(zip64_end_signature);
    put64(44);  // octets that follow of this record
    put16(made_by_unix);
    put16(version_zip64);
    put32(0);
    put32(0);
    put64(count);
    put64(count);
    put64(end - begin);
    put64(begin);
    put32(zip64_locator_signature);
    put32(0);
    put64(end);
    put32(1);
  }
  put32(end_signature);
  put16(0);
  put16(0);
  put16(std::min(count, overflow16));
  put16(std::min(count, overflow16));
  put32(std::min(end - begin, overflow32));
  put32(std::min(begin, overflow32));
  put16(0);
}

}  // namespace mailrig::inspector
