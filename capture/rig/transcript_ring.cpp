#include "capture/rig/transcript_ring.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

namespace mailrig::rig {
namespace {

// In front of every piece of a line in a block. `size` is of this piece; `goes_on` says that the
// line continues in the session's next block.
struct piece_header {
  std::uint32_t after_ms;
  std::uint16_t size;
  transcript_kind kind;
  bool goes_on;
};
static_assert(sizeof(piece_header) == 8);

void read_pieces(const char* payload, std::size_t used, transcript& into, bool& joins_previous) {
  for (std::size_t at = 0; at < used;) {
    piece_header header;
    std::memcpy(&header, payload + at, sizeof header);
    const std::string_view octets(payload + at + sizeof header, header.size);
    if (joins_previous && !into.lines.empty()) {
      into.lines.back().octets += octets;
    } else {
      into.lines.push_back({header.kind, header.after_ms, std::string(octets)});
    }
    joins_previous = header.goes_on;
    at += sizeof header + header.size;
  }
}

}  // namespace

transcript_ring::transcript_ring(std::size_t octets)
    : capacity_(std::bit_floor(std::max<std::size_t>(octets / sizeof(block), 16))) {}

transcript_ring::block& transcript_ring::slot_of(std::uint64_t serial) const {
  const std::size_t index = static_cast<std::size_t>((serial - 1) & (capacity_ - 1));
  return slabs_[index / blocks_per_slab][index % blocks_per_slab];
}

bool transcript_ring::holds(std::uint64_t serial) const {
  return serial != 0 && last_serial_ - serial < capacity_;
}

// The session's newest block if a piece still fits into it, else a new one.
transcript_ring::block& transcript_ring::open_block(transcript_position& position) {
  if (holds(position.last_block)) {
    block& newest = slot_of(position.last_block);
    if (newest.used + sizeof(piece_header) < payload_size) return newest;
  }
  const std::uint64_t serial = ++last_serial_;
  const bool is_new = serial <= capacity_ && (serial - 1) % blocks_per_slab == 0;
  if (is_new) slabs_.push_back(std::unique_ptr<block[]>(new block[blocks_per_slab]));
  block& opened = slot_of(serial);
  opened.previous = std::exchange(position.last_block, serial);
  opened.used = 0;
  return opened;
}

void transcript_ring::append(transcript_position& position, transcript_kind kind,
                             std::uint32_t after_ms, std::string_view octets) {
  do {
    block& open = open_block(position);
    const std::size_t room =
        payload_size - static_cast<std::size_t>(open.used) - sizeof(piece_header);
    const std::size_t size = std::min(room, octets.size());
    const piece_header header{after_ms, static_cast<std::uint16_t>(size), kind,
                              size < octets.size()};
    std::memcpy(open.payload + open.used, &header, sizeof header);
    std::memcpy(open.payload + open.used + sizeof header, octets.data(), size);
    open.used += sizeof header + size;
    octets.remove_prefix(size);
  } while (!octets.empty());
}

transcript transcript_ring::read(const transcript_position& position) const {
  std::vector<const block*> chain;
  std::uint64_t serial = position.last_block;
  while (holds(serial)) {
    chain.push_back(&slot_of(serial));
    serial = chain.back()->previous;
  }
  transcript result;
  result.lost_its_beginning = serial != 0;
  // The first piece of a chain that lost its beginning may be the tail of a line; it is shown as it
  // is.
  bool joins_previous = false;
  for (auto each = chain.rbegin(); each != chain.rend(); ++each) {
    read_pieces((*each)->payload, static_cast<std::size_t>((*each)->used), result, joins_previous);
  }
  return result;
}

}  // namespace mailrig::rig
