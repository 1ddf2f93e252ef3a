#include "capture/delivery/post_office.hpp"

#include <utility>

namespace mailrig::delivery {

void post_office::take(model::mail_ref mail,
                       std::function<void(std::optional<store::put_result>)> done) {
  messages_.put(std::move(mail), std::move(done));
}

}  // namespace mailrig::delivery
