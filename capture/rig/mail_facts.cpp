#include "capture/rig/mail_facts.hpp"

#include "capture/mime/utf8.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>

namespace mailrig::rig {
namespace {

constexpr std::size_t kept_subject = 300, kept_message_id = 200, kept_list = 240, kept_from = 160;

// In front of the text.
struct head {
  std::array<std::uint32_t, fact_count> ends;
  std::uint8_t cut_fields;  // a bit for each
  bool has_attachment;
  bool has_inline;
};

std::size_t limit_of(fact which) {
  switch (which) {
    case fact::subject: return kept_subject;
    case fact::message_id: return kept_message_id;
    case fact::from: return kept_from;
    default: return kept_list;
  }
}

// The signs between items must not stand in them.
void append_clean(std::string& out, std::string_view text) {
  for (const char c : text) out += c == before_mailbox || c == after_item ? ' ' : c;
}

class packer {
 public:
  explicit packer(fact_limits limits) : limits_(limits) {
    std::memset(&head_, 0, sizeof head_);
    out_.resize(sizeof head_);
  }

  void text(fact which, std::string_view value) {
    begin(which);
    const std::string_view kept = mime::utf8_prefix(value, room_);
    append_clean(out_, kept);
    if (kept.size() < value.size()) cut(which);
    end(which);
  }

  void addresses(fact which, const std::vector<mime::address>& all) {
    items(which, all, [](std::string& out, const mime::address& one) {
      append_clean(out, one.name);
      out += before_mailbox;
      append_clean(out, one.mailbox);
    });
  }

  void file_names(const std::vector<mime::part>& parts) {
    std::vector<std::string_view> names;
    for (const mime::part& one : parts) {
      if (one.is_attachment && !one.filename.empty()) names.emplace_back(one.filename);
      head_.has_attachment |= one.is_attachment;
      head_.has_inline |= one.is_inline;
    }
    items(fact::attachments, names, append_clean);
  }

  std::string take() {
    std::memcpy(out_.data(), &head_, sizeof head_);
    out_.shrink_to_fit();
    return std::move(out_);
  }

 private:
  // Whole items only.
  template <class Items, class Append>
  void items(fact which, const Items& all, Append append) {
    begin(which);
    const std::size_t first = out_.size();
    for (const auto& one : all) {
      const std::size_t before = out_.size();
      append(out_, one);
      out_ += after_item;
      if (out_.size() - first <= room_) continue;
      out_.resize(before);
      cut(which);
      break;
    }
    end(which);
  }
  void begin(fact which) {
    room_ =
        limits_ == fact_limits::kept ? limit_of(which) : std::numeric_limits<std::size_t>::max();
  }
  void cut(fact which) {
    head_.cut_fields =
        static_cast<std::uint8_t>(head_.cut_fields | 1U << static_cast<unsigned>(which));
  }
  void end(fact which) {
    head_.ends[static_cast<std::size_t>(which)] = static_cast<std::uint32_t>(out_.size());
  }

  fact_limits limits_;
  head head_;
  std::string out_;
  std::size_t room_ = 0;
};

template <class Member>
Member read(std::string_view packed, std::size_t offset) {
  Member value;
  std::memcpy(&value, packed.data() + offset, sizeof value);
  return value;
}

}  // namespace

std::string pack_facts(const mime::message_view& view, fact_limits limits) {
  packer facts(limits);
  facts.text(fact::subject, view.subject);
  facts.text(fact::message_id, view.message_id);
  facts.addresses(fact::from, view.from);
  facts.addresses(fact::to, view.to);
  facts.addresses(fact::cc, view.cc);
  facts.addresses(fact::bcc, view.bcc);
  facts.file_names(view.parts);
  return facts.take();
}

std::string_view mail_facts::field(fact which) const {
  const auto end_at = [this](std::size_t number) {
    return read<std::uint32_t>(packed_, offsetof(head, ends) + number * sizeof(std::uint32_t));
  };
  const auto number = static_cast<std::size_t>(which);
  const std::size_t begin = number == 0 ? sizeof(head) : end_at(number - 1);
  return packed_.substr(begin, end_at(number) - begin);
}

bool mail_facts::is_whole(fact which) const {
  const auto bits = read<std::uint8_t>(packed_, offsetof(head, cut_fields));
  return (bits >> static_cast<unsigned>(which) & 1U) == 0;
}

bool mail_facts::has_attachment() const {
  return read<bool>(packed_, offsetof(head, has_attachment));
}

bool mail_facts::has_inline() const {
  return read<bool>(packed_, offsetof(head, has_inline));
}

}  // namespace mailrig::rig
