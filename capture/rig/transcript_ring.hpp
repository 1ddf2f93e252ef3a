// What was said in all sessions, in one process-wide ring of small blocks: bounded memory, oldest
// blocks overwritten first.
//
// Each session writes into a chain of its own blocks. Once the ring has gone round, a session may
// have lost its beginning; reading says so. Bodies are not said here. I/O thread only.
#pragma once

#include "capture/model/clock.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace mailrig::rig {

enum class transcript_kind : std::uint8_t { from_client, to_client, note };

// Where a session's transcript ends; owned by its session record, meaningless without the ring.
struct transcript_position {
  std::uint64_t last_block = 0;  // serial number of the newest block; 0: nothing was said
};

struct transcript_line {
  transcript_kind kind = transcript_kind::note;
  std::uint32_t after_ms = 0;  // since the session began
  std::string octets;

  friend bool operator==(const transcript_line&, const transcript_line&) = default;
};

struct transcript {
  bool lost_its_beginning = false;
  std::vector<transcript_line> lines;
};

class transcript_ring {
 public:
  explicit transcript_ring(std::size_t octets);

  // A line longer than a block goes on in the next ones; reading joins it again.
  void append(transcript_position& position, transcript_kind kind, std::uint32_t after_ms,
              std::string_view octets);
  [[nodiscard]] transcript read(const transcript_position& position) const;
  // Octets of memory that the ring has touched so far.
  [[nodiscard]] std::size_t octets_in_use() const { return slabs_.size() * slab_size; }

 private:
  static constexpr std::size_t payload_size = 240;
  static constexpr std::size_t slab_size = std::size_t{64} * 1024;
  struct block {
    std::uint64_t previous;  // serial of the session's block before this one
    std::uint64_t used;      // octets of payload in use
    char payload[payload_size];
  };
  static constexpr std::size_t blocks_per_slab = slab_size / sizeof(block);

  [[nodiscard]] block& slot_of(std::uint64_t serial) const;
  // False once the block was overwritten.
  [[nodiscard]] bool holds(std::uint64_t serial) const;
  block& open_block(transcript_position& position);

  std::size_t capacity_;  // in blocks, a power of two
  std::uint64_t last_serial_ = 0;
  std::vector<std::unique_ptr<block[]>> slabs_;
};

}  // namespace mailrig::rig
