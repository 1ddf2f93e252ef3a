#include "capture/pop3/outflow.hpp"

namespace mailrig::pop3 {
namespace {

constexpr std::size_t sent_directly = std::size_t{32} * 1024;
constexpr std::size_t most_at_once = std::size_t{256} * 1024;

}  // namespace

bool listing_writer::write(std::string& out, std::size_t enough) {
  for (; next_ < entries_->size(); ++next_) {
    if (out.size() >= enough) return false;
    const model::mailbox_entry& each = (*entries_)[next_];
    if (each.is_deleted) continue;
    out += std::to_string(next_ + 1);
    out += ' ';
    out += content_ == content::sizes ? std::to_string(each.octets) : unique_id(each);
    out += "\r\n";
  }
  out += ".\r\n";
  return true;
}

std::string_view mail_writer::write(std::string& out, std::size_t enough) {
  while (out.size() < enough && !stuffer_.is_done()) {
    const std::string_view run = stuffer_.take(most_at_once);
    if (run.size() >= sent_directly) return run;
    out += run;
  }
  if (stuffer_.is_done()) {
    out += ".\r\n";
    is_done_ = true;
  }
  return {};
}

}  // namespace mailrig::pop3
