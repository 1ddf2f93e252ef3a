// Which tries belong together: by content, by Message-ID, by envelope.
#include "capture/rig/chain.hpp"

#include "capture/mime/fingerprint.hpp"
#include "capture/model/mail_builder.hpp"

#include <string>

#include <gtest/gtest.h>

namespace mailrig::rig {
namespace {

using mime::fingerprint_of;

const std::string first =
    "Date: Mon, 1 Jan 2026 10:00:00 +0000\r\nMessage-ID:\r\n <1@a>\r\nSubject: Order\r\n"
    "Content-Type: multipart/mixed; boundary=\"b1\"\r\n\r\n--b1\r\n\r\ntext\r\n--b1--\r\n";
const std::string second =
    "Date: Mon, 1 Jan 2026 10:00:09 +0000\r\nMessage-ID: <2@a>\r\nSubject: Order\r\n"
    "Content-Type: multipart/mixed; boundary=\"other\"\r\n\r\n--other\r\n\r\ntext\r\n--other--\r\n";

TEST(Fingerprint, LeavesOutWhatEveryTryMakesAnew) {
  EXPECT_EQ(fingerprint_of(first), fingerprint_of(second));
  EXPECT_EQ(fingerprint_of(first).size(), 32U);
  EXPECT_EQ(fingerprint_of("Received: by a\r\n\tfor b\r\n" + first), fingerprint_of(first));
  EXPECT_EQ(fingerprint_of(""), "");
}

TEST(Fingerprint, TellsOtherMailsApart) {
  std::string other = first;
  other.replace(other.find("text"), 4, "next");
  EXPECT_NE(fingerprint_of(other), fingerprint_of(first));
  EXPECT_NE(fingerprint_of("Subject: a\r\n\r\nDate: x\r\n"),
            fingerprint_of("Subject: a\r\n\r\nDate: y\r\n"));
  EXPECT_NE(fingerprint_of("Subject: ab\r\n\r\n"), fingerprint_of("Subject: a\r\n\r\n"));
}

}  // namespace
}  // namespace mailrig::rig
