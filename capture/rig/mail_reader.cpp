#include "capture/rig/mail_reader.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace mailrig::rig {
namespace {

// Mails of one piece of work: long enough to be worth the trip, short enough to let others in.
constexpr std::size_t batch_size = 16;

std::size_t footprint(const std::vector<mime::address>& addresses) {
  std::size_t octets = addresses.size() * sizeof(mime::address);
  for (const mime::address& each : addresses) octets += each.name.size() + each.mailbox.size();
  return octets;
}

// Summaries of a long list, made in several pieces of work and handed over together.
struct summary_request {
  mail_reader::summaries made;
  std::size_t missing = 0;
  bool has_failed = false;
  mail_reader::summaries_callback done;

  void finish_one() {
    if (--missing != 0) return;
    if (has_failed)
      done(std::nullopt);
    else
      done(std::move(made));
  }
};

}  // namespace

std::size_t footprint(const mime::message_view& view) {
  std::size_t octets = sizeof view + view.subject.size() + view.message_id.size() +
                       view.date.size() + view.text.size() + view.html.size();
  for (const mime::header_field& field : view.headers)
    octets += sizeof field + field.name.size() + field.value.size() + field.raw.size();
  for (const auto* list : {&view.from, &view.sender, &view.to, &view.cc, &view.bcc, &view.reply_to})
    octets += footprint(*list);
  for (const mime::part& part : view.parts)
    octets += sizeof part + part.type.size() + part.charset.size() + part.filename.size() +
              part.content_id.size() + part.sha256.size();
  for (const std::string& defect : view.defects) octets += sizeof defect + defect.size();
  return octets;
}

mail_reader::mail_reader(worker_pool& pool, worker_pool::post to_io_thread,
                         std::size_t cache_octets)
    : pool_(pool),
      to_io_thread_(std::move(to_io_thread)),
      search_(pool),
      cache_octets_(cache_octets) {}

void mail_reader::view(model::mail_ref mail, view_callback done) {
  if (const auto found = by_mail_.find(mail->id()); found != by_mail_.end()) {
    cache_.splice(cache_.begin(), cache_, found->second);
    to_io_thread_([done = std::move(done), view = found->second->view] { done(view); });
    return;
  }
  std::vector<view_callback>& waiters = waiting_[mail->id()];
  waiters.push_back(std::move(done));
  if (waiters.size() == 1) parse(mail);
}

void mail_reader::parse(const model::mail_ref& mail) {
  ++parse_count_;
  const bool is_taken = pool_.submit([this, mail]() -> worker_pool::completion {
    auto view = std::make_shared<const mail_view>(
        mail_view{mime::read(mail->bytes()), content_chain_of(*mail)});
    const std::size_t octets = footprint(*view);
    return [this, id = mail->id(), view = std::move(view), octets] { parsed(id, view, octets); };
  });
  if (!is_taken) to_io_thread_([this, id = mail->id()] { parsed(id, nullptr, 0); });
}

void mail_reader::parsed(const model::id& mail, view_ref view, std::size_t octets) {
  auto waiters = waiting_.extract(mail);
  if (view) keep({mail, view, octets});
  for (const view_callback& done : waiters.mapped()) done(view);
}

void mail_reader::keep(cached item) {
  if (item.octets > cache_octets_) return;
  octets_ += item.octets;
  const model::id mail = item.mail;
  cache_.push_front(std::move(item));
  by_mail_[mail] = cache_.begin();
  while (octets_ > cache_octets_) drop(std::prev(cache_.end()));
}

void mail_reader::drop(cache_list::iterator item) {
  octets_ -= item->octets;
  by_mail_.erase(item->mail);
  cache_.erase(item);
}

void mail_reader::forget(const model::id& mail) {
  if (const auto found = by_mail_.find(mail); found != by_mail_.end()) drop(found->second);
}

void mail_reader::forget_all() {
  cache_.clear();
  by_mail_.clear();
  octets_ = 0;
  search_.forget_all();
}

void mail_reader::summarise(std::vector<model::mail_ref> mails, summaries_callback done,
                            chain_finder chains) {
  const auto finder = std::make_shared<const chain_finder>(std::move(chains));
  auto request = std::make_shared<summary_request>();
  request->made.resize(mails.size());
  request->missing = (mails.size() + batch_size - 1) / batch_size;
  request->done = std::move(done);
  if (mails.empty()) {
    request->missing = 1;
    to_io_thread_([request] { request->finish_one(); });
  }
  for (std::size_t begin = 0; begin < mails.size(); begin += batch_size) {
    const std::size_t end = std::min(begin + batch_size, mails.size());
    std::vector<model::mail_ref> batch(mails.begin() + static_cast<std::ptrdiff_t>(begin),
                                       mails.begin() + static_cast<std::ptrdiff_t>(end));
    const bool is_taken = pool_.submit(
        [request, begin, finder, batch = std::move(batch)]() -> worker_pool::completion {
          auto made = std::make_shared<summaries>();
          for (const model::mail_ref& mail : batch)
            made->push_back({mime::summarise(mime::read(mail->bytes())), finder->chain_of(*mail)});
          return [request, begin, made] {
            std::move(made->begin(), made->end(),
                      request->made.begin() + static_cast<std::ptrdiff_t>(begin));
            request->finish_one();
          };
        });
    if (is_taken) continue;
    request->has_failed = true;
    to_io_thread_([request] { request->finish_one(); });
  }
}

}  // namespace mailrig::rig
