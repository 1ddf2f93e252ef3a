// What is on its way behind a +OK: a listing, or a mail (RFC 1939 5). Written piece by piece as the
// client takes it, so that a session holds 64 KiB of it at most, whatever its size.
//
// Owned by a session. Ends with the final dot.
#pragma once

#include "capture/model/mail_record.hpp"
#include "capture/model/mailbox.hpp"
#include "capture/wire/dot_stuffer.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>

namespace mailrig::pop3 {

// "1 120" or "1 0aB…", a line for each entry that is not marked as deleted.
class listing_writer {
 public:
  enum class content { sizes, unique_ids };
  // The listing outlives the writer and is not changed meanwhile.
  listing_writer(const model::mailbox_listing& entries, content what)
      : entries_(&entries), content_(what) {}

  // Appends until `out` holds about `enough` octets. True once the final dot was written.
  [[nodiscard]] bool write(std::string& out, std::size_t enough);

 private:
  const model::mailbox_listing* entries_;
  content content_;
  std::size_t next_ = 0;
};

// A mail, or the front of one, dot-stuffed. Holds a reference to it and copies short runs only.
class mail_writer {
 public:
  // `sent` is the mail's bytes or their front.
  mail_writer(model::mail_ref mail, std::string_view sent)
      : mail_(std::move(mail)), sent_(sent), stuffer_(sent) {}

  // Appends until `out` holds about `enough` octets, or a run comes that is better sent as it
  // lies in the mail: that one is given back and goes out behind `out`.
  [[nodiscard]] std::string_view write(std::string& out, std::size_t enough);
  [[nodiscard]] bool is_done() const { return is_done_; }
  [[nodiscard]] std::uint64_t octets() const { return model::handed_out_octets(sent_); }

 private:
  model::mail_ref mail_;
  std::string_view sent_;
  wire::dot_stuffer stuffer_;
  bool is_done_ = false;
};

using outflow = std::variant<std::monostate, listing_writer, mail_writer>;

}  // namespace mailrig::pop3
