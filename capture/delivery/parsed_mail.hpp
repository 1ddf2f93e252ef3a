// What rules may know of a mail once it is parsed. Made only where a loaded rule reads such a fact,
// and of no more than is wanted: it takes some 100 µs.
#pragma once

#include "capture/mime/message_view.hpp"
#include "faults/event.hpp"
#include "faults/fact.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace mailrig::delivery {

// What is parsed at once: it takes some 200 µs. Others can wait for it elsewhere.
inline constexpr std::size_t most_parsed_at_once = std::size_t{16} * 1024;

class parsed_mail {
 public:
  parsed_mail(std::string_view octets, faults::parsed_fact_set wanted);
  parsed_mail(const parsed_mail&) = delete;
  parsed_mail& operator=(const parsed_mail&) = delete;

  // Views into this.
  [[nodiscard]] const faults::parsed_facts& facts() const { return facts_; }

 private:
  mime::message_view view_;
  std::string fingerprint_;
  std::vector<faults::attachment_facts> attachments_;
  faults::parsed_facts facts_;
};

// Here and now; what the facts are views of lives as long as they do.
[[nodiscard]] std::shared_ptr<const faults::parsed_facts> parse(std::string_view octets,
                                                                faults::parsed_fact_set wanted);

}  // namespace mailrig::delivery
