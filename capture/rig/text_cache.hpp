// The decoded texts of mails that were searched, within 96 MiB (the texts of some 10,000 mails of
// 10 KiB).
//
// Belongs to the pool's thread. What a search over everything needs may be more than there is room
// for; then the texts that are there stay and the rest is decoded anew each time: throwing out what
// was least used would throw out each text just before it is wanted again. Only what two searches
// did not touch makes room.
#pragma once

#include "capture/model/id.hpp"

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <unordered_map>

namespace mailrig::rig {

struct decoded_body {
  std::string text;   // the plain text
  std::string words;  // what a reader of the HTML sees

  friend bool operator==(const decoded_body&, const decoded_body&) = default;
};
using body_ref = std::shared_ptr<const decoded_body>;

class text_cache {
 public:
  static constexpr std::size_t default_octets = std::size_t{96} << 20;

  explicit text_cache(std::size_t most_octets = default_octets) : most_octets_(most_octets) {}

  // Another search begins.
  void begin_search() { ++search_; }
  // Null if it is not here.
  [[nodiscard]] body_ref find(const model::id& mail);
  void keep(const model::id& mail, body_ref body);
  void forget(const model::id& mail);
  void forget_all();
  [[nodiscard]] std::size_t octets_in_use() const { return octets_; }
  [[nodiscard]] std::size_t size() const { return by_mail_.size(); }

 private:
  struct item {
    model::id mail;
    body_ref body;
    std::size_t octets;
    std::uint64_t last_search;
  };
  using item_list = std::list<item>;  // the most recently used first

  void drop(item_list::iterator which);

  std::size_t most_octets_;
  std::size_t octets_ = 0;
  std::uint64_t search_ = 0;
  item_list items_;
  std::unordered_map<model::id, item_list::iterator> by_mail_;
};

}  // namespace mailrig::rig
