// Headers for content that a stranger wrote: type, file name, policies.
#pragma once

#include "capture/mime/message_view.hpp"
#include "webui/inspector/answer.hpp"

#include <string>
#include <string_view>

namespace mailrig::inspector {

enum class remote_images { blocked, allowed };

// For the HTML of a mail and for its parts: no scripts, no forms, nothing from elsewhere; links
// open in a new, unsandboxed tab.
[[nodiscard]] std::string sandbox_policy(remote_images images);

// Adds the policy, nosniff and no-referrer.
void distrust(answer& what, remote_images images = remote_images::blocked);

// Types that a browser may show by itself: png, jpeg, gif, webp, bmp.
[[nodiscard]] bool is_raster_image(std::string_view type);

// "image/png" or "text/plain; charset=gbk"; application/octet-stream where the mail's own words are
// no type.
[[nodiscard]] std::string content_type_of(const mime::part& part);

// RFC 6266: `attachment` or `inline` with the part's name, or "part-3" if it has none.
[[nodiscard]] std::string content_disposition_of(const mime::part& part);

}  // namespace mailrig::inspector
