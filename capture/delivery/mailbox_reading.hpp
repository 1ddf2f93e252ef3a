// What a login sees of a mailbox: the rules of the stage `mailbox_read` are asked once for each
// entry of its listing. The inspector shows the truth.
//
// Owned by who reads the mailbox; the post office outlives it. A mail that takes long to parse is
// not parsed here: whoever drives this does so wherever it likes, and goes on.
#pragma once

#include "capture/delivery/post_office.hpp"
#include "capture/model/mailbox.hpp"
#include "faults/event.hpp"
#include "faults/fact.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>

namespace mailrig::delivery {

class mailbox_reading {
 public:
  mailbox_reading(post_office& office, std::string mailbox, const model::id& session,
                  model::mailbox_listing listing);

  // Goes on until all entries are read, or until one is of a mail that must be examined first: that
  // mail. The next call brings its facts.
  [[nodiscard]] model::mail_ref go_on(std::shared_ptr<const faults::parsed_facts> facts = nullptr);
  // Of the mail that go_on() answered.
  [[nodiscard]] faults::parsed_fact_set wanted() const { return wanted_; }

  [[nodiscard]] model::mailbox_listing take_listing() { return std::move(seen_); }
  [[nodiscard]] post_office::contents take_differing() { return std::move(differing_); }

 private:
  struct held;
  void read(const model::mailbox_entry& entry, const held& what, const faults::parsed_facts* facts);
  void show(const faults::verdict& said, model::mailbox_entry entry, const held& what);

  post_office& office_;
  std::string mailbox_;
  model::id session_;
  model::mailbox_listing listing_;
  std::size_t at_ = 0;
  faults::parsed_fact_set wanted_;
  std::map<model::id, std::uint32_t> last_copies_;  // of each message in this listing, so far
  model::mailbox_listing seen_;
  post_office::contents differing_;
};

}  // namespace mailrig::delivery
